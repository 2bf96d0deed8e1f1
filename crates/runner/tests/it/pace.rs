//! Bodies of answers that stall, take too long or break off on their way to the client.

use std::io::ErrorKind;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;
use exec::{Body, BodyError};
use http::{Request, Response};
use http_body_util::{BodyExt, Empty};
use hyper::body::{Frame, Incoming};
use hyper::client::conn::http2;
use hyper_util::rt::{TokioExecutor, TokioIo};
use runner::server::ServerOptions;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::{Interval, interval, sleep};

use crate::support::{RawClient, Runner, Stub, TestServer, exchange, frame, preface, soon};

/// The server gives a body a second more than it is told.
const IDLE: Duration = Duration::from_secs(1);
const LONGEST: Duration = Duration::from_secs(2);

/// So often something comes of a body that moves, and so often a slow client reads.
const STEP: Duration = Duration::from_millis(100);

/// A worker whose body is endless, in large chunks.
const ENDLESS: &str = "
    export default { fetch: () => new Response(new ReadableStream({
        pull(controller) { controller.enqueue(new Uint8Array(1 << 20)); },
    }, { highWaterMark: 0 })) };";

/// The length of a body that is there as a whole.
const WHOLE: usize = 1 << 20;

/// What comes of a body after its first bytes.
enum Rest {
    Nothing,
    End,
    Failure,
    Steps(Interval),
    Endless(Bytes),
}

/// A body that is counted as long as it is there.
struct Counted {
    first: Option<Bytes>,
    rest: Rest,
    count: Arc<AtomicUsize>,
}

impl hyper::body::Body for Counted {
    type Data = Bytes;
    type Error = BodyError;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, BodyError>>> {
        if let Some(first) = self.first.take() {
            return Poll::Ready(Some(Ok(Frame::data(first))));
        }
        let next = match &mut self.rest {
            Rest::Nothing => return Poll::Pending,
            Rest::End => None,
            Rest::Failure => Some(Err(BodyError::Stalled)),
            Rest::Steps(interval) => {
                std::task::ready!(interval.poll_tick(context));
                Some(Ok(Frame::data(Bytes::from_static(b"step"))))
            }
            Rest::Endless(chunk) => Some(Ok(Frame::data(chunk.clone()))),
        };
        Poll::Ready(next)
    }
}

impl Drop for Counted {
    fn drop(&mut self) {
        self.count.fetch_sub(1, Ordering::SeqCst);
    }
}

/// A server whose bodies are what the path says, and how many of them there are.
async fn serve(idle: Duration, max: Duration) -> (TestServer, Arc<AtomicUsize>) {
    let count = Arc::new(AtomicUsize::new(0));
    let stub = Stub::new({
        let count = Arc::clone(&count);
        move |request: Request<Body>| {
            if request.uri().path() == "/whole" {
                return std::future::ready(Ok(Response::new(Body::from(vec![b'w'; WHOLE]))));
            }
            count.fetch_add(1, Ordering::SeqCst);
            let rest = match request.uri().path() {
                "/nothing" => Rest::Nothing,
                "/end" => Rest::End,
                "/failure" => Rest::Failure,
                "/steps" => Rest::Steps(interval(STEP)),
                "/endless" => Rest::Endless(vec![b'e'; 1 << 20].into()),
                other => panic!("no body {other}"),
            };
            let body = Counted { first: Some("first".into()), rest, count: Arc::clone(&count) };
            std::future::ready(Ok(Response::new(Body::stream(body))))
        }
    });
    let options = ServerOptions::default()
        .with_stream_idle(idle)
        .with_stream_max(max)
        .with_idle_timeout(Duration::from_secs(600))
        .with_drain(IDLE);
    (TestServer::with_options(stub, options).await, count)
}

/// Returns once there are so many bodies.
async fn comes_to(count: &AtomicUsize, expected: usize) {
    soon(async {
        while count.load(Ordering::SeqCst) != expected {
            sleep(Duration::from_millis(10)).await;
        }
    })
    .await;
}

async fn ask(server: &TestServer, path: &str) -> RawClient {
    let mut client = RawClient::connect(server.address).await;
    client.send(format!("GET /w{path} HTTP/1.1\r\nHost: a.test\r\n\r\n")).await;
    assert_eq!(client.head().await.status, 200);
    client
}

type Http2 = http2::SendRequest<Empty<Bytes>>;

/// A client that has room for little that it has not read.
async fn connect_h2(address: std::net::SocketAddr) -> Http2 {
    let stream = TokioIo::new(TcpStream::connect(address).await.unwrap());
    let mut client = http2::Builder::new(TokioExecutor::new());
    client.initial_stream_window_size(64 << 10).initial_connection_window_size(1 << 20);
    let (sender, connection) = client.handshake(stream).await.unwrap();
    tokio::spawn(connection);
    sender
}

async fn ask_h2(sender: &mut Http2, path: &str) -> Incoming {
    let request = Request::get(format!("http://a.test/w{path}")).body(Empty::new()).unwrap();
    soon(sender.send_request(request)).await.unwrap().into_body()
}

/// What an HTTP/1.0 client gets, up to the end of the connection and what that was.
async fn over_http10(address: std::net::SocketAddr, path: &str) -> (String, std::io::Result<()>) {
    let mut stream = TcpStream::connect(address).await.unwrap();
    stream.write_all(format!("GET /w{path} HTTP/1.0\r\n\r\n").as_bytes()).await.unwrap();
    let mut all = Vec::new();
    let end = soon(stream.read_to_end(&mut all)).await;
    (String::from_utf8(all).unwrap(), end.map(drop))
}

#[tokio::test]
async fn before_http_1_1_a_body_that_does_not_end_resets_its_connection() {
    let (server, count) = serve(IDLE, LONGEST).await;
    let (whole, end) = over_http10(server.address, "/end").await;
    assert!(whole.ends_with("\r\n\r\nfirst") && !whole.contains("content-length"), "{whole}");
    end.expect("a body that is whole");
    for path in ["/failure", "/nothing", "/steps"] {
        let (all, end) = over_http10(server.address, path).await;
        let end = end.map_err(|error| error.kind());
        assert_eq!(end, Err(ErrorKind::ConnectionReset), "{path} looks whole: {all}");
    }
    comes_to(&count, 0).await;
}

#[tokio::test]
async fn before_http_1_1_the_end_of_the_server_is_no_end_of_a_body() {
    let (mut server, count) = serve(IDLE, LONGEST).await;
    let address = server.address;
    let asked = tokio::spawn(async move { over_http10(address, "/steps").await });
    comes_to(&count, 1).await;
    server.stop();
    let (all, end) = asked.await.unwrap();
    assert_eq!(end.map_err(|error| error.kind()), Err(ErrorKind::ConnectionReset), "looks whole: {all}");
    server.ended().await;
}

#[tokio::test]
async fn a_body_of_which_nothing_comes_breaks_off() {
    let (server, count) = serve(IDLE, Duration::MAX).await;
    let mut client = ask(&server, "/nothing").await;
    assert_eq!(client.chunk().await, b"first");
    assert_eq!(client.rest().await, b"", "neither a chunk nor the end");
    comes_to(&count, 0).await;
    let mut sender = connect_h2(server.address).await;
    let mut body = ask_h2(&mut sender, "/nothing").await;
    assert_eq!(soon(body.frame()).await.unwrap().unwrap().into_data().unwrap(), "first");
    assert!(soon(body.frame()).await.unwrap().is_err());
    comes_to(&count, 0).await;
    soon(ask_h2(&mut sender, "/end").await.collect()).await.expect("the connection goes on");
}

#[tokio::test]
async fn a_body_that_takes_too_long_breaks_off_though_it_moves() {
    let (server, count) = serve(Duration::MAX, LONGEST).await;
    let mut client = ask(&server, "/steps").await;
    let all = client.rest().await;
    assert!(all.starts_with(b"5\r\nfirst\r\n4\r\nstep\r\n") && !all.ends_with(b"\r\n0\r\n\r\n"), "{all:?}");
    let body = ask_h2(&mut connect_h2(server.address).await, "/steps").await;
    assert!(soon(body.collect()).await.is_err());
    comes_to(&count, 0).await;
}

#[tokio::test]
async fn a_client_that_does_not_read_is_left() {
    let (server, count) = serve(IDLE, Duration::MAX).await;
    let _client = ask(&server, "/endless").await;
    comes_to(&count, 1).await;
    comes_to(&count, 0).await;
}

#[tokio::test]
async fn over_http2_one_stream_is_left_while_another_moves() {
    let (server, count) = serve(IDLE, Duration::MAX).await;
    let mut sender = connect_h2(server.address).await;
    let unread = ask_h2(&mut sender, "/endless").await;
    let mut moving = ask_h2(&mut sender, "/steps").await;
    let mut one_is_left = pin!(comes_to(&count, 1));
    comes_to(&count, 2).await;
    loop {
        tokio::select! {
            () = &mut one_is_left => break,
            frame = moving.frame() => drop(frame.unwrap().expect("it moves")),
        }
    }
    soon(moving.frame()).await.unwrap().expect("it still does");
    assert!(soon(unread.collect()).await.is_err());
}

#[tokio::test]
async fn over_http2_a_whole_body_that_is_not_read_is_left_too() {
    let (server, _) = serve(IDLE, Duration::MAX).await;
    let mut sender = connect_h2(server.address).await;
    let read = soon(ask_h2(&mut sender, "/whole").await.collect()).await.unwrap().to_bytes();
    assert!(read.len() == WHOLE && read.iter().all(|byte| *byte == b'w'));
    let unread = ask_h2(&mut sender, "/whole").await;
    let mut moving = ask_h2(&mut sender, "/steps").await;
    let until = tokio::time::Instant::now() + 2 * (IDLE + Duration::from_secs(1));
    while tokio::time::Instant::now() < until {
        soon(moving.frame()).await.unwrap().expect("it moves");
    }
    assert!(soon(unread.collect()).await.is_err());
    let request = "GET /w/whole HTTP/1.1\r\nHost: a.test\r\n\r\n";
    assert_eq!(exchange(server.address, request).await.text().len(), WHOLE, "over HTTP/1.1");
}

/// Reads for longer than nothing may move, slowly.
async fn read_slowly(body: &mut Incoming) {
    let until = tokio::time::Instant::now() + 2 * (IDLE + Duration::from_secs(1));
    while tokio::time::Instant::now() < until {
        soon(body.frame()).await.unwrap().expect("it is read");
        sleep(2 * STEP).await;
    }
}

#[tokio::test]
async fn over_http2_a_client_that_reads_slowly_is_seen_to_read() {
    let (server, _) = serve(IDLE, Duration::MAX).await;
    let mut body = ask_h2(&mut connect_h2(server.address).await, "/endless").await;
    read_slowly(&mut body).await;
}

#[tokio::test]
async fn a_large_chunk_of_a_worker_moves_as_it_is_read() {
    let idle = IDLE.as_millis().to_string();
    let runner = Runner::serve(&[("w.js", ENDLESS)], &["--stream-idle-ms", &idle]).await;
    let mut body = ask_h2(&mut connect_h2(runner.address).await, "/").await;
    read_slowly(&mut body).await;
    drop(body);
    runner.at_rest().await;
}

/// Asks for `path` over HTTP/2, and gives back 1 KiB of the window at a time, so slowly that 16 KiB take longer than nothing may
/// move.
async fn read_by_the_kibibyte(address: std::net::SocketAddr, path: &str) {
    const DATA: u8 = 0;
    const RST_STREAM: u8 = 3;
    const WINDOW: usize = 65_535;
    const KIB: usize = 1 << 10;
    let mut client = RawClient::connect(address).await;
    // GET, http, the path, a.
    let head = [b"\x82\x86\x04", &[path.len() as u8][..], path.as_bytes(), b"\x01\x01a"].concat();
    client.send([preface(), frame(1, 5, 1, &head)].concat()).await;
    let read = async |client: &mut RawClient, bytes: usize| {
        let mut left = bytes;
        while left > 0 {
            match client.frame().await {
                (DATA, length) => left -= length,
                (RST_STREAM, _) => panic!("{path} was reset"),
                _ => {}
            }
        }
    };
    read(&mut client, WINDOW).await;
    let until = tokio::time::Instant::now() + 2 * (IDLE + Duration::from_secs(1));
    while tokio::time::Instant::now() < until {
        sleep(2 * STEP).await;
        let more = (KIB as u32).to_be_bytes();
        client.send([frame(8, 0, 0, &more), frame(8, 0, 1, &more)].concat()).await;
        read(&mut client, KIB).await;
    }
}

#[tokio::test]
async fn over_http2_each_byte_that_the_client_takes_moves() {
    let (server, _) = serve(IDLE, Duration::MAX).await;
    let whole = read_by_the_kibibyte(server.address, "/w/whole");
    tokio::join!(whole, read_by_the_kibibyte(server.address, "/w/endless"));
}

#[tokio::test]
async fn over_http2_each_byte_that_the_client_takes_of_what_a_worker_writes_moves() {
    let idle = IDLE.as_millis().to_string();
    let runner = Runner::serve(&[("w.js", ENDLESS)], &["--stream-idle-ms", &idle]).await;
    read_by_the_kibibyte(runner.address, "/w/").await;
    runner.at_rest().await;
}
