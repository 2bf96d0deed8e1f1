//! Promises that requests share, when the request that started the work behind them ends first.

use std::time::Duration;

use exec::TerminationReason::{Aborted, CpuTimeLimit, NeverResponds, WallClockTimeout};
use exec::{Script, TerminationReason};
use tokio::task::JoinHandle;

use crate::support::{Answer, Worker, assert_ends, eventually, generous, new_isolate, text};

fn spawn(worker: &Worker, path: &'static str) -> JoinHandle<Answer> {
    let worker = worker.clone();
    tokio::spawn(async move { worker.get(path).await })
}

/// A request that is in flight, and has had its turn.
async fn begun(worker: &Worker, path: &'static str) -> JoinHandle<Answer> {
    let lines = worker.world.lines().len();
    let request = spawn(worker, path);
    let world = &worker.world;
    eventually("it has begun", || world.lines().len() > lines).await;
    request
}

async fn answer(request: JoinHandle<Answer>) -> String {
    text(&request.await.unwrap().unwrap())
}

/// One promise for all: that of the first never resolves, later ones do.
const SHARED_FETCH: &str = "
    let shared = null, n = 0;
    export default { async fetch(request) {
        shared ??= fetch(n++ ? 'http://x/' : 'http://x/never').then((r) => r.text()).finally(() => shared = null);
        const waiting = shared;
        console.log('begun');
        try { return new Response(await waiting) } catch (error) { return new Response(error.name) }
    } }";

#[tokio::test(flavor = "multi_thread")]
async fn lesson_51_a_shared_fetch_whose_first_caller_goes_away() {
    let worker = Worker::new(SHARED_FETCH);
    let first = begun(&worker, "/").await;
    let others = [begun(&worker, "/").await, begun(&worker, "/").await];
    first.abort();
    for other in others {
        assert_eq!(answer(other).await, "AbortError");
    }
    assert_eq!(worker.text("/").await, "ok");
    worker.drained().await;
    assert!(worker.context.is_usable(), "nothing had to be renewed");
}

#[tokio::test(flavor = "multi_thread")]
async fn lesson_51_a_shared_fetch_whose_first_caller_runs_out_of_time() {
    let isolate = new_isolate(generous());
    let short = generous().with_wall_clock(Duration::from_secs(2)).request;
    let worker = Worker::on(&isolate, Script::new(SHARED_FETCH).with_limits(short));
    let first = begun(&worker, "/").await;
    tokio::time::sleep(Duration::from_millis(1000)).await;
    let other = begun(&worker, "/").await;
    assert_ends(first.await.unwrap(), WallClockTimeout);
    assert_eq!(answer(other).await, "AbortError");
    assert_eq!(worker.text("/").await, "ok");
}

/// A lock that is passed on in `finally`.
const MUTEX: &str = "
    let tail = Promise.resolve(), n = 0;
    async function locked(work) {
        const before = tail;
        let release;
        tail = new Promise((resolve) => { release = resolve });
        await before;
        try { return await work() } finally { release() }
    }
    const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));";

#[tokio::test(flavor = "multi_thread")]
async fn lesson_51_a_lock_whose_holder_goes_away() {
    let worker = Worker::new(&format!(
        "{MUTEX} export default {{ async fetch() {{
             console.log('begun');
             const mine = n++;
             return new Response(await locked(async () => (await fetch(mine ? 'http://x/' : 'http://x/never')).text()));
         }} }}"
    ));
    let first = begun(&worker, "/").await;
    let others = [begun(&worker, "/").await, begun(&worker, "/").await];
    first.abort();
    for other in others {
        assert_eq!(answer(other).await, "ok");
    }
    assert_eq!(worker.text("/").await, "ok");
}

#[tokio::test(flavor = "multi_thread")]
async fn lesson_51_a_lock_whose_holder_slept() {
    // It sleeps to its end in the turns of those who wait, and does so again.
    for pauses in [1, 3] {
        let worker = Worker::new(&format!(
            "{MUTEX} export default {{ async fetch() {{
                 console.log('begun');
                 const mine = n++;
                 return new Response(await locked(async () => {{
                     for (let i = 0; i < {pauses}; i++) await sleep(mine ? 1 : 300);
                     return 'had it';
                 }}));
             }} }}"
        ));
        let first = begun(&worker, "/").await;
        let others = [begun(&worker, "/").await, begun(&worker, "/").await];
        first.abort();
        for other in others {
            assert_eq!(answer(other).await, "had it");
        }
        worker.drained().await;
        assert!(worker.context.is_usable(), "nothing had to be renewed");
        assert_eq!(worker.world.errors(), Vec::<String>::new());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn lesson_51_a_lock_whose_holder_sleeps_for_too_long() {
    // Longer than those who wait may take: they are told at once, and the realm is renewed.
    let worker = Worker::new(&format!(
        "{MUTEX} export default {{ async fetch() {{
             console.log('begun');
             const mine = n++;
             return new Response(await locked(async () => {{ await sleep(mine ? 1 : 3600000); return 'had it' }}));
         }} }}"
    ));
    let first = begun(&worker, "/").await;
    let other = begun(&worker, "/").await;
    first.abort();
    assert_ends(other.await.unwrap(), NeverResponds);
    worker.drained().await;
    assert!(!worker.context.is_usable());
    // The new realm has a first one that sleeps, and is answered as long as nobody aborts it.
    let holder = begun(&worker, "/").await;
    holder.abort();
    worker.drained().await;
    assert_ends(worker.get("/").await, NeverResponds);
    assert!(!worker.context.is_ready(), "renewed again");
}

/// The first request's timer has `ms`, those of others 1 ms.
fn shared_timer(ms: u32) -> Worker {
    Worker::new(&format!(
        "let shared = null, n = 0;
         export default {{ async fetch(request) {{
             const ms = n++ ? 1 : {ms};
             shared ??= new Promise((resolve) => setTimeout(resolve, ms)).finally(() => shared = null);
             const waiting = shared;
             console.log('begun');
             if (request.url.endsWith('/early')) return new Response('early');
             const own = new Promise((resolve, reject) => {{
                 if (request.url.endsWith('/impatient')) setTimeout(reject, 20000, new Error('too late'));
             }});
             await Promise.race([waiting, own]);
             return new Response('after the timer');
         }} }}"
    ))
}

#[tokio::test(flavor = "multi_thread")]
async fn lesson_51_a_shared_timer() {
    // One waits when the first goes away, with nothing to do or with a timer of its own; or comes later.
    for others in [vec!["/"], vec!["/impatient"], vec!["/", "/impatient", "/"], vec![]] {
        let worker = shared_timer(300);
        let first = begun(&worker, "/first").await;
        let mut waiting = Vec::new();
        for path in others {
            waiting.push(begun(&worker, path).await);
        }
        first.abort();
        for other in waiting {
            assert_eq!(answer(other).await, "after the timer");
        }
        assert_eq!(worker.text("/").await, "after the timer");
        worker.drained().await;
        assert!(worker.context.is_usable(), "nothing had to be renewed");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn lesson_51_a_shared_timer_goes_from_heir_to_heir() {
    let worker = shared_timer(1000);
    let mut waiting = vec![begun(&worker, "/first").await];
    for _ in 0..4 {
        waiting.push(begun(&worker, "/").await);
        waiting.remove(0).abort();
    }
    assert_eq!(answer(waiting.remove(0)).await, "after the timer");
    worker.drained().await;
    assert!(worker.context.is_usable(), "nothing had to be renewed");
}

#[tokio::test(flavor = "multi_thread")]
async fn lesson_51_a_timer_that_nobody_gave_to_wait_until() {
    let worker = shared_timer(100);
    assert_eq!(worker.text("/early").await, "early");
    worker.drained().await;
    for _ in 0..3 {
        assert_eq!(worker.text("/").await, "after the timer");
    }
    assert!(worker.context.is_usable(), "nothing had to be renewed");
}

#[tokio::test(flavor = "multi_thread")]
async fn lesson_51_a_refresh_that_tries_again_after_a_pause() {
    let worker = Worker::new(
        "let token = null, refreshing = null, n = 0;
         const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
         async function refresh() {
             for (let i = 0; i < 3; i++) {
                 try { return await (await fetch(n++ ? 'http://x/' : 'http://x/never')).text() }
                 catch { await sleep(1) }
             }
         }
         export default { async fetch(request) {
             refreshing ??= refresh().finally(() => { refreshing = null });
             const waiting = refreshing;
             console.log('begun');
             if (request.url.endsWith('/early')) return new Response('early');
             return new Response(String(await waiting));
         } }",
    );
    for path in ["/", "/early"] {
        let first = begun(&worker, path).await;
        let other = begun(&worker, "/").await;
        first.abort();
        // Its code can start no fetch any more, and gives up in the end.
        assert_eq!(answer(other).await, "undefined");
        assert_eq!(worker.text("/").await, "ok");
        worker.context.reset();
    }
    worker.drained().await;
    assert!(worker.context.is_usable(), "nothing had to be renewed");
    assert_eq!(worker.world.errors(), Vec::<String>::new());
}

#[tokio::test(flavor = "multi_thread")]
async fn lesson_51_a_shared_timer_that_is_due_too_late() {
    let worker = Worker::new(
        "let shared = null, n = 0;
         export default { async fetch(request) {
             const ms = request.url.endsWith('/first') ? 3600000 : 1;
             shared ??= new Promise((resolve) => setTimeout(resolve, ms)).finally(() => shared = null);
             console.log('begun');
             await shared;
             return new Response('after the timer');
         } }",
    );
    let first = begun(&worker, "/first").await;
    let other = begun(&worker, "/").await;
    first.abort();
    assert_ends(other.await.unwrap(), NeverResponds);
    for _ in 0..3 {
        assert_eq!(worker.text("/").await, "after the timer");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn lesson_51_a_refresh_without_wait_until() {
    let worker = Worker::new(
        "let token = null, refreshing = null, n = 0;
         const refresh = () => refreshing ??= fetch(n++ ? 'http://x/' : 'http://x/never')
             .then(async (r) => { token = await r.text() })
             .finally(() => refreshing = null);
         export default { async fetch(request) {
             if (request.url.endsWith('/early')) { refresh(); return new Response('early') }
             if (token === null) await refresh();
             return new Response(token);
         } }",
    );
    assert_eq!(worker.text("/early").await, "early");
    worker.drained().await;
    assert_eq!(worker.text("/").await, "ok");
    // What nobody waited for is nobody's error.
    assert_eq!(worker.world.errors(), Vec::<String>::new());
}

#[tokio::test(flavor = "multi_thread")]
async fn lesson_51_interval_waiters_are_renewed_at_their_wall_clock() {
    let isolate = new_isolate(generous());
    let short = generous().with_wall_clock(Duration::from_millis(300)).request;
    let source = format!(
        "{MUTEX} export default {{ async fetch(request) {{
             setInterval(() => {{}}, 10);
             return new Response(await locked(async () => {{
                 if (request.url.endsWith('/first')) await sleep(3600000);
                 return 'had it';
             }}));
         }} }}"
    );
    let worker = Worker::on(&isolate, Script::new(source).with_limits(short));
    assert_ends(worker.get("/first").await, WallClockTimeout);
    assert_ends(worker.get("/").await, WallClockTimeout);
    worker.drained().await;
    assert_eq!(worker.text("/").await, "had it");
}

#[tokio::test(flavor = "multi_thread")]
async fn lesson_51_what_follows_from_an_end_has_limits() {
    for (reason, wall) in [(Aborted, Duration::from_secs(30)), (WallClockTimeout, Duration::from_millis(500))]
    {
        let isolate = new_isolate(generous());
        let limits = generous().with_cpu_time(Duration::from_secs(1)).with_wall_clock(wall).request;
        let source = "export default { async fetch(request) {
            console.log('begun');
            if (request.url.endsWith('/fine')) return new Response('fine');
            try { await fetch('http://x/never') } finally { while (true) {} }
        } }";
        let worker = Worker::on(&isolate, Script::new(source).with_limits(limits));
        let stuck = begun(&worker, "/").await;
        if reason == Aborted {
            stuck.abort();
        } else {
            assert_ends(stuck.await.unwrap(), reason);
        }
        worker.drained().await;
        assert!(!worker.context.is_usable(), "its code was stopped in the middle");
        assert!(isolate.condemned().is_none());
        assert_eq!(worker.text("/fine").await, "fine");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn lesson_51_what_follows_from_an_end_starts_nothing() {
    let worker = Worker::new(
        "export default { async fetch() {
             console.log('begun');
             try { await fetch('http://x/never') } finally {
                 setTimeout(() => console.log('a timer'), 0);
                 await fetch('http://x/echo').catch((error) => console.log(error.message));
                 console.log('cleared up');
             }
         } }",
    );
    let request = begun(&worker, "/").await;
    let world = &worker.world;
    eventually("the fetch has begun", || world.started() == 1).await;
    request.abort();
    worker.drained().await;
    let lines = ["begun", "fetch: the request has already ended", "cleared up"];
    assert_eq!(worker.world.lines(), lines);
    assert_eq!(worker.world.started(), 1);
    assert!(worker.context.is_usable());
}

#[tokio::test(flavor = "multi_thread")]
async fn lesson_51_after_a_cpu_limit_the_next_requests_work() {
    let isolate = new_isolate(generous());
    let limits = generous().with_cpu_time(Duration::from_millis(200)).request;
    let source = "let shared = null, n = 0;
        const burn = (ms) => { const end = performance.now() + ms; while (performance.now() < end); };
        export default { async fetch(request) {
            const first = n++ === 0;
            shared ??= fetch(first ? 'http://x/never' : 'http://x/').then((r) => r.text()).finally(() => shared = null);
            const waiting = shared;
            if (first) while (true) { burn(20); await new Promise((resolve) => setTimeout(resolve, 1)); }
            return new Response(await waiting);
        } }";
    let worker = Worker::on(&isolate, Script::new(source).with_limits(limits));
    assert_ends(worker.get("/").await, CpuTimeLimit);
    worker.drained().await;
    assert!(!worker.context.is_usable());
    // The new realm has a first one that burns, too.
    assert_ends(worker.get("/").await, TerminationReason::CpuTimeLimit);
    worker.drained().await;
    assert!(isolate.condemned().is_none());
}
