//! Properties of guest objects, for formatting and copying them.
//!
//! `Object.keys` and `Reflect.ownKeys` make a string of every index, which takes seconds for millions and cannot be
//! interrupted. V8 can leave the indices out, or give them as the numbers that they are; JavaScript cannot ask for that.
//!
//! Nor can V8 be interrupted while it lists the names of an object. That takes about a third of the time that it took to
//! give the object these names (`Reflect.ownKeys`, which also lists what is not enumerable, takes as long as that), and
//! there is no cheaper question to ask first.

use v8::{GetPropertyNamesArgsBuilder, IndexFilter, KeyCollectionMode, KeyConversionMode, PropertyFilter};

/// `namedKeys(object, hidden)`: the names of its enumerable properties, without indices and symbols; of all, if `hidden` is
/// true. Lets the exception pass if a Proxy throws one.
pub(super) fn named_keys<'s>(
    scope: &mut v8::PinScope<'s, '_>,
    (object, hidden): (v8::Local<'s, v8::Value>, bool),
    mut result: v8::ReturnValue<'_>,
) {
    if let Some(keys) = list(scope, object, IndexFilter::SkipIndices, hidden) {
        result.set(keys.into());
    }
}

/// `fieldKeys(object, most, hidden)`: as `Object.keys`, but with numbers for indices; as `Object.getOwnPropertyNames` if
/// `hidden` is true. Null for an object that has a length if that
/// is more than `most`: an index takes a few bits there.
pub(super) fn field_keys<'s>(
    scope: &mut v8::PinScope<'s, '_>,
    (value, most, hidden): (v8::Local<'s, v8::Value>, f64, bool),
    mut result: v8::ReturnValue<'_>,
) {
    if length(scope, value) as f64 > most {
        result.set_null();
    } else if let Some(keys) = list(scope, value, IndexFilter::IncludeIndices, hidden) {
        result.set(keys.into());
    }
}

/// The names of its enumerable properties.
pub(super) fn keys<'s>(
    scope: &v8::PinScope<'s, '_>,
    value: v8::Local<'_, v8::Value>,
    indices: IndexFilter,
) -> Option<v8::Local<'s, v8::Array>> {
    list(scope, value, indices, false)
}

fn list<'s>(
    scope: &v8::PinScope<'s, '_>,
    value: v8::Local<'_, v8::Value>,
    indices: IndexFilter,
    hidden: bool,
) -> Option<v8::Local<'s, v8::Array>> {
    let object = v8::Local::<v8::Object>::try_from(value).ok()?;
    let shown = if hidden { PropertyFilter::ALL_PROPERTIES } else { PropertyFilter::ONLY_ENUMERABLE };
    let wanted = GetPropertyNamesArgsBuilder::new()
        .mode(KeyCollectionMode::OwnOnly)
        .property_filter(shown | PropertyFilter::SKIP_SYMBOLS)
        .index_filter(indices)
        .key_conversion(KeyConversionMode::KeepNumbers)
        .build();
    object.get_property_names(scope, wanted)
}

/// The length of an array, a typed array or a `String` object; 0 of others.
fn length(scope: &v8::PinScope<'_, '_>, value: v8::Local<'_, v8::Value>) -> usize {
    if let Ok(array) = v8::Local::<v8::TypedArray>::try_from(value) {
        array.length()
    } else if let Ok(array) = v8::Local::<v8::Array>::try_from(value) {
        array.length() as usize
    } else if let Ok(string) = v8::Local::<v8::StringObject>::try_from(value) {
        // A property that nobody can change.
        let length = v8::String::new(scope, "length").and_then(|name| string.get(scope, name.into()));
        length.and_then(|length| length.uint32_value(scope)).unwrap_or(0) as usize
    } else {
        0
    }
}

/// `proxyTarget(value)`: what a Proxy stands for, null if it has been revoked; undefined for anything else.
pub(super) fn proxy_target<'s>(
    scope: &mut v8::PinScope<'s, '_>,
    (proxy,): (Option<v8::Local<'s, v8::Proxy>>,),
    mut result: v8::ReturnValue<'_>,
) {
    if let Some(proxy) = proxy {
        result.set(proxy.get_target(scope));
    }
}

/// `proxyHandler(proxy)`: what has the traps of a Proxy.
pub(super) fn proxy_handler<'s>(
    scope: &mut v8::PinScope<'s, '_>,
    (proxy,): (v8::Local<'s, v8::Proxy>,),
    mut result: v8::ReturnValue<'_>,
) {
    result.set(proxy.get_handler(scope));
}
