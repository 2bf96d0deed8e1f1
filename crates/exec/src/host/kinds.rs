//! What V8 knows of a value, and JavaScript cannot find out or only by trying.

/// The bits of `valueKinds`, in order: as `bootstrap/node/internal/types.js` has them.
type Test = fn(&v8::Value) -> bool;

const TESTS: [Test; 29] = [
    v8::Value::is_external,
    v8::Value::is_date,
    v8::Value::is_arguments_object,
    v8::Value::is_big_int_object,
    v8::Value::is_boolean_object,
    v8::Value::is_number_object,
    v8::Value::is_string_object,
    v8::Value::is_symbol_object,
    v8::Value::is_native_error,
    v8::Value::is_reg_exp,
    v8::Value::is_async_function,
    v8::Value::is_generator_function,
    v8::Value::is_generator_object,
    v8::Value::is_promise,
    v8::Value::is_map,
    v8::Value::is_set,
    v8::Value::is_map_iterator,
    v8::Value::is_set_iterator,
    v8::Value::is_weak_map,
    v8::Value::is_weak_set,
    v8::Value::is_array_buffer,
    v8::Value::is_data_view,
    v8::Value::is_shared_array_buffer,
    v8::Value::is_proxy,
    v8::Value::is_module_namespace_object,
    v8::Value::is_typed_array,
    v8::Value::is_array_buffer_view,
    v8::Value::is_uint8_array,
    v8::Value::is_wasm_module_object,
];

/// `valueKinds(value)`: a number with a bit for each thing that it is.
pub(super) fn of<'s>(
    _scope: &mut v8::PinScope<'s, '_>,
    (value,): (v8::Local<'s, v8::Value>,),
    mut result: v8::ReturnValue<'_>,
) {
    let bits = TESTS.iter().enumerate().filter(|(_, test)| test(&value));
    result.set_uint32(bits.fold(0, |kinds, (bit, _)| kinds | 1 << bit));
}

/// `promiseParts(promise)`: whether it is pending (0), fulfilled (1) or rejected (2), and with what.
pub(super) fn promise_parts<'s>(
    scope: &mut v8::PinScope<'s, '_>,
    (promise,): (v8::Local<'s, v8::Promise>,),
    mut result: v8::ReturnValue<'_>,
) {
    let (state, value) = match promise.state() {
        v8::PromiseState::Pending => (0, v8::undefined(scope).into()),
        v8::PromiseState::Fulfilled => (1, promise.result(scope)),
        v8::PromiseState::Rejected => (2, promise.result(scope)),
    };
    let state = v8::Integer::new(scope, state).into();
    result.set(v8::Array::new_with_elements(scope, &[state, value]).into());
}

/// `previewEntries(iterator)`: what an iterator of a Map or a Set has still to give, in one list, and whether two of them
/// are an entry. Nothing is taken from it.
pub(super) fn preview_entries<'s>(
    scope: &mut v8::PinScope<'s, '_>,
    (iterator,): (v8::Local<'s, v8::Object>,),
    mut result: v8::ReturnValue<'_>,
) {
    if !(iterator.is_map_iterator() || iterator.is_set_iterator()) {
        return;
    }
    let (Some(entries), are_pairs) = iterator.preview_entries(scope) else { return };
    let are_pairs = v8::Boolean::new(scope, are_pairs).into();
    result.set(v8::Array::new_with_elements(scope, &[entries.into(), are_pairs]).into());
}
