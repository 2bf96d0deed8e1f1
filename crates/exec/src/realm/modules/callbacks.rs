//! What V8 asks for.

use isolate::modules::{ModuleHost, provide_import_meta};

use crate::host::throw_type_error;
use crate::isolate_state::modules::{Key, ModuleMap};
use crate::realm::modules::failure::{Class, Refusal};
use crate::realm::modules::functions::{function, guarded};
use crate::realm::modules::graph::{Attributes, attributes, resolve, specifier_text};
use crate::realm::modules::{built_in, common_js, compile, dynamic};
use crate::vocabulary::built_in::BuiltInId;
use crate::vocabulary::module::ModuleKind;
use crate::vocabulary::worker_code::url_of;

/// See [`ModuleHost`].
pub(crate) enum Callbacks {}

/// Has V8 ask, on a new isolate.
pub(crate) fn install(isolate: &mut v8::Isolate) {
    provide_import_meta::<Callbacks>(isolate);
    isolate.set_host_import_module_dynamically_callback(dynamic::import);
}

impl ModuleHost for Callbacks {
    fn resolve<'s>(
        scope: &mut v8::PinScope<'s, '_>,
        specifier: v8::Local<'s, v8::String>,
        list: v8::Local<'s, v8::FixedArray>,
        referrer: v8::Local<'s, v8::Module>,
    ) -> Option<v8::Local<'s, v8::Module>> {
        let map = ModuleMap::current(scope)?;
        let importer = map.find(referrer)?;
        let specifier = specifier.to_rust_string_lossy(scope);
        let found = attributes(scope, list, Attributes::OfStatement)
            .and_then(|kind| resolve(&map, importer, &specifier, kind.as_deref()));
        match found {
            // It has been compiled before its importer is linked.
            Ok(target) => map.get_target(scope, target),
            Err(refusal) => {
                refusal.throw(scope);
                None
            }
        }
    }

    fn evaluate<'s>(scope: &mut v8::PinScope<'s, '_>, module: v8::Local<'s, v8::Module>) -> Option<()> {
        let map = ModuleMap::current(scope)?;
        let Some(key) = map.find(module) else {
            let id = map.find_built_in(module)?;
            return built_in::set_exports(scope, &map, id, module);
        };
        let default = v8::String::new(scope, "default")?;
        if key.kind != ModuleKind::CommonJs {
            let value = compile::data(scope, &map, key)?;
            module.set_synthetic_module_export(scope, default, value)?;
            return Some(());
        }
        let exports = common_js::evaluate(scope, &map, key)?;
        module.set_synthetic_module_export(scope, default, exports)?;
        let Ok(exports) = v8::Local::<v8::Object>::try_from(exports) else { return Some(()) };
        for name in map.source_of(key).exports().filter(|name| *name != "default") {
            let name = v8::String::new(scope, name)?;
            let value = exports.get(scope, name.into())?;
            module.set_synthetic_module_export(scope, name, value)?;
        }
        Some(())
    }

    fn import_meta<'s>(
        scope: &mut v8::PinScope<'s, '_>,
        module: v8::Local<'s, v8::Module>,
        meta: v8::Local<'s, v8::Object>,
    ) {
        if let Some(map) = ModuleMap::current(scope)
            && let Some(key) = map.find(module)
        {
            // What fails for lack of memory is not there.
            let _properties = fill(scope, &map, key, meta);
        }
    }
}

fn fill<'s>(
    scope: &mut v8::PinScope<'s, '_>,
    map: &ModuleMap,
    key: Key,
    meta: v8::Local<'s, v8::Object>,
) -> Option<()> {
    let url = v8::String::new(scope, url_of(map.source_of(key).name())?.as_str())?;
    let is_main = v8::Boolean::new(scope, key == map.main());
    let index = v8::Integer::new_from_unsigned(scope, key.index).into();
    let resolve = function(scope, "resolve", resolve_url, index)?;
    for (name, value) in [("url", url.into()), ("main", is_main.into()), ("resolve", resolve.into())] {
        let name = v8::String::new(scope, name)?;
        meta.create_data_property(scope, name.into(), value)?;
    }
    Some(())
}

/// `import.meta.resolve(specifier)`
fn resolve_url<'s>(
    scope: &mut v8::PinScope<'s, '_>,
    arguments: v8::FunctionCallbackArguments<'s>,
    mut result: v8::ReturnValue<'s>,
) {
    guarded(scope, |scope| {
        let Some(specifier) = arguments.get(0).to_string(scope) else { return };
        let specifier = match specifier_text(scope, specifier) {
            Ok(specifier) => specifier,
            Err(refusal) => return refusal.throw(scope),
        };
        let index = arguments.data().uint32_value(scope).unwrap_or(0);
        let Some(map) = ModuleMap::current(scope) else {
            return throw_type_error(scope, "the worker is gone");
        };
        let importer = map.own_key(index as usize);
        let own = map.script().code().url_of(map.source_of(importer), &specifier);
        match own.or_else(|| BuiltInId::find(&specifier).map(BuiltInId::url)) {
            Some(url) => {
                if let Some(url) = v8::String::new(scope, &url) {
                    result.set(url.into());
                }
            }
            None => {
                let message =
                    format!("cannot find module '{specifier}' imported by {}", map.file_of(importer));
                Refusal { class: Class::NotFound, message, at: None }.throw(scope);
            }
        }
    });
}
