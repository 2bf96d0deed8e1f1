//! `runner ctl`: a client of the admin listener. What it answers goes to stdout.

use std::io::{self, Write};
use std::path::PathBuf;
use std::time::Duration;

use bytes::Bytes;
use clap::{Args, Subcommand, value_parser};
use http::header::{AUTHORIZATION, CONTENT_TYPE, HOST};
use http::{Method, Request, StatusCode};
use http_body_util::{BodyExt, Full};
use hyper::client::conn::http1;
use hyper_util::rt::TokioIo;
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use runner::admin::{AdminToken, TokenError};
use runner::workers::{self, Route, WorkersError};
use serde_json::Value;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpStream, UnixStream};
use tokio::time::timeout;
use url::form_urlencoded;

use super::listen::ListenAddress;

/// How long an answer may take: a deployment waits for an isolate and evaluates a script.
const PATIENCE: Duration = Duration::from_secs(300);

/// What `runner ctl --help` ends with.
pub(super) const EXAMPLES: &str = "Examples:
  runner ctl workers                           What is deployed
  runner ctl deploy hello hello.js             A new version, for all requests
  runner ctl deploy hello hello.js --version 2 --weight 10
  runner ctl weight hello 2 50                 Half of the requests for version 2
  runner ctl rollback hello
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
        file: PathBuf,
        /// Name of the version [default: made of the fingerprint of the script]
        #[arg(long, value_name = "NAME")]
        version: Option<String>,
        /// Its share of the requests in percent
        #[arg(long, value_name = "N", default_value_t = 100, value_parser = value_parser!(u32).range(0..=100))]
        weight: u32,
        /// A route in place of those that the worker has; can be given several times
        #[arg(long = "route", value_name = "PATTERN")]
        routes: Vec<Route>,
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
    /// Show the statistics of the pool
    Pool,
    /// Show the metrics
    Metrics,
    /// Say whether the server wants requests
    Ready,
    /// Have the server drain and end
    Drain,
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
    #[error("{status}: {message}")]
    Refused { status: StatusCode, message: String },
    #[error("cannot write the answer: {0}")]
    Output(io::Error),
}

pub(super) async fn execute(args: CtlArgs) -> Result<(), CtlError> {
    let (method, path, body) = args.command.request()?;
    let mut request = Request::builder().method(method).uri(path);
    if !body.is_empty() {
        request = request.header(CONTENT_TYPE, "text/javascript");
    }
    if let Some(file) = &args.token_file {
        request = request.header(AUTHORIZATION, AdminToken::read(file)?.header());
    }
    let asked = timeout(PATIENCE, ask(&args.address, request, body)).await;
    let (status, body) = asked.unwrap_or(Err(CtlError::TooSlow))?;
    let text = String::from_utf8_lossy(&body);
    if !status.is_success() {
        return Err(CtlError::Refused { status, message: message_of(&text) });
    }
    let text = match serde_json::from_str::<Value>(&text) {
        Ok(value) => format!("{value:#}\n"),
        Err(_) => text.into_owned(),
    };
    let mut out = io::stdout().lock();
    out.write_all(text.as_bytes()).and_then(|()| out.flush()).map_err(CtlError::Output)
}

impl CtlCommand {
    /// Method, target and body.
    fn request(self) -> Result<(Method, String, String), CtlError> {
        let worker = |id: &str| format!("/workers/{}", encoded(id));
        let get = |path: &str| (Method::GET, path.to_owned(), String::new());
        Ok(match self {
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
                (Method::POST, path, serde_json::json!({ "weight": percent }).to_string())
            }
            Self::Deploy { id, file, version, weight, routes } => {
                let script = workers::read_source(&file)?.text;
                let mut query = form_urlencoded::Serializer::new(String::new());
                query.append_pair("weight", &weight.to_string());
                if let Some(version) = &version {
                    query.append_pair("version", version);
                }
                for route in &routes {
                    query.append_pair("route", &route.to_string());
                }
                (Method::PUT, format!("{}?{}", worker(&id), query.finish()), script.as_ref().to_owned())
            }
        })
    }
}

async fn ask(
    address: &ListenAddress,
    request: http::request::Builder,
    body: String,
) -> Result<(StatusCode, Bytes), CtlError> {
    let failed = |error| CtlError::Connect { address: address.clone(), error };
    match address {
        ListenAddress::Inherited(number) => Err(CtlError::Inherited(*number)),
        ListenAddress::Unix(path) => {
            let stream = UnixStream::connect(path).await.map_err(failed)?;
            exchange(stream, request.header(HOST, "localhost").body(body.into())?).await
        }
        ListenAddress::Tcp { host, port } => {
            let stream = TcpStream::connect((host.as_str(), *port)).await.map_err(failed)?;
            // Without a token the listener is for addresses only: a name may be one that a page has made up.
            let peer = stream.peer_addr().map_err(failed)?.to_string();
            exchange(stream, request.header(HOST, peer).body(body.into())?).await
        }
    }
}

async fn exchange<S>(stream: S, request: Request<Full<Bytes>>) -> Result<(StatusCode, Bytes), CtlError>
where
    S: AsyncRead + AsyncWrite + Send + Unpin + 'static,
{
    let (mut sender, connection) = http1::handshake(TokioIo::new(stream)).await?;
    let connection = tokio::spawn(connection);
    let answer = sender.send_request(request).await?;
    let status = answer.status();
    let body = answer.into_body().collect().await?.to_bytes();
    connection.abort();
    Ok((status, body))
}

/// What is wrong and where, of the JSON of an error; or the text.
fn message_of(text: &str) -> String {
    let Ok(error) = serde_json::from_str::<Value>(text) else { return text.trim().to_owned() };
    let message = error["message"].as_str().unwrap_or_default();
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
        let (method, path, body) = command.request().unwrap();
        assert_eq!(method, Method::POST);
        assert_eq!((&*path, &*body), ("/workers/%2F/versions/a%2Fb%20c/weight", r#"{"weight":5}"#));
    }

    #[test]
    fn errors_say_where() {
        let text = r#"{"error":"x","message":"SyntaxError: y","file":"a.js","line":2,"column":3}"#;
        assert_eq!(message_of(text), "SyntaxError: y (a.js:2:3)");
        assert_eq!(message_of(r#"{"error":"x","message":"no"}"#), "no");
        assert_eq!(message_of("draining\n"), "draining");
    }
}
