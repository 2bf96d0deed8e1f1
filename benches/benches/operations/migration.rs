//! What it costs that the next lock of an isolate is taken on another thread.
//!
//! Two threads take turns. Only the locking is timed, not how one thread learns that it is the other's turn; and with
//! one thread it is timed in the same way, clock included.

use std::hint::{black_box, spin_loop};
use std::pin::pin;
use std::sync::atomic::{AtomicU64, Ordering};
use std::task::{Context, Poll, Waker};
use std::thread;
use std::time::{Duration, Instant};

use benches::{BARE, Kind, Latencies, Row, WORKER, bare as bare_v8, pool, runtime};
use criterion::Criterion;
use isolate::LockerManagedIsolate;
use runner::{IsolatePool, PoolOptions};

pub(crate) fn bench(criterion: &mut Criterion) {
    let mut row = Row::new(criterion, "thread migration");
    row.custom(BARE, Kind::Single, bare, |managed, count, latencies| {
        take_turns(1, count, latencies, || lock(managed))
    });
    row.custom("bare, 2 threads", Kind::Single, bare, |managed, count, latencies| {
        take_turns(2, count, latencies, || lock(managed))
    });
    row.custom("pool", Kind::Single, warm_pool, |pool, count, latencies| {
        take_turns(1, count, latencies, || hit(pool))
    });
    row.custom("pool, 2 threads", Kind::Single, warm_pool, |pool, count, latencies| {
        take_turns(2, count, latencies, || hit(pool))
    });
    row.finish();
}

fn bare() -> LockerManagedIsolate {
    let snapshot = exec::build_snapshot().expect("the Web APIs evaluate");
    LockerManagedIsolate::new(&exec::isolate_options(Default::default(), Some(snapshot)))
}

fn lock(managed: &LockerManagedIsolate) {
    black_box(&*bare_v8::shared(managed).lock());
}

fn warm_pool() -> IsolatePool {
    let pool = pool(PoolOptions::default());
    drop(runtime().block_on(pool.acquire(WORKER)).expect("an isolate"));
    pool
}

fn hit(pool: &IsolatePool) {
    ready(async {
        let pooled = pool.acquire(WORKER).await.expect("an isolate");
        pooled.with_lock(|isolate| _ = black_box(isolate)).await.expect("not condemned");
    });
}

/// The result of a future that has nothing to wait for: a hit on an isolate that nobody uses.
fn ready<T>(future: impl Future<Output = T>) -> T {
    match pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(result) => result,
        Poll::Pending => panic!("a hit waits for nothing"),
    }
}

/// Calls `operation` `count` times, on `threads` threads in turn. They descend from this one, so they may use V8.
fn take_turns(threads: u64, count: u64, latencies: &mut Latencies, operation: impl Fn() + Sync) -> Duration {
    let next = AtomicU64::new(0);
    let turns_of = |thread: u64| {
        let mut seen = Vec::with_capacity((count / threads) as usize + 1);
        for turn in (thread..count).step_by(threads as usize) {
            wait_for(turn, &next);
            let started = Instant::now();
            operation();
            seen.push(started.elapsed());
            next.store(turn + 1, Ordering::Release);
        }
        seen
    };
    let seen: Vec<_> = thread::scope(|scope| {
        let others: Vec<_> = (1..threads).map(|thread| scope.spawn(move || turns_of(thread))).collect();
        let mut seen = turns_of(0);
        seen.extend(others.into_iter().flat_map(|other| other.join().expect("no panic in the other thread")));
        seen
    });
    let total = seen.iter().sum();
    latencies.extend(seen);
    total
}

fn wait_for(turn: u64, next: &AtomicU64) {
    let mut spins = 0;
    while next.load(Ordering::Acquire) != turn {
        spins += 1;
        // The other thread may be waiting for this core.
        if spins % 100 == 0 { thread::yield_now() } else { spin_loop() }
    }
}
