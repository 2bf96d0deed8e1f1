//! Requests that wait: for something, for each other, for nothing.

use std::time::Duration;

use exec::Script;
use exec::TerminationReason::{InitializationError, NeverResponds, WallClockTimeout};

use crate::support::{Worker, assert_ends, eventually, generous, new_isolate, run, text, tight};

#[tokio::test(flavor = "multi_thread")]
async fn lesson_21_a_promise_that_nothing_resolves_is_found_at_once() {
    for source in [
        "export default { fetch: () => new Promise(() => {}) }",
        "export default { async fetch() { await fetch('http://x/'); await new Promise(() => {}) } }",
        "export default { async fetch() { const t = setTimeout(() => {}, 1e6); clearTimeout(t); await new Promise(() => {}) } }",
        "export default { async fetch() { const c = new AbortController(); fetch('http://x/never', { signal: c.signal }).catch(() => {}); c.abort(); await new Promise(() => {}) } }",
        "addEventListener('fetch', (event) => event.respondWith(new Promise(() => {})))",
    ] {
        assert_ends(run(source).await, NeverResponds);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn lesson_21_requests_that_wait_for_each_other_are_found() {
    let worker = Worker::new(
        "const resolvers = [];
         export default { async fetch(request) {
             if (request.url.endsWith('/first')) await new Promise((r) => setTimeout(r, 30));
             return new Promise((resolve) => resolvers.push(resolve));
         } }",
    );
    let requests: Vec<_> = (0..10)
        .map(|n| {
            let worker = worker.clone();
            tokio::spawn(async move { worker.get(if n == 0 { "/first" } else { "/" }).await })
        })
        .collect();
    for request in requests {
        assert_ends(request.await.unwrap(), NeverResponds);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn lesson_39_a_request_may_be_answered_in_the_turn_of_another() {
    let worker = Worker::new(
        "let resolve;
         export default { async fetch(request) {
             const { pathname } = new URL(request.url);
             if (pathname === '/wait') {
                 const who = await new Promise((r) => { resolve = r });
                 console.log('in the log of the one that waited');
                 const fetched = await fetch('http://x/echo');
                 await new Promise((r) => setTimeout(r, 5));
                 return new Response('released by ' + who + ', ' + fetched.status);
             }
             console.log('looks');
             while (resolve === undefined) await new Promise((r) => setTimeout(r, 1));
             const release = resolve;
             resolve = undefined;
             release(pathname);
             return new Response('released it');
         } }",
    );
    for _ in 0..10 {
        let releasing = Worker { world: Default::default(), ..worker.clone() };
        let releases = {
            let releasing = releasing.clone();
            tokio::spawn(async move { releasing.text("/release").await })
        };
        // Alone, the one that waits would have nothing to wait for.
        eventually("it looks", || !releasing.world.lines().is_empty()).await;
        let waiting = Worker { world: Default::default(), ..worker.clone() };
        assert_eq!(waiting.text("/wait").await, "released by /release, 200");
        assert_eq!(releases.await.unwrap(), "released it");
        // What the code of one request does is done for that request, whoever has the turn.
        assert_eq!(releasing.world.lines(), ["looks"]);
        assert_eq!(releasing.world.started(), 0);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn lesson_21_the_wall_clock_runs_while_a_neighbour_has_the_isolate() {
    let isolate = new_isolate(generous());
    let busy = Worker::on(
        &isolate,
        Script::new(
            "export default { fetch() {
                 console.log('busy');
                 const end = performance.now() + 4000;
                 while (performance.now() < end);
                 return new Response('done');
             } }",
        ),
    );
    let short = generous().with_wall_clock(Duration::from_millis(300)).request;
    let source = "export default { async fetch(request) {
        console.log('begun');
        await fetch('http://x/never');
    } }";
    let quick = Worker::on(&isolate, Script::new(source).with_limits(short));
    let get = |worker: &Worker| {
        let worker = worker.clone();
        tokio::spawn(async move { worker.get("/").await })
    };
    // One waits already when the isolate is taken, the others wait for their first turn.
    let mut waiting = vec![get(&quick)];
    eventually("it waits", || quick.world.started() == 1).await;
    let hog = get(&busy);
    eventually("the isolate is taken", || !busy.world.lines().is_empty()).await;
    waiting.push(get(&quick));
    waiting.push(get(&quick));
    for request in waiting {
        assert_ends(request.await.unwrap(), WallClockTimeout);
    }
    assert!(!hog.is_finished(), "they did not have to wait for their turn");
    assert_eq!(text(&hog.await.unwrap().unwrap()), "done");
    quick.drained().await;
    assert_eq!(quick.world.lines(), ["begun"], "the others were never begun");
    assert!(quick.context.is_usable());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stalled_request_that_was_given_work_counts_as_alive() {
    // `/a` waits for a promise; `/b` resolves it, which starts a timer for `/a`, and then waits for what `/a` does
    // after that timer: at that moment `/b` has nothing pending of its own, but `/a` has.
    let worker = Worker::new(
        "let toA, toB;
         export default { async fetch(request) {
             if (request.url.endsWith('/a')) {
                 await new Promise((r) => { toA = r });
                 await new Promise((r) => setTimeout(r, 50));
                 await fetch('http://x/delay/50');
                 toB();
                 return new Response('a');
             }
             while (toA === undefined) await new Promise((r) => setTimeout(r, 1));
             await new Promise((r) => setTimeout(r, 20));
             toA();
             await new Promise((r) => { toB = r });
             return new Response('b');
         } }",
    );
    let b = {
        let worker = worker.clone();
        tokio::spawn(async move { worker.text("/b").await })
    };
    // By itself `/a` could never respond.
    eventually("`/b` is in flight", || worker.context.in_flight() == 1).await;
    assert_eq!(worker.text("/a").await, "a");
    assert_eq!(b.await.unwrap(), "b");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_operation_that_ends_at_once_is_not_taken_for_nothing() {
    let worker = Worker::new(
        "export default { async fetch() { for (let i = 0; i < 300; i++) await fetch('http://x/'); return new Response('all') } }",
    );
    let requests: Vec<_> = (0..8)
        .map(|_| {
            let worker = worker.clone();
            tokio::spawn(async move { worker.text("/").await })
        })
        .collect();
    for request in requests {
        assert_eq!(request.await.unwrap(), "all");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn requests_that_come_during_the_evaluation_wait_for_it() {
    let source = "
        let evaluations = 0;
        evaluations++;
        const module = await WebAssembly.compile(new Uint8Array([0, 97, 115, 109, 1, 0, 0, 0]));
        let requests = 0;
        export default { fetch: () => new Response(`${evaluations} ${++requests}`) }";
    for _ in 0..10 {
        let worker = Worker::new(source);
        let requests: Vec<_> = (0..10)
            .map(|_| {
                let worker = worker.clone();
                tokio::spawn(async move { worker.text("/").await })
            })
            .collect();
        let mut texts = Vec::new();
        for request in requests {
            texts.push(request.await.unwrap());
        }
        texts.sort_by_key(|text| text.len());
        texts[..9].sort();
        let expected: Vec<_> = (1..=10).map(|n| format!("1 {n}")).collect();
        assert_eq!(texts, expected);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_evaluation_that_is_given_up_is_handed_over() {
    // A module whose compilation takes long enough for its request to be dropped in the middle.
    let source = "
        const body = [0x41, 0, 0x1a];
        const code = [];
        for (let i = 0; i < 60000; i++) code.push(...body);
        const leb = (n) => { const out = []; do { out.push((n & 127) | (n > 127 ? 128 : 0)); n >>= 7 } while (n); return out };
        const func = [0, ...code, 11];
        const section = [1, ...leb(func.length), ...func];
        const bytes = new Uint8Array([0, 97, 115, 109, 1, 0, 0, 0, 1, 4, 1, 96, 0, 0, 3, 2, 1, 0, 10, ...leb(section.length), ...section]);
        await WebAssembly.compile(bytes);
        export default { fetch: () => new Response('evaluated') }";
    let worker = Worker::new(source);
    for delay in [0, 1, 2, 5, 10, 20, 30] {
        let abandoned = {
            let worker = worker.clone();
            tokio::spawn(async move { worker.get("/").await })
        };
        let waiting = {
            let worker = worker.clone();
            tokio::spawn(async move { worker.text("/").await })
        };
        tokio::time::sleep(Duration::from_millis(delay)).await;
        abandoned.abort();
        assert_eq!(waiting.await.unwrap(), "evaluated", "after {delay} ms");
        worker.context.reset();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_interrupted_evaluation_is_tried_again() {
    let worker = Worker::with_limits("while (true) {}; export default {}", tight());
    let requests: Vec<_> = (0..4)
        .map(|_| {
            let worker = worker.clone();
            tokio::spawn(async move { worker.get("/").await })
        })
        .collect();
    for request in requests {
        assert_ends(request.await.unwrap(), InitializationError);
    }
    assert!(!worker.context.is_ready());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_compilation_in_the_background_is_waited_for() {
    let source = "const bytes = new Uint8Array([0, 97, 115, 109, 1, 0, 0, 0]);
        export default { async fetch() {
            const { instance } = await WebAssembly.instantiate(bytes);
            return new Response(String(instance));
        } }";
    let limits = generous().with_wall_clock(Duration::from_secs(10));
    assert_eq!(Worker::with_limits(source, limits).text("/").await, "[object WebAssembly.Instance]");
}
