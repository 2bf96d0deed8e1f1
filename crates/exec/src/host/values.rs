//! Between JavaScript values and Rust.

use crate::memory;

/// Throws a `TypeError`.
pub(crate) fn throw_type_error(scope: &mut v8::PinScope<'_, '_>, message: &str) {
    if let Some(message) = v8::String::new(scope, message) {
        let error = v8::Exception::type_error(scope, message);
        scope.throw_exception(error);
    }
}

/// A string of one character per byte.
pub(crate) fn byte_string<'s>(
    scope: &v8::PinScope<'s, '_>,
    bytes: &[u8],
) -> Option<v8::Local<'s, v8::String>> {
    v8::String::new_from_one_byte(scope, bytes, v8::NewStringType::Normal)
}

/// The bytes of a string of one character per byte; `None` if a character is larger than that, or it is too long
/// for a header.
pub(super) fn string_bytes(
    scope: &mut v8::PinScope<'_, '_>,
    value: v8::Local<'_, v8::Value>,
) -> Option<Vec<u8>> {
    let string = value.to_string(scope)?;
    if string.length() > MAX_HEADER_BYTES || !string.contains_only_onebyte() {
        return None;
    }
    let mut bytes = vec![0; string.length()];
    string.write_one_byte_v2(scope, 0, &mut bytes, v8::WriteFlags::empty());
    Some(bytes)
}

/// The text of an argument.
pub(super) fn text(scope: &mut v8::PinScope<'_, '_>, value: v8::Local<'_, v8::Value>) -> String {
    value.to_rust_string_lossy(scope)
}

/// The id of a timer, an operation or a decoder; 0, which is nobody's, for what is no number.
pub(super) fn id(scope: &mut v8::PinScope<'_, '_>, value: v8::Local<'_, v8::Value>) -> u64 {
    value.number_value(scope).unwrap_or(0.0) as u64
}

/// A new `Uint8Array` with a copy of `bytes`; `None` if the isolate's budget for buffers does not allow it (V8
/// itself would end the process).
pub(crate) fn bytes_to_js<'s>(
    scope: &mut v8::PinScope<'s, '_>,
    bytes: &[u8],
) -> Option<v8::Local<'s, v8::Uint8Array>> {
    if !memory::make_room(scope, bytes.len()) {
        return None;
    }
    let buffer = v8::ArrayBuffer::new(scope, bytes.len());
    if !bytes.is_empty() {
        let store = buffer.get_backing_store();
        for (cell, byte) in store.iter().zip(bytes) {
            cell.set(*byte);
        }
    }
    v8::Uint8Array::new(scope, buffer, 0, bytes.len())
}

/// A copy of the bytes of a typed array or `DataView`.
pub(super) fn bytes_from_js(value: v8::Local<'_, v8::Value>) -> Option<Vec<u8>> {
    let view = v8::Local::<v8::ArrayBufferView>::try_from(value).ok()?;
    let mut bytes = vec![0; view.byte_length()];
    let copied = view.copy_contents(&mut bytes);
    bytes.truncate(copied);
    Some(bytes)
}

/// A body as the Web APIs pass it: null, a string or a view.
pub(super) fn body(scope: &mut v8::PinScope<'_, '_>, value: v8::Local<'_, v8::Value>) -> crate::Body {
    if value.is_null_or_undefined() {
        crate::Body::empty()
    } else if value.is_string() {
        text(scope, value).into()
    } else {
        bytes_from_js(value).unwrap_or_default().into()
    }
}

/// More headers, or larger ones, are refused: each is copied out of the isolate.
const MAX_HEADERS: u32 = 1_000;
const MAX_HEADER_BYTES: usize = 128 << 10;

/// Headers as the Web APIs pass them: `[name, value, name, value, …]`, byte strings.
pub(super) fn headers(
    scope: &mut v8::PinScope<'_, '_>,
    value: v8::Local<'_, v8::Value>,
) -> Option<http::HeaderMap> {
    let list = v8::Local::<v8::Array>::try_from(value).ok()?;
    let pairs = list.length() / 2;
    if pairs > MAX_HEADERS {
        return None;
    }
    let mut headers = http::HeaderMap::with_capacity(pairs as usize);
    let mut size = 0;
    for pair in 0..pairs {
        let name = list.get_index(scope, 2 * pair)?;
        let value = list.get_index(scope, 2 * pair + 1)?;
        let (name, value) = (string_bytes(scope, name)?, string_bytes(scope, value)?);
        size += name.len() + value.len();
        if size > MAX_HEADER_BYTES {
            return None;
        }
        let name = http::HeaderName::from_bytes(&name).ok()?;
        let value = http::HeaderValue::from_bytes(&value).ok()?;
        headers.try_append(name, value).ok()?;
    }
    Some(headers)
}

/// The other way round.
pub(crate) fn headers_to_js<'s>(
    scope: &mut v8::PinScope<'s, '_>,
    headers: &http::HeaderMap,
) -> Option<v8::Local<'s, v8::Array>> {
    let mut list: Vec<v8::Local<v8::Value>> = Vec::with_capacity(2 * headers.len());
    for (name, value) in headers {
        list.push(byte_string(scope, name.as_str().as_bytes())?.into());
        list.push(byte_string(scope, value.as_bytes())?.into());
    }
    Some(v8::Array::new_with_elements(scope, &list))
}
