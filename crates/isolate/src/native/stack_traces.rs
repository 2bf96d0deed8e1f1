//! V8's callback for the `stack` of errors, as a function of safe code.
//!
//! The binding's own cannot say that an exception is pending, which is what comes of code of the guest that throws or is
//! stopped. So the function is declared here once more, with the type that it has.

use std::ffi::c_void;
use std::panic::{AssertUnwindSafe, catch_unwind};

/// What makes the `stack` of an error from its frames.
pub trait StackTraceHost {
    /// The `stack` of `error`, whose frames are `sites`, in the context that it was made in; `None` with an exception pending.
    fn prepare<'s>(
        scope: &mut v8::PinScope<'s, '_>,
        error: v8::Local<'s, v8::Value>,
        sites: v8::Local<'s, v8::Array>,
    ) -> Option<v8::Local<'s, v8::Value>>;
}

/// A `v8::MaybeLocal<v8::Value>`: null if there is none. It is returned in a register, as a pointer is.
type MaybeValue = *const c_void;

type Callback = for<'s> extern "C" fn(
    v8::Local<'s, v8::Context>,
    v8::Local<'s, v8::Value>,
    v8::Local<'s, v8::Array>,
) -> MaybeValue;

unsafe extern "C" {
    #[link_name = "v8__Isolate__SetPrepareStackTraceCallback"]
    fn set_callback(isolate: *mut c_void, callback: Callback);
}

/// Has V8 ask for the `stack` of the errors of `isolate`, whenever one is read for the first time. V8 calls the guest's
/// `Error.prepareStackTrace` no more.
pub fn provide_stack_traces<H: StackTraceHost>(isolate: &mut v8::Isolate) {
    // SAFETY: the pointer is used for this call only, while the isolate is borrowed.
    let pointer = unsafe { isolate.as_raw_isolate_ptr() };
    // SAFETY: `UnsafeRawIsolatePtr` is a transparent wrapper of a pointer.
    let pointer = unsafe { std::mem::transmute::<v8::UnsafeRawIsolatePtr, *mut c_void>(pointer) };
    // SAFETY: the isolate is alive; the callback has the signature of `v8::PrepareStackTraceCallback`.
    unsafe { set_callback(pointer, prepare::<H>) };
}

extern "C" fn prepare<'s, H: StackTraceHost>(
    context: v8::Local<'s, v8::Context>,
    error: v8::Local<'s, v8::Value>,
    sites: v8::Local<'s, v8::Array>,
) -> MaybeValue {
    // SAFETY: V8 calls this with handles that outlive the call, and the isolate of `context` entered.
    v8::callback_scope!(unsafe scope, context);
    let prepared = catch_unwind(AssertUnwindSafe(|| H::prepare(scope, error, sites))).unwrap_or_else(|_| {
        tracing::error!("the callback for stacks panicked");
        Some(v8::undefined(scope).into())
    });
    // The handle is in the scope of V8's caller, as a callback scope opens none of its own.
    prepared.map_or(std::ptr::null(), |value| std::ptr::from_ref::<v8::Value>(&*value).cast())
}
