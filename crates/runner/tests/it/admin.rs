//! The admin listener, with real processes: `serve --admin`.

mod logs;
mod metrics;
mod settings;

use std::net::SocketAddr;
use std::os::unix::fs::FileTypeExt;
use std::path::Path;
use std::process::Stdio;

use serde_json::json;
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpStream, UnixStream};

use self::metrics::Metrics;
use crate::support::{Directory, Log, PATIENCE, RawClient, Reply, Runner, exchange, run, soon};

const HELLO: &str = "export default { fetch() { return new Response('hello 1') } }";
const LOOP: &str = "export default { fetch() { for (;;); } }";
const TOKEN: &str = "a-secret-of-the-operator";

/// A server, and where its admin listener is.
struct Administered {
    runner: Runner,
    admin: SocketAddr,
}

impl Administered {
    async fn start(files: &[(&str, &str)], flags: &[&str]) -> Self {
        let (log, stderr) = Log::new();
        let flags: Vec<_> = ["--admin", "127.0.0.1:0"].iter().chain(flags).copied().collect();
        let runner = Runner::serve_with_stderr(files, &flags, stderr).await;
        let admin = until(|| address_in(&log.text())).await;
        Self { runner, admin }
    }

    async fn ask(&self, method: &str, path: &str, body: &str) -> Reply {
        let length = body.len();
        let request = format!(
            "{method} {path} HTTP/1.1\r\nHost: {}\r\nContent-Length: {length}\r\n\r\n{body}",
            self.admin
        );
        exchange(self.admin, request).await
    }

    async fn get(&self, path: &str) -> Reply {
        self.ask("GET", path, "").await
    }

    async fn hello(&self) -> String {
        self.runner.get("/hello/").await.text().to_owned()
    }

    async fn metrics(&self) -> Metrics {
        let reply = exchange(
            self.admin,
            format!(
                "GET /metrics HTTP/1.1\r\nHost: {}\r\nAccept: application/openmetrics-text\r\n\r\n",
                self.admin
            ),
        )
        .await;
        assert_eq!(
            reply.header("content-type"),
            "application/openmetrics-text; version=1.0.0; charset=utf-8"
        );
        Metrics::read(reply.text())
    }

    /// Deploys what a document says.
    async fn deploy(&self, id: &str, document: &serde_json::Value) -> Reply {
        let body = document.to_string();
        let request = format!(
            "PUT /workers/{id} HTTP/1.1\r\nHost: {}\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}",
            self.admin,
            body.len()
        );
        exchange(self.admin, request).await
    }
}

/// The address in the line of the log that has one.
fn address_in(log: &str) -> Option<SocketAddr> {
    let line = log.lines().find(|line| line.contains("admin listener"))?;
    let address = line.split("address=http://").nth(1)?;
    address.split_whitespace().next()?.parse().ok()
}

async fn until<T>(mut look: impl FnMut() -> Option<T>) -> T {
    soon(async {
        loop {
            if let Some(found) = look() {
                return found;
            }
            tokio::time::sleep(std::time::Duration::from_millis(10)).await;
        }
    })
    .await
}

#[tokio::test]
async fn a_version_is_deployed_weighed_rolled_back_and_removed() {
    let server = Administered::start(&[("hello.js", HELLO)], &[]).await;
    assert_eq!(server.hello().await, "hello 1");

    let second = HELLO.replace("hello 1", "hello 2");
    let reply = server.ask("PUT", "/workers/hello?version=second", &second).await;
    assert_eq!(reply.status, 201, "{}", reply.text());
    assert_eq!(reply.json(), json!({ "id": "hello", "version": "second", "new_version": true }));
    assert_eq!(server.hello().await, "hello 2");
    let again = server.ask("PUT", "/workers/hello?version=second", &second).await;
    assert_eq!((again.status, &again.json()["new_version"]), (200, &json!(false)));

    let shown = server.get("/workers/hello").await.json();
    assert_eq!(shown["routes"], json!(["/hello/"]));
    let current =
        json!({ "version": "second", "weight": 100, "file": "hello.js", "settings": {}, "env": [] });
    assert_eq!(shown["versions"][0], current);
    assert_eq!(shown["versions"][1]["weight"], 0);

    let rolled = server.ask("POST", "/workers/hello/rollback", "").await;
    assert_eq!((rolled.status, &rolled.json()["versions"][1]["version"]), (200, &json!("second")));
    assert_eq!(server.hello().await, "hello 1");
    let path = "/workers/hello/versions/second/weight";
    let weighed = server.ask("POST", path, r#"{ "weight": 100 }"#).await;
    assert_eq!(weighed.status, 200, "{}", weighed.text());
    assert_eq!(server.hello().await, "hello 2");

    let created = server.ask("PUT", "/workers/new?route=/elsewhere/*&route=/x", HELLO).await;
    assert_eq!(created.status, 201, "{}", created.text());
    for path in ["/elsewhere/y", "/x"] {
        assert_eq!(server.runner.get(path).await.text(), "hello 1", "{path}");
    }
    let ids: Vec<_> = server.get("/workers").await.json()["workers"]
        .as_array()
        .unwrap()
        .iter()
        .map(|worker| worker["id"].as_str().unwrap().to_owned())
        .collect();
    assert_eq!(ids, ["hello", "new"]);

    assert_eq!(server.ask("DELETE", "/workers/new", "").await.status, 200);
    assert_eq!(server.ask("DELETE", "/workers/new", "").await.status, 404);
    assert_eq!((server.runner.get("/x").await.status, server.get("/workers/new").await.status), (404, 404));
}

#[tokio::test]
async fn what_cannot_be_deployed_is_refused_and_what_is_there_goes_on() {
    let server = Administered::start(&[("hello.js", HELLO)], &[]).await;
    let reply = server.ask("PUT", "/workers/hello", "export default {\n  fetch() { return 1 +; }\n}").await;
    let error = reply.json();
    assert_eq!((reply.status, &error["error"]), (422, &json!("InitializationError")), "{error}");
    assert_eq!((&error["file"], &error["line"]), (&json!("hello.js"), &json!(2)));
    assert!(error["column"].is_u64() && error["excerpt"].as_str().unwrap().contains("1 +;"), "{error}");

    let thief = server.ask("PUT", "/workers/thief?route=/same/*", HELLO).await;
    assert_eq!(thief.status, 201);
    for (method, path, body, status) in [
        ("PUT", "/workers/other?route=/same/*", HELLO, 409),
        ("PUT", "/workers/hello?weight=101", HELLO, 400),
        ("PUT", "/workers/hello?verison=2", HELLO, 400),
        ("PUT", "/workers/hello?route=nowhere", HELLO, 400),
        ("PUT", "/workers/a%20b", HELLO, 400),
        ("PUT", "/workers/%ff", HELLO, 400),
        ("POST", "/workers/hello/rollback", "", 409),
        ("POST", "/workers/nobody/rollback", "", 404),
        ("POST", "/workers/hello/versions/none/weight", r#"{ "weight": 1 }"#, 404),
        ("POST", "/workers/hello/versions/none/weight", r#"{ "wait": 1 }"#, 400),
        ("POST", "/workers/hello", "", 405),
        ("DELETE", "/workers", "", 405),
        ("GET", "/workers/hello/rollback", "", 405),
        ("POST", "/metrics", "", 405),
        ("GET", "/drain", "", 405),
        ("GET", "/", "", 404),
    ] {
        let reply = server.ask(method, path, body).await;
        assert_eq!(reply.status, status, "{method} {path}: {}", reply.text());
        assert!(reply.json()["message"].is_string(), "{method} {path}");
        assert_eq!(reply.header("allow").is_empty(), status != 405, "{method} {path}");
    }
    assert_eq!(server.hello().await, "hello 1");
}

#[tokio::test]
async fn a_script_that_is_too_large_is_refused_before_it_is_read() {
    let server = Administered::start(&[("hello.js", HELLO)], &["--script-mb", "1"]).await;
    let head = |path: &str, length: usize| {
        format!("{path} HTTP/1.1\r\nHost: {}\r\nContent-Length: {length}\r\n\r\n", server.admin)
    };
    for (path, length) in
        [("PUT /workers/hello", (1 << 20) + 1), ("POST /workers/hello/versions/1/weight", 1 << 20)]
    {
        assert_eq!(exchange(server.admin, head(path, length)).await.status, 413, "{path}");
    }
    let largest = format!("{HELLO}//{}", "x".repeat((1 << 20) - 2 - HELLO.len()));
    assert_eq!(server.ask("PUT", "/workers/hello", &largest).await.status, 201);
}

#[tokio::test]
async fn it_answers_while_every_connection_is_taken_and_every_isolate_loops() {
    let flags = ["--max-connections", "2", "--threads", "1", "--pool-size", "1", "--cpu-ms", "60000"];
    let flags: Vec<_> = flags.iter().chain(&["--wall-ms", "60000", "--drain-ms", "0"]).copied().collect();
    let server = Administered::start(&[("loop.js", LOOP)], &flags).await;
    let mut clients = Vec::new();
    for _ in 0..2 {
        let mut client = RawClient::connect(server.runner.address).await;
        client.send("GET /loop/ HTTP/1.1\r\nHost: a.test\r\n\r\n").await;
        clients.push(client);
    }
    soon(async {
        while server.get("/pool").await.json()["leased"] != json!(1) {
            tokio::time::sleep(std::time::Duration::from_millis(10)).await;
        }
    })
    .await;
    for path in ["/healthz", "/readyz", "/pool", "/metrics", "/workers"] {
        assert_eq!(server.get(path).await.status, 200, "{path}");
    }
    assert_eq!(server.metrics().await.value("runner_pool_isolates_leased", &[]), 1.0);
}

#[tokio::test]
async fn connections_that_ask_for_nothing_make_room_for_those_that_ask() {
    let server = Administered::start(&[("hello.js", HELLO)], &[]).await;
    let mut silent = Vec::new();
    for _ in 0..80 {
        silent.push(TcpStream::connect(server.admin).await.unwrap());
    }
    // The first one is gone long before its time to send a head is over; the last one waits.
    assert_eq!(server.get("/healthz").await.status, 200);
    let mut byte = [0];
    assert!(soon(silent[0].read(&mut byte)).await.is_ok_and(|read| read == 0));
    assert_eq!(silent[79].try_read(&mut byte).unwrap_err().kind(), std::io::ErrorKind::WouldBlock);
}

#[tokio::test]
async fn readiness_follows_what_the_server_does() {
    let server =
        Administered::start(&[("slow.js", HELLO), ("hello.js", HELLO)], &["--drain-ms", "60000"]).await;
    assert_eq!((server.get("/healthz").await.status, server.get("/readyz").await.status), (200, 200));
    for id in ["slow", "hello"] {
        assert_eq!(server.ask("DELETE", &format!("/workers/{id}"), "").await.status, 200);
    }
    assert_eq!(server.get("/readyz").await.status, 503);
    let slow = "export default { fetch() { return new Promise((done) => setTimeout(done, 60_000)) } }";
    assert_eq!(server.ask("PUT", "/workers/slow", slow).await.status, 201);
    assert_eq!(server.get("/readyz").await.status, 200);

    let mut client = RawClient::connect(server.runner.address).await;
    client.send("GET /slow/ HTTP/1.1\r\nHost: a.test\r\n\r\n").await;
    soon(async {
        while server.get("/pool").await.json()["leased"] != json!(1) {
            tokio::time::sleep(std::time::Duration::from_millis(10)).await;
        }
    })
    .await;
    assert_eq!(server.ask("POST", "/drain", "").await.status, 202);
    assert_eq!((server.get("/readyz").await.status, server.get("/healthz").await.status), (503, 200));

    // The request ends, and so does the drain.
    drop(client);
    let Administered { mut runner, .. } = server;
    assert!(soon(runner.child.wait()).await.unwrap().success());
}

#[tokio::test]
async fn a_token_is_asked_for_and_others_reach_nothing_without() {
    let place = Directory::new(&[("token", &format!("{TOKEN}\n")), ("short", "short"), ("hello.js", HELLO)]);
    let path = |name: &str| place.file(name);
    let server = Administered::start(&[("hello.js", HELLO)], &["--admin-token-file", &path("token")]).await;
    let with = |path: &str, header: &str| {
        let request = format!("GET {path} HTTP/1.1\r\nHost: a.test\r\n{header}\r\n");
        exchange(server.admin, request)
    };
    assert_eq!(with("/workers", &format!("Authorization: Bearer {TOKEN}\r\n")).await.status, 200);
    for header in ["", "Authorization: Bearer a-secret-of-the-operatos\r\n", "Authorization: Basic YTpi\r\n"]
    {
        let refused = with("/workers", header).await;
        assert_eq!((refused.status, refused.header("www-authenticate")), (401, "Bearer"), "{header}");
    }
    assert_eq!((with("/healthz", "").await.status, with("/readyz", "").await.status), (200, 200));

    for (flags, says) in [
        (vec!["--admin", "0.0.0.0:0"], "needs a token"),
        (vec!["--admin", "127.0.0.1:0", "--admin-token-file", &path("short")], "a token has 16"),
        (vec!["--admin", "127.0.0.1:0", "--admin-token-file", &path("none")], "cannot read"),
    ] {
        let workers = path("hello.js");
        let args = ["serve", "--listen", "127.0.0.1:0", &workers].into_iter().chain(flags.iter().copied());
        let output = run(&args.collect::<Vec<_>>()).await;
        let stderr = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!((output.status.code(), stderr.contains(says)), (Some(1), true), "{flags:?}: {stderr}");
    }
}

#[tokio::test]
async fn pages_in_a_browser_cannot_use_it() {
    let server = Administered::start(&[("hello.js", HELLO)], &[]).await;
    for headers in
        [format!("Host: {}\r\nOrigin: http://a.test\r\n", server.admin), "Host: rebound.test\r\n".to_owned()]
    {
        let request = format!("POST /drain HTTP/1.1\r\n{headers}\r\n");
        assert_eq!(exchange(server.admin, request).await.status, 403, "{headers}");
    }
    assert_eq!(server.get("/readyz").await.status, 200);
}

#[tokio::test]
async fn it_listens_on_a_unix_socket() {
    let place = Directory::new(&[("hello.js", HELLO)]);
    let socket = place.path().join("admin.sock");
    let flag = format!("unix:{}", socket.display());
    let mut runner = Runner::serve_path(place.path(), &["--admin", &flag]).await;
    let ready = over(&socket, "GET /readyz HTTP/1.1\r\nHost: x\r\n\r\n").await;
    assert!(ready.starts_with("HTTP/1.1 200 ") && ready.ends_with("ready\n"), "{ready}");
    let workers = over(&socket, "GET /workers HTTP/1.1\r\nHost: x\r\n\r\n").await;
    assert!(workers.contains(r#""id":"hello""#), "{workers}");
    runner.signal("TERM").await;
    assert!(soon(runner.child.wait()).await.unwrap().success());
    assert!(!socket.exists(), "it is gone with the server");
}

#[tokio::test]
async fn a_successor_has_the_address_once_its_predecessor_drains() {
    let place = Directory::new(&[("hello.js", HELLO)]);
    let socket = place.path().join("admin.sock");
    let flag = format!("unix:{}", socket.display());
    let mut runner = Runner::serve_path(place.path(), &["--supervise", "--admin", &flag]).await;
    let deploy =
        format!("PUT /workers/later HTTP/1.1\r\nHost: x\r\nContent-Length: {}\r\n\r\n{HELLO}", HELLO.len());
    assert!(over(&socket, &deploy).await.starts_with("HTTP/1.1 201 "));
    runner.signal("USR2").await;
    // The successor has what was read at its start only.
    soon(async {
        loop {
            let there = std::fs::metadata(&socket).is_ok_and(|file| file.file_type().is_socket());
            if there
                && let Ok(reply) = try_over(&socket, "GET /workers HTTP/1.1\r\nHost: x\r\n\r\n").await
                && reply.starts_with("HTTP/1.1 200 ")
                && !reply.contains("later")
            {
                return;
            }
            tokio::time::sleep(std::time::Duration::from_millis(20)).await;
        }
    })
    .await;
    runner.signal("TERM").await;
    assert!(soon(runner.child.wait()).await.unwrap().success());
}

#[tokio::test]
async fn ctl_is_a_client_of_it() {
    let place = Directory::new(&[
        ("token", TOKEN),
        ("next.js", &HELLO.replace("hello 1", "hello 2")),
        ("bad.js", "export default {\n  fetch() { return 1 +; }\n}"),
        (
            "talk.js",
            "export default { fetch() { console.log('said'); return new Response() }, scheduled() {} }",
        ),
    ]);
    let (token, next, bad) = (place.file("token"), place.file("next.js"), place.file("bad.js"));
    let talk = place.file("talk.js");
    let flags = ["--admin-token-file", &token];
    let mut server = Administered::start(&[("hello.js", HELLO)], &flags).await;
    let address = server.admin.to_string();
    let ctl = async |rest: &[&str]| {
        let output = run(&[&["ctl", "--admin", &address, "--token-file", &token], rest].concat()).await;
        let [stdout, stderr] =
            [&output.stdout, &output.stderr].map(|text| String::from_utf8_lossy(text).into_owned());
        (output.status.code(), stdout, stderr)
    };

    let (code, stdout, stderr) = ctl(&["deploy", "hello", &next, "--version", "a/b"]).await;
    assert_eq!((code, stdout.contains(r#""version": "a/b""#)), (Some(0), true), "{stdout}{stderr}");
    assert_eq!(server.hello().await, "hello 2");
    let (code, _, stderr) = ctl(&["deploy", "hello", &bad]).await;
    assert_eq!((code, stderr.contains("bad.js:2:")), (Some(1), true), "{stderr}");
    let (code, stdout, stderr) =
        ctl(&["deploy", "talk", &talk, "--cron", "0 0 1 1 *", "--set", "cpu_ms=40"]).await;
    assert_eq!(code, Some(0), "{stdout}{stderr}");
    let shown = ctl(&["show", "talk"]).await.1;
    for text in [r#""cpu_ms": 40"#, r#""file": "talk.js""#, r#""0 0 1 1 *""#] {
        assert!(shown.contains(text), "{text} in {shown}");
    }
    assert_eq!(ctl(&["cron", "run", "talk"]).await.0, Some(0));
    let (code, _, stderr) = ctl(&["deploy", "talk", &talk, "--set", "cpu=40"]).await;
    assert_eq!((code, stderr.contains("unknown field `cpu`")), (Some(1), true), "{stderr}");
    let mut logs = tokio::process::Command::new(env!("CARGO_BIN_EXE_runner"))
        .args(["ctl", "--admin", &address, "--token-file", &token, "logs", "talk"])
        .stdout(Stdio::piped())
        .kill_on_drop(true)
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(logs.stdout.take().unwrap()).lines();
    let first = soon(async {
        loop {
            tokio::select! {
                line = lines.next_line() => break line.unwrap().unwrap(),
                _ = server.runner.get("/talk/") => {}
            }
        }
    })
    .await;
    assert!(first.ends_with(" info said") || first.contains(" GET /talk/ 200 "), "{first}");
    assert_eq!(ctl(&["remove", "talk"]).await.0, Some(0));
    let mut last = first;
    while let Some(line) = soon(lines.next_line()).await.unwrap() {
        last = line;
    }
    assert_eq!((&*last, soon(logs.wait()).await.unwrap().code()), ("the worker is gone", Some(0)));
    assert_eq!(ctl(&["rollback", "hello"]).await.0, Some(0));
    assert_eq!(server.hello().await, "hello 1");
    assert_eq!(ctl(&["weight", "hello", "a/b", "100"]).await.0, Some(0));
    assert_eq!(server.hello().await, "hello 2");
    assert!(ctl(&["metrics"]).await.1.contains("\n# TYPE runner_requests_total counter\n"));
    assert!(ctl(&["workers"]).await.1.contains(r#""id": "hello""#));
    let without = run(&["ctl", "--admin", &address, "pool"]).await;
    assert!(String::from_utf8_lossy(&without.stderr).contains("401"));
    assert_eq!(ctl(&["drain"]).await.0, Some(0));
    assert!(soon(server.runner.child.wait()).await.unwrap().success());
    assert!(ctl(&["ready"]).await.2.contains("cannot ask the admin listener"));
}

/// A project of several modules, with a package.
fn project() -> Directory {
    let directory = Directory::new(&[("package.json", r#"{ "main": "src/index.ts" }"#)]);
    for (file, text) in [
        (
            "src/index.ts",
            "import { greet } from './greet';\nimport pad from 'pad';\nimport who from './who.txt';\nlet n: number = 0;\nexport default { fetch(): Response {\n  if (n++ > 0) return new Response(new Error('again').stack);\n  return new Response(pad(greet(who))) } };",
        ),
        ("src/greet.ts", "export const greet = (who: string): string => `hello ${who}`;"),
        ("src/who.txt", "you"),
        ("node_modules/pad/package.json", r#"{ "name": "pad", "main": "index.js" }"#),
        ("node_modules/pad/index.js", "module.exports = (text) => '[' + text + ']';"),
    ] {
        let path = directory.path().join(file);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }
    directory
}

#[tokio::test(flavor = "multi_thread")]
async fn a_project_is_deployed_with_all_that_it_imports() {
    let (project, place) = (project(), Directory::new(&[]));
    let server = Administered::start(&[("hello.js", HELLO)], &[]).await;
    let address = server.admin.to_string();
    let ctl = async |rest: &[&str]| {
        let output = run(&[&["ctl", "--admin", &address], rest].concat()).await;
        let stderr = String::from_utf8_lossy(&output.stderr).into_owned();
        (output.status.code(), String::from_utf8_lossy(&output.stdout).into_owned(), stderr)
    };
    let path = project.path().to_str().unwrap();
    let flags = ["--cron", "0 0 1 1 *", "--set", "cpu_ms=900", "--route", "/ab/*", "--version", "2"];
    let (code, stdout, stderr) = ctl(&[&["deploy", "shop", path], &flags[..]].concat()).await;
    assert_eq!((code, stdout.contains(r#""version": "2""#)), (Some(0), true), "{stdout}{stderr}");
    assert_eq!(server.runner.get("/ab/").await.text(), "[hello you]");
    // Stacks are those of the sources.
    let reply = server.runner.get("/ab/").await;
    assert!(reply.text().contains("index.ts:6:"), "{}", reply.text());
    let shown = ctl(&["show", "shop"]).await.1;
    for text in [r#""cpu_ms": 900"#, r#""file": "index.ts""#, r#""0 0 1 1 *""#, r#""/ab/*""#] {
        assert!(shown.contains(text), "{text} in {shown}");
    }

    // A pack of it, without its files.
    let pack = place.file("shop.pack");
    assert!(run(&["pack", path, "-o", &pack]).await.status.success());
    assert_eq!(ctl(&["deploy", "packed", &pack]).await.0, Some(0));
    assert_eq!(server.runner.get("/packed/").await.text(), "[hello you]");
    let (code, _, stderr) = ctl(&["deploy", "shop", path, "--set", "cpu=1"]).await;
    assert_eq!((code, stderr.contains("settings: unknown field `cpu`")), (Some(1), true), "{stderr}");
    let (code, _, stderr) = ctl(&["deploy", "shop", place.path().to_str().unwrap()]).await;
    assert_eq!((code, stderr.contains("no main file")), (Some(1), true), "{stderr}");
    std::fs::write(project.path().join("src/greet.ts"), "export const other = 1;").unwrap();
    let (code, _, stderr) = ctl(&["deploy", "shop", path]).await;
    assert_eq!((code, stderr.contains("greet")), (Some(1), true), "{stderr}");
    for bad in ["", "noise"] {
        let request = format!(
            "PUT /workers/shop HTTP/1.1\r\nHost: {address}\r\nContent-Type: application/x-worker-pack\r\n\
             Content-Length: {}\r\n\r\n{bad}",
            bad.len()
        );
        let reply = exchange(server.admin, request).await;
        assert!(reply.status == 400 && reply.text().contains("no pack"), "{}", reply.text());
    }
    assert!(ctl(&["show", "shop"]).await.1.contains(r#""version": "2""#));
}

/// The answer to a request over a Unix socket.
async fn over(socket: &Path, request: &str) -> String {
    try_over(socket, request).await.unwrap()
}

async fn try_over(socket: &Path, request: &str) -> std::io::Result<String> {
    let mut stream = UnixStream::connect(socket).await?;
    stream.write_all(request.as_bytes()).await?;
    let mut reply = String::new();
    tokio::time::timeout(PATIENCE, stream.read_to_string(&mut reply)).await??;
    Ok(reply)
}
