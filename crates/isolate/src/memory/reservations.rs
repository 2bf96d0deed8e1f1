//! Addresses that V8 reserves for an isolate beside its heap: for resizable buffers, Wasm memories, the code of Wasm modules, and
//! the stacks of Wasm that waits for promises.
//!
//! Reserved addresses are no memory until they are used, and so no limit of memory sees them. But the process has no more than
//! 128 TiB of them, and the system lets it have so many mappings (65,530 by default, `vm.max_map_count`). A Wasm memory takes 4
//! GiB of the former and two of the latter, whatever it uses; a resizable buffer as much as its script says. V8 has no bound for
//! either. Once all are taken nobody gets memory any more: V8 and the allocator find that out in places where all they can do is
//! to end the process.
//!
//! So they are counted, each for the isolate that the reserving thread has locked (`native/address_space.rs`), in two steps:
//!
//! * beyond [`MOST`] the isolate is like one whose buffers are too large: it is collected, and given up if that does not help;
//! * V8 is refused what would be beyond twice as much, or beyond what all isolates may have together. Scripts get a `RangeError`
//!   then, or the turn is over.

use std::sync::atomic::{AtomicUsize, Ordering};

use crate::limits::IsolateLimits;

/// Of one isolate.
const MOST: Bounds = Bounds { count: IsolateLimits::MAX_RESERVATIONS, bytes: IsolateLimits::MAX_RESERVED };

/// Bytes of all isolates together: half of the addresses that there are.
const ALL_BYTES: usize = 1 << 46;

/// Mappings that the system allows a process, unless it says otherwise.
const MAPPINGS: usize = 65_530;

static ALL: Reservations = Reservations::new();

/// How many mappings the process may have.
static MAPPINGS_ALLOWED: AtomicUsize = AtomicUsize::new(MAPPINGS);

#[derive(Clone, Copy, Debug)]
struct Bounds {
    count: usize,
    bytes: usize,
}

/// What is reserved now. Relaxed ordering: each number is read on its own.
#[derive(Debug)]
pub(crate) struct Reservations {
    count: AtomicUsize,
    bytes: AtomicUsize,
}

/// Asks the system how many mappings the process may have.
pub(crate) fn look_at_system() {
    let allowed = std::fs::read_to_string("/proc/sys/vm/max_map_count");
    if let Some(allowed) = allowed.ok().and_then(|text| text.trim().parse().ok()) {
        MAPPINGS_ALLOWED.store(allowed, Ordering::Relaxed);
    }
}

/// Each may become two mappings, or three if it is used in the middle. A quarter is left to heaps, stacks and the allocator.
fn of_all() -> Bounds {
    Bounds { count: MAPPINGS_ALLOWED.load(Ordering::Relaxed) / 8 * 3, bytes: ALL_BYTES }
}

impl Reservations {
    pub(crate) const fn new() -> Self {
        Self { count: AtomicUsize::new(0), bytes: AtomicUsize::new(0) }
    }

    /// Accounts for one more; false if that is too much for the isolate, or for all together.
    #[must_use]
    pub(crate) fn take(&self, bytes: usize) -> bool {
        self.take_of(&ALL, bytes)
    }

    fn take_of(&self, all: &Self, bytes: usize) -> bool {
        let twice = Bounds { count: 2 * MOST.count, bytes: 2 * MOST.bytes };
        if !self.add(bytes, twice) {
            return false;
        }
        let fits = all.add(bytes, of_all());
        if !fits {
            self.subtract(1, bytes);
        }
        fits
    }

    /// So many are no more, or so many bytes of one.
    pub(crate) fn give_back(&self, count: usize, bytes: usize) {
        self.subtract(count, bytes);
        ALL.subtract(count, bytes);
    }

    /// Whether there are more than the isolate may keep.
    pub(crate) fn are_too_many(&self) -> bool {
        self.count.load(Ordering::Relaxed) > MOST.count || self.bytes.load(Ordering::Relaxed) > MOST.bytes
    }

    /// How many there are, and their bytes.
    #[cfg(test)]
    pub(crate) fn counted(&self) -> (usize, usize) {
        (self.count.load(Ordering::Relaxed), self.bytes.load(Ordering::Relaxed))
    }

    fn add(&self, bytes: usize, most: Bounds) -> bool {
        let count = self.count.fetch_add(1, Ordering::Relaxed) + 1;
        let before = self.bytes.fetch_add(bytes, Ordering::Relaxed);
        let fits = count <= most.count && before.checked_add(bytes).is_some_and(|total| total <= most.bytes);
        if !fits {
            self.subtract(1, bytes);
        }
        fits
    }

    fn subtract(&self, count: usize, bytes: usize) {
        self.count.fetch_sub(count, Ordering::Relaxed);
        self.bytes.fetch_sub(bytes, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const GIB: usize = 1 << 30;

    #[test]
    fn what_is_too_much_is_told_before_it_is_refused() {
        let reserved = Reservations::new();
        for _ in 0..MOST.count {
            assert!(reserved.take(1) && !reserved.are_too_many());
        }
        for _ in 0..MOST.count {
            assert!(reserved.take(1) && reserved.are_too_many());
        }
        assert!(!reserved.take(1));
        reserved.give_back(MOST.count, MOST.count);
        assert!(!reserved.are_too_many() && reserved.take(1));
        reserved.give_back(MOST.count + 1, MOST.count + 1);
    }

    #[test]
    fn bytes_are_bounded_too() {
        let reserved = Reservations::new();
        assert!(reserved.take(MOST.bytes) && !reserved.are_too_many());
        assert!(reserved.take(GIB) && reserved.are_too_many());
        for bytes in [MOST.bytes, 1 << 47, usize::MAX] {
            assert!(!reserved.take(bytes), "{bytes}");
        }
        reserved.give_back(2, MOST.bytes + GIB);
        assert_eq!(reserved.counted(), (0, 0));
    }

    #[test]
    fn no_number_of_isolates_gets_all() {
        let (all, most) = (Reservations::new(), of_all());
        let isolates: Vec<_> = std::iter::repeat_with(Reservations::new).take(100).collect();
        let taken = isolates.iter().take_while(|reserved| reserved.take_of(&all, 2 * MOST.bytes)).count();
        assert_eq!(taken, most.bytes / (2 * MOST.bytes));
        assert_eq!(all.counted(), (taken, most.bytes), "who was refused has nothing");
    }
}
