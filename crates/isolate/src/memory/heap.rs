//! What an isolate's memory is held to, and what happened to it.

use std::sync::OnceLock;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use crate::limits::IsolateLimits;
use crate::memory::meter::{self, InsideV8, NativeAccount};
use crate::memory::reservations::Reservations;

/// How often the heap limit may be raised for one isolate before V8 is left to its out-of-memory handler.
const MAX_RAISES: usize = 4;

/// V8 tries an allocation three times before its last resort, and once after it.
const LAST_RESORT_REFUSALS: usize = 2;

/// Reservations that may be refused in a turn, before nothing is reserved any more and the JavaScript is stopped. V8 asks
/// eight times or so, collects all garbage in between, and is content with less then: for each memory of a Wasm module, which may
/// have a hundred thousand.
const MAX_RESERVATIONS_REFUSED: usize = 64;

/// Least headroom per raise, in bytes.
const MIN_HEADROOM: usize = 16 << 20;

/// What V8 allocates for an `ArrayBuffer` beside its bytes, as jemalloc rounds it: `BackingStore` with its reference
/// count, and `ArrayBufferExtension`. Its sweeper frees them with the bytes, on another thread than they came from.
const BUFFER_RECORDS: i64 = 208;

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
    script_bytes: usize,
    limit_hit: AtomicBool,
    raises: AtomicUsize,
    /// The last limit that V8 was given instead.
    raised_to: AtomicUsize,
    buffers: AtomicUsize,
    buffer_refused: AtomicBool,
    /// Buffers and reservations refused in a row, since V8 last asked for a higher heap limit.
    refusals: AtomicUsize,
    handle: OnceLock<v8::IsolateHandle>,
    /// The live heap, as far as V8 lets it pass the limit of the old generation.
    pub(crate) live: Threshold,
    /// Memory outside of the heap that is no buffer.
    pub(crate) native: Threshold,
    native_account: NativeAccount,
    reservations: Reservations,
    /// Reservations refused in this turn, since one as large as the last of them succeeded.
    reservations_refused: AtomicUsize,
    /// The size of the last of them, in bytes.
    last_refused: AtomicUsize,
    /// There was a collection since the heap was looked at: it may have grown.
    grown: AtomicBool,
}

/// A limit of something of which a part may be garbage, so that it is exceeded only if it still is after a collection.
#[derive(Debug)]
pub(crate) struct Threshold {
    limit: usize,
    /// What is above this calls for a collection. An eighth above what the last one left, so that an isolate that lives
    /// close below its limit does not collect all the time.
    collect_above: AtomicUsize,
}

impl Threshold {
    fn new(limit: usize) -> Self {
        Self { limit, collect_above: AtomicUsize::new(limit) }
    }

    /// Whether so much calls for a collection.
    pub(crate) fn calls_for_collection(&self, bytes: usize) -> bool {
        bytes > self.collect_above.load(Ordering::Relaxed)
    }

    /// The same in the middle of a turn, where a quarter more is put up with: V8 collects by itself when the heap grows
    /// step by step, and a turn that lives close below its limit would do nothing else.
    pub(crate) fn calls_for_collection_at_once(&self, bytes: usize) -> bool {
        bytes > self.collect_above.load(Ordering::Relaxed).saturating_add(self.limit / 4)
    }

    /// A collection has left so much. Returns whether that is too much.
    pub(crate) fn collected(&self, left: usize) -> bool {
        self.collect_above.store(self.limit.max(left.saturating_add(left / 8)), Ordering::Relaxed);
        left > self.limit
    }
}

impl HeapState {
    pub(crate) fn new(limits: &IsolateLimits) -> Self {
        Self {
            live: Threshold::new(limits.heap_max),
            native: Threshold::new(limits.native),
            native_account: NativeAccount::default(),
            reservations: Reservations::new(),
            reservations_refused: AtomicUsize::new(0),
            last_refused: AtomicUsize::new(0),
            grown: AtomicBool::new(false),
            heap_limit: limits.heap_max,
            old_generation_limit: AtomicUsize::new(0),
            buffer_limit: limits.buffers,
            script_bytes: limits.script_bytes,
            limit_hit: AtomicBool::new(false),
            raises: AtomicUsize::new(0),
            raised_to: AtomicUsize::new(0),
            buffers: AtomicUsize::new(0),
            buffer_refused: AtomicBool::new(false),
            refusals: AtomicUsize::new(0),
            handle: OnceLock::new(),
        }
    }

    /// The isolate that it accounts for has been made.
    pub(crate) fn attach(&self, handle: v8::IsolateHandle) {
        let _already_attached = self.handle.set(handle);
    }

    /// The configured heap limit, in bytes.
    pub fn heap_limit(&self) -> usize {
        self.heap_limit
    }

    /// The heap limit, with what it was raised by to let V8 unwind: what the heap may have grown to.
    pub fn raised_limit(&self) -> usize {
        self.heap_limit.max(self.raised_to.load(Ordering::Relaxed))
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

    /// What the allocator of the process counts as held by V8 for this isolate, in bytes, `ArrayBuffer`s aside: see
    /// [`set_allocation_meter`](crate::set_allocation_meter). Zero without a meter.
    pub fn native_bytes(&self) -> usize {
        self.native_account.bytes()
    }

    /// While the result lives, what the calling thread, which has the isolate's lock, allocates and frees counts as
    /// [native memory](Self::native_bytes) of the isolate. To be held around calls into V8.
    pub fn inside_v8(&self) -> InsideV8<'_> {
        self.native_account.inside()
    }

    /// V8 has collected garbage.
    pub(crate) fn note_collection(&self) {
        self.grown.store(true, Ordering::Relaxed);
    }

    /// Whether V8 has collected garbage since the last call.
    pub(crate) fn take_grown(&self) -> bool {
        self.grown.load(Ordering::Relaxed) && self.grown.swap(false, Ordering::Relaxed)
    }

    /// Forgets that a limit was hit. To be called when the heap limit has been restored.
    pub(crate) fn clear(&self) {
        self.limit_hit.store(false, Ordering::Relaxed);
        self.raises.store(0, Ordering::Relaxed);
        self.raised_to.store(0, Ordering::Relaxed);
    }

    /// What to restore the limit of the old generation to after it was raised; zero if it never was.
    pub(crate) fn old_generation_limit(&self) -> usize {
        self.old_generation_limit.load(Ordering::Relaxed)
    }

    /// V8 is about to exceed `current`, which was `initial` at first, or is beyond it, with `used` bytes in the heap, if a
    /// large allocation has passed it: stops the JavaScript and returns the new limit, a quarter of the heap above both,
    /// so that V8 can unwind instead of aborting.
    ///
    /// V8 also asks here, as a last resort, when it was refused a buffer several times with collections in between.
    /// Then the heap is not the matter: the buffers of the last collection are freed on another thread, perhaps a
    /// moment too late, and otherwise the script gets an exception that it can handle.
    pub(crate) fn near_limit(&self, current: usize, initial: usize, used: usize) -> usize {
        if self.refusals.swap(0, Ordering::Relaxed) >= LAST_RESORT_REFUSALS {
            return current;
        }
        self.old_generation_limit.store(initial, Ordering::Relaxed);
        self.hit();
        let raises = self.raises.fetch_add(1, Ordering::Relaxed);
        if raises >= MAX_RAISES {
            return current;
        }
        // Only the first time: what goes on allocating after it was stopped is not to have whatever it takes.
        let base = if raises == 0 { current.max(used) } else { current };
        let raised = base.saturating_add(self.headroom());
        self.raised_to.store(raised, Ordering::Relaxed);
        raised
    }

    /// Whether `external` bytes outside of the heap are more than their budget: a quarter more than the allocator
    /// gives out, so that a script that has filled its budget of buffers is not stopped for the few bytes besides, and the
    /// source of a module, which V8 counts in spite of being [shared](crate::shared_text).
    pub(crate) fn external_exceeded(&self, external: usize) -> bool {
        external > self.buffer_limit.saturating_add(self.buffer_limit / 4).saturating_add(self.script_bytes)
    }

    /// Stops the JavaScript because of a memory limit.
    pub(crate) fn hit(&self) {
        self.limit_hit.store(true, Ordering::Relaxed);
        if let Some(handle) = self.handle.get() {
            handle.terminate_execution();
        }
    }

    /// Accounts for addresses that V8 is about to reserve; false if that is too much. What is [given
    /// back](Reservations::give_back) needs no more.
    pub(crate) fn reserve_addresses(&self, bytes: usize) -> bool {
        let refused = self.reservations_refused.load(Ordering::Relaxed);
        if refused < MAX_RESERVATIONS_REFUSED && self.reservations.take(bytes) {
            self.refusals.store(0, Ordering::Relaxed);
            if refused != 0 && bytes >= self.last_refused.load(Ordering::Relaxed) {
                self.forget_refused_reservations();
            }
            return true;
        }
        self.refusals.fetch_add(1, Ordering::Relaxed);
        self.last_refused.store(bytes, Ordering::Relaxed);
        if self.reservations_refused.fetch_add(1, Ordering::Relaxed) == MAX_RESERVATIONS_REFUSED {
            self.hit();
        }
        false
    }

    /// A turn is over, and with it what was refused in it.
    pub(crate) fn forget_refused_reservations(&self) {
        if self.reservations_refused.load(Ordering::Relaxed) != 0 {
            self.reservations_refused.store(0, Ordering::Relaxed);
        }
    }

    pub(crate) fn reservations(&self) -> &Reservations {
        &self.reservations
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

    /// A buffer is freed by the calling thread, and with it, if that is one of V8's own, what V8 allocated beside it.
    pub(crate) fn buffer_freed_here(&self) {
        if !meter::is_inside() {
            self.native_account.freed_elsewhere(BUFFER_RECORDS);
        }
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
        assert_eq!(heap.near_limit(256 << 20, 256 << 20, 256 << 20), 320 << 20);
        assert!(heap.limit_hit());
    }

    #[test]
    fn a_refused_buffer_is_not_a_full_heap() {
        let heap = state(32 << 20);
        for _ in 0..3 {
            assert!(!heap.reserve_buffer(33 << 20));
        }
        assert_eq!(heap.near_limit(32 << 20, 32 << 20, 0), 32 << 20);
        assert!(!heap.limit_hit());
        // V8's last try, after which the heap fills.
        assert!(!heap.reserve_buffer(33 << 20));
        assert!(heap.near_limit(32 << 20, 32 << 20, 0) > 32 << 20);
        assert!(heap.limit_hit());
    }

    #[test]
    fn who_is_refused_addresses_again_and_again_is_stopped() {
        let heap = state(32 << 20);
        for turn in 1..=2 {
            for _ in 1..MAX_RESERVATIONS_REFUSED {
                assert!(!heap.reserve_addresses(1 << 47));
                assert!(heap.reserve_addresses(1), "less is there");
                heap.reservations().give_back(1, 1);
            }
            assert!(!heap.reserve_addresses(1 << 47));
            assert!(!heap.limit_hit() && !heap.reserve_addresses(1), "{turn}");
            assert!(heap.limit_hit());
            heap.clear();
            heap.forget_refused_reservations();
            assert!(heap.reserve_addresses(1));
            heap.reservations().give_back(1, 1);
        }
    }

    #[test]
    fn what_a_collection_leaves_decides() {
        let threshold = Threshold::new(800);
        assert!(!threshold.calls_for_collection(800));
        assert!(threshold.calls_for_collection(801));
        assert!(!threshold.collected(100));
        assert!(threshold.calls_for_collection(801));
        assert!(!threshold.collected(800), "at the limit is not above it");
        assert!(!threshold.calls_for_collection(900) && threshold.calls_for_collection(901));
        assert!(threshold.collected(801));
    }

    #[test]
    fn a_raise_is_above_what_a_large_allocation_has_used() {
        let heap = state(32 << 20);
        assert_eq!(heap.near_limit(32 << 20, 32 << 20, 256 << 20), 272 << 20);
        assert_eq!(heap.raised_limit(), 272 << 20);
        heap.clear();
        assert_eq!(heap.raised_limit(), 32 << 20);
    }

    #[test]
    fn raises_are_bounded() {
        let heap = state(32 << 20);
        let mut limit = 32 << 20;
        for _ in 0..100 {
            limit = heap.near_limit(limit, 32 << 20, limit);
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
