//! Keys that are bytes: those of HMAC and AES, and what HKDF and PBKDF2 derive from.

use std::sync::OnceLock;

use aws_lc_rs::hmac;
use base64ct::{Base64UrlUnpadded, Encoding};
use zeroize::Zeroizing;

use super::{Failure, Hash, random};

/// The bytes of a key.
pub(crate) struct Secret {
    bytes: Zeroizing<Vec<u8>>,
    /// Prepared for the hash function that it is used with, which is always the same.
    hmac: OnceLock<(Hash, hmac::Key)>,
}

impl Secret {
    pub(crate) fn new(bytes: impl Into<Zeroizing<Vec<u8>>>) -> Self {
        Self { bytes: bytes.into(), hmac: OnceLock::new() }
    }

    /// Its first `bits`; the rest of the last byte is zero. All of it if there are no more.
    pub(crate) fn first_bits(bytes: impl Into<Zeroizing<Vec<u8>>>, bits: usize) -> Self {
        let mut bytes = bytes.into();
        let whole = bits.div_ceil(8);
        if whole < bytes.len() {
            // Not `truncate`: what is cut off is part of the key.
            bytes = Zeroizing::new(bytes[..whole].to_vec());
        }
        if whole == bytes.len()
            && let Some(last) = bytes.last_mut()
        {
            *last &= 0xff << (8 * whole - bits);
        }
        Self::new(bytes)
    }

    /// A new one of this many bits.
    pub(crate) fn generate(bits: usize) -> Result<Self, Failure> {
        let mut bytes = Zeroizing::new(vec![0; bits.div_ceil(8)]);
        random::fill(&mut bytes)?;
        Ok(Self::first_bits(bytes, bits))
    }

    /// From the member `k` of a JSON Web Key.
    pub(crate) fn from_jwk(k: &str) -> Result<Self, Failure> {
        let bytes = Base64UrlUnpadded::decode_vec(k);
        bytes.map(Self::new).map_err(|_| Failure::Data("k is not base64url without padding"))
    }

    pub(crate) fn to_jwk(&self) -> Zeroizing<String> {
        Zeroizing::new(Base64UrlUnpadded::encode_string(&self.bytes))
    }

    pub(crate) fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// It as a key of HMAC with `hash`.
    pub(super) fn for_hmac<T>(&self, hash: Hash, f: impl FnOnce(&hmac::Key) -> T) -> Result<T, Failure> {
        let algorithm =
            hash.hmac_algorithm().ok_or(Failure::NotSupported("HMAC does not take this hash function"))?;
        let (of, key) = self.hmac.get_or_init(|| (hash, hmac::Key::new(algorithm, &self.bytes)));
        Ok(if *of == hash { f(key) } else { f(&hmac::Key::new(algorithm, &self.bytes)) })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bits_beyond_the_length_are_zero() {
        for (bits, expected) in [
            (24, &[0xff_u8; 3][..]),
            (17, &[0xff, 0xff, 0x80]),
            (16, &[0xff; 2]),
            (1, &[0x80]),
            (99, &[0xff; 3]),
        ] {
            assert_eq!(Secret::first_bits(vec![0xff; 3], bits).bytes(), expected, "{bits}");
        }
    }

    #[test]
    fn a_jwk_is_strict_base64url() {
        assert_eq!(
            Secret::from_jwk("-_8").ok().map(|secret| secret.bytes().to_vec()),
            Some(vec![0xfb, 0xff])
        );
        for k in ["-_8=", "+/8", "-_9", "a", "é", "-_8 "] {
            assert!(matches!(Secret::from_jwk(k), Err(Failure::Data(_))), "{k}");
        }
    }
}
