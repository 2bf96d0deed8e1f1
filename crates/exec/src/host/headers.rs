//! Headers between the Web APIs and Rust.

use http::header::CONTENT_TYPE;
use http::{HeaderMap, HeaderName, HeaderValue};

use super::arguments::{ArgumentError, FromV8};
use super::values::byte_string;

/// More headers, or larger ones, are refused: each is copied out of the isolate.
const MAX_HEADERS: u32 = 1_000;
const MAX_HEADER_BYTES: usize = 128 << 10;

/// Room for what a server adds to an answer, which would have to be made for it otherwise.
const OF_SERVER: usize = 2;

/// Headers as the Web APIs pass them: `[name, value, name, value, …]`, byte strings. Null stands for none, a string for
/// a `Content-Type` and nothing else.
fn headers(scope: &mut v8::PinScope<'_, '_>, value: v8::Local<'_, v8::Value>) -> Option<HeaderMap> {
    if value.is_null() {
        return Some(HeaderMap::new());
    }
    let Ok(list) = v8::Local::<v8::Array>::try_from(value) else {
        let mut headers = HeaderMap::with_capacity(1 + OF_SERVER);
        headers.insert(CONTENT_TYPE, with_bytes(scope, value, content_type)?);
        return Some(headers);
    };
    let pairs = list.length() / 2;
    if pairs > MAX_HEADERS {
        return None;
    }
    let mut headers = HeaderMap::with_capacity(pairs as usize + OF_SERVER);
    let mut size = 0;
    for pair in 0..pairs {
        let name = list.get_index(scope, 2 * pair)?;
        let value = list.get_index(scope, 2 * pair + 1)?;
        let name = with_bytes(scope, name, |bytes| HeaderName::from_bytes(bytes).ok())?;
        let value = with_bytes(scope, value, header_value)?;
        size += name.as_str().len() + value.len();
        if size > MAX_HEADER_BYTES {
            return None;
        }
        headers.try_append(name, value).ok()?;
    }
    Some(headers)
}

impl<'s> FromV8<'s> for HeaderMap {
    fn from_v8(
        scope: &mut v8::PinScope<'s, '_>,
        value: v8::Local<'s, v8::Value>,
    ) -> Result<Self, ArgumentError> {
        headers(scope, value).ok_or(ArgumentError::Invalid("invalid or too many headers"))
    }
}

/// The type of a body, mostly one of those that the Web APIs give to texts.
fn content_type(bytes: &[u8]) -> Option<HeaderValue> {
    match bytes {
        b"text/plain;charset=UTF-8" => Some(HeaderValue::from_static("text/plain;charset=UTF-8")),
        b"application/json" => Some(HeaderValue::from_static("application/json")),
        other => header_value(other),
    }
}

fn header_value(bytes: &[u8]) -> Option<HeaderValue> {
    HeaderValue::from_bytes(bytes).ok()
}

/// Calls `f` with the bytes of a string of one character per byte. `None` if a character is larger than that, or it is
/// too long for a header.
pub(super) fn with_bytes<T>(
    scope: &mut v8::PinScope<'_, '_>,
    value: v8::Local<'_, v8::Value>,
    f: impl FnOnce(&[u8]) -> Option<T>,
) -> Option<T> {
    let string = v8::Local::<v8::String>::try_from(value).ok()?;
    if string.length() > MAX_HEADER_BYTES {
        return None;
    }
    match v8::ValueView::new(scope, string).data() {
        v8::ValueViewData::OneByte(bytes) => f(bytes),
        v8::ValueViewData::TwoByte(units) => {
            let bytes: Option<Vec<u8>> = units.iter().map(|unit| u8::try_from(*unit).ok()).collect();
            f(&bytes?)
        }
    }
}

/// Headers as the bootstrap takes them: names and values, each with a line feed after it.
pub(crate) fn headers_to_js<'s>(
    scope: &mut v8::PinScope<'s, '_>,
    headers: &HeaderMap,
) -> Option<v8::Local<'s, v8::String>> {
    let parts = || headers.iter().flat_map(|(name, value)| [name.as_str().as_bytes(), value.as_bytes()]);
    let mut text = Vec::with_capacity(parts().map(|part| part.len() + 1).sum());
    for part in parts() {
        text.extend_from_slice(part);
        text.push(b'\n');
    }
    byte_string(scope, &text)
}
