//! A request with a context of its own, beside a new context from the snapshot.

use std::hint::black_box;

use benches::{BARE, Row, WORKER, bare, call, pool, runtime, worker_script};
use criterion::Criterion;
use isolate::LockerManagedIsolate;
use runner::{PoolOptions, Reuse};

pub(crate) fn bench(criterion: &mut Criterion) {
    let mut row = Row::new(criterion, "fresh context");
    row.fast(
        BARE,
        || {
            let snapshot = exec::build_snapshot().expect("the Web APIs evaluate");
            LockerManagedIsolate::new(&exec::isolate_options(Default::default(), Some(snapshot)))
        },
        |managed| bare::new_context(bare::shared(managed)),
    );
    row.fast(
        "pool, request",
        || {
            let pool = pool(PoolOptions::default().with_reuse(Reuse::Fresh));
            (pool, runtime(), worker_script())
        },
        |(pool, runtime, script)| _ = black_box(runtime.block_on(call(pool, WORKER, script))),
    );
    row.finish();
}
