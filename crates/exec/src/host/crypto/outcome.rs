//! Where the work of a host function is done, and what JavaScript gets for it.

use std::sync::Arc;

use isolate::outside_v8;

use crate::compute::{NotDone, most_in_place};
use crate::crypto::key::HeldKey;
use crate::crypto::{Failure, Key, Output};
use crate::host::arguments::{ArgumentError, FromV8};
use crate::host::values::bytes_to_js;
use crate::isolate_state::{IsolateState, current_request};
use crate::vocabulary::resources::ResourceId;

/// How much there is to do.
#[derive(Clone, Copy)]
pub(super) struct Work {
    /// What its arguments take.
    bytes: usize,
    is_long: bool,
}

impl Work {
    /// A pass over so many bytes.
    pub(super) fn on_bytes(bytes: usize) -> Self {
        Self { bytes, is_long: bytes > most_in_place() }
    }

    /// As many passes over them.
    pub(super) fn times(self, passes: usize) -> Self {
        self.or_long(self.bytes.saturating_mul(passes) > most_in_place())
    }

    /// Not in place if it `is_long`.
    pub(super) fn or_long(self, is_long: bool) -> Self {
        Self { bytes: self.bytes, is_long: self.is_long || is_long }
    }
}

/// Does `work`: in place, and gives its result; or on a compute thread, for the current request. Then the result is
/// undefined, and arrives as that of `operation`.
pub(super) fn perform<'s>(
    scope: &mut v8::PinScope<'s, '_>,
    mut result: v8::ReturnValue<'s>,
    operation: u64,
    Work { bytes, is_long }: Work,
    work: impl FnOnce() -> Result<Output, Failure> + Send + 'static,
) {
    if !is_long {
        let output = work();
        return give(scope, &mut result, &output);
    }
    let request = current_request::get(scope).and_then(|id| IsolateState::of(scope).request(id));
    let refusal = match request {
        Some(request) => match request.start_computation(operation, bytes, work) {
            Ok(()) => return,
            Err(error) => format!("OperationError:{error}"),
        },
        None => "OperationError:what takes long is only possible while a request is handled".to_owned(),
    };
    if let Some(refusal) = v8::String::new(scope, &refusal) {
        result.set(refusal.into());
    }
}

/// Gives what came of work that was done in place.
pub(super) fn give<'s>(
    scope: &mut v8::PinScope<'s, '_>,
    result: &mut v8::ReturnValue<'s>,
    output: &Result<Output, Failure>,
) {
    if let Some(value) = to_js(scope, output) {
        result.set(value);
    }
}

/// What a compute thread came to, for the entry point; `None` if there is no memory for it.
pub(crate) fn computed_to_js<'s>(
    scope: &mut v8::PinScope<'s, '_>,
    computed: &Result<Result<Output, Failure>, NotDone>,
) -> Option<v8::Local<'s, v8::Value>> {
    match computed {
        Ok(output) => to_js(scope, output),
        Err(error) => Some(v8::String::new(scope, &format!("OperationError:{error}"))?.into()),
    }
}

fn to_js<'s>(
    scope: &mut v8::PinScope<'s, '_>,
    output: &Result<Output, Failure>,
) -> Option<v8::Local<'s, v8::Value>> {
    let failure = match output {
        Ok(Output::Bytes(bytes)) => match bytes_to_js(scope, bytes) {
            Some(bytes) => return Some(bytes.into()),
            None => Failure::Operation("the result is too large"),
        },
        Ok(Output::Truth(truth)) => return Some(v8::Boolean::new(scope, *truth).into()),
        Ok(Output::Texts(texts)) => {
            let texts: Option<Vec<_>> =
                texts.iter().map(|text| Some(v8::String::new(scope, text)?.into())).collect();
            return Some(v8::Array::new_with_elements(scope, &texts?).into());
        }
        Ok(Output::Key(key)) => match hold(scope, key) {
            Ok(id) => return Some(v8::Number::new(scope, id.as_number()).into()),
            Err(failure) => failure,
        },
        Ok(Output::Pair(private, public)) => match (hold(scope, private), hold(scope, public)) {
            (Ok(private), Ok(public)) => {
                let ids = [private, public].map(|id| v8::Number::new(scope, id.as_number()).into());
                return Some(v8::Array::new_with_elements(scope, &ids).into());
            }
            (Err(failure), _) | (_, Err(failure)) => failure,
        },
        Err(failure) => *failure,
    };
    Some(v8::String::new(scope, &failure.to_string())?.into())
}

/// Takes `key` into the table of the context, and its memory from the worker's budget.
fn hold(scope: &mut v8::PinScope<'_, '_>, key: &Key) -> Result<ResourceId, Failure> {
    const TOO_MUCH: Failure = Failure::Operation("the worker's budget has no room for another key");
    let _outside = outside_v8();
    let state = IsolateState::of(scope);
    let budget = state.whose_turn().map(|request| request.budget().clone()).unwrap_or_default();
    let table = state.resources_of(None).ok_or(TOO_MUCH)?;
    let permit = budget.try_bytes(key.weight()).map_err(|_| TOO_MUCH)?;
    let added = table.add(Arc::new(HeldKey::new(key.clone())), Some(Box::new(permit)));
    added.map_err(|_| Failure::Operation("the worker has too many open resources"))
}

/// A key by its number.
pub(crate) struct KeyOf(Option<Key>);

impl KeyOf {
    /// # Errors
    /// It had to make room for others.
    pub(super) fn get(&self) -> Result<&Key, Failure> {
        let gone = "the key is gone: the worker has made more keys since than it may have at a time";
        self.0.as_ref().ok_or(Failure::Operation(gone))
    }
}

impl<'s> FromV8<'s> for KeyOf {
    fn from_v8(
        scope: &mut v8::PinScope<'s, '_>,
        value: v8::Local<'s, v8::Value>,
    ) -> Result<Self, ArgumentError> {
        let id = ResourceId::from_v8(scope, value)?;
        let table = IsolateState::of(scope).resources_of(None);
        Ok(Self(table.and_then(|table| table.get::<HeldKey>(id)).map(|held| held.take())))
    }
}
