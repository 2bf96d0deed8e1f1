//! The pool without a server.

use std::collections::HashSet;
use std::future::Future;
use std::pin::pin;
use std::process::Command;
use std::sync::Arc;
use std::task::{Context, Poll, Wake, Waker};
use std::thread::{self, Thread};
use std::time::Duration;

use exec::{Body, Event, NoOperations, Script, TaskEvent, TerminationReason};
use http::Request;
use isolate::RuntimeLimits;
use runner::server::{Server, ServerOptions};
use runner::workers::{self, Workers};
use runner::{
    ExecutionMode, InitError, IsolatePool, Reuse, execute_pooled, get_pool, get_pool_stats, init_pool,
};

use crate::support::{Directory, World, eventually, exchange, options, send, soon, spawn_send, text_of};

fn counter() -> Script {
    Script::new("let count = 0; export default { fetch() { return new Response(String(++count)) } }")
}

fn hello() -> Script {
    Script::new("export default { fetch() { return new Response('hello') } }")
}

/// Answers once the world's fetches do.
fn fetching() -> Script {
    Script::new("export default { fetch() { return fetch('http://x/') } }")
}

async fn at_rest(pool: &IsolatePool) {
    eventually("the pool is at rest", || {
        let stats = pool.stats();
        stats.leased == 0 && stats.waiting == 0
    })
    .await;
}

async fn text(pool: &IsolatePool, worker: &str, script: &Script) -> String {
    text_of(soon(send(pool, worker, script, &World::new(), "/")).await)
}

async fn reason(pool: &IsolatePool, worker: &str, script: &Script, path: &str) -> TerminationReason {
    soon(send(pool, worker, script, &World::new(), path)).await.unwrap_err().reason
}

// ---- threads and runtimes ----

/// Runs the rest of the test `name` in a process of its own, in which V8 has not been started.
fn alone(name: &str) -> bool {
    const MARK: &str = "RUNNER_IT_ALONE";
    if std::env::var_os(MARK).is_some() {
        return true;
    }
    let output = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", name, "--nocapture", "--test-threads", "1"])
        .env(MARK, "1")
        .output()
        .unwrap();
    let stdout = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{stdout}{}", String::from_utf8_lossy(&output.stderr));
    assert!(stdout.contains("1 passed"), "{stdout}");
    false
}

#[test]
fn lesson_05_a_runtime_that_is_older_than_v8_can_execute() {
    if !alone("pool::lesson_05_a_runtime_that_is_older_than_v8_can_execute") {
        return;
    }
    let many = tokio::runtime::Builder::new_multi_thread().worker_threads(3).enable_all().build().unwrap();
    let one = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    // Its threads exist before V8 is started.
    many.block_on(async { tokio::spawn(async {}).await.unwrap() });
    let pool = IsolatePool::new(options()).unwrap();
    let world = World::new();
    world.answer();
    let script = Script::new(
        "export default { async fetch() {
            console.log('handler');
            await new Promise((go) => setTimeout(go, 1));
            const text = await (await fetch('http://x/')).text();
            console.log('after the fetch');
            return new Response(text);
        } }",
    );
    for worker in ["a", "b"] {
        assert_eq!(text_of(one.block_on(send(&pool, worker, &script, &world, "/"))), "fetched");
    }
    many.block_on(async {
        let tasks: Vec<_> =
            (0..20).map(|n| spawn_send(&pool, &format!("{}", n % 5), &script, &world, "/")).collect();
        for task in tasks {
            assert_eq!(text_of(task.await.unwrap()), "fetched");
        }
    });
    let lines = world.lines();
    assert_eq!(lines.len(), 44);
    for (thread, line) in lines {
        assert_eq!(thread.as_deref(), Some("isolate"), "{line}");
    }
    drop(pool);
}

/// What runs a future where there is no runtime at all.
fn block_on<F: Future>(future: F) -> F::Output {
    struct Unpark(Thread);
    impl Wake for Unpark {
        fn wake(self: Arc<Self>) {
            self.0.unpark();
        }
    }
    let waker = Waker::from(Arc::new(Unpark(thread::current())));
    let mut future = pin!(future);
    loop {
        if let Poll::Ready(output) = future.as_mut().poll(&mut Context::from_waker(&waker)) {
            return output;
        }
        thread::park();
    }
}

#[test]
fn without_a_tokio_runtime_everything_works_that_needs_none() {
    // A bound on the wait for an isolate is a timer of tokio's.
    let pool = IsolatePool::new(options().with_acquire_timeout(Duration::MAX)).unwrap();
    let world = World::new();
    let script = Script::new(
        "export default { async fetch(request) {
            await new Promise((go) => setTimeout(go, 5));
            if (!request.url.endsWith('/fetch')) return new Response('fine');
            try { await fetch('http://x/') } catch (error) { return new Response(error.name) }
        } }",
    );
    let callers: Vec<_> = (0..8)
        .map(|n| {
            let (pool, world, script) = (pool.clone(), Arc::clone(&world), script.clone());
            thread::spawn(move || {
                let worker = format!("{}", n % 3);
                assert_eq!(text_of(block_on(send(&pool, &worker, &script, &world, "/"))), "fine");
                assert_eq!(text_of(block_on(send(&pool, &worker, &script, &world, "/fetch"))), "TypeError");
            })
        })
        .collect();
    for caller in callers {
        caller.join().unwrap();
    }
    assert_eq!(world.started(), 0);
}

#[test]
fn the_future_of_execute_is_send() {
    fn send<T: Send>(future: T) -> T {
        future
    }
    let pool = IsolatePool::new(options()).unwrap();
    let script = hello();
    let request = Request::get("http://a.test/").body(Body::empty()).unwrap();
    drop(send(pool.execute("a", &script, Arc::new(NoOperations), Event::Fetch(request))));
    drop(send(pool.acquire("a")));
    drop(send(pool.shutdown()));
    let task = TaskEvent { id: String::new(), payload: serde_json::Value::Null, attempt: 1 };
    drop(send(execute_pooled("a", &script, Arc::new(NoOperations), Event::Task(task))));
}

#[tokio::test]
async fn the_pool_of_the_process_is_made_once() {
    let script = counter();
    let event = || Event::Fetch(Request::get("http://a.test/").body(Body::empty()).unwrap());
    assert!(get_pool().is_none() && get_pool_stats().is_none());
    let early = execute_pooled("a", &script, Arc::new(NoOperations), event()).await.unwrap_err();
    assert_eq!(early.reason, TerminationReason::Other);
    assert!(matches!(init_pool(0, RuntimeLimits::default()), Err(InitError::Pool(_))));

    let limits = options().limits;
    let pool = init_pool(7, limits).unwrap();
    for count in ["1", "2"] {
        let outcome = soon(execute_pooled("a", &script, Arc::new(NoOperations), event())).await;
        assert_eq!(text_of(outcome), count);
    }
    assert!(matches!(init_pool(8, limits), Err(InitError::AlreadyInitialized)));
    assert_eq!(get_pool_stats().unwrap().total, 7);
    assert_eq!(text(pool, "a", &script).await, "3");
    assert_eq!(text(get_pool().unwrap(), "a", &script).await, "4");
}

// ---- the cache ----

#[tokio::test]
async fn the_least_recently_used_goes_first() {
    let pool = IsolatePool::new(options().with_max_size(3)).unwrap();
    for worker in ["a", "b", "c", "a"] {
        text(&pool, worker, &hello()).await;
        at_rest(&pool).await;
    }
    let there = |workers: [&str; 4]| workers.map(|worker| pool.contains(worker));
    for (next, gone) in [("d", "b"), ("e", "c"), ("f", "a"), ("g", "d")] {
        assert!(pool.contains(gone));
        text(&pool, next, &hello()).await;
        at_rest(&pool).await;
        assert!(!pool.contains(gone), "{gone}: {:?}", there(["a", "b", "c", "d"]));
    }
    let stats = pool.stats();
    assert_eq!((stats.evictions.lru, stats.hits, stats.misses), (4, 1, 7));
    assert_eq!((stats.cached, stats.capacity, stats.live), (3, 0, 3));
}

#[tokio::test(flavor = "multi_thread")]
async fn fifty_callers_of_twenty_workers_in_a_pool_of_ten() {
    for concurrency in [1, 4] {
        let pool = IsolatePool::new(
            options().with_max_size(10).with_max_concurrent_per_isolate(concurrency).with_spares(2),
        )
        .unwrap();
        let (script, world) = (hello(), World::new());
        let callers: Vec<_> = (0..50_usize)
            .map(|caller| {
                let (pool, script, world) = (pool.clone(), script.clone(), Arc::clone(&world));
                tokio::spawn(async move {
                    for request in 0..20 {
                        let worker = format!("worker {}", (caller * 7 + request * 3) % 20);
                        assert_eq!(text_of(send(&pool, &worker, &script, &world, "/").await), "hello");
                    }
                })
            })
            .collect();
        for caller in callers {
            soon(caller).await.unwrap();
        }
        at_rest(&pool).await;
        let stats = pool.stats();
        assert_eq!(stats.hits + stats.misses, 1000);
        assert_eq!(stats.wait.count, 1000);
        let timed = stats.turn_wait.count;
        assert!(timed > 0 && timed < stats.threads.turns, "some of the turns: {stats:?}");
        assert!(stats.evictions.lru > 0 && stats.cached <= 10, "{stats:?}");
        assert_eq!(stats.created, stats.evictions.lru + stats.cached as u64);
        assert_eq!((stats.timeouts, stats.queue_full, stats.evictions.condemned), (0, 0, 0));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn one_worker_on_all_callers() {
    for reuse in [Reuse::Warm, Reuse::Fresh] {
        let pool = IsolatePool::new(options().with_reuse(reuse)).unwrap();
        let (script, world) = (counter(), World::new());
        let callers: Vec<_> = (0..50)
            .map(|_| {
                let (pool, script, world) = (pool.clone(), script.clone(), Arc::clone(&world));
                tokio::spawn(async move {
                    let mut counts = Vec::new();
                    for _ in 0..10 {
                        counts.push(text_of(send(&pool, "a", &script, &world, "/").await));
                    }
                    counts
                })
            })
            .collect();
        let mut counts = Vec::new();
        for caller in callers {
            counts.extend(soon(caller).await.unwrap());
        }
        let different: HashSet<_> = counts.iter().collect();
        match reuse {
            Reuse::Warm => assert_eq!((counts.len(), different.len()), (500, 500)),
            Reuse::Fresh => assert!(counts.iter().all(|count| count == "1")),
        }
        assert_eq!(pool.stats().created, 1);
    }
}

#[tokio::test]
async fn lesson_38_a_changed_version_or_environment_replaces_the_context() {
    let script = Script::new(
        "let count = 0;
         export default { fetch(request, env) { return new Response(`${++count} ${env.KEY}`) } }",
    );
    let one = script.clone().with_environment([("KEY", "one")]);
    let two = script.clone().with_environment([("KEY", "two")]);
    for reuse in [Reuse::Warm, Reuse::Fresh] {
        let pool = IsolatePool::new(options().with_reuse(reuse)).unwrap();
        let warm = reuse == Reuse::Warm;
        assert_eq!(text(&pool, "a", &one).await, "1 one");
        assert_eq!(text(&pool, "a", &one).await, if warm { "2 one" } else { "1 one" });
        assert_eq!(text(&pool, "a", &two).await, "1 two");
        assert_eq!(text(&pool, "a", &two.clone().with_version("2")).await, "1 two");
        assert_eq!(
            text(&pool, "a", &two.clone().with_version("2")).await,
            if warm { "2 two" } else { "1 two" }
        );
        // The same isolate all the time: stale versions keep none.
        assert_eq!((pool.stats().created, pool.stats().live), (1, 1));
    }
}

#[tokio::test]
async fn a_retired_worker_gets_a_new_isolate() {
    let pool = IsolatePool::new(options()).unwrap();
    assert_eq!(text(&pool, "a", &counter()).await, "1");
    assert_eq!(text(&pool, "a", &counter()).await, "2");
    at_rest(&pool).await;
    pool.retire("a");
    assert!(!pool.contains("a"));
    assert_eq!(text(&pool, "a", &counter()).await, "1");
    assert_eq!(pool.stats().evictions.replaced, 1);
}

#[tokio::test]
async fn fresh_leaves_nothing_and_has_the_next_context_ready() {
    let pool = IsolatePool::new(options().with_reuse(Reuse::Fresh)).unwrap();
    let script = Script::new(
        "console.log('evaluated');
         const seen = JSON.stringify([globalThis.mark, Array.prototype.mark, Object.keys(globalThis)]);
         export default { fetch(request) {
             console.log('handled');
             globalThis.mark = Array.prototype.mark = 'left behind';
             Response.prototype.text = Headers.prototype.get = null;
             setInterval(() => console.log('interval'), 1);
             return new Response(seen);
         } }",
    );
    let world = World::new();
    let mut answers = HashSet::new();
    for request in 1..=4 {
        answers.insert(text_of(soon(send(&pool, "a", &script, &world, "/")).await));
        // Evaluated once for this request, and ahead of the next.
        let evaluations = || world.lines().iter().filter(|(_, line)| line == "evaluated").count();
        eventually("the next context is ready", || evaluations() == request + 1).await;
    }
    assert_eq!(answers.len(), 1, "{answers:?}");
    assert!(answers.iter().next().unwrap().starts_with("[null,null,"), "{answers:?}");
    let intervals = || world.lines().iter().filter(|(_, line)| line == "interval").count();
    let before = intervals();
    tokio::time::sleep(Duration::from_millis(20)).await;
    assert_eq!(intervals(), before, "lesson 30");
    assert_eq!(pool.stats().created, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn replicas_appear_under_load_and_only_then() {
    let pool = IsolatePool::new(options().with_max_isolates_per_worker(3)).unwrap();
    let world = World::new();
    for _ in 0..20 {
        text(&pool, "a", &hello()).await;
        at_rest(&pool).await;
    }
    assert_eq!(pool.stats().created, 1);
    let requests: Vec<_> = (0..20).map(|_| spawn_send(&pool, "a", &fetching(), &world, "/")).collect();
    eventually("three at work", || world.started() == 3).await;
    let stats = pool.stats();
    assert_eq!((stats.created, stats.leased, stats.waiting), (3, 3, 17));
    world.answer();
    for request in requests {
        assert_eq!(text_of(soon(request).await.unwrap()), "fetched");
    }
    at_rest(&pool).await;
    assert_eq!(pool.stats().created, 3);
}

#[tokio::test]
async fn the_heap_budget_evicts() {
    const BUDGET: usize = 24 << 20;
    let pool = IsolatePool::new(options().with_max_total_heap(Some(BUDGET))).unwrap();
    let heavy = Script::new(
        "const kept = new Array(1e6).fill(0.5); // 8 MB
         export default { fetch() { return new Response(String(kept.length)) } }",
    );
    for round in 0..3 {
        for worker in ["a", "b", "c", "d"] {
            assert_eq!(text(&pool, worker, &heavy).await, "1000000");
            at_rest(&pool).await;
            assert!(pool.stats().heap_bytes <= BUDGET as u64, "{round} {worker}: {:?}", pool.stats());
        }
    }
    let stats = pool.stats();
    assert!(stats.evictions.lru >= 4 && stats.heap_bytes > 0 && stats.cached < 4, "{stats:?}");
}

// ---- overload, fairness, shutdown ----

#[tokio::test]
async fn lesson_44_overload_names_its_phase() {
    let pool = IsolatePool::new(
        options()
            .with_max_size(1)
            .with_max_waiters(2)
            .with_max_waiters_per_worker(1)
            .with_acquire_timeout(Duration::from_millis(200)),
    )
    .unwrap();
    let lease = soon(pool.acquire("a")).await.unwrap();
    let world = World::new();
    let script = hello();
    let (for_lease, key_full, for_slot, pool_full) = tokio::join!(
        biased;
        send(&pool, "a", &script, &world, "/"),
        send(&pool, "a", &script, &world, "/"),
        send(&pool, "b", &script, &world, "/"),
        send(&pool, "c", &script, &world, "/"),
    );
    for (outcome, text) in [
        (for_lease, "in the phase \"lease\""),
        (key_full, "the queue of the key is full"),
        (for_slot, "in the phase \"slot\""),
        (pool_full, "the queue of the pool is full"),
    ] {
        let termination = outcome.unwrap_err();
        assert_eq!(termination.reason, TerminationReason::Overloaded);
        assert!(termination.message.contains(text), "{termination}");
    }
    assert_eq!((pool.stats().timeouts, pool.stats().queue_full), (2, 2));
    drop(lease);
    assert_eq!(text(&pool, "b", &hello()).await, "hello");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_cold_worker_is_served_while_a_hot_one_saturates_the_pool() {
    for (size, concurrency) in [(1, 1), (1, 4), (3, 1), (3, 4)] {
        let pool = IsolatePool::new(
            options()
                .with_max_size(size)
                .with_max_concurrent_per_isolate(concurrency)
                .with_max_isolates_per_worker(3),
        )
        .unwrap();
        let busy = Script::new(
            "export default { async fetch() {
                for (let i = 0; i < 1e5; i++);
                await new Promise((go) => setTimeout(go, 1));
                return new Response('busy');
            } }",
        );
        let world = World::new();
        let hot: Vec<_> = (0..40)
            .map(|_| {
                let (pool, world, busy) = (pool.clone(), Arc::clone(&world), busy.clone());
                tokio::spawn(async move {
                    loop {
                        assert_eq!(text_of(send(&pool, "hot", &busy, &world, "/").await), "busy");
                    }
                })
            })
            .collect();
        eventually("the queue of the hot worker", || pool.stats().waiting > 10).await;
        for n in 0..6 {
            assert_eq!(text(&pool, &format!("cold {}", n % 3), &hello()).await, "hello");
        }
        for hot in hot {
            hot.abort();
        }
        at_rest(&pool).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn shutdown_waits_for_what_is_in_flight_and_refuses_the_rest() {
    let pool = IsolatePool::new(options().with_max_size(2)).unwrap();
    let world = World::new();
    let script = Script::new(
        "export default { fetch(request, env, ctx) {
            ctx.waitUntil(fetch('http://x/').then(() => console.log('done')));
            return new Response('now');
        } }",
    );
    assert_eq!(text_of(soon(send(&pool, "a", &script, &world, "/")).await), "now");
    let mut waits = pin!(send(&pool, "a", &script, &world, "/"));
    assert!(std::future::poll_fn(|cx| Poll::Ready(waits.as_mut().poll(cx))).await.is_pending());
    let shutdown = tokio::spawn({
        let pool = pool.clone();
        async move { pool.shutdown().await }
    });
    assert_eq!(soon(waits).await.unwrap_err().reason, TerminationReason::Terminated);
    assert_eq!(reason(&pool, "b", &hello(), "/").await, TerminationReason::Terminated);
    tokio::time::sleep(Duration::from_millis(50)).await;
    assert!(!shutdown.is_finished() && !world.has_logged("done"));
    world.answer();
    soon(shutdown).await.unwrap();
    assert!(world.has_logged("done"));
    assert_eq!((pool.stats().live, pool.stats().evictions.shutdown), (0, 1));
    soon(pool.shutdown()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_pool_that_is_dropped_lets_its_requests_finish() {
    let pool = IsolatePool::new(options()).unwrap();
    let world = World::new();
    let request = tokio::spawn({
        let (pool, world) = (pool.clone(), Arc::clone(&world));
        async move { send(&pool, "a", &fetching(), &world, "/").await }
    });
    eventually("the fetch", || world.started() == 1).await;
    drop(pool);
    world.answer();
    assert_eq!(text_of(soon(request).await.unwrap()), "fetched");
}

// ---- modes ----

#[tokio::test(flavor = "multi_thread")]
async fn every_mode_answers_and_gives_everything_back() {
    for mode in [ExecutionMode::Pooled, ExecutionMode::Oneshot, ExecutionMode::Pinned] {
        for reuse in [Reuse::Warm, Reuse::Fresh] {
            let pool =
                IsolatePool::new(options().with_mode(mode).with_reuse(reuse).with_max_size(4)).unwrap();
            let world = World::new();
            world.answer();
            let script = Script::new(
                "export default { async fetch(request, env, ctx) {
                    ctx.waitUntil(new Promise((go) => setTimeout(go, 5)).then(() => console.log('late')));
                    return fetch('http://x/');
                } }",
            );
            let callers: Vec<_> = (0..24)
                .map(|n| {
                    let (pool, script, world) = (pool.clone(), script.clone(), Arc::clone(&world));
                    tokio::spawn(
                        async move { send(&pool, &format!("{}", n % 6), &script, &world, "/").await },
                    )
                })
                .collect();
            for caller in callers {
                assert_eq!(text_of(soon(caller).await.unwrap()), "fetched");
            }
            eventually("waitUntil", || world.lines().len() == 24).await;
            at_rest(&pool).await;
            eventually("everything is counted", || pool.stats().hold.count == 24).await;
            let is_left = |live| mode == ExecutionMode::Oneshot && live > 0;
            eventually("what served once is gone", || !is_left(pool.stats().live)).await;
            let stats = pool.stats();
            assert_eq!(stats.wait.count, 24, "{mode:?} {reuse:?}");
            assert_eq!(stats.threads.width, 2);
            assert_eq!(stats.total, 4);
            if mode == ExecutionMode::Oneshot {
                assert_eq!((stats.created, stats.evictions.replaced, stats.live), (24, 24, 0));
                assert_eq!(stats.spares.used + stats.spares.made_to_order, 24);
            }
            soon(pool.shutdown()).await;
            assert_eq!(pool.stats().live, 0);
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn one_shots_have_the_bounds_of_the_pool() {
    let mode = ExecutionMode::Oneshot;
    let pool = IsolatePool::new(options().with_mode(mode).with_max_size(2).with_max_waiters(3)).unwrap();
    let world = World::new();
    let start = || spawn_send(&pool, "a", &fetching(), &world, "/");
    let served = [start(), start()];
    eventually("both are at work", || world.started() == 2).await;
    let waiting = [start(), start(), start()];
    eventually("the queue", || pool.stats().waiting == 3).await;
    let stats = pool.stats();
    assert_eq!((stats.leased, stats.live), (2, 2));
    assert_eq!(reason(&pool, "b", &hello(), "/").await, TerminationReason::Overloaded);
    let shutdown = tokio::spawn({
        let pool = pool.clone();
        async move { pool.shutdown().await }
    });
    for request in waiting {
        assert_eq!(soon(request).await.unwrap().unwrap_err().reason, TerminationReason::Terminated);
    }
    assert!(!shutdown.is_finished());
    world.answer();
    for request in served {
        assert_eq!(text_of(soon(request).await.unwrap()), "fetched");
    }
    soon(shutdown).await.unwrap();
    assert_eq!(pool.stats().live, 0);
}

#[tokio::test]
async fn lesson_44_a_server_answers_503_when_its_pool_refuses() {
    let options =
        options().with_max_size(1).with_max_waiters(1).with_acquire_timeout(Duration::from_millis(300));
    let pool = IsolatePool::new(options).unwrap();
    let directory =
        Directory::new(&[("w.js", "export default { fetch() { return new Response('hello') } }")]);
    let workers = Workers::new(|_| NoOperations);
    workers.adopt_all(workers::read([directory.path()], &Default::default())).unwrap();
    let local = ([127, 0, 0, 1], 0).into();
    let server = Server::bind(local, workers, pool.clone(), ServerOptions::default()).await.unwrap();
    let address = server.local_address().tcp().unwrap();
    let serving = tokio::spawn(server.run(std::future::pending()));
    let get = || exchange(address, "GET /w/ HTTP/1.1\r\nHost: a.test\r\n\r\n");

    let lease = soon(pool.acquire("other")).await.unwrap();
    // One waits for a slot until its time is up, the other is refused at once.
    for reply in <[_; 2]>::from(tokio::join!(get(), get())) {
        assert_eq!((reply.status, reply.header("retry-after")), (503, "1"));
        assert_eq!(reply.header("x-termination-reason"), "Overloaded");
    }
    assert_eq!((pool.stats().timeouts, pool.stats().queue_full), (1, 1));
    drop(lease);
    assert_eq!(get().await.text(), "hello");
    serving.abort();
}

// ---- losses ----

#[tokio::test(flavor = "multi_thread")]
async fn lesson_25_a_memory_kill_ends_all_requests_of_its_isolate_and_the_next_one_works() {
    for reuse in [Reuse::Warm, Reuse::Fresh] {
        let limits = options().limits.with_heap_max(32 << 20);
        let pool = IsolatePool::new(
            options().with_limits(limits).with_reuse(reuse).with_max_concurrent_per_isolate(8),
        );
        let pool = pool.unwrap();
        let world = World::new();
        let script = Script::new(
            "export default { async fetch(request) {
                if (request.url.endsWith('/wait')) return fetch('http://x/');
                const kept = [];
                while (request.url.endsWith('/grow')) kept.push(new Array(1000).fill(kept.length));
                return new Response('fine');
            } }",
        );
        let neighbours: Vec<_> = (0..7).map(|_| spawn_send(&pool, "a", &script, &world, "/wait")).collect();
        eventually("the neighbours", || world.started() == 7).await;
        assert_eq!(reason(&pool, "a", &script, "/grow").await, TerminationReason::MemoryLimit);
        assert_eq!(text(&pool, "a", &script).await, "fine");
        for neighbour in neighbours {
            let reason = soon(neighbour).await.unwrap().unwrap_err().reason;
            assert_eq!(reason, TerminationReason::MemoryLimit);
        }
        eventually("the fetches are cancelled", || world.cancelled() == 7).await;
        at_rest(&pool).await;
        let stats = pool.stats();
        assert_eq!((stats.created, stats.evictions.condemned, stats.live), (2, 1, 1));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn lesson_25_other_limits_leave_the_neighbours_alone() {
    let limits = options().limits.with_cpu_time(Duration::from_millis(200));
    let pool = IsolatePool::new(options().with_limits(limits).with_max_concurrent_per_isolate(8)).unwrap();
    let world = World::new();
    let script = Script::new(
        "export default { async fetch(request) {
            if (request.url.endsWith('/wait')) return fetch('http://x/');
            if (request.url.endsWith('/loop')) while (true);
            if (request.url.endsWith('/throw')) throw new Error('thrown');
            return new Response('fine');
        } }",
    );
    let neighbours: Vec<_> = (0..4).map(|_| spawn_send(&pool, "a", &script, &world, "/wait")).collect();
    eventually("the neighbours", || world.started() == 4).await;
    for _ in 0..3 {
        assert_eq!(reason(&pool, "a", &script, "/loop").await, TerminationReason::CpuTimeLimit);
        assert_eq!(reason(&pool, "a", &script, "/throw").await, TerminationReason::Exception);
        assert_eq!(text(&pool, "a", &script).await, "fine");
    }
    world.answer();
    for neighbour in neighbours {
        assert_eq!(text_of(soon(neighbour).await.unwrap()), "fetched");
    }
    assert_eq!(pool.stats().created, 1);
}

/// A request must not find the isolate of one that was killed a moment ago, nor pay for it.
#[tokio::test(flavor = "multi_thread")]
async fn lesson_23_who_comes_after_a_kill_is_not_killed() {
    let limits = options().limits.with_heap_max(16 << 20).with_cpu_time(Duration::from_secs(5));
    for (kill, concurrency) in [
        ("const kept = []; while (true) kept.push(new Array(1000).fill(kept.length))", 1),
        ("const kept = []; while (true) kept.push(new WebAssembly.Memory({ initial: 64 }))", 1),
        // Notices only after its turn that it has too much.
        ("globalThis.kept = new WebAssembly.Memory({ initial: 400 }); return new Response('too much')", 1),
        ("new Array(2 ** 27).fill(0)", 1),
    ] {
        let pool = IsolatePool::new(
            options().with_limits(limits).with_max_concurrent_per_isolate(concurrency).with_spares(2),
        )
        .unwrap();
        let script = Script::new(format!(
            "export default {{ async fetch(request) {{
                 if (request.url.endsWith('/kill')) {{ {kill} }}
                 return new Response('fine');
             }} }}"
        ));
        let world = World::new();
        for round in 0..8 {
            let worker = format!("worker {round}");
            let requests: Vec<_> = ["/kill", "/", "/", "/"]
                .map(|path| spawn_send(&pool, &worker, &script, &world, path))
                .into_iter()
                .collect();
            for (n, request) in requests.into_iter().enumerate() {
                let outcome = soon(request).await.unwrap();
                if n > 0 {
                    assert!(outcome.is_ok(), "{kill}, round {round}: {outcome:?}");
                }
            }
        }
        at_rest(&pool).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_script_that_goes_on_costing_threads_is_quarantined() {
    goes_on_costing_threads("new WebAssembly.Table({ initial: 1e7, element: 'anyfunc' })").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn lesson_47_fatal_errors_of_v8_are_lost_memory_and_lead_to_quarantine() {
    goes_on_costing_threads("'a'.repeat(2 ** 27 + 10).split('')").await;
}

/// `lose` runs out of memory in V8, or has it fail.
async fn goes_on_costing_threads(lose: &str) {
    for mode in [ExecutionMode::Pooled, ExecutionMode::Oneshot] {
        let limits = options().limits.with_heap_max(16 << 20).with_cpu_time(Duration::from_secs(20));
        let pool = IsolatePool::new(options().with_limits(limits).with_mode(mode)).unwrap();
        let script = Script::new(format!(
            "export default {{ fetch(request) {{
                if (request.url.endsWith('/lose')) {{ {lose} }}
                return new Response('fine');
            }} }}"
        ));
        let stats = || pool.stats();
        for n in 1..=4 {
            assert_eq!(reason(&pool, "a", &script, "/lose").await, TerminationReason::MemoryLimit);
            eventually("the loss is noted", || stats().lost.isolates == n).await;
            assert!(stats().lost.bytes >= (n as u64) * (16 << 20));
            assert_eq!(stats().threads.replaced, n as u64);
            if n < 4 {
                assert_eq!(text(&pool, "a", &script).await, "fine");
            }
        }
        for path in ["/lose", "/"] {
            let refusal = soon(send(&pool, "a", &script, &World::new(), path)).await.unwrap_err();
            assert_eq!(refusal.reason, TerminationReason::Terminated);
            assert!(refusal.message.starts_with("quarantined for another"), "{refusal}");
        }
        assert_eq!((stats().quarantined.scripts, stats().quarantined.refused), (1, 2));
        // Neither others nor a new version of it are concerned.
        assert_eq!(text(&pool, "b", &script).await, "fine");
        assert_eq!(text(&pool, "a", &script.clone().with_version("2")).await, "fine");
        at_rest(&pool).await;
    }
}
