//! HTTP/1.1 and HTTP/2 between the socket and the worker.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use exec::{Body, StatusText};
use http::{HeaderValue, Request, Response, StatusCode, Version};
use http_body_util::{BodyExt, Full};
use hyper::client::conn::http2;
use hyper_util::rt::{TokioExecutor, TokioIo};
use runner::server::ServerOptions;
use tokio::net::TcpStream;
use tokio::sync::Notify;

use crate::support::{
    Http2Client, PATIENCE, RawClient, Stub, TestServer, eventually, exchange, frame, preface, soon, text,
};

fn short() -> ServerOptions {
    let brief = Duration::from_millis(200);
    ServerOptions::default()
        .with_max_body(1000)
        .with_body_timeout(brief)
        .with_idle_timeout(brief)
        .with_drain(brief)
        .with_linger(brief / 2)
}

/// Says when it is dropped.
struct OnDrop(Arc<Notify>);

impl Drop for OnDrop {
    fn drop(&mut self) {
        self.0.notify_one();
    }
}

/// A worker that never answers; it notifies `.0` when it is called, `.1` when it is given up.
fn endless() -> (Stub, Arc<Notify>, Arc<Notify>) {
    let (called, dropped) = (Arc::new(Notify::new()), Arc::new(Notify::new()));
    let handler = {
        let (called, dropped) = (called.clone(), dropped.clone());
        move |_| {
            called.notify_one();
            let guard = OnDrop(dropped.clone());
            async move {
                let _guard = guard;
                std::future::pending().await
            }
        }
    };
    (Stub::new(handler), called, dropped)
}

#[tokio::test]
async fn lesson_40_duplicate_and_non_ascii_header_bytes_pass_both_ways() {
    let server = TestServer::start(Stub::new(|request| {
        let mut response = Response::new(Body::empty());
        for value in request.headers().get_all("x-value") {
            response.headers_mut().append("x-value", value.clone());
        }
        std::future::ready(Ok(response))
    }))
    .await;
    let request =
        b"GET /w/ HTTP/1.1\r\nHost: a.test\r\nX-Value: one\r\nx-value: \xe9\xff\r\nX-VALUE: one\r\n\r\n";
    let reply = exchange(server.address, request).await;
    assert_eq!(reply.all("x-value"), [b"one".as_slice(), b"\xe9\xff", b"one"]);
}

#[tokio::test]
async fn cookies_in_several_fields_reach_the_worker_as_one() {
    let server = TestServer::start(Stub::describing(|request| {
        let cookies = request.headers().get_all("cookie").iter().map(|value| value.to_str().unwrap());
        cookies.collect::<Vec<_>>().join("|")
    }))
    .await;
    let request = "GET /w/ HTTP/1.1\r\nHost: a.test\r\nCookie: a=1\r\nX: y\r\nCookie: b=2; c=3\r\n\r\n";
    assert_eq!(exchange(server.address, request).await.text(), "a=1; b=2; c=3");
}

#[tokio::test]
async fn a_request_may_have_two_hundred_header_fields() {
    let server = TestServer::start(Stub::describing(|request| {
        // Without what the server adds.
        request.headers().keys().filter(|name| name.as_str().starts_with("x-n")).count().to_string()
    }))
    .await;
    let request = |fields| {
        let fields: String = (0..fields).map(|n| format!("x-n{n}: {n}\r\n")).collect();
        format!("GET /w/ HTTP/1.1\r\nHost: a.test\r\n{fields}\r\n")
    };
    assert_eq!(exchange(server.address, request(199)).await.text(), "199");
    assert_eq!(exchange(server.address, request(200)).await.status, 431);
}

#[tokio::test]
async fn a_workers_status_text_is_the_reason_phrase() {
    let server = TestServer::start(Stub::new(|_| {
        let mut response = text("");
        response.extensions_mut().insert(StatusText::new(b"Fine").unwrap());
        std::future::ready(Ok(response))
    }))
    .await;
    let mut client = RawClient::connect(server.address).await;
    client.send("GET /w/ HTTP/1.1\r\nHost: a.test\r\nConnection: close\r\n\r\n").await;
    let reply = client.rest().await;
    assert!(reply.starts_with(b"HTTP/1.1 200 Fine\r\n"), "{}", String::from_utf8_lossy(&reply));
}

#[tokio::test]
async fn a_status_without_a_usual_reason_phrase_has_none() {
    let server = TestServer::start(Stub::new(|_| {
        let mut response = text("");
        *response.status_mut() = StatusCode::from_u16(299).unwrap();
        std::future::ready(Ok(response))
    }))
    .await;
    let mut client = RawClient::connect(server.address).await;
    client.send("GET /w/ HTTP/1.1\r\nHost: a.test\r\nConnection: close\r\n\r\n").await;
    let reply = client.rest().await;
    assert!(reply.starts_with(b"HTTP/1.1 299 \r\n"), "{}", String::from_utf8_lossy(&reply));
}

#[tokio::test]
async fn lesson_41_methods_pass_as_they_are() {
    let server = TestServer::start(Stub::describing(|request| request.method().to_string())).await;
    for method in ["GET", "DELETE", "PROPFIND", "FROBNICATE", "get", "M-SEARCH"] {
        let reply = exchange(server.address, format!("{method} /w/ HTTP/1.1\r\nHost: a.test\r\n\r\n")).await;
        assert_eq!((reply.status, reply.text()), (200, method));
    }
    for target in ["a.test:80", "/w/", "/nobody/", "http://a.test/w/"] {
        let connect = format!("CONNECT {target} HTTP/1.1\r\nHost: a.test\r\n\r\n");
        assert_eq!(exchange(server.address, connect).await.status, 501, "{target}");
    }
}

#[tokio::test]
async fn lesson_42_several_set_cookie_stay_several() {
    let server = TestServer::start(Stub::new(|_| {
        let mut response = text("");
        for cookie in ["a=1; Expires=Thu, 01 Jan 1970 00:00:00 GMT", "b=2"] {
            response.headers_mut().append("set-cookie", HeaderValue::from_static(cookie));
        }
        std::future::ready(Ok(response))
    }))
    .await;
    let reply = exchange(server.address, "GET /w/ HTTP/1.1\r\nHost: a.test\r\n\r\n").await;
    assert_eq!(reply.all("set-cookie"), [b"a=1; Expires=Thu, 01 Jan 1970 00:00:00 GMT".as_slice(), b"b=2"]);
}

#[tokio::test]
async fn the_worker_sees_the_url_without_its_prefix_and_with_the_clients_host() {
    let server = TestServer::start(Stub::describing(|request| {
        format!("{} {}", request.uri(), request.headers()["host"].to_str().unwrap())
    }))
    .await;
    let local = server.address;
    for (line, host, seen) in [
        ("/w/a/b?c=d HTTP/1.1", "Host: a.test:81\r\n", "http://a.test:81/a/b?c=d a.test:81".to_owned()),
        ("/w HTTP/1.1", "Host: a.test\r\n", "http://a.test/ a.test".to_owned()),
        ("/w?x HTTP/1.1", "Host: A.test\r\n", "http://a.test/?x A.test".to_owned()),
        ("/w/../../caf\u{e9} HTTP/1.1", "Host: a.test\r\n", "http://a.test/caf%C3%A9 a.test".to_owned()),
        ("http://b.test/w/y HTTP/1.1", "Host: a.test\r\n", "http://b.test/y b.test".to_owned()),
        ("/w/ HTTP/1.0", "", format!("http://{local}/ {local}")),
    ] {
        let reply = exchange(local, format!("GET {line}\r\n{host}\r\n")).await;
        assert_eq!((reply.status, reply.text()), (200, &*seen));
    }
    for host in ["a b", "a.test/x", "user@a.test", "a.test\r\nHost: b.test"] {
        let reply = exchange(local, format!("GET /w/ HTTP/1.1\r\nHost: {host}\r\n\r\n")).await;
        assert_eq!(reply.status, 400, "{host}");
    }
    let without_host = exchange(local, "GET /w/ HTTP/1.1\r\n\r\n").await;
    assert_eq!(without_host.status, 400);
}

#[tokio::test]
async fn lesson_43_bodies_beyond_the_limit_are_413() {
    let server = TestServer::with_options(Stub::describing(|r| r.body().len().to_string()), short()).await;
    let post = |headers: &str, body: &str| format!("POST /w/ HTTP/1.1\r\nHost: a\r\n{headers}\r\n\r\n{body}");
    let full = "x".repeat(1000);

    let fits = exchange(server.address, post("Content-Length: 1000", &full)).await;
    assert_eq!(fits.text(), "1000");
    let chunked = format!("3e8\r\n{full}\r\n0\r\n\r\n");
    assert_eq!(exchange(server.address, post("Transfer-Encoding: chunked", &chunked)).await.text(), "1000");

    // Refused by its length alone: not a byte of it is sent.
    let announced = exchange(server.address, post("Content-Length: 1001", "")).await;
    assert_eq!((announced.status, announced.json()["error"].as_str()), (413, Some("PayloadTooLarge")));
    // Refused on the way: its end is never sent.
    let chunked = format!("3e8\r\n{full}\r\n1\r\nx\r\n");
    let reply = exchange(server.address, post("Transfer-Encoding: chunked", &chunked)).await;
    assert_eq!((reply.status, reply.header("connection")), (413, "close"));
}

#[tokio::test]
async fn a_client_that_goes_on_sending_still_reads_its_413() {
    let server = TestServer::with_options(Stub::describing(|_| String::new()), short()).await;
    let mut client = RawClient::connect(server.address).await;
    client.send("POST /w/ HTTP/1.1\r\nHost: a\r\nContent-Length: 4000000\r\n\r\n").await;
    for _ in 0..4 {
        client.send(vec![b'x'; 1_000_000]).await;
    }
    assert_eq!(client.reply().await.status, 413);
}

#[tokio::test]
async fn a_body_that_stalls_is_408() {
    let server = TestServer::with_options(Stub::describing(|_| String::new()), short()).await;
    let request = "POST /w/ HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\nhalf ";
    assert_eq!(exchange(server.address, request).await.status, 408);
}

#[tokio::test]
async fn a_body_with_broken_framing_is_400() {
    let server = TestServer::start(Stub::describing(|_| String::new())).await;
    let request = "POST /w/ HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nnot a length\r\n";
    assert_eq!(exchange(server.address, request).await.status, 400);
}

#[tokio::test]
async fn clients_that_send_no_request_are_dropped() {
    let server = TestServer::with_options(Stub::describing(|_| String::new()), short()).await;
    for start in
        ["", "P", "PRI * HTTP/2.0\r\n", "GET /w/ HTTP/1.1\r\nHost:", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"]
    {
        let mut client = RawClient::connect(server.address).await;
        client.send(start).await;
        client.rest().await;
    }
    // An answered request does not keep a connection either.
    let mut client = RawClient::connect(server.address).await;
    client.send("GET /w/ HTTP/1.1\r\nHost: a\r\n\r\n").await;
    assert_eq!(client.reply().await.status, 200);
    assert_eq!(client.rest().await, b"");
}

#[tokio::test]
async fn a_slow_worker_is_not_an_idle_connection() {
    let server = TestServer::with_options(
        Stub::new(|_| async {
            tokio::time::sleep(Duration::from_millis(700)).await;
            Ok(text("late"))
        }),
        short(),
    )
    .await;
    let reply = exchange(server.address, "GET /w/ HTTP/1.1\r\nHost: a\r\n\r\n").await;
    assert_eq!(reply.text(), "late");
}

#[tokio::test]
async fn pipelined_requests_are_answered_in_order() {
    let server = TestServer::start(Stub::describing(|request| request.uri().path().to_owned())).await;
    let mut client = RawClient::connect(server.address).await;
    let request = |n: u32| format!("GET /w/{n} HTTP/1.1\r\nHost: a\r\n\r\n");
    client.send((0..10).map(request).collect::<String>()).await;
    for n in 0..10 {
        assert_eq!(client.reply().await.text(), format!("/{n}"));
    }
}

#[tokio::test]
async fn transfer_codings_other_than_chunked_are_refused() {
    let server = TestServer::start(Stub::describing(|request| request.body().len().to_string())).await;
    for (codings, status) in [
        ("Transfer-Encoding: chunked", 200),
        ("Transfer-Encoding: , Chunked ,", 400),
        ("Transfer-Encoding: ,\tCHUNKED", 200),
        ("Transfer-Encoding: gzip, chunked", 501),
        ("Transfer-Encoding: gzip\r\nTransfer-Encoding: chunked", 501),
        ("Transfer-Encoding: x;q=\"chunked, chunked", 501),
        ("Transfer-Encoding: chunked, chunked", 400),
        ("Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked", 400),
        ("Transfer-Encoding: gzip, chunked, chunked", 400),
        ("Transfer-Encoding: chunked, gzip", 400),
    ] {
        let mut client = RawClient::connect(server.address).await;
        client.send(format!("POST /w/ HTTP/1.1\r\nHost: a\r\n{codings}\r\n\r\n3\r\nabc\r\n0\r\n\r\n")).await;
        let reply = client.reply().await;
        assert_eq!(reply.status, status, "{codings}");
        if status == 200 {
            assert_eq!(reply.text(), "3", "{codings}");
        } else {
            assert_eq!(reply.header("connection"), "close", "{codings}");
            assert_eq!(client.rest().await, b"", "what follows is not taken for a request: {codings}");
        }
    }
}

/// Some bytes and a trailer.
fn with_trailers() -> impl hyper::body::Body<Data = Bytes, Error = std::convert::Infallible> {
    let mut trailers = http::HeaderMap::new();
    trailers.insert("x-trailer", HeaderValue::from_static("1"));
    Full::new(Bytes::from("abc")).with_trailers(std::future::ready(Some(Ok(trailers))))
}

#[tokio::test]
async fn trailers_end_here() {
    // What is handed over as it comes is given back the same way.
    let server = TestServer::start(Stub::new(|request| {
        std::future::ready(Ok(Response::new(Body::stream(request.into_body()))))
    }))
    .await;
    let stream = TokioIo::new(TcpStream::connect(server.address).await.unwrap());
    let (mut sender, connection) = http2::handshake(TokioExecutor::new(), stream).await.unwrap();
    tokio::spawn(connection);
    let request = Request::post("http://a.test/w/").body(with_trailers()).unwrap();
    let echoed = soon(sender.send_request(request)).await.unwrap().into_body().collect().await.unwrap();
    assert!(echoed.trailers().is_none(), "{:?}", echoed.trailers());
    assert_eq!(echoed.to_bytes(), "abc");

    let mut client = RawClient::connect(server.address).await;
    let chunked = "TE: trailers\r\nTrailer: x-trailer\r\nTransfer-Encoding: chunked\r\n\r\n";
    client.send(format!("POST /w/ HTTP/1.1\r\nHost: a\r\n{chunked}")).await;
    assert_eq!(client.head().await.status, 200);
    client.send("3\r\nabc\r\n0\r\nx-trailer: 1\r\n\r\n").await;
    assert_eq!(client.chunk().await, b"abc");
    assert_eq!(client.chunk().await, b"");
    client.send("GET /w/ HTTP/1.1\r\nHost: a\r\n\r\n").await;
    assert_eq!(client.reply().await.status, 200, "on the same connection");
}

#[tokio::test]
async fn over_http2_the_spaces_around_values_are_no_part_of_them() {
    let server = TestServer::start(Stub::describing(|request| {
        let values = request.headers().get_all("x-value").iter().chain(request.headers().get_all("cookie"));
        values.map(|value| format!("[{}]", value.to_str().unwrap())).collect()
    }))
    .await;
    let mut sender = connect_h2(&server).await;
    let mut request = h2_request("GET", "");
    for (name, value) in [("x-value", " a b\t"), ("x-value", " "), ("cookie", "c=1 "), ("cookie", " d=2")] {
        request.headers_mut().append(name, HeaderValue::from_bytes(value.as_bytes()).unwrap());
    }
    let response = soon(sender.send_request(request)).await.unwrap();
    let body = response.into_body().collect().await.unwrap().to_bytes();
    assert_eq!(body, "[a b][][c=1; d=2]");
}

#[tokio::test]
async fn head_has_the_headers_of_get_and_no_body() {
    let server = TestServer::start(Stub::describing(|_| "12345".to_owned())).await;
    let mut client = RawClient::connect(server.address).await;
    client.send("HEAD /w/ HTTP/1.1\r\nHost: a\r\n\r\n").await;
    let reply = client.head().await;
    assert_eq!((reply.status, reply.header("content-length")), (200, "5"));
    // Were there a body, it would be taken for the next response.
    client.send("GET /w/ HTTP/1.1\r\nHost: a\r\n\r\n").await;
    assert_eq!(client.reply().await.text(), "12345");
}

#[tokio::test]
async fn lesson_33_a_client_that_hangs_up_ends_its_request() {
    let (stub, called, dropped) = endless();
    let server = TestServer::start(stub).await;
    for body in ["", "Content-Length: 3\r\n"] {
        let mut client = RawClient::connect(server.address).await;
        client.send(format!("POST /w/ HTTP/1.1\r\nHost: a\r\n{body}\r\n")).await;
        if !body.is_empty() {
            client.send("abc").await;
        }
        soon(called.notified()).await;
        drop(client);
        soon(dropped.notified()).await;
    }
}

async fn connect_h2(server: &TestServer) -> http2::SendRequest<Full<Bytes>> {
    let stream = TokioIo::new(TcpStream::connect(server.address).await.unwrap());
    let (sender, connection) = http2::handshake(TokioExecutor::new(), stream).await.unwrap();
    tokio::spawn(connection);
    sender
}

fn h2_request(method: &str, body: impl Into<Bytes>) -> Request<Full<Bytes>> {
    Request::builder().method(method).uri("http://a.test/w/x?y").body(Full::new(body.into())).unwrap()
}

#[tokio::test]
async fn http2_with_prior_knowledge_is_served_the_same_way() {
    let server = TestServer::with_options(
        Stub::describing(|request| {
            let host = request.headers()["host"].to_str().unwrap();
            format!("{} {} {host} {}", request.method(), request.uri(), request.body().len())
        }),
        short(),
    )
    .await;
    let mut sender = connect_h2(&server).await;

    let response = soon(sender.send_request(h2_request("FROB", "abc"))).await.unwrap();
    assert_eq!(response.version(), Version::HTTP_2);
    let body = response.into_body().collect().await.unwrap().to_bytes();
    assert_eq!(body, "FROB http://a.test/x?y a.test 3");

    let head = soon(sender.send_request(h2_request("HEAD", ""))).await.unwrap();
    assert_eq!(head.headers()["content-length"], "31");
    assert!(head.into_body().collect().await.unwrap().to_bytes().is_empty());
    let nothing = Request::head("http://a.test/nothing").body(Full::default()).unwrap();
    let nothing = soon(sender.send_request(nothing)).await.unwrap();
    assert_eq!(nothing.status(), 404);
    assert!(nothing.into_body().collect().await.unwrap().to_bytes().is_empty());

    let refused = soon(sender.send_request(h2_request("POST", vec![0; 1001]))).await.unwrap();
    assert_eq!(refused.status(), 413);
}

#[tokio::test]
async fn lesson_33_a_stream_that_is_reset_ends_its_request() {
    let (stub, called, dropped) = endless();
    let server = TestServer::start(stub).await;
    let mut sender = connect_h2(&server).await;
    let request = tokio::spawn(sender.send_request(h2_request("GET", "")));
    soon(called.notified()).await;
    request.abort();
    soon(dropped.notified()).await;
    drop(sender);
}

#[tokio::test]
async fn over_http2_an_upload_that_was_reset_is_not_whole_whatever_the_reason() {
    let (tell, mut told) = tokio::sync::mpsc::unbounded_channel();
    let stub = Stub::new(move |request| {
        let tell = tell.clone();
        async move {
            tell.send(None).unwrap();
            tell.send(Some(request.into_body().collect(usize::MAX).await.is_ok())).unwrap();
            Ok(text("done"))
        }
    });
    let server = TestServer::start(stub).await;
    // POST, http, /w/, a.
    let head = frame(1, 4, 1, b"\x83\x86\x04\x03/w/\x01\x01a");
    let (end, no_error, cancel) =
        (frame(0, 1, 1, b"."), frame(3, 0, 1, &[0; 4]), frame(3, 0, 1, &[0, 0, 0, 8]));
    for (last, is_whole) in [(end, true), (no_error, false), (cancel, false)] {
        let mut client = RawClient::connect(server.address).await;
        client.send([preface(), head.clone(), frame(0, 0, 1, b"some")].concat()).await;
        assert_eq!(soon(told.recv()).await, Some(None), "it is called");
        client.send(&last).await;
        assert_eq!(soon(told.recv()).await, Some(Some(is_whole)), "{last:?}");
    }
}

#[tokio::test]
async fn over_http2_an_answer_before_the_upload_is_not_followed_by_a_reset_at_once() {
    const RST_STREAM: u8 = 3;
    let server = TestServer::start(Stub::new(async |_| Ok(text("answer")))).await;
    // POST, http, /w/, a; and that it waits to be asked.
    let plain = b"\x83\x86\x04\x03/w/\x01\x01a".to_vec();
    let expecting = [&plain, &b"\x00\x06expect\x0c100-continue"[..]].concat();
    for head in [plain, expecting] {
        for sends_the_rest in [true, false] {
            let mut client = RawClient::connect(server.address).await;
            client.send([preface(), frame(1, 4, 1, &head)].concat()).await;
            client.until_frame(0).await;
            if sends_the_rest {
                client.send([frame(0, 1, 1, b"the rest"), frame(6, 0, 0, &[0; 8])].concat()).await;
                let before = client.until_frame(6).await;
                assert!(!before.contains(&RST_STREAM), "{before:?}");
            } else {
                client.until_frame(RST_STREAM).await;
            }
        }
    }
}

#[tokio::test]
async fn a_drain_lets_requests_finish_and_takes_no_more() {
    let (called, go) = (Arc::new(Notify::new()), Arc::new(Notify::new()));
    let stub = Stub::new({
        let (called, go) = (called.clone(), go.clone());
        move |_| {
            let (called, go) = (called.clone(), go.clone());
            async move {
                called.notify_one();
                go.notified().await;
                Ok(text("done"))
            }
        }
    });
    let mut server = TestServer::start(stub).await;
    let mut idle = RawClient::connect(server.address).await;
    let mut busy = RawClient::connect(server.address).await;
    busy.send("GET /w/ HTTP/1.1\r\nHost: a\r\n\r\n").await;
    soon(called.notified()).await;

    server.stop();
    assert_eq!(idle.rest().await, b"");
    assert!(TcpStream::connect(server.address).await.is_err());
    go.notify_one();
    assert_eq!(busy.reply().await.text(), "done");
    server.ended().await;
}

#[tokio::test]
async fn a_drain_serves_requests_that_are_on_their_way() {
    let options = ServerOptions::default().with_linger(PATIENCE).with_drain(PATIENCE);
    let mut server = TestServer::with_options(Stub::describing(|_| "served".to_owned()), options).await;
    let request = "GET /w/ HTTP/1.1\r\nHost: a\r\n\r\n";
    let mut fresh = RawClient::connect(server.address).await;
    let mut reused = RawClient::connect(server.address).await;
    reused.send(request).await;
    assert_eq!(reused.reply().await.header("connection"), "");
    let mut http2 = Http2Client::new(server.address);
    assert_eq!(http2.ask().await, Some((200, "served".to_owned())));

    server.stop();
    // GOAWAY; it waits for no linger.
    soon(http2.closed()).await;
    soon(async { while TcpStream::connect(server.address).await.is_ok() {} }).await;
    for client in [&mut fresh, &mut reused] {
        client.send(request).await;
        let reply = client.reply().await;
        assert_eq!((reply.text(), reply.header("connection")), ("served", "close"));
        assert_eq!(client.rest().await, b"");
    }
    server.ended().await;
}

#[tokio::test]
async fn a_lame_duck_loses_nothing_and_sends_its_clients_away() {
    let lame_duck = Duration::from_millis(500);
    let options =
        ServerOptions::default().with_lame_duck(lame_duck).with_linger(PATIENCE).with_drain(PATIENCE);
    let mut server = TestServer::with_options(Stub::describing(|_| "served".to_owned()), options).await;
    let request = "GET /w/ HTTP/1.1\r\nHost: a\r\n\r\n";
    let mut kept = RawClient::connect(server.address).await;
    kept.send(request).await;
    assert_eq!(kept.reply().await.header("connection"), "");
    let mut http2 = Http2Client::new(server.address);
    assert_eq!(http2.ask().await, Some((200, "served".to_owned())));
    assert!(!server.readiness.is_leaving());

    server.stop();
    let readiness = server.readiness.clone();
    eventually("it leaves", || readiness.is_leaving()).await;
    soon(http2.closed()).await;
    for _ in 0..3 {
        assert_eq!(http2.ask().await, Some((200, "served".to_owned())), "new connections are served");
        soon(http2.closed()).await;
    }
    // Old and new connections, one after the other, until no more are accepted.
    let (mut client, mut closed) = (Some(kept), 0);
    loop {
        let mut connection = match client.take() {
            Some(client) => client,
            None => match TcpStream::connect(server.address).await {
                Ok(stream) => RawClient::over(stream),
                Err(_) => break,
            },
        };
        connection.send(request).await;
        let reply = connection.reply().await;
        assert_eq!(reply.text(), "served");
        if reply.header("connection") == "close" {
            assert_eq!(connection.rest().await, b"");
            closed += 1;
        } else {
            // It was asked before it knew.
            client = Some(connection);
        }
    }
    assert!(closed > 1, "new connections are served");
    server.ended().await;
}

#[tokio::test]
async fn a_drain_accepts_what_waits_in_the_queue() {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let mut clients = Vec::new();
    for _ in 0..50 {
        let mut client = RawClient::connect(listener.local_addr().unwrap()).await;
        client.send("GET /w/ HTTP/1.1\r\nHost: a\r\n\r\n").await;
        clients.push(client);
    }
    let stub = Stub::describing(|_| "served".to_owned());
    let mut server = TestServer::on(listener, stub, ServerOptions::default());
    // Before it had a chance to run.
    server.stop();
    for client in &mut clients {
        assert_eq!(client.reply().await.text(), "served");
    }
    server.ended().await;
}

#[tokio::test]
async fn a_server_takes_over_a_socket_that_listens() {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    // In its queue before there is a server.
    let mut early = RawClient::connect(address).await;
    early.send("GET /w/ HTTP/1.1\r\nHost: a\r\n\r\n").await;
    let options = ServerOptions::default().with_linger(Duration::ZERO);
    let stub = || Stub::describing(|_| "served".to_owned());
    let mut first = TestServer::on(listener.try_clone().unwrap(), stub(), options.clone());
    assert_eq!((first.address, early.reply().await.text()), (address, "served"));
    first.stop();
    first.ended().await;
    let mut between = RawClient::connect(address).await;
    between.send("GET /w/ HTTP/1.1\r\nHost: a\r\n\r\n").await;
    let _second = TestServer::on(listener, stub(), options);
    assert_eq!(between.reply().await.text(), "served");
}

#[tokio::test]
async fn a_drain_is_bounded() {
    let (stub, called, dropped) = endless();
    let mut server = TestServer::with_options(stub, short()).await;
    let mut client = RawClient::connect(server.address).await;
    client.send("GET /w/ HTTP/1.1\r\nHost: a\r\n\r\n").await;
    soon(called.notified()).await;
    server.stop();
    server.ended().await;
    soon(dropped.notified()).await;
}

#[tokio::test]
async fn no_time_is_too_long() {
    let options = ServerOptions::default()
        .with_body_timeout(Duration::MAX)
        .with_body_deadline(Duration::MAX)
        .with_stream_idle(Duration::MAX)
        .with_idle_timeout(Duration::MAX)
        .with_drain(Duration::MAX)
        .with_linger(Duration::ZERO);
    let mut server = TestServer::with_options(Stub::describing(|_| "served".to_owned()), options).await;
    let request = "POST /w/ HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nabc";
    assert_eq!(exchange(server.address, request).await.text(), "served");
    server.stop();
    server.ended().await;
}

#[tokio::test]
async fn connections_beyond_the_bound_wait() {
    let options = ServerOptions::default().with_max_connections(1);
    let server = TestServer::with_options(Stub::describing(|_| "served".to_owned()), options).await;
    let first = RawClient::connect(server.address).await;
    let mut second = RawClient::connect(server.address).await;
    second.send("GET /w/ HTTP/1.1\r\nHost: a\r\n\r\n").await;
    let early = tokio::time::timeout(Duration::from_millis(200), second.head()).await;
    assert!(early.is_err(), "the second connection is not served yet");
    drop(first);
    assert_eq!(second.head().await.status, 200);
}

#[tokio::test]
async fn lesson_56_answers_that_have_no_body_have_none() {
    let server = TestServer::start(Stub::new(|request| {
        let mut response = text("left over");
        *response.status_mut() = request.uri().path()[1..].parse().unwrap();
        std::future::ready(Ok(response))
    }))
    .await;
    let mut client = RawClient::connect(server.address).await;
    for (status, length) in [(204, ""), (205, "0"), (304, "")] {
        client.send(format!("GET /w/{status} HTTP/1.1\r\nHost: a\r\n\r\n")).await;
        let reply = client.head().await;
        assert_eq!((reply.status, reply.header("content-length")), (status, length));
    }
    // Had one of them a body, this would be read from it.
    client.send("GET /w/200 HTTP/1.1\r\nHost: a\r\n\r\n").await;
    assert_eq!(client.reply().await.text(), "left over");
}

#[tokio::test]
async fn a_worker_cannot_say_that_the_server_ended_it() {
    let server = TestServer::start(Stub::new(|_| {
        let mut response = text("");
        response.headers_mut().insert("x-termination-reason", HeaderValue::from_static("CpuTimeLimit"));
        std::future::ready(Ok(response))
    }))
    .await;
    let reply = exchange(server.address, "GET /w/ HTTP/1.1\r\nHost: a\r\n\r\n").await;
    assert_eq!((reply.status, reply.header("x-termination-reason")), (200, ""));
}

/// The types of the frames of HTTP/2 in `bytes`, up to the first that is not whole.
fn frame_types(mut bytes: &[u8]) -> Vec<u8> {
    let mut types = Vec::new();
    while let [a, b, c, kind, _, _, _, _, _, rest @ ..] = bytes {
        types.push(*kind);
        bytes = rest.get(u32::from_be_bytes([0, *a, *b, *c]) as usize..).unwrap_or_default();
    }
    types
}

#[tokio::test]
async fn an_idle_http2_connection_is_told_to_go_away() {
    const GOAWAY: u8 = 7;
    let server = TestServer::with_options(Stub::describing(|_| String::new()), short()).await;
    let mut client = RawClient::connect(server.address).await;
    // The preface, empty SETTINGS, and then nothing: not even the acknowledgement of the server's PING.
    client.send("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n").await;
    client.send([0, 0, 0, 4, 0, 0, 0, 0, 0]).await;
    let types = frame_types(&client.rest().await);
    assert!(types.contains(&GOAWAY), "{types:?}");

    // A client that knows the protocol opens no further request, and loses none.
    let mut sender = connect_h2(&server).await;
    let response = soon(sender.send_request(h2_request("GET", ""))).await.unwrap();
    assert!(response.into_body().collect().await.unwrap().to_bytes().is_empty());
    soon(async {
        while !sender.is_closed() {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    })
    .await;
}
