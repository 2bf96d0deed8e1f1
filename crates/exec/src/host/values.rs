//! Between JavaScript values and Rust.

use std::cell::Cell;

use isolate::{append_bytes_of, array_buffer_of, utf8_of_latin1, utf8_of_utf16};

use crate::isolate_state::IsolateState;
use crate::vocabulary::body::Body;
use crate::vocabulary::resources::ResourceId;

/// Throws a `TypeError`.
pub(crate) fn throw_type_error(scope: &mut v8::PinScope<'_, '_>, message: &str) {
    if let Some(message) = v8::String::new(scope, message) {
        let error = v8::Exception::type_error(scope, message);
        scope.throw_exception(error);
    }
}

/// Throws a `RangeError`.
pub(crate) fn throw_range_error(scope: &mut v8::PinScope<'_, '_>, message: &str) {
    if let Some(message) = v8::String::new(scope, message) {
        let error = v8::Exception::range_error(scope, message);
        scope.throw_exception(error);
    }
}

/// Throws the `RangeError` of a buffer that does not fit.
pub(super) fn throw_out_of_memory(scope: &mut v8::PinScope<'_, '_>) {
    throw_range_error(scope, "Array buffer allocation failed");
}

/// A string of one character per byte.
pub(crate) fn byte_string<'s>(
    scope: &v8::PinScope<'s, '_>,
    bytes: &[u8],
) -> Option<v8::Local<'s, v8::String>> {
    v8::String::new_from_one_byte(scope, bytes, v8::NewStringType::Normal)
}

/// The text of a URI, as its `Display` has it.
pub(crate) fn uri_to_js<'s>(
    scope: &v8::PinScope<'s, '_>,
    uri: &http::Uri,
) -> Option<v8::Local<'s, v8::String>> {
    let text = uri_text(uri);
    // V8 takes longer to find that out.
    if text.is_ascii() { byte_string(scope, text.as_bytes()) } else { v8::String::new(scope, &text) }
}

/// In one allocation.
fn uri_text(uri: &http::Uri) -> String {
    let (scheme, colon) = uri.scheme_str().map_or(("", ""), |scheme| (scheme, "://"));
    let authority = uri.authority().map_or("", http::uri::Authority::as_str);
    let (mark, query) = uri.query().map_or(("", ""), |query| ("?", query));
    [scheme, colon, authority, uri.path(), mark, query].concat()
}

/// The text of an argument.
pub(super) fn text(scope: &mut v8::PinScope<'_, '_>, value: v8::Local<'_, v8::Value>) -> String {
    value.to_rust_string_lossy(scope)
}

/// The UTF-8 of a string, read where V8 has it: one crossing for short bodies, which most are. Surrogates without another
/// become U+FFFD.
pub(super) fn utf8(scope: &mut v8::PinScope<'_, '_>, string: v8::Local<'_, v8::String>) -> Vec<u8> {
    match v8::ValueView::new(scope, string).data() {
        v8::ValueViewData::OneByte(text) => utf8_of_latin1(text),
        v8::ValueViewData::TwoByte(units) => utf8_of_utf16(units),
    }
}

/// The id of a timer or an operation; 0, which is nobody's, for what is no number.
pub(super) fn id(scope: &mut v8::PinScope<'_, '_>, value: v8::Local<'_, v8::Value>) -> u64 {
    value.number_value(scope).unwrap_or(0.0) as u64
}

/// The id of a resource; one that is nobody's for what is no number.
pub(super) fn resource_id(value: v8::Local<'_, v8::Value>) -> ResourceId {
    let number = v8::Local::<v8::Number>::try_from(value);
    ResourceId::from_number(number.map_or(0.0, |number| number.value()))
}

/// A new `Uint8Array` with a copy of `bytes`; `None` if the isolate's budget for buffers does not allow it (V8
/// itself would end the process).
pub(crate) fn bytes_to_js<'s>(
    scope: &mut v8::PinScope<'s, '_>,
    bytes: &[u8],
) -> Option<v8::Local<'s, v8::Uint8Array>> {
    slices_to_js(scope, &[bytes])
}

/// A new `Uint8Array` with a copy of all these bytes, in their order; likewise.
pub(crate) fn chunks_to_js<'s>(
    scope: &mut v8::PinScope<'s, '_>,
    chunks: &[impl AsRef<[u8]>],
) -> Option<v8::Local<'s, v8::Uint8Array>> {
    let slices: Vec<_> = chunks.iter().map(AsRef::as_ref).collect();
    slices_to_js(scope, &slices)
}

fn slices_to_js<'s>(
    scope: &mut v8::PinScope<'s, '_>,
    slices: &[&[u8]],
) -> Option<v8::Local<'s, v8::Uint8Array>> {
    let length = slices.iter().map(|slice| slice.len()).sum();
    if !IsolateState::make_room(scope, length) {
        return None;
    }
    let buffer = array_buffer_of(scope, slices);
    v8::Uint8Array::new(scope, buffer, 0, length)
}

/// Writes `bytes` to as much memory of a buffer.
pub(super) fn copy_into(cells: &[Cell<u8>], bytes: &[u8]) {
    for (cell, byte) in cells.iter().zip(bytes) {
        cell.set(*byte);
    }
}

/// A copy of the bytes of a typed array or `DataView`.
pub(super) fn bytes_from_js(value: v8::Local<'_, v8::Value>) -> Option<Vec<u8>> {
    bytes_with_room(value, 0)
}

/// Likewise, with room for so many behind them.
pub(super) fn bytes_with_room(value: v8::Local<'_, v8::Value>, room: usize) -> Option<Vec<u8>> {
    let view = v8::Local::<v8::ArrayBufferView>::try_from(value).ok()?;
    let mut bytes = Vec::with_capacity(view.byte_length() + room);
    append_bytes_of(view, &mut bytes);
    Some(bytes)
}

/// A body as the Web APIs pass it: null, a string or a view.
pub(super) fn body(scope: &mut v8::PinScope<'_, '_>, value: v8::Local<'_, v8::Value>) -> Body {
    if value.is_null_or_undefined() {
        Body::empty()
    } else if let Ok(string) = v8::Local::<v8::String>::try_from(value) {
        Body::Full(utf8(scope, string).into())
    } else {
        Body::Full(bytes_from_js(value).unwrap_or_default().into())
    }
}

/// A script origin without anything of the host in it.
pub(crate) fn script_origin<'s>(
    scope: &v8::PinScope<'s, '_>,
    name: v8::Local<'s, v8::String>,
    is_module: bool,
) -> v8::ScriptOrigin<'s> {
    v8::ScriptOrigin::new(scope, name.into(), 0, 0, false, 0, None, false, false, is_module, None)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_text_of_a_uri_is_what_its_display_writes() {
        for text in ["http://a", "http://a:8080/b/c?d=e&f", "https://u@[::1]/?", "/b?c", "*", "a:1"] {
            let uri: http::Uri = text.parse().unwrap();
            assert_eq!(uri_text(&uri), uri.to_string());
        }
    }
}
