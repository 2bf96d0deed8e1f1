//! What `aws-lc-rs` calls the paddings that it has. `None` is one that it does not have for every key.

use aws_lc_rs::rsa::{
    OAEP_SHA1_MGF1SHA1, OAEP_SHA256_MGF1SHA256, OAEP_SHA384_MGF1SHA384, OAEP_SHA512_MGF1SHA512, OaepAlgorithm,
};
use aws_lc_rs::signature::{self, RsaParameters, RsaPssSaltLength, RsaSignatureEncoding};
use parking_lot::Mutex;
use rustc_hash::FxHashMap;

use super::{NO_SUCH_HASH, Padding, TOO_MUCH_SALT};
use crate::crypto::{Failure, Hash};

/// # Errors
/// No key signs with such a salt, or such a hash function.
pub(super) fn signing(
    padding: Padding,
    hash: Hash,
) -> Result<Option<&'static RsaSignatureEncoding>, Failure> {
    Ok(Some(match (padding, hash) {
        (_, Hash::Sha1) => return Ok(None),
        (Padding::Pkcs1, Hash::Sha256) => &signature::RSA_PKCS1_SHA256,
        (Padding::Pkcs1, Hash::Sha384) => &signature::RSA_PKCS1_SHA384,
        (Padding::Pkcs1, Hash::Sha512) => &signature::RSA_PKCS1_SHA512,
        (Padding::Pkcs1, Hash::Sha3_256 | Hash::Sha3_384 | Hash::Sha3_512) => return Err(NO_SUCH_HASH),
        (Padding::Pss { salt }, hash) => pss(hash, salt)?.0,
    }))
}

/// # Errors
/// Likewise.
pub(super) fn verification(padding: Padding, hash: Hash) -> Result<Option<&'static RsaParameters>, Failure> {
    Ok(Some(match (padding, hash) {
        (Padding::Pss { .. }, Hash::Sha1) => return Ok(None),
        (Padding::Pkcs1, Hash::Sha1) => &signature::RSA_PKCS1_2048_8192_SHA1_FOR_LEGACY_USE_ONLY,
        (Padding::Pkcs1, Hash::Sha256) => &signature::RSA_PKCS1_2048_8192_SHA256,
        (Padding::Pkcs1, Hash::Sha384) => &signature::RSA_PKCS1_2048_8192_SHA384,
        (Padding::Pkcs1, Hash::Sha512) => &signature::RSA_PKCS1_2048_8192_SHA512,
        (Padding::Pkcs1, Hash::Sha3_256 | Hash::Sha3_384 | Hash::Sha3_512) => return Err(NO_SUCH_HASH),
        (Padding::Pss { salt }, hash) => pss(hash, salt)?.1,
    }))
}

/// How PSS signs and verifies with a salt of so many bytes. `aws-lc-rs` wants that to be there for ever; there are not many.
fn pss(hash: Hash, salt: u16) -> Result<(&'static RsaSignatureEncoding, &'static RsaParameters), Failure> {
    type Made = (&'static RsaSignatureEncoding, &'static RsaParameters);
    static MADE: Mutex<Option<FxHashMap<(usize, u16), Made>>> = Mutex::new(None);
    // That of the longest modulus and the shortest of these hash functions.
    const LONGEST: u16 = 1024 - 32 - 2;

    if salt > LONGEST {
        return Err(TOO_MUCH_SALT);
    }
    let length = RsaPssSaltLength::Custom(salt);
    let (encoding, parameters) = match hash {
        Hash::Sha256 => (signature::RSA_PSS_SHA256, signature::RSA_PSS_2048_8192_SHA256),
        Hash::Sha384 => (signature::RSA_PSS_SHA384, signature::RSA_PSS_2048_8192_SHA384),
        Hash::Sha512 => (signature::RSA_PSS_SHA512, signature::RSA_PSS_2048_8192_SHA512),
        Hash::Sha1 | Hash::Sha3_256 | Hash::Sha3_384 | Hash::Sha3_512 => return Err(NO_SUCH_HASH),
    };
    let make = || -> Made {
        let encoding = Box::new(encoding.with_pss_salt_length(length));
        (Box::leak(encoding), Box::leak(Box::new(parameters.with_pss_salt_length(length))))
    };
    let mut made = MADE.lock();
    let key = (hash.digest_algorithm().output_len(), salt);
    Ok(*made.get_or_insert_default().entry(key).or_insert_with(make))
}

pub(super) fn oaep(hash: Hash) -> Result<&'static OaepAlgorithm, Failure> {
    match hash {
        Hash::Sha1 => Ok(&OAEP_SHA1_MGF1SHA1),
        Hash::Sha256 => Ok(&OAEP_SHA256_MGF1SHA256),
        Hash::Sha384 => Ok(&OAEP_SHA384_MGF1SHA384),
        Hash::Sha512 => Ok(&OAEP_SHA512_MGF1SHA512),
        Hash::Sha3_256 | Hash::Sha3_384 | Hash::Sha3_512 => Err(NO_SUCH_HASH),
    }
}
