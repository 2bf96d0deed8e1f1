//! Keys as resources of their context.
//!
//! The host does not learn when JavaScript lets go of a `CryptoKey`, and code that imports one in every request is
//! common. So a context holds a bounded number of keys, and a new one takes the place of the one that has not been used
//! for the longest time: a key at the top level that requests use stays. Whoever uses a key that had to go is told so.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::Instant;

use zeroize::Zeroizing;

use super::Failure;
use super::ec::{EcPrivate, EcPublic};
use super::okp::{OkpPrivate, OkpPublic};
use super::rsa::{RsaPrivate, RsaPublic};
use super::secret::Secret;
use crate::vocabulary::resources::Resource;

/// The material of a key. Clones share it.
#[derive(Clone)]
pub(crate) enum Key {
    Secret(Arc<Secret>),
    EcPublic(Arc<EcPublic>),
    EcPrivate(Arc<EcPrivate>),
    OkpPublic(Arc<OkpPublic>),
    OkpPrivate(Arc<OkpPrivate>),
    RsaPublic(Arc<RsaPublic>),
    RsaPrivate(Arc<RsaPrivate>),
}

/// The containers of keys, besides JSON Web Keys.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Format {
    Raw,
    Spki,
    Pkcs8,
}

macro_rules! kinds {
    ($($name:ident $kind:ident)*) => {
        impl Key {
            $(pub(crate) fn $name(&self) -> Result<&Arc<$kind>, Failure> {
                match self {
                    Self::$kind(key) => Ok(key),
                    _ => Err(WRONG_KIND),
                }
            })*
        }

        $(impl From<$kind> for Key {
            fn from(key: $kind) -> Self {
                Self::$kind(Arc::new(key))
            }
        })*
    };
}

/// JavaScript knows of which algorithm and type a key is, and never asks for this.
const WRONG_KIND: Failure = Failure::Operation("the key is one of another algorithm");

kinds! {
    secret Secret
    ec_public EcPublic
    ec_private EcPrivate
    okp_public OkpPublic
    okp_private OkpPrivate
    rsa_public RsaPublic
    rsa_private RsaPrivate
}

impl Key {
    /// About how many bytes it holds, with what is prepared for its use.
    pub(crate) fn weight(&self) -> usize {
        match self {
            Self::Secret(secret) => secret.bytes().len() + 1024,
            Self::OkpPublic(_) => 256,
            Self::EcPublic(_) | Self::OkpPrivate(_) => 1024,
            Self::EcPrivate(_) => 2048,
            // In bytes of the modulus: a few numbers of that size each, and their Montgomery forms.
            Self::RsaPublic(key) => key.bits() / 8 * 4,
            Self::RsaPrivate(key) => key.public().bits() / 8 * 32,
        }
    }

    /// Calls `f` with the public part of an RSA key.
    pub(crate) fn with_rsa_public<T>(
        &self,
        f: impl FnOnce(&RsaPublic) -> Result<T, Failure>,
    ) -> Result<T, Failure> {
        match self {
            Self::RsaPublic(key) => f(key),
            Self::RsaPrivate(key) => f(key.public()),
            _ => Err(WRONG_KIND),
        }
    }

    /// It in a container.
    pub(crate) fn export(&self, format: Format) -> Result<Vec<u8>, Failure> {
        match (self, format) {
            (Self::Secret(key), Format::Raw) => Ok(key.bytes().to_vec()),
            (Self::EcPublic(key), Format::Raw) => Ok(key.to_raw()),
            (Self::EcPublic(key), Format::Spki) => key.to_spki(),
            (Self::EcPrivate(key), Format::Pkcs8) => key.to_pkcs8(),
            (Self::OkpPublic(key), Format::Raw) => Ok(key.to_raw()),
            (Self::OkpPublic(key), Format::Spki) => key.to_spki(),
            (Self::OkpPrivate(key), Format::Pkcs8) => key.to_pkcs8(),
            (Self::RsaPublic(key), Format::Spki) => key.to_spki(),
            (Self::RsaPrivate(key), Format::Pkcs8) => key.to_pkcs8(),
            _ => Err(WRONG_KIND),
        }
    }

    /// Its members in a JSON Web Key, in the order that its family has.
    pub(crate) fn to_jwk(&self) -> Vec<Zeroizing<String>> {
        match self {
            Self::Secret(key) => vec![key.to_jwk()],
            Self::EcPublic(key) => key.to_jwk(),
            Self::EcPrivate(key) => key.to_jwk(),
            Self::OkpPublic(key) => key.to_jwk(),
            Self::OkpPrivate(key) => key.to_jwk(),
            Self::RsaPublic(key) => key.to_jwk(),
            Self::RsaPrivate(key) => key.to_jwk(),
        }
    }
}

/// A key in the table of its context.
pub(crate) struct HeldKey {
    key: Key,
    /// When it was last used, in nanoseconds since the first key of the process.
    used: AtomicU64,
}

impl HeldKey {
    pub(crate) fn new(key: Key) -> Self {
        Self { key, used: AtomicU64::new(now()) }
    }

    /// Its material, for an operation.
    pub(crate) fn take(&self) -> Key {
        self.used.store(now(), Ordering::Relaxed);
        self.key.clone()
    }
}

/// No count of the process, which all threads would share.
fn now() -> u64 {
    static FIRST: OnceLock<Instant> = OnceLock::new();
    u64::try_from(FIRST.get_or_init(Instant::now).elapsed().as_nanos()).unwrap_or(u64::MAX)
}

impl Resource for HeldKey {
    fn name(&self) -> &'static str {
        "key"
    }

    fn may_go_early(&self) -> bool {
        true
    }

    fn last_used(&self) -> u64 {
        self.used.load(Ordering::Relaxed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::vocabulary::resources::ResourceTable;

    #[test]
    fn a_key_that_is_used_outlives_those_that_are_not() {
        let table = ResourceTable::with_bound(3);
        let add = || table.add(Arc::new(HeldKey::new(Secret::new(vec![1]).into())), None);
        let global = add().unwrap();
        for _ in 0..20 {
            table.get::<HeldKey>(global).expect("it is used by everybody").take();
            let fresh = add().unwrap();
            assert!(table.get::<HeldKey>(fresh).is_some());
        }
        assert!(table.get::<HeldKey>(global).is_some());
        assert_eq!(table.len(), 3);
    }
}
