//! AES.

use super::outcome::{KeyOf, Work, perform};
use crate::crypto::aes::{Direction, Gcm, cbc, ctr, gcm, kw};
use crate::crypto::{Failure, Output};
use crate::host::arguments::{ArgumentError, FromV8};
use crate::host::values::bytes_with_room;

/// So much wrapped or unwrapped takes as long as one byte of the other modes.
const KW_FACTOR: usize = 128;

/// The most bytes of a tag.
const TAG: usize = 16;

/// A longer key is none.
const MOST_WRAPPED: usize = (1 << 20) + 8;

/// Whether it is `true`, which is to decrypt.
impl<'s> FromV8<'s> for Direction {
    fn from_v8(
        scope: &mut v8::PinScope<'s, '_>,
        value: v8::Local<'s, v8::Value>,
    ) -> Result<Self, ArgumentError> {
        Ok(if bool::from_v8(scope, value)? { Self::Decrypt } else { Self::Encrypt })
    }
}

/// What is encrypted, with room for a tag.
pub(crate) struct Message(Vec<u8>);

impl<'s> FromV8<'s> for Message {
    fn from_v8(_: &mut v8::PinScope<'s, '_>, value: v8::Local<'s, v8::Value>) -> Result<Self, ArgumentError> {
        bytes_with_room(value, TAG).map(Self).ok_or(ArgumentError::Invalid("an argument has no bytes"))
    }
}

/// 16 bytes.
impl<'s> FromV8<'s> for [u8; 16] {
    fn from_v8(
        scope: &mut v8::PinScope<'s, '_>,
        value: v8::Local<'s, v8::Value>,
    ) -> Result<Self, ArgumentError> {
        let bytes = Vec::<u8>::from_v8(scope, value)?;
        bytes.try_into().map_err(|_| ArgumentError::Invalid("not 16 bytes"))
    }
}

/// `cryptoAesCbc(operation, key, decrypts, iv, data)`
pub(crate) fn run_cbc<'s>(
    scope: &mut v8::PinScope<'s, '_>,
    (operation, key, direction, iv, data): (u64, KeyOf, Direction, [u8; 16], Vec<u8>),
    result: v8::ReturnValue<'s>,
) {
    perform(scope, result, operation, Work::on_bytes(data.len()), move || {
        cbc(direction, key.get()?.secret()?, iv, data).map(Output::Bytes)
    });
}

/// `cryptoAesCtr(operation, key, counter, bits, data)`
pub(crate) fn run_ctr<'s>(
    scope: &mut v8::PinScope<'s, '_>,
    (operation, key, counter, bits, data): (u64, KeyOf, [u8; 16], u32, Vec<u8>),
    result: v8::ReturnValue<'s>,
) {
    perform(scope, result, operation, Work::on_bytes(data.len()), move || {
        ctr(key.get()?.secret()?, counter, bits, data).map(Output::Bytes)
    });
}

/// `cryptoAesGcm(operation, key, decrypts, iv, additional, tag, data)`: the tag is the number of its bytes.
pub(crate) fn run_gcm<'s>(
    scope: &mut v8::PinScope<'s, '_>,
    (operation, key, direction, iv, additional, tag, Message(data)): (
        u64,
        KeyOf,
        Direction,
        Vec<u8>,
        Vec<u8>,
        usize,
        Message,
    ),
    result: v8::ReturnValue<'s>,
) {
    let work = Work::on_bytes(data.len() + additional.len() + iv.len());
    perform(scope, result, operation, work, move || {
        let parameters = Gcm { iv, additional, tag: tag.min(TAG) };
        gcm(direction, key.get()?.secret()?, &parameters, data).map(Output::Bytes)
    });
}

/// `cryptoAesKw(operation, key, unwraps, data)`
pub(crate) fn run_kw<'s>(
    scope: &mut v8::PinScope<'s, '_>,
    (operation, key, direction, data): (u64, KeyOf, Direction, Vec<u8>),
    result: v8::ReturnValue<'s>,
) {
    perform(scope, result, operation, Work::on_bytes(data.len()).times(KW_FACTOR), move || {
        if data.len() > MOST_WRAPPED {
            return Err(Failure::Operation("a wrapped key is no longer than 1 MiB"));
        }
        kw(direction, key.get()?.secret()?, &data).map(Output::Bytes)
    });
}
