//! What is measured of an isolate in passing, at its turns.

use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};

/// One turn in so many measures the heap: walking its spaces costs more than a short turn.
const HEAP_SAMPLE_INTERVAL: u64 = 64;

/// Relaxed everywhere: written by whoever has the turn, read as statistics.
#[derive(Debug, Default)]
pub(crate) struct Gauges {
    turns: AtomicU64,
    heap: AtomicUsize,
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

    /// A turn ends on the locked `isolate`.
    pub(crate) fn turn_ends(&self, isolate: &mut v8::Isolate) {
        let turns = self.turns.load(Ordering::Relaxed);
        self.turns.store(turns + 1, Ordering::Relaxed);
        if turns.is_multiple_of(HEAP_SAMPLE_INTERVAL) {
            let heap = isolate.get_heap_statistics().total_physical_size();
            // Unlike the statistics, this counts Wasm memories too.
            let external = isolate.adjust_amount_of_external_allocated_memory(0);
            self.heap.store(heap + usize::try_from(external).unwrap_or(0), Ordering::Relaxed);
        }
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
