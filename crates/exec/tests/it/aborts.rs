//! Callers that go away.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use exec::{Event, OperationsHandler, TerminationReason};

use crate::support::{Worker, eventually, get};

/// A GET whose caller goes away as soon as `until` holds.
async fn abandoned(worker: &Worker, path: &'static str, until: impl Fn() -> bool) {
    let request = {
        let worker = worker.clone();
        tokio::spawn(async move { worker.get(path).await })
    };
    eventually("the moment to go", until).await;
    request.abort();
    let _ = request.await;
}

/// Tells when it is dropped.
struct Held(Arc<AtomicBool>);

impl Drop for Held {
    fn drop(&mut self) {
        self.0.store(true, Ordering::SeqCst);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn lesson_34_a_dropped_future_aborts_its_operations() {
    let worker = Worker::new(
        "export default { async fetch(request) {
             request.signal.addEventListener('abort', () => console.log('aborted: ' + request.signal.reason.name));
             setInterval(() => {}, 1);
             await Promise.all([fetch('http://x/never'), fetch('http://x/never')]);
         } }",
    );
    abandoned(&worker, "/", || worker.world.started() == 2).await;
    worker.drained().await;
    assert_eq!(worker.world.lines(), ["aborted: AbortError"]);
    let world = &worker.world;
    eventually("the fetches are cancelled", || world.cancelled() == 2).await;
    assert!(worker.context.is_usable());
}

#[tokio::test(flavor = "multi_thread")]
async fn lesson_35_an_abort_leaves_wait_until_alone() {
    let worker = Worker::new(
        "export default { async fetch(request, env, ctx) {
             ctx.waitUntil((async () => {
                 const response = await fetch('http://x/delay/100');
                 console.log('stored ' + response.status);
             })());
             await fetch('http://x/never');
         } }",
    );
    abandoned(&worker, "/", || worker.world.started() == 2).await;
    worker.drained().await;
    assert_eq!(worker.world.lines(), ["stored 200"]);
    let world = &worker.world;
    eventually("the other fetch is cancelled", || world.cancelled() == 1).await;
    assert_eq!(world.finished(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn after_an_abort_only_wait_until_goes_on() {
    // The handler itself would go on for a minute.
    let worker = Worker::new(
        "export default { async fetch(request, env, ctx) {
             ctx.waitUntil(fetch('http://x/delay/30'));
             console.log('begun');
             await new Promise((resolve) => setTimeout(resolve, 60000));
         } }",
    );
    abandoned(&worker, "/", || worker.world.started() == 1).await;
    worker.drained().await;
    assert_eq!(worker.world.finished(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn work_that_an_abort_listener_adds_goes_on() {
    let worker = Worker::new(
        "export default { async fetch(request, env, ctx) {
             request.signal.onabort = () => ctx.waitUntil(fetch('http://x/delay/20').then(() => console.log('cleaned up')));
             await fetch('http://x/never');
         } }",
    );
    abandoned(&worker, "/", || worker.world.started() == 1).await;
    worker.drained().await;
    assert_eq!(worker.world.lines(), ["cleaned up"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_request_that_is_dropped_in_the_queue_never_runs() {
    let worker = Worker::new(
        "export default { fetch(request) {
             if (request.url.endsWith('/slow')) { const end = performance.now() + 300; while (performance.now() < end); }
             console.log(new URL(request.url).pathname);
             return new Response();
         } }",
    );
    worker.text("/").await;
    let slow = {
        let worker = worker.clone();
        tokio::spawn(async move { worker.text("/slow").await })
    };
    eventually("the slow one runs", || worker.context.in_flight() == 1).await;
    tokio::time::sleep(Duration::from_millis(20)).await;
    abandoned(&worker, "/dropped", || worker.context.in_flight() == 2).await;
    slow.await.unwrap();
    worker.drained().await;
    assert_eq!(worker.world.lines(), ["/", "/slow"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn lesson_32_what_is_held_goes_at_the_entire_end() {
    let worker = Worker::new(
        "export default { async fetch(request, env, ctx) {
             ctx.waitUntil(fetch('http://x/gate'));
             return new Response('early');
         } }",
    );
    let released = Arc::new(AtomicBool::new(false));
    let held = Held(Arc::clone(&released));
    let world = Arc::clone(&worker.world) as Arc<dyn OperationsHandler>;
    worker.context.exec_holding(world, Event::Fetch(get("/")), held).await.unwrap();
    assert!(!released.load(Ordering::SeqCst), "the answer is not the end");
    assert_eq!(worker.context.in_flight(), 1);
    worker.world.gate.notify_one();
    eventually("released", || released.load(Ordering::SeqCst)).await;
    assert_eq!(worker.world.finished(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn lesson_32_what_is_held_goes_whatever_the_end() {
    for source in [
        "export default { fetch: () => new Response() }",
        "export default { fetch() { throw 1 } }",
        "export default { fetch: () => new Promise(() => {}) }",
        "throw 1",
        "while (true) {}",
        "export default { fetch() { while (true) {} } }",
        "export default { fetch() { const keep = []; while (true) keep.push({}) } }",
        "export default { fetch() { new Array(2 ** 27).fill(0) } }",
    ] {
        let worker = Worker::with_limits(source, crate::support::tight());
        let released = Arc::new(AtomicBool::new(false));
        let held = Held(Arc::clone(&released));
        let world = Arc::clone(&worker.world) as Arc<dyn OperationsHandler>;
        let _ = worker.context.exec_holding(world, Event::Fetch(get("/")), held).await;
        eventually(source, || released.load(Ordering::SeqCst)).await;
        worker.drained().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_of_a_request_stays_behind() {
    let worker = Worker::new(
        "export default { async fetch(request, env, ctx) {
             ctx.waitUntil(fetch('http://x/'));
             setInterval(() => {}, 1);
             request.signal.onabort = () => {};
             if (request.url.endsWith('/throw')) throw new Error();
             return new Response();
         } }",
    );
    for path in ["/", "/throw", "/"] {
        let _ = worker.get(path).await;
        worker.drained().await;
    }
    // Who holds the handler: the worker of this test, and every request that is still alive somewhere.
    let world = &worker.world;
    eventually("requests are dropped", || Arc::strong_count(world) == 1).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn requests_on_a_condemned_isolate_are_told() {
    let worker = Worker::new("export default { fetch: () => fetch('http://x/never') }");
    let waiting = {
        let worker = worker.clone();
        tokio::spawn(async move { worker.get("/").await })
    };
    eventually("it waits", || worker.world.started() == 1).await;
    worker.isolate.condemn(isolate::Loss::Condemned);
    assert_eq!(waiting.await.unwrap().unwrap_err().reason, TerminationReason::Terminated);
    worker.drained().await;
    let world = &worker.world;
    eventually("the fetch is cancelled", || world.cancelled() == 1).await;
    assert!(!worker.context.is_usable());
    assert_eq!(worker.failure("/").await.reason, TerminationReason::Terminated);
    assert_eq!(worker.context.in_flight(), 0);
    eventually("requests are dropped", || Arc::strong_count(world) == 1).await;
}
