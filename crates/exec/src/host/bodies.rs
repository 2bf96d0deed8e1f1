//! Bodies that stream: reading those that come from outside, writing those that JavaScript makes.

use std::sync::Arc;

use super::values::{bytes_from_js, id, resource_id, text};
use super::{request_argument, throw_start_error, throw_type_error};
use crate::isolate_state::current_request;
use crate::isolate_state::{IsolateState, ResourceOwner};
use crate::request::{Extent, IncomingBody, OutgoingBody, Request, StartError};
use crate::vocabulary::body::{Body, BodyError, Pushed};
use crate::vocabulary::resources::ResourceId;

/// `bodyRead(requestId, operationId, bodyId, all)`: what is there, or everything.
pub(super) fn read(
    scope: &mut v8::PinScope<'_, '_>,
    arguments: v8::FunctionCallbackArguments<'_>,
    _result: v8::ReturnValue<'_>,
) {
    let Some(request) = request_argument(scope, &arguments) else {
        return throw_start_error(scope, StartError::Ended);
    };
    let operation = id(scope, arguments.get(1));
    let body = resource_id(arguments.get(2));
    let extent = match arguments.get(3).is_true() {
        true => Extent::All { limit: request.heap_max() },
        false => Extent::Some,
    };
    let Some((owner, found)) = find::<IncomingBody>(scope, body) else {
        return throw_start_error(scope, StartError::BodyInUse);
    };
    let close = move || {
        owner.close(body);
    };
    if let Err(error) = request.start_read(operation, found, extent, close) {
        throw_start_error(scope, error);
    }
}

/// `bodyClose(bodyId)`: nobody wants the rest of it.
pub(super) fn close(
    scope: &mut v8::PinScope<'_, '_>,
    arguments: v8::FunctionCallbackArguments<'_>,
    _result: v8::ReturnValue<'_>,
) {
    let body = resource_id(arguments.get(0));
    if let Some((owner, _)) = find::<IncomingBody>(scope, body) {
        owner.close(body);
    }
}

/// `bodyOpen(requestId)`: the id of a body that JavaScript will write.
pub(super) fn open(
    scope: &mut v8::PinScope<'_, '_>,
    arguments: v8::FunctionCallbackArguments<'_>,
    mut result: v8::ReturnValue<'_>,
) {
    let Some(request) = request_argument(scope, &arguments) else {
        return throw_start_error(scope, StartError::Ended);
    };
    match request.open_outgoing() {
        Ok(body) => result.set_double(body.as_number()),
        Err(refused) => throw_type_error(scope, &refused.to_string()),
    }
}

/// `bodyWrite(requestId, bodyId, bytes)`: 0 if it has ended, 1 if there is room for more, 2 if there is none.
pub(super) fn write(
    scope: &mut v8::PinScope<'_, '_>,
    arguments: v8::FunctionCallbackArguments<'_>,
    mut result: v8::ReturnValue<'_>,
) {
    let pushed = match (request_argument(scope, &arguments), bytes_from_js(arguments.get(2))) {
        (Some(request), Some(bytes)) => request.push_outgoing(resource_id(arguments.get(1)), bytes.into()),
        _ => Pushed::Ended,
    };
    result.set_uint32(match pushed {
        Pushed::Ended => 0,
        Pushed::Room => 1,
        Pushed::Full => 2,
    });
}

/// `bodyEnd(requestId, bodyId, error)`: the end of it; without an error (`undefined`) the proper one.
pub(super) fn end(
    scope: &mut v8::PinScope<'_, '_>,
    arguments: v8::FunctionCallbackArguments<'_>,
    _result: v8::ReturnValue<'_>,
) {
    let Some(request) = request_argument(scope, &arguments) else { return };
    let error = arguments.get(2);
    let end = match error.is_undefined() {
        true => Ok(()),
        false => Err(BodyError::broken_off(text(scope, error))),
    };
    request.finish_outgoing(resource_id(arguments.get(1)), end);
}

/// Takes the stream out of a body that JavaScript has the id of, for it to flow by itself. If JavaScript writes it, and
/// it is the answer of `request`, that goes on until it is written.
pub(super) fn take(
    scope: &mut v8::PinScope<'_, '_>,
    body: ResourceId,
    answer_of: Option<&Arc<Request>>,
) -> Option<Body> {
    if let Some((owner, incoming)) = find::<IncomingBody>(scope, body) {
        let stream = incoming.take();
        owner.close(body);
        return stream.map(Body::Stream);
    }
    let (_, outgoing) = find::<OutgoingBody>(scope, body)?;
    let stream = outgoing.take()?;
    if let Some(request) = answer_of {
        request.answer_with(body);
    }
    Some(Body::Stream(stream))
}

fn find<T: crate::vocabulary::resources::Resource>(
    scope: &mut v8::PinScope<'_, '_>,
    body: ResourceId,
) -> Option<(ResourceOwner, Arc<T>)> {
    let request = current_request::get(scope);
    IsolateState::of(scope).find_resource(request, body)
}
