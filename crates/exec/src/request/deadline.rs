//! Until when a request may go on.
//!
//! The wall clock bounds the time to its answer. An answer whose body is being written may take longer, as long as
//! something moves: then the deadline is moved on, up to a bound in all. Only the clock of the deadline is read elsewhere
//! (the watchdog has a copy of it for each turn), so `Relaxed` is enough.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use super::nanos;

/// See the [module](self) documentation.
pub(super) struct Deadline {
    started: Instant,
    /// In nanoseconds after that.
    at: AtomicU64,
    /// Beyond which it is not extended, likewise.
    last: AtomicU64,
    /// When the current period began, likewise.
    period: AtomicU64,
}

impl Deadline {
    pub(super) fn after(wall_clock: Duration) -> Self {
        let at = nanos(wall_clock);
        Self {
            started: Instant::now(),
            at: AtomicU64::new(at),
            last: AtomicU64::new(at),
            period: AtomicU64::new(0),
        }
    }

    pub(super) fn at(&self) -> Instant {
        self.started + Duration::from_nanos(self.at.load(Ordering::Relaxed))
    }

    /// It may be extended to `max` from now.
    pub(super) fn lift(&self, max: Duration) {
        self.last.store(self.offset_of(max), Ordering::Relaxed);
    }

    /// It is `time` from now, within what is possible.
    pub(super) fn extend(&self, time: Duration) {
        let at = self.offset_of(time).min(self.last.load(Ordering::Relaxed));
        self.at.store(at, Ordering::Relaxed);
    }

    /// Whether it cannot be extended any more.
    pub(super) fn is_last(&self) -> bool {
        self.at.load(Ordering::Relaxed) >= self.last.load(Ordering::Relaxed)
    }

    /// Whether `period` has passed since this was true, or the request began.
    pub(super) fn is_another_period(&self, period: Duration) -> bool {
        let began = self.period.load(Ordering::Relaxed);
        let now = nanos(self.started.elapsed());
        let is_over = now.saturating_sub(began) >= nanos(period);
        if is_over {
            self.period.store(now, Ordering::Relaxed);
        }
        is_over
    }

    /// `time` from now, as an offset.
    fn offset_of(&self, time: Duration) -> u64 {
        nanos(self.started.elapsed()).saturating_add(nanos(time))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_extended_only_where_it_was_lifted() {
        let minute = Duration::from_secs(60);
        let deadline = Deadline::after(minute);
        let first = deadline.at();
        deadline.extend(10 * minute);
        assert_eq!(deadline.at(), first);
        deadline.lift(5 * minute);
        deadline.extend(3 * minute);
        let second = deadline.at();
        assert!(second >= first + minute, "{:?}", second - first);
        assert!(!deadline.is_last());
        deadline.extend(10 * minute);
        assert!(deadline.is_last());
        assert!(deadline.at() > second && deadline.at() < first + 5 * minute);
    }
}
