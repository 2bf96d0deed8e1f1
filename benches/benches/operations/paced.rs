//! Requests with a pause before each, in which the pool does what it leaves for later: with `Reuse::Fresh` it makes the
//! next context ready. What is compared is the time until the answer, not CPU time.

use std::hint::black_box;
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

use benches::{BARE, Kind, Latencies, Row, WORKER, call, pool, runtime, worker_script};
use criterion::Criterion;
use exec::Script;
use isolate::TurnIsolate;
use runner::{IsolatePool, PoolOptions, Reuse};
use tokio::runtime::Runtime;

use crate::warm::{bare_call, bare_worker};

const PAUSE: Duration = Duration::from_millis(2);

/// Requests without a pause at first, so that V8 has optimised what stays from one request to the next.
const WARM_UP: usize = 500;

pub(crate) fn bench(criterion: &mut Criterion) {
    let mut row = Row::new(criterion, "request every 2 ms, 1 caller");
    row.custom(
        BARE,
        Kind::Single,
        || {
            let mut worker = bare_worker();
            (0..WARM_UP).for_each(|_| bare_call(&mut worker));
            worker
        },
        |worker, count, latencies| {
            paced(count, latencies, || {
                thread::sleep(PAUSE);
                timed(|| bare_call(worker))
            })
        },
    );
    row.custom("pool, warm", Kind::Single, || Caller::new(Reuse::Warm), Caller::requests);
    row.custom("pool, fresh", Kind::Single, || Caller::new(Reuse::Fresh), Caller::requests);
    row.finish();
}

/// Calls `request` `count` times and notes how long each took by its own account. Returns the time of all with their
/// pauses, which is what criterion has to wait for.
fn paced(count: u64, latencies: &mut Latencies, mut request: impl FnMut() -> Duration) -> Duration {
    let started = Instant::now();
    for _ in 0..count {
        latencies.push(request());
    }
    started.elapsed()
}

fn timed(operation: impl FnOnce()) -> Duration {
    let started = Instant::now();
    operation();
    started.elapsed()
}

struct Caller {
    pool: IsolatePool,
    runtime: Runtime,
    script: Script,
    isolate: Arc<TurnIsolate>,
    /// The turns of all requests so far, and those in which contexts are made ready for the next.
    turns: u64,
    turns_per_request: u64,
}

impl Caller {
    fn new(reuse: Reuse) -> Self {
        let pool = pool(PoolOptions::default().with_reuse(reuse));
        let runtime = runtime();
        let pooled = runtime.block_on(pool.acquire(WORKER)).expect("an isolate");
        let isolate = Arc::clone(pooled.isolate());
        drop(pooled);
        let turns_per_request = match reuse {
            Reuse::Warm => 1,
            Reuse::Fresh => 2,
        };
        let mut caller =
            Self { pool, runtime, script: worker_script(), isolate, turns: 0, turns_per_request };
        (0..WARM_UP).for_each(|_| caller.request());
        caller
    }

    fn requests(&mut self, count: u64, latencies: &mut Latencies) -> Duration {
        paced(count, latencies, || {
            self.pause();
            timed(|| self.request())
        })
    }

    /// Another pause if one was not enough: every request finds its context ready.
    fn pause(&self) {
        loop {
            thread::sleep(PAUSE);
            if self.isolate.turns() >= self.turns {
                return;
            }
        }
    }

    fn request(&mut self) {
        black_box(self.runtime.block_on(call(&self.pool, WORKER, &self.script)));
        self.turns += self.turns_per_request;
    }
}
