//! The forms a script may have, and what is said about one that has none.

use exec::{Outcome, Script, StatusText, TerminationReason};
use serde_json::json;

use crate::support::{Worker, assert_ends, get, post, run, text};

async fn initialization_error(source: &str) -> String {
    let termination = Worker::new(source).failure("/").await;
    assert_eq!(termination.reason, TerminationReason::InitializationError, "{termination:?}");
    termination.message
}

#[tokio::test(flavor = "multi_thread")]
async fn the_default_export_may_be_an_object_an_instance_or_a_function() {
    let sources = [
        "export default { fetch(request) { return new Response('hi ' + new URL(request.url).pathname) } }",
        "export default { async fetch(request) { return new Response('hi ' + new URL(request.url).pathname) } }",
        "class W { #greeting = 'hi '; fetch(request) { return new Response(this.#greeting + new URL(request.url).pathname) } }
         export default new W()",
        "export default (request) => new Response('hi ' + new URL(request.url).pathname)",
        "async function handler(request) { return new Response('hi ' + new URL(request.url).pathname) }
         export { handler as default }",
    ];
    for source in sources {
        assert_eq!(Worker::new(source).text("/there").await, "hi /there", "{source}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_script_may_listen_instead_of_exporting() {
    let sources = [
        "addEventListener('fetch', (event) => event.respondWith(new Response('hi ' + event.request.method)))",
        "self.addEventListener('fetch', (event) => event.respondWith(Promise.resolve(new Response('hi ' + event.request.method))))",
        "addEventListener('fetch', { handleEvent(event) { event.respondWith(new Response('hi ' + event.request.method)) } })",
        // A module that listens.
        "export const x = 1; addEventListener('fetch', (event) => event.respondWith(new Response('hi ' + event.request.method)))",
    ];
    for source in sources {
        assert_eq!(Worker::new(source).text("/").await, "hi GET", "{source}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_classic_script_is_sloppy() {
    let source = "
        undeclared = 'a';
        var shared = 'b';
        function who() { return this === globalThis }
        with ({ inner: 'c' }) { var fromWith = inner }
        addEventListener('fetch', (event) => {
            event.respondWith(new Response([undeclared, globalThis.shared, fromWith, who()].join()));
        })";
    assert_eq!(Worker::new(source).text("/").await, "a,b,c,true");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_module_may_await_at_its_top_level() {
    let source = "
        const order = [];
        queueMicrotask(() => order.push('microtask'));
        const value = await new Promise((resolve) => Promise.resolve().then(() => resolve('awaited')));
        order.push(value);
        export default { fetch: () => new Response(order.join()) }";
    assert_eq!(Worker::new(source).text("/").await, "microtask,awaited");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_top_level_await_of_a_compilation_takes_several_turns() {
    let source = "
        const empty = new Uint8Array([0, 97, 115, 109, 1, 0, 0, 0]);
        const module = await WebAssembly.compile(empty);
        export default { fetch: () => new Response(String(module)) }";
    assert_eq!(Worker::new(source).text("/").await, "[object WebAssembly.Module]");
}

#[tokio::test(flavor = "multi_thread")]
async fn scheduled_events_complete() {
    for source in [
        "export default { async scheduled(event, env, ctx) { console.log(event.cron, event.scheduledTime, event.type) } }",
        "addEventListener('scheduled', (event) => { event.waitUntil((async () => {
             console.log(event.cron, event.scheduledTime, event.type) })()) })",
    ] {
        let worker = Worker::new(source);
        assert!(matches!(worker.scheduled().await, Ok(Outcome::Completed)));
        worker.drained().await;
        assert_eq!(worker.world.lines(), ["* * * * * 1234567 scheduled"]);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn tasks_take_and_return_json() {
    let payload = json!({ "a": [1, 2.5, null, true, "ü"], "b": {} });
    for source in [
        "export default { async task(task) { return { got: task.payload, id: task.id, attempt: task.attempt } } }",
        "addEventListener('task', (event) => event.respondWith({ got: event.payload, id: event.id, attempt: event.attempt }))",
    ] {
        let outcome = Worker::new(source).task(payload.clone()).await.unwrap();
        let Outcome::TaskResult(result) = outcome else { panic!("{outcome:?}") };
        assert_eq!(result.parse(), json!({ "got": payload, "id": "task-1", "attempt": 1 }));
    }
    let nothing = Worker::new("export default { task() {} }").task(json!(null)).await.unwrap();
    assert!(matches!(&nothing, Outcome::TaskResult(result) if result.json() == b"null"), "{nothing:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_task_result_that_is_not_json_is_an_exception() {
    for result in
        ["1n", "(() => { const a = {}; a.a = a; return a })()", "{ toJSON() { throw new Error('no') } }"]
    {
        let worker = Worker::new(&format!("export default {{ task: () => ({result}) }}"));
        let error = worker.task(json!(1)).await.unwrap_err();
        assert_eq!(error.reason, TerminationReason::Exception, "{result}: {error:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_script_without_handlers_is_told_so() {
    for source in
        ["", "const x = 1", "export const fetch = 1", "export default 42", "export default { fetch: 1 }"]
    {
        let message = initialization_error(source).await;
        assert!(message.contains("handler"), "{source}: {message}");
    }
    let worker = Worker::new("export default { scheduled() {} }");
    assert_eq!(worker.failure("/").await.message, "the script has no fetch handler; found: scheduled");
}

#[tokio::test(flavor = "multi_thread")]
async fn imports_are_refused_by_name() {
    for source in ["import x from 'leftpad'; export default { fetch() {} }", "export * from 'leftpad'"] {
        let message = initialization_error(source).await;
        assert!(message.contains("leftpad"), "{message}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_syntax_error_says_where() {
    let worker = Worker::new("const a = 1;\nexport default {\n  fetch( { return 1 }\n}");
    let message = worker.failure("/").await.to_string();
    assert!(message.starts_with("InitializationError: SyntaxError: "), "{message}");
    assert!(message.ends_with(" (worker.js:3:19)"), "{message}");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_exception_at_the_top_level_is_an_initialization_error() {
    let error = Worker::new("\n\nthrow new TypeError('top'); export default {}").failure("/").await;
    assert_eq!(error.reason, TerminationReason::InitializationError);
    assert_eq!(error.message, "TypeError: top");
    assert!(error.stack.unwrap().contains("worker.js:3"));
    let error = Worker::new("await Promise.reject(new Error('later')); export default {}").failure("/").await;
    assert_eq!(error.message, "Error: later");
    let error = Worker::new("'use strict'; undeclared = 1").failure("/").await;
    assert_eq!(error.reason, TerminationReason::InitializationError);
    assert!(error.message.contains("undeclared"), "{error:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_await_that_never_ends_is_found_at_once() {
    let message = initialization_error("await new Promise(() => {}); export default { fetch() {} }").await;
    assert!(message.contains("never resolves"), "{message}");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_belongs_to_a_request_is_refused_at_the_top_level() {
    for code in ["setTimeout(() => {}, 1)", "await fetch('http://x/')", "AbortSignal.timeout(5)"] {
        let message = initialization_error(&format!("{code}; export default {{ fetch() {{}} }}")).await;
        assert!(message.contains("global scope"), "{code}: {message}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_failed_evaluation_is_tried_again_by_the_next_event() {
    let worker = Worker::new("throw new Error('always'); export default {}");
    for _ in 0..3 {
        assert_eq!(worker.failure("/").await.message, "Error: always");
        assert!(!worker.context.is_ready());
    }
    let all: Vec<_> = (0..8).map(|_| worker.failure("/")).collect();
    for one in all {
        assert_eq!(one.await.reason, TerminationReason::InitializationError);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn imports_of_what_the_code_does_not_have_are_rejected() {
    let source = "export default { async fetch() {
        const errors = [];
        for (const specifier of ['leftpad', './other.js', 'https://x.test/a.js', 'data:text/javascript,1']) {
            try { await import(specifier); errors.push('imported ' + specifier) } catch (e) { errors.push(e.name) }
        }
        try { await import('x', { with: { type: 'json' } }); errors.push('imported') } catch (e) { errors.push(e.name) }
        return new Response(errors.join());
    } }";
    let names = Worker::new(source).text("/").await;
    assert!(names.split(',').all(|name| name.ends_with("Error")), "{names}");
}

#[tokio::test(flavor = "multi_thread")]
async fn import_meta_tells_nothing_of_the_host() {
    let source = "const meta = JSON.stringify(import.meta) + import.meta.url;
        export default { fetch: () => new Response(meta) }";
    let script = Script::new(source).with_name("hello/index.js");
    let meta = r#"{"url":"file:///worker.js","main":true}file:///worker.js"#;
    assert_eq!(Worker::with_script(script).text("/").await, meta);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_environment_is_an_argument_or_global() {
    let environment = [("KEY", "välue"), ("constructor", "c")];
    let module = "export default { fetch: (request, env) => new Response(JSON.stringify(env)) }";
    let worker =
        Worker::with_script(Script::new(module).with_environment([("KEY", "välue"), ("__proto__", "p")]));
    assert_eq!(worker.text("/").await, r#"{"KEY":"välue","__proto__":"p"}"#);
    let classic = "addEventListener('fetch', (event) => event.respondWith(fetch('http://x/').then(() => { throw new Error(KEY + constructor) })))";
    let worker = Worker::with_script(Script::new(classic).with_environment(environment));
    assert_eq!(worker.failure("/").await.message, "Error: väluec");
}

#[tokio::test(flavor = "multi_thread")]
async fn lesson_38_another_environment_is_another_fingerprint() {
    let script = Script::new("export default { fetch: (r, env) => new Response(env.A) }")
        .with_environment([("A", "1")]);
    let changed = script.clone().with_environment([("A", "2")]);
    assert_ne!(script.fingerprint(), changed.fingerprint());
    assert_eq!(Worker::with_script(script).text("/").await, "1");
    assert_eq!(Worker::with_script(changed).text("/").await, "2");
}

#[tokio::test(flavor = "multi_thread")]
async fn exceptions_are_described() {
    for (thrown, message) in [
        ("new TypeError('t')", "TypeError: t"),
        ("'text'", "text"),
        ("undefined", "undefined"),
        ("null", "null"),
        ("{ a: 1 }", "{ a: 1 }"),
        ("Symbol('s')", "Symbol(s)"),
        ("new DOMException('m', 'AbortError')", "AbortError: m"),
        ("Object.create(null)", "[Object: null prototype] {}"),
    ] {
        for source in [
            format!("export default {{ fetch() {{ throw {thrown} }} }}"),
            format!("export default {{ async fetch() {{ await 0; throw {thrown} }} }}"),
            format!("addEventListener('fetch', () => {{ throw {thrown} }})"),
            format!("addEventListener('fetch', (e) => e.respondWith(Promise.reject({thrown})))"),
        ] {
            let error = Worker::new(&source).failure("/").await;
            assert_eq!(error.reason, TerminationReason::Exception, "{source}: {error:?}");
            assert_eq!(error.message, message, "{source}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_fetch_handler_must_return_a_response() {
    for value in [
        "undefined",
        "null",
        "'text'",
        "{ status: 200 }",
        "Object.create(Response.prototype)",
        "Response.error()",
    ] {
        assert_ends(
            run(&format!("export default {{ fetch: () => ({value}) }}")).await,
            TerminationReason::Exception,
        );
    }
    assert_ends(run("addEventListener('fetch', () => {})").await, TerminationReason::Exception);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_request_arrives_as_it_was_sent() {
    let source = "export default { async fetch(request) {
        return Response.json({ method: request.method, url: request.url, headers: [...request.headers], body: await request.text() });
    } }";
    let mut request = post("/a%20b?q=1&q=2", "bödy");
    *request.method_mut() = http::Method::from_bytes(b"PURGE").unwrap();
    request.headers_mut().append("x-two", "1".parse().unwrap());
    request.headers_mut().append("x-two", "2".parse().unwrap());
    request.headers_mut().append("x-latin", http::HeaderValue::from_bytes(b"caf\xe9").unwrap());
    let response = Worker::new(source).request(request).await.unwrap();
    let seen: serde_json::Value = serde_json::from_str(&text(&response)).unwrap();
    assert_eq!(
        seen,
        json!({
            "method": "PURGE",
            "url": "http://worker.test/a%20b?q=1&q=2",
            "headers": [["x-latin", "café"], ["x-two", "1, 2"]],
            "body": "bödy",
        })
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn lesson_40_the_response_leaves_as_it_was_made() {
    let source = "export default { fetch() {
        const headers = new Headers([['set-cookie', 'a=1'], ['set-cookie', 'b=2'], ['x-latin', 'caf\\u00e9']]);
        return new Response(new Uint8Array([0, 255, 10]), { status: 418, statusText: 'caf\\u00e9', headers });
    } }";
    let response = Worker::new(source).request(get("/")).await.unwrap();
    assert_eq!(response.status(), 418);
    assert_eq!(response.body().as_bytes(), Some(&[0, 255, 10][..]));
    assert_eq!(response.extensions().get::<StatusText>().unwrap().as_bytes(), b"caf\xe9");
    for text in ["", "OK"] {
        let source =
            format!("export default {{ fetch() {{ return new Response('', {{ statusText: '{text}' }}) }} }}");
        let response = Worker::new(&source).request(get("/")).await.unwrap();
        assert!(response.extensions().get::<StatusText>().is_none(), "the usual one is not told");
    }
    let cookies: Vec<_> = response.headers().get_all("set-cookie").iter().collect();
    assert_eq!(cookies, ["a=1", "b=2"]);
    assert_eq!(response.headers()["x-latin"].as_bytes(), b"caf\xe9");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_large_body_goes_in_and_out() {
    let body: Vec<u8> = (0..5 << 20).map(|n| (n % 251) as u8).collect();
    let worker =
        Worker::new("export default { async fetch(r) { return new Response(await r.arrayBuffer()) } }");
    let response = worker.request(post("/", body.clone())).await.unwrap();
    assert!(response.body().as_bytes() == Some(body.as_ref()));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_text_body_leaves_as_utf_8_however_v8_keeps_it() {
    for (expression, text) in [
        ("''", ""),
        ("'plain'", "plain"),
        ("'caf\\u00e9 \\u00ff'", "café ÿ"),
        ("'10 \\u20ac \\ud83d\\ude00'", "10 € 😀"),
        ("'a\\ud83db\\ude00'", "a\u{fffd}b\u{fffd}"),
        ("'caf\\u00e9'.repeat(3).slice(2, 9)", "fécaféc"),
        ("['x'.repeat(40), '\\u00e9', '\\u20ac'.repeat(20)].reduce((a, b) => a + b)", &{
            format!("{}é{}", "x".repeat(40), "€".repeat(20))
        }),
    ] {
        let source = format!("export default {{ fetch() {{ return new Response({expression}) }} }}");
        assert_eq!(Worker::new(&source).text("/").await, text, "{expression}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_provisional_answer_of_an_upstream_cannot_be_passed_on() {
    let source = "export default { fetch(request) { return fetch('http://x/status/101') } }";
    let termination = Worker::new(source).failure("/").await;
    assert_eq!(termination.reason, TerminationReason::Exception, "{termination:?}");
    assert!(termination.message.contains("101"), "{termination:?}");
}
