//! Clients that leave during their uploads.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use exec::Body;
use http::Request;
use http_body_util::BodyExt;
use tokio::io::AsyncWriteExt;
use tokio::net::TcpStream;
use tokio::sync::Notify;

use crate::support::{RawClient, Runner, Stub, TestServer, soon, text};

/// How a client leaves.
#[derive(Clone, Copy, Debug)]
enum Leaving {
    Closes,
    EndsItsSide,
    Resets,
}

const LEAVING: [Leaving; 3] = [Leaving::Closes, Leaving::EndsItsSide, Leaving::Resets];

const FRAMING: [(&str, &str); 2] =
    [("Content-Length: 10000000", ""), ("Transfer-Encoding: chunked", "989680\r\n")];

/// A client in the middle of an upload. There is room for what it has sent, so that the system hears of its end; and of a
/// reset without that.
async fn uploading(server: SocketAddr, path: &str, framing: (&str, &str), leaving: Leaving) -> TcpStream {
    let mut client = TcpStream::connect(server).await.unwrap();
    let (header, begin) = framing;
    let head = format!("POST /w{path} HTTP/1.1\r\nHost: a.test\r\n{header}\r\n\r\n{begin}");
    client.write_all(head.as_bytes()).await.unwrap();
    let sent = if matches!(leaving, Leaving::Resets) { 300_000 } else { 30_000 };
    client.write_all(&vec![b'x'; sent]).await.unwrap();
    client
}

impl Leaving {
    /// What is returned keeps the connection as it is then.
    async fn leave(self, mut client: TcpStream) -> Option<TcpStream> {
        match self {
            Self::Closes => None,
            Self::EndsItsSide => {
                client.shutdown().await.unwrap();
                Some(client)
            }
            Self::Resets => {
                client.set_zero_linger().unwrap();
                None
            }
        }
    }
}

struct OnDrop(Arc<Notify>);

impl Drop for OnDrop {
    fn drop(&mut self) {
        self.0.notify_one();
    }
}

/// Calls `called` when it has the request, and `dropped` when that is given up. It reads the upload, or keeps it, or drops it.
fn never_answering() -> (Stub, Arc<Notify>, Arc<Notify>) {
    let (called, dropped) = (Arc::new(Notify::new()), Arc::new(Notify::new()));
    let stub = Stub::new({
        let (called, dropped) = (Arc::clone(&called), Arc::clone(&dropped));
        move |request: Request<Body>| {
            let (called, guard) = (Arc::clone(&called), OnDrop(Arc::clone(&dropped)));
            async move {
                let _guard = guard;
                called.notify_one();
                let path = request.uri().path().to_owned();
                let mut body = request.into_body();
                let _kept = match &*path {
                    "/reads" => {
                        while body.frame().await.is_some_and(|frame| frame.is_ok()) {}
                        None
                    }
                    "/drops" => None,
                    "/keeps" => Some(body),
                    other => panic!("{other}"),
                };
                std::future::pending().await
            }
        }
    });
    (stub, called, dropped)
}

#[tokio::test]
async fn lesson_33_a_client_that_leaves_during_its_upload_ends_its_request_whoever_reads_it() {
    let (stub, called, dropped) = never_answering();
    let server = TestServer::start(stub).await;
    for path in ["/reads", "/keeps", "/drops"] {
        for framing in FRAMING {
            for leaving in LEAVING {
                let client = uploading(server.address, path, framing, leaving).await;
                soon(called.notified()).await;
                let left = leaving.leave(client).await;
                soon(dropped.notified()).await;
                if let Some(client) = left {
                    let rest = RawClient::over(client).rest().await;
                    assert_eq!(rest, b"", "{path}, {framing:?}: it is no request, and has no answer");
                }
            }
        }
    }
}

#[tokio::test]
async fn lesson_33_a_client_that_is_not_asked_for_its_upload_ends_its_request_when_it_leaves() {
    let (stub, called, dropped) = never_answering();
    let server = TestServer::start(stub).await;
    for leaving in LEAVING {
        let mut client = TcpStream::connect(server.address).await.unwrap();
        let head = "POST /w/keeps HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\nExpect: 100-continue\r\n\r\n";
        client.write_all(head.as_bytes()).await.unwrap();
        soon(called.notified()).await;
        let _left = leaving.leave(client).await;
        soon(dropped.notified()).await;
    }
}

#[tokio::test]
async fn a_client_that_stays_has_its_answer_however_slow_its_upload_is_read() {
    let slow = Stub::new(async |request: Request<Body>| {
        let mut body = request.into_body();
        let mut length = 0;
        while let Some(frame) = body.frame().await {
            length += frame.unwrap().into_data().unwrap().len();
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        Ok(text(length.to_string()))
    });
    let server = TestServer::start(slow).await;
    let mut client = RawClient::connect(server.address).await;
    for _ in 0..2 {
        client.send("POST /w/ HTTP/1.1\r\nHost: a\r\nContent-Length: 300000\r\n\r\n").await;
        client.send(vec![b'x'; 300_000]).await;
        assert_eq!(client.reply().await.text(), "300000");
    }
}

/// Tells what has happened, in its order.
const WORKER: &str = r#"
    let seen = [];
    export default { async fetch(request, env, ctx) {
        const path = new URL(request.url).pathname;
        if (path === "/seen") return Response.json(seen);
        seen = ["called"];
        const aborted = new Promise((resolve) => {
            request.signal.onabort = () => { seen.push(request.signal.reason.name); resolve(); };
        });
        ctx.waitUntil(aborted.then(() => scheduler.wait(20)).then(() => seen.push("later")));
        if (path === "/reads") {
            try {
                for await (const chunk of request.body);
                seen.push("whole");
            } catch (error) {
                seen.push("read failed");
            }
        }
        await scheduler.wait(1e7);
    } }
"#;

#[tokio::test]
async fn the_worker_hears_of_it_and_what_it_has_put_off_goes_on() {
    let runner = Runner::serve(&[("w.js", WORKER)], &[]).await;
    let until = async |last: &str| {
        soon(async {
            loop {
                let seen: Vec<String> = serde_json::from_value(runner.get("/w/seen").await.json()).unwrap();
                if seen.last().is_some_and(|seen| seen == last) {
                    break seen;
                }
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
        })
        .await
    };
    for path in ["/reads", "/parks"] {
        for leaving in LEAVING {
            let client = uploading(runner.address, path, FRAMING[0], leaving).await;
            until("called").await;
            let _left = leaving.leave(client).await;
            let mut seen = until("later").await;
            let failed = seen.iter().position(|seen| seen == "read failed").map(|at| seen.remove(at));
            assert_eq!(failed.is_some(), path == "/reads", "{leaving:?}: {seen:?}");
            assert_eq!(seen, ["called", "AbortError", "later"], "{path} {leaving:?}");
        }
    }
    runner.at_rest().await;
}
