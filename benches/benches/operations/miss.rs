//! Misses: the worker has no isolate. One that was made ahead of need is taken, or one is made while the caller waits.
//! What is bare here is the creation of an isolate from the same snapshot, on this thread.
//!
//! `LockerManagedIsolate::new` stands for `v8::Isolate::new`, whose list of external references only `exec` knows. The
//! row "miss without snapshot" has both.

use std::hint::black_box;
use std::time::{Duration, Instant};

use benches::{Afterwards, BARE, Misses, Row, bare, settle};
use criterion::Criterion;
use isolate::{IsolateOptions, LockerManagedIsolate};
use runner::PoolOptions;

pub(crate) fn bench(criterion: &mut Criterion) {
    let mut row = Row::new(criterion, "miss with spare");
    row.slow(BARE, options, create);
    row.slow("pool", with_spares, |misses| misses.acquire(Afterwards::Retire));
    row.slow("pool, full", full, |misses| misses.acquire(Afterwards::Keep));
    row.finish();

    let mut row = Row::new(criterion, "miss with snapshot inline");
    row.slow(BARE, options, create);
    row.slow("pool", without_spares, |misses| misses.acquire(Afterwards::Retire));
    row.finish();

    let mut row = Row::new(criterion, "first request of a worker");
    row.slow(BARE, options, first_call);
    row.slow("pool, spare", with_spares, Misses::request);
    row.slow("pool, inline", without_spares, Misses::request);
    row.finish();
}

fn options() -> IsolateOptions {
    let snapshot = exec::build_snapshot().expect("the Web APIs evaluate");
    exec::isolate_options(Default::default(), Some(snapshot))
}

fn with_spares() -> Misses {
    Misses::new(PoolOptions::default().with_spares(2))
}

fn without_spares() -> Misses {
    Misses::new(PoolOptions::default().with_spares(0))
}

/// Every miss has to evict before there is room.
fn full() -> Misses {
    Misses::new(PoolOptions::default().with_spares(2).with_max_size(4))
}

fn create(options: &mut IsolateOptions) -> Duration {
    settle();
    let started = Instant::now();
    black_box(LockerManagedIsolate::new(options)).id();
    started.elapsed()
}

fn first_call(options: &mut IsolateOptions) -> Duration {
    settle();
    let started = Instant::now();
    let managed = LockerManagedIsolate::new(options);
    let worker = bare::BareWorker::new(bare::shared(&managed));
    black_box(worker.call(bare::shared(&managed)));
    let latency = started.elapsed();
    drop(worker);
    latency
}
