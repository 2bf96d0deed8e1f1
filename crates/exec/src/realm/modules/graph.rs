//! A module with all that it imports.

use crate::isolate_state::modules::{Key, ModuleMap, Target};
use crate::realm::modules::built_in;
use crate::realm::modules::compile::compile;
use crate::realm::modules::failure::{Class, Failure, Refusal};
use crate::vocabulary::built_in::BuiltInId;
use crate::vocabulary::location::SourceLocation;
use crate::vocabulary::module::ModuleKind;

/// Where a module imports something.
#[derive(Clone, Copy)]
pub(crate) struct Place {
    importer: Key,
    line: u32,
    column: u32,
    /// UTF-16 units of the specifier, with its quotes.
    length: u32,
}

/// Bytes of modules that are compiled before somebody looks whether the evaluation has been terminated.
const BETWEEN_LOOKS: usize = 1 << 20;

/// Compiles the module and everything it imports, as far as that has not been done. Takes them from a list, however deep
/// they import each other.
pub(crate) fn load<'s>(
    scope: &mut v8::PinScope<'s, '_>,
    map: &ModuleMap,
    root: Key,
) -> Result<v8::Local<'s, v8::Module>, Failure> {
    let mut seen = rustc_hash::FxHashSet::from_iter([root]);
    let mut waiting = vec![(root, None)];
    let mut compiled = 0;
    while let Some((key, imported_at)) = waiting.pop() {
        v8::scope!(let scope, scope);
        if compiled > BETWEEN_LOOKS {
            compiled = 0;
            look_for_termination(scope).ok_or(Failure::Thrown(None))?;
        }
        compiled += map.source_of(key).source().as_bytes().len();
        let module = match map.get(scope, key) {
            Some(module) => module,
            None => compile(scope, map, key, imported_at)?,
        };
        // One that has been linked has all that it needs; an earlier attempt may have stopped before it had.
        if module.get_status() == v8::ModuleStatus::Uninstantiated && module.is_source_text_module() {
            for (import, at) in imports(scope, map, key, module)? {
                match import {
                    Target::Own(import) if seen.insert(import) => waiting.push((import, at)),
                    Target::Own(_) => {}
                    Target::BuiltIn(id) => {
                        built_in::module(scope, map, id).ok_or(Failure::Thrown(None))?;
                    }
                }
            }
        }
    }
    map.get(scope, root).ok_or(Failure::Thrown(None))
}

/// Compiling sees no interrupt, calling JavaScript does. `None` if the evaluation is to end.
fn look_for_termination(scope: &mut v8::PinScope<'_, '_>) -> Option<()> {
    let nothing = v8::String::empty(scope);
    v8::Script::compile(scope, nothing, None)?.run(scope).map(drop)
}

/// Whether a module of the graph is being evaluated, further up on the stack.
pub(crate) fn is_being_evaluated(scope: &mut v8::PinScope<'_, '_>, map: &ModuleMap, root: Key) -> bool {
    let mut seen = rustc_hash::FxHashSet::from_iter([root]);
    let mut waiting = vec![root];
    while let Some(key) = waiting.pop() {
        v8::scope!(let scope, scope);
        let Some(module) = map.get(scope, key) else { continue };
        match module.get_status() {
            v8::ModuleStatus::Evaluating => return true,
            v8::ModuleStatus::Evaluated | v8::ModuleStatus::Errored => {}
            _ if !module.is_source_text_module() => {}
            _ => {
                let imports = imports(scope, map, key, module).unwrap_or_default();
                let own = imports.into_iter().filter_map(|(import, _)| match import {
                    Target::Own(key) => Some(key),
                    Target::BuiltIn(_) => None,
                });
                waiting.extend(own.filter(|key| seen.insert(*key)));
            }
        }
    }
    false
}

/// What a module of JavaScript imports, and where it says so.
fn imports(
    scope: &mut v8::PinScope<'_, '_>,
    map: &ModuleMap,
    importer: Key,
    module: v8::Local<'_, v8::Module>,
) -> Result<Vec<(Target, Option<Place>)>, Failure> {
    let requests = module.get_module_requests();
    let mut found = Vec::with_capacity(requests.length());
    for at in 0..requests.length() {
        let request =
            requests.get(scope, at).and_then(|data| v8::Local::<v8::ModuleRequest>::try_from(data).ok());
        let Some(request) = request else { continue };
        let specifier = request.get_specifier().to_rust_string_lossy(scope);
        let length = u32::try_from(request.get_specifier().length()).unwrap_or(0).saturating_add(2);
        let place = module.source_offset_to_location(request.get_source_offset());
        let (line, column) = (from_one(place.get_line_number()), from_one(place.get_column_number()));
        let place = Place { importer, line, column, length };
        let import = attributes(scope, request.get_import_attributes(), Attributes::OfStatement)
            .and_then(|attributes| resolve(map, importer, &specifier, attributes.as_deref()));
        match import {
            Ok(key) => found.push((key, Some(place))),
            Err(refusal) => {
                return Err(Failure::Refused(Refusal { at: location(map, place), ..refusal }));
            }
        }
    }
    Ok(found)
}

/// The number of what has this number from 0.
fn from_one(number: i32) -> u32 {
    u32::try_from(number).unwrap_or(0).saturating_add(1)
}

pub(crate) fn location(map: &ModuleMap, place: Place) -> Option<SourceLocation> {
    let Place { importer, line, column, length } = place;
    SourceLocation::new(map.script(), map.file_of(importer), line, column, length)
}

/// Whose attributes V8 has in a list.
#[derive(Clone, Copy)]
pub(crate) enum Attributes {
    /// Key, value, place.
    OfStatement,
    /// Key, value.
    OfCall,
}

/// The `type` that attributes ask for.
pub(crate) fn attributes(
    scope: &mut v8::PinScope<'_, '_>,
    list: v8::Local<'_, v8::FixedArray>,
    of: Attributes,
) -> Result<Option<String>, Refusal> {
    let stride = match of {
        Attributes::OfStatement => 3,
        Attributes::OfCall => 2,
    };
    let mut kind = None;
    for at in (0..list.length()).step_by(stride) {
        let text = |at| {
            let value = v8::Local::<v8::Value>::try_from(list.get(scope, at)?).ok()?;
            Some(value.to_rust_string_lossy(scope))
        };
        match (text(at).unwrap_or_default().as_str(), text(at + 1)) {
            ("type", Some(value)) => kind = Some(value),
            (key, _) => {
                let message = format!("the import attribute '{key}' is not supported");
                return Err(Refusal { class: Class::Syntax, message, at: None });
            }
        }
    }
    Ok(kind)
}

/// The text of a specifier that code has made.
///
/// # Errors
/// It is longer than any specifier is. Nothing interrupts what is done with it.
pub(crate) fn specifier_text(
    scope: &v8::PinScope<'_, '_>,
    specifier: v8::Local<'_, v8::String>,
) -> Result<String, Refusal> {
    const LONGEST: usize = 64 << 10;
    if specifier.length() > LONGEST {
        let message = format!("cannot find a module: its specifier has more than {LONGEST} characters");
        return Err(Refusal { class: Class::NotFound, message, at: None });
    }
    Ok(specifier.to_rust_string_lossy(scope))
}

/// What `specifier` with this `type` means in `importer`.
pub(crate) fn resolve(
    map: &ModuleMap,
    importer: Key,
    specifier: &str,
    asked: Option<&str>,
) -> Result<Target, Refusal> {
    let Some(index) = map.script().code().resolve_to_index(map.source_of(importer), specifier) else {
        if let Some(id) = BuiltInId::find(specifier) {
            return built_in::refuse_type(specifier, asked).map(|()| Target::BuiltIn(id));
        }
        let message = format!("cannot find module '{specifier}' imported by {}", map.file_of(importer));
        return Err(Refusal { class: Class::NotFound, message, at: None });
    };
    let own = map.own_key(index);
    let kind = match (asked, own.kind) {
        (None, kind) => kind,
        (Some("json"), ModuleKind::Json) => ModuleKind::Json,
        (Some("text"), ModuleKind::Text | ModuleKind::Json) => ModuleKind::Text,
        (Some("bytes"), ModuleKind::Bytes | ModuleKind::Text | ModuleKind::Json | ModuleKind::Wasm) => {
            ModuleKind::Bytes
        }
        (Some(asked), kind) => {
            let known = ["json", "text", "bytes"].contains(&asked);
            let message = match known {
                true => format!("'{specifier}' is {}, not {asked}", describe(kind)),
                false => format!("the import type '{asked}' is not supported"),
            };
            return Err(Refusal { class: Class::Type, message, at: None });
        }
    };
    Ok(Target::Own(Key { kind, ..own }))
}

fn describe(kind: ModuleKind) -> &'static str {
    match kind {
        ModuleKind::Esm | ModuleKind::Detected => "an ES module",
        ModuleKind::CommonJs => "a CommonJS module",
        ModuleKind::Json => "JSON",
        ModuleKind::Text => "text",
        ModuleKind::Bytes => "bytes",
        ModuleKind::Wasm => "Wasm",
    }
}
