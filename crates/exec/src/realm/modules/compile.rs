//! Compiling one module.

use isolate::modules::synthetic_module;
use isolate::{TypeSection, shared_text};
use v8::script_compiler::{NoCacheReason, compile_module2};

use crate::host::{is_deeper, script_origin, throw_range_error, throw_type_error, with_room_for_wasm};
use crate::isolate_state::compiled::Compiled;
use crate::isolate_state::modules::{Key, ModuleMap};
use crate::realm::modules::callbacks::Callbacks;
use crate::realm::modules::failure::{Class, Failure, Refusal};
use crate::realm::modules::graph::{Place, location};
use crate::vocabulary::code_cache::CodeForm;
use crate::vocabulary::location::SourceLocation;
use crate::vocabulary::module::{ModuleKind, ModuleSource};

/// Values of a JSON module in each other. The memory that V8's parser needs for them is beside the heap.
const MAX_JSON_DEPTH: u32 = 100_000;

/// Compiles the module, which is imported there, and puts it into the map.
pub(crate) fn compile<'s>(
    scope: &mut v8::PinScope<'s, '_>,
    map: &ModuleMap,
    key: Key,
    imported_at: Option<Place>,
) -> Result<v8::Local<'s, v8::Module>, Failure> {
    let name = v8::String::new(scope, map.file_of(key)).ok_or(Failure::Thrown(None))?;
    let (module, value) = match key.kind {
        ModuleKind::Esm | ModuleKind::Detected => {
            (source_text(scope, map, key, name).ok_or(Failure::Thrown(None))?, None)
        }
        ModuleKind::CommonJs => {
            let mut exports = vec![default_name(scope)?];
            for name in map.source_of(key).exports().filter(|name| *name != "default") {
                exports.push(v8::String::new(scope, name).ok_or(Failure::Thrown(None))?);
            }
            (synthetic_module::<Callbacks>(scope, name, &exports), None)
        }
        ModuleKind::Json | ModuleKind::Wasm => {
            let value = match key.kind {
                ModuleKind::Json => json(scope, map, key)?,
                _ => wasm(scope, map, key, imported_at)?,
            };
            let exports = [default_name(scope)?];
            (synthetic_module::<Callbacks>(scope, name, &exports), Some(value))
        }
        ModuleKind::Text | ModuleKind::Bytes => {
            let exports = [default_name(scope)?];
            (synthetic_module::<Callbacks>(scope, name, &exports), None)
        }
    };
    map.insert(scope, key, module, value);
    Ok(module)
}

fn default_name<'s>(scope: &mut v8::PinScope<'s, '_>) -> Result<v8::Local<'s, v8::String>, Failure> {
    v8::String::new(scope, "default").ok_or(Failure::Thrown(None))
}

/// Compiles an ES module; `None` with an exception pending.
fn source_text<'s>(
    scope: &mut v8::PinScope<'s, '_>,
    map: &ModuleMap,
    key: Key,
    name: v8::Local<'s, v8::String>,
) -> Option<v8::Local<'s, v8::Module>> {
    let text = text(scope, map, key)?;
    let origin = script_origin(scope, name, true);
    let (module, from) = map.cached(key, CodeForm::Module).compile(text, &origin, |source, options| {
        compile_module2(scope, source, options, NoCacheReason::NoReason)
    })?;
    if let Some(from) = from {
        let script = module.get_unbound_module_script(scope);
        map.code().note(from, Compiled::Module(v8::Global::new(scope, script)));
    }
    Some(module)
}

/// The source of the module as a string; see [`shared_text`].
pub(crate) fn text<'s>(
    scope: &mut v8::PinScope<'s, '_>,
    map: &ModuleMap,
    key: Key,
) -> Option<v8::Local<'s, v8::String>> {
    match map.source_of(key).source() {
        ModuleSource::Text(text) => shared_text(scope, text),
        ModuleSource::Bytes(bytes) => v8::String::new(scope, &String::from_utf8_lossy(bytes)),
    }
}

fn json<'s>(
    scope: &mut v8::PinScope<'s, '_>,
    map: &ModuleMap,
    key: Key,
) -> Result<v8::Local<'s, v8::Value>, Failure> {
    let bytes = map.source_of(key).source().as_bytes();
    if is_deeper(bytes.iter().map(|byte| u16::from(*byte)), MAX_JSON_DEPTH) {
        let message = format!("{} is nested more than {MAX_JSON_DEPTH} levels deep", map.file_of(key));
        return Err(Failure::Refused(Refusal { class: Class::Syntax, message, at: None }));
    }
    let text = text(scope, map, key).ok_or(Failure::Thrown(None))?;
    v8::tc_scope!(let scope, scope);
    match v8::json::parse(scope, text) {
        Some(value) => Ok(value),
        None => {
            let at = scope.message().and_then(|message| {
                let line = u32::try_from(message.get_line_number(scope)?).ok()?;
                let column = u32::try_from(message.get_start_column()).ok()?.saturating_add(1);
                SourceLocation::new(map.script(), map.file_of(key), line, column, 0)
            });
            scope.rethrow();
            Err(Failure::Thrown(at))
        }
    }
}

fn wasm<'s>(
    scope: &mut v8::PinScope<'s, '_>,
    map: &ModuleMap,
    key: Key,
    imported_at: Option<Place>,
) -> Result<v8::Local<'s, v8::Value>, Failure> {
    let failed = |place: Option<Place>| Failure::Thrown(place.and_then(|place| location(map, place)));
    let bytes = map.source_of(key).source().as_bytes();
    let compile = |scope: &mut v8::PinScope<'s, '_>| v8::WasmModuleObject::compile(scope, bytes);
    let compiled = match TypeSection::find(bytes.len(), |index| bytes[index]) {
        None => Ok(compile(scope)),
        Some(types) => with_room_for_wasm(scope, &types, compile),
    };
    match compiled {
        Ok(module) => module.map(Into::into).ok_or_else(|| failed(imported_at)),
        Err(refusal) => {
            throw_range_error(scope, &format!("the module is not compiled: {refusal}"));
            Err(failed(imported_at))
        }
    }
}

/// The default export of a module that is data.
pub(crate) fn data<'s>(
    scope: &mut v8::PinScope<'s, '_>,
    map: &ModuleMap,
    key: Key,
) -> Option<v8::Local<'s, v8::Value>> {
    match key.kind {
        ModuleKind::Text => text(scope, map, key).map(Into::into),
        ModuleKind::Bytes => {
            let bytes = crate::host::bytes_to_js(scope, map.source_of(key).source().as_bytes());
            if bytes.is_none() {
                throw_type_error(scope, "the module is too large");
            }
            bytes.map(Into::into)
        }
        _ => map.value_of(scope, key),
    }
}
