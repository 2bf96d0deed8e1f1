//! Counters and gauges of a pool, as the library returns them and the server prints them.

use isolate::{SpareStats, ThreadStats};
use serde::Serialize;

/// Statistics of an [`IsolatePool`](crate::IsolatePool). The parts are read one after the other, not at one instant.
///
/// Counters count from the start of the pool (`disposals_pending`: of the process); times are in microseconds.
#[derive(Clone, Copy, Debug, Serialize)]
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
    /// Requests waiting for an isolate now.
    pub waiting: usize,
    /// Requests that waited, and got one.
    pub waits: u64,
    /// The sum of their times.
    pub wait_total_us: u64,
    /// The longest of them.
    pub wait_max_us: u64,
    /// Requests refused because they waited too long.
    pub timeouts: u64,
    /// Requests refused because too many were waiting.
    pub queue_full: u64,
    /// Isolates kept ready.
    pub spares: Spares,
    /// Isolate threads.
    pub threads: Threads,
    /// Isolates waiting for their disposal in the background.
    pub disposals_pending: usize,
}

/// Isolates given up, by reason.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct Evictions {
    /// Least recently used, when another worker needed the place.
    pub lru: u64,
    /// Unused for too long.
    pub idle: u64,
    /// A memory limit, a turn that did not react to its termination, or a panic.
    pub condemned: u64,
    /// Retired by the caller.
    pub replaced: u64,
    /// The pool was shut down.
    pub shutdown: u64,
}

/// Isolates kept ready for misses.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct Spares {
    /// Ready now.
    pub ready: usize,
    /// How many are kept ready.
    pub target: usize,
    /// Misses served by one.
    pub used: u64,
    /// Misses that had to wait while an isolate was made.
    pub made_to_order: u64,
}

/// The threads that run JavaScript.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct Threads {
    /// How many there are.
    pub width: usize,
    /// Turns taken.
    pub turns: u64,
    /// Threads given up, with their isolate, and replaced.
    pub replaced: u64,
}

impl PoolStats {
    pub(crate) fn new(pool: &pool_core::PoolStats, spares: SpareStats, threads: ThreadStats) -> Self {
        let micros = |time: std::time::Duration| u64::try_from(time.as_micros()).unwrap_or(u64::MAX);
        let retired = &pool.retired;
        Self {
            total: pool.total,
            cached: pool.cached,
            capacity: pool.capacity,
            hits: pool.hits,
            misses: pool.misses,
            hit_rate: pool.hit_rate(),
            created: pool.created,
            creation_failures: pool.creation_failures,
            evictions: Evictions {
                lru: retired.evicted,
                idle: retired.idle,
                condemned: retired.condemned,
                replaced: retired.replaced,
                shutdown: retired.shutdown,
            },
            live: pool.live,
            idle: pool.idle,
            leased: pool.leased,
            waiting: pool.waiting,
            waits: pool.waits,
            wait_total_us: micros(pool.wait_total),
            wait_max_us: micros(pool.wait_max),
            timeouts: pool.timeouts,
            queue_full: pool.queue_full,
            spares: Spares {
                ready: spares.ready,
                target: spares.target,
                used: spares.from_stock,
                made_to_order: spares.made_to_order,
            },
            threads: Threads { width: threads.width, turns: threads.turns, replaced: threads.replaced },
            disposals_pending: isolate::pending_disposals(),
        }
    }
}
