//! Globals whose value is made when they are read for the first time.
//!
//! To code they look like any other: V8 has the value made also for whoever asks for the descriptor of the property.

use std::ffi::c_void;

use v8::{AccessorNameGetterCallback, MapFnTo, PropertyAttribute, SideEffectType};

/// The name of the private property of the global object with the function that makes the values.
const LOADER: &str = "loadGlobal";

/// Defines them on the global object of the current context. The function `loadGlobal` of the entry points makes the
/// values. `None` with an exception pending.
pub(crate) fn define(
    scope: &mut v8::PinScope<'_, '_>,
    entry_points: v8::Local<'_, v8::Object>,
    names: impl Iterator<Item = &'static str>,
) -> Option<()> {
    let global = scope.get_current_context().global(scope);
    let (loader, key) = (v8::String::new(scope, LOADER)?, key(scope)?);
    let loader = entry_points.get(scope, loader.into())?;
    global.set_private(scope, key, loader)?;
    let undefined = v8::undefined(scope).into();
    for name in names {
        let attributes = if is_member(name) { PropertyAttribute::NONE } else { PropertyAttribute::DONT_ENUM };
        let name = v8::String::new(scope, name)?.into();
        global.set_lazy_data_property_with_data(
            scope,
            name,
            get,
            undefined,
            attributes,
            SideEffectType::HasSideEffect,
            SideEffectType::HasSideEffect,
        )?;
    }
    Some(())
}

/// Whether it is an operation or an attribute, which are enumerable by Web IDL, and no interface or namespace.
fn is_member(name: &str) -> bool {
    name.starts_with(|first: char| first.is_ascii_lowercase()) && name != "console"
}

/// What a snapshot with such globals refers to.
pub(super) fn reference() -> v8::ExternalReference {
    let getter: AccessorNameGetterCallback = get.map_fn_to();
    v8::ExternalReference { pointer: getter as *mut c_void }
}

fn key<'s>(scope: &mut v8::PinScope<'s, '_>) -> Option<v8::Local<'s, v8::Private>> {
    let name = v8::String::new(scope, LOADER)?;
    Some(v8::Private::for_api(scope, Some(name)))
}

fn get(
    scope: &mut v8::PinScope<'_, '_>,
    name: v8::Local<'_, v8::Name>,
    arguments: v8::PropertyCallbackArguments<'_>,
    mut result: v8::ReturnValue<'_, v8::Value>,
) {
    if let Some(value) = load(scope, name, arguments.holder()) {
        result.set(value);
    }
}

/// `None` with an exception pending.
fn load<'s>(
    scope: &mut v8::PinScope<'s, '_>,
    name: v8::Local<'_, v8::Name>,
    global: v8::Local<'_, v8::Object>,
) -> Option<v8::Local<'s, v8::Value>> {
    let key = key(scope)?;
    let loader = global.get_private(scope, key)?;
    let loader = v8::Local::<v8::Function>::try_from(loader).ok()?;
    let (this, name) = (v8::undefined(scope).into(), v8::Local::new(scope, name));
    loader.call(scope, this, &[name.into()])
}
