//! What a request comes to.

use super::headers::headers;
use super::misc::log_error;
use super::values::{body, text};
use super::{request_argument, throw_type_error};
use crate::event::Outcome;
use crate::exception;
use crate::isolate_state::IsolateState;
use crate::termination::{Termination, TerminationReason};

/// `respond(requestId, status, statusText, headers, body)`
pub(super) fn respond(
    scope: &mut v8::PinScope<'_, '_>,
    arguments: v8::FunctionCallbackArguments<'_>,
    _result: v8::ReturnValue<'_>,
) {
    let Some(request) = request_argument(scope, &arguments) else { return };
    let status = arguments.get(1).uint32_value(scope).and_then(|status| u16::try_from(status).ok());
    let Some(status) = status.and_then(|status| http::StatusCode::from_u16(status).ok()) else {
        return throw_type_error(scope, "invalid status");
    };
    let Some(headers) = headers(scope, arguments.get(3)) else {
        return throw_type_error(scope, "invalid or too many headers");
    };
    let body = body(scope, arguments.get(4));
    let mut response = http::Response::new(body);
    *response.status_mut() = status;
    *response.headers_mut() = headers;
    request.reply(Ok(Outcome::Response(response)));
}

/// `complete(requestId, json)`: the end of a scheduled event (no JSON) or a task.
pub(super) fn complete(
    scope: &mut v8::PinScope<'_, '_>,
    arguments: v8::FunctionCallbackArguments<'_>,
    _result: v8::ReturnValue<'_>,
) {
    let Some(request) = request_argument(scope, &arguments) else { return };
    let json = arguments.get(1);
    if json.is_undefined() {
        return request.reply(Ok(Outcome::Completed));
    }
    match serde_json::from_str(&text(scope, json)) {
        Ok(value) => request.reply(Ok(Outcome::TaskResult(value))),
        Err(_) => throw_type_error(scope, "the result of a task must be a JSON value"),
    }
}

/// `fail(requestId, error, phase)`
pub(super) fn fail(
    scope: &mut v8::PinScope<'_, '_>,
    arguments: v8::FunctionCallbackArguments<'_>,
    _result: v8::ReturnValue<'_>,
) {
    let Some(request) = request_argument(scope, &arguments) else { return };
    let error = v8::Local::new(scope, arguments.get(1));
    // If describing it ran into a limit, the turn reports that.
    let Some(described) = exception::describe(scope, error) else { return };
    if described.is_buffer_refusal {
        return request.terminate(TerminationReason::MemoryLimit);
    }
    request.reply(Err(Termination {
        reason: TerminationReason::Exception,
        message: described.message,
        stack: described.stack,
    }));
}

/// `waitUntilDone(requestId, forgotten)`
pub(super) fn wait_until_done(
    scope: &mut v8::PinScope<'_, '_>,
    arguments: v8::FunctionCallbackArguments<'_>,
    _result: v8::ReturnValue<'_>,
) {
    if let Some(request) = request_argument(scope, &arguments) {
        request.wait_until_done();
        let state = IsolateState::of(scope);
        if arguments.get(1).is_true() {
            state.forgotten_by_bootstrap(request.id());
        }
        if !state.has_turn(&request) {
            request.wake();
        }
    }
}

/// `waitUntilRejected(requestId, error)`
pub(super) fn wait_until_rejected(
    scope: &mut v8::PinScope<'_, '_>,
    arguments: v8::FunctionCallbackArguments<'_>,
    _result: v8::ReturnValue<'_>,
) {
    log_error(scope, "Uncaught (in waitUntil)", arguments.get(1));
}
