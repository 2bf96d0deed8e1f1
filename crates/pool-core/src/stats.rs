//! Counters and gauges of a pool.

use std::time::Duration;

use crate::reaper::RetireReason;

/// A snapshot of a pool, consistent in itself: all values were read under one lock.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct CacheStats {
    /// `max_size`: how many resources the pool may hold.
    pub total: usize,
    /// Resources in the cache: idle or leased, and able to serve.
    pub cached: usize,
    /// `total - cached` (0 while a shrunk pool still holds more).
    pub capacity: usize,

    /// Leases served by a resource that was there already, at once or after waiting.
    pub hits: u64,
    /// Calls that had to create: the number of creations started.
    pub misses: u64,
    /// Creations that succeeded.
    pub created: u64,
    /// Creations that returned an error, timed out, panicked or were dropped.
    pub creation_failures: u64,
    /// Resources given to the reaper, by reason.
    pub retired: RetiredCounts,
    /// Panics of the reaper, which the pool survives.
    pub reaper_panics: u64,
    /// Panics of callers' wakers, when woken or dropped, which the pool survives.
    pub waker_panics: u64,

    /// Everything that counts against `total`: creating, idle, leased, retiring, and in the hands of a reaper call.
    pub live: usize,
    /// Resources without a lease.
    pub idle: usize,
    /// Resources with a lease that can still serve; `idle + leased == cached`.
    pub leased: usize,
    /// Callers waiting now, not counting those that are creating.
    pub waiting: usize,
    /// Sum of the costs of the live resources (see [`Lease::set_cost`](crate::Lease::set_cost)).
    pub total_cost: u64,

    /// Calls that ended in `Timeout`.
    pub timeouts: u64,
    /// Calls that ended in `QueueFull`.
    pub queue_full: u64,
    /// Waits that ended with a lease or with the right to create.
    pub waits: u64,
    /// The sum of the times of these waits.
    pub wait_total: Duration,
    /// The longest of them.
    pub wait_max: Duration,
}

impl CacheStats {
    /// `hits / (hits + misses)`, 0 before the first call.
    #[must_use]
    pub fn hit_rate(&self) -> f64 {
        let calls = self.hits + self.misses;
        if calls == 0 { 0.0 } else { self.hits as f64 / calls as f64 }
    }
}

/// Resources given to the reaper, by [`RetireReason`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct RetiredCounts {
    /// [`RetireReason::Evicted`].
    pub evicted: u64,
    /// [`RetireReason::Idle`].
    pub idle: u64,
    /// [`RetireReason::Condemned`].
    pub condemned: u64,
    /// [`RetireReason::Replaced`].
    pub replaced: u64,
    /// [`RetireReason::Shutdown`].
    pub shutdown: u64,
}

impl RetiredCounts {
    pub(crate) fn add(&mut self, reason: RetireReason) {
        *match reason {
            RetireReason::Evicted => &mut self.evicted,
            RetireReason::Idle => &mut self.idle,
            RetireReason::Condemned => &mut self.condemned,
            RetireReason::Replaced => &mut self.replaced,
            RetireReason::Shutdown => &mut self.shutdown,
        } += 1;
    }

    /// The sum over all reasons.
    #[must_use]
    pub fn total(&self) -> u64 {
        self.evicted + self.idle + self.condemned + self.replaced + self.shutdown
    }
}

/// The part of [`CacheStats`] that only ever grows.
#[derive(Default)]
pub(crate) struct Tally {
    pub(crate) hits: u64,
    pub(crate) misses: u64,
    pub(crate) created: u64,
    pub(crate) creation_failures: u64,
    pub(crate) retired: RetiredCounts,
    pub(crate) reaper_panics: u64,
    pub(crate) waker_panics: u64,
    pub(crate) timeouts: u64,
    pub(crate) queue_full: u64,
    pub(crate) waits: u64,
    pub(crate) wait_total: Duration,
    pub(crate) wait_max: Duration,
}

impl Tally {
    pub(crate) fn waited(&mut self, waited: Duration) {
        self.waits += 1;
        self.wait_total = self.wait_total.saturating_add(waited);
        self.wait_max = self.wait_max.max(waited);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hit_rate_has_no_division_by_zero() {
        assert_eq!(CacheStats::default().hit_rate(), 0.0);
        assert_eq!(CacheStats { hits: 3, misses: 1, ..Default::default() }.hit_rate(), 0.75);
    }
}
