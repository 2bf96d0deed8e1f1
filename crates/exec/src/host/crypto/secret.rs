//! Keys that are bytes.

use aws_lc_rs::constant_time;

use super::outcome::{KeyOf, give};
use crate::crypto::secret::Secret;
use crate::crypto::{Failure, Output};

/// More would be a mistake, and a key has to fit beside others.
const MOST_BITS: usize = 8 * (1 << 20);

/// `cryptoSecretImport(bytes, bits)`: all of them if `bits` is 0.
pub(crate) fn import<'s>(
    scope: &mut v8::PinScope<'s, '_>,
    (bytes, bits): (Vec<u8>, usize),
    mut result: v8::ReturnValue<'s>,
) {
    let secret = match bits {
        _ if bytes.len() > MOST_BITS / 8 => Err(Failure::Data("the key is longer than 1 MiB")),
        0 => Ok(Secret::new(bytes)),
        bits => Ok(Secret::first_bits(bytes, bits)),
    };
    give(scope, &mut result, &secret.map(|secret| Output::Key(secret.into())));
}

/// `cryptoSecretFromJwk(k)`
pub(crate) fn from_jwk<'s>(
    scope: &mut v8::PinScope<'s, '_>,
    (k,): (String,),
    mut result: v8::ReturnValue<'s>,
) {
    let secret = match k.len() {
        0..=MOST_BITS => Secret::from_jwk(&zeroize::Zeroizing::new(k)),
        _ => Err(Failure::Data("the key is longer than 1 MiB")),
    };
    give(scope, &mut result, &secret.map(|secret| Output::Key(secret.into())));
}

/// `cryptoSecretBits(key)`: how many it has.
pub(crate) fn bits<'s>(_scope: &mut v8::PinScope<'s, '_>, (key,): (KeyOf,), mut result: v8::ReturnValue<'s>) {
    let secret = key.get().and_then(|key| Ok(key.secret()?.bytes().len()));
    result.set_double(secret.map_or(0.0, |bytes| bytes as f64 * 8.0));
}

/// `cryptoSecretFirstBits(key, bits)`: a new key.
pub(crate) fn first_bits<'s>(
    scope: &mut v8::PinScope<'s, '_>,
    (key, bits): (KeyOf, usize),
    mut result: v8::ReturnValue<'s>,
) {
    let secret = key.get().and_then(|key| Ok(Secret::first_bits(key.secret()?.bytes().to_vec(), bits)));
    give(scope, &mut result, &secret.map(|secret| Output::Key(secret.into())));
}

/// `cryptoSecretGenerate(bits)`
pub(crate) fn generate<'s>(
    scope: &mut v8::PinScope<'s, '_>,
    (bits,): (usize,),
    mut result: v8::ReturnValue<'s>,
) {
    let secret = match bits {
        0..=MOST_BITS => Secret::generate(bits),
        _ => Err(Failure::Operation("the key is longer than 1 MiB")),
    };
    give(scope, &mut result, &secret.map(|secret| Output::Key(secret.into())));
}

/// `cryptoEqual(a, b)`: whether they are the same bytes, in a time that their length alone decides.
pub(crate) fn equal<'s>(
    _scope: &mut v8::PinScope<'s, '_>,
    (a, b): (Vec<u8>, Vec<u8>),
    mut result: v8::ReturnValue<'s>,
) {
    result.set_bool(constant_time::verify_slices_are_equal(&a, &b).is_ok());
}
