//! HKDF and PBKDF2.

use std::num::NonZeroU32;

use aws_lc_rs::hkdf::{self, KeyType};
use aws_lc_rs::pbkdf2;
use zeroize::Zeroizing;

use super::secret::Secret;
use super::{Failure, Hash};

const NO_SUCH_HASH: Failure = Failure::NotSupported("it does not take this hash function");

/// So many bytes of output.
struct Length(usize);

impl KeyType for Length {
    fn len(&self) -> usize {
        self.0
    }
}

/// RFC 5869, extract and expand.
pub(crate) fn hkdf(
    secret: &Secret,
    hash: Hash,
    (salt, info): (&[u8], &[u8]),
    length: usize,
) -> Result<Zeroizing<Vec<u8>>, Failure> {
    let algorithm = match hash {
        Hash::Sha1 => hkdf::HKDF_SHA1_FOR_LEGACY_USE_ONLY,
        Hash::Sha256 => hkdf::HKDF_SHA256,
        Hash::Sha384 => hkdf::HKDF_SHA384,
        Hash::Sha512 => hkdf::HKDF_SHA512,
        Hash::Sha3_256 | Hash::Sha3_384 | Hash::Sha3_512 => return Err(NO_SUCH_HASH),
    };
    const TOO_LONG: Failure =
        Failure::Operation("HKDF gives 255 times the output of its hash function at most");
    let mut derived = Zeroizing::new(vec![0; length]);
    let key = hkdf::Salt::new(algorithm, salt).extract(secret.bytes());
    let info = [info];
    let output = key.expand(&info, Length(length)).map_err(|_| TOO_LONG)?;
    if length > 0 {
        output.fill(&mut derived).map_err(|_| TOO_LONG)?;
    }
    Ok(derived)
}

/// RFC 8018, 5.2.
pub(crate) fn pbkdf2(
    secret: &Secret,
    hash: Hash,
    (salt, iterations): (&[u8], NonZeroU32),
    length: usize,
) -> Result<Zeroizing<Vec<u8>>, Failure> {
    let algorithm = match hash {
        Hash::Sha1 => pbkdf2::PBKDF2_HMAC_SHA1,
        Hash::Sha256 => pbkdf2::PBKDF2_HMAC_SHA256,
        Hash::Sha384 => pbkdf2::PBKDF2_HMAC_SHA384,
        Hash::Sha512 => pbkdf2::PBKDF2_HMAC_SHA512,
        Hash::Sha3_256 | Hash::Sha3_384 | Hash::Sha3_512 => return Err(NO_SUCH_HASH),
    };
    let mut derived = Zeroizing::new(vec![0; length]);
    if length > 0 {
        pbkdf2::derive(algorithm, iterations, salt, secret.bytes(), &mut derived);
    }
    Ok(derived)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::crypto::hex::bytes;

    /// RFC 5869, A.1, A.3, A.4.
    #[test]
    fn hkdf_as_in_the_rfc() {
        let cases = [
            (
                Hash::Sha256,
                vec![0x0b; 22],
                "000102030405060708090a0b0c",
                "f0f1f2f3f4f5f6f7f8f9",
                "3cb25f25faacd57a90434f64d0362f2a2d2d0a90cf1a5a4c5db02d56ecc4c5bf34007208d5b887185865",
            ),
            (
                Hash::Sha256,
                vec![0x0b; 22],
                "",
                "",
                "8da4e775a563c18f715f802a063c5a31b8a11f5c5ee1879ec3454e5f3c738d2d9d201395faa4b61a96c8",
            ),
            (
                Hash::Sha1,
                vec![0x0b; 11],
                "000102030405060708090a0b0c",
                "f0f1f2f3f4f5f6f7f8f9",
                "085a01ea1b10f36933068b56efa5ad81a4f14b822f5b091568a9cdd4f155fda2c22e422478d305f3f896",
            ),
        ];
        for (hash, key, salt, info, derived) in cases {
            let output = hkdf(&Secret::new(key), hash, (&bytes(salt), &bytes(info)), 42).unwrap();
            assert_eq!(output[..], bytes(derived)[..]);
        }
        let secret = Secret::new(vec![1]);
        assert_eq!(hkdf(&secret, Hash::Sha1, (&[], &[]), 255 * 20).unwrap().len(), 5100);
        assert!(matches!(hkdf(&secret, Hash::Sha1, (&[], &[]), 255 * 20 + 1), Err(Failure::Operation(_))));
        assert!(hkdf(&Secret::new(vec![]), Hash::Sha512, (&[], &[]), 0).unwrap().is_empty());
    }

    /// RFC 6070, and RFC 7914, 11.
    #[test]
    fn pbkdf2_as_in_the_rfcs() {
        let cases = [
            (Hash::Sha1, "password", "salt", 1, "0c60c80f961f0e71f3a9b524af6012062fe037a6"),
            (Hash::Sha1, "password", "salt", 4096, "4b007901b765489abead49d926f721d065a429c1"),
            (
                Hash::Sha1,
                "passwordPASSWORDpassword",
                "saltSALTsaltSALTsaltSALTsaltSALTsalt",
                4096,
                "3d2eec4fe41c849b80c8d83662c0e44a8b291a964cf2f07038",
            ),
            (Hash::Sha1, "pass\0word", "sa\0lt", 4096, "56fa6aa75548099dcc37d7f03425e0c3"),
            (
                Hash::Sha256,
                "passwd",
                "salt",
                1,
                "55ac046e56e3089fec1691c22544b605f94185216dde0465e68b9d57c20dacbc49ca9cccf179b645991664b39d77ef317c71b845b1e30bd509112041d3a19783",
            ),
        ];
        for (hash, password, salt, iterations, derived) in cases {
            let derived = bytes(derived);
            let secret = Secret::new(password.as_bytes().to_vec());
            let iterations = NonZeroU32::new(iterations).unwrap();
            let output = pbkdf2(&secret, hash, (salt.as_bytes(), iterations), derived.len()).unwrap();
            assert_eq!(output[..], derived[..]);
        }
    }
}
