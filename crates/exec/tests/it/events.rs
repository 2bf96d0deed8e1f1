//! What V8 does by itself, and what reaches a worker of it.

use std::time::Duration;

use crate::support::{Worker, generous};

/// A module that takes V8 some milliseconds to compile.
const MODULE: &str = "
    const leb = (n) => { const out = []; do { out.push((n & 127) | (n > 127 ? 128 : 0)); n >>= 7 } while (n); return out };
    const code = [];
    for (let i = 0; i < 20000; i++) code.push(0x41, 0, 0x1a);
    const func = [0, ...code, 11];
    const section = [1, ...leb(func.length), ...func];
    const bytes = new Uint8Array([0, 97, 115, 109, 1, 0, 0, 0, 1, 4, 1, 96, 0, 0, 3, 2, 1, 0, 10, ...leb(section.length), ...section]);
    const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
";

fn worker(source: &str) -> Worker {
    Worker::new(&format!("{MODULE}{source}"))
}

#[tokio::test(flavor = "multi_thread")]
async fn lesson_52_a_compilation_wins_against_a_timer() {
    // The timer is longer than anything else here may take: a request that had to wait for it would not be answered.
    let worker = worker(
        "export default { async fetch() {
             const winner = await Promise.race([
                 WebAssembly.instantiate(bytes).then(() => 'compiled'),
                 sleep(3600000).then(() => 'timer'),
             ]);
             return new Response(winner);
         } }",
    );
    for _ in 0..5 {
        assert_eq!(worker.text("/").await, "compiled");
        worker.drained().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn lesson_52_a_compilation_ends_while_an_interval_runs() {
    let worker = worker(
        "export default { async fetch() {
             let ticks = 0;
             const interval = setInterval(() => { ticks++ }, 1);
             const slow = setInterval(() => {}, 3600000);
             const modules = await Promise.all([1, 2, 3].map(() => WebAssembly.compile(bytes)));
             clearInterval(interval);
             clearInterval(slow);
             return new Response(modules.length);
         } }",
    );
    assert_eq!(worker.text("/").await, "3");
    worker.drained().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn lesson_52_a_compilation_ends_in_the_turn_of_whoever_is_there() {
    // Many wait for compilations, some with something else pending, some without: none may be forgotten.
    let worker = worker(
        "export default { async fetch(request) {
             const compiled = WebAssembly.compile(bytes).then(() => 'compiled');
             if (request.url.endsWith('/timer')) return new Response(await Promise.race([compiled, sleep(3600000)]));
             if (request.url.endsWith('/fetch')) return new Response(await Promise.race([compiled, fetch('http://x/never')]));
             return new Response(await compiled);
         } }",
    );
    let requests: Vec<_> = (0..30)
        .map(|n| {
            let worker = worker.clone();
            tokio::spawn(async move { worker.text(["/", "/timer", "/fetch"][n % 3]).await })
        })
        .collect();
    for request in requests {
        assert_eq!(request.await.unwrap(), "compiled");
    }
    worker.drained().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn lesson_52_a_compilation_ends_in_a_turn_that_knows_no_scripts() {
    let worker = worker(
        "export default { async fetch() { return new Response(`${await WebAssembly.compile(bytes)}`) } }",
    );
    assert_eq!(worker.text("/").await, "[object WebAssembly.Module]");
    // Its turns run what V8 has posted, and no microtasks.
    let isolate = std::sync::Arc::clone(&worker.isolate);
    let others = tokio::spawn(async move {
        loop {
            isolate.with_lock_async(|access| async move { access.enter(|_| ()) }).await.unwrap();
        }
    });
    for _ in 0..100 {
        assert_eq!(worker.text("/").await, "[object WebAssembly.Module]");
    }
    others.abort();
    worker.drained().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn lesson_52_what_is_registered_for_finalization_is_called_back() {
    let limits = generous().with_heap_max(32 << 20);
    let worker = Worker::with_limits(
        "let called = 0;
         const registry = new FinalizationRegistry(() => { called++; console.log('finalized') });
         export default { async fetch() {
             (() => { for (let i = 0; i < 10; i++) registry.register({}, i) })();
             while (called < 10) {
                 for (let i = 0; i < 20; i++) new Array(20000).fill({});
                 await new Promise((resolve) => setTimeout(resolve, 1));
             }
             return new Response(called);
         } }",
        limits,
    );
    assert_eq!(worker.text("/").await, "10");
    worker.drained().await;
    assert!(worker.world.lines().iter().any(|line| line == "finalized"), "{:?}", worker.world.lines());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_finalization_callback_is_held_to_the_limits() {
    let limits = generous().with_heap_max(32 << 20).with_cpu_time(Duration::from_secs(2));
    let worker = Worker::with_limits(
        "const registry = new FinalizationRegistry(() => { while (true) {} });
         export default { async fetch() {
             (() => { registry.register({}, 1) })();
             while (true) {
                 for (let i = 0; i < 20; i++) new Array(20000).fill({});
                 await new Promise((resolve) => setTimeout(resolve, 1));
             }
         } }",
        limits,
    );
    assert_eq!(worker.failure("/").await.reason, exec::TerminationReason::CpuTimeLimit);
    worker.drained().await;
    assert!(worker.isolate.condemned().is_none());
    assert!(!worker.context.is_usable());
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_waits_asynchronously_without_shared_memory() {
    let worker = Worker::new(
        "export default { async fetch() {
             const memory = new WebAssembly.Memory({ initial: 1, maximum: 1, shared: true });
             const outcomes = [];
             try { Atomics.waitAsync(new Int32Array(4), 0, 0) } catch (error) { outcomes.push(error.name) }
             const shared = new Int32Array(memory.buffer);
             outcomes.push(await Atomics.waitAsync(shared, 0, 0, 20).value);
             const waiting = Atomics.waitAsync(shared, 0, 0).value;
             setTimeout(() => Atomics.notify(shared, 0), 1);
             outcomes.push(await waiting);
             return Response.json(outcomes);
         } }",
    );
    assert_eq!(worker.text("/").await, r#"["TypeError","timed-out","ok"]"#);
    worker.drained().await;
}
