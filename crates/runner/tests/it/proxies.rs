//! Behind a proxy: who is believed when it comes to a request's client, scheme and host.

use serde_json::{Value, json};

use crate::support::{Log, Runner, exchange, signal, soon};

const WORKER: (&str, &str) = (
    "w.js",
    "export default { fetch(request) {
        const get = (name) => request.headers.get(name);
        return Response.json({
            url: request.url, host: get('host'), client: get('cf-connecting-ip'), other: get('x-client'),
            for: get('x-forwarded-for'), forwarded: get('forwarded'),
        });
    } }",
);

/// The loopback network, and one of proxies behind it.
const TRUSTED: &str = "--trust-proxy=127.0.0.0/8,10.0.0.0/8";

const LIES: &str = "X-Forwarded-For: 6.6.6.6\r\nX-Forwarded-Proto: https\r\nX-Forwarded-Host: bank.test\r\n\
    Forwarded: for=6.6.6.6;proto=https;host=bank.test\r\nCF-Connecting-IP: 6.6.6.6\r\ncf-connecting-ip: 7.7.7.7\r\n\
    Connection: cf-connecting-ip\r\n";

/// What the worker is told of a request with these lines.
async fn told(runner: &Runner, lines: &str) -> Value {
    exchange(runner.address, format!("GET /w/x HTTP/1.1\r\nHost: a.test\r\n{lines}\r\n")).await.json()
}

/// The client, the URL and the host of it.
async fn origin(runner: &Runner, lines: &str) -> [Value; 3] {
    let told = told(runner, lines).await;
    ["client", "url", "host"].map(|name| told[name].clone())
}

#[tokio::test]
async fn a_client_that_is_no_trusted_proxy_is_not_believed() {
    for flags in [&[][..], &["--trust-proxy", "10.0.0.0/8", "--proxy-headers=forwarded"]] {
        let runner = Runner::serve(&[WORKER], flags).await;
        let told = told(&runner, LIES).await;
        assert_eq!(told["client"], "127.0.0.1");
        assert_eq!((&told["url"], &told["host"]), (&json!("http://a.test/x"), &json!("a.test")));
        assert_eq!(told["for"], "6.6.6.6", "the data stay");
        assert_eq!(told["forwarded"], "for=6.6.6.6;proto=https;host=bank.test", "the data stay");
    }
}

#[tokio::test]
async fn x_forwarded_headers_of_a_trusted_proxy_are_believed_from_their_end() {
    let runner = Runner::serve(&[WORKER], &[TRUSTED]).await;
    let http = json!("http://a.test/x");
    let hops = format!("X-Forwarded-For: 6.6.6.6, 1.1.1.1{}\r\n", ", 10.0.0.2".repeat(100));
    for (lines, client) in [
        ("", "127.0.0.1"),
        ("X-Forwarded-For: 6.6.6.6, 1.1.1.1:80\r\n", "1.1.1.1"),
        (
            "X-Forwarded-For: 6.6.6.6\r\nX-Forwarded-For: [2001:db8::2]:443\r\nX-Forwarded-For: 10.0.0.3\r\n",
            "2001:db8::2",
        ),
        ("X-Forwarded-For: 6.6.6.6, nonsense\r\n", "127.0.0.1"),
        (&hops, "1.1.1.1"),
        ("CF-Connecting-IP: 6.6.6.6\r\nConnection: cf-connecting-ip\r\n", "127.0.0.1"),
        ("Forwarded: for=6.6.6.6;proto=https;host=bank.test\r\n", "127.0.0.1"),
    ] {
        assert_eq!(origin(&runner, lines).await, [json!(client), http.clone(), json!("a.test")], "{lines}");
    }
    let lines = "X-Forwarded-For: 1.1.1.1\r\nX-Forwarded-Proto: http, https\r\nX-Forwarded-Host: bank.test, B.test:8443\r\n";
    let believed = [json!("1.1.1.1"), json!("https://b.test:8443/x"), json!("B.test:8443")];
    assert_eq!(origin(&runner, lines).await, believed);
    let absolute = format!("GET http://c.test/w/x HTTP/1.1\r\nHost: c.test\r\n{lines}\r\n");
    let told = exchange(runner.address, absolute).await.json();
    assert_eq!(told["url"], "https://b.test:8443/x");
}

#[tokio::test]
async fn forwarded_of_a_trusted_proxy_is_believed_and_logged() {
    let (log, stderr) = Log::new();
    let flags = [TRUSTED, "--proxy-headers=forwarded", "--client-address-header=X-Client", "--access-log"];
    let runner = Runner::serve_with_stderr(&[WORKER], &flags, stderr).await;
    let nothing = ["127.0.0.1", "http://a.test/x"];
    for (lines, expected) in [
        (
            "Forwarded: for=6.6.6.6, for=\"[2001:db8::2]:1\";proto=https\r\n",
            ["2001:db8::2", "https://a.test/x"],
        ),
        ("Forwarded: for=1.1.1.1;host=b.test\r\nForwarded: for=10.0.0.2\r\n", ["1.1.1.1", "http://b.test/x"]),
        ("Forwarded: for=6.6.6.6;proto=https;x=\", for=1.1.1.1\r\n", nothing),
        ("Forwarded: for=6.6.6.6;proto=https, for\r\n", nothing),
        ("X-Forwarded-For: 6.6.6.6\r\nX-Forwarded-Proto: https\r\nX-Client: 6.6.6.6\r\n", nothing),
    ] {
        let told = told(&runner, lines).await;
        assert_eq!([&told["other"], &told["url"]], expected, "{lines}");
        assert_eq!(told["client"], Value::Null, "{lines}");
    }
    let mut runner = runner;
    assert!(signal(runner.id(), "TERM").await);
    soon(runner.child.wait()).await.unwrap();
    let log = log.end();
    let client = |address: &str| log.matches(&format!("client={address} ")).count();
    assert_eq!((client("2001:db8::2"), client("1.1.1.1"), client("127.0.0.1")), (1, 1, 3), "{log}");
}
