//! What becomes of promises that were rejected with nobody to handle it.

use crate::exception::{self, Known};
use crate::isolate_state::blank_realm::{EntryPoints, call};
use crate::isolate_state::rejections::{Rejection, mark_reported};
use crate::isolate_state::{IsolateState, current_request};
use crate::vocabulary::operations::{LogLevel, LogRecord};
use crate::vocabulary::script::Script;

/// Tells the script of what is left at the end of a turn, as events, and logs what it has not prevented. Runs guest code:
/// each listener belongs to the request whose code has rejected the promise. What listeners reject themselves is logged, and
/// no event again: they would go on for ever.
pub(crate) fn report(scope: &mut v8::PinScope<'_, '_>, entry_points: &EntryPoints, script: &Script) {
    let handled = IsolateState::of(scope).rejections.take_handled();
    let unhandled = IsolateState::of(scope).rejections.take();
    if handled.is_empty() && unhandled.is_empty() {
        return;
    }
    let done = (handled.iter())
        .all(|rejection| tell(scope, rejection, &entry_points.rejection_handled).is_some())
        && unhandled.iter().all(|rejection| report_one(scope, rejection, entry_points, script).is_some());
    if done {
        scope.perform_microtask_checkpoint();
        for rejection in IsolateState::of(scope).rejections.take() {
            log(scope, &rejection, entry_points, script);
        }
    }
    current_request::set(scope, None);
}

/// `None` if that was interrupted.
fn report_one(
    scope: &mut v8::PinScope<'_, '_>,
    rejection: &Rejection,
    entry_points: &EntryPoints,
    script: &Script,
) -> Option<()> {
    if !tell(scope, rejection, &entry_points.unhandled_rejection)? {
        log(scope, rejection, entry_points, script)?;
    }
    let promise = v8::Local::new(scope, &rejection.promise);
    if !promise.has_handler() {
        mark_reported(scope, promise);
    }
    Some(())
}

/// Calls an entry point for `rejection`. Returns whether it says that nothing is to be logged, or `None` if it was
/// interrupted.
fn tell(
    scope: &mut v8::PinScope<'_, '_>,
    rejection: &Rejection,
    entry_point: &v8::Global<v8::Function>,
) -> Option<bool> {
    v8::tc_scope!(let scope, scope);
    let frame = v8::Local::new(scope, &rejection.frame);
    current_request::set_frame(scope, frame);
    let promise = v8::Local::new(scope, &rejection.promise).into();
    let value = v8::Local::new(scope, &rejection.value);
    let prevented = call(scope, entry_point, &[promise, value]);
    if scope.has_terminated() {
        return None;
    }
    Some(prevented.is_some_and(|prevented| prevented.is_true()))
}

/// `None` if that was interrupted.
fn log(
    scope: &mut v8::PinScope<'_, '_>,
    rejection: &Rejection,
    entry_points: &EntryPoints,
    script: &Script,
) -> Option<()> {
    let value = v8::Local::new(scope, &rejection.value);
    let known = Known { script: Some(script), ..Known::default() };
    let described = exception::describe_shown(scope, value, entry_points, known)?;
    let message = described.into_log("Uncaught (in promise)");
    let frame = v8::Local::new(scope, &rejection.frame);
    let request = current_request::of_frame(scope, frame);
    IsolateState::of(scope).log(request, LogRecord { level: LogLevel::Error, message });
    Some(())
}
