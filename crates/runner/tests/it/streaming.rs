//! Bodies that are made, read and passed on while they come.

use std::convert::Infallible;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;
use exec::Body;
use http::{Request, Response};
use http_body_util::{BodyExt, Empty};
use hyper::body::Frame;
use hyper::client::conn::http2;
use hyper_util::rt::{TokioExecutor, TokioIo};
use runner::server::ServerOptions;
use tokio::net::TcpStream;

use crate::support::{RawClient, Reply, Runner, Stub, TestServer, exchange, frame, preface, soon, text};

/// `/NAME` does what it says; `/seen` tells what has happened so far.
const STREAMS: &str = r#"
    const seen = [];
    const encode = (text) => new TextEncoder().encode(text);
    let open;
    const listeners = new Set();
    const handlers = {
        // A chunk, and what comes next when somebody asks for /go.
        "/slow": () => new Response(new ReadableStream({
            async start(controller) {
                controller.enqueue(encode("first"));
                await new Promise((resolve) => { open = resolve; });
                controller.enqueue(encode("second"));
                controller.close();
            },
        })),
        "/go": () => { open(); return new Response("gone on"); },
        // As much as is asked for.
        "/endless": (request) => {
            let pulls = 0;
            request.signal.addEventListener("abort", () => seen.push("aborted"));
            return new Response(new ReadableStream({
                pull(controller) {
                    seen[0] = ++pulls;
                    controller.enqueue(new Uint8Array(16 << 10));
                },
                cancel(reason) { seen.push(`cancelled: ${reason.name}`); },
            }, { highWaterMark: 0 }));
        },
        "/breaks": () => new Response(new ReadableStream({
            start(controller) { controller.enqueue(encode("some")); },
            async pull(controller) {
                await new Promise((resolve) => { open = resolve; });
                controller.error(new Error("no more"));
            },
        })),
        "/events": () => {
            let timer;
            return new Response(new ReadableStream({
                start(controller) {
                    let n = 0;
                    timer = setInterval(() => controller.enqueue(encode(`data: ${n++}\n\n`)), 50);
                },
                cancel: () => clearInterval(timer),
            }), { headers: { "content-type": "text/event-stream" } });
        },
        // Nothing but a line, until somebody asks for /tell.
        "/quiet": () => {
            let own;
            return new Response(new ReadableStream({
                start(controller) {
                    own = controller;
                    listeners.add(own);
                    own.enqueue(encode(": open\n\n"));
                },
                cancel: () => listeners.delete(own),
            }), { headers: { "content-type": "text/event-stream" } });
        },
        "/tell": () => {
            for (const listener of listeners) listener.enqueue(encode("data: all\n\n"));
            return new Response(String(listeners.size));
        },
        "/upper": (request) => new Response(request.body.pipeThrough(new TransformStream({
            transform(chunk, controller) {
                controller.enqueue(chunk.map((byte) => (byte >= 97 && byte <= 122 ? byte - 32 : byte)));
            },
        }))),
        "/echo": (request) => new Response(request.body),
        "/empties": () => new Response(new ReadableStream({
            start(controller) {
                for (let n = 0; n < 1000; n++) controller.enqueue(new Uint8Array(0));
                controller.enqueue(encode("x"));
                controller.close();
            },
        })),
        "/length": async (request) => new Response(String((await request.arrayBuffer()).byteLength)),
        "/form": async (request) => {
            try {
                const form = await request.formData();
                return Response.json([form.get("a"), form.get("f").size]);
            } catch (error) {
                return new Response(error.name, { status: 400 });
            }
        },
        "/ignores": () => new Response("answered"),
        "/first": async (request) => {
            const reader = request.body.getReader();
            const { value } = await reader.read();
            await reader.cancel();
            return new Response(String(value.length > 0));
        },
        "/seen": () => new Response(JSON.stringify(seen)),
    };
    export default { fetch: (request) => handlers[new URL(request.url).pathname](request) };
"#;

async fn serve(flags: &[&str]) -> Runner {
    Runner::serve(&[("w.js", STREAMS)], flags).await
}

fn get(path: &str) -> String {
    format!("GET /w{path} HTTP/1.1\r\nHost: a.test\r\n\r\n")
}

async fn ask(runner: &Runner, path: &str) -> (RawClient, Reply) {
    let mut client = RawClient::connect(runner.address).await;
    client.send(get(path)).await;
    let head = client.head().await;
    (client, head)
}

async fn seen(runner: &Runner) -> serde_json::Value {
    runner.get("/w/seen").await.json()
}

#[tokio::test]
async fn the_first_bytes_are_there_before_the_last_are_made() {
    let runner = serve(&[]).await;
    let (mut client, head) = ask(&runner, "/slow").await;
    assert_eq!((head.status, head.header("transfer-encoding")), (200, "chunked"));
    assert_eq!(client.chunk().await, b"first");
    assert_eq!(runner.get("/w/go").await.text(), "gone on");
    assert_eq!(client.chunk().await, b"second");
    assert_eq!(client.chunk().await, b"");
    client.send(get("/ignores")).await;
    assert_eq!(client.reply().await.text(), "answered", "on the same connection");
    runner.at_rest().await;
}

#[tokio::test]
async fn a_client_that_does_not_read_is_not_written_for() {
    // What the sockets take before they are full costs CPU time.
    let runner = serve(&["--stream-buffer-kb", "64", "--cpu-ms", "60000"]).await;
    let (mut client, _) = ask(&runner, "/endless").await;
    let pulls = async || seen(&runner).await[0].as_u64().unwrap_or_default();
    let mut before = 0;
    // Until the buffers of both sockets are full.
    let stopped = soon(async {
        loop {
            tokio::time::sleep(Duration::from_millis(300)).await;
            match pulls().await {
                now if now == before && now > 0 => break now,
                now => before = now,
            }
        }
    })
    .await;
    for _ in 0..stopped {
        client.chunk().await;
    }
    soon(async {
        while pulls().await <= stopped {
            client.chunk().await;
        }
    })
    .await;
}

#[tokio::test]
async fn more_clients_than_the_budget_has_room_for_get_their_bodies_one_after_another() {
    const WORKER: &str = "export default { fetch() {
        let left = 128;
        return new Response(new ReadableStream({ async pull(c) {
            await null;
            if (left-- === 0) return c.close();
            c.enqueue(new Uint8Array(65536));
        } }));
    } }";
    let flags = ["--tenant-memory-mb", "1", "--cpu-ms", "60000"];
    let runner = Runner::serve(&[("w.js", WORKER)], &flags).await;
    let mut clients = Vec::new();
    for _ in 0..32 {
        let (client, head) = ask(&runner, "/").await;
        if head.status == 503 {
            // It was refused before its body began.
            assert_eq!(head.header("x-termination-reason"), "Overloaded");
            continue;
        }
        assert_eq!(head.status, 200);
        clients.push(client);
    }
    // Each client leaves its body for a while.
    tokio::time::sleep(Duration::from_millis(500)).await;
    assert!(clients.len() > 16, "{}", clients.len());
    let mut reading = tokio::task::JoinSet::new();
    for mut client in clients {
        reading.spawn(async move {
            let mut length = 0;
            loop {
                match client.chunk().await.len() {
                    0 => break length,
                    more => length += more,
                }
            }
        });
    }
    while let Some(length) = reading.join_next().await {
        assert_eq!(length.unwrap(), 8 << 20);
    }
    runner.at_rest().await;
}

#[tokio::test]
async fn a_stream_of_a_fixed_length_says_so_in_both_directions() {
    const WORKER: &str = "export default { async fetch(request) {
        const length = +new URL(request.url).searchParams.get('length');
        const { readable, writable } = new FixedLengthStream(length);
        const writer = writable.getWriter();
        const write = async () => {
            await writer.write('first');
            await scheduler.wait(1);
            await writer.write('second');
            await writer.close();
        };
        write().catch(() => {});
        if (request.url.includes('/down')) return new Response(readable);
        const to = request.headers.get('to');
        return fetch(to, { method: 'POST', body: readable, duplex: 'half' });
    } }";
    let runner = Runner::serve(&[("w.js", WORKER)], &["--fetch", "any"]).await;
    let whole = runner.get("/w/down?length=11").await;
    let fields = (whole.header("content-length"), whole.header("transfer-encoding"));
    assert_eq!((fields, whole.text()), (("11", ""), "firstsecond"));
    // Nobody takes a shorter one for whole.
    let (mut client, head) = ask(&runner, "/down?length=12").await;
    assert_eq!(head.header("content-length"), "12");
    assert_eq!(client.rest().await, b"firstsecond");

    let seen = Stub::describing(|request| {
        let field = |name: &str| request.headers().get(name).map(|value| format!("{value:?}"));
        format!("{:?} {:?} {:?}", field("content-length"), field("transfer-encoding"), request.body().len())
    });
    let origin = TestServer::with_options(seen, ServerOptions::default()).await;
    let up =
        format!("GET /w/up?length=11 HTTP/1.1\r\nHost: a.test\r\nTo: http://{}/w/\r\n\r\n", origin.address);
    let reply = exchange(runner.address, up).await;
    assert_eq!(reply.text(), "Some(\"\\\"11\\\"\") None 11");
    runner.at_rest().await;
}

#[tokio::test]
async fn nothing_is_left_of_an_upload_to_a_server_that_does_not_read() {
    const WORKER: &str = "export default { async fetch(request) {
        const body = new ReadableStream({ pull(c) { c.enqueue(new Uint8Array(65536)); } });
        return fetch(new URL(request.url).search.slice(1), { method: 'POST', duplex: 'half', body });
    } }";
    let origin = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = origin.local_addr().unwrap();
    let flags = ["--fetch", "any", "--wall-ms", "1000", "--cpu-ms", "60000"];
    let runner = Runner::serve(&[("w.js", WORKER)], &flags).await;
    let path = format!("/w/?http://{address}/");
    let (answer, connection) = soon(async { tokio::join!(runner.get(&path), origin.accept()) }).await;
    assert_eq!(answer.status, 504);
    let used =
        |stats: serde_json::Value| ["bytes", "sockets"].map(|what| stats["budget"][what].as_u64().unwrap());
    soon(async {
        while used(runner.stats().await) != [0, 0] {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    })
    .await;
    drop(connection);
}

#[tokio::test]
async fn a_client_that_leaves_cancels_the_stream_and_aborts_the_signal() {
    let runner = serve(&[]).await;
    let (mut client, _) = ask(&runner, "/endless").await;
    client.chunk().await;
    drop(client);
    soon(async {
        loop {
            let seen = seen(&runner).await;
            if seen.as_array().is_some_and(|seen| seen.len() == 3) {
                break assert_eq!([&seen[1], &seen[2]], ["aborted", "cancelled: AbortError"]);
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    })
    .await;
    runner.at_rest().await;
}

#[tokio::test]
async fn the_answer_to_head_cancels_its_stream_and_nobody_has_left() {
    let runner = serve(&[]).await;
    let mut client = RawClient::connect(runner.address).await;
    client.send(get("/endless").replace("GET", "HEAD")).await;
    assert_eq!(client.head().await.status, 200);
    soon(async {
        loop {
            let seen = seen(&runner).await;
            // The signal aborts before the stream is cancelled, if it does.
            if seen.as_array().is_some_and(|seen| seen.len() > 1) {
                break assert_eq!(seen[1], "cancelled: AbortError");
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    })
    .await;
    client.send(get("/ignores")).await;
    assert_eq!(client.reply().await.text(), "answered", "on the same connection");
    runner.at_rest().await;
}

#[tokio::test]
async fn a_stream_that_fails_breaks_the_answer_off() {
    let runner = serve(&[]).await;
    let (mut client, head) = ask(&runner, "/breaks").await;
    assert_eq!(head.status, 200);
    assert_eq!(client.chunk().await, b"some");
    assert_eq!(runner.get("/w/go").await.text(), "gone on");
    assert_eq!(client.rest().await, b"", "neither a chunk nor the end");
    runner.at_rest().await;
}

#[tokio::test]
async fn over_http2_streams_break_off_and_are_left_one_by_one() {
    let runner = serve(&[]).await;
    let stream = TcpStream::connect(runner.address).await.unwrap();
    let (mut sender, connection) =
        http2::handshake(TokioExecutor::new(), TokioIo::new(stream)).await.unwrap();
    tokio::spawn(connection);
    let mut ask = async |path: &str| {
        let request = Request::get(format!("http://a.test/w{path}")).body(Empty::<Bytes>::new()).unwrap();
        soon(sender.send_request(request)).await.unwrap().into_body()
    };
    let mut breaks = ask("/breaks").await;
    let first = soon(breaks.frame()).await.unwrap().unwrap();
    assert_eq!(first.into_data().unwrap(), "some");
    assert_eq!(runner.get("/w/go").await.text(), "gone on");
    assert!(soon(breaks.frame()).await.unwrap().is_err(), "reset, and not as if it were whole");

    let mut endless = ask("/endless").await;
    soon(endless.frame()).await.unwrap().unwrap();
    drop(endless);
    soon(async {
        while seen(&runner).await.as_array().is_none_or(|seen| seen.len() < 3) {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    })
    .await;
    let answered = soon(ask("/ignores").await.collect()).await.unwrap().to_bytes();
    assert_eq!(answered, "answered", "on the same connection");
    runner.at_rest().await;
}

#[tokio::test]
async fn a_thousand_event_streams_are_open_at_a_time() {
    let runner = serve(&["--tenant-memory-mb", "64", "--concurrency", "2000"]).await;
    let mut clients = Vec::new();
    for _ in 0..1000 {
        let mut client = RawClient::connect(runner.address).await;
        client.send(get("/quiet")).await;
        assert_eq!(client.head().await.status, 200);
        assert_eq!(client.chunk().await, b": open\n\n");
        clients.push(client);
    }
    assert_eq!(runner.get("/w/tell").await.text(), "1000");
    for client in &mut clients {
        assert_eq!(client.chunk().await, b"data: all\n\n");
    }
    drop(clients);
    runner.at_rest().await;
}

#[tokio::test]
async fn the_wall_clock_is_for_the_head_and_a_body_goes_on_while_something_moves() {
    let runner = serve(&["--wall-ms", "300", "--stream-idle-ms", "600000"]).await;
    let (mut client, head) = ask(&runner, "/events").await;
    assert_eq!(head.header("content-type"), "text/event-stream");
    for n in 0..20 {
        assert_eq!(client.chunk().await, format!("data: {n}\n\n").as_bytes());
    }
    drop(client);
    runner.at_rest().await;

    let runner = serve(&["--stream-idle-ms", "300"]).await;
    let (mut client, _) = ask(&runner, "/slow").await;
    assert_eq!(client.chunk().await, b"first");
    assert_eq!(client.rest().await, b"", "nothing moved for too long");
    runner.at_rest().await;

    let runner = serve(&["--stream-max-ms", "300"]).await;
    let (mut client, _) = ask(&runner, "/events").await;
    assert!(client.rest().await.starts_with(b"9\r\ndata: 0\n\n"));
    runner.at_rest().await;
}

#[tokio::test]
async fn an_upload_is_transformed_as_it_comes() {
    let runner = serve(&[]).await;
    let mut client = RawClient::connect(runner.address).await;
    client.send("POST /w/upper HTTP/1.1\r\nHost: a.test\r\nTransfer-Encoding: chunked\r\n\r\n").await;
    assert_eq!(client.head().await.status, 200);
    for (sent, received) in [("3\r\nabc\r\n", "ABC"), ("2\r\n-d\r\n", "-D")] {
        client.send(sent).await;
        assert_eq!(client.chunk().await, received.as_bytes());
    }
    client.send("0\r\n\r\n").await;
    assert_eq!(client.chunk().await, b"");
}

#[tokio::test]
async fn an_answer_need_not_wait_for_the_upload() {
    let runner = serve(&[]).await;
    for path in ["/ignores", "/first"] {
        for length in [200_000, 8 << 20] {
            for expect in ["", "Expect: 100-continue\r\n"] {
                let mut client = RawClient::connect(runner.address).await;
                client
                    .send(format!(
                        "POST /w{path} HTTP/1.1\r\nHost: a.test\r\nContent-Length: {length}\r\n{expect}\r\n"
                    ))
                    .await;
                if expect.is_empty() || path == "/first" {
                    client.send(vec![b'x'; 100_000]).await;
                }
                let mut reply = client.head().await;
                if reply.status == 100 {
                    reply = client.head().await;
                }
                assert_eq!(reply.status, 200, "{path} {length} {expect}");
            }
        }
    }
    runner.at_rest().await;
}

#[tokio::test]
async fn who_was_not_asked_for_the_upload_hears_that_the_connection_ends() {
    let runner = serve(&[]).await;
    let ask = async |path: &str| {
        let mut client = RawClient::connect(runner.address).await;
        let head = format!("POST /w{path} HTTP/1.1\r\nHost: a.test\r\nContent-Length: 200000\r\n");
        client.send(head + "Expect: 100-continue\r\n\r\n").await;
        let head = client.head().await;
        (client, head)
    };
    for _ in 0..20 {
        let (mut client, head) = ask("/ignores").await;
        assert_eq!((head.status, head.header("connection")), (200, "close"));
        assert_eq!(client.rest().await, b"answered");
    }
    let (mut client, head) = ask("/slow").await;
    assert_eq!((head.status, head.header("connection")), (200, "close"));
    assert_eq!(client.chunk().await, b"first");
    assert_eq!(runner.get("/w/go").await.text(), "gone on");
    assert_eq!(client.rest().await, b"6\r\nsecond\r\n0\r\n\r\n");

    let (mut client, head) = ask("/length").await;
    assert_eq!(head.status, 100);
    client.send(vec![b'x'; 200_000]).await;
    let reply = client.reply().await;
    assert_eq!((reply.text(), reply.header("connection")), ("200000", ""));
    client.send(get("/ignores")).await;
    assert_eq!(client.reply().await.text(), "answered", "on the same connection");
    runner.at_rest().await;
}

#[tokio::test]
async fn an_upload_that_the_answer_is_made_of_is_asked_for_before_it() {
    let runner = serve(&[]).await;
    let mut client = RawClient::connect(runner.address).await;
    let head = "POST /w/echo HTTP/1.1\r\nHost: a.test\r\nContent-Length: 6\r\n";
    for (waits, first, rest) in [(true, "", "abcdef"), (false, "", "abcdef"), (false, "abc", "def")] {
        client.send(format!("{head}Expect: 100-continue\r\n\r\n{first}")).await;
        if waits {
            assert_eq!(client.head().await.status, 100, "a client that waits would wait for ever");
            client.send(rest).await;
        } else {
            client.send(rest).await;
            assert_eq!(client.head().await.status, 100);
        }
        let reply = client.reply().await;
        assert_eq!((reply.status, reply.header("connection"), reply.text()), (200, "", "abcdef"));
    }
    client.send(get("/ignores")).await;
    assert_eq!(client.reply().await.text(), "answered", "on the same connection");
    runner.at_rest().await;
}

#[tokio::test]
async fn chunks_of_no_bytes_are_no_frames() {
    const DATA: u8 = 0;
    let runner = serve(&[]).await;
    let mut client = RawClient::connect(runner.address).await;
    // GET, http, /w/empties, a.
    let head = frame(1, 5, 1, b"\x82\x86\x04\x0a/w/empties\x01\x01a");
    client.send([preface(), head].concat()).await;
    let mut frames = 0;
    let mut bytes = 0;
    while bytes == 0 {
        let (kind, length) = client.frame().await;
        frames += usize::from(kind == DATA);
        bytes += if kind == DATA { length } else { 0 };
    }
    assert_eq!((frames, bytes), (1, 1));
    runner.at_rest().await;
}

#[tokio::test]
async fn what_an_upload_fails_with_is_the_answer_if_there_is_no_other() {
    let runner = serve(&["--max-body-mb", "1", "--body-timeout-ms", "300"]).await;
    let chunked = "POST /w/length HTTP/1.1\r\nHost: a.test\r\nTransfer-Encoding: chunked\r\n\r\n";
    let mut client = RawClient::connect(runner.address).await;
    client.send(format!("{chunked}200000\r\n")).await;
    client.send(vec![b'x'; 0x20_0000]).await;
    assert_eq!(client.reply().await.status, 413);
    let mut client = RawClient::connect(runner.address).await;
    client.send(format!("{chunked}3\r\nabc\r\n")).await;
    assert_eq!(client.reply().await.status, 408);
    let whole = exchange(runner.address, format!("{chunked}3\r\nabc\r\n0\r\n\r\n")).await;
    assert_eq!(whole.text(), "3");
}

/// So many bytes, made as they are asked for.
struct Bulk(usize);

impl hyper::body::Body for Bulk {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        _context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        static CHUNK: [u8; 64 << 10] = [b'o'; 64 << 10];
        let length = self.0.min(CHUNK.len());
        self.0 -= length;
        Poll::Ready((length > 0).then(|| Ok(Frame::data(Bytes::from_static(&CHUNK[..length])))))
    }
}

/// Sends so many bytes for `/w/BYTES`; tells the length of what it is sent.
async fn origin() -> TestServer {
    let options = ServerOptions::default().with_max_body(usize::MAX);
    let stub = Stub::new(async |request: Request<Body>| {
        if let Ok(bytes) = request.uri().path().rsplit('/').next().unwrap().parse() {
            return Ok(Response::new(Body::stream(Bulk(bytes))));
        }
        let mut body = request.into_body();
        let mut length = 0;
        while let Some(Ok(frame)) = body.frame().await {
            length += frame.data_ref().map_or(0, Bytes::len);
        }
        Ok(text(length.to_string()))
    });
    TestServer::with_options(stub, options).await
}

/// The most memory that the process has had, in bytes.
fn peak(runner: &Runner) -> usize {
    let status = std::fs::read_to_string(format!("/proc/{}/status", runner.process())).unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap();
    line.trim().trim_end_matches(" kB").parse::<usize>().unwrap() << 10
}

#[tokio::test]
async fn bodies_of_256_mib_that_are_only_passed_on_take_no_memory() {
    // `cargo xtask bench streams` sends 1 GiB each way, and notes the highest memory.
    const BYTES: usize = 256 << 20;
    let origin = origin().await;
    let worker = format!(
        "const origin = 'http://{}/w/';
         export default {{ async fetch(request) {{
             if (request.method === 'POST') {{
                 return fetch(origin, {{ method: 'POST', body: request.body, duplex: 'half' }});
             }}
             const answer = await fetch(origin + new URL(request.url).pathname.slice(1));
             return new Response(answer.body, {{ headers: {{ 'x-by': 'proxy' }} }});
         }} }}",
        origin.address
    );
    let flags = ["--fetch", "any", "--heap-mb", "16", "--max-body-mb", "1024"];
    let runner = Runner::serve(&[("p.js", &worker)], &flags).await;
    assert_eq!(exchange(runner.address, post("/p/", 3) + "abc").await.text(), "3");
    let before = peak(&runner);

    let mut client = RawClient::connect(runner.address).await;
    client.send(format!("GET /p/{BYTES} HTTP/1.1\r\nHost: a.test\r\n\r\n")).await;
    assert_eq!(client.head().await.header("x-by"), "proxy");
    let mut received = 0;
    loop {
        match client.chunk().await.len() {
            0 => break,
            length => received += length,
        }
    }
    assert_eq!(received, BYTES);

    client.send(post("/p/", BYTES)).await;
    let chunk = vec![b'i'; 64 << 10];
    for _ in 0..BYTES / chunk.len() {
        client.send(&chunk).await;
    }
    assert_eq!(client.reply().await.text(), BYTES.to_string());
    let grown = peak(&runner) - before;
    assert!(grown < 32 << 20, "{} MiB more than before", grown >> 20);
    runner.at_rest().await;
}

fn form(length: usize) -> String {
    let kind = "Content-Type: multipart/form-data; boundary=x";
    format!("POST /w/form HTTP/1.1\r\nHost: a.test\r\n{kind}\r\nContent-Length: {length}\r\n\r\n")
}

#[tokio::test]
async fn what_is_no_form_is_refused_before_it_has_come() {
    let runner = serve(&["--max-body-mb", "64", "--heap-mb", "16"]).await;
    let no_part = "--x\r\nContent-Disposition: attachment\r\n\r\n";
    let a_part = "--x\r\nContent-Disposition: form-data; name=a\r\n\r\n";
    for (why, length, begin) in [("malformed", 8 << 20, no_part), ("too large", 32 << 20, a_part)] {
        let mut client = RawClient::connect(runner.address).await;
        client.send(form(length) + begin).await;
        let reply = client.reply().await;
        assert_eq!((reply.status, reply.text()), (400, "TypeError"), "{why}");
    }
    runner.at_rest().await;
}

#[tokio::test]
async fn a_form_is_in_memory_once() {
    const BYTES: usize = 48 << 20;
    const BEGIN: &str = "--x\r\nContent-Disposition: form-data; name=a\r\n\r\n1\r\n--x\r\n\
        Content-Disposition: form-data; name=f; filename=n\r\n\r\n";
    const END: &str = "\r\n--x--\r\n";
    let flags = ["--max-body-mb", "64", "--cpu-ms", "60000"];
    let runner = serve(&flags).await;
    let small = format!("{BEGIN}{END}");
    assert_eq!(exchange(runner.address, form(small.len()) + &small).await.text(), r#"["1",0]"#);
    let before = peak(&runner);

    let mut client = RawClient::connect(runner.address).await;
    client.send(form(small.len() + BYTES) + BEGIN).await;
    let chunk = vec![b'f'; 64 << 10];
    for _ in 0..BYTES / chunk.len() {
        client.send(&chunk).await;
    }
    client.send(END).await;
    assert_eq!(client.reply().await.text(), format!(r#"["1",{BYTES}]"#));
    let grown = peak(&runner) - before;
    assert!(grown < 2 * BYTES, "{} MiB more than before", grown >> 20);
    runner.at_rest().await;
}

fn post(path: &str, length: usize) -> String {
    format!("POST {path} HTTP/1.1\r\nHost: a.test\r\nContent-Length: {length}\r\n\r\n")
}
