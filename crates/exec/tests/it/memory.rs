//! Memory that comes back.

use std::time::Duration;

use exec::Script;
use isolate::TurnIsolate;
use std::sync::Arc;

use crate::support::{Worker, generous, new_isolate, post};

async fn used(isolate: &Arc<TurnIsolate>) -> (usize, usize) {
    let used = isolate.with_lock_async(|access| async move {
        access.enter(|isolate| {
            let heap = isolate.heap_statistics();
            (heap.used_heap_size(), heap.external_memory())
        })
    });
    used.await.unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn lesson_18_an_interrupted_request_leaves_no_garbage() {
    let limits = generous().with_heap_max(128 << 20).with_cpu_time(Duration::from_millis(400));
    let isolate = new_isolate(limits);
    let source = "const keep = []; export default { fetch(request) {
        for (let i = 0; i < 400000; i++) keep.push({ a: [i] });
        while (true) {}
    } }";
    let worker = Worker::on(&isolate, Script::new(source));
    worker.context.prepare(worker.world.clone()).await.unwrap();
    let (before, _) = used(&isolate).await;
    for _ in 0..3 {
        worker.failure("/").await;
        worker.drained().await;
        let (after, _) = used(&isolate).await;
        assert!(after < before + (4 << 20), "{before} bytes before, {after} after");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn lesson_18_large_bodies_do_not_stay() {
    let limits = generous().with_heap_max(64 << 20);
    let isolate = new_isolate(limits);
    let source =
        "export default { async fetch(request) { await request.bytes(); return new Response('done') } }";
    let worker = Worker::on(&isolate, Script::new(source));
    for _ in 0..3 {
        worker.request(post("/", vec![0_u8; 50 << 20])).await.unwrap();
        worker.drained().await;
        let (_, external) = used(&isolate).await;
        assert!(external < 8 << 20, "{external} bytes of buffers after the request");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn fresh_contexts_do_not_pile_up() {
    let limits = generous().with_heap_max(64 << 20);
    let isolate = new_isolate(limits);
    let script = Script::new(
        "const data = new Array(10000).fill(1); export default { fetch: () => new Response('x') }",
    );
    let mut most = 0;
    for _ in 0..200 {
        let worker = Worker::on(&isolate, script.clone());
        worker.text("/").await;
        worker.drained().await;
        drop(worker);
        most = most.max(used(&isolate).await.0);
    }
    assert!(isolate.condemned().is_none());
    assert!(most < 48 << 20, "{most}");
}

#[tokio::test(flavor = "multi_thread")]
async fn signals_that_follow_a_global_one_do_not_stay() {
    // Half a million of them, in one turn, without a moment in which weak references could be cleared.
    let limits = generous().with_heap_max(32 << 20).with_cpu_time(Duration::from_secs(30));
    let source = "const { signal } = new AbortController();
        export default { fetch() {
            let n = 0;
            for (let i = 0; i < 200000; i++) {
                if (!AbortSignal.any([signal]).aborted) n++;
            }
            for (let i = 0; i < 100000; i++) {
                const request = new Request('http://x/', { signal });
                n += !request.signal.aborted + !request.clone().signal.aborted;
            }
            for (let i = 0; i < 100000; i++) {
                const follower = AbortSignal.any([signal]);
                const listener = () => {};
                follower.addEventListener('abort', listener, { signal });
                follower.removeEventListener('abort', listener);
                n++;
            }
            return new Response(String(n));
        } }";
    assert_eq!(Worker::with_limits(source, limits).text("/").await, "500000");
}

/// What the parsers take at their worst, for a text of the default bound: see docs/limits.md.
#[tokio::test(flavor = "multi_thread")]
async fn lesson_50_no_source_text_takes_more_than_an_isolate_may_have() {
    for (code, end) in [
        // The costliest texts that were found; the memory is gone when the parser is.
        ("eval(fill('{},', '[', '0]'))", "object"),
        ("eval(fill('{}', '', ''))", "undefined"),
        ("eval(fill('{}', '', '') + '{}')", "EvalError"),
        ("JSON.parse('['.repeat(2 ** 20) + ']'.repeat(2 ** 20))", "RangeError"),
        ("JSON.parse(' '.repeat(2 ** 20) + '['.repeat(1e5) + ']'.repeat(1e5))", "object"),
        ("JSON.parse(JSON.stringify('['.repeat(2 ** 21)))", "string"),
    ] {
        let source = format!(
            "const fill = (part, before, after) => {{
                 const room = 2 ** 20 - before.length - after.length;
                 return before + part.repeat(Math.floor(room / part.length)) + after;
             }};
             export default {{ fetch() {{
                 try {{ return new Response(typeof {code}) }} catch (error) {{ return new Response(error.name) }}
             }} }}"
        );
        let limits = generous().with_heap_max(128 << 20);
        assert_eq!(Worker::with_limits(&source, limits).text("/").await, end, "{code}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn lesson_50_source_text_has_a_bound() {
    let mut limits = generous();
    (limits.isolate.source_bytes, limits.isolate.json_bytes) = (1000, 1000);
    let source = r#"
        const text = (length, rest) => rest + ' '.repeat(length - rest.length);
        const attempt = (f) => { try { return String(f()) } catch (error) { return error.name } };
        const parsers = [
            (length) => eval(text(length, '42')),
            (length) => (0, eval)(text(length, '42')),
            (length) => new Function(text(length - 200, 'return 42'))(),
            (length) => JSON.parse(text(length, '42')),
            (length) => JSON.parse({ toString: () => text(length, '[42]') }, (key, value) => value),
        ];
        export default { async fetch(request) {
            const ends = [];
            for (const parse of parsers) ends.push(attempt(() => parse(1000)), attempt(() => parse(1300)));
            ends.push(await request.json().catch((error) => error.name));
            ends.push(attempt(() => eval(parsers) === parsers));
            ends.push(JSON.parse.name + JSON.parse.length, attempt(() => new JSON.parse('1')));
            return Response.json(ends);
        } }"#;
    let worker = Worker::with_limits(source, limits);
    let answer = worker.request(post("/", format!("[{}]", " ".repeat(2000)))).await.unwrap();
    let code = ["42", "EvalError"];
    let json = ["42", "RangeError"];
    let expected = [code, code, code, json, json].concat();
    let expected = [&expected[..], &["RangeError", "true", "parse2", "TypeError"]].concat();
    assert_eq!(crate::support::text(&answer), serde_json::to_string(&expected).unwrap());
}

#[tokio::test(flavor = "multi_thread")]
async fn lesson_50_a_script_has_a_bound() {
    let mut limits = generous();
    limits.isolate.script_bytes = 1000;
    let of_length =
        |length| format!("{:length$}", "export default { fetch() { return new Response('runs') } }");
    assert_eq!(Worker::with_limits(&of_length(1000), limits).text("/").await, "runs");
    let failure = Worker::with_limits(&of_length(1001), limits).failure("/").await;
    assert_eq!(failure.reason, exec::TerminationReason::InitializationError);
    assert_eq!(failure.message, "the script has 1001 bytes, and may have 1000");
}
