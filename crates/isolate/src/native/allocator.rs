//! The allocator of `ArrayBuffer`s, which accounts for them.

use std::alloc::{Layout, alloc, alloc_zeroed, dealloc};
use std::cell::Cell;
use std::ffi::c_void;
use std::ptr;
use std::sync::Arc;

use super::isolate::CallbackState;
use crate::memory::meter::outside_v8;

/// Alignment of a backing store, the same as malloc's.
const ALIGNMENT: usize = 16;

thread_local! {
    /// The next buffer that is allocated here need not be cleared.
    static UNCLEARED: Cell<bool> = const { Cell::new(false) };
}

static ALLOCATOR: v8::RustAllocatorVtable<CallbackState> = v8::RustAllocatorVtable {
    allocate: allocate_zeroed,
    allocate_uninitialized: allocate,
    free,
    drop: drop_allocator,
};

/// An allocator for one isolate that accounts to the heap of `state`.
pub(super) fn accounting_to(state: &Arc<CallbackState>) -> v8::UniqueRef<v8::Allocator> {
    // SAFETY: the vtable's functions take `&CallbackState` and the pointer is one strong reference to it,
    // given back by `drop_allocator`.
    unsafe { v8::new_rust_allocator(Arc::into_raw(Arc::clone(state)), &ALLOCATOR) }
}

fn layout(length: usize) -> Option<Layout> {
    Layout::from_size_align(length.max(1), ALIGNMENT).ok()
}

/// Calls `f`, which makes a buffer whose every byte is written before anybody reads one: its memory is not cleared.
pub(super) fn uncleared<T>(f: impl FnOnce() -> T) -> T {
    UNCLEARED.set(true);
    let made = f();
    // An empty buffer has no memory.
    UNCLEARED.set(false);
    made
}

unsafe extern "C" fn allocate_zeroed(state: &CallbackState, length: usize) -> *mut c_void {
    // Once: if there is no room, V8 collects garbage and asks again, and gets what it asks for.
    if UNCLEARED.take() {
        // SAFETY: as for this function.
        return unsafe { allocate(state, length) };
    }
    // SAFETY: the layout has a size of at least one byte.
    allocate_with(state, length, |layout| unsafe { alloc_zeroed(layout) })
}

unsafe extern "C" fn allocate(state: &CallbackState, length: usize) -> *mut c_void {
    // SAFETY: the layout has a size of at least one byte.
    allocate_with(state, length, |layout| unsafe { alloc(layout) })
}

fn allocate_with(state: &CallbackState, length: usize, alloc: impl FnOnce(Layout) -> *mut u8) -> *mut c_void {
    let Some(layout) = layout(length) else { return ptr::null_mut() };
    if !state.heap.reserve_buffer(length) {
        return ptr::null_mut();
    }
    // It has its own account, and is freed on another thread.
    let outside = outside_v8();
    let data = alloc(layout);
    drop(outside);
    if data.is_null() {
        state.heap.release_buffer(length);
    }
    state.large_buffers.note(data, length);
    data.cast()
}

unsafe extern "C" fn free(state: &CallbackState, data: *mut c_void, length: usize) {
    let Some(layout) = layout(length) else { return };
    state.heap.release_buffer(length);
    state.heap.buffer_freed_here();
    let _outside = outside_v8();
    state.large_buffers.forget(data.cast(), length);
    // SAFETY: V8 frees what `allocate_with` returned for the same length, once.
    unsafe { dealloc(data.cast(), layout) };
}

unsafe extern "C" fn drop_allocator(state: *const CallbackState) {
    // SAFETY: gives back the strong reference that `accounting_to` turned into this pointer.
    drop(unsafe { Arc::from_raw(state) });
}
