//! The JavaScript timers of a request.

use std::collections::BTreeSet;
use std::time::Instant;

use rustc_hash::FxHashMap;

/// The JavaScript timers of a request, by due time.
#[derive(Default)]
pub(super) struct Timers {
    due: BTreeSet<(Instant, u64)>,
    by_id: FxHashMap<u64, Instant>,
}

impl Timers {
    /// Starts a timer, or starts it anew. Returns false if there are `max` of them already.
    pub(super) fn start(&mut self, timer: u64, due: Instant, max: usize) -> bool {
        if self.by_id.len() >= max {
            return false;
        }
        self.cancel(timer);
        self.due.insert((due, timer));
        self.by_id.insert(timer, due);
        true
    }

    pub(super) fn cancel(&mut self, timer: u64) {
        if let Some(due) = self.by_id.remove(&timer) {
            self.due.remove(&(due, timer));
        }
    }

    pub(super) fn next(&self) -> Option<Instant> {
        self.due.first().map(|(due, _)| *due)
    }

    /// Takes out the first timer that is due at `now`; equal times ring in the order of their ids.
    pub(super) fn take_due(&mut self, now: Instant) -> Option<u64> {
        let (_, timer) = self.due.first().copied().filter(|(due, _)| *due <= now)?;
        self.cancel(timer);
        Some(timer)
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn timers_ring_in_order_of_their_due_time_then_of_their_ids() {
        let start = Instant::now();
        let mut timers = Timers::default();
        timers.start(3, start + Duration::from_millis(2), 4);
        timers.start(2, start + Duration::from_millis(1), 4);
        timers.start(1, start + Duration::from_millis(2), 4);
        assert!(timers.start(4, start + Duration::from_millis(9), 4));
        assert!(!timers.start(5, start, 4));
        timers.cancel(4);
        let late = start + Duration::from_millis(5);
        assert_eq!(timers.take_due(start), None);
        let rung: Vec<_> = std::iter::from_fn(|| timers.take_due(late)).collect();
        assert_eq!(rung, [2, 1, 3]);
        assert_eq!(timers.next(), None);
    }
}
