//! Comparing what an isolate holds with its limits.
//!
//! V8 enforces the limit of its heap when it grows the heap step by step. A single large allocation passes it, and V8
//! enforces nothing on the memory outside of the heap. So we look for ourselves:
//!
//! * in a long turn, at every tick of the timekeeper, where the JavaScript reaches an interrupt point. What is exceeded
//!   there, by a quarter or more, ends the turn, mostly before it has answered.
//! * at the end of a turn that may have changed the heap: it took longer than [`SHORT_TURN`], or garbage was collected,
//!   or nobody has looked for many turns. What is outside of the heap is looked at after every turn, since that costs
//!   nanoseconds.
//! * when an idle isolate is collected.
//!
//! A part of what is found may be garbage, so a limit is exceeded only if it is after a complete collection; that is part
//! of the turn, and charged to it.

use std::time::Duration;

use crate::memory::gauges::Gauges;
use crate::memory::heap::HeapState;
use crate::memory::meter;

/// A turn that was shorter, and collected nothing, has changed the heap by a mebibyte or two at most: that is how fast
/// fresh memory can be touched.
const SHORT_TURN: Duration = Duration::from_micros(100);

/// What a look at an isolate has found.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Look {
    /// A limit is exceeded, and the JavaScript was stopped.
    pub(crate) exceeded: bool,
    /// Memory that the isolate holds, in the heap and outside of it, in bytes.
    pub(crate) held: usize,
}

/// To be called at the end of a turn that took `duration`. `None` if there was no reason for a look, otherwise whether
/// a limit is exceeded.
pub(crate) fn after_turn(
    isolate: &mut v8::Isolate,
    heap: &HeapState,
    gauges: &Gauges,
    duration: Duration,
) -> Option<bool> {
    heap.forget_refused_reservations();
    let may_have_changed = heap.take_grown() | (duration > SHORT_TURN) | gauges.turn_ends();
    if !may_have_changed && !outside_calls_for_collection(isolate, heap) {
        return None;
    }
    let look = look(isolate, heap);
    gauges.set_heap(look.held);
    Some(look.exceeded)
}

/// Looks at everything; collects if something calls for it, and stops the JavaScript if too much is left. Takes
/// microseconds if not.
pub(crate) fn look(isolate: &mut v8::Isolate, heap: &HeapState) -> Look {
    let found = Figures::of(isolate, heap);
    if !found.call_for_collection(heap) {
        return Look { exceeded: false, held: found.held() };
    }
    collect(isolate, heap)
}

/// The same in the middle of a turn, with JavaScript on the stack.
pub(crate) fn look_at_once(isolate: &mut v8::Isolate, heap: &HeapState) {
    let found = Figures::of(isolate, heap);
    if heap.live.calls_for_collection_at_once(found.live)
        || heap.native.calls_for_collection_at_once(found.native)
        || heap.external_exceeded(found.external)
        || heap.reservations().are_too_many()
    {
        collect(isolate, heap);
    }
}

/// Collects all garbage, and stops the JavaScript if more is left than the limits allow. Takes milliseconds.
pub(crate) fn collect(isolate: &mut v8::Isolate, heap: &HeapState) -> Look {
    {
        let _inside = heap.inside_v8();
        isolate.low_memory_notification();
        if heap.reservations().are_too_many() {
            // V8 unmaps what the last collection has found when the next one begins.
            isolate.low_memory_notification();
        }
    }
    let left = Figures::of(isolate, heap);
    // No short circuit: each threshold is told.
    let exceeded = heap.live.collected(left.live)
        | heap.native.collected(left.native)
        | heap.external_exceeded(left.external)
        | heap.reservations().are_too_many();
    if exceeded {
        heap.hit();
    }
    Look { exceeded, held: left.held() }
}

fn outside_calls_for_collection(isolate: &mut v8::Isolate, heap: &HeapState) -> bool {
    heap.external_exceeded(external_memory(isolate))
        || heap.native.calls_for_collection(heap.native_bytes())
        || heap.reservations().are_too_many()
}

/// Bytes outside of the heap that objects of the heap keep: `ArrayBuffer`s, fixed and resizable, Wasm memories, and the
/// code of Wasm modules. `HeapStatistics::external_memory` knows the buffers only.
pub(crate) fn external_memory(isolate: &mut v8::Isolate) -> usize {
    usize::try_from(isolate.adjust_amount_of_external_allocated_memory(0)).unwrap_or(0)
}

/// Bytes outside of the heap that are no buffers: what the meter counts, or without one what V8 reports.
///
/// Never the larger of both: what V8 reports with each isolate includes what it takes to validate and compile the Wasm of
/// *all* isolates, and one whose neighbour does that would pay for it.
pub(crate) fn native_memory(heap: &HeapState, statistics: &v8::HeapStatistics) -> usize {
    if meter::is_installed() { heap.native_bytes() } else { statistics.malloced_memory() }
}

/// The memory of an isolate, in bytes.
struct Figures {
    /// Objects of the heap, garbage included.
    live: usize,
    /// Pages of the heap that have been touched.
    resident: usize,
    /// What V8 knows that objects keep outside of the heap.
    external: usize,
    /// See [`native_memory`].
    native: usize,
}

impl Figures {
    fn of(isolate: &mut v8::Isolate, heap: &HeapState) -> Self {
        let statistics = isolate.get_heap_statistics();
        Self {
            live: statistics.used_heap_size(),
            resident: statistics.total_physical_size(),
            external: external_memory(isolate),
            native: native_memory(heap, &statistics),
        }
    }

    fn call_for_collection(&self, heap: &HeapState) -> bool {
        heap.live.calls_for_collection(self.live)
            || heap.native.calls_for_collection(self.native)
            || heap.external_exceeded(self.external)
            || heap.reservations().are_too_many()
    }

    fn held(&self) -> usize {
        self.resident.saturating_add(self.external).saturating_add(self.native)
    }
}
