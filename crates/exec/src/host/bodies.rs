//! Bodies that stream: reading those that come from outside, writing those that JavaScript makes.

use std::sync::Arc;

use super::arguments::{ArgumentError, FromV8, InFlight, Starting};
use super::values::{body, bytes_to_js, text};
use super::{throw_start_error, throw_type_error};
use crate::isolate_state::{IsolateState, ResourceOwner, current_request};
use crate::request::{Extent, IncomingBody, OutgoingBody, Received, Request, StartError};
use crate::vocabulary::body::{Body, BodyError, Pushed};
use crate::vocabulary::resources::{Resource, ResourceId};

/// A body as the Web APIs pass it.
pub(super) enum GivenBody {
    /// Null, a string or a view.
    Whole(Body),
    /// The id of one that streams.
    Streams(ResourceId),
}

impl<'s> FromV8<'s> for GivenBody {
    fn from_v8(
        scope: &mut v8::PinScope<'s, '_>,
        value: v8::Local<'s, v8::Value>,
    ) -> Result<Self, ArgumentError> {
        if value.is_number() {
            return Ok(Self::Streams(ResourceId::from_v8(scope, value)?));
        }
        // The heap may have more for a moment, and nothing has counted the copy yet.
        let most = IsolateState::of(scope).heap.as_ref().map_or(usize::MAX, |heap| heap.heap_limit());
        match v8::Local::<v8::String>::try_from(value) {
            Ok(string) if string.length() > most => {
                Err(ArgumentError::Invalid("the body is larger than the memory of its worker"))
            }
            _ => Ok(Self::Whole(body(scope, value))),
        }
    }
}

/// A body as the bootstrap takes it: null, a `Uint8Array`, or the number of a body to be read.
pub(crate) fn received_to_js<'s>(
    scope: &mut v8::PinScope<'s, '_>,
    body: &Received,
) -> Option<v8::Local<'s, v8::Value>> {
    Some(match body {
        Received::Empty => v8::null(scope).into(),
        Received::Bytes(bytes) => bytes_to_js(scope, bytes)?.into(),
        Received::Incoming(id) => v8::Number::new(scope, id.as_number()).into(),
    })
}

/// `bodyRead(requestId, operationId, bodyId, all, least)`: everything, or what is there, and so many bytes at least.
pub(super) fn read(
    scope: &mut v8::PinScope<'_, '_>,
    (Starting(request), operation, body, all, least): (Starting, u64, ResourceId, bool, u32),
    _result: v8::ReturnValue<'_>,
) {
    let extent = match all {
        true => Extent::All { limit: request.heap_max() },
        false => Extent::Some { least: least as usize },
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
pub(super) fn close(scope: &mut v8::PinScope<'_, '_>, (body,): (ResourceId,), _result: v8::ReturnValue<'_>) {
    if let Some((owner, _)) = find::<IncomingBody>(scope, body) {
        owner.close(body);
    }
}

/// `bodyBreakable(requestId, bodyId)`: what `bodyBreak` knows the body by when it has been passed on; undefined if nothing
/// can break it off.
pub(super) fn make_breakable(
    scope: &mut v8::PinScope<'_, '_>,
    (InFlight(request), body): (InFlight, ResourceId),
    mut result: v8::ReturnValue<'_>,
) {
    let found = find::<IncomingBody>(scope, body);
    if let Some(id) = found.and_then(|(_, incoming)| request.make_breakable(&incoming)) {
        result.set_double(id.as_number());
    }
}

/// `bodyBreak(requestId, id)`: a body that was passed on breaks off.
pub(super) fn break_off(
    _scope: &mut v8::PinScope<'_, '_>,
    (InFlight(request), id): (InFlight, ResourceId),
    _result: v8::ReturnValue<'_>,
) {
    request.break_body(id);
}

/// `bodyOpen(requestId, length)`: the id of a body that JavaScript will write, with so many bytes, if that is known.
pub(super) fn open(
    scope: &mut v8::PinScope<'_, '_>,
    (Starting(request), length): (Starting, Option<v8::Local<'_, v8::Number>>),
    mut result: v8::ReturnValue<'_>,
) {
    match request.open_outgoing(length.map(|length| length.value() as u64)) {
        Ok(body) => result.set_double(body.as_number()),
        Err(refused) => throw_type_error(scope, &refused.to_string()),
    }
}

/// `bodyWrite(requestId, bodyId, bytes)`: 0 if it has ended, 1 if there is room for more, 2 if there is none, 3 if there was
/// none for this.
pub(super) fn write(
    _scope: &mut v8::PinScope<'_, '_>,
    (request, body, bytes): (Option<InFlight>, ResourceId, Option<Vec<u8>>),
    mut result: v8::ReturnValue<'_>,
) {
    let pushed = match (request, bytes) {
        (Some(InFlight(request)), Some(bytes)) => request.push_outgoing(body, bytes.into()),
        _ => Pushed::Ended,
    };
    result.set_uint32(match pushed {
        Pushed::Ended => 0,
        Pushed::Room => 1,
        Pushed::Full => 2,
        Pushed::Waits => 3,
    });
}

/// `bodyEnd(requestId, bodyId, error)`: the end of it; without an error (`undefined`) the proper one.
pub(super) fn end<'s>(
    scope: &mut v8::PinScope<'s, '_>,
    (InFlight(request), body, error): (InFlight, ResourceId, v8::Local<'s, v8::Value>),
    _result: v8::ReturnValue<'_>,
) {
    let end = match error.is_undefined() {
        true => Ok(()),
        false => Err(BodyError::broken_off(text(scope, error))),
    };
    request.finish_outgoing(body, end);
}

/// What a body that JavaScript has the id of becomes a part of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum PartOf {
    /// The answer of the request.
    Answer,
    /// An upload that it starts.
    Upload,
}

/// Whether what [`take`] gives for this body under `headers` has the content codings that they tell of.
pub(super) fn goes_coded(
    scope: &mut v8::PinScope<'_, '_>,
    body: ResourceId,
    headers: &http::HeaderMap,
) -> bool {
    find::<IncomingBody>(scope, body).is_some_and(|(_, incoming)| incoming.goes_coded(headers))
}

/// Takes a body that JavaScript has the id of, for it to flow by itself, under `headers`. If JavaScript writes it, and it
/// is the answer of `request`, that goes on until it is written.
pub(super) fn take(
    scope: &mut v8::PinScope<'_, '_>,
    body: ResourceId,
    headers: &mut http::HeaderMap,
    (request, part_of): (&Request, PartOf),
) -> Option<Body> {
    if let Some((owner, incoming)) = find::<IncomingBody>(scope, body) {
        let taken = incoming.pass_on(headers, request.budget());
        owner.close(body);
        return taken;
    }
    let (_, outgoing) = find::<OutgoingBody>(scope, body)?;
    let stream = outgoing.take()?;
    if part_of == PartOf::Answer {
        request.answer_with(body);
    }
    Some(Body::Stream(stream))
}

fn find<T: Resource>(scope: &mut v8::PinScope<'_, '_>, body: ResourceId) -> Option<(ResourceOwner, Arc<T>)> {
    let request = current_request::get(scope);
    IsolateState::of(scope).find_resource(request, body)
}
