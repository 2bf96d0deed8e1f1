//! The code cache: contexts that are made again are compiled from it, and behave as if they were not.

use std::sync::Arc;
use std::time::Duration;

use exec::{CodeCache, CodeCacheStats, ExecutionContext, Module, NoOperations, Script, WorkerCode};

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

/// Waits until the cache is as it should be.
async fn until(cache: &CodeCache, is_there: impl Fn(&CodeCacheStats) -> bool) {
    let there = async {
        while !is_there(&cache.stats()) {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(30), there).await.unwrap_or_else(|_| panic!("{cache:?}"));
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
    let first = worker(&script, &cache);
    assert_eq!(first.text("/").await, "esm,cjs,lazy");
    assert_eq!((cache.stats().hits, cache.stats().misses), (0, 4));
    assert!(cache.stats().bytes > 1000);
    // What a request imports has an entry when the isolate has time.
    until(&cache, |stats| stats.entries == 4).await;
    let again = worker(&script, &cache);
    assert_eq!(again.text("/").await, "esm,cjs,lazy");
    assert_eq!((cache.stats().hits, cache.stats().rejected), (4, 0));
    again.context.reset();
    assert_eq!(again.text("/").await, "esm,cjs,lazy");
    assert_eq!((cache.stats().hits, cache.stats().misses, cache.stats().entries), (8, 4, 4));
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

/// What an entry has in it only if the function has been compiled that names it.
const USED: &str = "used by requests and nobody else";

fn has(bundle: &[u8], text: &str) -> bool {
    bundle.windows(text.len()).any(|bytes| bytes == text.as_bytes())
}

#[tokio::test(flavor = "multi_thread")]
async fn what_only_requests_run_is_compiled_once_for_all_isolates() {
    let source = format!(
        "const render = (path) => path + ' {USED}';
        const rare = () => 'seldom used';
        export default {{ fetch(request) {{
            const {{ pathname }} = new URL(request.url);
            return new Response(pathname === '/rare' ? rare() : render(pathname)) }} }}"
    );
    let (script, environment) = (Script::new(long(&source)), exec::code_environment(true));
    let new_cache = || CodeCache::new(1 << 20);
    let bundle = |cache: &CodeCache| cache.export(&script, &environment).unwrap();
    let cache = new_cache();
    let first = worker(&script, &cache);
    first.context.prepare(Arc::new(NoOperations)).await.unwrap();
    let (evaluated, bytes) = (bundle(&cache), cache.stats().bytes);
    assert!(!has(&evaluated, USED));
    first.text("/").await;
    until(&cache, |stats| stats.refilled == 1).await;
    let full = bundle(&cache);
    assert!(has(&full, USED) && !has(&full, "seldom used") && cache.stats().bytes > bytes);

    // A second isolate that has that entry compiles nothing when it is asked the same: when it makes the entry again there
    // is no more in it. One that has the entry of the evaluation does.
    for (start, refilled) in [(&full, 0), (&evaluated, 1)] {
        let cache = new_cache();
        assert_eq!(cache.import(&script, &environment, start), Ok(1));
        let second = worker(&script, &cache);
        for _ in 0..16 {
            second.text("/").await;
        }
        let made_again = async {
            while bundle(&cache) == *start {
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
        };
        tokio::time::timeout(Duration::from_secs(30), made_again).await.unwrap();
        let stats = cache.stats();
        assert_eq!((stats.refilled, stats.hits, stats.misses, stats.rejected), (refilled, 1, 0, 0));
        assert!(has(&bundle(&cache), USED));
    }

    // Requests of another kind come later; after those it is left as it is.
    for path in (1..16).map(|n| if n == 8 { "/rare" } else { "/" }) {
        first.text(path).await;
    }
    until(&cache, |stats| stats.refilled == 2).await;
    assert!(has(&bundle(&cache), "seldom used"));
    let last = worker(&script, &cache);
    last.text("/").await;
    assert_eq!((cache.stats().hits, cache.stats().refilled), (1, 2));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_isolate_that_goes_takes_the_work_along_and_another_does_it() {
    let script = Script::new(long(&format!("export default {{ fetch: () => new Response('{USED}') }}")));
    let cache = CodeCache::new(1 << 20);
    for _ in 0..3 {
        // Its isolate is gone before it has had time.
        worker(&script, &cache).text("/").await;
    }
    let last = worker(&script, &cache);
    last.text("/").await;
    until(&cache, |stats| stats.refilled == 1).await;
    assert!(has(&cache.export(&script, &exec::code_environment(true)).unwrap(), USED));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_busy_isolate_serves_its_requests_first() {
    let script = Script::new(long(&format!("export default {{ fetch: () => new Response('{USED}') }}")));
    let cache = CodeCache::new(1 << 20);
    let busy = Arc::new(worker(&script, &cache));
    let ask = |busy: Arc<Worker>| async move {
        for _ in 0..200 {
            busy.text("/").await;
        }
    };
    let asking: Vec<_> = (0..4).map(|_| tokio::spawn(ask(Arc::clone(&busy)))).collect();
    for asked in asking {
        asked.await.unwrap();
    }
    until(&cache, |stats| stats.refilled == 1).await;
    assert_eq!(cache.stats().misses, 1);
}
