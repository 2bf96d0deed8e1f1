//! Whose code runs.
//!
//! V8 keeps one value across awaits: with every promise reaction, and gives it back when that runs. Ours is the *frame*:
//! the id of the request, or an array of that id (0 for none) and what an `AsyncLocalStorage` holds, which only the bootstrap
//! makes and reads: see `bootstrap/internal/async_context.js`. So a continuation acts for the request that waits, whoever has
//! the turn.
//!
//! V8 loses it where an async generator goes on for a `next()` that had to wait for the one before. Code without a frame,
//! which reactions that the top level has left are too, acts for the request that the host has called into JavaScript for.

use crate::isolate_state::IsolateState;
use crate::vocabulary::request_id::RequestId;

/// The request whose code runs now.
pub(crate) fn get(scope: &mut v8::PinScope<'_, '_>) -> Option<RequestId> {
    let frame = scope.get_continuation_preserved_embedder_data();
    of_frame(scope, frame).or(IsolateState::of(scope).called_for)
}

/// What V8 keeps for the code that runs now, or else the request that it acts for.
pub(crate) fn frame<'s>(scope: &mut v8::PinScope<'s, '_>) -> v8::Local<'s, v8::Value> {
    let frame = scope.get_continuation_preserved_embedder_data();
    match IsolateState::of(scope).called_for {
        Some(id) if frame.is_undefined() => v8::Number::new(scope, id.as_number()).into(),
        _ => frame,
    }
}

/// The request of a [frame].
pub(crate) fn of_frame(
    scope: &mut v8::PinScope<'_, '_>,
    frame: v8::Local<'_, v8::Value>,
) -> Option<RequestId> {
    if let Some(id) = id(frame) {
        return Some(id);
    }
    let parts = v8::Local::<v8::Array>::try_from(frame).ok()?;
    id(parts.get_index(scope, 0)?)
}

/// The request that `value` names.
pub(crate) fn id(value: v8::Local<'_, v8::Value>) -> Option<RequestId> {
    let number = v8::Local::<v8::Number>::try_from(value).ok()?;
    RequestId::from_number(number.value())
}

/// Makes `request` the current one for the calls into JavaScript that follow.
pub(crate) fn set(scope: &mut v8::PinScope<'_, '_>, request: Option<RequestId>) {
    IsolateState::of(scope).called_for = request;
    let value: v8::Local<v8::Value> = match request {
        Some(id) => v8::Number::new(scope, id.as_number()).into(),
        None => v8::undefined(scope).into(),
    };
    set_frame(scope, value);
}

/// Goes on with the code of `frame`.
pub(crate) fn set_frame(scope: &v8::PinScope<'_, '_>, frame: v8::Local<'_, v8::Value>) {
    scope.set_continuation_preserved_embedder_data(frame);
}
