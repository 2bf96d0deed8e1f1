//! What all requests of a worker may use together.

use std::sync::Arc;
use std::time::Duration;

use exec::{
    Body, LogRate, Outcome, ProcessBudget, ProcessLimits, Script, TenantBudget, TenantLimits,
    TerminationReason::Overloaded,
};

use crate::support::{Worker, eventually, generous, new_isolate, post, text};

/// Two workers on an isolate each, with the same limits, under one process.
fn neighbours(source: &str, limits: TenantLimits) -> (ProcessBudget, [(Worker, TenantBudget); 2]) {
    let process = ProcessBudget::new(ProcessLimits::default().with_bytes(1 << 30));
    let workers = [(); 2].map(|()| {
        let budget = TenantBudget::new(limits, &process);
        let mut worker = Worker::on(&new_isolate(generous()), Script::new(source));
        worker.context = worker.context.with_budget(budget.clone());
        (worker, budget)
    });
    (process, workers)
}

#[tokio::test(flavor = "multi_thread")]
async fn operations_of_all_requests_wait_for_each_other_and_not_for_a_neighbours() {
    let source =
        "export default { async fetch(r) { await fetch('http://x/gate'); return new Response('done') } }";
    let limits = TenantLimits::default().with_operations(2);
    let (_, [(worker, budget), (neighbour, _)]) = neighbours(source, limits);
    let requests: Vec<_> = (0..5)
        .map(|_| {
            let worker = worker.clone();
            tokio::spawn(async move { worker.text("/").await })
        })
        .collect();
    let world = Arc::clone(&worker.world);
    eventually("two have begun", || world.started() == 2).await;
    assert_eq!(budget.usage().operations, 2);
    let beside = tokio::spawn({
        let neighbour = neighbour.clone();
        async move { neighbour.text("/").await }
    });
    eventually("the neighbour's has begun", || neighbour.world.started() == 1).await;
    neighbour.world.gate.notify_one();
    assert_eq!(beside.await.unwrap(), "done");
    for open in 1..=5 {
        eventually("at most two at a time", || world.started() == usize::min(open + 1, 5)).await;
        world.gate.notify_one();
        eventually("one has ended", || world.finished() == open).await;
    }
    for request in requests {
        assert_eq!(request.await.unwrap(), "done");
    }
    assert_eq!(budget.usage().operations, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn operations_that_wait_are_bounded_and_end_with_their_request() {
    let source = "export default { async fetch(r) {
        if (r.url.endsWith('/never')) return fetch('http://x/never');
        const all = [1, 2, 3].map(() => fetch('http://x/'));
        const settled = await Promise.race(all.map((one) => one.catch((e) => e)));
        return new Response(`${settled.name}: ${settled.message}`);
    } }";
    let limits = TenantLimits::default().with_operations(1).with_waiting(2);
    let (_, [(worker, budget), (neighbour, _)]) = neighbours(source, limits);
    let holder = tokio::spawn({
        let worker = worker.clone();
        async move { worker.get("/never").await }
    });
    let world = Arc::clone(&worker.world);
    eventually("one has begun", || world.started() == 1).await;
    assert_eq!(worker.text("/").await, "TypeError: the worker's budget of operations is used up");
    holder.abort();
    eventually("nothing is left", || budget.usage().operations == 0).await;
    assert_eq!(neighbour.text("/").await, "undefined: undefined");
}

#[tokio::test(flavor = "multi_thread")]
async fn bodies_are_charged_until_they_are_gone_and_refused_beyond_the_budget() {
    let source = "export default { async fetch(r) {
        const path = new URL(r.url).pathname;
        if (path === '/answer') return new Response('x'.repeat(Number(await r.text())));
        try { await fetch('http://x/', { method: 'POST', body: 'x'.repeat(Number(await r.text())) }) }
        catch (e) { return new Response(`${e.name}: ${e.message}`) }
        return new Response('sent');
    }, task: (task) => 'x'.repeat(task.payload) }";
    let limits = TenantLimits::default().with_bytes(100_000);
    let (process, [(worker, budget), (neighbour, _)]) = neighbours(source, limits);
    let refusal = "the worker's budget of bytes is used up";

    let answer = worker.request(post("/answer", "60000")).await.unwrap();
    assert_eq!((budget.usage().bytes, process.usage().bytes), (60_000, 60_000));
    let refused = worker.request(post("/answer", "60000")).await.unwrap_err();
    assert_eq!((refused.reason, &*refused.message), (Overloaded, refusal));
    let refused = worker.request(post("/send", "60000")).await.unwrap();
    assert_eq!(text(&refused), format!("TypeError: {refusal}"));
    drop(refused);
    let refused = worker.task(60_000.into()).await.unwrap_err();
    assert_eq!((refused.reason, &*refused.message), (Overloaded, refusal));
    // All of this is nothing to the neighbour.
    assert_eq!(neighbour.request(post("/answer", "60000")).await.unwrap().body().len(), Some(60_000));
    assert_eq!(text(&neighbour.request(post("/send", "60000")).await.unwrap()), "sent");

    drop(answer);
    eventually("all is given back", || budget.usage().bytes == 0 && process.usage().bytes == 0).await;
    assert_eq!(text(&worker.request(post("/send", "60000")).await.unwrap()), "sent");
    let Ok(Outcome::TaskResult(result)) = worker.task(60_000.into()).await else { panic!("no result") };
    assert!(budget.usage().bytes >= 60_000);
    drop(result);
    eventually("all is given back", || budget.usage().bytes == 0).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn heads_of_fetches_are_charged_while_they_wait_and_are_sent() {
    let source = "export default { async fetch() {
        const headers = { a: 'x'.repeat(10_000) };
        const told = (sent) => sent.then(() => 'sent', (error) => error.message);
        return Response.json(await Promise.all([1, 2, 3].map(() => told(fetch('http://x/gate', { headers })))));
    } }";
    let limits = TenantLimits::default().with_bytes(25_000).with_operations(1);
    let (_, [(worker, budget), _]) = neighbours(source, limits);
    let running = tokio::spawn({
        let worker = worker.clone();
        async move { worker.text("/").await }
    });
    eventually("there is no room for the third", || budget.usage().refused == 1).await;
    let world = Arc::clone(&worker.world);
    for sent in 1..=2 {
        eventually("the next one has begun", || world.started() == sent).await;
        let expected = if sent == 1 { 20_000..25_000 } else { 10_000..15_000 };
        eventually("it is charged, and so is what waits", || expected.contains(&budget.usage().bytes)).await;
        world.gate.notify_one();
    }
    assert_eq!(running.await.unwrap(), r#"["sent","sent","the worker's budget of bytes is used up"]"#);
    eventually("all is given back", || budget.usage().bytes == 0).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_charged_request_body_is_charged_until_the_worker_has_it() {
    let source = "export default { async fetch(r) { await fetch('http://x/gate'); return new Response() } }";
    let limits = TenantLimits::default().with_bytes(100_000);
    let (_, [(worker, budget), _]) = neighbours(source, limits);
    let body = Body::charged(vec![1_u8; 50_000], budget.try_bytes(50_000).unwrap());
    let running = tokio::spawn({
        let worker = worker.clone();
        async move { worker.request(post("/", body)).await.map(|response| response.status()) }
    });
    let world = Arc::clone(&worker.world);
    eventually("it waits for its fetch", || world.started() == 1).await;
    eventually("the body is the isolate's", || budget.usage().bytes < 1_000).await;
    world.gate.notify_one();
    assert_eq!(running.await.unwrap().unwrap(), 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_log_of_a_worker_has_a_rate() {
    let source = "export default { fetch() { for (let i = 0; i < 50; i++) console.log('x'.repeat(100)); return new Response() } }";
    let log = Some(LogRate { bytes_per_second: 1, burst: 10_000 });
    let limits = TenantLimits::default().with_log(log);
    let (_, [(worker, budget), (neighbour, _)]) = neighbours(source, limits);
    for _ in 0..4 {
        worker.get("/").await.unwrap();
    }
    // Each line costs 164 bytes.
    let lines = worker.world.lines();
    assert_eq!(lines.len(), 61);
    assert_eq!(lines.last().unwrap(), "the worker logs too much: lines are dropped");
    assert_eq!(budget.usage().refused, 140);
    neighbour.get("/").await.unwrap();
    assert_eq!(neighbour.world.lines().len(), 50);
}

#[tokio::test(flavor = "multi_thread")]
async fn turns_are_charged_to_the_worker() {
    let cpu = Some(exec::CpuRate { per_second: Duration::from_millis(1), burst: Duration::from_millis(1) });
    let limits = TenantLimits::default().with_cpu(cpu);
    let source = "export default { fetch() { const end = Date.now() + 50; while (Date.now() < end); return new Response() } }";
    let (_, [(worker, budget), (_, other)]) = neighbours(source, limits);
    worker.get("/").await.unwrap();
    let now = std::time::Instant::now();
    eventually("it is charged", || budget.cpu_ready_at(now).is_some()).await;
    assert_eq!(other.cpu_ready_at(now), None);
}
