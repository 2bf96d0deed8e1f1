//! RSASSA-PKCS1-v1_5, RSA-PSS and RSA-OAEP, with moduli of 2048 to 8192 bits.
//!
//! `aws-lc-rs` has its bounds: it signs nothing with SHA-1, generates keys of three sizes (and one that is too large here)
//! with the public exponent 65537, and takes no key of less than 2048 bits. What is beyond is refused by name.

use std::sync::OnceLock;

use aws_lc_rs::encoding::{AsDer, Pkcs8V1Der};
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::{
    KeyPair, KeySize, OAEP_SHA1_MGF1SHA1, OAEP_SHA256_MGF1SHA256, OAEP_SHA384_MGF1SHA384,
    OAEP_SHA512_MGF1SHA512, OaepAlgorithm, OaepPrivateDecryptingKey, OaepPublicEncryptingKey,
    PrivateDecryptingKey, PublicEncryptingKey, PublicKey,
};
use aws_lc_rs::signature::{self, ParsedPublicKey, RsaParameters, RsaPssSaltLength, RsaSignatureEncoding};
use base64ct::{Base64UrlUnpadded, Encoding};
use parking_lot::Mutex;
use pkcs1::{RsaPrivateKeyRef, RsaPublicKeyRef};
use pkcs8::ObjectIdentifier;
use pkcs8::der::asn1::UintRef;
use pkcs8::der::{Decode, Encode};
use rustc_hash::FxHashMap;
use zeroize::Zeroizing;

use super::der::{Kind, Parameters};
use super::{Failure, Hash};

const KIND: Kind =
    Kind { algorithm: ObjectIdentifier::new_unwrap("1.2.840.113549.1.1.1"), parameters: Parameters::Null };
const NOT_A_KEY: Failure = Failure::Data("this is no RSA key of 2048 to 8192 bits");
const FAILED: Failure = Failure::Operation("the operation with the RSA key failed");
const NO_SIGNATURE: Failure = Failure::NotSupported("RSA signs with SHA-256, SHA-384 and SHA-512 only");
const TOO_MUCH_SALT: Failure = Failure::Operation("the salt does not fit into the modulus");

/// A padding for signatures. JavaScript passes the length of the salt of PSS, and -1 for PKCS #1 v1.5.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Padding {
    Pkcs1,
    Pss { salt: u16 },
}

/// A modulus and an exponent.
pub(crate) struct RsaPublic {
    /// As PKCS #1 has it.
    der: Vec<u8>,
    /// Of the modulus.
    bits: usize,
    /// For what it is first used for: a key of the Web Crypto API has one algorithm.
    verifying: OnceLock<(Padding, Hash, Option<ParsedPublicKey>)>,
}

impl RsaPublic {
    fn new(der: &[u8], bits: usize) -> Self {
        Self { der: der.into(), bits, verifying: OnceLock::new() }
    }

    fn from_der(der: &[u8]) -> Result<Self, Failure> {
        // Strictly one key, where AWS-LC would also take a container.
        let parsed = RsaPublicKeyRef::from_der(der).map_err(|_| NOT_A_KEY)?;
        let bits = bits_of(parsed.modulus.as_bytes());
        if !(2048..=8192).contains(&bits) {
            return Err(NOT_A_KEY);
        }
        PublicKey::from_der(der).map_err(|_| NOT_A_KEY)?;
        Ok(Self::new(der, bits))
    }

    pub(crate) fn from_spki(spki: &[u8]) -> Result<Self, Failure> {
        Self::from_der(KIND.public_key(spki)?)
    }

    pub(crate) fn from_jwk(n: &str, e: &str) -> Result<Self, Failure> {
        let [n, e] = [number(n)?, number(e)?];
        let key = RsaPublicKeyRef { modulus: uint(&n)?, public_exponent: uint(&e)? };
        Self::from_der(&key.to_der().map_err(|_| NOT_A_KEY)?)
    }

    pub(crate) fn bits(&self) -> usize {
        self.bits
    }

    /// The public exponent, from its first byte that is not zero.
    pub(crate) fn exponent(&self) -> Result<Vec<u8>, Failure> {
        let key = RsaPublicKeyRef::from_der(&self.der).map_err(|_| FAILED)?;
        Ok(key.public_exponent.as_bytes().to_vec())
    }

    pub(crate) fn to_spki(&self) -> Result<Vec<u8>, Failure> {
        KIND.to_spki(&self.der)
    }

    /// `n` and `e`.
    pub(crate) fn to_jwk(&self) -> Vec<Zeroizing<String>> {
        let key = RsaPublicKeyRef::from_der(&self.der);
        key.map(|key| vec![text(key.modulus), text(key.public_exponent)]).unwrap_or_default()
    }

    pub(crate) fn verify(
        &self,
        padding: Padding,
        hash: Hash,
        signature: &[u8],
        data: &[u8],
    ) -> Result<bool, Failure> {
        let algorithm: &'static RsaParameters = match (padding, hash) {
            (Padding::Pkcs1, Hash::Sha1) => &signature::RSA_PKCS1_2048_8192_SHA1_FOR_LEGACY_USE_ONLY,
            (Padding::Pkcs1, Hash::Sha256) => &signature::RSA_PKCS1_2048_8192_SHA256,
            (Padding::Pkcs1, Hash::Sha384) => &signature::RSA_PKCS1_2048_8192_SHA384,
            (Padding::Pkcs1, Hash::Sha512) => &signature::RSA_PKCS1_2048_8192_SHA512,
            (Padding::Pss { salt }, Hash::Sha256 | Hash::Sha384 | Hash::Sha512) => match pss(hash, salt) {
                Ok((_, parameters)) => parameters,
                // No signature has such a salt.
                Err(_) => return Ok(false),
            },
            _ => return Err(NO_SIGNATURE),
        };
        let parse = || ParsedPublicKey::new(algorithm, &self.der).ok();
        let (usual_padding, usual_hash, usual) = self.verifying.get_or_init(|| (padding, hash, parse()));
        let is_usual = (*usual_padding, *usual_hash) == (padding, hash);
        let other = if is_usual { None } else { parse() };
        let key = if is_usual { usual.as_ref() } else { other.as_ref() }.ok_or(FAILED)?;
        Ok(key.verify_sig(data, signature).is_ok())
    }

    /// OAEP with `hash` for everything.
    pub(crate) fn encrypt(&self, hash: Hash, label: &[u8], data: &[u8]) -> Result<Vec<u8>, Failure> {
        let key = PublicEncryptingKey::from_der(&self.to_spki()?).map_err(|_| FAILED)?;
        let key = OaepPublicEncryptingKey::new(key).map_err(|_| FAILED)?;
        let mut encrypted = vec![0; key.ciphertext_size()];
        let length = key.encrypt(oaep(hash)?, data, &mut encrypted, Some(label)).map_err(|_| FAILED)?.len();
        encrypted.truncate(length);
        Ok(encrypted)
    }
}

/// A whole key of two primes.
pub(crate) struct RsaPrivate {
    /// As PKCS #1 has it.
    der: Zeroizing<Vec<u8>>,
    public: RsaPublic,
    pair: KeyPair,
    /// Made when it is first used.
    decrypting: OnceLock<Option<OaepPrivateDecryptingKey>>,
}

impl RsaPrivate {
    /// A new pair, if there are keys of so many bits.
    pub(crate) fn generate(bits: u32) -> Result<(Self, RsaPublic), Failure> {
        let size = match bits {
            2048 => KeySize::Rsa2048,
            3072 => KeySize::Rsa3072,
            4096 => KeySize::Rsa4096,
            _ => return Err(Failure::Operation("RSA keys are generated with 2048, 3072 or 4096 bits")),
        };
        let pair = KeyPair::generate(size).map_err(|_| FAILED)?;
        let pkcs8: Pkcs8V1Der<'_> = pair.as_der().map_err(|_| FAILED)?;
        let private = Self::from_pkcs8(pkcs8.as_ref())?;
        let public = RsaPublic::new(&private.public.der, private.public.bits);
        Ok((private, public))
    }

    fn from_der(der: Zeroizing<Vec<u8>>) -> Result<Self, Failure> {
        let parsed = RsaPrivateKeyRef::from_der(&der).map_err(|_| NOT_A_KEY)?;
        if parsed.other_prime_infos.is_some() {
            return Err(Failure::NotSupported("RSA keys have two primes"));
        }
        let public = RsaPublic::from_der(&parsed.public_key().to_der().map_err(|_| NOT_A_KEY)?)?;
        let pair = KeyPair::from_der(&der).map_err(|_| NOT_A_KEY)?;
        Ok(Self { der, public, pair, decrypting: OnceLock::new() })
    }

    pub(crate) fn from_pkcs8(pkcs8: &[u8]) -> Result<Self, Failure> {
        Self::from_der(Zeroizing::new(KIND.private_key(pkcs8)?.to_vec()))
    }

    /// From `n`, `e`, `d`, `p`, `q`, `dp`, `dq` and `qi`.
    pub(crate) fn from_jwk(members: [&str; 8]) -> Result<Self, Failure> {
        let mut numbers = Vec::with_capacity(members.len());
        for member in members {
            numbers.push(number(member)?);
        }
        let [n, e, d, p, q, dp, dq, qi] = &numbers[..] else { return Err(NOT_A_KEY) };
        let key = RsaPrivateKeyRef {
            modulus: uint(n)?,
            public_exponent: uint(e)?,
            private_exponent: uint(d)?,
            prime1: uint(p)?,
            prime2: uint(q)?,
            exponent1: uint(dp)?,
            exponent2: uint(dq)?,
            coefficient: uint(qi)?,
            other_prime_infos: None,
        };
        Self::from_der(Zeroizing::new(key.to_der().map_err(|_| NOT_A_KEY)?))
    }

    pub(crate) fn public(&self) -> &RsaPublic {
        &self.public
    }

    pub(crate) fn to_pkcs8(&self) -> Result<Vec<u8>, Failure> {
        KIND.to_pkcs8(&self.der)
    }

    /// What [`from_jwk`](Self::from_jwk) takes.
    pub(crate) fn to_jwk(&self) -> Vec<Zeroizing<String>> {
        let Ok(key) = RsaPrivateKeyRef::from_der(&self.der) else { return Vec::new() };
        let members = [
            key.modulus,
            key.public_exponent,
            key.private_exponent,
            key.prime1,
            key.prime2,
            key.exponent1,
            key.exponent2,
            key.coefficient,
        ];
        members.map(text).into()
    }

    pub(crate) fn sign(&self, padding: Padding, hash: Hash, data: &[u8]) -> Result<Vec<u8>, Failure> {
        let encoding: &'static RsaSignatureEncoding = match (padding, hash) {
            (Padding::Pkcs1, Hash::Sha256) => &signature::RSA_PKCS1_SHA256,
            (Padding::Pkcs1, Hash::Sha384) => &signature::RSA_PKCS1_SHA384,
            (Padding::Pkcs1, Hash::Sha512) => &signature::RSA_PKCS1_SHA512,
            (Padding::Pss { salt }, Hash::Sha256 | Hash::Sha384 | Hash::Sha512) => pss(hash, salt)?.0,
            _ => return Err(NO_SIGNATURE),
        };
        let mut signed = vec![0; self.pair.public_modulus_len()];
        self.pair.sign(encoding, &SystemRandom::new(), data, &mut signed).map_err(|_| FAILED)?;
        Ok(signed)
    }

    /// OAEP with `hash` for everything.
    pub(crate) fn decrypt(&self, hash: Hash, label: &[u8], data: &[u8]) -> Result<Vec<u8>, Failure> {
        let key = self.decrypting.get_or_init(|| {
            let pkcs8 = Zeroizing::new(self.to_pkcs8().ok()?);
            OaepPrivateDecryptingKey::new(PrivateDecryptingKey::from_pkcs8(&pkcs8).ok()?).ok()
        });
        let key = key.as_ref().ok_or(FAILED)?;
        let mut plain = vec![0; key.min_output_size()];
        let length = key.decrypt(oaep(hash)?, data, &mut plain, Some(label)).map_err(|_| FAILED)?.len();
        plain.truncate(length);
        Ok(plain)
    }
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
    let make = || -> Made {
        let (encoding, parameters) = match hash {
            Hash::Sha384 => (signature::RSA_PSS_SHA384, signature::RSA_PSS_2048_8192_SHA384),
            Hash::Sha512 => (signature::RSA_PSS_SHA512, signature::RSA_PSS_2048_8192_SHA512),
            _ => (signature::RSA_PSS_SHA256, signature::RSA_PSS_2048_8192_SHA256),
        };
        let (encoding, parameters) =
            (encoding.with_pss_salt_length(length), parameters.with_pss_salt_length(length));
        (Box::leak(Box::new(encoding)), Box::leak(Box::new(parameters)))
    };
    let mut made = MADE.lock();
    let key = (hash.digest_algorithm().output_len(), salt);
    Ok(*made.get_or_insert_default().entry(key).or_insert_with(make))
}

fn oaep(hash: Hash) -> Result<&'static OaepAlgorithm, Failure> {
    match hash {
        Hash::Sha1 => Ok(&OAEP_SHA1_MGF1SHA1),
        Hash::Sha256 => Ok(&OAEP_SHA256_MGF1SHA256),
        Hash::Sha384 => Ok(&OAEP_SHA384_MGF1SHA384),
        Hash::Sha512 => Ok(&OAEP_SHA512_MGF1SHA512),
        Hash::Sha3_256 | Hash::Sha3_384 | Hash::Sha3_512 => {
            Err(Failure::NotSupported("RSA-OAEP does not take this hash function"))
        }
    }
}

/// Of a number whose first byte is not zero.
fn bits_of(number: &[u8]) -> usize {
    number.first().map_or(0, |first| 8 * number.len() - first.leading_zeros() as usize)
}

fn number(member: &str) -> Result<Zeroizing<Vec<u8>>, Failure> {
    const NOT_ONE: Failure = Failure::Data("a member of the JSON Web Key is no number in base64url");
    if member.is_empty() || member.len() > 2048 {
        return Err(NOT_ONE);
    }
    Base64UrlUnpadded::decode_vec(member).map(Zeroizing::new).map_err(|_| NOT_ONE)
}

fn uint(bytes: &[u8]) -> Result<UintRef<'_>, Failure> {
    UintRef::new(bytes).map_err(|_| NOT_A_KEY)
}

fn text(number: UintRef<'_>) -> Zeroizing<String> {
    Zeroizing::new(Base64UrlUnpadded::encode_string(number.as_bytes()))
}

#[cfg(test)]
mod tests {
    use std::sync::OnceLock;

    use proptest::prelude::*;

    use super::*;

    fn pair() -> &'static (RsaPrivate, RsaPublic) {
        static PAIR: OnceLock<(RsaPrivate, RsaPublic)> = OnceLock::new();
        PAIR.get_or_init(|| RsaPrivate::generate(2048).unwrap())
    }

    #[test]
    fn signatures_of_every_kind() {
        let (private, public) = pair();
        for hash in [Hash::Sha256, Hash::Sha384, Hash::Sha512] {
            for padding in [Padding::Pkcs1, Padding::Pss { salt: 0 }, Padding::Pss { salt: 32 }] {
                let signature = private.sign(padding, hash, b"data").unwrap();
                assert_eq!(
                    public.verify(padding, hash, &signature, b"data"),
                    Ok(true),
                    "{padding:?} {hash:?}"
                );
                assert_eq!(public.verify(padding, hash, &signature, b"date"), Ok(false));
                let other = Padding::Pss { salt: 20 };
                assert_eq!(
                    public.verify(other, hash, &signature, b"data"),
                    Ok(false),
                    "{padding:?} {hash:?}"
                );
                assert_eq!(public.verify(padding, hash, b"short", b"data"), Ok(false));
            }
            let most = (256 - hash.digest_algorithm().output_len() - 2) as u16;
            assert!(private.sign(Padding::Pss { salt: most }, hash, b"data").is_ok());
            assert_eq!(private.sign(Padding::Pss { salt: most + 1 }, hash, b"data"), Err(FAILED));
        }
        assert_eq!(private.sign(Padding::Pss { salt: u16::MAX }, Hash::Sha256, b"data"), Err(TOO_MUCH_SALT));
        assert_eq!(private.sign(Padding::Pkcs1, Hash::Sha1, b"data"), Err(NO_SIGNATURE));
        assert_eq!(public.verify(Padding::Pkcs1, Hash::Sha1, &[0; 256], b"data"), Ok(false));
    }

    #[test]
    fn encryption_with_every_hash_function() {
        let (private, public) = pair();
        for hash in [Hash::Sha1, Hash::Sha256, Hash::Sha384, Hash::Sha512] {
            for label in [&b""[..], b"label"] {
                let most = 256 - 2 * hash.digest_algorithm().output_len() - 2;
                for length in [0, 1, most] {
                    let plain = vec![7; length];
                    let encrypted = public.encrypt(hash, label, &plain).unwrap();
                    assert_eq!(private.decrypt(hash, label, &encrypted), Ok(plain), "{hash:?} {length}");
                    assert_eq!(private.decrypt(hash, b"another", &encrypted), Err(FAILED));
                }
                assert_eq!(public.encrypt(hash, label, &vec![7; most + 1]), Err(FAILED));
            }
        }
        assert_eq!(private.decrypt(Hash::Sha1, b"", b"short"), Err(FAILED));
    }

    #[test]
    fn every_format_gives_the_same_key_back() {
        let (private, public) = pair();
        let jwk = private.to_jwk();
        let members: [&str; 8] = std::array::from_fn(|index| jwk[index].as_str());
        assert_eq!(RsaPrivate::from_jwk(members).unwrap().der, private.der);
        assert_eq!(RsaPrivate::from_pkcs8(&private.to_pkcs8().unwrap()).unwrap().der, private.der);
        assert_eq!(RsaPublic::from_jwk(members[0], members[1]).unwrap().der, public.der);
        assert_eq!(RsaPublic::from_spki(&public.to_spki().unwrap()).unwrap().der, public.der);
        assert_eq!((public.bits(), public.exponent().unwrap(), members[1]), (2048, vec![1, 0, 1], "AQAB"));
        let mut mixed = members;
        mixed.swap(3, 5);
        assert_eq!(RsaPrivate::from_jwk(mixed).err(), Some(NOT_A_KEY));
        assert!(RsaPrivate::generate(1024).is_err() && RsaPrivate::generate(8192).is_err());
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(32))]

        #[test]
        fn malformed_keys_are_refused(at in any::<prop::sample::Index>(), byte: u8, noise: Vec<u8>, word in "[-_a-zA-Z0-9+/=]{0,400}") {
            let (private, public) = pair();
            let mut keys = [private.to_pkcs8().unwrap(), public.to_spki().unwrap()];
            for key in &mut keys {
                let index = at.index(key.len());
                key[index] = byte;
            }
            for bytes in keys.iter().chain([&noise]) {
                let failures = [
                    RsaPrivate::from_pkcs8(bytes).err(),
                    RsaPublic::from_spki(bytes).err(),
                    RsaPublic::from_jwk(&word, "AQAB").err(),
                    RsaPrivate::from_jwk([&word; 8]).err(),
                ];
                for failure in failures.into_iter().flatten() {
                    prop_assert!(matches!(failure, Failure::Data(_) | Failure::NotSupported(_)), "{failure}");
                }
            }
        }
    }
}
