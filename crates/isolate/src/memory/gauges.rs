//! What is measured of an isolate in passing, at its turns.

use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};

/// One turn in so many looks at the heap in any case. Walking its spaces costs more than a short turn, and a short turn
/// in which nothing was collected cannot have changed it by much.
const HEAP_SAMPLE_INTERVAL: u64 = 64;

/// Relaxed everywhere: written by whoever has the turn, read as statistics.
#[derive(Debug, Default)]
pub(crate) struct Gauges {
    turns: AtomicU64,
    heap: AtomicUsize,
    collected: AtomicUsize,
    last_thread: AtomicU64,
}

impl Gauges {
    /// A turn begins on the thread with this id. Returns whether the last one was on another.
    pub(crate) fn turn_begins(&self, thread: u64) -> bool {
        let last = self.last_thread.load(Ordering::Relaxed);
        if last != thread {
            self.last_thread.store(thread, Ordering::Relaxed);
        }
        last != thread && last != 0
    }

    /// The thread of the last turn, 0 if there was none.
    pub(crate) fn last_thread(&self) -> u64 {
        self.last_thread.load(Ordering::Relaxed)
    }

    /// A turn ends. Returns whether the heap is to be looked at for no other reason than that it is time.
    pub(crate) fn turn_ends(&self) -> bool {
        let turns = self.turns.load(Ordering::Relaxed);
        self.turns.store(turns + 1, Ordering::Relaxed);
        turns.is_multiple_of(HEAP_SAMPLE_INTERVAL)
    }

    /// What a look at the memory of the isolate has shown, in bytes.
    pub(crate) fn set_heap(&self, bytes: usize) {
        self.heap.store(bytes, Ordering::Relaxed);
    }

    /// What the isolate held after everything was collected, because it was idle.
    pub(crate) fn set_collected(&self, bytes: usize) {
        self.set_heap(bytes);
        self.collected.store(bytes, Ordering::Relaxed);
    }

    pub(crate) fn collected(&self) -> usize {
        self.collected.load(Ordering::Relaxed)
    }

    pub(crate) fn turns(&self) -> u64 {
        self.turns.load(Ordering::Relaxed)
    }

    pub(crate) fn heap(&self) -> usize {
        self.heap.load(Ordering::Relaxed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_turn_is_no_migration() {
        let gauges = Gauges::default();
        assert!(!gauges.turn_begins(3));
        assert!(!gauges.turn_begins(3));
        assert!(gauges.turn_begins(4));
    }
}
