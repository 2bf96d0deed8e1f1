//! CommonJS: a module is the body of a function that gets `exports`, `require` and `module`, and `__filename` and
//! `__dirname`, which are paths from the worker's root.
//!
//! A module is evaluated once, by whichever `require` or `import` is first; who asks for it meanwhile gets what it has
//! exported so far. `require` of an ES module gives its namespace if nothing in its graph awaits.

use isolate::modules::link_module;
use v8::script_compiler::{NoCacheReason, compile_function};

use crate::host::{script_origin, throw_type_error};
use crate::isolate_state::IsolateState;
use crate::isolate_state::compiled::Compiled;
use crate::isolate_state::modules::{Key, ModuleMap, Target};
use crate::realm::modules::callbacks::Callbacks;
use crate::realm::modules::compile::text;
use crate::realm::modules::failure::{Class, Refusal};
use crate::realm::modules::functions::{function, guarded};
use crate::realm::modules::graph;
use crate::vocabulary::code_cache::CodeForm;
use crate::vocabulary::module::ModuleKind;

/// The `module.exports` of a CommonJS module, which is evaluated unless it was. `None` with an exception pending.
pub(crate) fn evaluate<'s>(
    scope: &mut v8::PinScope<'s, '_>,
    map: &ModuleMap,
    key: Key,
) -> Option<v8::Local<'s, v8::Value>> {
    let exports = v8::String::new(scope, "exports")?;
    let module = match map.common_js(scope, key) {
        Some(module) => module,
        None => {
            let module = v8::Object::new(scope);
            map.set_common_js(scope, key, Some(module));
            if run(scope, map, key, module).is_none() {
                map.set_common_js(scope, key, None);
                return None;
            }
            module
        }
    };
    module.get(scope, exports.into())
}

fn run<'s>(
    scope: &mut v8::PinScope<'s, '_>,
    map: &ModuleMap,
    key: Key,
    module: v8::Local<'s, v8::Object>,
) -> Option<()> {
    let path = format!("/{}", map.source_of(key).name());
    let folder =
        path.rsplit_once('/').map_or("/", |(folder, _)| if folder.is_empty() { "/" } else { folder });
    let filename = v8::String::new(scope, &path)?;
    let folder = v8::String::new(scope, folder)?;
    let exports = v8::Object::new(scope);
    let loaded = v8::Boolean::new(scope, false).into();
    for (name, value) in [("exports", exports.into()), ("id", filename.into()), ("loaded", loaded)] {
        set(scope, module, name, value)?;
    }
    let index = v8::Integer::new_from_unsigned(scope, key.index).into();
    let require = function(scope, "require", require, index)?;
    let wrapper = compile(scope, map, key)?;
    let arguments = [exports.into(), require.into(), module.into(), filename.into(), folder.into()];
    wrapper.call(scope, exports.into(), &arguments)?;
    let loaded = v8::Boolean::new(scope, true).into();
    set(scope, module, "loaded", loaded)
}

fn set<'s>(
    scope: &mut v8::PinScope<'s, '_>,
    object: v8::Local<'s, v8::Object>,
    name: &str,
    value: v8::Local<'s, v8::Value>,
) -> Option<()> {
    let name = v8::String::new(scope, name)?;
    object.create_data_property(scope, name.into(), value).map(drop)
}

fn compile<'s>(
    scope: &mut v8::PinScope<'s, '_>,
    map: &ModuleMap,
    key: Key,
) -> Option<v8::Local<'s, v8::Function>> {
    let text = text(scope, map, key)?;
    let name = v8::String::new(scope, map.file_of(key))?;
    let mut parameters = Vec::with_capacity(5);
    for name in ["exports", "require", "module", "__filename", "__dirname"] {
        parameters.push(v8::String::new(scope, name)?);
    }
    let origin = script_origin(scope, name, false);
    let (function, from) =
        map.cached(key, CodeForm::Function).compile(text, &origin, |source, options| {
            compile_function(scope, source, &parameters, &[], options, NoCacheReason::NoReason)
        })?;
    if let Some(from) = from {
        map.code().note(from, Compiled::Function(v8::Global::new(scope, function)));
    }
    Some(function)
}

/// `require(specifier)`
fn require<'s>(
    scope: &mut v8::PinScope<'s, '_>,
    arguments: v8::FunctionCallbackArguments<'s>,
    mut result: v8::ReturnValue<'s>,
) {
    guarded(scope, |scope| {
        let Ok(specifier) = v8::Local::<v8::String>::try_from(arguments.get(0)) else {
            return throw_type_error(scope, "require: the specifier is not a string");
        };
        let index = arguments.data().uint32_value(scope).unwrap_or(0);
        let Some(map) = ModuleMap::current(scope) else {
            return throw_type_error(scope, "the worker is gone");
        };
        let found = graph::specifier_text(scope, specifier)
            .and_then(|specifier| graph::resolve(&map, map.own_key(index as usize), &specifier, None));
        match found {
            Ok(target) => {
                let value = match target {
                    Target::Own(key) => value_of(scope, &map, key),
                    Target::BuiltIn(id) => map.built_in_exports(scope, id),
                };
                if let Some(value) = value {
                    result.set(value);
                }
            }
            Err(Refusal { message, .. }) => {
                Refusal { class: Class::Plain("MODULE_NOT_FOUND"), message, at: None }.throw(scope);
            }
        }
    });
}

/// What `require` returns. `None` with an exception pending.
fn value_of<'s>(
    scope: &mut v8::PinScope<'s, '_>,
    map: &ModuleMap,
    key: Key,
) -> Option<v8::Local<'s, v8::Value>> {
    if key.kind == ModuleKind::CommonJs {
        return evaluate(scope, map, key);
    }
    let module = match graph::load(scope, map, key) {
        Ok(module) => module,
        Err(failure) => {
            failure.throw(scope);
            return None;
        }
    };
    let refuse = |scope: &mut v8::PinScope<'s, '_>, code, what| {
        let message = format!("require() of {} {what}", map.file_of(key));
        Refusal { class: Class::Plain(code), message, at: None }.throw(scope);
    };
    if graph::is_being_evaluated(scope, map, key) {
        refuse(scope, "ERR_REQUIRE_CYCLE_MODULE", "in a cycle: an ES module in it is being evaluated");
        return None;
    }
    link_module::<Callbacks>(scope, module)?;
    if module.is_graph_async() {
        refuse(scope, "ERR_REQUIRE_ASYNC_MODULE", "which has a top-level await, or imports one that has");
        return None;
    }
    let completion = v8::Local::<v8::Promise>::try_from(module.evaluate(scope)?).ok()?;
    if completion.state() == v8::PromiseState::Rejected {
        completion.mark_as_handled();
        let reason = completion.result(scope);
        let known = v8::Global::new(scope, reason);
        IsolateState::of(scope).rejections.forget(&known);
        scope.throw_exception(reason);
        return None;
    }
    let namespace = v8::Local::<v8::Object>::try_from(module.get_module_namespace()).ok()?;
    if key.kind == ModuleKind::Esm {
        return interoperable(scope, namespace);
    }
    let default = v8::String::new(scope, "default")?;
    namespace.get(scope, default.into())
}

/// The namespace of an ES module as Node.js gives it to `require`: its export `module.exports` if it has one; and code
/// that was made of ES modules has to see that there is a default export.
fn interoperable<'s>(
    scope: &mut v8::PinScope<'s, '_>,
    namespace: v8::Local<'s, v8::Object>,
) -> Option<v8::Local<'s, v8::Value>> {
    let whole = v8::String::new(scope, "module.exports")?;
    if namespace.has_own_property(scope, whole.into())? {
        return namespace.get(scope, whole.into());
    }
    let default = v8::String::new(scope, "default")?;
    let mark = v8::String::new(scope, "__esModule")?;
    if !namespace.has_own_property(scope, default.into())?
        || namespace.has_own_property(scope, mark.into())?
    {
        return Some(namespace.into());
    }
    let is_module = v8::Boolean::new(scope, true).into();
    let marked =
        v8::Object::with_prototype_and_properties(scope, namespace.into(), &[mark.into()], &[is_module]);
    Some(marked.into())
}
