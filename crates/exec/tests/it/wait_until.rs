//! Work after the response.

use std::time::Duration;

use exec::TerminationReason::CpuTimeLimit;

use crate::support::{Worker, assert_ends, eventually, generous, tight};

#[tokio::test(flavor = "multi_thread")]
async fn the_response_does_not_wait() {
    let worker = Worker::new(
        "export default { fetch(request, env, ctx) {
             ctx.waitUntil((async () => {
                 for (let i = 0; i < 3; i++) { await new Promise((r) => setTimeout(r, 30)); console.log('step ' + i) }
             })());
             return new Response('early');
         } }",
    );
    assert_eq!(worker.text("/").await, "early");
    assert!(worker.world.lines().len() < 3);
    worker.drained().await;
    assert_eq!(worker.world.lines(), ["step 0", "step 1", "step 2"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_response_does_not_wait_for_the_end_of_a_long_turn() {
    let limits = generous().with_cpu_time(Duration::from_secs(2));
    let worker = Worker::with_limits(
        "export default { fetch(request, env, ctx) {
             ctx.waitUntil(Promise.resolve().then(() => { while (true) {} }));
             return new Response('early');
         } }",
        limits,
    );
    assert_eq!(worker.text("/").await, "early");
    assert_eq!(worker.context.in_flight(), 1, "the turn goes on");
    worker.drained().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn work_may_be_added_by_work() {
    let worker = Worker::new(
        "export default { fetch(request, env, ctx) {
             const more = async (n) => { await fetch('http://x/'); console.log(n); if (n > 0) ctx.waitUntil(more(n - 1)) };
             ctx.waitUntil(more(3));
             return new Response();
         } }",
    );
    worker.text("/").await;
    worker.drained().await;
    assert_eq!(worker.world.lines(), ["3", "2", "1", "0"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn lesson_31_a_rejection_does_not_overwrite_the_response() {
    let worker = Worker::new(
        "export default { fetch(request, env, ctx) {
             ctx.waitUntil(Promise.reject(new Error('too late')));
             ctx.waitUntil((async () => { await fetch('http://x/error') })());
             return new Response('sent');
         } }",
    );
    assert_eq!(worker.text("/").await, "sent");
    worker.drained().await;
    let errors = worker.world.errors();
    assert_eq!(errors.len(), 2, "{errors:?}");
    assert!(errors[0].contains("waitUntil") && errors[0].contains("too late"), "{errors:?}");
    assert!(errors[1].contains("Network connection lost"), "{errors:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn lesson_31_an_endless_wait_until_does_not_overwrite_the_response() {
    let worker = Worker::with_limits(
        "export default { fetch(request, env, ctx) {
             ctx.waitUntil((async () => { await fetch('http://x/'); while (true) {} })());
             return new Response('sent');
         } }",
        tight(),
    );
    assert_eq!(worker.text("/").await, "sent");
    worker.drained().await;
    assert!(!worker.context.is_usable());
}

#[tokio::test(flavor = "multi_thread")]
async fn lesson_22_the_budget_is_one() {
    // The handler uses most of it; so the work that follows gets only the rest.
    let worker = Worker::with_limits(
        "const spin = (ms) => { const end = performance.now() + ms; while (performance.now() < end); };
         export default { fetch(request, env, ctx) {
             ctx.waitUntil((async () => {
                 await fetch('http://x/');
                 for (let i = 1; i <= 1000; i++) { spin(50); console.log(i) ; await new Promise((r) => setTimeout(r)) }
             })());
             spin(200);
             return new Response('sent');
         } }",
        generous().with_cpu_time(Duration::from_millis(600)),
    );
    assert_eq!(worker.text("/").await, "sent");
    worker.drained().await;
    let steps = worker.world.lines().len();
    // Spinning by the wall clock, on a busy machine, uses less CPU time than it seems.
    assert!(steps < 100, "{steps} steps of 50 ms after a handler of 200 ms, of 600 ms in all");
}

#[tokio::test(flavor = "multi_thread")]
async fn lesson_22_wait_until_at_the_handler_counts() {
    let worker = Worker::with_limits(
        "addEventListener('fetch', (event) => {
             event.waitUntil((async () => { while (true) await 0 })());
             event.respondWith(new Promise((resolve) => setTimeout(() => resolve(new Response('never')), 1)));
         })",
        tight(),
    );
    assert_ends(worker.get("/").await, CpuTimeLimit);
}

#[tokio::test(flavor = "multi_thread")]
async fn work_that_nothing_resolves_ends_the_request() {
    let worker = Worker::new(
        "export default { fetch(request, env, ctx) { ctx.waitUntil(new Promise(() => {})); return new Response('sent') } }",
    );
    assert_eq!(worker.text("/").await, "sent");
    worker.drained().await;
    assert!(worker.context.is_usable());
}

#[tokio::test(flavor = "multi_thread")]
async fn work_ends_with_the_wall_clock() {
    let worker = Worker::with_limits(
        "export default { fetch(request, env, ctx) { ctx.waitUntil(fetch('http://x/never')); return new Response('sent') } }",
        generous().with_wall_clock(Duration::from_millis(200)),
    );
    assert_eq!(worker.text("/").await, "sent");
    worker.drained().await;
    let world = &worker.world;
    eventually("the fetch is cancelled", || world.cancelled() == 1).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_exception_does_not_stop_the_work() {
    let worker = Worker::new(
        "export default { fetch(request, env, ctx) {
             ctx.waitUntil(fetch('http://x/delay/20').then(() => console.log('went on')));
             throw new Error('handler');
         } }",
    );
    assert_eq!(worker.failure("/").await.message, "Error: handler");
    worker.drained().await;
    assert_eq!(worker.world.lines(), ["went on"]);
}
