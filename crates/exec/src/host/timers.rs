//! `setTimeout` and its kin.

use std::time::Duration;

use super::values::id;
use super::{request_argument, throw_start_error};
use crate::isolate_state::IsolateState;
use crate::request::StartError;

/// The longest delay, as in browsers: 2³¹ − 1 ms.
const MAX_DELAY_MS: f64 = 2_147_483_647.0;

/// `timerStart(requestId, timerId, delayMs)`
pub(super) fn start(
    scope: &mut v8::PinScope<'_, '_>,
    arguments: v8::FunctionCallbackArguments<'_>,
    _result: v8::ReturnValue<'_>,
) {
    let Some(request) = request_argument(scope, &arguments) else {
        return throw_start_error(scope, StartError::Ended);
    };
    let timer = id(scope, arguments.get(1));
    let delay = arguments.get(2).number_value(scope).unwrap_or(0.0);
    // The comparison order also turns NaN into no delay.
    let delay = if delay > 0.0 { delay.min(MAX_DELAY_MS) } else { 0.0 };
    match request.start_timer(timer, Duration::from_secs_f64(delay / 1000.0)) {
        Ok(()) if IsolateState::of(scope).has_turn(&request) => {}
        Ok(()) => request.wake(),
        Err(error) => throw_start_error(scope, error),
    }
}

/// `timerCancel(requestId, timerId)`
pub(super) fn cancel(
    scope: &mut v8::PinScope<'_, '_>,
    arguments: v8::FunctionCallbackArguments<'_>,
    _result: v8::ReturnValue<'_>,
) {
    if let Some(request) = request_argument(scope, &arguments) {
        request.cancel_timer(id(scope, arguments.get(1)));
    }
}
