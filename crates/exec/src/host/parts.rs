//! Parts of the Web APIs that are evaluated when they are first used: see `internal/parts.js`.
//!
//! V8 reads their text where it is in the program. The code that it makes of a part is
//! [kept](crate::vocabulary::built_in_code).

use v8::script_compiler::{self, NoCacheReason};

use crate::host::kept_code;
use crate::host::values::script_origin;
use crate::vocabulary::built_in_code;
use crate::vocabulary::parts::{self, Source};

/// `partOf(name, isGlobal)`: the number of the part that defines this property of `internals`, or this global; or -1.
pub(super) fn find(
    _scope: &mut v8::PinScope<'_, '_>,
    (name, is_global): (String, bool),
    mut result: v8::ReturnValue<'_>,
) {
    result.set_int32(parts::find(&name, is_global).map_or(-1, |part| part as i32));
}

/// `partCompile(part, n)`: the function of its nth file; undefined after the last one.
pub(super) fn compile<'s>(
    scope: &mut v8::PinScope<'s, '_>,
    (part, file): (u32, u32),
    mut result: v8::ReturnValue<'_>,
) {
    if let Some(function) = function(scope, part as usize, file as usize) {
        result.set(function.into());
    }
}

/// `None` if there are no more files, or with an exception pending.
fn function<'s>(
    scope: &mut v8::PinScope<'s, '_>,
    part: usize,
    file: usize,
) -> Option<v8::Local<'s, v8::Function>> {
    let source = parts::files_of(part).get(file)?;
    let (script, rejected) = unbound(scope, source, built_in_code::of_part(part, file).as_deref())?;
    if rejected {
        built_in_code::reject_part(part);
    }
    let script = script.bind_to_current_context(scope);
    v8::Local::<v8::Function>::try_from(script.run(scope)?).ok()
}

/// `partKeep(part)`: it has been evaluated.
pub(super) fn keep(scope: &mut v8::PinScope<'_, '_>, (part,): (u32,), _result: v8::ReturnValue<'_>) {
    built_in_code::keep_part(part as usize, |file| {
        // V8 has it in the table of what it compiled.
        let (script, _) = unbound(scope, file, None)?;
        Some(script.create_code_cache()?[..].into())
    });
}

/// A file as a script, and whether V8 did not take the code.
fn unbound<'s>(
    scope: &mut v8::PinScope<'s, '_>,
    file: &'static Source,
    code: Option<&[u8]>,
) -> Option<(v8::Local<'s, v8::UnboundScript>, bool)> {
    let name = v8::String::new(scope, file.name)?;
    let origin = script_origin(scope, name, false);
    let text = v8::String::new_from_onebyte_const(scope, &file.text)?;
    let (mut source, options) = kept_code::source(text, &origin, code);
    let script =
        script_compiler::compile_unbound_script(scope, &mut source, options, NoCacheReason::NoReason)?;
    Some((script, kept_code::is_rejected(&source)))
}
