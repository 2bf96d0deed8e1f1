//! Modules that every worker may import: see [`built_in`](crate::vocabulary::built_in).
//!
//! For V8 each is a synthetic module. Its names are the enumerable properties that its exports have when it is made, so it is evaluated
//! then; the values are taken when V8 evaluates it.

use isolate::modules::synthetic_module;

use crate::isolate_state::modules::ModuleMap;
use crate::realm::modules::callbacks::Callbacks;
use crate::realm::modules::failure::{Class, Refusal};
use crate::vocabulary::built_in::BuiltInId;

const DEFAULT: &str = "default";

/// The module, which is made unless it was. `None` with an exception pending.
pub(super) fn module<'s>(
    scope: &mut v8::PinScope<'s, '_>,
    map: &ModuleMap,
    id: BuiltInId,
) -> Option<v8::Local<'s, v8::Module>> {
    if let Some(module) = map.get_built_in(scope, id) {
        return Some(module);
    }
    let exports = map.built_in_exports(scope, id)?;
    let mut names = vec![v8::String::new(scope, DEFAULT)?];
    if let Ok(exports) = v8::Local::<v8::Object>::try_from(exports) {
        names.extend(names_of(scope, exports, v8::PropertyFilter::ONLY_ENUMERABLE)?);
    }
    let name = v8::String::new(scope, &id.url())?;
    let module = synthetic_module::<Callbacks>(scope, name, &names);
    map.insert_built_in(scope, id, module);
    Some(module)
}

/// Gives the module its values. `None` with an exception pending.
pub(super) fn set_exports<'s>(
    scope: &mut v8::PinScope<'s, '_>,
    map: &ModuleMap,
    id: BuiltInId,
    module: v8::Local<'s, v8::Module>,
) -> Option<()> {
    let exports = map.built_in_exports(scope, id)?;
    let default = v8::String::new(scope, DEFAULT)?;
    module.set_synthetic_module_export(scope, default, exports)?;
    let names = v8::Local::<v8::Object>::try_from(module.get_module_namespace()).ok()?;
    let Ok(exports) = v8::Local::<v8::Object>::try_from(exports) else { return Some(()) };
    // Whether they are enumerable cannot be asked before they have values.
    for name in names_of(scope, names, v8::PropertyFilter::ALL_PROPERTIES)? {
        // Code that has the exports by `require` may have taken one away since.
        let value = exports.get(scope, name.into())?;
        module.set_synthetic_module_export(scope, name, value)?;
    }
    Some(())
}

/// The own properties of the object that are names, `default` left out.
fn names_of<'s>(
    scope: &mut v8::PinScope<'s, '_>,
    object: v8::Local<'s, v8::Object>,
    filter: v8::PropertyFilter,
) -> Option<Vec<v8::Local<'s, v8::String>>> {
    let wanted = v8::GetPropertyNamesArgsBuilder::new()
        .mode(v8::KeyCollectionMode::OwnOnly)
        .property_filter(filter | v8::PropertyFilter::SKIP_SYMBOLS)
        .index_filter(v8::IndexFilter::SkipIndices)
        .build();
    let keys = object.get_own_property_names(scope, wanted)?;
    let mut names = Vec::with_capacity(keys.length() as usize);
    for at in 0..keys.length() {
        if let Ok(name) = v8::Local::<v8::String>::try_from(keys.get_index(scope, at)?)
            && name.to_rust_string_lossy(scope) != DEFAULT
        {
            names.push(name);
        }
    }
    Some(names)
}

/// Refuses to import one as something that it is not.
pub(super) fn refuse_type(specifier: &str, asked: Option<&str>) -> Result<(), Refusal> {
    match asked {
        None => Ok(()),
        Some(asked) => {
            let message = format!("'{specifier}' is a built-in module, not {asked}");
            Err(Refusal { class: Class::Type, message, at: None })
        }
    }
}
