//! `error.stack` of scripts with source maps, which the host and not V8 makes.

use std::sync::Arc;

use exec::{OriginalPlace, Script, SourceMaps, TerminationReason};
use isolate::RuntimeLimits;

use crate::support::{Worker, generous, new_isolate};

/// What it knows of the main module: every place is in line 1000 of another file, or nowhere else.
struct Maps(bool);

const WRITTEN: &str = "src/written.ts";

impl SourceMaps for Maps {
    fn original<'a>(&'a self, script: &Script, file: &str, _: u32, column: u32) -> Option<OriginalPlace<'a>> {
        (self.0 && file == script.name()).then(|| OriginalPlace {
            file: WRITTEN.to_owned(),
            line: 1000,
            column,
            text: None,
        })
    }

    fn frames(&self, script: &Script, frames: &str) -> Option<String> {
        self.0.then(|| frames.replace(script.name(), WRITTEN))
    }

    fn text<'a>(&'a self, _: &Script, _: &str) -> Option<&'a str> {
        None
    }
}

fn worker(script: Script, limits: RuntimeLimits) -> Worker {
    Worker::on(&new_isolate(limits), script)
}

fn answering(code: &str) -> Script {
    Script::new(format!(
        "export default {{ async fetch(request) {{\n const value = await (async () => {{ {code} }})();\n\
         return new Response(String(value)) }} }}"
    ))
}

#[tokio::test(flavor = "multi_thread")]
async fn stacks_and_errors_name_what_was_written() {
    let mapped = |code: &str| answering(code).with_source_maps(Arc::new(Maps(true)));
    for code in [
        "return new Error('x').stack",
        "return structuredClone(new Error('x')).stack",
        "const o = {}; Error.captureStackTrace(o); return o.stack",
        "try { new URL('no') } catch (error) { return error.stack }",
    ] {
        let stack = worker(mapped(code), generous()).text("/").await;
        assert!(stack.contains("    at ") && stack.contains(WRITTEN), "{code}: {stack}");
        assert!(!stack.contains("worker.js"), "{code}: {stack}");
    }
    // Sites are V8's own.
    let code = "Error.prepareStackTrace = (_, sites) => sites[0].getFileName(); return new Error().stack";
    assert_eq!(worker(mapped(code), generous()).text("/").await, "worker.js");

    let failure = worker(mapped("null.x"), generous()).failure("/").await;
    let (place, stack) = (failure.location.unwrap(), failure.stack.unwrap());
    assert_eq!((&*place.file, place.line), (WRITTEN, 1000));
    assert!(stack.contains(WRITTEN) && !stack.contains("worker.js"), "{stack}");
    let broken = Script::new("export default {\n  fetch( { }").with_source_maps(Arc::new(Maps(true)));
    let place = worker(broken, generous()).failure("/").await.location.unwrap();
    assert_eq!((&*place.file, place.line), (WRITTEN, 1000));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_context_without_maps_is_as_it_was_on_an_isolate_that_had_one() {
    let isolate = new_isolate(generous());
    let code = "return new Error('x').stack";
    let mapped = Worker::on(&isolate, answering(code).with_source_maps(Arc::new(Maps(true))));
    let plain = Worker::on(&isolate, answering(code));
    assert!(mapped.text("/").await.contains(WRITTEN));
    let alone = worker(answering(code), generous()).text("/").await;
    assert_eq!(plain.text("/").await, alone);
    assert!(mapped.text("/").await.contains(WRITTEN));
}

#[tokio::test(flavor = "multi_thread")]
async fn frames_of_the_runtime_give_nothing_away() {
    // Code that is not strict may ask who has called it.
    let code = "Error.prepareStackTrace = new Function('error', 'sites', `
          const all = [];
          for (const site of sites) {
              for (const name of ['getThis', 'getFunction']) {
                  const value = site[name]();
                  if (value !== undefined && value !== null && value !== globalThis) all.push(name);
              }
          }
          const { caller } = arguments.callee;
          return [sites.length > 0, caller === null, this === Error, ...all].join();`);
        return new Error('x').stack";
    for exist in [false, true] {
        let script = answering(code).with_source_maps(Arc::new(Maps(exist)));
        assert_eq!(worker(script, generous()).text("/").await, "true,true,true");
    }
    // Neither do what the runtime is made of, which a guest has changed.
    let code = "const seen = [];
        for (const name of ['getOwnPropertyDescriptor', 'getPrototypeOf', 'apply'])
            Reflect[name] = (...values) => { seen.push(name) };
        for (const name of ['call', 'apply', 'bind']) Function.prototype[name] = () => { seen.push(name) };
        Object.defineProperty(Error.prototype, 'stack', { get() { seen.push('stack') } });
        String.prototype.replace = String.prototype.split = () => { seen.push('string') };
        Object.defineProperty(Object.prototype, 'get', { get() { seen.push('get') }, configurable: true });
        const { stack } = new Error('x');
        delete Object.prototype.get;
        return [typeof stack, seen.length].join()";
    for exist in [false, true] {
        let script = answering(code).with_source_maps(Arc::new(Maps(exist)));
        assert_eq!(worker(script, generous()).text("/").await, "string,0");
    }
}

/// Errors that end a request: what becomes of them is told, whatever they are.
const THROWN: [(&str, &str); 9] = [
    (
        "const e = new Error('x'); Object.defineProperty(e, 'stack', { get() { throw new Error('y') } }); throw e",
        "x",
    ),
    ("const e = new Error('x'); Object.defineProperty(e, 'stack', { get: () => 5 }); throw e", "x"),
    ("const e = new Error('x'); Object.defineProperty(e, 'stack', { value: 's'.repeat(1e6) }); throw e", ""),
    ("throw new Proxy(new Error('x'), { get() { throw new Error('y') }, getPrototypeOf() { throw 1 } })", ""),
    ("const { proxy, revoke } = Proxy.revocable(new Error('x'), {}); revoke(); throw proxy", ""),
    ("Error.prepareStackTrace = () => { throw new RangeError('mine') }; throw new Error('x')", ""),
    ("Error.prepareStackTrace = (error) => error.stack + new Error('in').stack; throw new Error('x')", "x"),
    (
        "const again = () => { Error.prepareStackTrace = again; return new Error('in').stack }; again(); throw new Error('x')",
        "",
    ),
    (
        "Error.stackTraceLimit = 1e9; const deep = (n) => { if (n === 0) throw new Error('x'); deep(n - 1); n++ }; deep(3000)",
        "x",
    ),
];

#[tokio::test(flavor = "multi_thread")]
async fn errors_that_mean_harm_are_told_and_nothing_else_happens() {
    for (code, message) in THROWN {
        for maps in [None, Some(false), Some(true)] {
            let script = Script::new(format!(
                "export default {{ async fetch(request) {{
                    if (request.url.endsWith('/fine')) return new Response('fine');
                    {code} }} }}"
            ));
            let script = match maps {
                Some(exist) => script.with_source_maps(Arc::new(Maps(exist))),
                None => script,
            };
            let worker = worker(script, generous());
            let failure = worker.failure("/").await;
            assert_eq!(failure.reason, TerminationReason::Exception, "{code}: {failure:?}");
            assert!(failure.message.contains(message), "{code}: {failure:?}");
            assert!(failure.stack.is_none_or(|stack| stack.len() < 100_000), "{code}");
            assert_eq!(worker.text("/fine").await, "fine", "{code}");
        }
    }
}
