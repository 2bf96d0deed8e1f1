//! Something that refills with time: so much per second, up to a burst.
//!
//! The state is one number, the time at which the bucket would be full again ("theoretical arrival time" in the generic
//! cell rate algorithm): what is spent moves it forward by the time that it takes to come back, and the bucket is empty
//! when it is a whole burst ahead. Nothing has to run for it to refill.
//!
//! What a turn used is known afterwards only, and is charged without looking at a clock: it collects in `charged` until
//! somebody asks whether the bucket is ready, and counts as spent when that was last asked.
//!
//! The rate may change while the bucket is in use. What is owed stays the same amount; what is spent at that moment may be
//! counted at either rate.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

/// Nanoseconds in a second.
const SECOND: u128 = 1_000_000_000;

/// So much per second, over time, and so much at once.
#[derive(Clone, Copy, Debug)]
pub(super) struct Rate {
    pub(super) per_second: u64,
    pub(super) burst: u64,
}

/// See the [module](self) documentation. Relaxed: nothing else is ordered by it.
pub(super) struct Bucket {
    /// 0 while there is no limit.
    per_second: AtomicU64,
    /// The time that a burst takes to come back, in nanoseconds.
    burst: AtomicU64,
    /// From which times are counted.
    epoch: Instant,
    /// When it will be full again, in nanoseconds since the epoch.
    full_at: AtomicU64,
    charged: AtomicU64,
}

impl Bucket {
    /// A full bucket. `None` is no limit, and a rate of 0 counts as 1.
    pub(super) fn new(rate: Option<Rate>) -> Self {
        let bucket = Self {
            per_second: AtomicU64::new(0),
            burst: AtomicU64::new(0),
            epoch: Instant::now(),
            full_at: AtomicU64::new(0),
            charged: AtomicU64::new(0),
        };
        bucket.set(rate, bucket.epoch);
        bucket
    }

    /// From `now` on it fills at this rate.
    pub(super) fn set(&self, rate: Option<Rate>, now: Instant) {
        let now = self.since_epoch(now);
        let (before, after) = (self.per_second(), rate.map_or(0, |rate| rate.per_second.max(1)));
        let owed = if before > 0 && after > 0 {
            let nanos = u128::from(self.settle(now).saturating_sub(now)) * u128::from(before);
            bounded(nanos / u128::from(after))
        } else {
            self.charged.store(0, Ordering::Relaxed);
            0
        };
        self.full_at.store(now.saturating_add(owed), Ordering::Relaxed);
        self.burst.store(rate.map_or(0, |rate| time_for(rate.burst, after)), Ordering::Relaxed);
        self.per_second.store(after, Ordering::Relaxed);
    }

    /// Whether there is a limit.
    pub(super) fn is_limited(&self) -> bool {
        self.per_second() > 0
    }

    /// Notes that `amount` was used, even if it was not there.
    pub(super) fn charge(&self, amount: u64) {
        if self.is_limited() {
            self.charged.fetch_add(amount, Ordering::Relaxed);
        }
    }

    /// When the bucket will have something again, if it has nothing at `now`.
    pub(super) fn ready_at(&self, now: Instant) -> Option<Instant> {
        if !self.is_limited() {
            return None;
        }
        let now = self.since_epoch(now);
        let ready = self.settle(now).saturating_sub(self.burst.load(Ordering::Relaxed));
        (ready > now).then(|| self.epoch + Duration::from_nanos(ready))
    }

    /// Whether it is as full at `now` as it can be.
    pub(super) fn is_full(&self, now: Instant) -> bool {
        let now = self.since_epoch(now);
        !self.is_limited() || self.settle(now) <= now
    }

    /// Takes `amount` if it is there.
    pub(super) fn try_spend(&self, amount: u64, now: Instant) -> bool {
        if !self.is_limited() {
            return true;
        }
        let now = self.since_epoch(now);
        let (cost, burst) = (time_for(amount, self.per_second()), self.burst.load(Ordering::Relaxed));
        let spend = |full_at: u64| {
            let full_at = full_at.max(now).saturating_add(cost);
            (full_at - now <= burst).then_some(full_at)
        };
        self.full_at.fetch_update(Ordering::Relaxed, Ordering::Relaxed, spend).is_ok()
    }

    /// Counts in what was charged. Returns when the bucket will be full.
    fn settle(&self, now: u64) -> u64 {
        let mut cost = 0;
        if self.charged.load(Ordering::Relaxed) > 0 {
            cost = time_for(self.charged.swap(0, Ordering::Relaxed), self.per_second());
        }
        let settle = |full_at: u64| full_at.saturating_add(cost).max(now);
        let before = self.full_at.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |at| Some(settle(at)));
        settle(before.unwrap_or_else(|before| before))
    }

    fn per_second(&self) -> u64 {
        self.per_second.load(Ordering::Relaxed)
    }

    fn since_epoch(&self, now: Instant) -> u64 {
        u64::try_from(now.saturating_duration_since(self.epoch).as_nanos()).unwrap_or(u64::MAX)
    }
}

/// How long `amount` takes to come back, in nanoseconds; half of all time at most, so that it can be added to one.
fn time_for(amount: u64, per_second: u64) -> u64 {
    bounded(u128::from(amount) * SECOND / u128::from(per_second.max(1)))
}

fn bounded(nanos: u128) -> u64 {
    u64::try_from(nanos).unwrap_or(u64::MAX).min(u64::MAX / 2)
}

#[cfg(test)]
mod tests {
    use super::*;

    const MS: Duration = Duration::from_millis(1);

    fn rate(per_second: u64, burst: u64) -> Option<Rate> {
        Some(Rate { per_second, burst })
    }

    /// 100 ms per second, 50 ms at once, in microseconds.
    fn bucket() -> (Bucket, Instant) {
        let bucket = Bucket::new(rate(100_000, 50_000));
        let epoch = bucket.epoch;
        (bucket, epoch)
    }

    #[test]
    fn a_full_bucket_gives_its_burst_and_then_what_flows_in() {
        let (bucket, start) = bucket();
        assert!(bucket.try_spend(30_000, start) && bucket.try_spend(20_000, start));
        assert!(!bucket.try_spend(1, start));
        assert!(bucket.try_spend(10_000, start + 100 * MS));
        assert!(!bucket.try_spend(10_000, start + 199 * MS));
        assert!(bucket.try_spend(10_000, start + 200 * MS));
        assert!(!bucket.try_spend(50_001, start + Duration::from_secs(1000)));
        assert!(bucket.try_spend(50_000, start + Duration::from_secs(1000)));
    }

    #[test]
    fn a_debt_is_paid_before_anything_else() {
        let (bucket, start) = bucket();
        assert_eq!(bucket.ready_at(start), None);
        bucket.charge(50_000);
        assert_eq!(bucket.ready_at(start), None);
        bucket.charge(30_000);
        assert_eq!(bucket.ready_at(start), Some(start + 300 * MS));
        assert_eq!(bucket.ready_at(start + 299 * MS), Some(start + 300 * MS));
        assert_eq!(bucket.ready_at(start + 300 * MS), None);
        assert!(!bucket.is_full(start + 799 * MS) && bucket.is_full(start + 800 * MS));
    }

    #[test]
    fn what_was_used_long_ago_has_come_back() {
        let (bucket, start) = bucket();
        assert_eq!(bucket.ready_at(start), None);
        bucket.charge(1_000_000);
        assert_eq!(bucket.ready_at(start + Duration::from_secs(60)), None);
    }

    #[test]
    fn no_amount_and_no_rate_overflows() {
        for (per_second, burst) in [(0, 0), (1, u64::MAX), (u64::MAX, 0), (u64::MAX, u64::MAX)] {
            let bucket = Bucket::new(rate(per_second, burst));
            for _ in 0..3 {
                bucket.charge(u64::MAX / 4);
                bucket.ready_at(bucket.epoch);
                bucket.try_spend(u64::MAX, bucket.epoch);
                bucket.set(rate(1, 1), bucket.epoch);
                bucket.set(rate(per_second, burst), bucket.epoch);
            }
        }
    }

    #[test]
    fn another_rate_keeps_what_is_owed() {
        let (bucket, start) = bucket();
        bucket.charge(150_000);
        assert_eq!(bucket.ready_at(start), Some(start + 1000 * MS));
        // 100,000 more than the burst; then 50,000 more than the new one.
        bucket.set(rate(1_000_000, 100_000), start);
        assert_eq!(bucket.ready_at(start), Some(start + 50 * MS));
        bucket.set(None, start);
        assert_eq!(bucket.ready_at(start), None);
        assert!(bucket.is_full(start) && bucket.try_spend(u64::MAX, start));
        bucket.charge(u64::MAX);
        bucket.set(rate(100_000, 50_000), start);
        assert!(bucket.try_spend(50_000, start) && !bucket.try_spend(1, start));
    }
}
