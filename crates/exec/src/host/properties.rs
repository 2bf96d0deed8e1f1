//! Properties of guest objects, for formatting and copying them.
//!
//! `Object.keys` and `Reflect.ownKeys` of an array or a typed array make a string of every index, which takes seconds
//! for millions and cannot be interrupted. V8 can leave the indices out; JavaScript cannot ask for that.

use v8::{GetPropertyNamesArgsBuilder, IndexFilter, KeyCollectionMode, PropertyFilter};

/// `namedKeys(object)`: the names of its enumerable properties, without indices and symbols. Lets the exception pass if
/// a Proxy throws one.
pub(super) fn named_keys(
    scope: &mut v8::PinScope<'_, '_>,
    arguments: v8::FunctionCallbackArguments<'_>,
    mut result: v8::ReturnValue<'_>,
) {
    let Ok(object) = v8::Local::<v8::Object>::try_from(arguments.get(0)) else { return };
    let wanted = GetPropertyNamesArgsBuilder::new()
        .mode(KeyCollectionMode::OwnOnly)
        .property_filter(PropertyFilter::ONLY_ENUMERABLE | PropertyFilter::SKIP_SYMBOLS)
        .index_filter(IndexFilter::SkipIndices)
        .build();
    if let Some(keys) = object.get_property_names(scope, wanted) {
        result.set(keys.into());
    }
}

/// `proxyTarget(value)`: what a Proxy stands for, null if it has been revoked; undefined for anything else.
pub(super) fn proxy_target(
    scope: &mut v8::PinScope<'_, '_>,
    arguments: v8::FunctionCallbackArguments<'_>,
    mut result: v8::ReturnValue<'_>,
) {
    if let Ok(proxy) = v8::Local::<v8::Proxy>::try_from(arguments.get(0)) {
        result.set(proxy.get_target(scope));
    }
}
