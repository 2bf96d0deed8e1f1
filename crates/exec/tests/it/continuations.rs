//! Whose code goes on when a promise is settled in the turn of another request: that of the one that waits.

use crate::support::{Worker, eventually};

/// How a request comes to wait for what another one does: `wait` is an expression that is awaited, `go` what the other one
/// evaluates.
const WAYS: &[(&str, &str, &str)] = &[
    ("a promise", "shared", "open()"),
    ("a promise of a promise", "(async () => { await shared })()", "open()"),
    ("what is derived from it", "shared.then(() => 1).finally(() => 2)", "open()"),
    ("one that rejects", "shared.then(() => { throw 1 }).catch(() => 1)", "open()"),
    ("several", "Promise.all([shared, Promise.race([shared])])", "open()"),
    ("a thenable", "({ then(resolve) { kept = resolve } })", "kept()"),
    ("a thenable of the other", "shared", "open({ then(resolve) { queueMicrotask(resolve) } })"),
    ("a generator", "generator.next()", "open()"),
    ("a loop over one", "(async () => { for await (const one of generator) return one })()", "open()"),
    ("a stream", "stream.readable.getReader().read()", "stream.writable.getWriter().write(1)"),
    (
        "a listener",
        "new Promise((resolve) => target.addEventListener('x', resolve))",
        "target.dispatchEvent(new Event('x'))",
    ),
    ("a signal", "new Promise((resolve) => { controller.signal.onabort = resolve })", "controller.abort()"),
    (
        "a fetch that is aborted",
        "fetch('http://x/never', { signal: controller.signal }).catch(() => 1)",
        "controller.abort()",
    ),
];

#[tokio::test(flavor = "multi_thread")]
async fn a_continuation_acts_for_the_request_that_waits() {
    for (name, wait, go) in WAYS {
        let worker = Worker::new(&format!(
            "let open, kept; const shared = new Promise((resolve) => {{ open = resolve }});
             const generator = (async function* () {{ yield await shared }})();
             const stream = new TransformStream(), target = new EventTarget(), controller = new AbortController();
             export default {{ async fetch(request, env, ctx) {{
                 if (request.url.endsWith('/go')) {{ {go}; await new Promise((r) => setTimeout(r, 20)); return new Response() }}
                 const hold = setTimeout(() => {{}}, 60_000);
                 console.log('waits');
                 await {wait};
                 clearTimeout(hold);
                 console.log('goes on');
                 queueMicrotask(() => console.log('microtask'));
                 setTimeout(() => console.log('timer'), 1);
                 ctx.waitUntil((async () => {{ await 0; console.log(await (await fetch('http://x/of-the-first')).text()) }})());
                 await new Promise((r) => setTimeout(r, 5));
                 return new Response('first');
             }} }}"
        ));
        let second = Worker { world: Default::default(), ..worker.clone() };
        let first = worker.clone();
        let first = tokio::spawn(async move { first.text("/").await });
        eventually("the first waits", || worker.world.lines() == ["waits"]).await;
        second.text("/go").await;
        assert_eq!(first.await.unwrap(), "first", "{name}");
        worker.drained().await;
        let mut lines = worker.world.lines();
        lines.sort();
        assert_eq!(lines, ["goes on", "microtask", "ok", "timer", "waits"], "{name}");
        assert_eq!((second.world.lines(), second.world.started()), (Vec::new(), 0), "{name}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_follows_from_an_ended_request_acts_for_nobody_else() {
    let worker = Worker::new(
        "let open; const shared = new Promise((resolve) => { open = resolve });
         export default { async fetch(request) {
             if (request.url.endsWith('/go')) { open(); await new Promise((r) => setTimeout(r, 20)); return new Response() }
             shared.then(() => { console.log('too late'); fetch('http://x/too-late').catch(() => {}) });
             return new Response();
         } }",
    );
    worker.text("/").await;
    worker.drained().await;
    let second = Worker { world: Default::default(), ..worker.clone() };
    second.text("/go").await;
    worker.drained().await;
    assert_eq!((second.world.lines(), second.world.started()), (Vec::new(), 0));
    assert_eq!((worker.world.lines(), worker.world.started()), (Vec::new(), 0));
}

/// Several consumers of one async generator: all but the first `next()` have to wait, and V8 goes on for them without a frame.
#[tokio::test(flavor = "multi_thread")]
async fn a_generator_with_many_consumers_acts_for_their_request() {
    let worker = Worker::new(
        "export default { async fetch(request) {
             const { body } = await fetch('http://x/echo');
             const made = (async function* () {
                 for (let i = 0; i < 4; i++) {
                     console.log(`makes ${i}`);
                     await new Promise((resolve) => setTimeout(resolve, 1));
                     yield (await fetch('http://x/of-the-generator')).text();
                 }
                 for await (const chunk of body) yield chunk;
             })();
             const seen = [];
             const consume = async () => { for await (const one of made) seen.push(one) };
             await Promise.all([consume(), consume(), consume()]);
             return new Response(String(seen.length));
         } }",
    );
    assert_eq!(worker.text("/").await, "5");
    worker.drained().await;
    assert_eq!(worker.world.lines(), ["makes 0", "makes 1", "makes 2", "makes 3"]);
    assert_eq!(worker.world.started(), 5);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_top_level_waits_for_acts_for_whoever_brings_it() {
    let worker = Worker::new(
        "let open; const ready = new Promise((resolve) => { open = resolve });
         const answer = ready.then(() => fetch('http://x/of-the-second')).then((response) => response.text());
         export default { async fetch(request) {
             if (request.url.endsWith('/go')) { open(); return new Response(await answer) }
             return new Response();
         } }",
    );
    worker.text("/").await;
    let second = Worker { world: Default::default(), ..worker.clone() };
    assert_eq!(second.text("/go").await, "ok");
    assert_eq!((worker.world.started(), second.world.started()), (0, 1));
}
