//! Ed25519 and X25519.

use super::kdf::derived_bits;
use super::outcome::{KeyOf, Work, give, perform};
use crate::crypto::Output;
use crate::crypto::key::Format;
use crate::crypto::okp::{OkpCurve, OkpPrivate, OkpPublic};
use crate::host::arguments::{ArgumentError, FromV8};

/// By its index.
impl<'s> FromV8<'s> for OkpCurve {
    fn from_v8(
        scope: &mut v8::PinScope<'s, '_>,
        value: v8::Local<'s, v8::Value>,
    ) -> Result<Self, ArgumentError> {
        Self::from_index(u32::from_v8(scope, value)?).ok_or(ArgumentError::Invalid("unknown curve"))
    }
}

/// `cryptoOkpGenerate(curve)`: a private key and its public one.
pub(crate) fn generate<'s>(
    scope: &mut v8::PinScope<'s, '_>,
    (curve,): (OkpCurve,),
    mut result: v8::ReturnValue<'s>,
) {
    let pair = OkpPrivate::generate(curve);
    give(scope, &mut result, &pair.map(|(private, public)| Output::Pair(private.into(), public.into())));
}

/// `cryptoOkpImport(curve, format, data)`
pub(crate) fn import<'s>(
    scope: &mut v8::PinScope<'s, '_>,
    (curve, format, data): (OkpCurve, Format, Vec<u8>),
    mut result: v8::ReturnValue<'s>,
) {
    let data = zeroize::Zeroizing::new(data);
    let key = match format {
        Format::Raw => OkpPublic::from_raw(curve, &data).map(Into::into),
        Format::Spki => OkpPublic::from_spki(curve, &data).map(Into::into),
        Format::Pkcs8 => OkpPrivate::from_pkcs8(curve, &data).map(Into::into),
    };
    give(scope, &mut result, &key.map(Output::Key));
}

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
    perform(scope, result, operation, Work::on_bytes(data.len()), move || {
        key.get()?.okp_private()?.sign(&data).map(Output::Bytes)
    });
}

/// `cryptoOkpVerify(operation, key, signature, data)`
pub(crate) fn verify<'s>(
    scope: &mut v8::PinScope<'s, '_>,
    (operation, key, signature, data): (u64, KeyOf, Vec<u8>, Vec<u8>),
    result: v8::ReturnValue<'s>,
) {
    perform(scope, result, operation, Work::on_bytes(data.len()), move || {
        Ok(Output::Truth(key.get()?.okp_public()?.verify(&signature, &data)))
    });
}

/// `cryptoOkpAgree(key, public, bits, kept)`: all of them if `bits` is negative.
pub(crate) fn agree<'s>(
    scope: &mut v8::PinScope<'s, '_>,
    (key, public, bits, kept): (KeyOf, KeyOf, f64, bool),
    mut result: v8::ReturnValue<'s>,
) {
    let agreed = key.get().and_then(|key| {
        let secret = key.okp_private()?.agree(public.get()?.okp_public()?)?;
        derived_bits(secret, bits, kept)
    });
    give(scope, &mut result, &agreed);
}
