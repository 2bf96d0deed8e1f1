//! HMAC.

use aws_lc_rs::hmac;

use super::secret::Secret;
use super::{Failure, Hash};

/// The tag of `data`.
pub(crate) fn sign(key: &Secret, hash: Hash, data: &[u8]) -> Result<Vec<u8>, Failure> {
    key.for_hmac(hash, |key| hmac::sign(key, data).as_ref().to_vec())
}

/// Whether `tag` is that of `data`, in constant time.
pub(crate) fn verify(key: &Secret, hash: Hash, tag: &[u8], data: &[u8]) -> Result<bool, Failure> {
    key.for_hmac(hash, |key| hmac::verify(key, data, tag).is_ok())
}
