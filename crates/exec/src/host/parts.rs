//! Parts of the Web APIs that are evaluated when they are first used: see `internal/parts.js`.

use crate::bootstrap::parts;

/// `partOf(name, isGlobal)`: the number of the part that defines this, or -1.
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
    if let Some(function) = parts::compile(scope, part as usize, file as usize) {
        result.set(function.into());
    }
}

/// `partKeep(part)`: it has been evaluated.
pub(super) fn keep(scope: &mut v8::PinScope<'_, '_>, (part,): (u32,), _result: v8::ReturnValue<'_>) {
    parts::keep(scope, part as usize);
}
