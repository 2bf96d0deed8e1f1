//! RSA. What a private key does, and the generation of one, takes long.

use zeroize::Zeroizing;

use super::outcome::{KeyOf, Work, give, perform};
use crate::crypto::key::Format;
use crate::crypto::rsa::{Padding, RsaPrivate, RsaPublic};
use crate::crypto::{Failure, Hash, Key, Output};
use crate::host::arguments::{ArgumentError, FromV8};

/// The length of the salt of PSS; of PKCS #1 v1.5 if it is negative.
impl<'s> FromV8<'s> for Padding {
    fn from_v8(
        scope: &mut v8::PinScope<'s, '_>,
        value: v8::Local<'s, v8::Value>,
    ) -> Result<Self, ArgumentError> {
        let salt = f64::from_v8(scope, value)?;
        // What is too long for a number of 16 bits is too long for every modulus.
        Ok(if salt < 0.0 { Self::Pkcs1 } else { Self::Pss { salt: salt as u16 } })
    }
}

/// `cryptoRsaGenerate(operation, bits)`: a private key and its public one.
pub(crate) fn generate<'s>(
    scope: &mut v8::PinScope<'s, '_>,
    (operation, bits): (u64, u32),
    result: v8::ReturnValue<'s>,
) {
    perform(scope, result, operation, Work::on_bytes(0).or_long(true), move || {
        RsaPrivate::generate(bits).map(|(private, public)| Output::Pair(private.into(), public.into()))
    });
}

/// `cryptoRsaImport(format, data)`
pub(crate) fn import<'s>(
    scope: &mut v8::PinScope<'s, '_>,
    (format, data): (Format, Vec<u8>),
    mut result: v8::ReturnValue<'s>,
) {
    let data = Zeroizing::new(data);
    let key = match format {
        Format::Spki => RsaPublic::from_spki(&data).map(Key::from),
        Format::Pkcs8 => RsaPrivate::from_pkcs8(&data).map(Key::from),
        Format::Raw => Err(Failure::NotSupported("RSA keys have no format \"raw\"")),
    };
    give(scope, &mut result, &key.map(Output::Key));
}

/// `cryptoRsaFromJwk(members)`: `n` and `e`, and of a private key `d`, `p`, `q`, `dp`, `dq` and `qi`.
pub(crate) fn from_jwk<'s>(
    scope: &mut v8::PinScope<'s, '_>,
    (members,): (v8::Local<'s, v8::Array>,),
    mut result: v8::ReturnValue<'s>,
) {
    let mut texts = Vec::with_capacity(8);
    for index in 0..members.length().min(8) {
        let Some(member) = members.get_index(scope, index) else { return };
        match String::from_v8(scope, member) {
            Ok(text) => texts.push(Zeroizing::new(text)),
            Err(error) => return error.throw(scope),
        }
    }
    let texts: Vec<_> = texts.iter().map(|text| text.as_str()).collect();
    let key = match <[&str; 8]>::try_from(&texts[..]) {
        Ok(members) => RsaPrivate::from_jwk(members).map(Key::from),
        Err(_) => match texts[..] {
            [n, e] => RsaPublic::from_jwk(n, e).map(Key::from),
            _ => Err(Failure::Data("the JSON Web Key has not all members of a key")),
        },
    };
    give(scope, &mut result, &key.map(Output::Key));
}

/// `cryptoRsaBits(key)`: of its modulus.
pub(crate) fn bits<'s>(_scope: &mut v8::PinScope<'s, '_>, (key,): (KeyOf,), mut result: v8::ReturnValue<'s>) {
    let bits = key.get().and_then(|key| key.with_rsa_public(|key| Ok(key.bits())));
    result.set_double(bits.unwrap_or(0) as f64);
}

/// `cryptoRsaExponent(key)`: the public one.
pub(crate) fn exponent<'s>(
    scope: &mut v8::PinScope<'s, '_>,
    (key,): (KeyOf,),
    mut result: v8::ReturnValue<'s>,
) {
    let exponent = key.get().and_then(|key| key.with_rsa_public(RsaPublic::exponent));
    give(scope, &mut result, &exponent.map(Output::Bytes));
}

/// `cryptoRsaSign(operation, key, salt, hash, data)`
pub(crate) fn sign<'s>(
    scope: &mut v8::PinScope<'s, '_>,
    (operation, key, padding, hash, data): (u64, KeyOf, Padding, Hash, Vec<u8>),
    result: v8::ReturnValue<'s>,
) {
    perform(scope, result, operation, Work::on_bytes(data.len()).or_long(true), move || {
        key.get()?.rsa_private()?.sign(padding, hash, &data).map(Output::Bytes)
    });
}

/// `cryptoRsaVerify(operation, key, salt, hash, signature, data)`
pub(crate) fn verify<'s>(
    scope: &mut v8::PinScope<'s, '_>,
    (operation, key, padding, hash, signature, data): (u64, KeyOf, Padding, Hash, Vec<u8>, Vec<u8>),
    result: v8::ReturnValue<'s>,
) {
    perform(scope, result, operation, Work::on_bytes(data.len()), move || {
        key.get()?.rsa_public()?.verify(padding, hash, &signature, &data).map(Output::Truth)
    });
}

/// `cryptoRsaOaep(operation, key, decrypts, hash, label, data)`
pub(crate) fn oaep<'s>(
    scope: &mut v8::PinScope<'s, '_>,
    (operation, key, decrypts, hash, label, data): (u64, KeyOf, bool, Hash, Vec<u8>, Vec<u8>),
    result: v8::ReturnValue<'s>,
) {
    let work = Work::on_bytes(data.len() + label.len()).or_long(decrypts);
    perform(scope, result, operation, work, move || {
        let key = key.get()?;
        let bytes = match decrypts {
            true => key.rsa_private()?.decrypt(hash, &label, &data),
            false => key.rsa_public()?.encrypt(hash, &label, &data),
        };
        bytes.map(Output::Bytes)
    });
}
