//! Functions of the host that belong to a module: guest code has them.

use std::panic::{AssertUnwindSafe, catch_unwind};

use v8::MapFnTo;

use crate::host::throw_type_error;

/// A function of this name that is no constructor; its callback finds `data` in its arguments.
pub(crate) fn function<'s>(
    scope: &mut v8::PinScope<'s, '_>,
    name: &str,
    callback: impl MapFnTo<v8::FunctionCallback>,
    data: v8::Local<'s, v8::Value>,
) -> Option<v8::Local<'s, v8::Function>> {
    let function = v8::Function::builder(callback)
        .data(data)
        .constructor_behavior(v8::ConstructorBehavior::Throw)
        .build(scope)?;
    function.set_name(v8::String::new(scope, name)?);
    Some(function)
}

/// Calls `call`: a panic must not unwind into V8, which would end the process. What it allocates counts for the isolate,
/// unlike in other functions of the host, since JavaScript may run in it.
pub(crate) fn guarded<'s, 'i>(
    scope: &mut v8::PinScope<'s, 'i>,
    call: impl FnOnce(&mut v8::PinScope<'s, 'i>),
) {
    if catch_unwind(AssertUnwindSafe(|| call(scope))).is_err() {
        tracing::error!("a function of a module panicked");
        throw_type_error(scope, "internal error");
    }
}
