//! Memory that comes back before V8 would see a need for it.

use isolate::HeapState;

/// Whether the budget for buffers of the isolate, whose accounting `heap` is, has room for `bytes` more; collects garbage if it has not.
pub(crate) fn make_room(isolate: &mut v8::Isolate, heap: &HeapState, bytes: usize) -> bool {
    if heap.buffer_room() < bytes {
        let _inside = heap.inside_v8();
        // A notification of memory pressure would do it at the next interrupt only.
        isolate.low_memory_notification();
    }
    heap.buffer_room() >= bytes
}

/// Whether there is memory for what requests leave behind: half of the heap, and half of the budget for buffers. Takes
/// a microsecond or two.
pub(crate) fn has_room_for_leavings(isolate: &mut v8::Isolate, heap: &HeapState) -> bool {
    !is_crowded(heap) && isolate.get_heap_statistics().used_heap_size() < heap.heap_limit() / 2
}

/// Whether so much of the budget for buffers is used that an isolate with nothing to do should not keep it.
pub(crate) fn is_crowded(heap: &HeapState) -> bool {
    heap.buffer_bytes() > heap.buffer_room()
}
