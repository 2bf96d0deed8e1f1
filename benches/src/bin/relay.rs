//! `relay forward ADDRESS ORIGIN`: a proxy in plain `hyper` that passes bodies on and does nothing else, which is what a
//! worker that passes bodies on is compared with. `relay origin ADDRESS`: the server behind it. `GET /N` is answered with
//! so many bytes, anything else with how many its body had.
//!
//! `cargo xtask bench streams` runs both.

use std::convert::Infallible;
use std::error::Error;
use std::net::SocketAddr;
use std::pin::Pin;
use std::process::ExitCode;
use std::task::{Context, Poll};

use bytes::Bytes;
use http::header::CONNECTION;
use http::{Method, Request, Response};
use http_body::{Frame, SizeHint};
use http_body_util::{BodyExt, Either, Full};
use hyper::body::{Body, Incoming};
use hyper::client::conn::http1 as client;
use hyper::server::conn::http1 as server;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use tokio::net::{TcpListener, TcpStream};

type BoxError = Box<dyn Error + Send + Sync>;

const USAGE: &str = "usage: relay forward ADDRESS ORIGIN
       relay origin ADDRESS";

/// What all bodies of the origin consist of, a frame of it.
static LETTERS: [u8; 64 << 10] = [b'a'; 64 << 10];

/// A body of so many letters.
struct Letters(u64);

impl Body for Letters {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        let part = usize::try_from(self.0).unwrap_or(usize::MAX).min(LETTERS.len());
        self.0 -= part as u64;
        let frame = Frame::data(Bytes::from_static(&LETTERS[..part]));
        Poll::Ready((part > 0).then_some(Ok(frame)))
    }

    fn is_end_stream(&self) -> bool {
        self.0 == 0
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(self.0)
    }
}

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<_> = arguments.iter().map(String::as_str).collect();
    let runtime = tokio::runtime::Runtime::new().expect("threads for a runtime");
    let done = match words[..] {
        ["forward", address, to] => runtime.block_on(listen(address, to.parse().ok())),
        ["origin", address] => runtime.block_on(listen(address, None)),
        _ => Err(USAGE.into()),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

/// Serves connections until the process is ended: as a proxy of a server, or as that server.
async fn listen(address: &str, behind: Option<SocketAddr>) -> Result<(), BoxError> {
    let listener = TcpListener::bind(address).await?;
    loop {
        let (stream, _) = listener.accept().await?;
        tokio::spawn(async move {
            let stream = TokioIo::new(stream);
            let http = server::Builder::new();
            // A client may go away at any time.
            let _ended = match behind {
                Some(origin) => {
                    http.serve_connection(stream, service_fn(|request| forward(request, origin))).await
                }
                None => http.serve_connection(stream, service_fn(answer)).await,
            };
        });
    }
}

async fn forward(mut request: Request<Incoming>, origin: SocketAddr) -> Result<Response<Incoming>, BoxError> {
    let stream = TokioIo::new(TcpStream::connect(origin).await?);
    let (mut sender, connection) = client::handshake(stream).await?;
    tokio::spawn(connection);
    request.headers_mut().remove(CONNECTION);
    let mut response = sender.send_request(request).await?;
    response.headers_mut().remove(CONNECTION);
    Ok(response)
}

async fn answer(request: Request<Incoming>) -> Result<Response<Either<Letters, Full<Bytes>>>, BoxError> {
    if request.method() == Method::GET {
        let bytes = request.uri().path()[1..].parse()?;
        return Ok(Response::new(Either::Left(Letters(bytes))));
    }
    let mut body = request.into_body();
    let mut bytes = 0;
    while let Some(frame) = body.frame().await {
        bytes += frame?.data_ref().map_or(0, Bytes::len);
    }
    Ok(Response::new(Either::Right(Full::from(bytes.to_string()))))
}
