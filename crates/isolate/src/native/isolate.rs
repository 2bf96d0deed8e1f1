//! A shared isolate with the state that V8's callbacks use.
//!
//! Every callback gets a raw pointer to the isolate's [`HeapState`]. [`SharedV8Isolate`] owns the state and
//! the isolate together and drops the isolate first, so the pointer is valid whenever V8 can call.

use std::ffi::{CStr, c_char, c_void};
use std::sync::Arc;

use super::allocator;
use crate::foreground_tasks::{self, ForegroundTasks, ForegroundTasksOwner};
use crate::heap::HeapState;
use crate::threads;

/// A [`v8::SharedIsolate`] with the state that its callbacks point to.
#[derive(Debug)]
pub(crate) struct SharedV8Isolate {
    // Field order is drop order: no task may be posted to an isolate that is gone, and the isolate goes before what its
    // callbacks use.
    tasks: ForegroundTasksOwner,
    isolate: v8::SharedIsolate,
    heap: Arc<HeapState>,
}

impl SharedV8Isolate {
    /// Creates an isolate on this thread, hangs limits and accounting on it and makes it shareable.
    /// `prepare` runs while the isolate is still entered.
    pub(crate) fn create(
        params: v8::CreateParams,
        heap: Arc<HeapState>,
        prepare: impl FnOnce(&mut v8::Isolate),
    ) -> Self {
        let allocator = allocator::accounting_to(&heap);
        let (mut isolate, tasks) = foreground_tasks::with_queue(|| {
            let isolate = v8::Isolate::new(params.array_buffer_allocator(allocator));
            let address = address(&isolate);
            (isolate, address)
        });
        isolate.set_microtasks_policy(v8::MicrotasksPolicy::Explicit);
        isolate.set_oom_error_handler(out_of_memory);
        isolate.add_near_heap_limit_callback(near_heap_limit, state_pointer(&heap));
        heap.attach(isolate.thread_safe_handle());
        prepare(&mut isolate);
        // SAFETY: what hangs on the isolate is Send: the heap state (atomics), the allocator (atomics), plain
        // function pointers, the snapshot's static bytes. Who adds something, in `prepare` or later, has promised that
        // it is `Send`: `Preparation::new` and `EnteredIsolate::raw` are unsafe. The isolate was created on this thread
        // a few lines above, and no `Global` was opened.
        let isolate = match unsafe { isolate.try_into_shared() } {
            Ok(shared) => shared,
            Err(error) => unreachable!("an isolate without weak handles can be shared: {error}"),
        };
        Self { tasks, isolate, heap }
    }

    pub(crate) fn isolate(&self) -> &v8::SharedIsolate {
        &self.isolate
    }

    pub(crate) fn foreground_tasks(&self) -> &Arc<ForegroundTasks> {
        self.tasks.tasks()
    }

    pub(crate) fn heap(&self) -> &Arc<HeapState> {
        &self.heap
    }

    /// Puts the heap limit back to the configured one after it was raised. The isolate must be this one.
    pub(crate) fn restore_heap_limit(&self, isolate: &mut v8::Isolate) {
        isolate.remove_near_heap_limit_callback(near_heap_limit, self.heap.old_generation_limit());
        isolate.add_near_heap_limit_callback(near_heap_limit, state_pointer(&self.heap));
    }

    /// Asks the isolate, from any thread, to compare its external memory with the limit as soon as its
    /// JavaScript reaches an interrupt point.
    pub(crate) fn request_memory_check(&self) {
        self.isolate.thread_safe_handle().request_interrupt(check_external_memory, state_pointer(&self.heap));
    }
}

/// What V8 calls the isolate by.
fn address(isolate: &v8::Isolate) -> usize {
    // SAFETY: the pointer is not used as one.
    let pointer = unsafe { isolate.as_raw_isolate_ptr() };
    // SAFETY: `UnsafeRawIsolatePtr` is a transparent wrapper of a pointer.
    unsafe { std::mem::transmute::<v8::UnsafeRawIsolatePtr, *mut c_void>(pointer) }.addr()
}

fn state_pointer(heap: &Arc<HeapState>) -> *mut c_void {
    Arc::as_ptr(heap).cast_mut().cast()
}

unsafe extern "C" fn near_heap_limit(data: *mut c_void, current: usize, initial: usize) -> usize {
    // SAFETY: `data` is the heap state registered with the callback, alive as long as the isolate.
    let heap = unsafe { &*data.cast::<HeapState>() };
    heap.near_limit(current, initial)
}

unsafe extern "C" fn check_external_memory(isolate: v8::UnsafeRawIsolatePtr, data: *mut c_void) {
    // SAFETY: V8 passes the isolate that this thread has locked and entered, and it stays so for the call.
    let mut isolate = unsafe { v8::Isolate::from_raw_isolate_ptr(isolate) };
    // SAFETY: as in `near_heap_limit`.
    let heap = unsafe { &*data.cast::<HeapState>() };
    check_external(&mut isolate, heap);
}

/// Bytes outside of the heap that objects of the heap keep: `ArrayBuffer`s, fixed and resizable, and Wasm memories.
/// `HeapStatistics::external_memory` knows the buffers only.
fn external_memory(isolate: &mut v8::Isolate) -> usize {
    usize::try_from(isolate.adjust_amount_of_external_allocated_memory(0)).unwrap_or(0)
}

/// Stops the JavaScript, and returns true, if the isolate keeps more memory outside of its heap than its budget
/// after a collection.
pub(crate) fn check_external(isolate: &mut v8::Isolate, heap: &HeapState) -> bool {
    if !heap.external_exceeded(external_memory(isolate)) {
        return false;
    }
    isolate.low_memory_notification();
    let exceeded = heap.external_exceeded(external_memory(isolate));
    if exceeded {
        heap.hit();
    }
    exceeded
}

/// V8 is out of memory and would abort the process when this returns; so it never does.
unsafe extern "C" fn out_of_memory(location: *const c_char, _details: &v8::OomDetails) {
    let location = if location.is_null() {
        "".into()
    } else {
        // SAFETY: V8 passes a NUL-terminated string literal.
        unsafe { CStr::from_ptr(location) }.to_string_lossy()
    };
    threads::park(&format!("out of memory: {location}"))
}
