//! What one request leaves to the next on the same context, and what not.

use std::time::Duration;

use exec::Script;

use crate::support::{Worker, eventually, generous, new_isolate, text};

const COUNTER: &str = "let count = 0; export default { fetch: () => new Response(String(++count)) }";

#[tokio::test(flavor = "multi_thread")]
async fn a_warm_context_keeps_its_globals() {
    let worker = Worker::new(COUNTER);
    for expected in 1..5 {
        assert_eq!(worker.text("/").await, expected.to_string());
    }
    assert!(worker.context.is_ready());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reset_forgets_them() {
    let worker = Worker::new(COUNTER);
    for _ in 0..3 {
        assert_eq!(worker.text("/").await, "1");
        worker.context.reset();
        assert!(!worker.context.is_ready());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn another_context_on_the_isolate_shares_nothing() {
    let isolate = new_isolate(generous());
    let script = Script::new(
        "const before = [globalThis.mark, Array.prototype.mark, Object.mark].join();
         globalThis.mark = Array.prototype.mark = Object.mark = 'seen';
         export default { fetch: () => new Response(before) }",
    );
    for _ in 0..3 {
        assert_eq!(Worker::on(&isolate, script.clone()).text("/").await, ",,");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reset_leaves_requests_in_flight_alone() {
    let worker = Worker::new(
        "let count = 0; export default { async fetch(request) {
             count++;
             if (request.url.endsWith('/slow')) await fetch('http://x/delay/100');
             return new Response(String(count));
         } }",
    );
    let slow = {
        let worker = worker.clone();
        tokio::spawn(async move { worker.text("/slow").await })
    };
    eventually("it waits", || worker.world.started() == 1).await;
    worker.context.reset();
    assert_eq!(worker.text("/").await, "1");
    assert_eq!(worker.text("/").await, "2");
    assert_eq!(slow.await.unwrap(), "1");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_limit_makes_the_next_request_start_anew() {
    let worker = Worker::with_limits(
        "let count = 0; export default { fetch(request) { count++; if (request.url.endsWith('/loop')) while (true) {}; return new Response(String(count)) } }",
        crate::support::tight(),
    );
    assert_eq!(worker.text("/").await, "1");
    worker.failure("/loop").await;
    assert!(!worker.context.is_usable());
    assert_eq!(worker.text("/").await, "1");
}

#[tokio::test(flavor = "multi_thread")]
async fn lesson_29_a_late_completion_reaches_nobody_else() {
    // Every other request starts fetches and timers and answers at once; what comes late belongs to one that is gone.
    // Late enough that no request is still in its turn by then, however busy the machine is.
    let worker = Worker::new(
        "let leaked = 0; const seen = [];
         export default { async fetch(request) {
             const { pathname } = new URL(request.url);
             if (pathname === '/leave') {
                 for (let i = 0; i < 5; i++) {
                     fetch('http://x/delay/250').then(() => { leaked++ });
                     setTimeout(() => { leaked++ }, 200);
                 }
                 return new Response('left');
             }
             const mine = await Promise.all([1, 2, 3].map((n) => fetch('http://x/echo?' + pathname + n).then((r) => r.json())));
             return new Response(mine.map((echo) => new URL(echo.url).search).join() + ' ' + leaked);
         } }",
    );
    for round in 0..10 {
        worker.text("/leave").await;
        let answer = worker.text(&format!("/{round}")).await;
        assert!(answer.starts_with(&format!("?/{round}1,?/{round}2,?/{round}3 ")), "{answer}");
    }
    tokio::time::sleep(Duration::from_millis(400)).await;
    assert!(worker.text("/last").await.ends_with(" 0"));
}

#[tokio::test(flavor = "multi_thread")]
async fn lesson_30_intervals_end_with_their_request() {
    let worker = Worker::new(
        "let ticks = 0;
         export default { async fetch(request) {
             if (request.url.endsWith('/start')) { setInterval(() => ticks++, 1); await new Promise((r) => setTimeout(r, 20)); }
             if (request.url.endsWith('/wait')) await new Promise((r) => setTimeout(r, 60));
             return new Response(String(ticks));
         } }",
    );
    let ticks: u32 = worker.text("/start").await.parse().unwrap();
    assert!(ticks > 0);
    worker.drained().await;
    let before = worker.text("/").await;
    assert_eq!(worker.text("/wait").await, before);
    assert_eq!(worker.text("/").await, before);
}

#[tokio::test(flavor = "multi_thread")]
async fn code_of_an_ended_request_starts_nothing() {
    let worker = Worker::new(
        "let resume; const results = [];
         export default { async fetch(request, env, ctx) {
             const { pathname } = new URL(request.url);
             if (pathname === '/first') {
                 (async () => {
                     await new Promise((r) => { resume = r });
                     console.log('of the first');
                     for (const f of [() => fetch('http://x/'), () => setTimeout(() => results.push('fired'), 0), () => ctx.waitUntil(1), () => AbortSignal.timeout(0)])
                         try { await Promise.race([f(), 0]); results.push('-') } catch (e) { results.push(e.name) }
                 })();
                 return new Response();
             }
             if (pathname === '/second') { resume(); await new Promise((r) => setTimeout(r, 20)); }
             return new Response(results.join());
         } }",
    );
    worker.text("/first").await;
    worker.drained().await;
    let second = Worker { world: Default::default(), ..worker.clone() };
    let results = second.text("/second").await;
    assert!(!results.contains("fired"), "{results}");
    assert_eq!(second.world.started(), 0, "{results}");
    assert!(second.world.lines().is_empty(), "the log of another request: {:?}", second.world.lines());
    second.drained().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn lesson_39_each_request_keeps_its_own_context_across_awaits() {
    let worker = Worker::new(
        "export default { async fetch(request) {
             const { pathname } = new URL(request.url);
             for (let i = 0; i < 10; i++) {
                 await new Promise((r) => setTimeout(r, i % 3));
                 await fetch('http://x/echo');
                 await null;
                 queueMicrotask(() => console.log(pathname));
                 await new Promise((r) => queueMicrotask(r));
                 console.log(pathname);
             }
             return new Response(pathname);
         } }",
    );
    let requests: Vec<_> = (0..12)
        .map(|n| {
            let worker = Worker { world: Default::default(), ..worker.clone() };
            tokio::spawn(async move {
                let path = format!("/{n}");
                assert_eq!(worker.text(&path).await, path);
                let lines = worker.world.lines();
                assert_eq!(lines.len(), 20);
                assert!(lines.iter().all(|line| *line == path), "{path}: {lines:?}");
                assert_eq!(worker.world.started(), 10);
            })
        })
        .collect();
    for request in requests {
        request.await.unwrap();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn many_requests_at_once_are_all_answered() {
    let worker = Worker::new(
        "export default { async fetch(request) { await fetch('http://x/delay/5'); return new Response(await request.text()) } }",
    );
    let requests: Vec<_> = (0..200)
        .map(|n| {
            let worker = worker.clone();
            tokio::spawn(async move {
                let response = worker.request(crate::support::post("/", format!("{n}"))).await.unwrap();
                assert_eq!(text(&response), n.to_string());
            })
        })
        .collect();
    for request in requests {
        request.await.unwrap();
    }
    worker.drained().await;
    assert_eq!(worker.context.in_flight(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_script_can_be_prepared_ahead() {
    let worker =
        Worker::new("console.log('evaluated'); export default { fetch: () => new Response('ready') }");
    let world = std::sync::Arc::clone(&worker.world);
    worker.context.prepare(world.clone()).await.unwrap();
    assert!(worker.context.is_ready());
    worker.context.prepare(world).await.unwrap();
    assert_eq!(worker.text("/").await, "ready");
    assert_eq!(worker.world.lines(), ["evaluated"]);
    let broken = Worker::new("throw new Error('no')");
    assert!(broken.context.prepare(broken.world.clone()).await.is_err());
    broken.context.prepare_in_background(broken.world.clone());
    broken.drained().await;
    assert!(!broken.context.is_ready());
}
