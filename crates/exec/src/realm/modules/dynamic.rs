//! `import()`.
//!
//! What it means is decided at once, so that the error of one that means nothing has the stack of its caller. The rest
//! happens in a reaction to a promise, which belongs to the same request: V8 keeps whose code runs with it. By then no
//! module is being evaluated on the stack.

use std::sync::Arc;

use isolate::modules::link_module;
use v8::MapFnTo;

use crate::isolate_state::modules::{Import, ModuleMap, Target};
use crate::realm::modules::built_in;
use crate::realm::modules::callbacks::Callbacks;
use crate::realm::modules::functions::{function, guarded};
use crate::realm::modules::graph::{self, Attributes, attributes, resolve, specifier_text};

/// V8's callback. `None` with an exception pending.
pub(crate) fn import<'s>(
    scope: &mut v8::PinScope<'s, '_>,
    _options: v8::Local<'s, v8::Data>,
    referrer: v8::Local<'s, v8::Value>,
    specifier: v8::Local<'s, v8::String>,
    list: v8::Local<'s, v8::FixedArray>,
) -> Option<v8::Local<'s, v8::Promise>> {
    let resolver = v8::PromiseResolver::new(scope)?;
    let promise = resolver.get_promise(scope);
    guarded(scope, |scope| {
        v8::tc_scope!(let scope, scope);
        if begin(scope, resolver, referrer, specifier, list).is_none() {
            reject(scope, resolver);
        }
    });
    Some(promise)
}

fn begin<'s>(
    scope: &mut v8::PinScope<'s, '_>,
    resolver: v8::Local<'s, v8::PromiseResolver>,
    referrer: v8::Local<'s, v8::Value>,
    specifier: v8::Local<'s, v8::String>,
    list: v8::Local<'s, v8::FixedArray>,
) -> Option<()> {
    let map = ModuleMap::current(scope)?;
    let importer = map.of_file(&referrer.to_rust_string_lossy(scope));
    let found = specifier_text(scope, specifier).and_then(|specifier| {
        let kind = attributes(scope, list, Attributes::OfCall)?;
        resolve(&map, importer, &specifier, kind.as_deref())
    });
    let target = match found {
        Ok(target) => target,
        Err(refusal) => {
            refusal.throw(scope);
            return None;
        }
    };
    let start = v8::PromiseResolver::new(scope)?;
    let undefined = v8::undefined(scope).into();
    start.resolve(scope, undefined)?;
    let resolver = v8::Global::new(scope, resolver);
    let number = map.begin_import(Import { target, resolver });
    let go_on = numbered(scope, go_on, number)?;
    start.get_promise(scope).then2(scope, go_on, go_on)?;
    Some(())
}

/// A callback for the import of this number.
fn numbered<'s>(
    scope: &mut v8::PinScope<'s, '_>,
    callback: impl MapFnTo<v8::FunctionCallback>,
    number: u64,
) -> Option<v8::Local<'s, v8::Function>> {
    let number = v8::Number::new(scope, number as f64).into();
    function(scope, "", callback, number)
}

/// The map and the number of the import that the callback is for.
fn import_of<'s>(
    scope: &mut v8::PinScope<'s, '_>,
    arguments: &v8::FunctionCallbackArguments<'s>,
) -> Option<(Arc<ModuleMap>, u64)> {
    let number = arguments.data().number_value(scope)? as u64;
    Some((ModuleMap::current(scope)?, number))
}

fn go_on<'s>(
    scope: &mut v8::PinScope<'s, '_>,
    arguments: v8::FunctionCallbackArguments<'s>,
    _result: v8::ReturnValue<'s>,
) {
    guarded(scope, |scope| {
        let Some((map, number)) = import_of(scope, &arguments) else { return };
        let Some(import) = map.import(number) else { return };
        v8::tc_scope!(let scope, scope);
        if evaluate(scope, &map, number, import.target).is_none() {
            map.end_import(number);
            let resolver = v8::Local::new(scope, import.resolver);
            reject(scope, resolver);
        }
    });
}

fn evaluate(scope: &mut v8::PinScope<'_, '_>, map: &ModuleMap, number: u64, target: Target) -> Option<()> {
    let completion = run(scope, map, target)?;
    let done = numbered(scope, done, number)?;
    let failed = numbered(scope, failed, number)?;
    completion.then2(scope, done, failed).map(drop)
}

/// Compiles, links and begins to evaluate the module and what it imports. `None` with an exception pending.
fn run<'s>(
    scope: &mut v8::PinScope<'s, '_>,
    map: &ModuleMap,
    target: Target,
) -> Option<v8::Local<'s, v8::Promise>> {
    let module = match target {
        Target::Own(key) => match graph::load(scope, map, key) {
            Ok(module) => module,
            Err(failure) => {
                failure.throw(scope);
                return None;
            }
        },
        Target::BuiltIn(id) => built_in::module(scope, map, id)?,
    };
    link_module::<Callbacks>(scope, module)?;
    let completion = module.evaluate(scope)?;
    v8::Local::try_from(completion).ok()
}

/// The module has been evaluated.
fn done<'s>(
    scope: &mut v8::PinScope<'s, '_>,
    arguments: v8::FunctionCallbackArguments<'s>,
    _result: v8::ReturnValue<'s>,
) {
    guarded(scope, |scope| {
        let Some((map, number)) = import_of(scope, &arguments) else { return };
        let Some(Import { target, resolver }) = map.end_import(number) else { return };
        if let Some(module) = map.get_target(scope, target) {
            let resolver = v8::Local::new(scope, resolver);
            resolver.resolve(scope, module.get_module_namespace());
        }
    });
}

/// Its evaluation has failed.
fn failed<'s>(
    scope: &mut v8::PinScope<'s, '_>,
    arguments: v8::FunctionCallbackArguments<'s>,
    _result: v8::ReturnValue<'s>,
) {
    guarded(scope, |scope| {
        let Some((map, number)) = import_of(scope, &arguments) else { return };
        let Some(Import { resolver, .. }) = map.end_import(number) else { return };
        let resolver = v8::Local::new(scope, resolver);
        resolver.reject(scope, arguments.get(0));
    });
}

/// Rejects with what has been thrown. Nothing has if JavaScript was interrupted; its context is given up then.
fn reject<'s>(
    scope: &mut v8::PinnedRef<'_, v8::TryCatch<'_, 's, v8::HandleScope<'_>>>,
    resolver: v8::Local<'s, v8::PromiseResolver>,
) {
    if scope.has_terminated() {
        return;
    }
    let exception = scope.exception();
    scope.reset();
    let reason = exception.unwrap_or_else(|| v8::undefined(scope).into());
    resolver.reject(scope, reason);
}
