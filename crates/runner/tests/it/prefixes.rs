//! Where a worker is mounted: what it sees of the path, where its redirects lead, and hosts in place of paths.

use std::process::Stdio;

use serde_json::{Value, json};
use tokio::process::Command;

use crate::support::{Directory, Reply, Runner, exchange, run};

const WORKER: &str = "export default { fetch(request) {
        const { pathname } = new URL(request.url);
        if (pathname === '/go') return Response.redirect(new URL('/to?x', request.url));
        if (pathname === '/path') return new Response(null, { status: 201, headers: { location: '/to' } });
        if (pathname === '/other') return new Response(null, { status: 302, headers: { location: '//a.test/v/' } });
        return Response.json({ url: request.url, prefix: request.headers.get('x-forwarded-prefix') });
    } }";

const LIE: &str = "X-Forwarded-Prefix: /lie\r\nConnection: x-forwarded-prefix\r\n";

async fn get(runner: &Runner, path: &str, host: &str, lines: &str) -> Reply {
    exchange(runner.address, format!("GET {path} HTTP/1.1\r\nHost: {host}\r\n{lines}\r\n")).await
}

/// The URL and the prefix that the worker sees.
async fn seen(runner: &Runner, path: &str, host: &str, lines: &str) -> [Value; 2] {
    let seen = get(runner, path, host, lines).await.json();
    ["url", "prefix"].map(|name| seen[name].clone())
}

async fn leads_to(runner: &Runner, path: &str, lines: &str) -> String {
    get(runner, path, "a.test", lines).await.header("location").to_owned()
}

/// A worker `w`, and one for all else.
async fn serve(flags: &[&str]) -> (Runner, Directory) {
    let directory = Directory::new(&[("root.js", WORKER)]);
    let below = directory.path().join("workers");
    std::fs::create_dir(&below).unwrap();
    std::fs::write(below.join("w.js"), WORKER).unwrap();
    let (root, below) = (directory.file("root.js"), directory.file("workers"));
    let arguments = [&["--listen", "0", &root, &below], flags].concat();
    let mut command = Command::new(env!("CARGO_BIN_EXE_runner"));
    command.kill_on_drop(true);
    (Runner::spawn_with(command, &arguments, Stdio::inherit()).await, directory)
}

#[tokio::test]
async fn a_mounted_worker_learns_its_prefix_and_its_redirects_lead_below_it() {
    let (runner, _directory) = serve(&[]).await;
    for lines in ["", LIE] {
        let below = [json!("http://a.test/x"), json!("/w")];
        assert_eq!(seen(&runner, "/w/x", "a.test", lines).await, below);
        assert_eq!(seen(&runner, "/x", "a.test", lines).await, [json!("http://a.test/x"), Value::Null]);
        assert_eq!(leads_to(&runner, "/w/go", lines).await, "http://a.test/w/to?x");
        assert_eq!(leads_to(&runner, "/go", lines).await, "http://a.test/to?x");
        assert_eq!(leads_to(&runner, "/w/path", lines).await, "/w/to");
        assert_eq!(leads_to(&runner, "/w/other", lines).await, "//a.test/v/");
    }
}

#[tokio::test]
async fn the_prefix_of_a_trusted_proxy_comes_first() {
    let (runner, _directory) = serve(&["--trust-proxy", "127.0.0.1"]).await;
    let lines = "X-Forwarded-Prefix: /lie\r\nX-Forwarded-Prefix: /app/\r\nX-Forwarded-Proto: https\r\n";
    assert_eq!(seen(&runner, "/w/x", "a.test", lines).await, [json!("https://a.test/x"), json!("/app/w")]);
    assert_eq!(seen(&runner, "/x", "a.test", lines).await, [json!("https://a.test/x"), json!("/app")]);
    assert_eq!(leads_to(&runner, "/w/go", lines).await, "https://a.test/app/w/to?x");
    assert_eq!(leads_to(&runner, "/go", lines).await, "https://a.test/app/to?x");
    for nothing in ["X-Forwarded-Prefix: //b.test\r\n", "X-Forwarded-Prefix: /app, b.test\r\n"] {
        assert_eq!(leads_to(&runner, "/w/path", nothing).await, "/w/to");
    }
    // The other headers have no such thing.
    let (runner, _directory) = serve(&["--trust-proxy=127.0.0.1", "--proxy-headers=forwarded"]).await;
    assert_eq!(seen(&runner, "/x", "a.test", lines).await, [json!("http://a.test/x"), Value::Null]);
}

#[tokio::test]
async fn workers_are_mounted_at_hosts() {
    for (flag, suffix) in [("--mount=host", "localhost"), ("--mount=host:dev.test", "dev.test")] {
        let (runner, _directory) = serve(&[flag]).await;
        let host = format!("w.{suffix}");
        let url = |host: &str, path: &str| json!(format!("http://{host}{path}"));
        assert_eq!(seen(&runner, "/w/x", &host, "").await, [url(&host, "/w/x"), Value::Null]);
        let port = format!("W.{suffix}:8787");
        assert_eq!(seen(&runner, "/x", &port, "").await, [url(&port.to_lowercase(), "/x"), Value::Null]);
        assert_eq!(get(&runner, "/go", &host, "").await.header("location"), format!("http://{host}/to?x"));
        // The one of a file has all other hosts.
        assert_eq!(seen(&runner, "/w/x", suffix, "").await, [url(suffix, "/w/x"), Value::Null]);
    }
}

#[tokio::test]
async fn workers_of_a_configuration_are_mounted_at_hosts_if_they_have_no_route() {
    let config = "[server]\nmount = \"host\"\nlisten = 0\n
        [[worker]]\nid = \"w\"\nmain = \"w.js\"\n
        [[worker]]\nid = \"v\"\nmain = \"w.js\"\nroutes = [\"/v/*\"]\n";
    let directory = Directory::new(&[("w.js", WORKER), ("runner.toml", config)]);
    let mut command = Command::new(env!("CARGO_BIN_EXE_runner"));
    command.kill_on_drop(true);
    let arguments = ["--config", &directory.file("runner.toml")];
    let runner = Runner::spawn_with(command, &arguments, Stdio::inherit()).await;
    assert_eq!(seen(&runner, "/x", "w.localhost", "").await[0], "http://w.localhost/x");
    assert_eq!(seen(&runner, "/v/x", "a.test", "").await, [json!("http://a.test/v/x"), Value::Null]);
    assert_eq!(get(&runner, "/w/x", "a.test", "").await.status, 404);
}

#[tokio::test]
async fn a_name_that_is_no_host_is_told() {
    let directory = Directory::new(&[("xn--a.js", WORKER)]);
    let output = run(&["serve", directory.path().to_str().unwrap(), "--mount=host", "--listen=0"]).await;
    let stderr = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(1));
    assert!(stderr.contains("xn--a cannot be asked at a host: "), "{stderr}");
}
