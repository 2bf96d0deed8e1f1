//! Isolates that V8 takes along.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, mpsc};
use std::time::Duration;

use exec::{Script, TerminationReason};
use isolate::{IsolateOptions, LockerManagedIsolate, RuntimeLimits, platform};

use crate::support::{Worker, eventually, generous, new_isolate, text};

/// The CPU time is what ends who does not run out of memory, on a machine that does much else, too.
fn small() -> RuntimeLimits {
    let limits = generous().with_heap_max(64 << 20).with_cpu_time(Duration::from_secs(2));
    limits.with_wall_clock(Duration::from_secs(100))
}

#[tokio::test(flavor = "multi_thread")]
async fn what_v8_cannot_survive_costs_one_isolate() {
    for hostile in [
        "new Array(2 ** 27).fill(0)",
        "const a = []; a.length = 2 ** 32 - 1; a.fill(1)",
        "let a = [1]; for (let i = 0; i < 30; i++) a = [a, a]; a.flat(Infinity)",
    ] {
        let isolate = new_isolate(small());
        let source = format!(
            "export default {{ async fetch(request) {{
                 if (request.url.endsWith('/hostile')) {{ {hostile} }}
                 await fetch('http://x/never');
             }} }}"
        );
        let worker = Worker::on(&isolate, Script::new(source.as_str()));
        let neighbours: Vec<_> = (0..3)
            .map(|_| {
                let worker = worker.clone();
                tokio::spawn(async move { worker.get("/").await })
            })
            .collect();
        eventually("the neighbours wait", || worker.world.started() == 3).await;
        let reason = worker.failure("/hostile").await.reason;
        assert!(
            matches!(reason, TerminationReason::MemoryLimit | TerminationReason::CpuTimeLimit),
            "{hostile}: {reason}"
        );
        if worker.context.is_usable() || isolate.condemned().is_none() {
            // It ended in time after all; then the neighbours go on.
            isolate.condemn(isolate::Loss::Condemned);
        }
        for neighbour in neighbours {
            let reason = neighbour.await.unwrap().unwrap_err().reason;
            assert!(
                matches!(reason, TerminationReason::MemoryLimit | TerminationReason::Terminated),
                "{hostile}: {reason}"
            );
        }
        worker.drained().await;
        assert_eq!(worker.context.in_flight(), 0);
        let world = &worker.world;
        eventually("the fetches are cancelled", || world.cancelled() == 3).await;
        // V8's own threads are all there, too.
        let compiles = Worker::new(
            "export default { async fetch() {
                 for (let i = 0; i < 20; i++) await WebAssembly.compile(new Uint8Array([0, 97, 115, 109, 1, 0, 0, 0]));
                 return new Response('alive');
             } }",
        );
        assert_eq!(compiles.text("/").await, "alive");
    }
}

/// Locks an isolate when it is dropped, which panics on a thread that has one locked, and tells whether it could.
struct LocksOnDrop {
    probe: Arc<LockerManagedIsolate>,
    could: mpsc::Sender<bool>,
}

impl Drop for LocksOnDrop {
    fn drop(&mut self) {
        let could = catch_unwind(AssertUnwindSafe(|| drop(self.probe.lock()))).is_ok();
        let _test_may_be_over = self.could.send(could);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_memory_limit_releases_the_leases_of_others_after_the_turn() {
    let isolate = new_isolate(small());
    let source = "export default { async fetch(request) {
        const kept = [];
        if (request.url.endsWith('/hostile')) while (true) kept.push(new Array(1000).fill(kept.length));
        await fetch('http://x/never');
    } }";
    let worker = Worker::on(&isolate, Script::new(source));
    let probe = platform::initialize().run(|| LockerManagedIsolate::new(&IsolateOptions::default())).unwrap();
    let probe = Arc::new(probe);
    let (could, released) = mpsc::channel();
    let neighbours: Vec<_> = (0..3)
        .map(|_| {
            let worker = worker.clone();
            let held = LocksOnDrop { probe: Arc::clone(&probe), could: could.clone() };
            let event = exec::Event::Fetch(crate::support::get("/"));
            tokio::spawn(async move { worker.context.exec_holding(worker.world.clone(), event, held).await })
        })
        .collect();
    drop(could);
    eventually("the neighbours wait", || worker.world.started() == 3).await;
    assert_eq!(worker.failure("/hostile").await.reason, TerminationReason::MemoryLimit);
    for neighbour in neighbours {
        assert_eq!(neighbour.await.unwrap().unwrap_err().reason, TerminationReason::MemoryLimit);
    }
    let released = tokio::task::spawn_blocking(move || released.iter().collect::<Vec<_>>());
    assert_eq!(released.await.unwrap(), [true; 3]);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_evaluation_that_is_lost_lets_go_of_its_context() {
    let worker = Worker::with_limits("new Array(2 ** 27).fill(0); export default { fetch() {} }", small());
    let requests: Vec<_> = (0..3)
        .map(|_| {
            let worker = worker.clone();
            tokio::spawn(async move { worker.get("/").await })
        })
        .collect();
    for request in requests {
        let reason = request.await.unwrap().unwrap_err().reason;
        assert!(
            matches!(
                reason,
                TerminationReason::MemoryLimit
                    | TerminationReason::InitializationError
                    | TerminationReason::Terminated
            ),
            "{reason}"
        );
    }
    worker.drained().await;
    assert!(worker.get("/").await.is_err());
    worker.drained().await;
}

/// Panics when something is logged.
struct Panics;

#[async_trait::async_trait]
impl exec::OperationsHandler for Panics {
    async fn handle_fetch(&self, _: exec::FetchRequest) -> Result<exec::FetchResponse, exec::OperationError> {
        unreachable!()
    }

    fn handle_log(&self, _: exec::LogRecord) {
        panic!("a log that panics");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_panic_of_a_log_handler_is_the_fetch_s_own() {
    let worker = Worker::new(
        "export default { fetch() { try { console.log('x') } catch (e) { return new Response(e.name + ': ' + e.message) } } }",
    );
    let event = exec::Event::Fetch(crate::support::get("/"));
    let outcome = worker.context.exec(Arc::new(Panics), event).await.unwrap();
    assert_eq!(text(&outcome.into_response().unwrap()), "TypeError: internal error");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_turn_that_panics_leaves_no_isolate_behind() {
    let worker = Worker::new(
        "export default { fetch() { Promise.reject(new Error('logged')); return new Promise(() => {}) } }",
    );
    let event = exec::Event::Fetch(crate::support::get("/"));
    let termination = worker.context.exec(Arc::new(Panics), event).await.unwrap_err();
    assert_eq!(termination.reason, TerminationReason::Other);
    let isolate = Arc::downgrade(&worker.isolate);
    drop(worker);
    crate::support::eventually("the isolate is dropped", || isolate.strong_count() == 0).await;
}
