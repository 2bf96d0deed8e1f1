//! `getRandomValues` and `randomUUID`.

use crate::crypto::random;
use crate::host::throw_type_error;

/// `randomFill(uint8array)`
pub(crate) fn fill<'s>(
    scope: &mut v8::PinScope<'s, '_>,
    (view,): (v8::Local<'s, v8::Uint8Array>,),
    _result: v8::ReturnValue<'_>,
) {
    let mut few = [0; 256];
    let mut many = Vec::new();
    let bytes = match few.get_mut(..view.byte_length()) {
        Some(few) => few,
        None => {
            many.resize(view.byte_length(), 0);
            &mut many[..]
        }
    };
    if let Err(failure) = random::fill(bytes) {
        return throw_type_error(scope, &failure.to_string());
    }
    if let Some(store) = view.get_backing_store() {
        for (cell, byte) in store.iter().skip(view.byte_offset()).zip(bytes) {
            cell.set(*byte);
        }
    }
}

/// `randomUuid()`
pub(crate) fn uuid<'s>(scope: &mut v8::PinScope<'s, '_>, (): (), mut result: v8::ReturnValue<'s>) {
    match random::uuid() {
        Ok(text) => {
            if let Some(text) = v8::String::new_from_one_byte(scope, &text, v8::NewStringType::Normal) {
                result.set(text.into());
            }
        }
        Err(failure) => throw_type_error(scope, &failure.to_string()),
    }
}
