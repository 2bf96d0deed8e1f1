//! Compressors and decompressors, for `CompressionStream` and `DecompressionStream`.
//!
//! One step of them takes and gives a bounded amount, so that a script can be stopped between two of them. What they hold
//! is charged to the budget of the worker.

use std::sync::Arc;

use parking_lot::Mutex;

use super::arguments::{ArgumentError, FromV8};
use super::throw_type_error;
use super::values::{bytes_to_js, throw_out_of_memory};
use crate::budget::{BudgetExceeded, BytesPermit, TenantBudget};
use crate::codings::{Coder, Format};
use crate::isolate_state::{IsolateState, current_request};
use crate::vocabulary::resources::{Resource, ResourceId};

/// Bytes that one step gives at most. `SLICE` in `bootstrap/compression/streams.js` is what it takes at most.
const PIECE: usize = 64 << 10;

/// One that is in the middle of its stream; empty once it was closed. One that is never finished stays until its owner
/// ends, or others need its place.
struct OpenCoder(Mutex<Option<Charged>>);

struct Charged {
    coder: Box<dyn Coder>,
    budget: TenantBudget,
    permit: BytesPermit,
    charged: usize,
}

impl Charged {
    fn new(coder: Box<dyn Coder>, budget: TenantBudget) -> Result<Self, BudgetExceeded> {
        let charged = coder.memory();
        let permit = budget.try_bytes(charged)?;
        Ok(Self { coder, budget, permit, charged })
    }

    /// It may have come to hold more.
    fn charge(&mut self) -> Result<(), BudgetExceeded> {
        let held = self.coder.memory();
        if held > self.charged {
            self.permit.grow(&self.budget, held - self.charged)?;
            self.charged = held;
        }
        Ok(())
    }
}

impl Resource for OpenCoder {
    fn name(&self) -> &'static str {
        "compression"
    }

    fn close(&self) {
        let unfinished = self.0.lock().take();
        drop(unfinished);
    }

    fn may_go_early(&self) -> bool {
        true
    }
}

impl<'s> FromV8<'s> for Format {
    fn from_v8(
        scope: &mut v8::PinScope<'s, '_>,
        value: v8::Local<'s, v8::Value>,
    ) -> Result<Self, ArgumentError> {
        Ok(match String::from_v8(scope, value)?.as_str() {
            "brotli" => Self::Brotli,
            "deflate" => Self::Deflate,
            "deflate-raw" => Self::DeflateRaw,
            "gzip" => Self::Gzip,
            _ => return Err(ArgumentError::Invalid("unknown format")),
        })
    }
}

/// `coderNew(format, compresses)`: a handle.
pub(super) fn coder_new(
    scope: &mut v8::PinScope<'_, '_>,
    (format, compresses): (Format, bool),
    mut result: v8::ReturnValue<'_>,
) {
    let request = current_request::get(scope);
    let state = IsolateState::of(scope);
    let (Some(table), Some(turn)) = (state.resources_of(request), state.whose_turn()) else {
        return throw_type_error(scope, "the request has ended");
    };
    let coder = if compresses { format.compressor() } else { format.decompressor() };
    let coder = match Charged::new(coder, turn.budget().clone()) {
        Ok(coder) => Arc::new(OpenCoder(Mutex::new(Some(coder)))),
        Err(exceeded) => return throw_type_error(scope, &exceeded.to_string()),
    };
    match table.add(coder, None) {
        Ok(handle) => result.set_double(handle.as_number()),
        Err(refused) => throw_type_error(scope, &refused.to_string()),
    }
}

/// What is to be done after a step.
#[derive(Clone, Copy)]
enum Then {
    /// There is nothing more to be had without more input.
    MoreInput = 0,
    Another = 1,
    /// That was all; the handle is good for nothing any more.
    Ended = 2,
}

/// `coderStep(handle, bytes, last)`: how many bytes it has taken, what to do [then](Then), and a piece of output or null.
pub(super) fn coder_step<'s>(
    scope: &mut v8::PinScope<'s, '_>,
    (handle, bytes, last): (ResourceId, Vec<u8>, bool),
    mut result: v8::ReturnValue<'_>,
) {
    let request = current_request::get(scope);
    let Some((table, open)) = IsolateState::of(scope).find_resource::<OpenCoder>(request, handle) else {
        return throw_type_error(scope, "the stream was left unfinished for too long");
    };
    let mut piece = vec![0; PIECE];
    let stepped = {
        let mut open = open.0.lock();
        let Some(charged) = open.as_mut() else { return };
        charged.coder.step(&bytes, &mut piece, last).map(|step| (step, charged.charge()))
    };
    let (step, then) = match stepped {
        Ok((step, Ok(()))) if step.ended => (step, Then::Ended),
        Ok((step, Ok(()))) if step.taken == bytes.len() && step.written < PIECE && !last => {
            (step, Then::MoreInput)
        }
        Ok((step, Ok(()))) => (step, Then::Another),
        Ok((_, Err(exceeded))) => {
            table.close(handle);
            return throw_type_error(scope, &exceeded.to_string());
        }
        Err(corrupt) => {
            table.close(handle);
            return throw_type_error(scope, &corrupt.to_string());
        }
    };
    if step.ended {
        table.close(handle);
    }
    let piece: v8::Local<'_, v8::Value> = match step.written {
        0 => v8::null(scope).into(),
        written => match bytes_to_js(scope, &piece[..written]) {
            Some(bytes) => bytes.into(),
            None => {
                table.close(handle);
                return throw_out_of_memory(scope);
            }
        },
    };
    let taken = v8::Number::new(scope, step.taken as f64).into();
    let then = v8::Integer::new(scope, then as i32).into();
    let array = v8::Array::new_with_elements(scope, &[taken, then, piece]);
    result.set(array.into());
}

/// `coderClose(handle)`: nobody wants the rest.
pub(super) fn coder_close(
    scope: &mut v8::PinScope<'_, '_>,
    (handle,): (ResourceId,),
    _result: v8::ReturnValue<'_>,
) {
    let request = current_request::get(scope);
    if let Some((table, _)) = IsolateState::of(scope).find_resource::<OpenCoder>(request, handle) {
        table.close(handle);
    }
}
