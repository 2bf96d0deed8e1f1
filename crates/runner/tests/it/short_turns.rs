//! Turns that the threads of connections take themselves.

use std::time::{Duration, Instant};

use crate::support::{PATIENCE, RawClient, Runner};

/// Answers at once; asked for `/endless`, never.
const WORKER: &str = "export default {
  fetch(request) {
    while (request.url.endsWith('/endless'));
    return new Response('done');
  },
};";

/// What counts as short in a debug build on a busy machine.
const SHORT: &str = "--short-turn-us=5000";

fn get(path: &str) -> String {
    format!("GET {path} HTTP/1.1\r\nHost: a.test\r\n\r\n")
}

async fn ask(client: &mut RawClient, path: &str) -> String {
    client.send(get(path)).await;
    let reply = client.reply().await;
    format!("{} {}", reply.status, reply.text())
}

async fn at_stations(runner: &Runner) -> u64 {
    runner.stats().await["threads"]["at_stations"].as_u64().unwrap()
}

/// Asks until threads of connections take the turns of the worker.
async fn becomes_brief(runner: &Runner, client: &mut RawClient, path: &str) {
    let (start, before) = (Instant::now(), at_stations(runner).await);
    while at_stations(runner).await < before + 10 {
        assert!(start.elapsed() < PATIENCE, "its turns never count as short");
        for _ in 0..100 {
            assert_eq!(ask(client, path).await, "200 done");
        }
    }
}

#[tokio::test]
async fn short_turns_are_taken_by_the_threads_of_connections() {
    let runner = Runner::serve(&[("a.js", WORKER)], &["--io-threads", "1", SHORT]).await;
    let mut client = RawClient::connect(runner.address).await;
    becomes_brief(&runner, &mut client, "/a").await;
    let turns = runner.stats().await["threads"]["turns"].as_u64().unwrap();
    assert!(turns >= at_stations(&runner).await, "they count as turns");
}

#[tokio::test]
async fn they_can_be_left_to_the_isolate_threads() {
    let flags = ["--io-threads", "1", "--short-turn-us=0"];
    let runner = Runner::serve(&[("a.js", WORKER)], &flags).await;
    let mut client = RawClient::connect(runner.address).await;
    for _ in 0..1_000 {
        assert_eq!(ask(&mut client, "/a").await, "200 done");
    }
    assert_eq!(at_stations(&runner).await, 0);
}

#[tokio::test]
async fn a_turn_that_was_not_short_after_all_does_not_hold_up_the_connections() {
    let flags = ["--io-threads", "1", SHORT, "--cpu-ms", "3000", "--wall-ms", "60000"];
    let runner = Runner::serve(&[("a.js", WORKER), ("b.js", WORKER)], &flags).await;
    let (mut endless, mut other) =
        (RawClient::connect(runner.address).await, RawClient::connect(runner.address).await);
    assert_eq!(ask(&mut other, "/b").await, "200 done");
    becomes_brief(&runner, &mut endless, "/a").await;
    let before = at_stations(&runner).await;
    endless.send(get("/a/endless")).await;
    // All connections are on the one thread that took the turn.
    for _ in 0..20 {
        assert_eq!(ask(&mut other, "/b").await, "200 done");
    }
    let early = tokio::time::timeout(Duration::ZERO, endless.reply()).await;
    assert!(early.is_err(), "it has three seconds");
    assert!(at_stations(&runner).await > before, "it was taken by the thread of the connections");
    let reply = endless.reply().await;
    assert_eq!((reply.status, reply.header("x-termination-reason")), (429, "CpuTimeLimit"));
    assert_eq!(ask(&mut other, "/a").await, "200 done");
}
