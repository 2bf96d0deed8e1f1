//! The log: a stderr that fails or stalls is nobody's problem but the log's.

use std::fs::{File, OpenOptions};
use std::io::{PipeReader, Read, Write, pipe};
use std::process::Stdio;

use crate::support::{Directory, RawClient, Runner, run_with_stderr, soon};

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
    let stats = runner.get("/_pool").await.json();
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
