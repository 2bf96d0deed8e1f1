//! Creates and evicts isolates, thousands of them, and watches the memory of the process.
//!
//! Every cycle is a request of a worker that the pool has never heard of, so that it takes an isolate, makes a context
//! and evicts whoever was there longest. A sample is taken when the process rests: nothing in flight, disposals done,
//! spares ready.
//!
//! The reference is the sample after the first cycles, which were made by as many callers as the later ones. It is
//! compared with the median of the last samples. V8 keeps the pages of isolates that are gone for those that may come,
//! and gives them back to the system when it has not needed them for some ten seconds; the samples that are compared
//! wait for that. The allocator is left alone: what it keeps counts.

use std::process::ExitCode;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::Duration;

use benches::resident::{Resident, mebibytes};
use benches::{call, pool, rest, runtime, worker_script};
use runner::{IsolatePool, PoolOptions};

const POOL: usize = 10;
const FIRST: usize = 100;
const SAMPLE_EVERY: usize = 1_000;
const LAST_SAMPLES: usize = 3;
const V8_KEEPS_PAGES: Duration = Duration::from_secs(20);

/// In percent.
const MAX_GROWTH: f64 = 10.0;

fn main() -> ExitCode {
    let arguments: Vec<Option<usize>> = std::env::args().skip(1).map(|word| word.parse().ok()).collect();
    match arguments[..] {
        [Some(cycles), Some(callers)] if cycles > FIRST && callers > 0 => soak(cycles, callers),
        _ => {
            eprintln!("usage: soak CYCLES CALLERS, with more than {FIRST} cycles");
            ExitCode::FAILURE
        }
    }
}

fn soak(cycles: usize, callers: usize) -> ExitCode {
    let pool = pool(PoolOptions::default().with_max_size(POOL));
    let next = Arc::new(AtomicUsize::new(0));
    let mut samples = Vec::new();
    let ends = std::iter::once(FIRST).chain((SAMPLE_EVERY..cycles).step_by(SAMPLE_EVERY)).chain([cycles]);
    let ends: Vec<_> = ends.collect();
    print("cycles    resident   anonymous");
    for (number, &end) in ends.iter().enumerate() {
        evict_until(end, &pool, callers, &next);
        rest(&pool);
        let compared = number == 0 || number + LAST_SAMPLES >= ends.len();
        if compared {
            thread::sleep(V8_KEEPS_PAGES);
        }
        let sample = Resident::now();
        samples.push(sample);
        let [total, anonymous] = [sample.total, sample.anonymous].map(mebibytes);
        let mark = if compared { "  compared" } else { "" };
        print(&format!("{end:>6}  {total:>7.1} MB  {anonymous:>7.1} MB{mark}"));
    }
    assert!(pool.stats().evictions.lru >= (cycles - POOL) as u64, "every cycle evicts");
    let reference = samples[0].total;
    let mut last: Vec<_> = samples.iter().rev().take(LAST_SAMPLES).map(|sample| sample.total).collect();
    last.sort_unstable();
    let growth = (last[last.len() / 2] as f64 / reference as f64 - 1.0) * 100.0;
    print(&format!("{growth:+.1} % after the first {FIRST} cycles; {MAX_GROWTH} % are allowed"));
    if growth <= MAX_GROWTH { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// Makes cycles until there have been `end`.
fn evict_until(end: usize, pool: &IsolatePool, callers: usize, next: &AtomicUsize) {
    thread::scope(|scope| {
        for _ in 0..callers {
            scope.spawn(|| {
                let (runtime, script) = (runtime(), worker_script());
                loop {
                    let cycle = next.fetch_add(1, Ordering::Relaxed);
                    if cycle >= end {
                        break;
                    }
                    runtime.block_on(call(pool, &format!("worker {cycle}"), &script));
                }
            });
        }
    });
    next.store(end, Ordering::Relaxed);
}

#[allow(clippy::print_stdout, reason = "what the program is for")]
fn print(line: &str) {
    println!("{line}");
}
