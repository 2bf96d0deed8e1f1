//! `structuredClone`, by V8's serialiser.

use v8::{ValueDeserializerHelper, ValueSerializerHelper};

/// `structuredClone(value, transfer)`: `transfer` is an array of `ArrayBuffer`s that are moved.
pub(super) fn structured_clone(
    scope: &mut v8::PinScope<'_, '_>,
    arguments: v8::FunctionCallbackArguments<'_>,
    mut result: v8::ReturnValue<'_>,
) {
    if let Some(clone) = clone(scope, arguments.get(0), arguments.get(1)) {
        result.set(clone);
    }
}

/// `None` if an exception has been thrown.
fn clone<'s>(
    scope: &mut v8::PinScope<'s, '_>,
    value: v8::Local<'_, v8::Value>,
    transfer: v8::Local<'_, v8::Value>,
) -> Option<v8::Local<'s, v8::Value>> {
    let context = scope.get_current_context();
    let value = v8::Local::new(scope, value);
    let buffers = buffers(scope, transfer)?;
    let bytes = {
        let serializer = v8::ValueSerializer::new(scope, Box::new(Delegate));
        for (id, buffer) in (0..).zip(&buffers) {
            serializer.transfer_array_buffer(id, *buffer);
        }
        serializer.write_header();
        serializer.write_value(context, value)?;
        serializer.release()
    };
    let stores: Vec<_> = buffers.iter().map(|buffer| buffer.get_backing_store()).collect();
    for buffer in buffers {
        if buffer.detach(None).is_none() {
            throw_clone_error(scope, "an ArrayBuffer could not be transferred");
            return None;
        }
    }
    let moved: Vec<_> =
        stores.iter().map(|store| v8::ArrayBuffer::with_backing_store(scope, store)).collect();
    let deserializer = v8::ValueDeserializer::new(scope, Box::new(Delegate), &bytes);
    for (id, buffer) in (0..).zip(moved) {
        deserializer.transfer_array_buffer(id, buffer);
    }
    deserializer.read_header(context)?;
    deserializer.read_value(context)
}

fn buffers<'s>(
    scope: &mut v8::PinScope<'s, '_>,
    transfer: v8::Local<'_, v8::Value>,
) -> Option<Vec<v8::Local<'s, v8::ArrayBuffer>>> {
    let Ok(list) = v8::Local::<v8::Array>::try_from(transfer) else { return Some(Vec::new()) };
    let mut buffers: Vec<v8::Local<v8::ArrayBuffer>> = Vec::with_capacity(list.length() as usize);
    for index in 0..list.length() {
        let value = list.get_index(scope, index)?;
        match v8::Local::<v8::ArrayBuffer>::try_from(value) {
            Ok(buffer) if buffer.is_detachable() && !buffer.was_detached() && !buffers.contains(&buffer) => {
                buffers.push(buffer);
            }
            _ => {
                throw_clone_error(scope, "a value in the transfer list cannot be transferred");
                return None;
            }
        }
    }
    Some(buffers)
}

/// Nothing but plain values can be cloned.
struct Delegate;

impl v8::ValueSerializerImpl for Delegate {
    fn throw_data_clone_error<'s>(
        &self,
        scope: &mut v8::PinScope<'s, '_>,
        message: v8::Local<'s, v8::String>,
    ) {
        let message = message.to_rust_string_lossy(scope);
        throw_clone_error(scope, &message);
    }

    fn get_shared_array_buffer_id<'s>(
        &self,
        scope: &mut v8::PinScope<'s, '_>,
        _shared_array_buffer: v8::Local<'s, v8::SharedArrayBuffer>,
    ) -> Option<u32> {
        throw_clone_error(scope, "a SharedArrayBuffer cannot be cloned");
        None
    }

    fn get_wasm_module_transfer_id(
        &self,
        scope: &mut v8::PinScope<'_, '_>,
        _module: v8::Local<v8::WasmModuleObject>,
    ) -> Option<u32> {
        throw_clone_error(scope, "a WebAssembly.Module cannot be cloned");
        None
    }
}

impl v8::ValueDeserializerImpl for Delegate {}

/// Throws what the bootstrap turns into a `DataCloneError`.
fn throw_clone_error(scope: &mut v8::PinScope<'_, '_>, message: &str) {
    if let Some(message) = v8::String::new(scope, &format!("DataCloneError: {message}")) {
        let error = v8::Exception::error(scope, message);
        scope.throw_exception(error);
    }
}
