//! The log: a stderr that fails or stalls is nobody's problem but the log's; its formats; the access log.

use std::fs::{File, OpenOptions};
use std::io::{PipeReader, Read, Write, pipe};
use std::process::Stdio;

use serde_json::Value;

use crate::support::{Directory, Log, RawClient, Runner, eventually, run, run_with_stderr, soon};

/// `/log` writes more than a small pipe holds; `/loop` must be stopped.
const TALKATIVE: &str = "export default { fetch(request) {
        if (request.url.endsWith('/loop')) for (;;);
        for (let i = 0; i < 10; i++) console.log('x'.repeat(1000));
        return new Response('logged');
    } }";

fn full() -> Stdio {
    OpenOptions::new().write(true).open("/dev/full").unwrap().into()
}

/// A stderr of a page.
fn small_pipe() -> (PipeReader, Stdio) {
    let (reader, writer) = pipe().unwrap();
    rustix::pipe::fcntl_setpipe_size(&writer, 4096).unwrap();
    (reader, writer.into())
}

/// Logs, runs into a limit, logs again.
async fn goes_on(runner: &mut Runner) {
    for _ in 0..3 {
        assert_eq!(runner.get("/w/log").await.text(), "logged");
    }
    let reply = runner.get("/w/loop").await;
    assert_eq!((reply.status, reply.header("x-termination-reason")), (429, "CpuTimeLimit"));
    assert_eq!(runner.get("/w/log").await.text(), "logged");
    let stats = runner.stats().await;
    assert_eq!(
        (&stats["lost"]["isolates"], &stats["threads"]["replaced"]),
        (&0.into(), &0.into()),
        "{stats}"
    );
    assert_eq!(runner.child.try_wait().unwrap(), None);
}

/// Ends the server and expects it to end well.
async fn drains(mut runner: Runner) {
    runner.signal("TERM").await;
    assert_eq!(soon(runner.child.wait()).await.unwrap().code(), Some(0));
}

#[tokio::test]
async fn lesson_48_a_full_disk_is_not_the_end() {
    let mut runner = Runner::serve_with_stderr(&[("w.js", TALKATIVE)], &[], full()).await;
    goes_on(&mut runner).await;
    drains(runner).await;

    let directory = Directory::new(&[("w.js", TALKATIVE), ("bad.js", "]")]);
    let output = run_with_stderr(&["run", &directory.file("w.js")], full()).await;
    assert_eq!(output.status.code(), Some(0));
    assert!(output.stdout.ends_with(b"logged"));
    for file in ["bad.js", "missing.js"] {
        let output = run_with_stderr(&["run", &directory.file(file)], full()).await;
        assert_eq!(output.status.code(), Some(1), "{file}");
    }
}

#[tokio::test]
async fn lesson_48_a_reader_of_stderr_may_die() {
    let (reader, stderr) = small_pipe();
    let mut runner = Runner::serve_with_stderr(&[("w.js", TALKATIVE)], &[], stderr).await;
    drop(reader);
    goes_on(&mut runner).await;
    drains(runner).await;

    let directory = Directory::new(&[("w.js", TALKATIVE)]);
    let (reader, stderr) = small_pipe();
    drop(reader);
    let output = run_with_stderr(&["run", &directory.file("w.js")], stderr).await;
    assert_eq!(output.status.code(), Some(0));
}

#[tokio::test]
async fn lesson_48_a_reader_of_stderr_may_stall() {
    let (mut reader, stderr) = small_pipe();
    let mut runner = Runner::serve_with_stderr(&[("w.js", TALKATIVE)], &[], stderr).await;
    goes_on(&mut runner).await;
    // It also ends, without having written everything.
    drains(runner).await;
    let mut text = String::new();
    reader.read_to_string(&mut text).unwrap();
    assert!(text.contains("serving"), "{text}");

    let directory = Directory::new(&[("w.js", TALKATIVE)]);
    let (_reader, stderr) = small_pipe();
    let output = run_with_stderr(&["run", &directory.file("w.js")], stderr).await;
    assert_eq!(output.status.code(), Some(0));
}

#[tokio::test]
async fn lesson_48_what_is_printed_to_stderr_never_waits_and_becomes_a_line_of_the_log() {
    let (mut reader, stderr) = small_pipe();
    let mut runner = Runner::serve_with_stderr(&[("w.js", TALKATIVE)], &[], stderr).await;
    goes_on(&mut runner).await;
    // The log is stuck; what V8 prints goes through this descriptor, which is the server's own pipe.
    let path = format!("/proc/{}/fd/2", runner.child.id().unwrap());
    let mut native = File::options().write(true).open(path).unwrap();
    native.write_all(b"# Fatal error in \x1b[31m\n").unwrap();
    let mut client = RawClient::connect(runner.address).await;
    client.send("GET /w/log HTTP/1.1\r\nHost: a\r\n\r\n").await;
    assert_eq!(client.reply().await.text(), "logged");

    let text = tokio::task::spawn_blocking(move || {
        let mut text = Vec::new();
        let mut chunk = [0; 1 << 16];
        while !String::from_utf8_lossy(&text).contains("v8: # Fatal error in \\u{1b}[31m\n") {
            let n = reader.read(&mut chunk).unwrap();
            assert!(n > 0, "{}", String::from_utf8_lossy(&text));
            text.extend_from_slice(&chunk[..n]);
        }
        // Goes on reading, so that the server may end.
        std::io::copy(&mut reader, &mut std::io::sink()).unwrap();
        text
    });
    drains(runner).await;
    assert!(!soon(text).await.unwrap().is_empty());
}

/// Says what would be a line of its own if the log let it, and does not answer at `/wait`.
const FORGER: &str = r#"export default { async fetch(request) {
        console.log('a\nforged {"level":"ERROR"}\u001b[31m');
        if (request.url.endsWith('/wait')) await new Promise(() => setTimeout(() => {}, 60_000));
        return new Response('four');
    } }"#;

/// The lines of a log in JSON, each with its target.
fn objects(text: &str) -> Vec<(String, Value)> {
    let object = |line: &str| {
        let object: Value = serde_json::from_str(line).expect(line);
        assert!(object["timestamp"].is_string() && object["level"].is_string(), "{line}");
        (object["target"].as_str().unwrap().to_owned(), object["fields"].clone())
    };
    text.lines().map(object).collect()
}

#[tokio::test]
async fn each_request_has_a_line_in_the_access_log() {
    let (log, stderr) = Log::new();
    let flags = ["--log-format=json", "--access-log"];
    let runner = Runner::serve_with_stderr(&[("w.js", FORGER)], &flags, stderr).await;
    assert_eq!(runner.get("/w/a%0A%22?secret=1").await.text(), "four");
    assert_eq!(runner.get("/nobody").await.status, 404);
    let head = "HEAD /w/head HTTP/1.1\r\nHost: a\r\n\r\n";
    assert_eq!(crate::support::exchange(runner.address, head).await.header("content-length"), "4");
    let mut client = RawClient::connect(runner.address).await;
    client.send("GET /w/wait HTTP/1.1\r\nHost: a\r\n\r\n").await;
    eventually("three are called", || log.text().matches("forged").count() == 3).await;
    drop(client);
    log.said("given up").await;
    drains(runner).await;

    let text = log.end();
    assert!(!text.contains("secret"), "{text}");
    let lines = objects(&text);
    let of = |target: &str| -> Vec<Value> {
        lines.iter().filter(|(other, _)| other == target).map(|(_, fields)| fields.clone()).collect()
    };
    let access = of("access");
    let seen: Vec<_> = access
        .iter()
        .map(|line| {
            assert!(line["duration_ms"].as_f64().unwrap() >= 0.0 && line["client"] == "127.0.0.1", "{line}");
            assert_eq!(line["worker"].is_string(), line["version"].is_string(), "{line}");
            let text = |name: &str| line[name].as_str().unwrap_or("-").to_owned();
            let number = |name: &str| line[name].as_u64();
            (text("worker"), text("method"), text("path"), number("status"), number("bytes"))
        })
        .collect();
    let not_found = access[1]["bytes"].as_u64();
    let line = |worker: &str, method: &str, path: &str, status, bytes| {
        (worker.to_owned(), method.to_owned(), path.to_owned(), status, bytes)
    };
    assert_eq!(
        seen,
        [
            line("w", "GET", "/w/a%0A%22", Some(200), Some(4)),
            line("-", "GET", "/nobody", Some(404), not_found),
            line("w", "HEAD", "/w/head", Some(200), Some(0)),
            line("w", "GET", "/w/wait", None, None),
        ]
    );
    let console = of("worker");
    assert_eq!(console.len(), 3);
    assert_eq!(console[0]["message"], "a\\nforged {\"level\":\"ERROR\"}\\u{1b}[31m");
}

#[tokio::test]
async fn the_access_log_is_off_and_has_the_query_if_asked_for() {
    for (flags, line) in [(&[][..], false), (&["--access-log=off"], false), (&["--access-log=query"], true)] {
        let (log, stderr) = Log::new();
        let runner = Runner::serve_with_stderr(&[("w.js", FORGER)], flags, stderr).await;
        assert_eq!(runner.get("/w/a?q=1").await.text(), "four");
        drains(runner).await;
        let text = log.end();
        assert_eq!(text.contains("path=\"/w/a?q=1\" status=200 bytes=4"), line, "{flags:?}: {text}");
        assert_eq!(text.contains(" access: "), line, "{text}");
    }
}

#[tokio::test]
async fn a_workers_line_is_one_line_in_every_format() {
    for format in ["full", "pretty", "compact", "json"] {
        let (log, stderr) = Log::new();
        let flags = ["--log-format", format];
        let runner = Runner::serve_with_stderr(&[("w.js", FORGER)], &flags, stderr).await;
        assert_eq!(runner.get("/w/").await.text(), "four");
        drains(runner).await;
        let text = log.end();
        let line = text.lines().find(|line| line.contains("forged")).expect(&text);
        assert!(line.contains("a\\nforged") || line.contains("a\\\\nforged"), "{text}");
        assert!(!text.contains('\u{1b}'), "{text}");
    }
}

#[tokio::test]
async fn an_error_that_ends_the_program_has_the_format_too() {
    let directory = Directory::new(&[("bad.js", "]")]);
    for (command, file) in [("serve", "missing.js"), ("run", "bad.js")] {
        let output = run_stderr(&[command, &directory.file(file), "--log-format", "json"]).await;
        let lines = objects(&output);
        let (target, fields) = lines.last().unwrap();
        assert_eq!(target, "runner");
        assert!(fields["message"].as_str().unwrap().starts_with("error: "), "{output}");
    }
}

/// What a command that fails writes to stderr.
async fn run_stderr(args: &[&str]) -> String {
    let output = run(args).await;
    assert_eq!(output.status.code(), Some(1));
    String::from_utf8(output.stderr).unwrap()
}
