//! `setTimeout` and its kin.

use std::time::{Duration, Instant};

use super::arguments::InFlight;
use super::misc::clock;
use super::throw_start_error;
use crate::isolate_state::IsolateState;

/// The longest delay, as in browsers: 2³¹ − 1 ms.
const MAX_DELAY_MS: f64 = 2_147_483_647.0;

/// `timerStart(requestId, timerId, delayMs)`: when it is due, on the clock of `now()`. One of request 0 is left to
/// whoever is stalled.
pub(super) fn start(
    scope: &mut v8::PinScope<'_, '_>,
    (request, timer, delay): (Option<InFlight>, u64, f64),
    mut result: v8::ReturnValue<'_>,
) {
    // The comparison order also turns NaN into no delay.
    let delay = if delay > 0.0 { delay.min(MAX_DELAY_MS) } else { 0.0 };
    let delay = Duration::from_secs_f64(delay / 1000.0);
    let Some(InFlight(request)) = request else {
        if let Some(context) = IsolateState::of(scope).whose_turn().and_then(|request| request.context()) {
            context.offer_leavings();
        }
        return result.set_double(clock(Instant::now() + delay));
    };
    match request.start_timer(timer, delay) {
        Ok(due) => {
            if !IsolateState::of(scope).has_turn(&request) {
                request.wake();
            }
            result.set_double(clock(due));
        }
        Err(error) => throw_start_error(scope, error),
    }
}

/// `timerCancel(requestId, timerId)`
pub(super) fn cancel(
    _scope: &mut v8::PinScope<'_, '_>,
    (InFlight(request), timer): (InFlight, u64),
    _result: v8::ReturnValue<'_>,
) {
    request.cancel_timer(timer);
}
