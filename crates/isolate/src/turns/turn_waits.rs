//! How long tasks wait for their turns.
//!
//! With many requests in flight on one isolate this, and not the wait for a lease, is the queue that is felt. It is
//! measured from the moment a task is queued to the beginning of the turn that follows: the turns of others on the same
//! isolate, and the wait for a thread.
//!
//! One task in [`SAMPLED`] is timed when a thread queues it; the others cost no reading of the clock. Who has a turn of a
//! timed task notes its wait if nobody else is at the histogram; so nobody ever waits for it. Callers of
//! [`with_lock`](crate::TurnIsolate::with_lock) are not measured.

use std::cell::Cell;
use std::sync::LazyLock;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;

use hdrhistogram::Histogram;
use parking_lot::Mutex;

/// One of so many is timed.
const SAMPLED: u32 = 16;

thread_local! {
    /// Tasks that this thread has queued.
    static QUEUED: Cell<u32> = const { Cell::new(0) };
}

/// What stored times count from.
static START: LazyLock<Instant> = LazyLock::new(Instant::now);

/// When a task was queued, if it is one that is timed. Relaxed: the queue orders it.
#[derive(Debug, Default)]
pub(crate) struct QueuedAt(AtomicU64);

impl QueuedAt {
    /// The task is about to be queued.
    pub(crate) fn queue(&self) {
        let queued = QUEUED.get();
        QUEUED.set(queued.wrapping_add(1));
        if queued.is_multiple_of(SAMPLED) {
            self.0.store(since_start(Instant::now()), Ordering::Relaxed);
        }
    }

    /// Its turn begins. How long it waited, in nanoseconds, if it was timed.
    pub(crate) fn waited(&self, now: Instant) -> Option<u64> {
        match self.0.load(Ordering::Relaxed) {
            0 => None,
            queued => {
                self.0.store(0, Ordering::Relaxed);
                Some(since_start(now).saturating_sub(queued))
            }
        }
    }
}

/// In nanoseconds, never 0.
fn since_start(at: Instant) -> u64 {
    let since = at.saturating_duration_since(*START).as_nanos();
    u64::try_from(since).unwrap_or(u64::MAX).max(1)
}

/// The waits of a set of threads.
pub(crate) struct TurnWaits(Mutex<Histogram<u64>>);

impl TurnWaits {
    pub(crate) fn new() -> Self {
        // From 1 ns to one hour, exact to two digits: 26 KiB.
        Self(Mutex::new(Histogram::new_with_bounds(1, 3_600_000_000_000, 2).expect("valid bounds")))
    }

    /// Notes a wait, or does not if another thread is at it.
    pub(crate) fn note(&self, nanos: u64) {
        if let Some(mut histogram) = self.0.try_lock() {
            histogram.saturating_record(nanos);
        }
    }

    pub(crate) fn snapshot(&self) -> Histogram<u64> {
        self.0.lock().clone()
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn one_of_sixteen_is_timed_and_counts_once() {
        let timed = (0..4 * SAMPLED).filter(|_| {
            let queued = QueuedAt::default();
            queued.queue();
            let later = Instant::now() + Duration::from_millis(3);
            let waited = queued.waited(later);
            assert!(waited.is_none_or(|nanos| nanos >= 3_000_000));
            assert_eq!(queued.waited(later), None, "noted already");
            waited.is_some()
        });
        assert_eq!(timed.count(), 4);
    }

    #[test]
    fn nobody_waits_for_the_histogram() {
        let waits = TurnWaits::new();
        let held = waits.0.lock();
        waits.note(5);
        drop(held);
        waits.note(7);
        assert_eq!((waits.snapshot().len(), waits.snapshot().max()), (1, 7));
    }
}
