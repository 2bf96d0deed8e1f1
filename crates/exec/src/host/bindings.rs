//! Calls of bindings.

use super::arguments::Starting;
use super::values::{bytes_from_js, text};
use super::{throw_start_error, throw_type_error};
use crate::request::StartError;
use crate::vocabulary::binding::Argument;

/// Arguments that a call may have.
const MAX_ARGUMENTS: u32 = 100;

/// `bindingStart(requestId, operationId, binding, method, arguments)`: binding and method are indices into what the
/// request has, each argument is JSON text or a view.
pub(super) fn start<'s>(
    scope: &mut v8::PinScope<'s, '_>,
    (Starting(request), operation, binding, method, list): (
        Starting,
        u64,
        usize,
        usize,
        v8::Local<'s, v8::Array>,
    ),
    _result: v8::ReturnValue<'_>,
) {
    let Some(bound) = request.bindings().get(binding) else {
        return throw_start_error(scope, StartError::NoBinding);
    };
    if list.length() > MAX_ARGUMENTS {
        return throw_type_error(scope, "too many arguments");
    }
    let started = copies(scope, list, request.heap_max())
        .and_then(|copies| request.start_binding(operation, (bound, method), copies));
    if let Err(error) = started {
        throw_start_error(scope, error);
    }
}

/// Copies of the arguments. What is too large is not even copied.
fn copies(
    scope: &mut v8::PinScope<'_, '_>,
    list: v8::Local<'_, v8::Array>,
    max_bytes: usize,
) -> Result<Vec<Argument>, StartError> {
    let mut copies = Vec::with_capacity(list.length() as usize);
    let mut bytes = 0_usize;
    for index in 0..list.length() {
        let Some(argument) = list.get_index(scope, index) else { continue };
        let view = v8::Local::<v8::ArrayBufferView>::try_from(argument);
        let string = v8::Local::<v8::String>::try_from(argument);
        // No text has fewer bytes than UTF-16 units.
        bytes += view.map_or(0, |view| view.byte_length()) + string.map_or(0, |string| string.length());
        if bytes > max_bytes {
            return Err(StartError::TooMuchData);
        }
        copies.push(match bytes_from_js(argument) {
            Some(bytes) => Argument::Bytes(bytes.into()),
            None => Argument::Json(text(scope, argument).into()),
        });
    }
    Ok(copies)
}
