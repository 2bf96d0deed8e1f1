//! What an isolate's memory is held to, and what happened to it.

use std::sync::OnceLock;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use crate::limits::IsolateLimits;

/// How often the heap limit may be raised for one isolate before V8 is left to its out-of-memory handler.
const MAX_RAISES: usize = 4;

/// V8 tries an allocation three times before its last resort, and once after it.
const LAST_RESORT_REFUSALS: usize = 2;

/// Least headroom per raise, in bytes.
const MIN_HEADROOM: usize = 16 << 20;

/// Memory accounting of one isolate. Shared by the isolate's owner and the callbacks that V8 makes.
///
/// Relaxed ordering everywhere: each field is read on its own, and those who act on `limit_hit` hold the
/// isolate's lock, which orders it.
#[derive(Debug)]
pub struct HeapState {
    heap_limit: usize,
    /// What V8 made of `heap_limit`: the limit of the old generation. Zero until it was hit.
    old_generation_limit: AtomicUsize,
    buffer_limit: usize,
    limit_hit: AtomicBool,
    raises: AtomicUsize,
    buffers: AtomicUsize,
    buffer_refused: AtomicBool,
    /// Buffers refused in a row, since V8 last asked for a higher heap limit.
    refusals: AtomicUsize,
    handle: OnceLock<v8::IsolateHandle>,
}

impl HeapState {
    pub(crate) fn new(limits: &IsolateLimits) -> Self {
        Self {
            heap_limit: limits.heap_max,
            old_generation_limit: AtomicUsize::new(0),
            buffer_limit: limits.buffers,
            limit_hit: AtomicBool::new(false),
            raises: AtomicUsize::new(0),
            buffers: AtomicUsize::new(0),
            buffer_refused: AtomicBool::new(false),
            refusals: AtomicUsize::new(0),
            handle: OnceLock::new(),
        }
    }

    pub(crate) fn attach(&self, handle: v8::IsolateHandle) {
        let _already_attached = self.handle.set(handle);
    }

    /// The configured heap limit, in bytes.
    pub fn heap_limit(&self) -> usize {
        self.heap_limit
    }

    /// The heap limit, with what it was raised by to let V8 unwind: what the heap may have grown to.
    pub fn raised_limit(&self) -> usize {
        let raises = self.raises.load(Ordering::Relaxed).min(MAX_RAISES);
        self.heap_limit.saturating_add(raises * self.headroom())
    }

    fn headroom(&self) -> usize {
        (self.heap_limit / 4).max(MIN_HEADROOM)
    }

    /// Whether a memory limit was reached since the last [`clear`](Self::clear).
    pub fn limit_hit(&self) -> bool {
        self.limit_hit.load(Ordering::Relaxed)
    }

    /// Bytes of `ArrayBuffer` backing stores alive now.
    pub fn buffer_bytes(&self) -> usize {
        self.buffers.load(Ordering::Relaxed)
    }

    /// How many more bytes of `ArrayBuffer`s the budget allows.
    pub fn buffer_room(&self) -> usize {
        self.buffer_limit.saturating_sub(self.buffer_bytes())
    }

    /// Whether an `ArrayBuffer` was refused for lack of budget since the last call.
    pub fn take_buffer_refused(&self) -> bool {
        self.buffer_refused.swap(false, Ordering::Relaxed)
    }

    /// Forgets that a limit was hit. To be called when the heap limit has been restored.
    pub(crate) fn clear(&self) {
        self.limit_hit.store(false, Ordering::Relaxed);
        self.raises.store(0, Ordering::Relaxed);
    }

    /// What to restore the limit of the old generation to after it was raised; zero if it never was.
    pub(crate) fn old_generation_limit(&self) -> usize {
        self.old_generation_limit.load(Ordering::Relaxed)
    }

    /// V8 is about to exceed `current`, which was `initial` at first: stops the JavaScript and returns the new
    /// limit, a quarter of the heap higher, so that V8 can unwind instead of aborting.
    ///
    /// V8 also asks here, as a last resort, when it was refused a buffer several times with collections in between.
    /// Then the heap is not the matter: the buffers of the last collection are freed on another thread, perhaps a
    /// moment too late, and otherwise the script gets an exception that it can handle.
    pub(crate) fn near_limit(&self, current: usize, initial: usize) -> usize {
        if self.refusals.swap(0, Ordering::Relaxed) >= LAST_RESORT_REFUSALS {
            return current;
        }
        self.old_generation_limit.store(initial, Ordering::Relaxed);
        self.hit();
        if self.raises.fetch_add(1, Ordering::Relaxed) >= MAX_RAISES {
            return current;
        }
        current.saturating_add(self.headroom())
    }

    /// Whether `external` bytes outside of the heap are more than their budget: a quarter more than the allocator
    /// gives out, so that a script that has filled its budget of buffers is not stopped for the few bytes besides.
    pub(crate) fn external_exceeded(&self, external: usize) -> bool {
        external > self.buffer_limit.saturating_add(self.buffer_limit / 4)
    }

    /// Stops the JavaScript because of a memory limit.
    pub(crate) fn hit(&self) {
        self.limit_hit.store(true, Ordering::Relaxed);
        if let Some(handle) = self.handle.get() {
            handle.terminate_execution();
        }
    }

    /// Accounts for a new backing store; false if the budget does not allow it.
    pub(crate) fn reserve_buffer(&self, bytes: usize) -> bool {
        let before = self.buffers.fetch_add(bytes, Ordering::Relaxed);
        let allowed = before.checked_add(bytes).is_some_and(|total| total <= self.buffer_limit);
        if !allowed {
            self.release_buffer(bytes);
            self.buffer_refused.store(true, Ordering::Relaxed);
            self.refusals.fetch_add(1, Ordering::Relaxed);
        } else {
            self.refusals.store(0, Ordering::Relaxed);
        }
        allowed
    }

    pub(crate) fn release_buffer(&self, bytes: usize) {
        self.buffers.fetch_sub(bytes, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn state(heap_max: usize) -> HeapState {
        HeapState::new(&IsolateLimits::default().with_heap_max(heap_max))
    }

    #[test]
    fn lesson_15_a_raise_leaves_real_headroom() {
        let heap = state(256 << 20);
        assert_eq!(heap.near_limit(256 << 20, 256 << 20), 320 << 20);
        assert!(heap.limit_hit());
    }

    #[test]
    fn a_refused_buffer_is_not_a_full_heap() {
        let heap = state(32 << 20);
        for _ in 0..3 {
            assert!(!heap.reserve_buffer(33 << 20));
        }
        assert_eq!(heap.near_limit(32 << 20, 32 << 20), 32 << 20);
        assert!(!heap.limit_hit());
        // V8's last try, after which the heap fills.
        assert!(!heap.reserve_buffer(33 << 20));
        assert!(heap.near_limit(32 << 20, 32 << 20) > 32 << 20);
        assert!(heap.limit_hit());
    }

    #[test]
    fn raises_are_bounded() {
        let heap = state(32 << 20);
        let mut limit = 32 << 20;
        for _ in 0..100 {
            limit = heap.near_limit(limit, 32 << 20);
        }
        assert_eq!(limit, (32 << 20) + MAX_RAISES * MIN_HEADROOM);
    }

    #[test]
    fn lesson_17_buffers_have_a_budget() {
        let heap = state(100);
        assert!(heap.reserve_buffer(60));
        assert!(!heap.reserve_buffer(60));
        assert!(heap.take_buffer_refused());
        assert!(!heap.take_buffer_refused());
        heap.release_buffer(60);
        assert!(heap.reserve_buffer(100));
        assert!(!heap.reserve_buffer(usize::MAX));
        assert_eq!(heap.buffer_bytes(), 100);
    }
}
