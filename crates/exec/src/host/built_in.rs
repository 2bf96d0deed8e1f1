//! Built-in modules as functions: see [`built_in`](crate::vocabulary::built_in).
//!
//! V8 reads the text of one where it is in the program. The code that it makes of it is
//! [kept](crate::vocabulary::built_in_code). An isolate that cannot use that, since it was made without the snapshot, compiles
//! the text itself.

use v8::script_compiler::{NoCacheReason, compile_function};

use crate::host::kept_code;
use crate::host::values::script_origin;
use crate::vocabulary::built_in::BuiltInId;
use crate::vocabulary::built_in_code;

/// What the function of a file is called with.
const PARAMETERS: [&str; 5] = ["exports", "require", "module", "internals", "primordials"];

/// `builtInCompile(name)`: a function; undefined if there is no such module.
pub(super) fn compile<'s>(
    scope: &mut v8::PinScope<'s, '_>,
    (name,): (String,),
    mut result: v8::ReturnValue<'_>,
) {
    if let Some(id) = BuiltInId::of(&name)
        && let Some(function) = function(scope, id)
    {
        result.set(function.into());
    }
}

/// `None` with an exception pending.
fn function<'s>(scope: &mut v8::PinScope<'s, '_>, id: BuiltInId) -> Option<v8::Local<'s, v8::Function>> {
    let text = v8::String::new_external_onebyte_static(scope, id.get().text.as_bytes())?;
    let name = v8::String::new(scope, &id.url())?;
    let origin = script_origin(scope, name, false);
    let mut parameters = Vec::with_capacity(PARAMETERS.len());
    for name in PARAMETERS {
        parameters.push(v8::String::new(scope, name)?);
    }
    let code = built_in_code::of_module(id);
    let (mut source, options) = kept_code::source(text, &origin, code.as_deref());
    let function = compile_function(scope, &mut source, &parameters, &[], options, NoCacheReason::NoReason);
    if kept_code::is_rejected(&source) {
        built_in_code::reject_module(id);
    }
    function
}

/// `builtInFind(specifier)`: the name of the module that a worker means; undefined if there is none.
pub(super) fn find<'s>(
    scope: &mut v8::PinScope<'s, '_>,
    (specifier,): (Option<String>,),
    mut result: v8::ReturnValue<'_>,
) {
    if let Some(id) = specifier.as_deref().and_then(BuiltInId::find)
        && let Some(name) = v8::String::new(scope, id.get().name)
    {
        result.set(name.into());
    }
}

/// `builtInKeep(name, function)`: the function has been called for the first time in its context.
pub(super) fn keep<'s>(
    _scope: &mut v8::PinScope<'s, '_>,
    (name, function): (String, v8::Local<'s, v8::Function>),
    _result: v8::ReturnValue<'_>,
) {
    if let Some(id) = BuiltInId::of(&name) {
        built_in_code::keep_module(id, || Some(function.create_code_cache()?[..].into()));
    }
}
