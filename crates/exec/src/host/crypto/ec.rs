//! ECDSA and ECDH.

use super::kdf::derived_bits;
use super::outcome::{KeyOf, Work, give, perform};
use crate::crypto::ec::{Curve, EcPrivate, EcPublic};
use crate::crypto::key::Format;
use crate::crypto::{Hash, Output};
use crate::host::arguments::{ArgumentError, FromV8};

/// By its index.
impl<'s> FromV8<'s> for Curve {
    fn from_v8(
        scope: &mut v8::PinScope<'s, '_>,
        value: v8::Local<'s, v8::Value>,
    ) -> Result<Self, ArgumentError> {
        Self::from_index(u32::from_v8(scope, value)?).ok_or(ArgumentError::Invalid("unknown curve"))
    }
}

/// `cryptoEcGenerate(curve)`: a private key and its public one.
pub(crate) fn generate<'s>(
    scope: &mut v8::PinScope<'s, '_>,
    (curve,): (Curve,),
    mut result: v8::ReturnValue<'s>,
) {
    let pair = EcPrivate::generate(curve);
    give(scope, &mut result, &pair.map(|(private, public)| Output::Pair(private.into(), public.into())));
}

/// `cryptoEcImport(curve, format, data)`
pub(crate) fn import<'s>(
    scope: &mut v8::PinScope<'s, '_>,
    (curve, format, data): (Curve, Format, Vec<u8>),
    mut result: v8::ReturnValue<'s>,
) {
    let data = zeroize::Zeroizing::new(data);
    let key = match format {
        Format::Raw => EcPublic::from_raw(curve, &data).map(Into::into),
        Format::Spki => EcPublic::from_spki(curve, &data).map(Into::into),
        Format::Pkcs8 => EcPrivate::from_pkcs8(curve, &data).map(Into::into),
    };
    give(scope, &mut result, &key.map(Output::Key));
}

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

/// `cryptoEcAgree(key, public, bits, kept)`: all of them if `bits` is negative.
pub(crate) fn agree<'s>(
    scope: &mut v8::PinScope<'s, '_>,
    (key, public, bits, kept): (KeyOf, KeyOf, f64, bool),
    mut result: v8::ReturnValue<'s>,
) {
    let agreed = key.get().and_then(|key| {
        let secret = key.ec_private()?.agree(public.get()?.ec_public()?)?;
        derived_bits(secret, bits, kept)
    });
    give(scope, &mut result, &agreed);
}
