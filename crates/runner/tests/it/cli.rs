//! The command line: what it prints, where, and how it exits.

use std::process::Output;

use crate::support::{Directory, Runner, run, soon};

/// Exit code, stdout, stderr.
fn parts(output: &Output) -> (Option<i32>, String, String) {
    let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).unwrap();
    (output.status.code(), text(&output.stdout), text(&output.stderr))
}

/// A command that fails with this exit code, nothing on stdout, and this on stderr.
async fn fails(args: &[&str], code: i32, with: &str) {
    let (actual, stdout, stderr) = parts(&run(args).await);
    assert_eq!((actual, &*stdout), (Some(code), ""), "{args:?}: {stderr}");
    assert!(stderr.contains(with), "{args:?}: {stderr}");
    if code == 1 {
        assert_eq!(stderr.lines().count(), 1, "{args:?}: {stderr}");
    }
}

#[tokio::test]
async fn a_wrong_command_line_is_a_usage_error() {
    fails(&[], 2, "Usage").await;
    fails(&["serve"], 2, "PATH").await;
    fails(&["serve", ".", "--listen", "nowhere"], 2, "--listen").await;
    fails(&["serve", ".", "--pool-size", "0"], 2, "--pool-size").await;
    fails(&["serve", ".", "--reuse", "never"], 2, "fresh").await;
    fails(&["serve", ".", "--env", "NOVALUE"], 2, "KEY=VALUE").await;
    fails(&["serve", ".", "--fetch", "some"], 2, "public").await;
    fails(&["run", "x.js", "--url", "not a url"], 2, "--url").await;
    fails(&["run", "x.js", "--data", "{"], 2, "--data").await;
    fails(&["run", "x.js", "--header", "none"], 2, "--header").await;
    fails(&["run", "x.js", "--log", "a=b=c"], 2, "--log").await;
}

#[tokio::test]
async fn workers_that_cannot_be_read_are_named() {
    let directory = Directory::new(&[("a.js", ""), ("a.mjs", ""), ("main.js", "")]);
    std::fs::write(directory.path().join("latin.js"), b"\xe9").unwrap();
    fails(&["serve", "/no/such/place"], 1, "/no/such/place").await;
    fails(&["serve", directory.path().to_str().unwrap()], 1, "a.mjs").await;
    fails(&["serve", &directory.file("main.js"), &directory.file("a.js")], 1, "mounted at /").await;
    fails(&["run", &directory.file("latin.js")], 1, "UTF-8").await;
    fails(&["run", &directory.file("missing.js")], 1, "missing.js").await;
}

#[tokio::test]
async fn a_port_in_use_is_a_clear_error() {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap().to_string();
    let directory = Directory::new(&[("a.js", "")]);
    fails(&["serve", &directory.file("a.js"), "--listen", &address], 1, &address).await;
}

#[tokio::test]
async fn serve_prints_one_line_and_exits_cleanly_on_a_signal() {
    for signal in ["TERM", "INT"] {
        let mut runner = Runner::serve(&[("a.js", "")], &[]).await;
        runner.signal(signal).await;
        assert_eq!(soon(runner.stdout.next_line()).await.unwrap(), None);
        assert_eq!(soon(runner.child.wait()).await.unwrap().code(), Some(0), "{signal}");
    }
}

#[tokio::test]
async fn run_prints_the_response() {
    let directory = Directory::new(&[(
        "w.js",
        "export default { async fetch(request, env) {
            console.log('on stderr');
            const text = [request.method, request.url, request.headers.get('x-a'), await request.text(), env.KEY];
            return new Response(text.join(' '), { status: 201, headers: { 'x-b': 'c' } });
        } }",
    )]);
    let file = directory.file("w.js");
    let flags = [
        "--url",
        "http://a.test/x",
        "--method",
        "PUT",
        "--header",
        "x-a: 1",
        "--body",
        "b",
        "--env",
        "KEY=v",
    ];
    let (code, stdout, stderr) = parts(&run(&[&["run", &file], &flags[..]].concat()).await);
    assert_eq!(code, Some(0), "{stderr}");
    let (head, body) = stdout.split_once("\n\n").unwrap();
    assert!(head.starts_with("HTTP/1.1 201 Created\n") && head.contains("\nx-b: c"), "{head}");
    assert_eq!(body, "PUT http://a.test/x 1 b v");
    assert!(stderr.contains("on stderr"), "{stderr}");
}

#[tokio::test]
async fn run_calls_the_other_handlers_too() {
    let directory = Directory::new(&[(
        "w.js",
        "export default {
            task(event) { return { doubled: event.payload.n * 2 } },
            scheduled(event) { console.log('cron ' + event.cron) },
        }",
    )]);
    let file = directory.file("w.js");
    let (code, stdout, stderr) =
        parts(&run(&["run", &file, "--event", "task", "--data", "{\"n\":21}"]).await);
    assert_eq!(code, Some(0), "{stderr}");
    assert_eq!(serde_json::from_str::<serde_json::Value>(&stdout).unwrap()["doubled"], 42);
    let (code, stdout, stderr) =
        parts(&run(&["run", &file, "--event", "scheduled", "--cron", "0 * * * *"]).await);
    assert_eq!((code, &*stdout), (Some(0), ""), "{stderr}");
    assert!(stderr.contains("cron 0 * * * *"), "{stderr}");
}

#[tokio::test]
async fn run_exits_1_with_the_reason() {
    let directory = Directory::new(&[
        ("throws.js", "export default { fetch() { throw new Error('broken') } }"),
        ("bad.js", "]"),
    ]);
    for (file, reason, text) in
        [("throws.js", "Exception", "broken"), ("bad.js", "InitializationError", "SyntaxError")]
    {
        let (code, stdout, stderr) = parts(&run(&["run", &directory.file(file)]).await);
        assert_eq!((code, &*stdout), (Some(1), ""));
        assert!(stderr.contains(reason) && stderr.contains(text), "{stderr}");
    }
}
