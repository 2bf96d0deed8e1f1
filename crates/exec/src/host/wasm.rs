//! Types of Wasm: what scripts ask before they have V8 read a module.
//!
//! V8 has one table of all types, for the process, and forgets none. `isolate` bounds how many are read at the same time, and how
//! many there are; the worker's budget bounds how many of them it adds.

use std::cell::Cell;

use isolate::{NoWasmRoom, TypeSection, platform};

use super::values::{bytes_to_js, throw_out_of_memory};
use crate::budget::{BudgetExceeded, TenantBudget};
use crate::isolate_state::IsolateState;

/// Why the types of a module are not read.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Refusal {
    #[error(transparent)]
    NoRoom(#[from] NoWasmRoom),
    #[error(transparent)]
    Budget(#[from] BudgetExceeded),
}

/// `wasmRead(validate, source)`: has V8 read the types of a module and nothing else, by its own `validate`, if there is room for
/// them. Undefined, or why not. What is no `ArrayBuffer` or typed array is not looked at.
pub(super) fn read<'s>(
    scope: &mut v8::PinScope<'s, '_>,
    (validate, source): (v8::Local<'s, v8::Function>, v8::Local<'s, v8::Value>),
    mut result: v8::ReturnValue<'_>,
) {
    let Some(source) = Bytes::of(scope, source) else { return };
    let bytes = source.cells();
    let at = |index: usize| bytes[index].get();
    let Some(types) = TypeSection::find(bytes.len(), at) else { return };
    let refused = with_room(scope, &types, |scope| {
        let Some(alone) = bytes_to_js(scope, &types.alone(at)) else { return throw_out_of_memory(scope) };
        let undefined = v8::undefined(scope).into();
        // Whether they are valid V8 says when it reads them again.
        validate.call(scope, undefined, &[alone.into()]);
    });
    if let Err(refusal) = refused
        && let Some(reason) = v8::String::new(scope, &refusal.to_string())
    {
        result.set(reason.into());
    }
}

/// Has `read` read these types, for which there is room meanwhile.
///
/// # Errors
/// [`Refusal`]; then it is not called.
pub(crate) fn with_room<'s, 'i, R>(
    scope: &mut v8::PinScope<'s, 'i>,
    types: &TypeSection,
    read: impl FnOnce(&mut v8::PinScope<'s, 'i>) -> R,
) -> Result<R, Refusal> {
    let budget = budget(scope);
    budget.admit_wasm_types()?;
    let room = platform::initialize().room_for_wasm(types)?;
    let done = read(scope);
    budget.charge_wasm_types(room.new_types());
    Ok(done)
}

/// `wasmTagBegins()`: how many types V8 knows before a tag is made, or why none is.
pub(super) fn tag_begins<'s>(scope: &mut v8::PinScope<'s, '_>, (): (), mut result: v8::ReturnValue<'_>) {
    let known = platform::initialize().wasm_table();
    let admitted = budget(scope).admit_wasm_types().map_err(Refusal::from);
    let admitted = admitted.and_then(|()| match known.has_room() {
        true => Ok(()),
        false => Err(NoWasmRoom::Full.into()),
    });
    match admitted {
        Ok(()) => result.set_double(known.types as f64),
        Err(refusal) => {
            if let Some(reason) = v8::String::new(scope, &refusal.to_string()) {
                result.set(reason.into());
            }
        }
    }
}

/// `wasmTagEnds(before)`: a tag has been made.
pub(super) fn tag_ends(scope: &mut v8::PinScope<'_, '_>, (before,): (usize,), _result: v8::ReturnValue<'_>) {
    // Others may have added some, but a tag has one.
    let added = platform::initialize().wasm_table().types.saturating_sub(before).min(1);
    budget(scope).charge_wasm_types(added);
}

/// That of the worker whose turn it is.
fn budget(scope: &mut v8::PinScope<'_, '_>) -> TenantBudget {
    IsolateState::of(scope).whose_turn().map(|request| request.budget().clone()).unwrap_or_default()
}

/// The bytes that V8 would take of an argument.
struct Bytes {
    store: v8::SharedRef<v8::BackingStore>,
    place: std::ops::Range<usize>,
}

impl Bytes {
    fn of<'s>(scope: &mut v8::PinScope<'s, '_>, value: v8::Local<'s, v8::Value>) -> Option<Self> {
        if let Ok(buffer) = v8::Local::<v8::ArrayBuffer>::try_from(value) {
            return Some(Self { store: buffer.get_backing_store(), place: 0..buffer.byte_length() });
        }
        let view = v8::Local::<v8::TypedArray>::try_from(value).ok()?;
        let place = view.byte_offset()..view.byte_offset() + view.byte_length();
        Some(Self { store: view.buffer(scope)?.get_backing_store(), place })
    }

    fn cells(&self) -> &[Cell<u8>] {
        self.store.get(self.place.clone()).unwrap_or_default()
    }
}
