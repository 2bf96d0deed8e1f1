//! The code cache: contexts that are made again are compiled from it, and behave as if they were not.

use exec::{CodeCache, ExecutionContext, Module, Script, WorkerCode};

use crate::support::{Worker, generous, new_isolate};

/// A worker on an isolate of its own.
fn worker(script: &Script, cache: &CodeCache) -> Worker {
    let worker = Worker::on(&new_isolate(generous()), script.clone());
    let context: ExecutionContext = worker.context.clone().with_code_cache(cache.clone());
    Worker { context, ..worker }
}

/// So long that it is worth an entry.
fn long(source: &str) -> String {
    let functions: String =
        (0..100).map(|n| format!("function unused{n}(x) {{ return x + {n} }}\n")).collect();
    format!("{source}\n{functions}")
}

#[tokio::test(flavor = "multi_thread")]
async fn modules_of_every_kind_are_compiled_once_for_all_isolates() {
    let main = "import { esm } from './esm.js'; import cjs from './cjs.js'; import './short.js';
        export default { async fetch() { const { lazy } = await import('./lazy.js');
            return new Response([esm(), cjs(), lazy].join()) } }";
    let code = WorkerCode::new(Module::esm("main.js", long(main))).with_modules([
        Module::esm("esm.js", long("export const esm = () => 'esm'")),
        Module::common_js("cjs.js", long("module.exports = () => 'cjs'")),
        Module::esm("lazy.js", long("export const lazy = 'lazy'")),
        Module::esm("short.js", "export {}"),
    ]);
    let (script, cache) = (Script::from_code(code), CodeCache::new(1 << 20));
    assert_eq!(worker(&script, &cache).text("/").await, "esm,cjs,lazy");
    let stats = cache.stats();
    // What a request imports is not of the evaluation.
    assert_eq!((stats.entries, stats.hits, stats.misses), (3, 0, 4));
    assert!(stats.bytes > 1000);
    let again = worker(&script, &cache);
    assert_eq!(again.text("/").await, "esm,cjs,lazy");
    assert_eq!((cache.stats().hits, cache.stats().rejected), (3, 0));
    again.context.reset();
    assert_eq!(again.text("/").await, "esm,cjs,lazy");
    assert_eq!((cache.stats().hits, cache.stats().entries), (6, 3));
}

#[tokio::test(flavor = "multi_thread")]
async fn one_text_is_what_it_was_with_its_errors_in_their_places() {
    let cache = CodeCache::new(1 << 20);
    let module = Script::new(long("\nexport default { fetch() { missing() } }")).with_name("a/index.js");
    let classic =
        Script::new(long("\naddEventListener('fetch', (event) => {\n missing() }); var sloppy = this"));
    for script in [module, classic] {
        let before = cache.stats();
        let first = worker(&script, &cache).failure("/").await;
        let second = worker(&script, &cache).failure("/").await;
        assert_eq!((&first.message, &first.location), (&second.message, &second.location));
        assert_eq!(first.stack, second.stack);
        assert!(second.location.is_some());
        assert_eq!((cache.stats().hits - before.hits, cache.stats().rejected), (1, 0));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_does_not_fit_the_budget_or_differs_in_a_letter_is_compiled() {
    let script =
        |n: u32| Script::new(long(&format!("export default {{ fetch: () => new Response('{n}') }}")));
    let (small, cache) = (CodeCache::new(100), CodeCache::new(1 << 20));
    for n in [1, 2, 1] {
        assert_eq!(worker(&script(n), &small).text("/").await, n.to_string());
        assert_eq!(worker(&script(n), &cache).text("/").await, n.to_string());
    }
    assert_eq!((small.stats().bytes, small.stats().entries, small.stats().misses), (0, 0, 3));
    assert_eq!((cache.stats().entries, cache.stats().misses, cache.stats().hits), (2, 2, 1));
}
