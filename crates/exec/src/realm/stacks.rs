//! What `error.stack` says in a worker whose code was made of other code: the places in what was written.
//!
//! V8 asks when a `stack` is read for the first time, and only on isolates that have evaluated a script with source maps.
//! The text is made in the context of the error, by the bootstrap: it calls the guest's `Error.prepareStackTrace`, as V8
//! does without us, or else takes what V8 itself says. The host is given that text and returns a text.

use isolate::stack_traces::StackTraceHost;

use crate::isolate_state::modules::ModuleMap;

/// See [`StackTraceHost`].
pub(crate) enum Stacks {}

impl StackTraceHost for Stacks {
    fn prepare<'s>(
        scope: &mut v8::PinScope<'s, '_>,
        error: v8::Local<'s, v8::Value>,
        sites: v8::Local<'s, v8::Array>,
    ) -> Option<v8::Local<'s, v8::Value>> {
        let undefined = v8::undefined(scope).into();
        // Without a map the realm is gone, and only code that it left behind runs.
        let Some(map) = ModuleMap::current(scope) else { return Some(undefined) };
        map.prepare_stack(scope).call(scope, undefined, &[error, sites.into()])
    }
}
