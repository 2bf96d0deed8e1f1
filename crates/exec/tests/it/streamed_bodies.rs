//! Answers and uploads whose body is a stream of JavaScript.

use std::collections::VecDeque;
use std::convert::Infallible;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;
use exec::{Body, BodyError, Event, Script, TenantBudget, TenantLimits, TerminationReason};

use crate::support::{
    LIVENESS, Worker, assert_ends, eventually, generous, get, new_isolate, post, run, run_tight, text,
};

/// An upload that comes in pieces, none of which is there at once.
struct Late {
    pieces: VecDeque<&'static str>,
    waited: bool,
}

impl Late {
    fn body<const N: usize>(pieces: [&'static str; N]) -> Body {
        Body::stream(Self { pieces: pieces.into(), waited: false })
    }
}

impl http_body::Body for Late {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<http_body::Frame<Bytes>, Infallible>>> {
        self.waited = !self.waited;
        if self.waited {
            context.waker().wake_by_ref();
            return Poll::Pending;
        }
        Poll::Ready(self.pieces.pop_front().map(|piece| Ok(http_body::Frame::data(piece.into()))))
    }
}

/// A worker that answers with a stream whose source has this `pull`.
fn source(pull: &str) -> String {
    format!("export default {{ fetch: () => new Response(new ReadableStream({{ {pull} }})) }}")
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_that_is_a_stream_is_complete() {
    let worker = Worker::new(
        "const encoder = new TextEncoder();
         export default { async fetch(request, env, ctx) {
             let n = 0;
             const body = new ReadableStream({ async pull(c) {
                 if (n === 5) return c.close();
                 await new Promise((resolve) => setTimeout(resolve, 1));
                 await fetch('http://x/');
                 c.enqueue(encoder.encode(`${n++};`));
             } });
             ctx.waitUntil(Promise.resolve());
             return new Response(body, { status: 201, headers: { 'x-mine': 'yes' } });
         } }",
    );
    let response = worker.get("/").await.unwrap();
    assert_eq!((response.status().as_u16(), &response.headers()["x-mine"]), (201, &"yes".parse().unwrap()));
    assert!(!response.headers().contains_key("content-type"));
    assert_eq!(text(&response), "0;1;2;3;4;");
    assert_eq!(worker.world.finished(), 5);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_arrives_goes_through_transforms() {
    let worker = Worker::new(
        "addEventListener('fetch', (event) => event.respondWith(new Response(event.request.body
             .pipeThrough(new TextDecoderStream())
             .pipeThrough(new TransformStream({ transform(x, c) { c.enqueue(x.toUpperCase()) } }))
             .pipeThrough(new TextEncoderStream()))))",
    );
    let response = worker.request(post("/", "über")).await.unwrap();
    assert_eq!(text(&response), "ÜBER");
    let worker = Worker::new(
        "export default { async fetch(request) {
             const upstream = await fetch('http://x/echo', { method: 'POST', body: request.body, duplex: 'half' });
             const kept = upstream.clone();
             return new Response(upstream.body, { headers: { kept: (await kept.json()).body } });
         } }",
    );
    let response = worker.request(post("/", "passed on")).await.unwrap();
    assert_eq!(response.headers()["kept"], "passed on");
    assert!(text(&response).contains("passed on"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stream_that_fails_is_an_exception_with_its_reason() {
    for (pull, said) in [
        ("pull(c) { c.error(new RangeError('broken pipe')) }", "RangeError: broken pipe"),
        ("async pull() { await null; throw new Error('late') }", "Error: late"),
        (
            "pull(c) { c.enqueue('text') }",
            "TypeError: A chunk of the body's stream is a string ('text'), not a Uint8Array",
        ),
    ] {
        let error = run(&source(pull)).await.unwrap_err();
        assert_eq!(error.reason, TerminationReason::Exception);
        assert!(error.message.contains(said), "{}", error.message);
        assert_eq!(error.reason.http_status().as_u16(), 500);
    }
    assert_ends(
        run("export default { fetch() { const r = new Response(new ReadableStream()); r.body.getReader(); return r } }")
            .await,
        TerminationReason::Exception,
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn an_upload_whose_stream_fails_rejects_with_what_it_failed_with() {
    for (pull, said) in [
        ("pull() { throw new RangeError('mine') }", "RangeError: mine"),
        ("async pull(c) { await null; c.error('a text') }", "a text"),
        (
            "pull(c) { c.enqueue(5) }",
            "TypeError: A chunk of the body's stream is a number (5), not a Uint8Array",
        ),
    ] {
        let worker = Worker::new(&format!(
            "export default {{ async fetch() {{
                 const body = new ReadableStream({{ {pull} }});
                 try {{
                     await fetch('http://x/echo', {{ method: 'POST', duplex: 'half', body }});
                     return new Response('sent');
                 }} catch (e) {{
                     return new Response(`${{e}} / ${{e.cause}}`);
                 }}
             }} }}"
        ));
        let expected = format!("TypeError: fetch: the stream of the body failed / {said}");
        assert_eq!(worker.text("/").await, expected, "{pull}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stream_that_never_ends_is_named_as_the_reason() {
    // The head has two seconds, and the open body is not held to them.
    let mut short = generous().with_wall_clock(Duration::from_secs(2));
    short.request.stream_idle = Duration::from_secs(3);
    for pull in ["", "async pull() { await fetch('http://x/never') }"] {
        let error = Worker::with_limits(&source(pull), short).failure("/").await;
        assert!(error.message.contains("nothing moved in the body of the answer"), "{}", error.message);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stream_without_end_runs_into_a_limit() {
    for chunk in [1, 1 << 20] {
        let busy = source(&format!("pull(c) {{ c.enqueue(new Uint8Array({chunk})) }}"));
        let end = run_tight(&busy).await.unwrap_err();
        assert!(end.message.contains("of CPU time"), "{end:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_on_its_way_is_charged_to_the_budget() {
    let budget = TenantBudget::new(TenantLimits::default().with_bytes(1 << 16), &Default::default());
    let source = "export default { fetch(request) {
        const size = +request.url.split('?')[1];
        return new Response(new ReadableStream({ start(c) { c.enqueue(new Uint8Array(size)); c.close() } }));
    } }";
    let mut worker = Worker::on(&new_isolate(generous()), Script::new(source));
    worker.context = worker.context.with_budget(budget.clone());
    let answer = worker.exec(Event::Fetch(get("/?60000"))).await.unwrap();
    assert_eq!(budget.usage().bytes, 60_000);
    drop(answer);
    eventually("nothing is charged", || budget.usage().bytes == 0).await;
    let end = worker.get("/?70000").await.unwrap_err();
    assert!(end.message.contains("budget of bytes is used up"), "{end:?}");
    eventually("nothing is charged", || budget.usage().bytes == 0).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_budget_has_no_room_for_waits_for_it() {
    let budget = TenantBudget::new(TenantLimits::default().with_bytes(1 << 16), &Default::default());
    // Each chunk is in the buffer of the one before it.
    let source = "export default { fetch(request) {
        const chunk = new Uint8Array(+request.url.split('?')[1]);
        return new Response(new ReadableStream({ async pull(c) {
            await scheduler.wait(1);
            if (chunk[0] === 3) return c.close();
            chunk.fill(chunk[0] + 1);
            c.enqueue(chunk);
        } }));
    } }";
    let mut worker = Worker::on(&new_isolate(generous()), Script::new(source));
    worker.context = worker.context.with_budget(budget.clone());
    for length in [30_000, 100_000] {
        let first = worker.exec(Event::Fetch(get("/?60000"))).await.unwrap();
        eventually("all is on its way", || budget.usage().bytes == 60_000).await;
        let mut second = Box::pin(worker.request(get(&format!("/?{length}"))));
        let brief = tokio::time::timeout(Duration::from_millis(50), &mut second).await;
        assert!(brief.is_err(), "there is no room: {brief:?}");
        drop(first);
        let second = second.await.unwrap();
        let expected: Vec<u8> = (1..=3).flat_map(|fill| vec![fill; length]).collect();
        assert!(second.body().as_bytes() == Some(&expected), "{length}");
        eventually("nothing is charged", || budget.usage().bytes == 0).await;
    }
    assert_eq!(budget.usage().refused, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn who_waits_for_the_budget_in_vain_hears_of_it() {
    let budget = TenantBudget::new(TenantLimits::default().with_bytes(1 << 16), &Default::default());
    let others = budget.try_bytes(1 << 16).unwrap();
    let mut short = generous();
    short.request.stream_idle = Duration::from_secs(2);
    let source = source("async pull(c) { await scheduler.wait(1); c.enqueue(new Uint8Array(9)) }");
    let mut worker = Worker::on(&new_isolate(short), Script::new(source));
    worker.context = worker.context.with_budget(budget.clone());
    let error = worker.failure("/").await;
    assert!(error.message.contains("2000 ms: no room in the budget of bytes"), "{error:?}");
    drop(others);
    assert_eq!(budget.usage().bytes, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_upload_that_is_a_stream_ends_with_its_request() {
    let worker = Worker::new(
        "let controller; let upload;
         export default { async fetch(request) {
             if (request.url.endsWith('/start')) {
                 const body = new ReadableStream({ start(c) { controller = c } });
                 upload = fetch('http://x/echo', { method: 'POST', duplex: 'half', body }).catch((e) => e.name);
                 return new Response('started');
             }
             controller.close();
             return new Response(await upload);
         } }",
    );
    assert_eq!(worker.text("/start").await, "started");
    worker.drained().await;
    assert_eq!(worker.text("/end").await, "AbortError");
    assert_eq!(worker.world.finished(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_abort_breaks_off_what_was_passed_on() {
    let worker = Worker::new(
        "export default { async fetch(request, env, ctx) {
             const controller = new AbortController();
             const answer = await fetch('http://x/endless', { signal: controller.signal });
             ctx.waitUntil(fetch('http://x/gate').then(() => controller.abort()));
             return answer;
         } }",
    );
    let outcome = worker.exec(Event::Fetch(get("/"))).await.unwrap();
    let Body::Stream(mut body) = outcome.into_response().unwrap().into_body() else {
        panic!("a body that is there");
    };
    assert_eq!(body.chunk().await.unwrap().unwrap(), "first");
    worker.world.gate.notify_one();
    let end = tokio::time::timeout(LIVENESS, body.chunk()).await.expect("an end in time");
    assert!(matches!(end, Err(BodyError::BrokenOff { .. })), "{end:?}");
    worker.drained().await;

    for (passed_on, ends_with) in [
        ("fetch('http://x/echo', { method: 'POST', duplex: 'half', body: answer.body })", "TypeError"),
        ("caches.default.put('http://x/', answer)", "AbortError"),
    ] {
        let worker = Worker::new(&format!(
            "export default {{ async fetch() {{
                 const controller = new AbortController();
                 const answer = await fetch('http://x/endless', {{ signal: controller.signal }});
                 const passedOn = {passed_on}.then(() => 'done', (error) => error.name);
                 await fetch('http://x/delay/1');
                 controller.abort();
                 return new Response(await passedOn);
             }} }}"
        ));
        assert_eq!(worker.text("/").await, ends_with, "{passed_on}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_body_that_was_passed_on_outlives_its_request_and_the_signal() {
    let worker = Worker::new(
        "const controller = new AbortController();
         export default { async fetch(request) {
             if (request.url.endsWith('/abort')) {
                 controller.abort();
                 return new Response('aborted');
             }
             return fetch('http://x/endless', { signal: controller.signal });
         } }",
    );
    let outcome = worker.exec(Event::Fetch(get("/"))).await.unwrap();
    let Body::Stream(mut body) = outcome.into_response().unwrap().into_body() else {
        panic!("a body that is there");
    };
    worker.drained().await;
    assert_eq!(worker.text("/abort").await, "aborted");
    assert_eq!(body.chunk().await.unwrap().unwrap(), "first");
    tokio::select! {
        biased;
        end = body.chunk() => panic!("the end of it: {end:?}"),
        () = std::future::ready(()) => {}
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_upload_that_comes_later_is_passed_on_like_one_that_is_there() {
    let worker = Worker::new(
        "const make = (init) => new Request('http://x/echo', { method: 'POST', ...init });
         const outcome = async (init) => {
             try { return (await (await fetch(make(init))).json()).body } catch (error) { return error.name }
         };
         export default { async fetch(request) {
             const clone = () => request.clone().body;
             const worker = new ReadableStream({ start(c) { c.close() } });
             const refused = [
                 await outcome({ body: worker }),
                 await outcome({ body: worker }),
                 await outcome({ body: clone(), keepalive: true }),
                 await outcome({ body: clone(), keepalive: true, duplex: 'half' }),
                 await outcome({ body: clone().pipeThrough(new TransformStream()) }),
             ];
             const locked = clone();
             const reader = locked.getReader();
             refused.push(await outcome({ body: locked }));
             await reader.read();
             reader.releaseLock();
             refused.push(await outcome({ body: locked }));
             const [first, second] = clone().tee();
             const made = make({ body: clone() });
             const passed = [
                 await outcome({ body: clone() }),
                 await outcome({ body: first }),
                 await outcome({ body: second }),
                 await outcome({ body: new Response(clone()).body }),
                 await outcome({ body: new Response(clone().pipeThrough(new TransformStream())).body }),
                 await outcome({ body: new Request(made).body }),
             ];
             const last = make({ body: request.body });
             passed.push(made.bodyUsed, last.bodyUsed, request.bodyUsed, last.body === request.body);
             passed.push(await last.text(), request.bodyUsed, await outcome({ body: request.body }));
             return Response.json({ refused, passed });
         } }",
    );
    for upload in [Body::from("abcdef"), Late::body(["abc", "def"])] {
        let answer = worker.request(post("/", upload)).await.unwrap();
        let answer: serde_json::Value = serde_json::from_str(&text(&answer)).unwrap();
        assert_eq!(answer["refused"], serde_json::json!(vec!["TypeError"; 7]));
        let (whole, error) = ("abcdef", "TypeError");
        assert_eq!(
            answer["passed"],
            serde_json::json!([
                whole, whole, whole, whole, whole, whole, true, false, false, true, whole, true, error
            ])
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_rest_of_a_body_is_given_to_a_view_for_more() {
    let worker = Worker::new(
        "const reads = async (body, sizes) => {
             const reader = body.getReader({ mode: 'byob' });
             const all = sizes.map((size) => reader.read(new Uint8Array(size), { min: size }));
             const seen = [];
             for (const { value, done } of await Promise.all(all)) {
                 seen.push(new TextDecoder().decode(value) + (done ? '.' : ''));
             }
             await reader.closed;
             return seen.join(' ');
         };
         export default { async fetch(request) {
             const clone = () => request.clone().body;
             const seen = [
                 await reads(clone(), [4, 10]),
                 await reads(clone(), [20]),
                 await reads(clone(), [2, 4, 4, 9]),
             ];
             const [first, second] = clone().tee();
             seen.push(await reads(first, [4, 10]), await reads(second, [5, 3]));
             const own = request.body.getReader({ mode: 'byob' });
             for (const size of [4, 10]) {
                 const { value, done } = await own.read(new Uint8Array(size), { min: size });
                 seen.push(new TextDecoder().decode(value) + (done ? '.' : ''));
             }
             return Response.json(seen);
         } }",
    );
    for upload in [Body::from("abcdef"), Late::body(["abc", "def"])] {
        let answer = worker.request(post("/", upload)).await.unwrap();
        assert_eq!(
            serde_json::from_str::<serde_json::Value>(&text(&answer)).unwrap(),
            serde_json::json!(["abcd ef.", "abcdef.", "ab cdef . .", "abcd ef.", "abcde f.", "abcd", "ef."])
        );
    }
}
