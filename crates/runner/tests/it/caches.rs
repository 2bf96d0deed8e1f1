//! `caches` over HTTP: what one request puts, later ones find, wherever they run.

use std::sync::Arc;

use exec::{Body, CacheLimits, Event, Script};
use runner::IsolatePool;

use crate::support::{Runner, World, exchange, options, text_of};

/// Answers from its cache, or makes what it keeps there: counted, and as the path says.
const SITE: &str = "
    let made = 0;
    export default { async fetch(request, env, context) {
        const kept = await caches.default.match(request);
        if (kept) return kept;
        const { pathname } = new URL(request.url);
        const headers = { etag: '\"v1\"', 'cache-control': pathname.endsWith('/no') ? 'no-store' : 'max-age=600' };
        const response = new Response(`made ${++made}`, { headers });
        context.waitUntil(caches.default.put(request, response.clone()));
        return response;
    } }";

async fn get(runner: &Runner, path: &str, headers: &str) -> crate::support::Reply {
    let request = format!("GET {path} HTTP/1.1\r\nhost: site.test\r\nconnection: close\r\n{headers}\r\n");
    exchange(runner.address, request).await
}

#[tokio::test]
async fn answers_come_from_the_cache_whatever_becomes_of_the_isolate() {
    let flags = ["--pool-size", "1", "--cpu-ms", "20000"];
    let runner = Runner::serve(&[("a.mjs", SITE), ("b.mjs", SITE)], &flags).await;
    let first = get(&runner, "/a/x", "").await;
    assert_eq!((first.text(), first.all("cf-cache-status").is_empty()), ("made 1", true));
    runner.at_rest().await;
    // There is one isolate: this takes it, and a is evaluated anew after that.
    assert_eq!(get(&runner, "/b/x", "").await.text(), "made 1");
    runner.at_rest().await;
    let kept = get(&runner, "/a/x", "").await;
    assert_eq!((kept.text(), kept.header("cf-cache-status"), kept.header("age")), ("made 1", "HIT", "0"));
    let known = get(&runner, "/a/x", "if-none-match: W/\"v1\"\r\n").await;
    assert_eq!((known.status, known.body.len()), (304, 0));
    let part = get(&runner, "/a/x", "range: bytes=5-\r\n").await;
    assert_eq!((part.status, part.text(), part.header("content-range")), (206, "1", "bytes 5-5/6"));
    for n in 1..=2 {
        assert_eq!(get(&runner, "/a/no", "").await.text(), format!("made {n}"));
        runner.at_rest().await;
    }
    let caches = runner.stats().await["caches"].clone();
    assert_eq!(
        [&caches["entries"], &caches["hits"], &caches["misses"], &caches["refused"]],
        [2, 3, 4, 2],
        "{caches}"
    );
    assert!(caches["bytes"].as_u64().unwrap() > 1_000);
    let (_, metrics) = runner.admin("GET /metrics").await;
    assert!(
        metrics.contains("runner_caches_entries 2\n") && metrics.contains("runner_caches_hits_total 3\n")
    );
}

#[tokio::test]
async fn without_room_every_answer_is_made() {
    let runner = Runner::serve(&[("a.mjs", SITE)], &["--cache-mb", "0", "--cpu-ms", "20000"]).await;
    for n in 1..=2 {
        assert_eq!(get(&runner, "/a/x", "").await.text(), format!("made {n}"));
        runner.at_rest().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_pool_has_caches_for_each_worker_within_its_bounds() {
    let source = "
        export default { async fetch(request) {
            const url = new URL(request.url);
            if (url.pathname === '/count') return new Response((await caches.default.keys()).length);
            for (let i = 0; i < Number(url.search.slice(1)); i++) {
                await caches.default.put(`http://kept.test/${i}`, new Response('x'.repeat(1000)));
            }
            return new Response('put');
        } }";
    let limits = CacheLimits::default().with_bytes(200_000).with_worker_bytes(150_000);
    let pool = IsolatePool::new(options().with_caches(limits)).unwrap();
    let (script, world) = (Script::new(source), World::new());
    let ask = async |worker: &str, path: &str| {
        let request = http::Request::get(format!("http://worker.test{path}")).body(Body::empty()).unwrap();
        let outcome =
            pool.execute(worker, &script, Arc::new(World::shared(&world)), Event::Fetch(request)).await;
        text_of(outcome)
    };
    assert_eq!(ask("modest", "/?20").await, "put");
    for greedy in ["a", "b", "c"] {
        assert_eq!(ask(greedy, "/?500").await, "put");
    }
    assert_eq!(ask("modest", "/count").await, "20");
    let stats = pool.stats().caches;
    assert!(stats.bytes <= 200_000 && stats.evictions > 1_000, "{stats:?}");
    pool.retire("modest");
    assert_eq!(ask("modest", "/count").await, "20", "the isolate is another one");
}
