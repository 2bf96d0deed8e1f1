//! Creation without a startup snapshot: the Web APIs are evaluated in every new context.
//!
//! A program of its own, because all isolates of a process share the read-only heap of one snapshot.

#![allow(missing_docs, reason = "a program without an interface")]

use std::hint::black_box;
use std::time::Instant;

use benches::{Afterwards, BARE, Misses, Row, bare, on_v8_thread, settle};
use criterion::Criterion;
use isolate::LockerManagedIsolate;
use runner::{PoolOptions, SnapshotChoice};

fn main() {
    on_v8_thread(|criterion| {
        miss(criterion);
        first_request(criterion);
    });
}

fn miss(criterion: &mut Criterion) {
    let mut row = Row::new(criterion, "miss without snapshot");
    row.slow(
        BARE,
        || (),
        |()| {
            let started = Instant::now();
            let isolate = black_box(bare::new_isolate());
            let latency = started.elapsed();
            drop(isolate);
            latency
        },
    );
    // How much of it is the allocator, the callbacks and the accounting that every isolate of the pool has.
    row.slow(
        "with limits",
        || exec::isolate_options(Default::default(), None),
        |options| {
            settle();
            let started = Instant::now();
            black_box(LockerManagedIsolate::new(options)).id();
            started.elapsed()
        },
    );
    row.slow("pool", misses, |misses| misses.acquire(Afterwards::Retire));
    row.finish();
}

fn first_request(criterion: &mut Criterion) {
    let mut row = Row::new(criterion, "first request of a worker, without snapshot");
    row.slow(
        BARE,
        || (),
        |()| {
            let started = Instant::now();
            let isolate = bare::new_isolate();
            let worker = bare::BareWorker::new(&isolate);
            black_box(worker.call(&isolate));
            let latency = started.elapsed();
            drop((worker, isolate));
            latency
        },
    );
    row.slow("pool", misses, Misses::request);
    row.finish();
}

fn misses() -> Misses {
    Misses::new(PoolOptions::default().with_spares(0).with_snapshot(SnapshotChoice::None))
}
