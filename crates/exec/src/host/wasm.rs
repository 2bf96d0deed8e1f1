//! What scripts ask before they have V8 read a Wasm module.

use isolate::platform;

/// `wasmHasRoom()`: whether V8 has room for the types of another module.
pub(super) fn has_room<'s>(_: &mut v8::PinScope<'s, '_>, (): (), mut result: v8::ReturnValue<'_>) {
    result.set_bool(platform::initialize().has_room_for_wasm());
}
