//! Counters and gauges of a pool, as the library returns them and the server prints them.

#[cfg(feature = "server")]
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use exec::{BudgetUsage, CacheStats, CodeCacheStats};
use hdrhistogram::Histogram;
use isolate::{SpareStats, ThreadStats};
use parking_lot::Mutex;
use serde::Serialize;

use crate::code_store::CodeStoreStats;

/// Statistics of an [`IsolatePool`](crate::IsolatePool). The parts are read one after the other, not at one instant.
///
/// Counters count from the start of the pool (`disposals_pending`: of the process); times are in microseconds.
#[derive(Clone, Copy, Debug, Default, Serialize)]
#[non_exhaustive]
pub struct PoolStats {
    /// How many isolates the pool may hold.
    pub total: usize,
    /// Isolates in the cache, idle or leased.
    pub cached: usize,
    /// `total - cached`.
    pub capacity: usize,
    /// Requests that found an isolate of their worker.
    pub hits: u64,
    /// Requests that had to get a new one.
    pub misses: u64,
    /// `hits / (hits + misses)`, 0 before the first request.
    pub hit_rate: f64,
    /// Isolates put into the cache.
    pub created: u64,
    /// Isolates that could not be created.
    pub creation_failures: u64,
    /// Isolates given up, by reason.
    pub evictions: Evictions,
    /// Isolates in the cache, being created, or finishing their work.
    pub live: usize,
    /// Isolates without a request.
    pub idle: usize,
    /// Isolates with a request.
    pub leased: usize,
    /// Heap and buffers of the isolates in the pool, in bytes, as sampled at the end of turns.
    pub heap_bytes: u64,
    /// Requests waiting for an isolate now.
    pub waiting: usize,
    /// How long requests waited for an isolate, those that did not wait included.
    pub wait: Distribution,
    /// How long requests waited for their turns on isolates that they had, for each turn: for the turns of others, and for
    /// a thread. One in 16 is measured.
    pub turn_wait: Distribution,
    /// How long requests kept their isolate, `waitUntil` work included.
    pub hold: Distribution,
    /// Requests refused because they waited too long.
    pub timeouts: u64,
    /// Requests refused because too many were waiting.
    pub queue_full: u64,
    /// Isolates kept ready.
    pub spares: SpareStats,
    /// Code of modules that contexts are made from.
    pub code_cache: CodeCacheStats,
    /// What workers keep with `caches`.
    pub caches: CacheStats,
    /// Compiled code in the directory of the pool; all zero if it has none.
    pub code_store: CodeStoreStats,
    /// What is in use of the budget that stands over those of the workers.
    pub budget: BudgetInUse,
    /// Isolate threads.
    pub threads: Threads,
    /// Isolates waiting for their disposal in the background.
    pub disposals_pending: usize,
    /// Isolates that were given up with their thread and hold their memory now.
    pub lost: Lost,
    /// Scripts that are not run for a while, because they caused such losses.
    pub quarantined: Quarantined,
}

/// Isolates given up, by reason.
#[derive(Clone, Copy, Debug, Default, Serialize)]
#[non_exhaustive]
pub struct Evictions {
    /// Least recently used, when another worker needed the place.
    pub lru: u64,
    /// Unused for too long.
    pub idle: u64,
    /// A memory limit, a turn that did not react to its termination, or a panic.
    pub condemned: u64,
    /// Retired by the caller, or after its only request ([`Oneshot`](crate::ExecutionMode::Oneshot)).
    pub replaced: u64,
    /// The pool was shut down.
    pub shutdown: u64,
}

/// What the host holds and does for all workers together. What has no limit is not counted.
#[derive(Clone, Copy, Debug, Default, Serialize)]
#[non_exhaustive]
pub struct BudgetInUse {
    /// Bytes of bodies and other things on their way.
    pub bytes: usize,
    /// Operations in flight.
    pub operations: usize,
    /// Outgoing connections.
    pub sockets: usize,
    /// How often something was refused, or a line of the log dropped, for lack of budget; the workers' own included.
    pub refused: u64,
    /// Lines of workers' logs that were dropped, because a worker wrote more than its rate allows.
    pub log_dropped: u64,
}

impl From<BudgetUsage> for BudgetInUse {
    fn from(usage: BudgetUsage) -> Self {
        let BudgetUsage { bytes, operations, sockets, refused, log_dropped, .. } = usage;
        Self { bytes, operations, sockets, refused, log_dropped }
    }
}

/// The threads that run JavaScript.
#[derive(Clone, Copy, Debug, Default, Serialize)]
#[non_exhaustive]
pub struct Threads {
    /// How many there are to be.
    pub width: usize,
    /// How many of them do not run yet, because they cannot be created; that is tried again until it succeeds.
    pub missing: usize,
    /// Turns taken.
    pub turns: u64,
    /// Turns whose isolate had its last turn on another thread.
    pub migrations: u64,
    /// How often a thread that serves connections took turns of an isolate, instead of handing them over.
    pub at_stations: u64,
    /// Threads given up, with their isolate, and replaced.
    pub replaced: u64,
}

/// Isolates that V8 did not give back: out of memory, or in a loop that does not react to its termination.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Lost {
    /// How many there are now; one whose thread comes back after all is not lost any more.
    pub isolates: usize,
    /// In how many of them the thread that was given up still runs, at a low priority; the others' are parked.
    pub running: usize,
    /// How much memory they hold, in bytes: measured for those whose thread V8 parked, for the others an estimate, from the
    /// heap limit that each had reached.
    pub bytes: u64,
}

/// Scripts that have cost a thread more than three times within ten minutes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Quarantined {
    /// How many are not run now.
    pub scripts: usize,
    /// Requests that were refused for this.
    pub refused: u64,
}

/// How the values of a histogram are distributed, in microseconds.
#[derive(Clone, Copy, Debug, Default, Serialize)]
#[non_exhaustive]
pub struct Distribution {
    /// How many values there are.
    pub count: u64,
    /// Half of them are at most this.
    pub p50_us: f64,
    /// 99 of 100 are at most this.
    pub p99_us: f64,
    /// The largest.
    pub max_us: f64,
}

/// Histograms that the pool keeps itself.
pub(crate) struct Times {
    wait: Mutex<Histogram<u64>>,
    hold: Mutex<Histogram<u64>>,
}

impl Default for Times {
    fn default() -> Self {
        Self { wait: Mutex::new(histogram()), hold: Mutex::new(histogram()) }
    }
}

/// From 1 ns to one hour, exact to two digits: 26 KiB.
pub(crate) fn histogram() -> Histogram<u64> {
    Histogram::new_with_bounds(1, 3_600_000_000_000, 2).expect("valid bounds")
}

impl Times {
    /// A request waited this long for its isolate.
    pub(crate) fn record_wait(&self, wait: Duration) {
        record(&self.wait, wait);
    }

    /// Waits, and holds.
    #[cfg(feature = "server")]
    pub(crate) fn buckets(&self) -> (Buckets, Buckets) {
        (Buckets::new(&self.wait.lock()), Buckets::new(&self.hold.lock()))
    }

    /// A request, `waitUntil` work included, kept its lease for this long.
    pub(crate) fn record_hold(&self, hold: Duration) {
        record(&self.hold, hold);
    }
}

fn record(histogram: &Mutex<Histogram<u64>>, time: Duration) {
    histogram.lock().saturating_record(u64::try_from(time.as_nanos()).unwrap_or(u64::MAX));
}

/// Upper bounds of buckets, in seconds.
#[cfg(feature = "server")]
const BOUNDS: [f64; 13] = [1e-5, 1e-4, 5e-4, 1e-3, 5e-3, 1e-2, 5e-2, 0.1, 0.5, 1.0, 5.0, 30.0, f64::INFINITY];

/// The values of a histogram in few buckets, which can be added up over servers and subtracted over time.
#[cfg(feature = "server")]
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Buckets {
    /// In seconds.
    pub(crate) sum: f64,
    pub(crate) count: u64,
    /// Upper bounds in seconds, each with the number of values between it and the one before.
    pub(crate) buckets: Vec<(f64, u64)>,
}

/// Durations, counted in few buckets as they come. To record one costs two relaxed atomic operations.
#[cfg(feature = "server")]
#[derive(Debug, Default)]
pub(crate) struct Durations {
    counts: [AtomicU64; BOUNDS.len()],
    /// In nanoseconds.
    sum: AtomicU64,
}

#[cfg(feature = "server")]
impl Durations {
    pub(crate) fn record(&self, duration: Duration) {
        let seconds = duration.as_secs_f64();
        let bucket = BOUNDS.iter().take_while(|bound| seconds > **bound).count();
        self.counts[bucket.min(BOUNDS.len() - 1)].fetch_add(1, Ordering::Relaxed);
        let nanos = u64::try_from(duration.as_nanos()).unwrap_or(u64::MAX);
        self.sum.fetch_add(nanos, Ordering::Relaxed);
    }

    pub(crate) fn buckets(&self) -> Buckets {
        let counts = self.counts.each_ref().map(|count| count.load(Ordering::Relaxed));
        Buckets {
            sum: self.sum.load(Ordering::Relaxed) as f64 / 1e9,
            count: counts.iter().sum(),
            buckets: BOUNDS.into_iter().zip(counts).collect(),
        }
    }
}

#[cfg(feature = "server")]
impl Buckets {
    /// `histogram` has nanoseconds.
    pub(crate) fn new(histogram: &Histogram<u64>) -> Self {
        let mut of =
            Self { sum: 0.0, count: histogram.len(), buckets: BOUNDS.map(|bound| (bound, 0)).into() };
        for value in histogram.iter_recorded() {
            let (seconds, count) = (value.value_iterated_to() as f64 / 1e9, value.count_at_value());
            of.sum += seconds * count as f64;
            if let Some((_, sum)) = of.buckets.iter_mut().find(|(bound, _)| seconds <= *bound) {
                *sum += count;
            }
        }
        of
    }
}

fn distribution(histogram: &Histogram<u64>) -> Distribution {
    let micros = |nanos: u64| nanos as f64 / 1000.0;
    Distribution {
        count: histogram.len(),
        p50_us: micros(histogram.value_at_quantile(0.5)),
        p99_us: micros(histogram.value_at_quantile(0.99)),
        max_us: micros(histogram.max()),
    }
}

impl PoolStats {
    /// Adds up the pools of all shards.
    pub(crate) fn collect(
        shards: impl Iterator<Item = (pool_core::CacheStats, ThreadStats, Histogram<u64>)>,
        spares: SpareStats,
        times: &Times,
        (lost, quarantined): (Lost, Quarantined),
    ) -> Self {
        let mut sum = Self {
            spares,
            wait: distribution(&times.wait.lock()),
            hold: distribution(&times.hold.lock()),
            disposals_pending: isolate::pending_disposals(),
            lost,
            quarantined,
            ..Self::default()
        };
        let mut turn_waits = histogram();
        for (pool, threads, waits) in shards {
            sum.add(&pool, threads);
            turn_waits += waits;
        }
        sum.turn_wait = distribution(&turn_waits);
        let requests = sum.hits + sum.misses;
        sum.hit_rate = if requests == 0 { 0.0 } else { sum.hits as f64 / requests as f64 };
        sum
    }

    fn add(&mut self, pool: &pool_core::CacheStats, threads: ThreadStats) {
        self.total += pool.total;
        self.cached += pool.cached;
        self.capacity += pool.capacity;
        self.hits += pool.hits;
        self.misses += pool.misses;
        self.created += pool.created;
        self.creation_failures += pool.creation_failures;
        self.evictions.lru += pool.retired.evicted;
        self.evictions.idle += pool.retired.idle;
        self.evictions.condemned += pool.retired.condemned;
        self.evictions.replaced += pool.retired.replaced;
        self.evictions.shutdown += pool.retired.shutdown;
        self.live += pool.live;
        self.idle += pool.idle;
        self.leased += pool.leased;
        self.heap_bytes += pool.total_cost;
        self.waiting += pool.waiting;
        self.timeouts += pool.timeouts;
        self.queue_full += pool.queue_full;
        self.threads.width += threads.width;
        self.threads.missing += threads.missing;
        self.threads.turns += threads.turns;
        self.threads.migrations += threads.migrations;
        self.threads.at_stations += threads.at_stations;
        self.threads.replaced += threads.replaced;
    }
}

#[cfg(all(test, feature = "server"))]
mod tests {
    use super::*;

    #[test]
    fn durations_are_counted_where_they_belong() {
        let durations = Durations::default();
        for nanos in [1, 10_000, 10_001, 2_000_000, 4_000_000_000, 3_600_000_000_000] {
            durations.record(Duration::from_nanos(nanos));
        }
        let Buckets { sum, count, buckets } = durations.buckets();
        let filled: Vec<_> = buckets.iter().filter(|(_, count)| *count > 0).copied().collect();
        assert_eq!(filled, [(1e-5, 2), (1e-4, 1), (5e-3, 1), (5.0, 1), (f64::INFINITY, 1)]);
        assert_eq!(count, 6);
        assert!((sum - 3_604.002_020_002).abs() < 1e-6, "{sum}");
    }

    #[test]
    fn buckets_have_every_value_once() {
        let mut values = histogram();
        for nanos in [1, 9_000, 2_000_000, 2_000_000, 4_000_000_000, 3_600_000_000_000] {
            values.record(nanos).unwrap();
        }
        let Buckets { sum, count, buckets } = Buckets::new(&values);
        let filled: Vec<_> = buckets.iter().filter(|(_, count)| *count > 0).copied().collect();
        assert_eq!(filled, [(1e-5, 2), (5e-3, 2), (5.0, 1), (f64::INFINITY, 1)]);
        assert_eq!((count, buckets.len()), (6, BOUNDS.len()));
        // Exact to two digits.
        assert!((sum / 3604.004 - 1.0).abs() < 0.01, "{sum}");
    }
}
