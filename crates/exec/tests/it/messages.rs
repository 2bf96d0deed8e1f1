//! Messages of ports: whose tasks deliver them, and what waits for them.

use exec::TerminationReason::{CpuTimeLimit, NeverResponds};

use crate::support::{LIVENESS, Worker, assert_ends, eventually, get, run, run_tight, text};

#[tokio::test(flavor = "multi_thread")]
async fn a_message_is_waited_for_and_a_listener_is_not() {
    let answered = [
        "const c = new MessageChannel(); await new Promise((r) => { c.port2.onmessage = r; c.port1.postMessage(1) });",
        "const c = new MessageChannel(); c.port1.postMessage(1); await null; await new Promise((r) => { c.port2.onmessage = r });",
        "const c = new MessageChannel(); await new Promise((r) => { c.port2.onclose = r; c.port1.close() });",
        "const a = new BroadcastChannel('x'), b = new BroadcastChannel('x'); await new Promise((r) => { b.onmessage = r; a.postMessage(1) });",
        "const c = new MessageChannel(); let n = 0; await new Promise((r) => { c.port2.onmessage = () => (++n === 1000 ? r() : c.port1.postMessage(n)); c.port1.postMessage(0) });",
    ];
    for code in answered {
        let source = format!("export default {{ async fetch() {{ {code} return new Response('yes') }} }}");
        assert_eq!(text(&run(&source).await.unwrap()), "yes", "{code}");
    }
    for code in [
        "const c = new MessageChannel(); c.port2.onmessage = resolve;",
        "const c = new MessageChannel(); c.port1.postMessage(1); c.port2.addEventListener('message', resolve);",
        "new BroadcastChannel('x').onmessage = resolve;",
    ] {
        let source = format!("export default {{ fetch: () => new Promise((resolve) => {{ {code} }}) }}");
        assert_ends(run(&source).await, NeverResponds);
    }
}

/// Posts to itself for ever.
const LOOP: &str = "const loop = () => { const c = new MessageChannel(); c.port2.onmessage = () => c.port1.postMessage(0); c.port1.postMessage(0) };";

#[tokio::test(flavor = "multi_thread")]
async fn messages_without_end_use_up_cpu_time_and_leave_turns_to_others() {
    let source = format!("{LOOP} export default {{ fetch: () => new Promise(loop) }}");
    assert_ends(run_tight(&source).await, CpuTimeLimit);

    let worker = Worker::new(&format!(
        "{LOOP} let stop = false;
         export default {{ async fetch(request) {{
             if (request.url.endsWith('/other')) {{ stop = true; return new Response('other') }}
             const c = new MessageChannel();
             await new Promise((done) => {{
                 c.port2.onmessage = () => (stop ? done() : c.port1.postMessage(0));
                 c.port1.postMessage(0);
                 console.log('posting');
             }});
             return new Response('stopped');
         }} }}"
    ));
    let posting = {
        let worker = worker.clone();
        tokio::spawn(async move { worker.text("/").await })
    };
    eventually("it posts", || worker.world.lines() == ["posting"]).await;
    assert_eq!(worker.text("/other").await, "other");
    assert_eq!(posting.await.unwrap(), "stopped");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_posted_before_the_answer_arrives_and_holds_nobody_up() {
    let worker = Worker::new(&format!(
        "{LOOP} export default {{ fetch(request) {{
             if (request.url.endsWith('/loop')) {{ loop(); return new Response('looping') }}
             const c = new MessageChannel();
             c.port2.onmessage = (event) => console.log('got ' + event.data);
             for (let i = 0; i < 250; i++) c.port1.postMessage(i);
             return new Response('answered');
         }} }}"
    ));
    assert_eq!(worker.text("/").await, "answered");
    worker.drained().await;
    let expected: Vec<_> = (0..250).map(|n| format!("got {n}")).collect();
    assert_eq!(worker.world.lines(), expected);
    for _ in 0..20 {
        assert_eq!(worker.text("/loop").await, "looping");
        worker.drained().await;
    }
}

/// A queue of work as React's scheduler has it: one channel for everybody, and one message on its way at most.
const SCHEDULER: &str = "
    const channel = new MessageChannel();
    const queue = [];
    let running = false;
    channel.port1.onmessage = () => {
        queue.shift()?.();
        if (queue.length > 0) channel.port2.postMessage(null); else running = false;
    };
    function schedule(f) {
        queue.push(f);
        if (!running) { running = true; channel.port2.postMessage(null) }
    }
    const scheduled = () => new Promise(schedule);";

#[tokio::test(flavor = "multi_thread")]
async fn a_shared_scheduler_survives_the_requests_that_use_it() {
    let worker = Worker::new(&format!(
        "{SCHEDULER} export default {{ async fetch(request, env, ctx) {{
             const {{ pathname }} = new URL(request.url);
             if (pathname === '/spin') for (;;) {{ await scheduled(); if (globalThis.stopped) break }}
             if (pathname === '/forget') {{ for (let i = 0; i < 5; i++) schedule(() => {{}}); return new Response('forgot') }}
             for (let i = 0; i < 20; i++) await scheduled();
             return new Response('done');
         }} }}"
    ));
    let many: Vec<_> = (0..20)
        .map(|n| {
            let worker = worker.clone();
            tokio::spawn(async move { worker.text(if n % 3 == 0 { "/forget" } else { "/work" }).await })
        })
        .collect();
    for (n, request) in many.into_iter().enumerate() {
        assert_eq!(request.await.unwrap(), if n % 3 == 0 { "forgot" } else { "done" });
    }
    // The client of one that has a message on its way goes away.
    let spinning = Worker { world: Default::default(), ..worker.clone() };
    let client = {
        let spinning = spinning.clone();
        tokio::spawn(async move { spinning.request(get("/spin")).await })
    };
    eventually("it is in flight", || worker.context.in_flight() > 0).await;
    client.abort();
    let _ = client.await;
    worker.drained().await;
    for _ in 0..3 {
        let text = tokio::time::timeout(LIVENESS, worker.text("/work")).await.expect("an answer in time");
        assert_eq!(text, "done");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_message_of_one_request_reaches_another() {
    let worker = Worker::new(
        "const channel = new BroadcastChannel('news');
         export default { async fetch(request) {
             if (request.url.endsWith('/post')) {
                 const mine = new BroadcastChannel('news');
                 mine.postMessage('hello');
                 mine.close();
                 return new Response('posted');
             }
             const heard = new Promise((r) => channel.addEventListener('message', (e) => r(e.data), { once: true }));
             console.log('listening');
             return new Response(await Promise.race([heard, fetch('http://x/gate').then(() => heard)]));
         } }",
    );
    let waiting = {
        let worker = worker.clone();
        tokio::spawn(async move { worker.text("/wait").await })
    };
    eventually("it listens", || worker.world.lines() == ["listening"]).await;
    assert_eq!(worker.text("/post").await, "posted");
    assert_eq!(waiting.await.unwrap(), "hello");
}
