//! ECDSA and ECDH.

use super::kdf::derived_bits;
use super::outcome::{KeyOf, Work, give, perform};
use super::pairs::functions_of_pairs;
use crate::crypto::ec::{Curve, EcPrivate, EcPublic};
use crate::crypto::key::Format;
use crate::crypto::{Hash, Key, Output};
use crate::host::arguments::FromV8;

functions_of_pairs!(Curve, EcPrivate ec_private, EcPublic ec_public);

/// `cryptoEcFromJwk(curve, x, y, d)`: a public key if `d` is empty.
pub(crate) fn from_jwk<'s>(
    scope: &mut v8::PinScope<'s, '_>,
    (curve, x, y, d): (Curve, String, String, String),
    mut result: v8::ReturnValue<'s>,
) {
    let d = zeroize::Zeroizing::new(d);
    let key = match d.as_str() {
        "" => EcPublic::from_jwk(curve, &x, &y).map(Into::into),
        d => EcPrivate::from_jwk(curve, (&x, &y), d).map(Into::into),
    };
    give(scope, &mut result, &key.map(Output::Key));
}

/// `cryptoEcSign(operation, key, hash, data)`
pub(crate) fn sign<'s>(
    scope: &mut v8::PinScope<'s, '_>,
    (operation, key, hash, data): (u64, KeyOf, Hash, Vec<u8>),
    result: v8::ReturnValue<'s>,
) {
    perform(scope, result, operation, Work::on_bytes(data.len()), move || {
        key.get()?.ec_private()?.sign(hash, &data).map(Output::Bytes)
    });
}

/// `cryptoEcVerify(operation, key, hash, signature, data)`
pub(crate) fn verify<'s>(
    scope: &mut v8::PinScope<'s, '_>,
    (operation, key, hash, signature, data): (u64, KeyOf, Hash, Vec<u8>, Vec<u8>),
    result: v8::ReturnValue<'s>,
) {
    perform(scope, result, operation, Work::on_bytes(data.len()), move || {
        key.get()?.ec_public()?.verify(hash, &signature, &data).map(Output::Truth)
    });
}
