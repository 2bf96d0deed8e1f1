//! The parts of `structuredClone` that need V8: what kind of thing a value is, and copies of single values by V8's
//! serialiser.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use v8::{IndexFilter, ValueDeserializerHelper, ValueSerializerHelper};

use super::properties;

/// What the bootstrap knows the kinds by.
#[derive(Clone, Copy, Debug)]
enum Kind {
    NotCloneable = 0,
    Leaf = 1,
    Array = 3,
    Map = 4,
    Set = 5,
    Buffer = 6,
    View = 7,
    Error = 8,
    StringObject = 9,
    /// Plain, if V8 takes it for that.
    Ordinary = 10,
    /// With properties that are no elements.
    NamedArray = 11,
    WasmModule = 12,
}

/// `cloneKind(object, ObjectPrototype)`: what kind of thing it is; of one that has this prototype, and is plain then, the
/// keys.
pub(super) fn clone_kind<'s>(
    scope: &mut v8::PinScope<'s, '_>,
    (value, plain): (v8::Local<'s, v8::Value>, v8::Local<'s, v8::Value>),
    mut result: v8::ReturnValue<'_>,
) {
    let kind = kind(scope, value);
    if matches!(kind, Kind::Ordinary)
        && let Ok(object) = v8::Local::<v8::Object>::try_from(value)
        && object.get_prototype(scope).is_some_and(|prototype| prototype.strict_equals(plain))
    {
        if let Some(keys) = properties::keys(scope, value, IndexFilter::IncludeIndices) {
            result.set(keys.into());
        }
    } else {
        result.set_uint32(kind as u32);
    }
}

/// `isPlain(object)`: whether V8 would serialise the object property by property. It alone knows the others.
pub(super) fn is_plain<'s>(
    scope: &mut v8::PinScope<'s, '_>,
    (value,): (v8::Local<'s, v8::Value>,),
    mut result: v8::ReturnValue<'_>,
) {
    v8::tc_scope!(let scope, scope);
    let context = scope.get_current_context();
    let probe = Arc::new(AtomicBool::new(false));
    let serializer = v8::ValueSerializer::new(scope, Box::new(Probe(Arc::clone(&probe))));
    serializer.write_value(context, value);
    result.set_bool(probe.load(Ordering::Relaxed));
}

/// `cloneWasmModule(module)`: another one of the same code.
pub(super) fn clone_wasm_module<'s>(
    scope: &mut v8::PinScope<'s, '_>,
    (module,): (v8::Local<'s, v8::WasmModuleObject>,),
    mut result: v8::ReturnValue<'_>,
) {
    let compiled = module.get_compiled_module();
    if let Some(module) = v8::WasmModuleObject::from_compiled_module(scope, &compiled) {
        result.set(module.into());
    }
}

fn kind<'s>(scope: &mut v8::PinScope<'s, '_>, value: v8::Local<'s, v8::Value>) -> Kind {
    if value.is_proxy() || value.is_function() || value.is_arguments_object() {
        Kind::NotCloneable
    } else if value.is_array() {
        let names = properties::keys(scope, value, IndexFilter::SkipIndices);
        if names.is_none_or(|names| names.length() == 0) { Kind::Array } else { Kind::NamedArray }
    } else if value.is_map() {
        Kind::Map
    } else if value.is_set() {
        Kind::Set
    } else if value.is_array_buffer() {
        Kind::Buffer
    } else if value.is_array_buffer_view() {
        Kind::View
    } else if value.is_native_error() {
        Kind::Error
    } else if value.is_string_object() {
        Kind::StringObject
    } else if value.is_date()
        || value.is_reg_exp()
        || value.is_boolean_object()
        || value.is_number_object()
        || value.is_big_int_object()
        || value.is_symbol_object()
    {
        Kind::Leaf
    } else if value.is_wasm_module_object() {
        Kind::WasmModule
    } else if value.is_promise()
        || value.is_weak_map()
        || value.is_weak_set()
        || value.is_generator_object()
        || value.is_map_iterator()
        || value.is_set_iterator()
        || value.is_module_namespace_object()
    {
        Kind::NotCloneable
    } else {
        Kind::Ordinary
    }
}

/// `bufferTwin(arrayBuffer)`: a new one with the memory of this one; null if it cannot be transferred.
///
/// JavaScript must never see both. The length of the twin does not follow the other's, which must not be used if that has
/// changed: see [`buffer_is_same`].
pub(super) fn buffer_twin<'s>(
    scope: &mut v8::PinScope<'s, '_>,
    (buffer,): (Option<v8::Local<'s, v8::ArrayBuffer>>,),
    mut result: v8::ReturnValue<'_>,
) {
    match buffer {
        Some(buffer) if buffer.is_detachable() && !buffer.was_detached() => {
            let store = buffer.get_backing_store();
            result.set(v8::ArrayBuffer::with_backing_store(scope, &store).into());
        }
        Some(_) | None => result.set_null(),
    }
}

/// `bufferIsSame(arrayBuffer, twin)`: whether the twin can take its place: it has not been detached or resized since.
pub(super) fn buffer_is_same<'s>(
    _scope: &mut v8::PinScope<'s, '_>,
    (buffer, twin): (v8::Local<'s, v8::ArrayBuffer>, v8::Local<'s, v8::ArrayBuffer>),
    mut result: v8::ReturnValue<'_>,
) {
    result.set_bool(!buffer.was_detached() && buffer.byte_length() == twin.byte_length());
}

/// `bufferDetach(arrayBuffer)`
pub(super) fn buffer_detach<'s>(
    _scope: &mut v8::PinScope<'s, '_>,
    (buffer,): (v8::Local<'s, v8::ArrayBuffer>,),
    _result: v8::ReturnValue<'_>,
) {
    buffer.detach(None);
}

/// `viewTracks(view)`: whether its length is that of its resizable buffer; null if it is out of bounds.
///
/// V8 tells in its serialisation only. The buffer is said to be transferred, so that its bytes are not written.
pub(super) fn view_tracks<'s>(
    scope: &mut v8::PinScope<'s, '_>,
    (view,): (v8::Local<'s, v8::ArrayBufferView>,),
    mut result: v8::ReturnValue<'_>,
) {
    /// In the last byte of a serialised view.
    const IS_LENGTH_TRACKING: u8 = 1;
    result.set_null();
    v8::tc_scope!(let scope, scope);
    let context = scope.get_current_context();
    let view = v8::Local::new(scope, view);
    let Some(buffer) = view.buffer(scope) else { return };
    let serializer = v8::ValueSerializer::new(scope, Box::new(Delegate));
    serializer.transfer_array_buffer(0, buffer);
    if serializer.write_value(context, view.into()) == Some(true)
        && let Some(flags) = serializer.release().last()
    {
        result.set_bool(flags & IS_LENGTH_TRACKING != 0);
    }
}

/// `cloneLeaf(value)`
pub(super) fn clone_leaf<'s>(
    scope: &mut v8::PinScope<'s, '_>,
    (value,): (v8::Local<'s, v8::Value>,),
    mut result: v8::ReturnValue<'_>,
) {
    if let Some(clone) = clone(scope, value) {
        result.set(clone);
    }
}

/// `None` if an exception has been thrown.
fn clone<'s>(
    scope: &mut v8::PinScope<'s, '_>,
    value: v8::Local<'_, v8::Value>,
) -> Option<v8::Local<'s, v8::Value>> {
    let context = scope.get_current_context();
    let value = v8::Local::new(scope, value);
    let bytes = {
        let serializer = v8::ValueSerializer::new(scope, Box::new(Delegate));
        serializer.write_header();
        serializer.write_value(context, value)?;
        serializer.release()
    };
    let deserializer = v8::ValueDeserializer::new(scope, Box::new(Delegate), &bytes);
    deserializer.read_header(context)?;
    deserializer.read_value(context)
}

/// Notes when the serialiser comes to a plain object, and stops there.
struct Probe(Arc<AtomicBool>);

impl v8::ValueSerializerImpl for Probe {
    fn throw_data_clone_error<'s>(
        &self,
        scope: &mut v8::PinScope<'s, '_>,
        message: v8::Local<'s, v8::String>,
    ) {
        let error = v8::Exception::error(scope, message);
        scope.throw_exception(error);
    }

    fn has_custom_host_object(&self, _isolate: &v8::Isolate) -> bool {
        true
    }

    fn is_host_object<'s>(
        &self,
        _scope: &mut v8::PinScope<'s, '_>,
        _object: v8::Local<'s, v8::Object>,
    ) -> Option<bool> {
        Some(true)
    }

    fn write_host_object<'s>(
        &self,
        _scope: &mut v8::PinScope<'s, '_>,
        _object: v8::Local<'s, v8::Object>,
        _serializer: &dyn ValueSerializerHelper,
    ) -> Option<bool> {
        self.0.store(true, Ordering::Relaxed);
        Some(true)
    }
}

/// Nothing but plain values can be cloned.
struct Delegate;

impl v8::ValueSerializerImpl for Delegate {
    /// Throws what the bootstrap turns into a `DataCloneError`.
    fn throw_data_clone_error<'s>(
        &self,
        scope: &mut v8::PinScope<'s, '_>,
        message: v8::Local<'s, v8::String>,
    ) {
        let message = message.to_rust_string_lossy(scope);
        if let Some(message) = v8::String::new(scope, &format!("DataCloneError: {message}")) {
            let error = v8::Exception::error(scope, message);
            scope.throw_exception(error);
        }
    }
}

impl v8::ValueDeserializerImpl for Delegate {}
