//! Tasks that the bootstrap wants to have run later, such as the delivery of messages.

use super::arguments::InFlight;
use crate::isolate_state::IsolateState;

/// `taskAdd(requestId)`: the request has one more. That of request 0 is left to whoever is stalled.
pub(super) fn add(
    scope: &mut v8::PinScope<'_, '_>,
    (request,): (Option<InFlight>,),
    _result: v8::ReturnValue<'_>,
) {
    let state = IsolateState::of(scope);
    match request {
        Some(InFlight(request)) => {
            request.add_task();
            if !state.has_turn(&request) {
                request.wake();
            }
        }
        None => {
            if let Some(context) = state.whose_turn().and_then(|request| request.context()) {
                context.offer_leavings();
            }
        }
    }
}
