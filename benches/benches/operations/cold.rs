//! A cold cycle: a program of 300 KB has no isolate, or no context; it is evaluated from cached code, renders a page and
//! is let go. What is timed is the CPU time of the whole process, until what the cycle left behind is done too.
//!
//! Bare is V8 with its own snapshot: without Web APIs, limits or threads. In a further context of an isolate V8 finds the
//! program in its own table of compiled scripts.

use std::hint::black_box;
use std::time::Duration;

use benches::bare::{self, BareProgram};
use benches::{BARE, Row, call, pool, program, rest, runtime};
use criterion::Criterion;
use exec::Script;
use runner::{IsolatePool, PoolOptions, Reuse};
use rustix::time::{ClockId, clock_gettime};
use tokio::runtime::Runtime;

pub(crate) fn bench(criterion: &mut Criterion) {
    let mut row = Row::new(criterion, "cold cycle with an isolate, CPU");
    row.slow(BARE, BareProgram::prepare, |program| timed(|| program.cycle(&bare::new_isolate())));
    row.slow("pool", || Cycles::new(PoolOptions::default().with_max_size(1), 2), Cycles::next);
    row.finish();

    let mut row = Row::new(criterion, "cold cycle with a context, CPU");
    row.slow(
        BARE,
        || (BareProgram::prepare(), bare::new_isolate()),
        |(program, isolate)| timed(|| program.cycle(isolate)),
    );
    row.slow("pool", || Cycles::new(PoolOptions::default().with_reuse(Reuse::Fresh), 1), Cycles::next);
    row.finish();
}

/// Requests of a pool, each for the next of so many workers.
struct Cycles {
    pool: IsolatePool,
    runtime: Runtime,
    script: Script,
    workers: Vec<String>,
}

impl Cycles {
    fn new(options: PoolOptions, workers: usize) -> Self {
        let handler = "export default { fetch() { return new Response(page()) } }";
        let workers = (0..workers).map(|n| format!("worker {n}")).collect();
        let script = Script::new(program::source() + handler);
        Self { pool: pool(options), runtime: runtime(), script, workers }
    }

    fn next(&mut self) -> Duration {
        rest(&self.pool);
        timed(|| {
            self.workers.rotate_left(1);
            let answer = self.runtime.block_on(call(&self.pool, &self.workers[0], &self.script));
            rest(&self.pool);
            black_box(answer)
        })
    }
}

fn timed<T>(cycle: impl FnOnce() -> T) -> Duration {
    let before = cpu_time();
    black_box(cycle());
    cpu_time() - before
}

fn cpu_time() -> Duration {
    Duration::try_from(clock_gettime(ClockId::ProcessCPUTime)).expect("not before the process began")
}
