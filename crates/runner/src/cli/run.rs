//! `runner run`: one event, without a server.

use std::io::{self, Write};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::SystemTime;

use clap::{Args, ValueEnum};
use exec::{Body, Event, Outcome, ScheduledEvent, StatusText, TaskEvent};
use http::{HeaderName, HeaderValue, Method, Request, Uri};
use http_body_util::BodyExt;

use runner::workers::WorkerName;
use runner::{IsolatePool, workers};

use super::CliError;
use super::flags::{LimitFlags, WorkerFlags};

/// What `runner run --help` ends with.
pub(super) const EXAMPLES: &str = "Examples:
  runner run worker.js --url http://example.com/path?q=1
  runner run worker.js --method POST --header 'content-type: application/json' --body '{}'
  runner run worker.js --event task --data '{\"n\": 21}'
  runner run worker.js --event scheduled --cron '0 * * * *'";

#[derive(Debug, Args)]
pub(super) struct RunArgs {
    /// The worker
    file: PathBuf,
    /// Which handler to call
    #[arg(long, value_enum, default_value_t = EventFlag::Fetch)]
    event: EventFlag,
    /// URL of the request
    #[arg(long, default_value = "http://localhost/", value_parser = parse_url)]
    url: Uri,
    /// Method of the request
    #[arg(long, default_value = "GET")]
    method: Method,
    /// A header of the request; can be given several times
    #[arg(long = "header", value_name = "NAME: VALUE", value_parser = parse_header)]
    headers: Vec<(HeaderName, HeaderValue)>,
    /// Body of the request
    #[arg(long, default_value = "", hide_default_value = true)]
    body: String,
    /// Payload of the task
    #[arg(long, value_name = "JSON", default_value = "null", value_parser = parse_json)]
    data: serde_json::Value,
    /// Cron expression of the scheduled event
    #[arg(long, default_value = "* * * * *")]
    cron: String,
    #[command(flatten, next_help_heading = "Limits")]
    limits: LimitFlags,
    #[command(flatten, next_help_heading = "Workers")]
    worker: WorkerFlags,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum EventFlag {
    Fetch,
    Scheduled,
    Task,
}

pub(super) async fn execute(mut args: RunArgs) -> Result<(), CliError> {
    let source = workers::read_source_as(&args.file, args.file.file_name().unwrap_or(args.file.as_os_str()))?;
    if let Some(error) = source.error() {
        return Err(CliError::Source(Box::new(error.clone())));
    }
    let name = source.path.to_string_lossy();
    let script = (source.script().clone())
        .with_name(&*name)
        .with_environment(args.worker.environment())
        .with_nodejs_compat(args.worker.nodejs_compat());
    let pool = IsolatePool::new(args.limits.pool_options())?;
    // As a server of one file has it.
    let id = WorkerName::root().to_string();
    let operations = Arc::new(args.worker.operations()(&id, None));
    let outcome = pool.execute(&id, &script, operations, args.event()?).await;
    let printed = match outcome {
        Ok(outcome) => print(outcome, &mut io::stdout()).await,
        Err(termination) => Err(termination.into()),
    };
    // What the handler left to `waitUntil` still runs.
    pool.shutdown().await;
    printed
}

impl RunArgs {
    fn event(&mut self) -> Result<Event, http::Error> {
        Ok(match self.event {
            EventFlag::Fetch => {
                let body = Body::from(std::mem::take(&mut self.body));
                let mut request = Request::builder().method(&self.method).uri(&self.url).body(body)?;
                request.headers_mut().extend(self.headers.drain(..));
                Event::Fetch(request)
            }
            EventFlag::Scheduled => Event::Scheduled(ScheduledEvent {
                cron: std::mem::take(&mut self.cron),
                scheduled_time: SystemTime::now(),
            }),
            EventFlag::Task => {
                Event::Task(TaskEvent { id: "run".to_owned(), payload: self.data.take(), attempt: 1 })
            }
        })
    }
}

/// A response as HTTP/1.1 would have it, byte for byte; the result of a task as JSON; nothing for an event
/// without a result.
async fn print(outcome: Outcome, out: &mut impl Write) -> Result<(), CliError> {
    match outcome {
        Outcome::TaskResult(result) => writeln!(out, "{:#}", result.parse()).map_err(CliError::Output)?,
        Outcome::Response(response) => {
            let (parts, mut body) = response.into_parts();
            print_head(&parts, out).map_err(CliError::Output)?;
            // As it comes.
            while let Some(frame) = body.frame().await {
                if let Ok(data) = frame?.into_data() {
                    out.write_all(&data).and_then(|()| out.flush()).map_err(CliError::Output)?;
                }
            }
        }
        _ => {}
    }
    out.flush().map_err(CliError::Output)
}

fn print_head(parts: &http::response::Parts, out: &mut impl Write) -> io::Result<()> {
    write!(out, "HTTP/1.1 {} ", parts.status.as_str())?;
    out.write_all(match parts.extensions.get::<StatusText>() {
        Some(text) => text.as_bytes(),
        None => parts.status.canonical_reason().unwrap_or_default().as_bytes(),
    })?;
    writeln!(out)?;
    for (name, value) in &parts.headers {
        write!(out, "{name}: ")?;
        out.write_all(value.as_bytes())?;
        writeln!(out)?;
    }
    writeln!(out)
}

fn parse_url(text: &str) -> Result<Uri, String> {
    let url = url::Url::parse(text).map_err(|error| error.to_string())?;
    if !matches!(url.scheme(), "http" | "https") {
        return Err("expected an http or https URL".to_owned());
    }
    url[..url::Position::AfterQuery].parse().map_err(|error: http::uri::InvalidUri| error.to_string())
}

fn parse_header(text: &str) -> Result<(HeaderName, HeaderValue), String> {
    let (name, value) = text.split_once(':').ok_or("expected NAME: VALUE")?;
    let name = name.trim().parse().map_err(|_| "not a header name")?;
    let value = HeaderValue::from_bytes(value.trim().as_bytes()).map_err(|_| "not a header value")?;
    Ok((name, value))
}

fn parse_json(text: &str) -> Result<serde_json::Value, serde_json::Error> {
    serde_json::from_str(text)
}

#[cfg(test)]
mod tests {
    use http::Response;

    use super::*;

    #[tokio::test]
    async fn responses_are_printed_with_all_their_headers() {
        let response = Response::builder()
            .status(201)
            .header("set-cookie", "a=1")
            .header("set-cookie", "b=2")
            .header("x-name", HeaderValue::from_bytes(b"caf\xe9").unwrap())
            .body(Body::from("done"))
            .unwrap();
        let mut out = Vec::new();
        print(Outcome::Response(response), &mut out).await.unwrap();
        let expected = b"HTTP/1.1 201 Created\nset-cookie: a=1\nset-cookie: b=2\nx-name: caf\xe9\n\ndone";
        assert_eq!(out, expected);

        let mut response = Response::new(Body::empty());
        response.extensions_mut().insert(StatusText::new(b"Fine").unwrap());
        let mut out = Vec::new();
        print(Outcome::Response(response), &mut out).await.unwrap();
        assert_eq!(out, b"HTTP/1.1 200 Fine\n\n");
    }

    #[test]
    fn flags_are_checked() {
        assert_eq!(parse_url("http://a.test?x#y").unwrap(), "http://a.test/?x");
        assert!(parse_url("file:///etc").is_err() && parse_url("/x").is_err());
        assert_eq!(parse_header("X-A:  b: c ").unwrap().1, "b: c");
        assert!(parse_header("X A: b").is_err() && parse_header("X-A").is_err());
    }
}
