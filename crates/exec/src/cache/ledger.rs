//! How many bytes each worker has in the store, and who gives something up when that is too much; policy.

use std::collections::BTreeSet;

use rustc_hash::FxHashMap;

use super::shelf::Size;

/// The sizes of all workers, by their numbers. `W` is what a worker is found by.
///
/// A size may be negative for a moment: what was put and deleted at the same time may be told of in the other order.
pub(super) struct Ledger<W> {
    bound: i64,
    total: Size,
    workers: FxHashMap<u64, (Size, W)>,
    /// The same, by bytes.
    order: BTreeSet<(i64, u64)>,
}

impl<W: Clone> Ledger<W> {
    /// An empty one, for so many bytes.
    pub(super) fn new(bound: usize) -> Self {
        let bound = i64::try_from(bound).unwrap_or(i64::MAX);
        Self { bound, total: Size::default(), workers: FxHashMap::default(), order: BTreeSet::new() }
    }

    /// Notes a change of what `worker` has. Who is to give something up, if there is too much now: the one with the most.
    pub(super) fn change(&mut self, number: u64, worker: &W, change: Size) -> Option<W> {
        self.total = self.total + change;
        let entry = self.workers.entry(number).or_insert_with(|| (Size::default(), worker.clone()));
        self.order.remove(&(entry.0.bytes, number));
        entry.0 = entry.0 + change;
        if entry.0 == Size::default() {
            self.workers.remove(&number);
        } else {
            self.order.insert((entry.0.bytes, number));
        }
        if self.total.bytes <= self.bound {
            return None;
        }
        let (_, largest) = self.order.last()?;
        self.workers.get(largest).map(|(_, worker)| worker.clone())
    }

    pub(super) fn bytes(&self) -> usize {
        usize::try_from(self.total.bytes).unwrap_or(0)
    }

    pub(super) fn entries(&self) -> usize {
        usize::try_from(self.total.entries).unwrap_or(0)
    }
}
