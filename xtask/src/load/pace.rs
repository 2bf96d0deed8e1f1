//! Requests at a fixed rate: each is due at a time of its own, whether those before it were answered or not. Its latency
//! counts from there, so that a server that stalls pays for all who would have come meanwhile.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use mio::Waker;

/// The thread of the load is not woken more often: timers are not more exact than about half of this.
const TICK: Duration = Duration::from_micros(100);

/// Which requests are due, and since when.
#[derive(Debug)]
pub(super) struct Pace {
    interval: Duration,
    next: Instant,
    due: VecDeque<Instant>,
}

impl Pace {
    pub(super) fn new(rate: f64, start: Instant) -> Self {
        Self { interval: Duration::from_secs_f64(1.0 / rate), next: start, due: VecDeque::new() }
    }

    /// The request that has been due for longest, if any is at this time.
    pub(super) fn take(&mut self, now: Instant) -> Option<Instant> {
        while self.next <= now {
            self.due.push_back(self.next);
            self.next += self.interval;
        }
        self.due.pop_front()
    }

    /// How often somebody must look.
    pub(super) fn tick(&self) -> Duration {
        self.interval.max(TICK)
    }
}

/// Wakes the thread of the load until `ended`: its own wait knows nothing shorter than a millisecond.
pub(super) fn tick(waker: &Waker, every: Duration, start: Instant, ended: &AtomicBool) {
    let mut next = start;
    while !ended.load(Ordering::Relaxed) {
        next = (next + every).max(Instant::now());
        thread::sleep(next.saturating_duration_since(Instant::now()));
        // It fails only when there is nobody left to be woken.
        let _ = waker.wake();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn requests_are_due_at_their_times_whoever_is_late() {
        let start = Instant::now();
        let mut pace = Pace::new(1000.0, start);
        let at = |milliseconds| start + Duration::from_millis(milliseconds);
        assert_eq!(pace.take(at(0)), Some(at(0)));
        assert_eq!(pace.take(at(0)), None);
        let late: Vec<_> = std::iter::from_fn(|| pace.take(at(3))).collect();
        assert_eq!(late, [at(1), at(2), at(3)]);
    }
}
