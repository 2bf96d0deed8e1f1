//! Clients that send one request after another, and count what they lose.

use std::io::ErrorKind;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

use bytes::Bytes;
use http::Request;
use http_body_util::{BodyExt, Empty};
use hyper::client::conn::http2::{self, SendRequest};
use hyper_util::rt::{TokioExecutor, TokioIo};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::task::JoinHandle;

use super::soon;

const REQUEST: &str = "GET /w/ HTTP/1.1\r\nHost: a.test\r\n\r\n";

/// How a client sends its requests.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Client {
    /// Each over a connection of its own.
    Fresh,
    /// Over HTTP/1.1, on one connection for as long as the server keeps it.
    KeepAlive,
    /// The same over HTTP/2.
    Http2,
}

/// Clients of a worker `w` that answers `served`.
pub(crate) struct Load {
    counts: Arc<Counts>,
    clients: Vec<JoinHandle<()>>,
}

#[derive(Default)]
struct Counts {
    end: AtomicBool,
    answered: AtomicU64,
    /// Requests that got no answer.
    broken: AtomicU64,
}

impl Load {
    pub(crate) fn start(address: SocketAddr, clients: &[Client]) -> Self {
        let counts = Arc::new(Counts::default());
        let start = |client: &Client| match client {
            Client::Http2 => tokio::spawn(over_http2(address, counts.clone())),
            client => tokio::spawn(over_http1(address, *client == Client::KeepAlive, counts.clone())),
        };
        Self { clients: clients.iter().map(start).collect(), counts }
    }

    /// Requests that got no answer so far.
    pub(crate) fn broken(&self) -> u64 {
        self.counts.broken.load(Ordering::Relaxed)
    }

    /// Waits until this many more requests were answered.
    pub(crate) async fn answers(&self, more: u64) {
        let until = self.counts.answered.load(Ordering::Relaxed) + more;
        soon(async {
            while self.counts.answered.load(Ordering::Relaxed) < until {
                assert!(!self.clients.iter().any(JoinHandle::is_finished), "a client failed");
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
        })
        .await;
    }

    /// Ends the clients; those that saw a connection refused, or another answer than the worker's, fail. Returns how many
    /// requests got no answer.
    pub(crate) async fn end(self) -> u64 {
        self.counts.end.store(true, Ordering::Relaxed);
        for client in self.clients {
            soon(client).await.unwrap();
        }
        self.counts.broken.load(Ordering::Relaxed)
    }
}

impl Counts {
    fn answered(&self) {
        self.answered.fetch_add(1, Ordering::Relaxed);
    }

    fn broken(&self) {
        self.broken.fetch_add(1, Ordering::Relaxed);
    }

    /// Whether there is another request to send. The machine is not for this client alone.
    async fn goes_on(&self) -> bool {
        tokio::time::sleep(Duration::from_millis(1)).await;
        !self.end.load(Ordering::Relaxed)
    }
}

/// A connection, unless the server's socket was closed before the server took it, which resets it.
async fn connect(address: SocketAddr) -> Option<TcpStream> {
    match TcpStream::connect(address).await {
        Ok(stream) => Some(stream),
        Err(error) if error.kind() == ErrorKind::ConnectionReset => None,
        Err(error) => panic!("no connection is refused: {error}"),
    }
}

async fn over_http1(address: SocketAddr, keep_alive: bool, counts: Arc<Counts>) {
    let mut open: Option<TcpStream> = None;
    while counts.goes_on().await {
        let stream = match open.take() {
            Some(stream) => Some(stream),
            None => connect(address).await,
        };
        match exchange(stream).await {
            None => counts.broken(),
            Some((stream, answer)) => {
                assert!(answer.starts_with("HTTP/1.1 200") && answer.ends_with("served"), "{answer}");
                counts.answered();
                open = (keep_alive && !answer.contains("connection: close")).then_some(stream);
            }
        }
    }
}

/// The answer over this connection, if there is one, and it answers.
async fn exchange(stream: Option<TcpStream>) -> Option<(TcpStream, String)> {
    let mut stream = stream?;
    let answer = soon(answer(&mut stream)).await?;
    Some((stream, answer))
}

/// The answer, unless the connection ends without one.
async fn answer(stream: &mut TcpStream) -> Option<String> {
    stream.write_all(REQUEST.as_bytes()).await.ok()?;
    let mut text = Vec::new();
    while !text.ends_with(b"served") {
        if stream.read_buf(&mut text).await.ok()? == 0 {
            return if text.is_empty() { None } else { Some(String::from_utf8(text).unwrap()) };
        }
    }
    Some(String::from_utf8(text).unwrap())
}

async fn over_http2(address: SocketAddr, counts: Arc<Counts>) {
    let mut client = Http2Client::new(address);
    while counts.goes_on().await {
        match client.ask().await {
            None => counts.broken(),
            Some((status, body)) => {
                assert_eq!((status, &*body), (200, "served"));
                counts.answered();
            }
        }
    }
}

/// A client that takes a new connection when the server has said that the one it has ends.
pub(crate) struct Http2Client {
    address: SocketAddr,
    open: Option<SendRequest<Empty<Bytes>>>,
}

impl Http2Client {
    pub(crate) fn new(address: SocketAddr) -> Self {
        Self { address, open: None }
    }

    /// The status and the body of the answer, unless the connection was reset or the request got none.
    pub(crate) async fn ask(&mut self) -> Option<(u16, String)> {
        loop {
            let mut sender = match self.open.take() {
                Some(sender) => sender,
                None => self.connect().await?,
            };
            if soon(sender.ready()).await.is_err() {
                continue;
            }
            let request = Request::get("http://a.test/w/").body(Empty::new()).unwrap();
            let response = match soon(sender.send_request(request)).await {
                Ok(response) => response,
                // The connection has ended before anything of it was sent.
                Err(error) if error.is_canceled() => continue,
                Err(_) => return None,
            };
            let status = response.status().as_u16();
            let body = soon(response.into_body().collect()).await.ok()?.to_bytes();
            self.open = Some(sender);
            return Some((status, String::from_utf8(body.to_vec()).unwrap()));
        }
    }

    /// Waits until the server has ended the connection of the last request, or said that it will.
    pub(crate) async fn closed(&mut self) {
        while self.open.as_mut().unwrap().ready().await.is_ok() {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
    }

    async fn connect(&self) -> Option<SendRequest<Empty<Bytes>>> {
        let stream = TokioIo::new(connect(self.address).await?);
        let (sender, connection) = soon(http2::handshake(TokioExecutor::new(), stream)).await.ok()?;
        tokio::spawn(connection);
        Some(sender)
    }
}
