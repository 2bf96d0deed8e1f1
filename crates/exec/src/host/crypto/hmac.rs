//! HMAC.

use super::outcome::{KeyOf, Work, perform};
use crate::crypto::{Hash, Output, hmac};

/// `cryptoHmacSign(operation, key, hash, data)`
pub(crate) fn sign<'s>(
    scope: &mut v8::PinScope<'s, '_>,
    (operation, key, hash, data): (u64, KeyOf, Hash, Vec<u8>),
    result: v8::ReturnValue<'s>,
) {
    perform(scope, result, operation, Work::on_bytes(data.len()), move || {
        hmac::sign(key.get()?.secret()?, hash, &data).map(Output::Bytes)
    });
}

/// `cryptoHmacVerify(operation, key, hash, tag, data)`
pub(crate) fn verify<'s>(
    scope: &mut v8::PinScope<'s, '_>,
    (operation, key, hash, tag, data): (u64, KeyOf, Hash, Vec<u8>, Vec<u8>),
    result: v8::ReturnValue<'s>,
) {
    perform(scope, result, operation, Work::on_bytes(data.len()), move || {
        hmac::verify(key.get()?.secret()?, hash, &tag, &data).map(Output::Truth)
    });
}
