//! `caches`: what a worker keeps outside of its isolates. All but putting a body that streams is done at once: the store
//! is in memory.

use std::time::Instant;

use bytes::Bytes;
use http::{HeaderMap, StatusCode};

use super::arguments::{ArgumentError, FromV8, Starting};
use super::bodies::{self, GivenBody, PartOf, received_to_js};
use super::headers::{headers_to_js, with_bytes};
use super::values::byte_string;
use super::{throw_start_error, throw_type_error};
use crate::cache::{Answer, Key, Options, Origin, Put, Verdict, Which};
use crate::codings::Codings;
use crate::request::{Received, Request};
use crate::vocabulary::body::Body;
use crate::vocabulary::status_text::StatusText;

/// A URL that is longer, in UTF-16 units, is not copied.
const MAX_URL: usize = 64 << 10;

/// `cacheOpen(requestId, name)`
pub(super) fn open<'s>(
    scope: &mut v8::PinScope<'s, '_>,
    (Starting(request), Name(name)): (Starting, Name),
    _result: v8::ReturnValue<'s>,
) {
    if let Err(error) = request.caches().open(&name) {
        throw_type_error(scope, &error.to_string());
    }
}

/// `cacheHas(requestId, name)`
pub(super) fn has<'s>(
    _scope: &mut v8::PinScope<'s, '_>,
    (Starting(request), Name(name)): (Starting, Name),
    mut result: v8::ReturnValue<'s>,
) {
    result.set_bool(request.caches().has(&name));
}

/// `cacheDelete(requestId, name)`: whether there was one.
pub(super) fn delete<'s>(
    _scope: &mut v8::PinScope<'s, '_>,
    (Starting(request), Name(name)): (Starting, Name),
    mut result: v8::ReturnValue<'s>,
) {
    result.set_bool(request.caches().delete(&name));
}

/// `cacheNames(requestId)`
pub(super) fn names<'s>(
    scope: &mut v8::PinScope<'s, '_>,
    (Starting(request),): (Starting,),
    mut result: v8::ReturnValue<'s>,
) {
    let names = request.caches().names();
    let names: Option<Vec<v8::Local<'_, v8::Value>>> =
        names.iter().map(|name| Some(v8::String::new(scope, name)?.into())).collect();
    if let Some(names) = names {
        result.set(v8::Array::new_with_elements(scope, &names).into());
    }
}

/// `cacheMatch(requestId, cache, key, options)`: undefined or a response: see [`to_js`].
pub(super) fn find<'s>(
    scope: &mut v8::PinScope<'s, '_>,
    (Starting(request), which, key, options): (Starting, Which, Key, Options),
    mut result: v8::ReturnValue<'s>,
) {
    if let Some(answer) = request.caches().find(&which, &key, options) {
        match to_js(scope, &request, &answer) {
            Ok(answer) => result.set(answer.into()),
            Err(message) => throw_type_error(scope, &message),
        }
    }
}

/// `cacheMatchAll(requestId, cache, key, options)`: an array of responses; all without a key (undefined).
pub(super) fn find_all<'s>(
    scope: &mut v8::PinScope<'s, '_>,
    (Starting(request), which, key, options): (Starting, Which, OrAll, Options),
    mut result: v8::ReturnValue<'s>,
) {
    let now = Instant::now();
    let found = request.caches().find_all(&which, key.0.as_ref(), options);
    let mut answers = Vec::with_capacity(found.len());
    for entry in found {
        match to_js(scope, &request, &Answer::whole(entry, now)) {
            Ok(answer) => answers.push(answer.into()),
            Err(message) => return throw_type_error(scope, &message),
        }
    }
    result.set(v8::Array::new_with_elements(scope, &answers).into());
}

/// `cacheKeys(requestId, cache, key, options)`: an array of the URL and the headers of each request; likewise.
pub(super) fn keys<'s>(
    scope: &mut v8::PinScope<'s, '_>,
    (Starting(request), which, key, options): (Starting, Which, OrAll, Options),
    mut result: v8::ReturnValue<'s>,
) {
    let found = request.caches().find_all(&which, key.0.as_ref(), options);
    let mut keys: Vec<v8::Local<'_, v8::Value>> = Vec::with_capacity(2 * found.len());
    for entry in found {
        let url = v8::String::new(scope, entry.url());
        let headers = headers_to_js(scope, entry.request_headers());
        let (Some(url), Some(headers)) = (url, headers) else { return };
        keys.extend([v8::Local::<v8::Value>::from(url), headers.into()]);
    }
    result.set(v8::Array::new_with_elements(scope, &keys).into());
}

/// `cacheRemove(requestId, cache, key, options)`: whether there was anything.
pub(super) fn remove<'s>(
    _scope: &mut v8::PinScope<'s, '_>,
    (Starting(request), which, key, options): (Starting, Which, Key, Options),
    mut result: v8::ReturnValue<'s>,
) {
    result.set_bool(request.caches().remove(&which, &key, options));
}

/// `cachePut(requestId, operationId, cache, key, response, body)`: true if that is done. Otherwise the operation reads the
/// body, and keeps the response when all of it has come.
pub(super) fn put<'s>(
    scope: &mut v8::PinScope<'s, '_>,
    (Starting(request), operation, which, key, head, body): (Starting, u64, Which, Key, Head, GivenBody),
    mut result: v8::ReturnValue<'s>,
) {
    let mut put = head.put_for(key);
    let caches = request.caches().clone();
    let body = match body {
        GivenBody::Whole(body) => {
            if caches.judge(&mut put) == Verdict::Kept {
                caches.put(&which, put, whole(body));
            }
            return result.set_bool(true);
        }
        GivenBody::Streams(id) => {
            put.is_coded = bodies::goes_coded(scope, id, put.headers_mut());
            bodies::take(scope, id, put.headers_mut(), (&request, PartOf::Upload))
        }
    };
    let Some(body) = body else { return throw_type_error(scope, "the body has been used") };
    if caches.judge(&mut put) == Verdict::Refused {
        return result.set_bool(true);
    }
    let longest = caches.longest_body();
    let keep = move |bytes: Option<Bytes>| match bytes {
        Some(bytes) => caches.put(&which, put, bytes),
        None => caches.refuse(),
    };
    if let Err(error) = request.start_keeping(operation, body, longest, keep) {
        throw_start_error(scope, error);
    }
}

fn whole(body: Body) -> Bytes {
    match body {
        Body::Full(bytes) => bytes,
        Body::Empty | Body::Stream(_) => Bytes::new(),
    }
}

/// `[status, statusText, headers, body, isCoded, type, url, redirected]`, or why not.
fn to_js<'s>(
    scope: &mut v8::PinScope<'s, '_>,
    request: &Request,
    answer: &Answer,
) -> Result<v8::Local<'s, v8::Array>, String> {
    let codings = if answer.entry.is_coded() { Codings::of(&answer.headers) } else { None };
    let is_coded = codings.is_some() && !answer.body.is_empty();
    let lent = answer.lend(request.budget()).map_err(|exceeded| exceeded.to_string())?;
    let body = request.receive_kept(lent, codings).map_err(|refused| refused.to_string())?;
    parts(scope, answer, &body, is_coded).ok_or_else(|| "the cached response is too large".to_owned())
}

/// `None` if they do not fit into the isolate.
fn parts<'s>(
    scope: &mut v8::PinScope<'s, '_>,
    answer: &Answer,
    body: &Received,
    is_coded: bool,
) -> Option<v8::Local<'s, v8::Array>> {
    let entry = &answer.entry;
    let body = received_to_js(scope, body)?;
    let text = match entry.status_text().filter(|_| answer.status == entry.status()) {
        Some(text) => text.as_bytes(),
        None if answer.status == entry.status() => b"",
        None => answer.status.canonical_reason().unwrap_or_default().as_bytes(),
    };
    let Origin { kind, url, redirected } = entry.origin();
    let parts = [
        v8::Integer::new_from_unsigned(scope, answer.status.as_u16().into()).into(),
        byte_string(scope, text)?.into(),
        headers_to_js(scope, &answer.headers)?.into(),
        body,
        v8::Boolean::new(scope, is_coded).into(),
        v8::String::new(scope, kind)?.into(),
        v8::String::new(scope, url)?.into(),
        v8::Boolean::new(scope, *redirected).into(),
    ];
    Some(v8::Array::new_with_elements(scope, &parts))
}

/// The name of a cache.
pub(super) struct Name(String);

impl<'s> FromV8<'s> for Name {
    fn from_v8(
        scope: &mut v8::PinScope<'s, '_>,
        value: v8::Local<'s, v8::Value>,
    ) -> Result<Self, ArgumentError> {
        bounded(scope, value, "the name of the cache is too long").map(Self)
    }
}

/// A string, unless it is longer than a URL may be.
fn bounded<'s>(
    scope: &mut v8::PinScope<'s, '_>,
    value: v8::Local<'s, v8::Value>,
    error: &'static str,
) -> Result<String, ArgumentError> {
    let units = v8::Local::<v8::String>::try_from(value).map_or(0, |string| string.length());
    if units > MAX_URL { Err(ArgumentError::Invalid(error)) } else { String::from_v8(scope, value) }
}

/// The default cache for null, any for undefined.
impl<'s> FromV8<'s> for Which {
    fn from_v8(
        scope: &mut v8::PinScope<'s, '_>,
        value: v8::Local<'s, v8::Value>,
    ) -> Result<Self, ArgumentError> {
        Ok(match value {
            null if null.is_null() => Self::Default,
            undefined if undefined.is_undefined() => Self::Any,
            name => Self::Named(Name::from_v8(scope, name)?.0),
        })
    }
}

/// Bits.
impl<'s> FromV8<'s> for Options {
    fn from_v8(
        scope: &mut v8::PinScope<'s, '_>,
        value: v8::Local<'s, v8::Value>,
    ) -> Result<Self, ArgumentError> {
        let bits = u32::from_v8(scope, value)?;
        Ok(Self { ignore_search: bits & 1 != 0, ignore_vary: bits & 2 != 0 })
    }
}

/// An element of an array as a `T`.
fn element<'s, T: FromV8<'s>>(
    scope: &mut v8::PinScope<'s, '_>,
    array: v8::Local<'s, v8::Array>,
    index: u32,
) -> Result<T, ArgumentError> {
    let value = array.get_index(scope, index).unwrap_or_else(|| v8::undefined(scope).into());
    T::from_v8(scope, value)
}

/// `[url, headers]`
impl<'s> FromV8<'s> for Key {
    fn from_v8(
        scope: &mut v8::PinScope<'s, '_>,
        value: v8::Local<'s, v8::Value>,
    ) -> Result<Self, ArgumentError> {
        let parts = v8::Local::<v8::Array>::from_v8(scope, value)?;
        let url = parts.get_index(scope, 0).unwrap_or_else(|| v8::undefined(scope).into());
        Ok(Self { url: bounded(scope, url, "the URL is too long")?, headers: element(scope, parts, 1)? })
    }
}

/// A key; none for undefined.
pub(super) struct OrAll(Option<Key>);

impl<'s> FromV8<'s> for OrAll {
    fn from_v8(
        scope: &mut v8::PinScope<'s, '_>,
        value: v8::Local<'s, v8::Value>,
    ) -> Result<Self, ArgumentError> {
        if value.is_undefined() {
            Ok(Self(None))
        } else {
            Key::from_v8(scope, value).map(|key| Self(Some(key)))
        }
    }
}

/// `[status, statusText, headers, type, url, redirected]`
pub(super) struct Head {
    status: StatusCode,
    status_text: Option<StatusText>,
    headers: HeaderMap,
    origin: Origin,
}

impl<'s> FromV8<'s> for Head {
    fn from_v8(
        scope: &mut v8::PinScope<'s, '_>,
        value: v8::Local<'s, v8::Value>,
    ) -> Result<Self, ArgumentError> {
        let parts = v8::Local::<v8::Array>::from_v8(scope, value)?;
        let text = element::<v8::Local<'_, v8::Value>>(scope, parts, 1)?;
        let url = element::<v8::Local<'_, v8::Value>>(scope, parts, 4)?;
        Ok(Self {
            status: element(scope, parts, 0)?,
            status_text: with_bytes(scope, text, StatusText::new).filter(|text| !text.as_bytes().is_empty()),
            headers: element(scope, parts, 2)?,
            origin: Origin {
                kind: element(scope, parts, 3)?,
                url: bounded(scope, url, "the URL of the response is too long")?,
                redirected: element(scope, parts, 5)?,
            },
        })
    }
}

impl Head {
    fn put_for(self, key: Key) -> Put {
        let mut put = Put::new(key.url, key.headers, self.status, self.headers);
        put.status_text = self.status_text;
        put.origin = self.origin;
        put
    }
}
