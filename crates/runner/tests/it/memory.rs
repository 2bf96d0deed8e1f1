//! Limits of memory as a server has them, with an allocator that counts; and what becomes of isolates that nobody uses.

use std::fs;
use std::sync::Arc;
use std::time::Duration;

use exec::{Script, TerminationReason};
use runner::{IsolatePool, Reuse};

use crate::support::{Runner, World, eventually, options, send, soon, text_of};

const MIB: u64 = 1 << 20;

/// Resident memory of the server, in bytes.
fn resident(runner: &Runner) -> u64 {
    let process = runner.child.id().unwrap();
    let statm = fs::read_to_string(format!("/proc/{process}/statm")).unwrap();
    statm.split_whitespace().nth(1).unwrap().parse::<u64>().unwrap() * 4096
}

/// Calls a worker that keeps more with every request until it is stopped; not beyond what it may keep by much.
async fn is_stopped(source: &str) {
    let flags = ["--heap-mb", "64", "--cpu-ms", "20000", "--idle-collect-ms", "100"];
    let runner = Runner::serve(&[("w.mjs", source)], &flags).await;
    assert_eq!(runner.get("/w/").await.text(), "1");
    let at_first = resident(&runner);
    let mut most = 0;
    let mut answered = 1;
    let stopped = loop {
        let reply = runner.get("/w/").await;
        most = most.max(resident(&runner));
        if reply.status != 200 || reply.text() == "1" {
            break reply;
        }
        answered += 1;
        assert!(answered < 400, "nobody stops it: {} MiB", most / MIB);
    };
    // Either the request that went too far was stopped, or the one before was answered and cost the isolate.
    if stopped.status != 200 {
        assert_eq!((stopped.status, stopped.header("x-termination-reason")), (429, "MemoryLimit"));
    }
    let sizes = format!("{answered} answers, from {} to {} MiB", at_first / MIB, most / MIB);
    assert!(most < at_first + 192 * MIB, "{sizes}");
    assert!(runner.stats().await["evictions"]["condemned"].as_u64() >= Some(1));
    eventually("the memory to come back", || resident(&runner) < at_first + 48 * MIB).await;
}

#[tokio::test]
async fn lesson_50_a_worker_that_keeps_formats_is_stopped() {
    is_stopped(
        "let count = 0; const keep = [];
         export default { fetch() {
             for (let i = 0; i < 100; i++) keep.push(new Intl.DateTimeFormat('de', { dateStyle: 'full', timeStyle: 'long' }));
             return new Response(String(++count));
         } }",
    )
    .await;
}

/// Makes a module of about `size` bytes that differs from others by its number: one data segment.
const WASM: &str = "
    const leb = (n) => { const b = []; do { b.push((n & 127) | (n > 127 ? 128 : 0)); n >>>= 7 } while (n); return b };
    const wasm = (n, size) => {
        const segment = [1, 1, ...leb(size)];
        const head = [0, 97, 115, 109, 1, 0, 0, 0, 11, ...leb(segment.length + size), ...segment];
        const bytes = new Uint8Array(head.length + size);
        bytes.set(head);
        new DataView(bytes.buffer).setUint32(head.length, n);
        return bytes;
    };
";

#[tokio::test]
async fn lesson_50_a_worker_that_keeps_wasm_modules_is_stopped() {
    is_stopped(&format!(
        "{WASM} let count = 0, number = 0; const keep = [];
         export default {{ fetch() {{
             for (let i = 0; i < 5; i++) keep.push(new WebAssembly.Module(wasm(number++, 1 << 20)));
             return new Response(String(++count));
         }} }}",
    ))
    .await;
}

#[tokio::test]
async fn lesson_50_garbage_behind_small_objects_costs_nobody_his_isolate() {
    let source = &format!(
        "{WASM} let count = 0, number = 0;
         export default {{ fetch() {{
             for (let i = 0; i < 100; i++) new Intl.DateTimeFormat('de', {{ dateStyle: 'full' }}).format(i);
             for (let i = 0; i < 3; i++) new WebAssembly.Module(wasm(number++, 1 << 20));
             for (let i = 0; i < 3000; i++) new Uint8Array(i);
             for (let i = 0; i < 20; i++) new Function(`return ${{number++}}`)();
             return new Response(String(++count));
         }} }}",
    );
    let runner = Runner::serve(&[("w.mjs", source)], &["--heap-mb", "64", "--cpu-ms", "20000"]).await;
    for count in 1..=100 {
        assert_eq!(runner.get("/w/").await.text(), count.to_string());
    }
}

#[tokio::test]
async fn lesson_50_compilations_cost_nobody_his_isolate() {
    // Each of them is run often enough for V8 to compile it a second time, with the memory that takes.
    let source = "let count = 0, number = 0; export default { fetch() {
        for (let i = 0; i < 800; i++) {
            const f = new Function('x', `let y = ${number++}; for (let j = 0; j < x; j++) y += j; return y`);
            f(3000);
        }
        return new Response(String(++count));
    } }";
    let flags = ["--heap-mb", "64", "--cpu-ms", "60000", "--idle-collect-ms", "50"];
    let runner = Runner::serve(&[("w.mjs", source)], &flags).await;
    for count in 1..=5 {
        assert_eq!(runner.get("/w/").await.text(), count.to_string());
    }
    tokio::time::sleep(Duration::from_millis(200)).await;
    assert_eq!(runner.get("/w/").await.text(), "6", "its isolate is still there");
}

#[tokio::test]
async fn lesson_49_one_allocation_above_the_limit_is_stopped() {
    let source = "let kept; export default { fetch(request) {
        if (request.url.endsWith('/hello')) return new Response('hello');
        const array = new Array(2 ** 25).fill(0);
        if (request.url.endsWith('/keep')) kept = array;
        return new Response(String(array.length));
    } }";
    let runner = Runner::serve(&[("w.mjs", source)], &["--heap-mb", "64", "--cpu-ms", "20000"]).await;
    assert_eq!(runner.get("/w/hello").await.text(), "hello");
    let at_first = resident(&runner);
    for path in ["/w/", "/w/keep"] {
        let reply = runner.get(path).await;
        assert_eq!((reply.status, reply.header("x-termination-reason")), (429, "MemoryLimit"), "{path}");
        assert_eq!(runner.get("/w/hello").await.text(), "hello");
    }
    eventually("the memory to come back", || resident(&runner) < at_first + 48 * MIB).await;
    let stats = runner.stats().await;
    assert_eq!(stats["lost"]["isolates"], 0, "{stats}");
}

async fn text(pool: &IsolatePool, worker: &str, source: &str, path: &str) -> String {
    text_of(soon(send(pool, worker, &Script::new(source), &World::new(), path)).await)
}

/// Leaves 40 MB of garbage or keeps it.
const HEAVY: &str = "let kept; export default { fetch(request) {
    let array = [];
    if (!request.url.endsWith('/small')) for (let i = 0; i < 300; i++) array.push(new Array(2 ** 14).fill(i));
    if (request.url.endsWith('/keep')) kept = array;
    return new Response(String(array.length));
} }";

#[tokio::test]
async fn lesson_49_the_pool_counts_what_the_last_turn_left() {
    let pool = IsolatePool::new(options().with_idle_collect(None)).unwrap();
    text(&pool, "a", HEAVY, "/small").await;
    eventually("the first size", || pool.stats().heap_bytes > 0).await;
    assert!(pool.stats().heap_bytes < 16 * MIB, "{:?}", pool.stats());
    text(&pool, "a", HEAVY, "/keep").await;
    eventually("the second size", || pool.stats().heap_bytes > 38 * MIB).await;
}

#[tokio::test]
async fn idle_isolates_are_collected() {
    let options = options().with_idle_collect(Some(Duration::from_millis(60)));
    let pool = IsolatePool::new(options).unwrap();
    for worker in ["a", "b", "c"] {
        text(&pool, worker, HEAVY, "/garbage").await;
    }
    text(&pool, "d", HEAVY, "/keep").await;
    eventually("garbage to go, and what is kept to stay", || {
        let bytes = pool.stats().heap_bytes;
        bytes > 38 * MIB && bytes < 38 * MIB + 4 * 8 * MIB
    })
    .await;
    let turns = pool.stats().threads.turns;
    assert_eq!(text(&pool, "d", HEAVY, "/small").await, "0");
    eventually("nothing more to be collected", || pool.stats().idle == 4).await;
    assert!(pool.stats().threads.turns >= turns);
    assert_eq!(pool.stats().evictions.condemned, 0);
}

#[tokio::test]
async fn isolates_that_are_idle_for_long_are_evicted() {
    let options = options().with_idle_collect(None).with_idle_evict(Some(Duration::from_millis(60)));
    let pool = IsolatePool::new(options).unwrap();
    text(&pool, "a", HEAVY, "/small").await;
    let lease = soon(pool.acquire("b")).await.unwrap();
    eventually("the idle one to go", || pool.stats().evictions.idle == 1).await;
    assert!(!pool.contains("a") && pool.contains("b"));
    drop(lease);
    eventually("the other", || pool.stats().evictions.idle == 2).await;
    assert_eq!(pool.stats().live, 0);
}

#[tokio::test]
async fn a_context_made_ready_does_not_outlive_the_eviction_of_its_isolate() {
    let pool = IsolatePool::new(options().with_reuse(Reuse::Fresh)).unwrap();
    let source = "console.log('evaluated'); export default { fetch() { return new Response('x') } }";
    let world = World::new();
    let answer = soon(send(&pool, "a", &Script::new(source), &world, "/")).await;
    assert_eq!(text_of(answer), "x");
    let isolate = {
        let lease = soon(pool.acquire("a")).await.unwrap();
        Arc::clone(lease.isolate())
    };
    pool.retire("a");
    eventually("the isolate to be given up", || isolate.condemned().is_some()).await;
    // Whatever was under way: nothing but this test has a share of it.
    eventually("the preparation to end", || Arc::strong_count(&isolate) == 1).await;
}

#[tokio::test]
async fn the_limit_names_itself() {
    let pool = IsolatePool::new(options().with_limits(options().limits.with_heap_max(32 << 20))).unwrap();
    let source = "export default { fetch() { const a = []; for (;;) a.push(new Array(1e6).fill(0)) } }";
    let end = soon(send(&pool, "a", &Script::new(source), &World::new(), "/")).await.unwrap_err();
    assert_eq!(end.reason, TerminationReason::MemoryLimit, "{end}");
    assert!(end.message.contains("32 MiB"), "{end}");
}

/// What V8 allocates in a turn and frees when it unlocks came to 8 KiB a turn.
#[tokio::test]
async fn lesson_50_turns_that_keep_nothing_never_add_up_to_the_limit() {
    const TURNS: u64 = 4_000;
    let source = "let count = 0; export default { fetch() { return new Response(String(++count)) } }";
    let runner = Runner::serve(&[("w.mjs", source)], &["--heap-mb", "16", "--idle-collect-ms", "0"]).await;
    for count in 1..=TURNS {
        let reply = runner.get("/w/").await;
        assert_eq!((reply.status, reply.text()), (200, count.to_string().as_str()), "a new isolate, or none");
    }
    let held = runner.stats().await["heap_bytes"].as_u64().unwrap();
    assert!(held < 16 * MIB, "{held} bytes");
}
