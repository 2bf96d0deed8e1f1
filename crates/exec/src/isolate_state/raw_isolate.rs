//! The one step from a turn to the isolate of V8's bindings, and what this crate promises for it.
//!
//! What the crate puts on an isolate is one slot, [`IsolateState`](crate::isolate_state::IsolateState), which is `Send`
//! (`the_state_is_send`); callbacks of V8 are plain functions, and no embedder data or external is used. Whoever adds a
//! slot, embedder data or a `v8::External` adds to that promise.

#![allow(
    unsafe_code,
    reason = "what the crate puts on an isolate is Send, which V8's bindings do not ask for"
)]

use isolate::{EnteredIsolate, Preparation};

/// The isolate of a turn.
pub(crate) fn raw(entered: &mut EnteredIsolate) -> &mut v8::Isolate {
    // SAFETY: see the documentation of the module for what is put on it. The crate enters no other isolate, and has
    // none to swap this one with.
    unsafe { entered.raw() }
}

/// What is done with a new isolate.
pub(crate) const fn preparation(prepare: fn(&mut v8::Isolate)) -> Preparation {
    // SAFETY: as above.
    unsafe { Preparation::new(prepare) }
}
