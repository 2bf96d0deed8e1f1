//! `runner ctl`: a client of the admin listener. What it answers goes to stdout.

mod deployment;
mod logs;

use std::io::{self, Write};
use std::path::PathBuf;
use std::time::Duration;

use bytes::Bytes;
use clap::{Args, Subcommand, value_parser};
use http::header::{AUTHORIZATION, CONTENT_TYPE, HOST};
use http::{Method, Request, Response, StatusCode};
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use hyper::client::conn::http1;
use hyper_util::rt::TokioIo;
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use runner::admin::{AdminToken, TokenError};
use runner::loader::PackError;
use runner::workers::{Route, SourceError, WorkersError};
use serde_json::{Value, json};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpStream, UnixStream};
use tokio::time::timeout;

use super::listen::ListenAddress;
use deployment::Deployment;

/// How long an answer may take: a deployment waits for an isolate and evaluates a script.
const PATIENCE: Duration = Duration::from_secs(300);

/// What `runner ctl --help` ends with.
pub(super) const EXAMPLES: &str = "Examples:
  runner ctl workers                           What is deployed
  runner ctl deploy hello hello.js             A new version, for all requests
  runner ctl deploy shop .                     The main file of a project, with all that it imports
  runner ctl deploy hello hello.js --version 2 --weight 10
  runner ctl weight hello 2 50                 Half of the requests for version 2
  runner ctl deploy hello hello.js --set cpu_ms=20 --set reuse=fresh
  runner ctl rollback hello
  runner ctl logs hello                        What it does, until it is gone
  runner ctl cron run hello                    Its first cron, now
  runner ctl --admin unix:/run/admin.sock drain";

#[derive(Debug, Args)]
pub(super) struct CtlArgs {
    /// Where the admin listener of the server is: the --admin of `runner serve`
    #[arg(long = "admin", value_name = "ADDR", default_value = "127.0.0.1:9787")]
    address: ListenAddress,
    /// The --admin-token-file of the server
    #[arg(long, value_name = "FILE")]
    token_file: Option<PathBuf>,
    #[command(subcommand)]
    command: CtlCommand,
}

#[derive(Debug, Subcommand)]
enum CtlCommand {
    /// Show all workers
    Workers,
    /// Show a worker
    Show { id: String },
    /// Deploy a script as the next version of a worker, or as a new worker
    Deploy {
        id: String,
        /// The main file of the worker, a pack, or a directory as for `runner pack`: all that it imports goes along
        path: PathBuf,
        /// Name of the version [default: made of the fingerprint of the script]
        #[arg(long, value_name = "NAME")]
        version: Option<String>,
        /// Its share of the requests in percent
        #[arg(long, value_name = "N", default_value_t = 100, value_parser = value_parser!(u32).range(0..=100))]
        weight: u32,
        /// A route in place of those that the worker has; can be given several times
        #[arg(long = "route", value_name = "PATTERN")]
        routes: Vec<Route>,
        /// A cron expression in place of those that the worker has; can be given several times
        #[arg(long = "cron", value_name = "EXPR")]
        crons: Vec<String>,
        /// A setting, with the names of `[worker.limits]` in a configuration; all that are given take the place of those
        /// that the worker has
        #[arg(long = "set", value_name = "NAME=VALUE", value_parser = setting)]
        settings: Vec<(String, Value)>,
    },
    /// Take a worker away
    Remove { id: String },
    /// Give a version of a worker this share of the requests, and the other one the rest
    Weight {
        id: String,
        version: String,
        #[arg(value_parser = value_parser!(u32).range(0..=100))]
        percent: u32,
    },
    /// Give all requests to the version before the current one
    Rollback { id: String },
    /// Call `scheduled` handlers
    Cron {
        #[command(subcommand)]
        command: CronCommand,
    },
    /// Show what a worker does from now on: console, requests, exceptions
    Logs {
        id: String,
        /// As JSON, a line each
        #[arg(long)]
        json: bool,
    },
    /// Show the statistics of the pool
    Pool,
    /// Show the metrics
    Metrics,
    /// Say whether the server wants requests
    Ready,
    /// Have the server drain and end
    Drain,
}

#[derive(Debug, Subcommand)]
enum CronCommand {
    /// Call the handler now, and wait for its end
    Run {
        id: String,
        /// As if this cron of the worker were due [default: its first]
        cron: Option<String>,
    },
}

/// `NAME=VALUE`; numbers are numbers.
fn setting(text: &str) -> Result<(String, Value), String> {
    let (name, value) = text.split_once('=').ok_or("expected NAME=VALUE")?;
    let number = value.parse::<u32>().ok().filter(|_| name != "cpu_rate");
    Ok((name.to_owned(), number.map_or_else(|| Value::from(value), Value::from)))
}

/// Why the server was not asked, or refused.
#[derive(Debug, thiserror::Error)]
pub(super) enum CtlError {
    #[error("cannot ask the admin listener at {address}: {error}")]
    Connect { address: ListenAddress, error: io::Error },
    #[error("the admin listener does not answer: {0}")]
    Exchange(#[from] hyper::Error),
    #[error("the admin listener does not answer in time")]
    TooSlow,
    #[error("fd:{0} is no address to connect to")]
    Inherited(i32),
    #[error(transparent)]
    Request(#[from] http::Error),
    #[error(transparent)]
    Token(#[from] TokenError),
    #[error(transparent)]
    Script(#[from] WorkersError),
    #[error(transparent)]
    Source(Box<SourceError>),
    #[error("cannot pack {}: {error}", .path.display())]
    Pack { path: PathBuf, error: PackError },
    #[error("there is no main file in {}: `runner pack --help` says where one is looked for", .0.display())]
    NoMain(PathBuf),
    #[error("{status}: {message}")]
    Refused { status: StatusCode, message: String },
    #[error("cannot write the answer: {0}")]
    Output(io::Error),
    #[error("the stream broke off")]
    BrokenOff,
}

pub(super) async fn execute(args: CtlArgs) -> Result<(), CtlError> {
    let logs = match args.command {
        CtlCommand::Logs { json, .. } => Some(json),
        _ => None,
    };
    let Asked { method, path, kind, body } = args.command.request()?;
    let mut request = Request::builder().method(method).uri(path);
    if !body.is_empty() {
        request = request.header(CONTENT_TYPE, kind);
    }
    if let Some(file) = &args.token_file {
        request = request.header(AUTHORIZATION, AdminToken::read(file)?.header());
    }
    let asked = timeout(PATIENCE, ask(&args.address, request, body)).await;
    let answer = asked.unwrap_or(Err(CtlError::TooSlow))?;
    let status = answer.status();
    if let Some(json) = logs.filter(|_| status.is_success()) {
        return logs::print(answer.into_body(), json).await;
    }
    let whole = timeout(PATIENCE, answer.into_body().collect()).await.map_err(|_| CtlError::TooSlow)?;
    let body = whole?.to_bytes();
    let text = String::from_utf8_lossy(&body);
    if !status.is_success() {
        return Err(CtlError::Refused { status, message: message_of(&text) });
    }
    let text = match serde_json::from_str::<Value>(&text) {
        Ok(value) => format!("{value:#}\n"),
        Err(_) => text.into_owned(),
    };
    output(&text)
}

fn output(text: &str) -> Result<(), CtlError> {
    let mut out = io::stdout().lock();
    out.write_all(text.as_bytes()).and_then(|()| out.flush()).map_err(CtlError::Output)
}

/// A request.
struct Asked {
    method: Method,
    path: String,
    /// The type of the body.
    kind: &'static str,
    body: Bytes,
}

impl Asked {
    fn json(method: Method, path: String, body: String) -> Self {
        Self { method, path, kind: "application/json", body: body.into() }
    }
}

impl CtlCommand {
    fn request(self) -> Result<Asked, CtlError> {
        let worker = |id: &str| format!("/workers/{}", encoded(id));
        let get = |path: &str| (Method::GET, path.to_owned(), String::new());
        let (method, path, body) = match self {
            Self::Workers => get("/workers"),
            Self::Show { id } => get(&worker(&id)),
            Self::Pool => get("/pool"),
            Self::Metrics => get("/metrics"),
            Self::Ready => get("/readyz"),
            Self::Remove { id } => (Method::DELETE, worker(&id), String::new()),
            Self::Rollback { id } => (Method::POST, worker(&id) + "/rollback", String::new()),
            Self::Drain => (Method::POST, "/drain".to_owned(), String::new()),
            Self::Weight { id, version, percent } => {
                let path = format!("{}/versions/{}/weight", worker(&id), encoded(&version));
                (Method::POST, path, json!({ "weight": percent }).to_string())
            }
            Self::Logs { id, .. } => get(&(worker(&id) + "/logs")),
            Self::Cron { command: CronCommand::Run { id, cron } } => {
                (Method::POST, worker(&id) + "/crons/run", json!({ "cron": cron }).to_string())
            }
            Self::Deploy { id, path, version, weight, routes, crons, settings } => {
                return Deployment { path, version, weight, routes, crons, settings }.request(worker(&id));
            }
        };
        Ok(Asked::json(method, path, body))
    }
}

async fn ask(
    address: &ListenAddress,
    request: http::request::Builder,
    body: Bytes,
) -> Result<Response<Incoming>, CtlError> {
    let failed = |error| CtlError::Connect { address: address.clone(), error };
    match address {
        ListenAddress::Inherited(number) => Err(CtlError::Inherited(*number)),
        ListenAddress::Unix(path) => {
            let stream = UnixStream::connect(path).await.map_err(failed)?;
            exchange(stream, request.header(HOST, "localhost").body(Full::new(body))?).await
        }
        ListenAddress::Tcp { host, port } => {
            let stream = TcpStream::connect((host.as_str(), *port)).await.map_err(failed)?;
            // Without a token the listener is for addresses only: a name may be one that a page has made up.
            let peer = stream.peer_addr().map_err(failed)?.to_string();
            exchange(stream, request.header(HOST, peer).body(Full::new(body))?).await
        }
    }
}

async fn exchange<S>(stream: S, request: Request<Full<Bytes>>) -> Result<Response<Incoming>, CtlError>
where
    S: AsyncRead + AsyncWrite + Send + Unpin + 'static,
{
    let (mut sender, connection) = http1::handshake(TokioIo::new(stream)).await?;
    // Ends with the answer, or with this process.
    tokio::spawn(connection);
    Ok(sender.send_request(request).await?)
}

/// What is wrong and where, of the JSON of an error; or the text.
fn message_of(text: &str) -> String {
    let Ok(error) = serde_json::from_str::<Value>(text) else { return text.trim().to_owned() };
    let message = error["message"].as_str().unwrap_or_default();
    if let Some(field) = error["field"].as_str().filter(|field| *field != ".") {
        // Its place is in a document that nobody but this program has seen.
        let message = message.rsplit_once(" at line ").map_or(message, |(message, _)| message);
        return format!("{field}: {message}");
    }
    match (error["file"].as_str(), error["line"].as_u64(), error["column"].as_u64()) {
        (Some(file), Some(line), Some(column)) => format!("{message} ({file}:{line}:{column})"),
        _ => message.to_owned(),
    }
}

fn encoded(segment: &str) -> String {
    utf8_percent_encode(segment, NON_ALPHANUMERIC).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_stand_in_targets_as_they_are() {
        let command = CtlCommand::Weight { id: "/".to_owned(), version: "a/b c".to_owned(), percent: 5 };
        let Asked { method, path, body, .. } = command.request().unwrap();
        assert_eq!(method, Method::POST);
        assert_eq!((&*path, &*body), ("/workers/%2F/versions/a%2Fb%20c/weight", &br#"{"weight":5}"#[..]));
    }

    #[test]
    fn settings_are_numbers_or_texts() {
        let read = |text| setting(text).map(|(name, value)| format!("{name}: {value}"));
        assert_eq!(read("cpu_ms=20").as_deref(), Ok("cpu_ms: 20"));
        assert_eq!(read("cpu_rate=100").as_deref(), Ok("cpu_rate: \"100\""));
        assert_eq!(read("reuse=fresh").as_deref(), Ok("reuse: \"fresh\""));
        assert!(read("cpu_ms").is_err());
    }

    #[test]
    fn errors_say_where() {
        let text = r#"{"error":"x","message":"SyntaxError: y","file":"a.js","line":2,"column":3}"#;
        assert_eq!(message_of(text), "SyntaxError: y (a.js:2:3)");
        assert_eq!(message_of(r#"{"error":"x","message":"no"}"#), "no");
        let field = r#"{"error":"x","message":"no number at line 1 column 400","field":"settings.cpu_ms"}"#;
        assert_eq!(message_of(field), "settings.cpu_ms: no number");
        assert_eq!(message_of("draining\n"), "draining");
    }
}
