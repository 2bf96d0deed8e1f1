//! The only module of this crate with unsafe code: what V8 calls back into, and what the type system cannot
//! see about a shared isolate.
//!
//! Every callback gets a raw pointer to the isolate's [`HeapState`]. [`SharedV8Isolate`] owns the state and
//! the isolate together and drops the isolate first, so the pointer is valid whenever V8 can call.

#![allow(unsafe_code, reason = "the crate's one place for it; every block says why it is sound")]

use std::alloc::{Layout, alloc, alloc_zeroed, dealloc};
use std::cell::Cell;
use std::ffi::{CStr, c_char, c_void};
use std::ptr;
use std::sync::Arc;
use std::time::Duration;

use crate::heap::HeapState;
use crate::threads;

/// A [`v8::SharedIsolate`] with the state that its callbacks point to.
#[derive(Debug)]
pub(crate) struct SharedV8Isolate {
    // Field order is drop order: the isolate goes before what its callbacks use.
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
        // SAFETY: the vtable's functions take `&HeapState` and the pointer is one strong reference to it,
        // given back by `drop_allocator`.
        let allocator = unsafe { v8::new_rust_allocator(Arc::into_raw(Arc::clone(&heap)), &ALLOCATOR) };
        let mut isolate = v8::Isolate::new(params.array_buffer_allocator(allocator));
        isolate.set_microtasks_policy(v8::MicrotasksPolicy::Explicit);
        isolate.set_oom_error_handler(out_of_memory);
        isolate.add_near_heap_limit_callback(near_heap_limit, state_pointer(&heap));
        heap.attach(isolate.thread_safe_handle());
        prepare(&mut isolate);
        // SAFETY: what hangs on the isolate is Send: the heap state (atomics), the allocator (atomics), plain
        // function pointers, the snapshot's static bytes. What is added through a `&mut v8::Isolate`, by `prepare`
        // or later, the crate's documentation requires to be `Send`. The isolate was created on this thread a few
        // lines above, and no `Global` was opened.
        let isolate = match unsafe { isolate.try_into_shared() } {
            Ok(shared) => shared,
            Err(error) => unreachable!("an isolate without weak handles can be shared: {error}"),
        };
        Self { isolate, heap }
    }

    pub(crate) fn isolate(&self) -> &v8::SharedIsolate {
        &self.isolate
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

/// V8 is out of memory and would abort the process when this returns; so it never does. See
/// [`threads::park_current_turn`].
unsafe extern "C" fn out_of_memory(location: *const c_char, _details: &v8::OomDetails) {
    let location = if location.is_null() {
        String::new()
    } else {
        // SAFETY: V8 passes a NUL-terminated string literal.
        unsafe { CStr::from_ptr(location) }.to_string_lossy().into_owned()
    };
    threads::park_current_turn(&location)
}

/// The addresses of the host functions that a snapshot refers to, in an order that must be the same when it is
/// built and when it is used.
#[derive(Clone, Copy, Debug, Default)]
pub struct ExternalReferences(&'static [v8::ExternalReference]);

// SAFETY: the slice is immutable and holds addresses of functions, which are the same on every thread.
unsafe impl Send for ExternalReferences {}
// SAFETY: as above.
unsafe impl Sync for ExternalReferences {}

impl ExternalReferences {
    /// Keeps `functions` for the rest of the process. To be called once, not per isolate.
    pub fn new(functions: impl IntoIterator<Item = v8::FunctionCallback>) -> Self {
        let mut references: Vec<_> =
            functions.into_iter().map(|function| v8::ExternalReference { function }).collect();
        // V8 wants the list to end with a null pointer; with one in place the `v8` crate does not copy it.
        references.push(v8::ExternalReference { pointer: ptr::null_mut() });
        Self(references.leak())
    }

    /// The list with its terminating null.
    pub(crate) fn as_slice(self) -> &'static [v8::ExternalReference] {
        self.0
    }
}

/// Alignment of a backing store, the same as malloc's.
const ALIGNMENT: usize = 16;

static ALLOCATOR: v8::RustAllocatorVtable<HeapState> = v8::RustAllocatorVtable {
    allocate: allocate_zeroed,
    allocate_uninitialized: allocate,
    free,
    drop: drop_allocator,
};

fn layout(length: usize) -> Option<Layout> {
    Layout::from_size_align(length.max(1), ALIGNMENT).ok()
}

unsafe extern "C" fn allocate_zeroed(heap: &HeapState, length: usize) -> *mut c_void {
    // SAFETY: the layout has a size of at least one byte.
    allocate_with(heap, length, |layout| unsafe { alloc_zeroed(layout) })
}

unsafe extern "C" fn allocate(heap: &HeapState, length: usize) -> *mut c_void {
    // SAFETY: the layout has a size of at least one byte.
    allocate_with(heap, length, |layout| unsafe { alloc(layout) })
}

fn allocate_with(heap: &HeapState, length: usize, alloc: impl FnOnce(Layout) -> *mut u8) -> *mut c_void {
    let Some(layout) = layout(length) else { return ptr::null_mut() };
    if !heap.reserve_buffer(length) {
        return ptr::null_mut();
    }
    let data = alloc(layout);
    if data.is_null() {
        heap.release_buffer(length);
    }
    data.cast()
}

unsafe extern "C" fn free(heap: &HeapState, data: *mut c_void, length: usize) {
    let Some(layout) = layout(length) else { return };
    heap.release_buffer(length);
    // SAFETY: V8 frees what `allocate_with` returned for the same length, once.
    unsafe { dealloc(data.cast(), layout) };
}

unsafe extern "C" fn drop_allocator(heap: *const HeapState) {
    // SAFETY: gives back the strong reference that `create` turned into this pointer.
    drop(unsafe { Arc::from_raw(heap) });
}

/// The CPU clock of one thread, readable from every thread.
#[derive(Clone, Copy, Debug)]
pub(crate) struct ThreadClock(libc::clockid_t);

impl ThreadClock {
    /// The clock of the calling thread, or of the process if the thread has none (not seen on Linux).
    pub(crate) fn current() -> Self {
        let mut clock = libc::CLOCK_PROCESS_CPUTIME_ID;
        // SAFETY: pthread_self is always valid for the calling thread; `clock` is a valid out pointer.
        unsafe { libc::pthread_getcpuclockid(libc::pthread_self(), &mut clock) };
        Self(clock)
    }

    /// CPU time used so far; zero if the thread has ended. One system call.
    pub(crate) fn now(self) -> Duration {
        let mut time = libc::timespec { tv_sec: 0, tv_nsec: 0 };
        // SAFETY: `time` is a valid out pointer; an invalid clock is an error return.
        if unsafe { libc::clock_gettime(self.0, &mut time) } != 0 {
            return Duration::ZERO;
        }
        Duration::new(time.tv_sec.unsigned_abs(), u32::try_from(time.tv_nsec).unwrap_or(0))
    }
}

/// A thread by the number that the scheduler knows it by.
#[derive(Clone, Copy, Debug)]
pub(crate) struct ThreadNumber(#[cfg(target_os = "linux")] libc::pid_t);

impl ThreadNumber {
    /// The calling thread's.
    pub(crate) fn current() -> Self {
        Self(
            #[cfg(target_os = "linux")]
            // SAFETY: no arguments, and it cannot fail.
            unsafe {
                libc::gettid()
            },
        )
    }

    /// Lets the thread, which must not have ended, run only when nothing else wants a core.
    pub(crate) fn demote(self) {
        #[cfg(target_os = "linux")]
        {
            // SAFETY: `sched_param` is plain old data, for which zero is a valid value.
            let parameters: libc::sched_param = unsafe { std::mem::zeroed() };
            // SAFETY: `parameters` is valid for the call; a thread number that is not ours is an error return.
            let result = unsafe { libc::sched_setscheduler(self.0, libc::SCHED_IDLE, &parameters) };
            if result != 0 {
                tracing::warn!("cannot lower the priority of a thread that was given up");
            }
        }
    }
}

/// Makes the C library's allocator divide its memory among that many arenas at most, instead of eight for each core. An
/// isolate is used and disposed on other threads than it was made on, so that each arena keeps free memory of its own.
pub(crate) fn bound_arenas(count: usize) {
    #[cfg(all(target_os = "linux", target_env = "gnu"))]
    // SAFETY: may be called at any time, from any thread.
    unsafe {
        libc::mallopt(libc::M_ARENA_MAX, libc::c_int::try_from(count).unwrap_or(libc::c_int::MAX));
    }
    #[cfg(not(all(target_os = "linux", target_env = "gnu")))]
    let _ = count;
}

/// Asks the C library's allocator to give free memory back to the system. Takes milliseconds.
pub(crate) fn trim_heap() {
    #[cfg(all(target_os = "linux", target_env = "gnu"))]
    // SAFETY: may be called at any time, from any thread.
    unsafe {
        libc::malloc_trim(0);
    }
}

thread_local! {
    /// The isolate whose turn runs on this thread, while a future is polled in it.
    static ENTERED: Cell<Option<(crate::IsolateId, *mut v8::Isolate)>> = const { Cell::new(None) };
}

/// Makes `isolate` reachable for [`with_entered`] during `poll`.
pub(crate) fn entered_during<R>(
    id: crate::IsolateId,
    isolate: &mut v8::Isolate,
    poll: impl FnOnce() -> R,
) -> R {
    let _reset = Reset(ENTERED.replace(Some((id, isolate))));
    poll()
}

/// Calls `f` with the isolate `id`, if this thread is inside [`entered_during`] for it and not already
/// inside another call of this function.
pub(crate) fn with_entered<R>(id: crate::IsolateId, f: impl FnOnce(&mut v8::Isolate) -> R) -> Option<R> {
    let (entered, isolate) = ENTERED.get()?;
    if entered != id {
        return None;
    }
    let _reset = Reset(ENTERED.replace(None));
    // SAFETY: the pointer was made from the `&mut` that `entered_during` borrows until its `poll` returns, on
    // this thread, and that borrow is not used meanwhile. The cell is empty during `f`, so there is no second
    // reference.
    Some(f(unsafe { &mut *isolate }))
}

struct Reset(Option<(crate::IsolateId, *mut v8::Isolate)>);

impl Drop for Reset {
    fn drop(&mut self) {
        ENTERED.set(self.0);
    }
}
