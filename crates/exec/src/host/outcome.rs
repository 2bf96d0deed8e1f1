//! What a request comes to.

use super::arguments::{Ignored, InFlight};
use super::bodies::{self, GivenBody, PartOf};
use super::headers::with_bytes;
use super::misc::log_error;
use super::throw_type_error;
use super::values::text;
use crate::budget::BudgetExceeded;
use crate::exception::{self, Known};
use crate::isolate_state::IsolateState;
use crate::request::Request;
use crate::vocabulary::body::{Body, charge};
use crate::vocabulary::event::Outcome;
use crate::vocabulary::status_text::StatusText;
use crate::vocabulary::task_result::TaskResult;
use crate::vocabulary::termination::{Termination, TerminationReason};

/// What is left to do for a request that has its answer, as the bootstrap says it.
mod ending {
    /// All work given to `waitUntil` has settled.
    pub(super) const DONE: u32 = 1;
    /// The same, and the bootstrap has forgotten the request.
    pub(super) const FORGOTTEN: u32 = 2;
}

/// `respond(requestId, status, statusText, headers, body, ending)`. Most answers are the end of their request: these need
/// no other call.
pub(super) fn respond<'s>(
    scope: &mut v8::PinScope<'s, '_>,
    (InFlight(request), status, text, mut headers, body, ending): (
        InFlight,
        http::StatusCode,
        v8::Local<'s, v8::Value>,
        http::HeaderMap,
        GivenBody,
        u32,
    ),
    _result: v8::ReturnValue<'_>,
) {
    let reply = match response_body(scope, body, &mut headers, &request) {
        Ok(Some(body)) => {
            let mut response = http::Response::new(body);
            *response.status_mut() = status;
            *response.headers_mut() = headers;
            if let Some(text) = status_text(scope, text, status) {
                response.extensions_mut().insert(text);
            }
            Ok(Outcome::Response(response))
        }
        Ok(None) => return throw_type_error(scope, "the body has been used"),
        Err(exceeded) => Err(Termination::over_budget(exceeded)),
    };
    request.reply(reply);
    if ending >= ending::DONE {
        done(scope, &request, ending == ending::FORGOTTEN);
    }
}

/// What a response says beside its status, if it is not the usual.
fn status_text(
    scope: &mut v8::PinScope<'_, '_>,
    value: v8::Local<'_, v8::Value>,
    status: http::StatusCode,
) -> Option<StatusText> {
    let is_none = v8::Local::<v8::String>::try_from(value).is_ok_and(|text| text.length() == 0);
    if is_none {
        return None;
    }
    let usual = status.canonical_reason().unwrap_or_default().as_bytes();
    with_bytes(scope, value, |bytes| if bytes == usual { None } else { StatusText::new(bytes) })
}

/// A body in memory, charged to the worker, or the id of one that streams; `None` if there is no such.
fn response_body(
    scope: &mut v8::PinScope<'_, '_>,
    given: GivenBody,
    headers: &mut http::HeaderMap,
    request: &Request,
) -> Result<Option<Body>, BudgetExceeded> {
    Ok(match given {
        GivenBody::Streams(id) => bodies::take(scope, id, headers, (request, PartOf::Answer)),
        GivenBody::Whole(Body::Full(bytes)) => Some(Body::Full(charge(bytes, request.budget())?)),
        GivenBody::Whole(other) => Some(other),
    })
}

/// `complete(requestId, json)`: the end of a scheduled event (no JSON) a task or a call.
pub(super) fn complete<'s>(
    scope: &mut v8::PinScope<'s, '_>,
    (InFlight(request), json): (InFlight, v8::Local<'s, v8::Value>),
    _result: v8::ReturnValue<'_>,
) {
    if json.is_undefined() {
        return request.reply(Ok(Outcome::Completed));
    }
    let max = request.limits().task_result;
    // No text has fewer bytes than UTF-16 units: what is much too long is not even copied.
    let units = v8::Local::<v8::String>::try_from(json).map_or(0, |json| json.length());
    let json = if units > max { None } else { Some(text(scope, json)).filter(|json| json.len() <= max) };
    let Some(json) = json else {
        let message = format!("the result is larger than {} KiB", max >> 10);
        return request.reply(Err(Termination::new(TerminationReason::MemoryLimit, message)));
    };
    let json = match charge(json.into(), request.budget()) {
        Ok(json) => json,
        Err(exceeded) => return request.reply(Err(Termination::over_budget(exceeded))),
    };
    match TaskResult::new(json) {
        Some(result) => request.reply(Ok(Outcome::TaskResult(result))),
        None => throw_type_error(scope, "the result must be a JSON value"),
    }
}

/// `fail(requestId, error, shown)`
pub(super) fn fail<'s>(
    scope: &mut v8::PinScope<'s, '_>,
    (InFlight(request), error, shown): (InFlight, v8::Local<'s, v8::Value>, v8::Local<'s, v8::Value>),
    _result: v8::ReturnValue<'_>,
) {
    let Some(described) = describe(scope, &request, error, shown) else { return };
    if described.is_buffer_refusal {
        return request.terminate(TerminationReason::MemoryLimit);
    }
    request.reply(Err(request.uncaught(described.into_termination(TerminationReason::Exception))));
}

/// `bodyFailed(requestId, error, shown)`: what the body of the answer is read from has failed.
pub(super) fn body_failed<'s>(
    scope: &mut v8::PinScope<'s, '_>,
    (InFlight(request), error, shown): (InFlight, v8::Local<'s, v8::Value>, v8::Local<'s, v8::Value>),
    _result: v8::ReturnValue<'_>,
) {
    let Some(described) = describe(scope, &request, error, shown) else { return };
    if described.is_buffer_refusal {
        return request.terminate(TerminationReason::MemoryLimit);
    }
    let termination = request.uncaught(described.into_termination(TerminationReason::Exception));
    if !request.break_off(termination) {
        log_error(scope, "Uncaught (in the body of the answer)", error, shown);
    }
}

/// `None` if describing it ran into a limit, which the turn reports.
fn describe(
    scope: &mut v8::PinScope<'_, '_>,
    request: &Request,
    error: v8::Local<'_, v8::Value>,
    shown: v8::Local<'_, v8::Value>,
) -> Option<exception::Description> {
    let (error, shown) = (v8::Local::new(scope, error), v8::Local::new(scope, shown));
    let script = request.context().map(|context| context.script().clone());
    let known = Known { shown: Some(shown), script: script.as_ref(), message: None };
    exception::describe(scope, error, known)
}

/// `waitUntilDone(requestId, forgotten)`
pub(super) fn wait_until_done(
    scope: &mut v8::PinScope<'_, '_>,
    (InFlight(request), forgotten): (InFlight, bool),
    _result: v8::ReturnValue<'_>,
) {
    done(scope, &request, forgotten);
}

fn done(scope: &mut v8::PinScope<'_, '_>, request: &Request, forgotten: bool) {
    request.wait_until_done();
    let state = IsolateState::of(scope);
    if forgotten {
        state.forgotten_by_bootstrap(request.id());
    }
    if !state.has_turn(request) {
        request.wake();
    }
}

/// `waitUntilRejected(requestId, error, shown)`
pub(super) fn wait_until_rejected<'s>(
    scope: &mut v8::PinScope<'s, '_>,
    (_, error, shown): (Ignored, v8::Local<'s, v8::Value>, v8::Local<'s, v8::Value>),
    _result: v8::ReturnValue<'_>,
) {
    log_error(scope, "Uncaught (in waitUntil)", error, shown);
}
