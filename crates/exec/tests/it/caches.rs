//! `caches`: what stays when isolates go, whose it is, and what it costs whom.

use std::sync::Arc;

use exec::{
    Body, CacheLimits, CacheStore, ExecutionContext, ProcessBudget, Script, TenantBudget, TenantLimits,
};

use crate::support::{Worker, eventually, generous, new_isolate, post, text};

const KEEPER: &str = "
    const at = (request) => 'http://kept.test' + new URL(request.url).pathname;
    export default {
        async fetch(request, env, context) {
            if (request.method === 'POST') {
                await caches.default.put(at(request), new Response(request.body, { headers: { 'x-n': '1' } }));
                return new Response('put');
            }
            return (await caches.default.match(at(request))) ?? new Response('none', { status: 404 });
        },
    }";

fn keeper(store: &CacheStore, id: &str) -> Worker {
    let worker = Worker::with_script(Script::new(KEEPER));
    Worker { context: worker.context.with_caches(store.of(id)), ..worker }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_kept_is_the_workers_and_stays_when_its_isolate_goes() {
    let store = CacheStore::new(CacheLimits::default());
    let worker = keeper(&store, "a");
    assert_eq!(text(&worker.request(post("/x", "0123456789")).await.unwrap()), "put");
    drop(worker);
    let response = keeper(&store, "a").get("/x").await.unwrap();
    assert_eq!(
        (text(&response).as_str(), &response.headers()["cf-cache-status"]),
        ("0123456789", &"HIT".parse().unwrap())
    );
    assert_eq!(keeper(&store, "b").get("/x").await.unwrap().status(), 404);
    assert_eq!(keeper(&CacheStore::new(CacheLimits::default()), "a").get("/x").await.unwrap().status(), 404);
    let stats = store.stats();
    assert_eq!((stats.entries, stats.hits, stats.misses, stats.refused), (1, 1, 1, 0));
}

#[tokio::test(flavor = "multi_thread")]
async fn without_a_store_nothing_is_kept() {
    let worker = Worker::new(KEEPER);
    let context = ExecutionContext::new_with_pooled_isolate(Arc::clone(&worker.isolate), Script::new(KEEPER));
    let worker = Worker { context, ..worker };
    assert_eq!(text(&worker.request(post("/x", "0123456789")).await.unwrap()), "put");
    assert_eq!(worker.get("/x").await.unwrap().status(), 404);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_body_goes_out_without_a_copy_and_is_charged_while_it_does() {
    let store = CacheStore::new(CacheLimits::default());
    let budget = TenantBudget::new(TenantLimits::default().with_bytes(1 << 20), &ProcessBudget::default());
    let worker = keeper(&store, "a");
    let worker = Worker { context: worker.context.with_budget(budget.clone()), ..worker };
    worker.request(post("/x", vec![7_u8; 700_000])).await.unwrap();
    worker.drained().await;
    eventually("nothing is charged for what is kept", || budget.usage().bytes == 0).await;
    let (one, two) = (worker.get("/x").await.unwrap(), worker.get("/x").await.unwrap());
    let bytes = |response: &http::Response<Body>| response.body().as_bytes().unwrap().as_ptr();
    assert_eq!((bytes(&one), one.body().len()), (bytes(&two), Some(700_000)));
    assert_eq!(budget.usage().bytes, 700_000);
    drop((one, two));
    eventually("they are gone", || budget.usage().bytes == 0).await;
    // It would not fit into the isolate, nor into the budget, twice.
    assert!(store.stats().bytes > 700_000);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_put_whose_request_ends_keeps_nothing() {
    let store = CacheStore::new(CacheLimits::default());
    let source = "
        export default { async fetch(request, env, context) {
            const never = new ReadableStream({ start(c) { c.enqueue(new Uint8Array(9)) } });
            caches.default.put('http://kept.test/never', new Response(never)).catch(() => {});
            const late = new Response(new ReadableStream({ async pull(c) {
                await new Promise((go) => setTimeout(go, 20)); c.enqueue(new Uint8Array(9)); c.close();
            } }));
            context.waitUntil(caches.default.put('http://kept.test/late', late));
            return new Response('done');
        } }";
    let worker = Worker::with_script(Script::new(source));
    let worker = Worker { context: worker.context.with_caches(store.of("a")), ..worker };
    assert_eq!(worker.text("/").await, "done");
    worker.drained().await;
    assert_eq!(store.stats().entries, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn requests_at_the_same_time_find_all_of_a_response_or_none() {
    let store = CacheStore::new(CacheLimits::default());
    let source = "
        export default { async fetch(request) {
            const n = Number(new URL(request.url).searchParams.get('n'));
            for (let round = 0; round < 20; round++) {
                const body = round % 2 ? new Uint8Array(9000).fill(n) : ReadableStream.from([1, 2, 3].map(() => new Uint8Array(3000).fill(n)));
                await caches.default.put('http://kept.test/', new Response(body, { headers: { 'x-n': n } }));
                const found = await caches.default.match('http://kept.test/');
                const bytes = await found.bytes();
                const own = Number(found.headers.get('x-n'));
                if (bytes.length !== 9000 || bytes.some((byte) => byte !== own)) return new Response('torn', { status: 500 });
            }
            return new Response('whole');
        } }";
    let isolates = [new_isolate(generous()), new_isolate(generous())];
    let workers: Vec<_> = (0..6)
        .map(|n| {
            let worker = Worker::on(&isolates[n % 2], Script::new(source));
            Worker { context: worker.context.with_caches(store.of("a")), ..worker }
        })
        .collect();
    let requests = workers.iter().enumerate().map(|(n, worker)| {
        let worker = worker.clone();
        tokio::spawn(async move { worker.text(&format!("/?n={n}")).await })
    });
    for request in requests.collect::<Vec<_>>() {
        assert_eq!(request.await.unwrap(), "whole");
    }
    assert_eq!(store.stats().entries, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_worker_that_puts_without_end_stays_within_its_bounds() {
    let limits =
        CacheLimits::default().with_worker_bytes(200_000).with_worker_entries(100).with_worker_caches(5);
    let store = CacheStore::new(limits);
    let source = "
        const of = (f) => f().then(() => 0, () => 1);
        export default { async fetch() {
            let refused = 0;
            const long = 'x'.repeat(60000);
            for (let i = 0; i < 3000; i++) {
                const at = new Request('http://kept.test/' + i % 200, { headers: { 'x-v': i } });
                await caches.default.put(at, new Response('x'.repeat(i), { headers: { vary: 'x-v' } }));
                refused += await of(() => caches.open('n' + i));
                if (i % 100 === 0) {
                    await caches.default.put('http://kept.test/' + i + long, new Response(''));
                    refused += await of(() => caches.open(long));
                    await caches.default.put('http://kept.test/large', new Response(new Uint8Array(1 << 20)));
                }
            }
            return new Response(refused);
        } }";
    let worker = Worker::with_script(Script::new(source));
    let worker = Worker { context: worker.context.with_caches(store.of("a")), ..worker };
    assert_eq!(worker.text("/").await, (3_000 - 5 + 30).to_string());
    let stats = store.stats();
    assert!(stats.bytes <= 200_000 && stats.entries <= 100 && stats.entries > 5, "{stats:?}");
    assert!(stats.evictions > 2_000 && stats.refused == 30, "{stats:?}");
}
