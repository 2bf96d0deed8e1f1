//! The three ways to measure a mode of a row.

use std::time::{Duration, Instant};

use criterion::measurement::WallTime;
use criterion::{BenchmarkGroup, Criterion, SamplingMode};

use crate::{Kind, Latencies};

/// The mode that the others of a row are compared with.
pub const BARE: &str = "bare";

/// Single operations timed after each batch, for the tail.
const SINGLES: u64 = 1000;

/// One operation, done in different ways.
pub struct Row<'a> {
    name: &'static str,
    group: BenchmarkGroup<'a, WallTime>,
}

impl<'a> Row<'a> {
    /// A row of the table.
    pub fn new(criterion: &'a mut Criterion, name: &'static str) -> Self {
        let mut group = criterion.benchmark_group(name);
        // Samples of equal weight, so that their median is the median.
        group.sampling_mode(SamplingMode::Flat);
        Self { name, group }
    }

    /// Operations of milliseconds: `operation` does what it has to do before, times itself, and cleans up after.
    pub fn slow<S>(
        &mut self,
        mode: &str,
        set_up: impl FnOnce() -> S,
        mut operation: impl FnMut(&mut S) -> Duration,
    ) -> &mut Self {
        self.custom(mode, Kind::Single, set_up, |state, count, latencies| {
            (0..count)
                .map(|_| {
                    let latency = operation(state);
                    latencies.push(latency);
                    latency
                })
                .sum()
        })
    }

    /// Operations of microseconds, each timed.
    pub fn fast<S>(
        &mut self,
        mode: &str,
        set_up: impl FnOnce() -> S,
        mut operation: impl FnMut(&mut S),
    ) -> &mut Self {
        self.slow(mode, set_up, |state| {
            let started = Instant::now();
            operation(state);
            started.elapsed()
        })
    }

    /// Operations so short that only many of them can be timed.
    pub fn tiny<S>(
        &mut self,
        mode: &str,
        set_up: impl FnOnce() -> S,
        mut operation: impl FnMut(&mut S),
    ) -> &mut Self {
        self.custom(mode, Kind::Tail, set_up, |state, count, latencies| {
            let started = Instant::now();
            for _ in 0..count {
                operation(state);
            }
            let total = started.elapsed();
            for _ in 0..count.min(SINGLES) {
                let started = Instant::now();
                operation(state);
                latencies.push(started.elapsed());
            }
            total
        })
    }

    /// Whatever else there is: `operations` does as many as it is told, notes the latencies and returns the time of all.
    pub fn custom<S>(
        &mut self,
        mode: &str,
        kind: Kind,
        set_up: impl FnOnce() -> S,
        mut operations: impl FnMut(&mut S, u64, &mut Latencies) -> Duration,
    ) -> &mut Self {
        // Criterion does not call the closure at all when a filter excludes the bench, and many times otherwise.
        let mut set_up = Some(set_up);
        let mut state = None;
        self.group.bench_function(mode, |bencher| {
            let (state, latencies) = state.get_or_insert_with(|| {
                let set_up = set_up.take().expect("set up once");
                (set_up(), Latencies::new(kind))
            });
            bencher.iter_custom(|count| operations(state, count, latencies));
        });
        if let Some((_, latencies)) = state {
            latencies.write(self.name, mode);
        }
        self
    }

    /// The end of the row.
    pub fn finish(self) {
        self.group.finish();
    }
}
