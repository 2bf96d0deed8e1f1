//! Forms in bodies: such that are there as a whole, and such that come in pieces.
//!
//! What is found in some bytes is told as an array of items, one after the other: a number, which says what it is, and
//! what belongs to it. `bootstrap/fetch/form_data.js` has the same numbers.

mod parser;

use std::sync::Arc;

use parking_lot::Mutex;
use parser::{Found, Head, Malformed, Parser};

use super::throw_type_error;
use super::values::{bytes_to_js, throw_out_of_memory};
use crate::isolate_state::{IsolateState, ResourceOwner, current_request};
use crate::request::IncomingBody;
use crate::vocabulary::body::BodyError;
use crate::vocabulary::resources::{Resource, ResourceId};

/// A part begins: its name, its file name or null, its type.
const PART: i32 = 0;
/// Some of its content: offset and length in the bytes.
const CONTENT: i32 = 1;
/// Some of its content that came with earlier bytes: a `Uint8Array`.
const EARLIER: i32 = 2;
/// The part has ended.
const END: i32 = 3;

/// A form of which more is to come; empty when it has ended. One that is never finished stays until its owner ends, or others
/// need its place.
struct OpenForm(Mutex<Option<Parser>>);

impl Resource for OpenForm {
    fn name(&self) -> &'static str {
        "form"
    }

    fn close(&self) {
        let unfinished = self.0.lock().take();
        drop(unfinished);
    }

    fn may_go_early(&self) -> bool {
        true
    }
}

/// `multipartParse(bytes, boundary)`: the items of a whole form; null if it is no form.
pub(super) fn parse(
    scope: &mut v8::PinScope<'_, '_>,
    (bytes, boundary): (Vec<u8>, String),
    mut result: v8::ReturnValue<'_>,
) {
    let items = Parser::new(boundary.as_bytes()).and_then(|mut parser| {
        let items = items_in(&mut parser, &bytes).ok()?;
        parser.finish().ok().map(|()| items)
    });
    match items {
        Some(items) => give(scope, items, result),
        None => result.set_null(),
    }
}

/// `multipartNew(boundary, bodyId)`: a handle; null if that is no boundary. Of a body that the host has it is known whether
/// the isolate has room for it.
pub(super) fn begin(
    scope: &mut v8::PinScope<'_, '_>,
    (boundary, body): (String, Option<ResourceId>),
    mut result: v8::ReturnValue<'_>,
) {
    let Some(parser) = Parser::new(boundary.as_bytes()) else {
        return result.set_null();
    };
    let request = current_request::get(scope);
    let state = IsolateState::of(scope);
    let (Some(table), Some(turn)) = (state.resources_of(request), state.whose_turn()) else {
        return throw_type_error(scope, "the request has ended");
    };
    let announced = body.and_then(|body| state.find_resource::<IncomingBody>(request, body));
    if announced.is_some_and(|(_, body)| body.announced() > turn.heap_max()) {
        return throw_type_error(scope, &BodyError::TooLarge.to_string());
    }
    match table.add(Arc::new(OpenForm(Mutex::new(Some(parser)))), None) {
        Ok(handle) => result.set_double(handle.as_number()),
        Err(refused) => throw_type_error(scope, &refused.to_string()),
    }
}

/// `multipartStep(handle, bytes)`: the items in the next bytes; null if it is no form, whatever follows.
pub(super) fn step(
    scope: &mut v8::PinScope<'_, '_>,
    (handle, bytes): (ResourceId, Vec<u8>),
    mut result: v8::ReturnValue<'_>,
) {
    let Some((table, form)) = find(scope, handle) else { return };
    let items = match form.0.lock().as_mut() {
        Some(parser) => items_in(parser, &bytes),
        None => Err(Malformed),
    };
    match items {
        Ok(items) => give(scope, items, result),
        Err(Malformed) => {
            table.close(handle);
            result.set_null();
        }
    }
}

/// `multipartEnd(handle)`: there is no more; whether the form is whole.
pub(super) fn end(
    scope: &mut v8::PinScope<'_, '_>,
    (handle,): (ResourceId,),
    mut result: v8::ReturnValue<'_>,
) {
    let Some((table, form)) = find(scope, handle) else { return };
    let parser = form.0.lock().take();
    table.close(handle);
    result.set_bool(parser.is_some_and(|parser| parser.finish().is_ok()));
}

/// An open form. Throws without one.
fn find(scope: &mut v8::PinScope<'_, '_>, handle: ResourceId) -> Option<(ResourceOwner, Arc<OpenForm>)> {
    let request = current_request::get(scope);
    let found = IsolateState::of(scope).find_resource(request, handle);
    if found.is_none() {
        throw_type_error(scope, "the form was left unfinished for too long");
    }
    found
}

fn items_in(parser: &mut Parser, bytes: &[u8]) -> Result<Vec<Found>, Malformed> {
    let mut items = Vec::new();
    parser.step(bytes, |found| items.push(found))?;
    Ok(items)
}

fn give(scope: &mut v8::PinScope<'_, '_>, items: Vec<Found>, mut result: v8::ReturnValue<'_>) {
    match values_of(scope, items) {
        Some(values) => {
            let array = v8::Array::new_with_elements(scope, &values);
            result.set(array.into());
        }
        None => throw_out_of_memory(scope),
    }
}

/// `None` if there is no room for one of them.
fn values_of<'s>(
    scope: &mut v8::PinScope<'s, '_>,
    items: Vec<Found>,
) -> Option<Vec<v8::Local<'s, v8::Value>>> {
    let mut values = Vec::with_capacity(items.len() * 3);
    for item in items {
        let kind = match &item {
            Found::Part(_) => PART,
            Found::Content(_) => CONTENT,
            Found::Earlier(_) => EARLIER,
            Found::End => END,
        };
        values.push(v8::Integer::new(scope, kind).into());
        match item {
            Found::Part(Head { name, filename, content_type }) => {
                values.push(v8::String::new(scope, &name)?.into());
                values.push(match filename {
                    Some(filename) => v8::String::new(scope, &filename)?.into(),
                    None => v8::null(scope).into(),
                });
                values.push(v8::String::new(scope, &content_type)?.into());
            }
            Found::Content(content) => {
                values.push(v8::Number::new(scope, content.start as f64).into());
                values.push(v8::Number::new(scope, content.len() as f64).into());
            }
            Found::Earlier(bytes) => values.push(bytes_to_js(scope, &bytes)?.into()),
            Found::End => {}
        }
    }
    Some(values)
}
