//! Requests to a worker that has served before, without HTTP.

use std::collections::VecDeque;
use std::hint::black_box;
use std::sync::Arc;
use std::time::{Duration, Instant};

use benches::{BARE, Kind, Latencies, Row, WORKER, bare, call, pool, runtime, worker_script};
use criterion::Criterion;
use exec::Script;
use isolate::LockerManagedIsolate;
use runner::{IsolatePool, PoolOptions};
use tokio::runtime::{Builder, Runtime};

const CALLERS: u64 = 64;

pub(crate) fn bench(criterion: &mut Criterion) {
    let mut row = Row::new(criterion, "warm request, 1 caller");
    row.fast(BARE, bare_worker, bare_call);
    row.fast(
        "pool",
        || (pool(PoolOptions::default()), runtime(), worker_script()),
        |(pool, runtime, script)| _ = black_box(runtime.block_on(call(pool, WORKER, script))),
    );
    row.finish();

    let mut row = Row::new(criterion, "warm request, 64 callers");
    // One thread: what a core can do.
    row.fast(BARE, bare_worker, bare_call);
    row.custom("pool, 1 worker", Kind::Overlapping, || Crowd::new(shared(), 1), Crowd::requests);
    row.custom("pool, 8 workers", Kind::Overlapping, || Crowd::new(shared(), 8), Crowd::requests);
    row.finish();

    let mut row = Row::new(criterion, "warm request, 64 workers");
    // In turn: what so many isolates use does not stay in a core's caches, whoever calls them.
    row.fast(
        BARE,
        || (0..CALLERS).map(|_| bare_worker()).collect(),
        |workers: &mut VecDeque<_>| {
            workers.rotate_left(1);
            bare_call(&mut workers[0]);
        },
    );
    row.custom(
        "pool, 64 callers",
        Kind::Overlapping,
        || Crowd::new(PoolOptions::default(), CALLERS),
        Crowd::requests,
    );
    row.finish();
}

/// For callers that share workers: as many leases of each as there are callers.
fn shared() -> PoolOptions {
    PoolOptions::default().with_max_concurrent_per_isolate(CALLERS as usize)
}

pub(crate) fn bare_worker() -> (LockerManagedIsolate, bare::BareWorker) {
    let snapshot = exec::build_snapshot().expect("the Web APIs evaluate");
    let managed = LockerManagedIsolate::new(&exec::isolate_options(Default::default(), Some(snapshot)));
    let worker = bare::BareWorker::new(bare::shared(&managed));
    (managed, worker)
}

pub(crate) fn bare_call((managed, worker): &mut (LockerManagedIsolate, bare::BareWorker)) {
    black_box(worker.call(bare::shared(managed)));
}

/// Callers that each send one request after the other, on two threads of a runtime.
struct Crowd {
    pool: IsolatePool,
    runtime: Runtime,
    script: Script,
    workers: Arc<[String]>,
}

impl Crowd {
    fn new(options: PoolOptions, workers: u64) -> Self {
        let runtime = Builder::new_multi_thread().worker_threads(2).enable_time().build();
        Self {
            pool: pool(options),
            runtime: runtime.expect("a runtime with two threads"),
            script: worker_script(),
            workers: (0..workers).map(|number| format!("worker {number}")).collect(),
        }
    }

    /// `count` requests, shared out among the callers. The time is that of all of them together; the latencies are what
    /// each caller saw, with the others in front of it.
    fn requests(&mut self, count: u64, latencies: &mut Latencies) -> Duration {
        let share = |caller| count / CALLERS + u64::from(caller < count % CALLERS);
        let started = Instant::now();
        let callers: Vec<_> =
            (0..CALLERS).map(|caller| self.runtime.spawn(self.caller(caller, share(caller)))).collect();
        let seen = self.runtime.block_on(async {
            let mut seen = Vec::new();
            for caller in callers {
                seen.push(caller.await.expect("a caller does not panic"));
            }
            seen
        });
        let total = started.elapsed();
        latencies.extend(seen.into_iter().flatten());
        total
    }

    fn caller(&self, caller: u64, requests: u64) -> impl Future<Output = Vec<Duration>> + Send + use<> {
        let (pool, script, workers) = (self.pool.clone(), self.script.clone(), Arc::clone(&self.workers));
        async move {
            let worker = &workers[caller as usize % workers.len()];
            let mut latencies = Vec::with_capacity(requests as usize);
            for _ in 0..requests {
                let started = Instant::now();
                black_box(call(&pool, worker, &script).await);
                latencies.push(started.elapsed());
            }
            latencies
        }
    }
}
