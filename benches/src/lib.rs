//! Shared pieces of the benchmarks: what is measured, on what, and how it is written down.
//!
//! Each operation of the pool is measured beside the bare V8 cost of the same thing, in the same run: only such ratios
//! mean something on machines that others use too. A *row* is one operation, a *mode* one way to do it; the mode
//! `"bare"` is the one the others are compared with.

pub mod bare;
mod latencies;
pub mod load;
pub mod memory;
mod misses;
mod pools;
pub mod program;
pub mod resident;
mod row;

pub use latencies::{Kind, Latencies};
pub use misses::{Afterwards, Misses, rest, settle};
pub use pools::{WORKER, call, pool, runtime, runtime_with_io, worker_script};
pub use row::{BARE, Row};

use std::time::Duration;

use criterion::Criterion;
use isolate::platform;

/// The allocator of the server. Bare V8 has it too.
#[global_allocator]
static ALLOCATOR: tikv_jemallocator::Jemalloc = tikv_jemallocator::Jemalloc;

/// Runs benches on a thread that may use V8, which the main thread of a program may not.
pub fn on_v8_thread(benches: fn(&mut Criterion)) {
    let done = platform::initialize().run(move || {
        let mut criterion = Criterion::default()
            .warm_up_time(Duration::from_millis(500))
            .measurement_time(Duration::from_secs(3))
            .sample_size(50)
            .configure_from_args();
        benches(&mut criterion);
        criterion.final_summary();
    });
    done.expect("a panic of a bench has been reported");
}
