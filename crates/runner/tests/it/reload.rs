//! Deploys and reloads of a server under requests, over real sockets.

use std::collections::BTreeSet;
use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use bytes::Bytes;
use exec::NoOperations;
use http::Request;
use http_body_util::{BodyExt, Empty};
use hyper::client::conn::{http1, http2};
use hyper_util::rt::{TokioExecutor, TokioIo};
use runner::IsolatePool;
use runner::server::{Server, ServerOptions};
use runner::workers::{Route, WorkerDefinition, WorkerName, WorkerSource, Workers};
use tokio::net::TcpStream;
use tokio::task::JoinSet;

use crate::support::{Directory, Log, Runner, eventually, options, soon};

/// A worker `w` that answers with its number and with how often this version was asked.
fn numbered(number: u64) -> WorkerDefinition {
    let script = format!(
        "let count = 0; export default {{ fetch() {{ return new Response('{number} ' + ++count) }} }}"
    );
    WorkerDefinition::new(WorkerName::new("w").unwrap(), WorkerSource::new("w.js", script))
        .with_route(Route::mount("/w").unwrap())
}

/// The shares of the versions, that of the current one first.
fn weights(workers: &Workers) -> Vec<u32> {
    workers.list()[0].versions.iter().map(|version| version.weight).collect()
}

/// What clients and the one who deploys know of each other.
#[derive(Default)]
struct Deploys {
    begun: AtomicU64,
    done: AtomicU64,
    over: AtomicBool,
}

/// A connection of either protocol.
enum Client {
    Http1(http1::SendRequest<Empty<Bytes>>),
    Http2(http2::SendRequest<Empty<Bytes>>),
}

impl Client {
    async fn connect(address: SocketAddr, over_http2: bool) -> Self {
        let stream = TokioIo::new(TcpStream::connect(address).await.unwrap());
        if over_http2 {
            let (sender, connection) = http2::handshake(TokioExecutor::new(), stream).await.unwrap();
            tokio::spawn(connection);
            Self::Http2(sender)
        } else {
            let (sender, connection) = http1::handshake(stream).await.unwrap();
            tokio::spawn(connection);
            Self::Http1(sender)
        }
    }

    async fn ask(&mut self) -> String {
        let request = Request::get("http://a.test/w/").header("host", "a.test").body(Empty::new()).unwrap();
        let response = match self {
            Self::Http1(sender) => {
                soon(sender.ready()).await.unwrap();
                soon(sender.send_request(request)).await.unwrap()
            }
            Self::Http2(sender) => soon(sender.send_request(request)).await.unwrap(),
        };
        assert_eq!(response.status(), 200);
        let body = soon(response.into_body().collect()).await.unwrap().to_bytes();
        String::from_utf8(body.to_vec()).unwrap()
    }
}

/// Asks without a pause until all is over, on one connection; returns the versions that answered.
async fn ask_without_pause(address: SocketAddr, over_http2: bool, deploys: Arc<Deploys>) -> BTreeSet<u64> {
    let mut client = Client::connect(address, over_http2).await;
    let mut seen = BTreeSet::new();
    while !deploys.over.load(Ordering::Relaxed) {
        let oldest = deploys.done.load(Ordering::SeqCst);
        let answer = client.ask().await;
        let newest = deploys.begun.load(Ordering::SeqCst);
        let number = answer.split(' ').next().unwrap().parse().unwrap();
        assert!((oldest..=newest).contains(&number), "{number} was not live: {oldest} to {newest} were");
        seen.insert(number);
    }
    seen
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_client_that_never_pauses_loses_nothing_through_100_deploys_and_20_reloads() {
    let pool = IsolatePool::new(options()).unwrap();
    let workers = Workers::in_pool(pool.clone(), |_| NoOperations);
    workers.deploy(numbered(0)).await.unwrap();
    let local = ([127, 0, 0, 1], 0).into();
    let server = Server::bind(local, workers.clone(), pool.clone(), ServerOptions::default()).await.unwrap();
    let address = server.local_address().tcp().unwrap();
    let serving = tokio::spawn(server.run(std::future::pending()));

    let deploys = Arc::new(Deploys::default());
    let mut clients = JoinSet::new();
    for over_http2 in [false, true].repeat(16) {
        clients.spawn(ask_without_pause(address, over_http2, Arc::clone(&deploys)));
    }
    for number in 1..=120 {
        deploys.begun.store(number, Ordering::SeqCst);
        if number % 6 == 0 {
            let report = workers.replace_all(vec![numbered(number)]).await.unwrap();
            assert_eq!(report.deployed.len(), 1);
        } else if number % 6 == 1 {
            // A tenth of the requests, none, all of them.
            let version = workers.deploy_with_weight(numbered(number), 10).await.unwrap().version;
            assert_eq!(weights(&workers), [10, 90]);
            workers.rollback("w").await.unwrap();
            assert_eq!(weights(&workers), [100, 0]);
            workers.set_weight("w", &version, 90).await.unwrap();
            assert_eq!(weights(&workers), [10, 90]);
            workers.rollback("w").await.unwrap();
        } else {
            workers.deploy(numbered(number)).await.unwrap();
        }
        deploys.done.store(number, Ordering::SeqCst);
    }
    deploys.over.store(true, Ordering::Relaxed);
    for seen in clients.join_all().await {
        assert!(seen.len() > 1, "a client saw changes: {seen:?}");
    }
    eventually("one version is left", || pool.stats().live == 1).await;
    serving.abort();
}

fn save(directory: &Directory, file: &str, text: &str) {
    std::fs::write(directory.path().join(file), text).unwrap();
}

fn counting(name: &str) -> String {
    format!("let n = 0; export default {{ fetch() {{ return new Response('{name} ' + ++n) }} }}")
}

/// Asks until the answer begins like this.
async fn answers(runner: &Runner, path: &str, begin: &str) {
    soon(async { while !runner.get(path).await.text().starts_with(begin) {} }).await;
}

async fn serve(directory: &Path, flags: &[&str]) -> (Runner, Log) {
    let (log, stderr) = Log::new();
    let mut command = tokio::process::Command::new(env!("CARGO_BIN_EXE_runner"));
    command.kill_on_drop(true);
    (Runner::spawn(command, directory, flags, stderr).await, log)
}

#[tokio::test]
async fn a_saved_file_is_read_again_and_a_broken_one_changes_nothing() {
    let directory = Directory::new(&[("a.js", &counting("first")), ("b.js", &counting("other"))]);
    let (runner, log) = serve(directory.path(), &["--watch"]).await;
    assert_eq!(runner.get("/a/").await.text(), "first 1");
    assert_eq!(runner.get("/b/").await.text(), "other 1");

    save(&directory, "a.js", &counting("second"));
    answers(&runner, "/a/", "second").await;
    save(&directory, "a.js", "export default {");
    log.said("SyntaxError").await;
    log.said("the last good version goes on").await;
    assert!(runner.get("/a/").await.text().starts_with("second"));

    // One that is new, one that is gone, and one that is put in its place under its name.
    save(&directory, "c.js", &counting("third"));
    answers(&runner, "/c/", "third").await;
    std::fs::remove_file(directory.path().join("c.js")).unwrap();
    soon(async { while runner.get("/c/").await.status != 404 {} }).await;
    save(&directory, "a.js.new", &counting("fourth"));
    std::fs::rename(directory.path().join("a.js.new"), directory.path().join("a.js")).unwrap();
    answers(&runner, "/a/", "fourth").await;
    assert_eq!(runner.get("/b/").await.text(), "other 2", "nobody has touched it");
}

#[tokio::test]
async fn a_hangup_reads_the_workers_again() {
    for flags in [&[][..], &["--supervise"]] {
        let directory = Directory::new(&[("a.js", &counting("first")), ("b.js", &counting("other"))]);
        let (runner, log) = serve(directory.path(), flags).await;
        assert_eq!(runner.get("/b/").await.text(), "other 1");
        save(&directory, "a.js", &counting("second"));
        runner.signal("HUP").await;
        answers(&runner, "/a/", "second").await;
        for file in ["a.js", "b.js"] {
            std::fs::remove_file(directory.path().join(file)).unwrap();
        }
        runner.signal("HUP").await;
        log.said("nothing was reloaded").await;
        assert!(runner.get("/a/").await.text().starts_with("second"));
        assert_eq!(runner.get("/b/").await.text(), "other 2");
    }
}

#[tokio::test]
async fn workers_of_a_configuration_are_loaded_once_at_the_start() {
    let toml = "[[worker]]\nid = \"w\"\nmain = \"w.js\"\n\n[[worker]]\nid = \"other\"\nmain = \"other.js\"\n";
    let directory = Directory::new(&[("runner.toml", toml), ("other.js", &counting("other"))]);
    // A pipe has its text for one reader; the next would wait for ever.
    let pipe = directory.path().join("w.js");
    assert!(std::process::Command::new("mkfifo").arg(&pipe).status().unwrap().success());
    // Before the server looks.
    let long_ago = std::time::SystemTime::now() - std::time::Duration::from_secs(60);
    for path in
        [directory.path().join("runner.toml"), directory.path().join("other.js"), directory.path().into()]
    {
        std::fs::File::open(path).unwrap().set_modified(long_ago).unwrap();
    }
    let writing = std::thread::spawn(move || std::fs::write(pipe, counting("piped")).unwrap());
    let config = directory.file("runner.toml");
    let (log, stderr) = Log::new();
    let arguments = ["--listen", "127.0.0.1:0", "--config", &config, "--watch", "--log", "debug"];
    let runner = Runner::spawn_with(crate::support::program(), &arguments, stderr).await;
    writing.join().unwrap();
    assert_eq!(runner.get("/w/").await.text(), "piped 1");
    assert_eq!(runner.get("/other/").await.text(), "other 1");
    // Nobody has asked for a reload yet; what is saved now asks for one.
    assert!(!log.text().contains("reloaded"), "{}", log.text());
    std::fs::remove_file(directory.path().join("w.js")).unwrap();
    save(&directory, "w.js", &counting("saved"));
    answers(&runner, "/w/", "saved").await;
    assert_eq!(runner.get("/other/").await.text(), "other 2");

    // What is wrong with the configuration is an event with one line for each problem.
    save(&directory, "runner.toml", &format!("[pool]\npool_sise = 5\nspares = 'x'\n\n{toml}"));
    let text = log.said("`spares`").await;
    let told = &text[text.find("nothing was reloaded").unwrap()..];
    assert!(told.contains("runner.toml:2: unknown key `pool_sise`"), "{told}");
    assert!(told.lines().skip(1).all(|line| line.starts_with("20")), "{told}");
}
