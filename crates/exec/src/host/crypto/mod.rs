//! `crypto`: a file for each family, whose functions read their arguments, find the keys and have
//! [`crate::crypto`] do the work.
//!
//! JavaScript knows a key by the number of its [resource](crate::crypto::key). A function returns what came of it, or a
//! text for the exception to be thrown: its name, a colon, and its message. So nothing is thrown from here that is not a
//! defect.

pub(super) mod aes;
pub(super) mod digest;
pub(super) mod ec;
pub(super) mod hmac;
pub(super) mod kdf;
pub(super) mod key;
pub(super) mod node;
pub(super) mod okp;
mod outcome;
mod pairs;
pub(super) mod random;
pub(super) mod rsa;
pub(super) mod secret;

use super::arguments::{ArgumentError, FromV8};
use crate::crypto::Hash;

pub(crate) use outcome::computed_to_js;

/// By its index.
impl<'s> FromV8<'s> for Hash {
    fn from_v8(
        scope: &mut v8::PinScope<'s, '_>,
        value: v8::Local<'s, v8::Value>,
    ) -> Result<Self, ArgumentError> {
        Self::from_index(u32::from_v8(scope, value)?).ok_or(ArgumentError::Invalid("unknown hash function"))
    }
}
