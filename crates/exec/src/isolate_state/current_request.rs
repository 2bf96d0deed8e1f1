//! Whose code runs.

use crate::vocabulary::request_id::RequestId;

/// The request whose code runs now, across awaits: V8 keeps this value with every promise reaction.
pub(crate) fn get(scope: &v8::PinScope<'_, '_>) -> Option<RequestId> {
    id(scope.get_continuation_preserved_embedder_data())
}

/// The request that `value` names.
pub(crate) fn id(value: v8::Local<'_, v8::Value>) -> Option<RequestId> {
    let number = v8::Local::<v8::Number>::try_from(value).ok()?;
    RequestId::from_number(number.value())
}

/// Makes `request` the current one for the calls into JavaScript that follow.
pub(crate) fn set(scope: &v8::PinScope<'_, '_>, request: Option<RequestId>) {
    let value: v8::Local<v8::Value> = match request {
        Some(id) => v8::Number::new(scope, id.as_number()).into(),
        None => v8::undefined(scope).into(),
    };
    scope.set_continuation_preserved_embedder_data(value);
}
