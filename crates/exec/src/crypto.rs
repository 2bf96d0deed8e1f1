//! The mathematics of `crypto.subtle`, without V8: each family in a file of its own, on bytes and keys.
//!
//! `aws-lc-rs` does the work. What is here chooses its algorithm, checks what it does not check, and names the failure as
//! the standard does; which algorithms, parameters and usages there are is the JavaScript's business
//! (`bootstrap/crypto/`). Everything is `Send` and needs no isolate, so that it can run on the
//! [compute threads](crate::compute).
//!
//! # Keys
//! A [`Key`] is material and nothing else: its algorithm, usages and whether it may be exported are in the `CryptoKey`.
//! Material is [zeroised](zeroize) when it is dropped, and has no `Debug`.

pub(crate) mod aes;
mod der;
pub(crate) mod ec;
pub(crate) mod hash;
pub(crate) mod hasher;
#[cfg(test)]
mod hex;
pub(crate) mod hmac;
pub(crate) mod kdf;
pub(crate) mod key;
pub(crate) mod okp;
pub(crate) mod random;
pub(crate) mod rsa;
pub(crate) mod secret;

use zeroize::Zeroizing;

pub(crate) use self::hash::Hash;
pub(crate) use self::key::Key;

/// Why there is no result: the name of the exception that the standard has for it, a colon, and a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Failure {
    #[error("OperationError:{0}")]
    Operation(&'static str),
    #[error("DataError:{0}")]
    Data(&'static str),
    #[error("NotSupportedError:{0}")]
    NotSupported(&'static str),
}

/// What came of an operation.
pub(crate) enum Output {
    Bytes(Vec<u8>),
    Truth(bool),
    /// Members of a JSON Web Key.
    Texts(Vec<Zeroizing<String>>),
    Key(Key),
    /// A private key and its public one.
    Pair(Key, Key),
}

/// Nothing of what is in it, which may be a secret.
impl std::fmt::Debug for Output {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Bytes(_) => "Bytes",
            Self::Truth(_) => "Truth",
            Self::Texts(_) => "Texts",
            Self::Key(_) => "Key",
            Self::Pair(..) => "Pair",
        })
    }
}
