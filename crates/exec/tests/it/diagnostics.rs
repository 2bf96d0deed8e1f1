//! What is said of scripts that fail: where, how the thrown value looks, what to do. And that none of it gives a script
//! more than it has.

use exec::{Script, Termination, TerminationReason};

use crate::support::{Worker, run, run_tight};

/// How a request to a worker named `hello/index.js` fails.
async fn failure(source: &str) -> Termination {
    Worker::with_script(Script::new(source).with_name("hello/index.js")).failure("/").await
}

/// How a handler with this body fails.
async fn thrown(body: &str) -> Termination {
    failure(&format!("export default {{ async fetch(request, env) {{ {body} }} }}")).await
}

/// Place, and what is there.
fn place(termination: &Termination) -> (String, &str) {
    let location = termination.location.as_deref().expect("a place");
    (location.to_string(), &location.excerpt[location.span.clone()])
}

#[tokio::test(flavor = "multi_thread")]
async fn an_exception_says_where_it_came_from() {
    let error = failure("export default {\n  fetch() {\n    hello.there();\n  },\n};").await;
    assert_eq!(place(&error), ("hello/index.js:3:5".into(), "hello"));
    assert_eq!(error.to_string(), "Exception: ReferenceError: hello is not defined (hello/index.js:3:5)");
    let stack = error.stack.unwrap();
    assert!(stack.contains("at Object.fetch (hello/index.js:3:5)"), "{stack}");
    assert!(!stack.contains("ext:"), "{stack}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_built_in_that_throws_points_at_its_caller() {
    let error = failure("export default {\n  fetch() {\n    return new Headers([1]);\n  },\n};").await;
    assert_eq!(place(&error), ("hello/index.js:3:12".into(), "new"));
    assert!(error.message.starts_with("TypeError"), "{error}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_script_that_cannot_be_evaluated_says_where() {
    let syntax = failure("const a = 1;\nconst b = a a;\n").await;
    assert_eq!(place(&syntax), ("hello/index.js:2:13".into(), "a"));
    let top = failure("\nconst x = (() => y)();\nexport default {}").await;
    assert_eq!(place(&top), ("hello/index.js:2:18".into(), "y"));
    let plain = failure("const f = 1;\n  throw 'plain';").await;
    assert_eq!((place(&plain).0.as_str(), plain.message.as_str()), ("hello/index.js:2:3", "plain"));
    let awaited = failure("await 0;\nawait (async () => { z })();\nexport default {}").await;
    assert_eq!(place(&awaited), ("hello/index.js:2:22".into(), "z"));
    assert_eq!(awaited.reason, TerminationReason::InitializationError);
}

#[tokio::test(flavor = "multi_thread")]
async fn causes_and_errors_are_shown() {
    let error = thrown(
        "try { JSON.parse('{') } catch (cause) { throw new Error('outer', { cause: new Error('middle', { cause }) }) }",
    )
    .await;
    assert_eq!(error.message, "Error: outer");
    let stack = error.stack.unwrap();
    assert!(stack.contains("[cause]: Error: middle") && stack.contains("[cause]: SyntaxError: "), "{stack}");
    let stack = thrown("await Promise.any([Promise.reject(new TypeError('one')), Promise.reject(2)])").await;
    let stack = stack.stack.unwrap();
    assert!(stack.contains("[errors]: [") && stack.contains("TypeError: one"), "{stack}");
    let endless = thrown("const e = new Error('e'); e.cause = e; throw e").await.stack.unwrap();
    assert!(endless.contains("cause: [Circular *1]"), "{endless}");
    let deep =
        "let e = new Error('0'); for (let i = 1; i < 1e5; i++) e = new Error(i, { cause: e }); throw e";
    assert!(thrown(deep).await.stack.unwrap().len() < 10_000);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_thrown_object_is_shown() {
    for (value, message) in [
        ("{ code: 42, why: 'because' }", "{ code: 42, why: 'because' }"),
        ("'text'", "text"),
        ("undefined", "undefined"),
        ("Symbol('s')", "Symbol(s)"),
        ("new (class Failure { constructor() { this.a = [1, 2] } })", "Failure { a: [ 1, 2 ] }"),
        ("new Map([['k', { v: 1 }]])", "Map(1) { 'k' => { v: 1 } }"),
        ("() => {}", "[Function (anonymous)]"),
        ("new Proxy({ a: 1 }, {})", "{ a: 1 }"),
        ("new Response('x')", "Response"),
    ] {
        let error = thrown(&format!("throw {value}")).await;
        assert!(error.message.starts_with(message), "{value}: {}", error.message);
        assert_eq!(error.reason, TerminationReason::Exception);
    }
    let large = thrown("throw Array.from({ length: 1000 }, (_, i) => ({ i, text: 'x'.repeat(1000) }))").await;
    assert!(large.message.len() < 10_000 && large.stack.unwrap().len() < 10_000);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_handler_says_what_it_returned() {
    for (value, said) in [
        ("'hello'", "fetch() returned a string ('hello'), not a Response"),
        ("undefined", "fetch() returned undefined, not a Response (is a return missing?)"),
        ("null", "fetch() returned null, not a Response"),
        ("{ status: 200 }", "fetch() returned an object ({ status: 200 }), not a Response"),
        ("new Error('x')", "fetch() returned an object (Error: x ...), not a Response"),
        ("1n", "fetch() returned a bigint (1n), not a Response"),
        ("() => {}", "fetch() returned a function ([Function (anonymous)]), not a Response"),
    ] {
        let error = thrown(&format!("return {value}")).await;
        assert_eq!(error.message, format!("TypeError: {said}"));
    }
    let listener = failure("addEventListener('fetch', (event) => event.respondWith('hello'))").await;
    assert_eq!(listener.message, "TypeError: respondWith() was given a string ('hello'), not a Response");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_script_without_handlers_says_what_it_exports() {
    for (source, said) in [
        ("export default { fecth() {} }", "found: fecth; did you mean fetch?"),
        (
            "export default new (class App { constructor() { this.routes = 1 } handle() {} })",
            "found: routes, handle",
        ),
        ("export default { fetch: 1 }", "found: fetch; fetch is not a function"),
        (
            "export function fetch() {}",
            "found: the export fetch, but handlers are members of the default export",
        ),
        ("export default 42", "its default export is a number (42), not an object with handlers"),
        ("export default Object.freeze({})", "its default export is empty"),
        ("const x = 1", "the script has no handlers: export default { fetch }"),
    ] {
        let error = failure(source).await;
        assert!(error.message.contains(said), "{source}: {}", error.message);
        assert_eq!(error.reason, TerminationReason::InitializationError);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_missing_is_explained() {
    for (body, hint) in [
        ("return new Response(await env.MY_KV.get('x'))", "env.MY_KV is not bound"),
        ("return require('fs')", "require is not supported"),
        ("return new Response(Buffer.from('x'))", "Buffer is no global"),
        ("return new Response(new WebSocketPair())", "WebSocketPair is not supported"),
    ] {
        let error = thrown(body).await;
        assert!(error.hint.as_deref().is_some_and(|said| said.starts_with(hint)), "{body}: {error:?}");
    }
    assert_eq!(thrown("nothing.to.explain").await.hint, None);
    let worker = Worker::new(
        "export default { fetch(_, env) { Promise.reject(1).catch(() => env.KV.put('x')); return new Response() } }",
    );
    worker.text("/").await;
    worker.drained().await;
    let errors = worker.world.errors();
    assert!(
        errors[0].starts_with("Uncaught (in promise) TypeError: ") && errors[0].ends_with(" has no KV)"),
        "{errors:?}"
    );
    // Nothing is defined for the sake of the explanation.
    let asked =
        run("export default { fetch: () => new Response(typeof WebSocketPair + ('process' in globalThis)) }")
            .await;
    assert_eq!(asked.unwrap().body().as_bytes(), Some(&b"undefinedfalse"[..]));
}

/// Each of these ends, as what it is or at its limit, and tells the script nothing.
#[tokio::test(flavor = "multi_thread")]
async fn describing_an_exception_runs_no_guest_code_for_long_and_reveals_nothing() {
    for value in [
        "{ get message() { while (true); }, get stack() { while (true); }, toString() { while (true); } }",
        "new Proxy(new Error('p'), { get() { while (true); }, ownKeys() { while (true); } })",
        "Object.setPrototypeOf({}, new Proxy({}, { get() { while (true); }, getPrototypeOf() { while (true); } }))",
        "Object.defineProperty(new Error('e'), 'cause', { get() { while (true); } })",
        "Object.defineProperty(new Error('e'), 'stack', { get() { while (true); } })",
        "(Error.prepareStackTrace = () => { while (true); }, new Error('p'))",
        "(Error.prepareStackTrace = (e, frames) => frames, new Error('frames'))",
        "(Array.prototype.push = Array.prototype.join = () => { while (true); }, { a: [1, 2] })",
        "new Proxy(Proxy.revocable({}, {}).proxy, {})",
        "Object.assign(new Error('x'), { stack: '    at (worker.js:4294967295:4294967295)' })",
    ] {
        let source = format!("export default {{ fetch() {{ throw {value} }} }}");
        let error = run_tight(&source).await.unwrap_err();
        let expected = [TerminationReason::Exception, TerminationReason::CpuTimeLimit];
        assert!(expected.contains(&error.reason), "{value}: {error:?}");
    }
    // The frames of the bootstrap have no functions to take, and the host's functions are not among the arguments.
    let spied = thrown(
        "const seen = [];
         Error.prepareStackTrace = (error, frames) => {
             for (const frame of frames) {
                 seen.push(typeof frame.getFunction(), frame.getThis() === undefined);
             }
             return seen.join();
         };
         throw { get inner() { throw 1 }, error: Object.assign(new Error('x'), { toString: 1 }) };",
    )
    .await;
    assert!(!format!("{spied:?}").contains("function,"), "{spied:?}");
}

/// The end of a request that may end without a stack: on a busy machine a thread may have no time to show it.
async fn with_stack(source: &str) -> Termination {
    for _ in 0..50 {
        let error = run_tight(source).await.unwrap_err();
        if error.stack.is_some() {
            return error;
        }
    }
    panic!("no stack: {source}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_limit_shows_where_the_script_was() {
    use TerminationReason::{CpuTimeLimit, InitializationError};
    let handler = "function spin() {\n  for (;;);\n}\nexport default {\n  fetch() {\n    spin();\n  },\n};\n";
    let waits = "export default {\n  async fetch() {\n    await null;\n    while (true);\n  },\n};\n";
    let built_in = "export default {\n  fetch() {\n    for (;;) [3, 1].sort(() => 0);\n  },\n};\n";
    let top = "const x = 1;\nwhile (x);\nexport default {};\n";
    for (source, reason, starts, line) in [
        (handler, CpuTimeLimit, "    at spin (worker.js:2:", 2),
        (waits, CpuTimeLimit, "    at Object.fetch (worker.js:4:", 4),
        (built_in, CpuTimeLimit, "    at ", 3),
        (top, InitializationError, "    at worker.js:2:", 2),
    ] {
        let error = with_stack(source).await;
        assert_eq!(error.reason, reason, "{error:?}");
        let stack = error.stack.unwrap();
        assert!(stack.starts_with(starts) || stack.starts_with("    at fetch (worker.js:4:"), "{stack}");
        assert!(!stack.contains("ext:"), "{stack}");
        assert_eq!(error.location.map(|location| location.line), Some(line), "{stack}");
    }
    let stack = with_stack(handler).await.stack.unwrap();
    assert!(stack.lines().nth(1).unwrap().contains("fetch (worker.js:6:5)"), "{stack}");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_stack_at_a_limit_is_bounded_whatever_its_functions_are_called() {
    let deep = "function f(n) { if (n > 0) f(n - 1); for (;;); } export default { fetch() { f(500) } }";
    let stack = with_stack(deep).await.stack.unwrap();
    assert!(stack.lines().count() <= 16, "{stack}");
    for name in ["'x'.repeat(2 ** 20)", "'a\\n    at b (worker.js:1:1)'", "Symbol('s')"] {
        let source = format!(
            "function f() {{ for (;;); }} Object.defineProperty(f, 'name', {{ value: {name} }});
            export default {{ fetch() {{ f(); }} }}"
        );
        let stack = with_stack(&source).await.stack.unwrap();
        assert!(stack.len() < 2000 && stack.lines().count() == 2, "{name}: {stack}");
    }
    let evaluated = "export default { fetch() { eval('for (;;); //# sourceURL=' + 'y'.repeat(100000)) } }";
    assert!(with_stack(evaluated).await.stack.unwrap().len() < 2000);
}

/// What is asked for near the end of a turn ends with it.
#[tokio::test(flavor = "multi_thread")]
async fn a_limit_of_one_request_neither_stops_nor_marks_another() {
    let source = "export default { async fetch(request) {
        if (request.url.endsWith('/loop')) for (;;);
        if (request.url.endsWith('/spin')) {
            // Ends at about the time when it would be stopped.
            const end = performance.now() + 99 + Math.random() * 2;
            while (performance.now() < end);
        }
        if (request.url.endsWith('/throw')) throw new Error('thrown');
        return new Response('ok');
    } }";
    let worker = Worker::with_limits(source, crate::support::tight());
    for _ in 0..10 {
        let _ = worker.get("/spin").await;
        let error = worker.failure("/throw").await;
        assert_eq!(error.reason, TerminationReason::Exception, "{error:?}");
        assert!(error.stack.unwrap().starts_with("Error: thrown\n"));
        assert_eq!(worker.text("/").await, "ok");
    }
    assert_eq!(worker.failure("/loop").await.reason, TerminationReason::CpuTimeLimit);
    assert_eq!(worker.text("/").await, "ok");
}
