//! A shared isolate with the state that V8's callbacks use.
//!
//! Every callback gets a raw pointer to the isolate's [`CallbackState`]. [`SharedV8Isolate`] owns the state and
//! the isolate together and drops the isolate first, so the pointer is valid whenever V8 can call.

use std::ffi::{CStr, c_char, c_void};
use std::sync::{Arc, OnceLock};

use super::finished_code::FinishedCode;
use super::idle_caches::IdleCaches;
use super::large_buffers::LargeBuffers;
use super::limit_stack::LimitStack;
use super::{allocator, fatal, wasm_types};
use crate::memory::check;
use crate::memory::heap::HeapState;

/// A [`v8::SharedIsolate`] with the state that its callbacks point to.
#[derive(Debug)]
pub(crate) struct SharedV8Isolate {
    // Field order is drop order: the isolate goes before what its callbacks use.
    isolate: v8::SharedIsolate,
    state: Arc<CallbackState>,
}

/// What the callbacks of an isolate have of it.
#[derive(Debug)]
pub(super) struct CallbackState {
    pub(super) heap: Arc<HeapState>,
    pub(super) large_buffers: LargeBuffers,
    /// Known once the isolate has been made.
    raw: OnceLock<RawIsolate>,
    limit_stack: LimitStack,
    /// Unknown if they are not where they are looked for.
    caches: OnceLock<IdleCaches>,
    /// Likewise.
    finished_code: OnceLock<FinishedCode>,
}

impl SharedV8Isolate {
    /// Creates an isolate on this thread, hangs limits and accounting on it and makes it shareable.
    /// `made` is called with the address that V8 knows it by, as soon as there is one; then `prepare`, while the isolate
    /// is still entered. Returns what `made` did, too.
    pub(crate) fn create<T>(
        params: v8::CreateParams,
        heap: Arc<HeapState>,
        made: impl FnOnce(usize) -> T,
        prepare: impl FnOnce(&mut v8::Isolate),
    ) -> (Self, T) {
        let state = CallbackState {
            heap,
            large_buffers: LargeBuffers::default(),
            raw: OnceLock::new(),
            limit_stack: LimitStack::default(),
            caches: OnceLock::new(),
            finished_code: OnceLock::new(),
        };
        let state = Arc::new(state);
        let allocator = allocator::accounting_to(&state);
        let mut isolate = v8::Isolate::new(params.array_buffer_allocator(allocator));
        let made = made(address(&isolate));
        isolate.set_microtasks_policy(v8::MicrotasksPolicy::Explicit);
        isolate.set_oom_error_handler(out_of_memory);
        isolate.add_near_heap_limit_callback(near_heap_limit, state_pointer(&state));
        isolate.add_gc_epilogue_callback(garbage_collected, state_pointer(&state), v8::GCType::kGCTypeAll);
        wasm_types::guard(&mut isolate);
        state.heap.attach(isolate.thread_safe_handle());
        let _made_once = state.raw.set(RawIsolate::of(&isolate));
        // SAFETY: the isolate was created on this thread a few lines above.
        if let Some(caches) = unsafe { IdleCaches::find(pointer(&isolate)) } {
            let _made_once = state.caches.set(caches);
            state.give_back_caches(&mut isolate);
        }
        // SAFETY: as above.
        if let Some(finished_code) = unsafe { FinishedCode::find(pointer(&isolate)) } {
            let _made_once = state.finished_code.set(finished_code);
        }
        prepare(&mut isolate);
        // SAFETY: what hangs on the isolate is Send: the heap state (atomics), the allocator (atomics), plain
        // function pointers, the snapshot's static bytes. Who adds something, in `prepare` or later, has promised that
        // it is `Send`: `Preparation::new` and `EnteredIsolate::raw` are unsafe. The isolate was created on this thread
        // a few lines above, and no `Global` was opened.
        let isolate = match unsafe { isolate.try_into_shared() } {
            Ok(shared) => shared,
            Err(error) => unreachable!("an isolate without weak handles can be shared: {error}"),
        };
        (Self { isolate, state }, made)
    }

    pub(crate) fn isolate(&self) -> &v8::SharedIsolate {
        &self.isolate
    }

    pub(crate) fn heap(&self) -> &Arc<HeapState> {
        &self.state.heap
    }

    /// For the thread of a turn that will not go on, and that is about to sleep for ever: gives back what can be given back
    /// of the isolate's memory, and returns how much it keeps, in bytes.
    ///
    /// # Safety
    /// The calling thread has this isolate locked and entered, and neither it nor anybody else uses it after this.
    pub(crate) unsafe fn write_off(&self) -> usize {
        // SAFETY: buffers are used through their isolate, which nobody uses any more.
        let given_back = unsafe { self.state.large_buffers.give_back() };
        let Some(raw) = self.state.raw.get() else { return 0 };
        // SAFETY: the isolate lives, and this thread has it locked. What else refers to it is in frames of this thread
        // that are never returned to.
        let mut isolate = unsafe { v8::Isolate::from_raw_isolate_ptr(raw.0) };
        let statistics = isolate.get_heap_statistics();
        let native = check::native_memory(&self.state.heap, &statistics);
        let kept = statistics.total_physical_size() + native + check::external_memory(&mut isolate);
        kept.saturating_sub(given_back)
    }

    /// Gives back the pages of caches with nothing in them, as a complete collection leaves them. Takes some 50 µs.
    ///
    /// # Panics
    /// If `isolate` is another one.
    pub(crate) fn give_back_caches(&self, isolate: &mut v8::Isolate) {
        self.state.give_back_caches(isolate);
    }

    /// Has V8 install the code that it has finished since the isolate was unlocked last, when the next function is called. To be
    /// called after the isolate was locked.
    pub(crate) fn ask_for_finished_code(&self) {
        if let Some(finished_code) = self.state.finished_code.get() {
            // SAFETY: this owns the isolate, so it lives.
            unsafe { finished_code.ask() };
        }
    }

    /// Puts the heap limit back to the configured one after it was raised. The isolate must be this one.
    pub(crate) fn restore_heap_limit(&self, isolate: &mut v8::Isolate) {
        isolate.remove_near_heap_limit_callback(near_heap_limit, self.state.heap.old_generation_limit());
        isolate.add_near_heap_limit_callback(near_heap_limit, state_pointer(&self.state));
    }

    /// Ends the JavaScript that runs in the isolate now, from any thread, as soon as it reaches an interrupt point, and notes
    /// where it was.
    pub(crate) fn terminate_with_stack(&self) {
        self.state.limit_stack.want(&self.isolate);
    }

    pub(crate) fn limit_stack(&self) -> &LimitStack {
        &self.state.limit_stack
    }

    /// Asks the isolate, from any thread, to compare its memory with the limits as soon as its JavaScript reaches an
    /// interrupt point.
    pub(crate) fn request_memory_check(&self) {
        self.isolate.thread_safe_handle().request_interrupt(check_memory, state_pointer(&self.state));
    }
}

impl CallbackState {
    fn give_back_caches(&self, isolate: &mut v8::Isolate) {
        if let Some(caches) = self.caches.get() {
            // SAFETY: the isolate lives, and who has it mutably is alone with it.
            unsafe { caches.give_back(pointer(isolate)) };
        }
    }
}

/// What V8 calls the isolate by.
fn address(isolate: &v8::Isolate) -> usize {
    pointer(isolate).addr()
}

pub(super) fn pointer(isolate: &v8::Isolate) -> *mut c_void {
    // SAFETY: the isolate is not used by way of the pointer here.
    let pointer = unsafe { isolate.as_raw_isolate_ptr() };
    // SAFETY: `UnsafeRawIsolatePtr` is a transparent wrapper of a pointer.
    unsafe { std::mem::transmute::<v8::UnsafeRawIsolatePtr, *mut c_void>(pointer) }
}

/// An isolate, for a callback of V8 that is not given it.
#[derive(Clone, Copy, Debug)]
struct RawIsolate(v8::UnsafeRawIsolatePtr);

// SAFETY: an address; using it takes an unsafe function.
unsafe impl Send for RawIsolate {}
// SAFETY: as above.
unsafe impl Sync for RawIsolate {}

impl RawIsolate {
    fn of(isolate: &v8::Isolate) -> Self {
        // SAFETY: nothing is done with the pointer here.
        Self(unsafe { isolate.as_raw_isolate_ptr() })
    }

    /// Bytes of the objects in its heap, garbage included.
    ///
    /// # Safety
    /// The isolate must be locked and entered on this thread, and not be in the middle of a collection.
    unsafe fn used_heap_size(self) -> usize {
        // SAFETY: the isolate is alive, since it is entered, and this thread has it.
        let mut isolate = unsafe { v8::Isolate::from_raw_isolate_ptr(self.0) };
        isolate.get_heap_statistics().used_heap_size()
    }
}

fn state_pointer(state: &Arc<CallbackState>) -> *mut c_void {
    Arc::as_ptr(state).cast_mut().cast()
}

unsafe extern "C" fn near_heap_limit(data: *mut c_void, current: usize, initial: usize) -> usize {
    // SAFETY: `data` is the state registered with the callback, alive as long as the isolate.
    let state = unsafe { &*data.cast::<CallbackState>() };
    // SAFETY: V8 calls this on the thread that has the isolate, between collections.
    let used = unsafe { state.raw.get().map_or(0, |isolate| isolate.used_heap_size()) };
    state.heap.near_limit(current, initial, used)
}

unsafe extern "C" fn garbage_collected(
    _isolate: v8::UnsafeRawIsolatePtr,
    _kind: v8::GCType,
    _flags: v8::GCCallbackFlags,
    data: *mut c_void,
) {
    // SAFETY: as in `near_heap_limit`.
    let state = unsafe { &*data.cast::<CallbackState>() };
    state.heap.note_collection();
}

unsafe extern "C" fn check_memory(isolate: v8::UnsafeRawIsolatePtr, data: *mut c_void) {
    // SAFETY: V8 passes the isolate that this thread has locked and entered, and it stays so for the call.
    let mut isolate = unsafe { v8::Isolate::from_raw_isolate_ptr(isolate) };
    // SAFETY: as in `near_heap_limit`.
    let state = unsafe { &*data.cast::<CallbackState>() };
    check::look_at_once(&mut isolate, &state.heap);
}

/// V8 is out of memory and would abort the process when this returns; so it never does, unless nobody could go on.
unsafe extern "C" fn out_of_memory(location: *const c_char, _details: &v8::OomDetails) {
    let location = if location.is_null() {
        "".into()
    } else {
        // SAFETY: V8 passes a NUL-terminated string literal.
        unsafe { CStr::from_ptr(location) }.to_string_lossy()
    };
    if location == wasm_types::FULL {
        fatal::end(&location, "", 0);
    }
    fatal::park(&format!("out of memory: {location}"))
}
