//! Ed25519, X25519, Ed448 and X448.

use super::kdf::derived_bits;
use super::outcome::{KeyOf, Work, give, perform};
use super::pairs::functions_of_pairs;
use crate::crypto::key::Format;
use crate::crypto::okp::{OkpCurve, OkpPrivate, OkpPublic};
use crate::crypto::{Key, Output};
use crate::host::arguments::FromV8;

functions_of_pairs!(OkpCurve, OkpPrivate okp_private, OkpPublic okp_public);

/// `cryptoOkpFromJwk(curve, x, d)`: a public key if `d` is empty.
pub(crate) fn from_jwk<'s>(
    scope: &mut v8::PinScope<'s, '_>,
    (curve, x, d): (OkpCurve, String, String),
    mut result: v8::ReturnValue<'s>,
) {
    let d = zeroize::Zeroizing::new(d);
    let key = match d.as_str() {
        "" => OkpPublic::from_jwk(curve, &x).map(Into::into),
        d => OkpPrivate::from_jwk(curve, &x, d).map(Into::into),
    };
    give(scope, &mut result, &key.map(Output::Key));
}

/// `cryptoOkpSign(operation, key, data)`
pub(crate) fn sign<'s>(
    scope: &mut v8::PinScope<'s, '_>,
    (operation, key, data): (u64, KeyOf, Vec<u8>),
    result: v8::ReturnValue<'s>,
) {
    let is_long = key.get().and_then(Key::okp_private).is_ok_and(|key| key.takes_long());
    perform(scope, result, operation, Work::on_bytes(data.len()).or_long(is_long), move || {
        key.get()?.okp_private()?.sign(&data).map(Output::Bytes)
    });
}

/// `cryptoOkpVerify(operation, key, signature, data)`
pub(crate) fn verify<'s>(
    scope: &mut v8::PinScope<'s, '_>,
    (operation, key, signature, data): (u64, KeyOf, Vec<u8>, Vec<u8>),
    result: v8::ReturnValue<'s>,
) {
    let is_long = key.get().and_then(Key::okp_public).is_ok_and(|key| key.takes_long());
    perform(scope, result, operation, Work::on_bytes(data.len()).or_long(is_long), move || {
        Ok(Output::Truth(key.get()?.okp_public()?.verify(&signature, &data)))
    });
}
