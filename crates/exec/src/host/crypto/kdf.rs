//! HKDF and PBKDF2. What they derive is given as bytes, or kept as a key.

use std::num::NonZeroU32;

use zeroize::Zeroizing;

use super::outcome::{KeyOf, Work, perform};
use crate::crypto::secret::Secret;
use crate::crypto::{Failure, Hash, Output, kdf};

/// Passes of HMAC that one derivation may take: some seconds of a core. OWASP recommends 600,000.
const MOST_PASSES: u64 = 10_000_000;

/// Passes that are made in place: about half a millisecond.
const PASSES_IN_PLACE: u64 = 1_000;

/// `bytes`, or a key if it is to be `kept`.
pub(super) fn derived(bytes: Zeroizing<Vec<u8>>, kept: bool) -> Output {
    if kept { Output::Key(Secret::new(bytes).into()) } else { Output::Bytes(bytes.to_vec()) }
}

/// The first `bits` of what two keys have in common, or all if it is negative; likewise.
pub(super) fn derived_bits(secret: Zeroizing<Vec<u8>>, bits: f64, kept: bool) -> Result<Output, Failure> {
    if bits < 0.0 {
        return Ok(derived(secret, kept));
    }
    if bits > secret.len() as f64 * 8.0 {
        return Err(Failure::Operation("the keys have fewer bits in common"));
    }
    let secret = Secret::first_bits(secret, bits as usize);
    Ok(if kept { Output::Key(secret.into()) } else { Output::Bytes(secret.bytes().to_vec()) })
}

/// `cryptoHkdf(operation, key, hash, salt, info, length, kept)`: the length is in bytes.
pub(crate) fn hkdf<'s>(
    scope: &mut v8::PinScope<'s, '_>,
    (operation, key, hash, salt, info, length, kept): (u64, KeyOf, Hash, Vec<u8>, Vec<u8>, usize, bool),
    result: v8::ReturnValue<'s>,
) {
    let work = Work::on_bytes(salt.len() + info.len());
    perform(scope, result, operation, work, move || {
        let bytes = kdf::hkdf(key.get()?.secret()?, hash, (&salt, &info), length)?;
        Ok(derived(bytes, kept))
    });
}

/// `cryptoPbkdf2(operation, key, hash, salt, iterations, length, kept)`
pub(crate) fn pbkdf2<'s>(
    scope: &mut v8::PinScope<'s, '_>,
    (operation, key, hash, salt, iterations, length, kept): (u64, KeyOf, Hash, Vec<u8>, u32, usize, bool),
    result: v8::ReturnValue<'s>,
) {
    let blocks = length.div_ceil(hash.digest_algorithm().output_len()) as u64;
    let passes = blocks.saturating_mul(iterations.into());
    let allowed = match NonZeroU32::new(iterations) {
        None => Err(Failure::Operation("PBKDF2 needs an iteration")),
        Some(_) if passes > MOST_PASSES => Err(Failure::Operation(
            "PBKDF2 makes 10,000,000 iterations at most, for all blocks of its output",
        )),
        Some(iterations) => Ok(iterations),
    };
    let work = Work::on_bytes(salt.len()).or_long(allowed.is_ok() && passes > PASSES_IN_PLACE);
    perform(scope, result, operation, work, move || {
        let iterations = allowed?;
        let bytes = kdf::pbkdf2(key.get()?.secret()?, hash, (&salt, iterations), length)?;
        Ok(derived(bytes, kept))
    });
}
