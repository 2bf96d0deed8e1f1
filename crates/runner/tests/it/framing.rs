//! Whether a request has a body, and which length it is sent with.

use std::convert::Infallible;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use bytes::Bytes;
use http::Request;
use http_body_util::BodyExt;
use hyper::body::Frame;
use hyper::client::conn::http2;
use hyper_util::rt::{TokioExecutor, TokioIo};
use tokio::net::TcpStream;
use tokio::time::{Sleep, sleep};

use crate::support::{RawClient, Runner, Stub, TestServer, exchange, soon};

/// `/NAME` tells what came of it: whether there is a body, and its text.
const WORKER: &str = r#"
    const told = async (request) => Response.json([request.method, request.body !== null, await request.text()]);
    const handlers = {
        "/own": told,
        "/copy": (request) => told(new Request(request)),
        "/headers": (request) => told(new Request(request, { headers: { a: "b" } })),
        "/elsewhere": (request) => told(new Request("http://b.test/", request)),
        "/clone": (request) => told(request.clone()),
        "/changed": async (request) => {
            const thrown = [];
            for (const init of [{ body: "x" }, { method: "HEAD" }, { body: request.body }]) {
                try { new Request(request, init); } catch (error) { thrown.push(error.name); }
            }
            return Response.json(thrown);
        },
        "/set": (request) => {
            const copy = new Request(request);
            copy.headers.set("a", "b");
            try { request.clone().headers.set("a", "b"); } catch (error) {
                return Response.json([error.name, copy.headers.get("a"), request.headers.get("a")]);
            }
        },
        "/passed": (request) => fetch("ORIGIN", request),
        "/made": async () => {
            const lengths = [];
            for (const method of ["PATCH", "DELETE", "OPTIONS", "PUT", "POST"]) {
                for (const body of ["", new Uint8Array(0), new Blob([]), new URLSearchParams(), undefined]) {
                    lengths.push(await (await fetch("ORIGIN", { method, body })).text());
                }
            }
            return Response.json(lengths);
        },
    };
    export default { fetch: (request) => handlers[new URL(request.url).pathname](request) };
"#;

/// The worker, and an origin that tells method, length and text of what it gets.
async fn serve() -> (Runner, TestServer) {
    let origin = TestServer::start(Stub::describing(|request| {
        let length =
            request.headers().get("content-length").map_or("none", |length| length.to_str().unwrap());
        format!("{} {length} {}", request.method(), String::from_utf8_lossy(request.body()))
    }))
    .await;
    let worker = WORKER.replace("ORIGIN", &format!("http://{}/w/", origin.address));
    (Runner::serve(&[("w.js", &worker)], &["--fetch", "any"]).await, origin)
}

/// The answer to a request with these fields, of which the rest comes later.
async fn ask(runner: &Runner, start: &str, fields: &str, now: &str, later: &str) -> String {
    let mut client = RawClient::connect(runner.address).await;
    client.send(format!("{start} HTTP/1.1\r\nHost: a.test\r\n{fields}\r\n{now}")).await;
    if !later.is_empty() {
        sleep(Duration::from_millis(200)).await;
        client.send(later).await;
    }
    client.reply().await.text().to_owned()
}

const CHUNKED: &str = "Transfer-Encoding: chunked\r\n";
const NO_LENGTH: &str = "Content-Length: 0\r\n";

#[tokio::test]
async fn whether_there_is_a_body_is_said_by_the_framing_and_not_by_when_it_comes() {
    let (runner, _origin) = serve().await;
    let none = |method| format!(r#"["{method}",false,""]"#);
    let empty = |method| format!(r#"["{method}",true,""]"#);
    for method in ["POST", "PUT", "PATCH", "DELETE", "OPTIONS", "QUERY"] {
        let start = format!("{method} /w/own");
        assert_eq!(ask(&runner, &start, "", "", "").await, none(method), "neither length nor coding");
        assert_eq!(ask(&runner, &start, NO_LENGTH, "", "").await, empty(method), "a length of 0");
        assert_eq!(ask(&runner, &start, CHUNKED, "0\r\n\r\n", "").await, empty(method), "no chunk");
        assert_eq!(ask(&runner, &start, CHUNKED, "", "0\r\n\r\n").await, empty(method), "no chunk, later");
    }
    assert_eq!(ask(&runner, "GET /w/own", NO_LENGTH, "", "").await, none("GET"));
}

/// A body without bytes, whose end comes with the head, or later.
enum End {
    AtOnce,
    After(Pin<Box<Sleep>>),
}

impl hyper::body::Body for End {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        if let Self::After(sleep) = &mut *self {
            ready!(sleep.as_mut().poll(context));
        }
        Poll::Ready(None)
    }

    fn is_end_stream(&self) -> bool {
        matches!(self, Self::AtOnce)
    }
}

#[tokio::test]
async fn over_http2_a_method_that_means_a_body_has_one_whenever_its_end_comes() {
    let (runner, _origin) = serve().await;
    let stream = TokioIo::new(TcpStream::connect(runner.address).await.unwrap());
    let (mut sender, connection) = http2::handshake(TokioExecutor::new(), stream).await.unwrap();
    tokio::spawn(connection);
    let after = |millis| End::After(Box::pin(sleep(Duration::from_millis(millis))));
    let mut told = async |method: &str, body: End| {
        let request = Request::builder().method(method).uri("http://a.test/w/own").body(body).unwrap();
        let answer = soon(sender.send_request(request)).await.unwrap();
        String::from_utf8(soon(answer.into_body().collect()).await.unwrap().to_bytes().to_vec()).unwrap()
    };
    for method in ["POST", "PUT", "PATCH"] {
        for end in [End::AtOnce, after(0), after(200)] {
            assert_eq!(told(method, end).await, format!(r#"["{method}",true,""]"#));
        }
    }
    for method in ["GET", "DELETE", "OPTIONS"] {
        assert_eq!(told(method, End::AtOnce).await, format!(r#"["{method}",false,""]"#));
    }
}

#[tokio::test]
async fn a_body_that_came_with_get_is_passed_on_and_fails_nobody() {
    let (runner, _origin) = serve().await;
    for path in ["own", "copy", "headers", "elsewhere", "clone"] {
        let told = ask(&runner, &format!("GET /w/{path}"), "Content-Length: 3\r\n", "abc", "").await;
        assert_eq!(told, r#"["GET",true,"abc"]"#, "{path}");
    }
    assert_eq!(ask(&runner, "GET /w/passed", "Content-Length: 3\r\n", "abc", "").await, "GET 3 abc");
    let thrown = ask(&runner, "GET /w/changed", "Content-Length: 3\r\n", "abc", "").await;
    assert_eq!(thrown, r#"["TypeError","TypeError","TypeError"]"#, "a body of its own, or another method");
}

#[tokio::test]
async fn a_body_of_no_bytes_is_sent_with_its_length_whatever_the_method() {
    let (runner, _origin) = serve().await;
    let lengths: Vec<String> = serde_json::from_str(runner.get("/w/made").await.text()).unwrap();
    let mut lengths = lengths.iter().map(String::as_str);
    for method in ["PATCH", "DELETE", "OPTIONS", "PUT", "POST"] {
        for body in ["a string", "bytes", "a Blob", "parameters"] {
            assert_eq!(lengths.next(), Some(&*format!("{method} 0 ")), "{body}");
        }
        let none = if matches!(method, "PUT" | "POST") { "0" } else { "none" };
        assert_eq!(lengths.next(), Some(&*format!("{method} {none} ")), "no body");
    }
    for (fields, body) in [(NO_LENGTH, ""), (CHUNKED, "0\r\n\r\n")] {
        assert_eq!(ask(&runner, "PATCH /w/passed", fields, body, "").await, "PATCH 0 ");
    }
}

#[tokio::test]
async fn headers_of_a_request_that_came_are_immutable() {
    let (runner, _origin) = serve().await;
    let reply = exchange(runner.address, "GET /w/set HTTP/1.1\r\nHost: a.test\r\n\r\n").await;
    assert_eq!(reply.text(), r#"["TypeError","b",null]"#);
}
