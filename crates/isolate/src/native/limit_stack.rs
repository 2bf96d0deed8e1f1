//! Where the JavaScript of a turn was when it reached a limit.
//!
//! V8 serves a termination before all other interrupts, and a termination leaves no stack. So a limit is an interrupt first:
//! its callback notes the stack, and then terminates. Noting runs no JavaScript, V8 only walks the frames. The timekeeper
//! does not rely on it: a turn that does not come to an interrupt point is terminated as ever.
//!
//! V8 keeps an interrupt until the isolate's JavaScript comes to it, which may be in a later turn. So the callback does
//! nothing unless it is *wanted*. The timekeeper wants it under the mutex of the thread's slot, while the turn is there; the
//! turn's thread takes that back when the turn has ended, before the next one.
//!
//! What is noted is the guest's word (names of functions, `sourceURL`), and bounded.

use std::ffi::c_void;
use std::fmt::Write;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::ptr;
use std::sync::atomic::{AtomicBool, Ordering};

use parking_lot::Mutex;

/// Frames that are noted at most.
const MAX_FRAMES: usize = 16;

/// The longest name of a function or script that is looked at, in UTF-16 units. A longer one may be a rope, whose text V8
/// would first have to put together.
const MAX_NAME: usize = 256;

/// The stack of an isolate's last turn that reached a limit.
#[derive(Debug, Default)]
pub(crate) struct LimitStack {
    wanted: AtomicBool,
    noted: Mutex<Option<String>>,
}

impl LimitStack {
    /// The stack, if it was noted in this turn: lines such as `    at f (worker.js:3:5)`, the innermost first.
    pub(crate) fn take(&self) -> Option<String> {
        self.noted.lock().take()
    }

    /// The turn is over.
    pub(crate) fn forget(&self) {
        self.wanted.store(false, Ordering::Relaxed);
        drop(self.take());
    }

    /// Has the JavaScript of `isolate`, whose state this is, noted and terminated as soon as it reaches an interrupt point.
    /// This must live as long as the isolate.
    pub(super) fn want(&self, isolate: &v8::SharedIsolate) {
        self.wanted.store(true, Ordering::Relaxed);
        let data = ptr::from_ref(self).cast_mut().cast();
        isolate.thread_safe_handle().request_interrupt(note_and_terminate, data);
    }
}

unsafe extern "C" fn note_and_terminate(isolate: v8::UnsafeRawIsolatePtr, data: *mut c_void) {
    // SAFETY: V8 passes the isolate that this thread has locked and entered, and it stays so for the call.
    let mut isolate = unsafe { v8::Isolate::from_raw_isolate_ptr(isolate) };
    // SAFETY: `data` is what `LimitStack::want` gave to V8, alive as long as the isolate.
    let state = unsafe { &*data.cast::<LimitStack>() };
    if !state.wanted.swap(false, Ordering::Relaxed) {
        return;
    }
    // A panic must not unwind into V8.
    let noted = catch_unwind(AssertUnwindSafe(|| frames(&mut isolate)));
    *state.noted.lock() = noted.ok().filter(|frames| !frames.is_empty());
    isolate.terminate_execution();
}

/// The frames of the JavaScript that is interrupted.
fn frames(isolate: &mut v8::Isolate) -> String {
    v8::scope!(let scope, isolate);
    let scope: &v8::PinScope<'_, '_, ()> = scope;
    // SAFETY: the two types have the same layout (`HandleScope` is `repr(C)`, its parameter is that of a `PhantomData`), and
    // what the parameter says is true: JavaScript is running, so V8 has a current context.
    let scope: &v8::PinScope<'_, '_> = unsafe { &*ptr::from_ref(scope).cast() };
    let mut text = String::new();
    let Some(trace) = v8::StackTrace::current_stack_trace(scope, MAX_FRAMES) else { return text };
    for frame in (0..trace.get_frame_count()).filter_map(|index| trace.get_frame(scope, index)) {
        let place = frame.get_script_name_or_source_url(scope).and_then(|name| name_of(scope, name));
        let place = place.as_deref().unwrap_or("<anonymous>");
        let (line, column) = (frame.get_line_number(), frame.get_column());
        let function = frame.get_function_name(scope).and_then(|name| name_of(scope, name));
        let end = if text.is_empty() { "" } else { "\n" };
        // A `String` takes everything.
        let _ = match function {
            Some(function) => write!(text, "{end}    at {function} ({place}:{line}:{column})"),
            None => write!(text, "{end}    at {place}:{line}:{column}"),
        };
    }
    text
}

/// A name, unless it is none or too long; without ends of lines, so that it is no frame of its own.
fn name_of(scope: &v8::PinScope<'_, '_>, name: v8::Local<'_, v8::String>) -> Option<String> {
    let length = name.length();
    if length == 0 || length > MAX_NAME {
        return None;
    }
    let mut characters = vec![0; length];
    name.write_v2(scope, 0, &mut characters, v8::WriteFlags::empty());
    Some(String::from_utf16_lossy(&characters).replace(|c: char| c.is_control(), " "))
}
