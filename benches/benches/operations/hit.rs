//! A hit: the isolate of the worker is in the pool, and nobody else wants it.

use std::hint::black_box;
use std::time::{Duration, Instant};

use benches::{BARE, Kind, Row, WORKER, bare, pool, runtime};
use criterion::Criterion;
use isolate::LockerManagedIsolate;
use runner::{IsolatePool, PoolOptions};

pub(crate) fn bench(criterion: &mut Criterion) {
    let mut row = Row::new(criterion, "hit + lock + unlock");
    row.tiny(
        BARE,
        || {
            let snapshot = exec::build_snapshot().expect("the Web APIs evaluate");
            LockerManagedIsolate::new(&exec::isolate_options(Default::default(), Some(snapshot)))
        },
        |managed| {
            black_box(&*bare::shared(managed).lock());
        },
    );
    row.custom(
        "pool",
        Kind::Tail,
        || {
            let (pool, runtime) = (pool(PoolOptions::default()), runtime());
            runtime.block_on(hit(&pool));
            (pool, runtime)
        },
        |(pool, runtime), count, latencies| {
            // A runtime is entered once, as that of a server is, and not for every operation.
            runtime.block_on(async {
                let started = Instant::now();
                for _ in 0..count {
                    hit(pool).await;
                }
                let total = started.elapsed();
                for _ in 0..count.min(1000) {
                    latencies.push(timed_hit(pool).await);
                }
                total
            })
        },
    );
    row.finish();
}

async fn hit(pool: &IsolatePool) {
    let pooled = pool.acquire(WORKER).await.expect("an isolate");
    pooled.with_lock(|isolate| _ = black_box(isolate)).await.expect("not condemned");
}

async fn timed_hit(pool: &IsolatePool) -> Duration {
    let started = Instant::now();
    hit(pool).await;
    started.elapsed()
}
