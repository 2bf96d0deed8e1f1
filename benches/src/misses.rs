//! A pool that is asked for a worker it has never heard of, again and again.

use std::hint::black_box;
use std::thread;
use std::time::{Duration, Instant};

use exec::Script;
use isolate::pending_disposals;
use runner::{IsolatePool, PoolOptions};
use tokio::runtime::Runtime;

use crate::pools::{call, pool, runtime, worker_script};

/// Misses of one pool, one at a time, each when the background threads have done what the last one left for them.
pub struct Misses {
    pool: IsolatePool,
    runtime: Runtime,
    script: Script,
    workers: u64,
}

/// What becomes of the isolate of a miss.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Afterwards {
    /// It is given up, so that the pool has room for the next.
    Retire,
    /// It stays until the pool, which is full soon, evicts it for a later one.
    Keep,
}

impl Misses {
    /// Misses of a new pool.
    pub fn new(options: PoolOptions) -> Self {
        Self { pool: pool(options), runtime: runtime(), script: worker_script(), workers: 0 }
    }

    /// How long it takes until the caller has an isolate.
    pub fn acquire(&mut self, afterwards: Afterwards) -> Duration {
        let worker = self.next_worker();
        let started = Instant::now();
        let pooled = self.runtime.block_on(self.pool.acquire(&worker)).expect("an isolate");
        let latency = started.elapsed();
        assert!(!pooled.was_hit(), "a new worker has no isolate");
        drop(pooled);
        if afterwards == Afterwards::Retire {
            self.pool.retire(&worker);
        }
        latency
    }

    /// How long it takes until the caller has the worker's first answer.
    pub fn request(&mut self) -> Duration {
        let worker = self.next_worker();
        let started = Instant::now();
        black_box(self.runtime.block_on(call(&self.pool, &worker, &self.script)));
        let latency = started.elapsed();
        self.pool.retire(&worker);
        latency
    }

    fn next_worker(&mut self) -> String {
        loop {
            let spares = self.pool.stats().spares;
            if spares.ready >= spares.target {
                break;
            }
            thread::sleep(PAUSE);
        }
        settle();
        self.workers += 1;
        format!("worker {}", self.workers)
    }
}

const PAUSE: Duration = Duration::from_micros(100);

/// Waits until no isolate is being disposed.
pub fn settle() {
    while pending_disposals() > 0 {
        thread::sleep(PAUSE);
    }
}

/// Waits until the background threads of a pool have nothing left to do.
pub fn rest(pool: &IsolatePool) {
    loop {
        settle();
        let spares = pool.stats().spares;
        if spares.ready >= spares.target {
            return;
        }
        thread::sleep(PAUSE);
    }
}
