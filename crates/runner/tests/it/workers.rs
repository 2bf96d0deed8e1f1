//! Real workers behind the real server.

use std::path::Path;
use std::time::Duration;

use crate::support::{RawClient, Reply, Runner, exchange, soon};

/// The answer of a worker with this source to a request as it stands here.
async fn answer(source: &str, request: impl AsRef<[u8]>) -> Reply {
    let runner = Runner::serve(&[("w.js", source)], &[]).await;
    exchange(runner.address, request).await
}

#[tokio::test]
async fn lesson_40_duplicate_and_non_ascii_header_values_are_kept() {
    let reply = answer(
        "export default { fetch(request) {
            const headers = new Headers();
            headers.append('x-seen', request.headers.get('x-value'));
            headers.append('x-out', 'caf\\u00e9');
            headers.append('x-out', 'two');
            return new Response(null, { headers });
        } }",
        b"GET /w/ HTTP/1.1\r\nHost: a.test\r\nX-Value: caf\xe9\r\nx-value: two\r\n\r\n",
    )
    .await;
    assert_eq!(reply.status, 200);
    assert_eq!(reply.all("x-seen"), [b"caf\xe9, two"]);
    assert_eq!(reply.all("x-out").join(b", ".as_slice()), b"caf\xe9, two");
}

#[tokio::test]
async fn lesson_41_unknown_methods_are_not_get() {
    let source = "export default { fetch(request) { return new Response(request.method) } }";
    let runner = Runner::serve(&[("w.js", source)], &[]).await;
    for method in ["PROPFIND", "FROBNICATE", "PATCH", "OPTIONS"] {
        let reply = exchange(runner.address, format!("{method} /w/ HTTP/1.1\r\nHost: a\r\n\r\n")).await;
        assert_eq!((reply.status, reply.text()), (200, method));
    }
}

#[tokio::test]
async fn lesson_42_set_cookie_is_not_folded() {
    let reply = answer(
        "export default { fetch() {
            const response = new Response('');
            response.headers.append('set-cookie', 'a=1; Expires=Thu, 01 Jan 1970 00:00:00 GMT');
            response.headers.append('set-cookie', 'b=2');
            return response;
        } }",
        "GET /w/ HTTP/1.1\r\nHost: a\r\n\r\n",
    )
    .await;
    assert_eq!(reply.all("set-cookie").len(), 2, "{reply:?}");
}

#[tokio::test]
async fn every_bad_end_has_its_status_and_the_worker_goes_on() {
    let source = "let kept = [];
        export default { fetch(request) {
            switch (new URL(request.url).pathname) {
                case '/loop': while (true) {}
                case '/grow': while (true) kept.push(new Array(1000).fill(kept.length));
                case '/park': return fetch(new URL(request.url).searchParams.get('url'));
                case '/never': return new Promise(() => {});
                case '/throw': throw new Error('tenant text');
                default: return new Response('fine');
            }
        } }";
    let silent = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let park = format!("/w/park?url=http://{}/", silent.local_addr().unwrap());
    let flags = ["--wall-ms", "1000", "--cpu-ms", "50", "--heap-mb", "32", "--fetch", "any"];
    let runner =
        Runner::serve(&[("w.js", source), ("broken.js", "throw new Error('tenant text')")], &flags).await;
    // The heap must be full before the time is up.
    let flags = ["--cpu-ms", "10000", "--heap-mb", "16"];
    let patient = Runner::serve(&[("w.js", source)], &flags).await;
    for (runner, path, status, reason) in [
        (&runner, "/w/loop", 429, "CpuTimeLimit"),
        (&patient, "/w/grow", 429, "MemoryLimit"),
        (&runner, &park, 504, "WallClockTimeout"),
        (&runner, "/w/never", 500, "NeverResponds"),
        (&runner, "/w/throw", 500, "Exception"),
        (&runner, "/broken/", 500, "InitializationError"),
    ] {
        let reply = runner.get(path).await;
        assert_eq!((reply.status, reply.header("x-termination-reason")), (status, reason), "{path}");
        assert_eq!(reply.json()["error"], reason);
        assert!(!reply.text().contains("tenant text"));
        assert_eq!(runner.get("/w/").await.text(), "fine", "after {path}");
    }
}

#[tokio::test]
async fn lesson_46_host_errors_are_not_shown() {
    let closed = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let source = format!(
        "export default {{ async fetch() {{
            try {{ await fetch('http://{closed}/') }} catch (error) {{ return new Response(String(error)) }}
        }} }}"
    );
    let runner = Runner::serve(&[("w.js", &source)], &["--fetch", "any"]).await;
    assert_eq!(runner.get("/w/").await.text(), "TypeError: connection refused");
}

#[tokio::test]
async fn lesson_33_a_client_that_hangs_up_aborts_the_signal_of_its_request() {
    let source = "let aborted = 0;
        export default { fetch(request) {
            if (new URL(request.url).pathname === '/aborted') return new Response(String(aborted));
            request.signal.addEventListener('abort', () => aborted++);
            return new Promise((resolve) => setTimeout(resolve, 25_000, new Response('late')));
        } }";
    let runner = Runner::serve(&[("w.js", source)], &["--reuse", "warm"]).await;
    let mut client = RawClient::connect(runner.address).await;
    client.send("GET /w/ HTTP/1.1\r\nHost: a\r\n\r\n").await;
    tokio::time::sleep(Duration::from_millis(500)).await;
    drop(client);
    soon(async {
        while runner.get("/w/aborted").await.text() != "1" {
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    })
    .await;
}

#[tokio::test]
async fn statistics_count_what_was_served() {
    let source = "export default { fetch() { return new Response('fine') } }";
    let runner = Runner::serve(&[("w.js", source)], &[]).await;
    assert_eq!(runner.get("/w/").await.text(), "fine");
    let stats = runner.stats().await;
    assert_eq!(stats["cached"].as_u64(), Some(1), "{stats}");
}

#[tokio::test]
async fn a_signal_drains_requests_in_flight() {
    let source = "export default { async fetch() {
            await new Promise((resolve) => setTimeout(resolve, 1000));
            return new Response('done');
        } }";
    let mut runner = Runner::serve(&[("w.js", source)], &[]).await;
    let mut client = RawClient::connect(runner.address).await;
    client.send("GET /w/ HTTP/1.1\r\nHost: a\r\n\r\n").await;
    tokio::time::sleep(Duration::from_millis(300)).await;
    runner.signal("TERM").await;
    assert_eq!(client.reply().await.text(), "done");
    assert_eq!(soon(runner.child.wait()).await.unwrap().code(), Some(0));
}

#[tokio::test]
async fn the_examples_answer_as_their_page_says() {
    let examples = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../../examples/workers"));
    let flags = ["--reuse", "warm", "--cpu-ms", "1000", "--env", "KEY=v", "--fetch", "any"];
    let runner = Runner::serve_path(examples, &flags).await;
    let proxied = format!("/proxy/?url=http://{}/hello/proxy", runner.address);
    for (request, status, part) in [
        ("GET /hello/world", 200, "Hello, world!"),
        ("POST /api/items {\"name\":\"tea\"}", 201, "\"name\":\"tea\""),
        ("GET /api/items", 200, "[{\"id\":1,\"name\":\"tea\"}]"),
        ("POST /api/items {}", 400, "name must be"),
        ("PATCH /api/items", 405, "method not allowed"),
        ("GET /api/other", 404, "no such route"),
        (&format!("GET {proxied}"), 200, "Hello, proxy!"),
        ("GET /timers/?ms=20", 200, "\"asked\":20"),
        ("POST /events/ 12345", 200, "POST with 5 characters"),
        ("GET /scheduled", 200, "{\"runs\":[]}"),
        ("POST /task/ [1,2,3]", 200, "\"mean\":2"),
        ("GET /stats/", 200, "\"environment\":[\"KEY\"]"),
    ] {
        let (method, rest) = request.split_once(' ').unwrap();
        let (path, body) = rest.split_once(' ').unwrap_or((rest, ""));
        let length = body.len();
        let message =
            format!("{method} {path} HTTP/1.1\r\nHost: a\r\nContent-Length: {length}\r\n\r\n{body}");
        let reply = exchange(runner.address, message).await;
        assert_eq!(reply.status, status, "{request}: {}", reply.text());
        assert!(reply.text().contains(part), "{request}: {}", reply.text());
    }
}
