//! RSASSA-PKCS1-v1_5, RSA-PSS and RSA-OAEP, with moduli of 1024 to 8192 bits.
//!
//! `aws-lc-rs` has its bounds: it signs nothing with SHA-1, takes no key of less than 2048 bits, and generates keys of three
//! sizes (and one that is too large here) with the public exponent 65537. The first two are [`portable`]; keys are not
//! generated in other sizes.

mod paddings;
mod portable;

use std::sync::OnceLock;

use aws_lc_rs::encoding::{AsDer, Pkcs8V1Der};
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::{
    KeyPair, KeySize, OaepPrivateDecryptingKey, OaepPublicEncryptingKey, PrivateDecryptingKey,
    PublicEncryptingKey, PublicKey,
};
use aws_lc_rs::signature::ParsedPublicKey;
use base64ct::{Base64UrlUnpadded, Encoding};
use pkcs1::{RsaPrivateKeyRef, RsaPublicKeyRef};
use pkcs8::ObjectIdentifier;
use pkcs8::der::asn1::UintRef;
use pkcs8::der::{Decode, Encode};
use zeroize::Zeroizing;

use super::der::{Kind, Parameters};
use super::{Failure, Hash};

const KIND: Kind =
    Kind { algorithm: ObjectIdentifier::new_unwrap("1.2.840.113549.1.1.1"), parameters: Parameters::Null };
const NOT_A_KEY: Failure = Failure::Data("this is no RSA key of 1024 to 8192 bits");
const FAILED: Failure = Failure::Operation("the operation with the RSA key failed");
const NO_SUCH_HASH: Failure = Failure::NotSupported("RSA does not take this hash function");
const TOO_MUCH_SALT: Failure = Failure::Operation("the salt does not fit into the modulus");

/// Of the moduli that AWS-LC takes.
const LEAST_USUAL_BITS: usize = 2048;

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
    verifying: OnceLock<Option<Verifying>>,
    /// Made when it is first used, or with the key if that is all that can use it.
    portable: OnceLock<Result<portable::Public, Failure>>,
}

/// A key that verifies signatures of one kind.
struct Verifying {
    padding: Padding,
    hash: Hash,
    key: ParsedPublicKey,
}

impl RsaPublic {
    fn new(der: &[u8], bits: usize) -> Self {
        Self { der: der.into(), bits, verifying: OnceLock::new(), portable: OnceLock::new() }
    }

    fn from_der(der: &[u8]) -> Result<Self, Failure> {
        // Strictly one key, where AWS-LC would also take a container.
        let parsed = RsaPublicKeyRef::from_der(der).map_err(|_| NOT_A_KEY)?;
        let key = Self::new(der, bits_of(parsed.modulus.as_bytes()));
        match key.bits {
            1024..LEAST_USUAL_BITS => drop(key.portable()?),
            LEAST_USUAL_BITS..=8192 => drop(PublicKey::from_der(der).map_err(|_| NOT_A_KEY)?),
            _ => return Err(NOT_A_KEY),
        }
        Ok(key)
    }

    fn is_usual(&self) -> bool {
        self.bits >= LEAST_USUAL_BITS
    }

    fn portable(&self) -> Result<&portable::Public, Failure> {
        let make = || portable::Public::new(&RsaPublicKeyRef::from_der(&self.der).map_err(|_| NOT_A_KEY)?);
        self.portable.get_or_init(make).as_ref().map_err(|failure| *failure)
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
        let algorithm = match paddings::verification(padding, hash) {
            // No signature has such a salt.
            Err(TOO_MUCH_SALT) => return Ok(false),
            algorithm => algorithm?.filter(|_| self.is_usual()),
        };
        let Some(algorithm) = algorithm else {
            return self.portable()?.verify(padding, hash, signature, data);
        };
        let parse = || ParsedPublicKey::new(algorithm, &self.der).ok();
        let first = self.verifying.get_or_init(|| Some(Verifying { padding, hash, key: parse()? }));
        let other;
        let key = match first {
            Some(first) if (first.padding, first.hash) == (padding, hash) => &first.key,
            _ => {
                other = parse().ok_or(FAILED)?;
                &other
            }
        };
        Ok(key.verify_sig(data, signature).is_ok())
    }

    /// OAEP with `hash` for everything.
    pub(crate) fn encrypt(&self, hash: Hash, label: &[u8], data: &[u8]) -> Result<Vec<u8>, Failure> {
        let padding = paddings::oaep(hash)?;
        if !self.is_usual() {
            return self.portable()?.encrypt(hash, label, data);
        }
        let key = PublicEncryptingKey::from_der(&self.to_spki()?).map_err(|_| FAILED)?;
        let key = OaepPublicEncryptingKey::new(key).map_err(|_| FAILED)?;
        let mut encrypted = vec![0; key.ciphertext_size()];
        let length = key.encrypt(padding, data, &mut encrypted, Some(label)).map_err(|_| FAILED)?.len();
        encrypted.truncate(length);
        Ok(encrypted)
    }
}

/// A whole key of two primes.
pub(crate) struct RsaPrivate {
    /// As PKCS #1 has it.
    der: Zeroizing<Vec<u8>>,
    public: RsaPublic,
    /// Unless it is too short for AWS-LC.
    pair: Option<KeyPair>,
    /// Made when it is first used.
    decrypting: OnceLock<Option<OaepPrivateDecryptingKey>>,
    /// Likewise, or with the key if that is all that can use it.
    portable: OnceLock<Result<portable::Private, Failure>>,
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
        let usual = public.is_usual();
        let pair = if usual { Some(KeyPair::from_der(&der).map_err(|_| NOT_A_KEY)?) } else { None };
        let key = Self { der, public, pair, decrypting: OnceLock::new(), portable: OnceLock::new() };
        if !usual {
            key.portable()?;
        }
        Ok(key)
    }

    fn portable(&self) -> Result<&portable::Private, Failure> {
        let make = || portable::Private::new(&RsaPrivateKeyRef::from_der(&self.der).map_err(|_| NOT_A_KEY)?);
        self.portable.get_or_init(make).as_ref().map_err(|failure| *failure)
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
        let (Some(encoding), Some(pair)) = (paddings::signing(padding, hash)?, &self.pair) else {
            return self.portable()?.sign(padding, hash, data);
        };
        let mut signed = vec![0; pair.public_modulus_len()];
        pair.sign(encoding, &SystemRandom::new(), data, &mut signed).map_err(|_| FAILED)?;
        Ok(signed)
    }

    /// OAEP with `hash` for everything.
    pub(crate) fn decrypt(&self, hash: Hash, label: &[u8], data: &[u8]) -> Result<Vec<u8>, Failure> {
        let padding = paddings::oaep(hash)?;
        if !self.public.is_usual() {
            return self.portable()?.decrypt(hash, label, data);
        }
        let key = self.decrypting.get_or_init(|| {
            let pkcs8 = Zeroizing::new(self.to_pkcs8().ok()?);
            OaepPrivateDecryptingKey::new(PrivateDecryptingKey::from_pkcs8(&pkcs8).ok()?).ok()
        });
        let key = key.as_ref().ok_or(FAILED)?;
        let mut plain = vec![0; key.min_output_size()];
        let length = key.decrypt(padding, data, &mut plain, Some(label)).map_err(|_| FAILED)?.len();
        plain.truncate(length);
        Ok(plain)
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

    /// The members of a key of 1024 bits.
    const SHORT: [&str; 8] = [
        "yAChVVMVqTRrHcxs5MplASdYk_5dzoNJ0tf3Db9apT-lNW0Pr--t2LFxbnJcoGln4W5Rv361oM5qey6N88J3YHSFy3j7YbISl-MOlff_M55074eay7ihhHxZOIi2A60JbtA1pqSnGoGtE70gDL-NU4-8nYiMMmePnuwu1HUv858",
        "AQAB",
        "BV_G9gT6gwZujmlsz6UEm8hT3_4oxSDP_gNhlxP6OpCAPvRERKT7FeSGuMIH7SOH8A3H0o50EPMa915j4BXsoTWysrMIuJvNV3BTvClEaBIb6YUNSzA-ovaQQZcGwqWTjYRiojgHEacUyL_C8TdjrU8jxoQHCc39oy7bBJE5xKk",
        "7uR0r0f3X4rC8rWwhkZFUUHRYL5-r4hvc3sYi_8hTRGrzUnsVm_LpevVX4jw4suwN0dkxYbFloBiHaL1oIg_4w",
        "1lM3bS7jV1XJ8FJtzYPSK3nSkEhG_zz1dbgpGsFmCGzFyFBh9_f46_kXU5q_ERsV7N7P1Pd-ZwTkDuq8ogRSFQ",
        "L53b4EBA_4tCFmy-tdT15h9vY5A04joYtPT5TJZbBeiazP2KHSSFfBoI2tUJ5rrg8fPKE1EsuzX12KBtw0TFLw",
        "PPOhma1x_g5pxazLiVzp0m9s0JediUz-yaG8Ht3NdKvqe5NQqUKeSg2m8qHZoLXBQIIFPR29lvKvIQbk6nasGQ",
        "fl8OsyK4UwJ8CKIO5fRFxd0KEFwS5tbtI4HhQ65VTab_rQjaeentVnT3ydLCew1aLiNVC3x0r7s1dN4dFKOxJg",
    ];

    fn short_pair() -> (RsaPrivate, RsaPublic) {
        (RsaPrivate::from_jwk(SHORT).unwrap(), RsaPublic::from_jwk(SHORT[0], SHORT[1]).unwrap())
    }

    #[test]
    fn short_keys_sign_and_encrypt() {
        let (private, public) = short_pair();
        assert_eq!((public.bits(), private.public().bits()), (1024, 1024));
        for hash in [Hash::Sha1, Hash::Sha256, Hash::Sha384, Hash::Sha512] {
            let digest = hash.digest_algorithm().output_len();
            for padding in [Padding::Pkcs1, Padding::Pss { salt: 0 }, Padding::Pss { salt: 32 }] {
                let signature = private.sign(padding, hash, b"data").unwrap();
                assert_eq!(signature.len(), 128);
                assert_eq!(
                    public.verify(padding, hash, &signature, b"data"),
                    Ok(true),
                    "{padding:?} {hash:?}"
                );
                let again = private.public().verify(padding, hash, &signature, b"data");
                assert_eq!(again, Ok(true), "{padding:?} {hash:?}");
                for (padding, data) in [(padding, &b"date"[..]), (Padding::Pss { salt: 20 }, b"data")] {
                    let verified = public.verify(padding, hash, &signature, data);
                    assert_eq!(verified, Ok(false), "{padding:?} {hash:?}");
                }
                for bytes in [&signature[1..], &[0; 128], &[0xff; 128], &[]] {
                    assert_eq!(
                        public.verify(padding, hash, bytes, b"data"),
                        Ok(false),
                        "{padding:?} {hash:?}"
                    );
                }
            }
            let most = (128 - digest - 2) as u16;
            assert!(private.sign(Padding::Pss { salt: most }, hash, b"data").is_ok(), "{hash:?}");
            for salt in [most + 1, 900] {
                assert_eq!(
                    private.sign(Padding::Pss { salt }, hash, b"data"),
                    Err(FAILED),
                    "{hash:?} {salt}"
                );
            }
            // Two digests and two bytes of SHA-512 are more than the modulus.
            let Some(most) = 128_usize.checked_sub(2 * digest + 2) else {
                assert_eq!(public.encrypt(hash, b"", b""), Err(FAILED), "{hash:?}");
                assert_eq!(private.decrypt(hash, b"", &[1; 128]), Err(FAILED), "{hash:?}");
                continue;
            };
            for length in [0, 1, most] {
                let plain = vec![7; length];
                let encrypted = public.encrypt(hash, b"label", &plain).unwrap();
                assert_eq!(private.decrypt(hash, b"label", &encrypted), Ok(plain), "{hash:?} {length}");
                for (label, data) in [(&b"another"[..], &encrypted[..]), (b"label", &encrypted[1..])] {
                    assert_eq!(private.decrypt(hash, label, data), Err(FAILED), "{hash:?} {length}");
                }
            }
            assert_eq!(public.encrypt(hash, b"label", &vec![7; most + 1]), Err(FAILED), "{hash:?}");
        }
        assert_eq!(private.sign(Padding::Pkcs1, Hash::Sha3_256, b"data"), Err(NO_SUCH_HASH));
        assert_eq!(public.encrypt(Hash::Sha3_256, b"", b""), Err(NO_SUCH_HASH));
    }

    /// Both libraries, with one key.
    #[test]
    fn what_one_library_signs_the_other_verifies() {
        let (private, public) = pair();
        let (portable, portable_public) = (private.portable().unwrap(), public.portable().unwrap());
        for hash in [Hash::Sha256, Hash::Sha384, Hash::Sha512] {
            for padding in [Padding::Pkcs1, Padding::Pss { salt: 0 }, Padding::Pss { salt: 48 }] {
                let signature = portable.sign(padding, hash, b"data").unwrap();
                assert_eq!(
                    public.verify(padding, hash, &signature, b"data"),
                    Ok(true),
                    "{padding:?} {hash:?}"
                );
                let signature = private.sign(padding, hash, b"data").unwrap();
                let verified = portable_public.verify(padding, hash, &signature, b"data");
                assert_eq!(verified, Ok(true), "{padding:?} {hash:?}");
            }
            let encrypted = portable_public.encrypt(hash, b"label", b"data").unwrap();
            assert_eq!(private.decrypt(hash, b"label", &encrypted), Ok(b"data".to_vec()), "{hash:?}");
            let encrypted = public.encrypt(hash, b"label", b"data").unwrap();
            assert_eq!(portable.decrypt(hash, b"label", &encrypted), Ok(b"data".to_vec()), "{hash:?}");
        }
    }

    #[test]
    fn a_short_key_is_whole() {
        for index in 0..8 {
            for other in 0..8 {
                let mut mixed = SHORT;
                mixed.swap(index, other);
                let made = RsaPrivate::from_jwk(mixed);
                assert_eq!(made.is_ok(), index == other, "{index} {other}");
            }
            for number in ["AA", "AQ", "Ag", "Aw", SHORT[0]] {
                let mut changed = SHORT;
                changed[index] = number;
                let made = RsaPrivate::from_jwk(changed).err();
                let expected = if number == SHORT[index] { None } else { Some(NOT_A_KEY) };
                assert_eq!(made, expected, "{index} {number}");
            }
        }
        let number = |bits: usize, lowest: u8| {
            let mut bytes = vec![0xff; bits.div_ceil(8)];
            bytes[0] >>= 8 * bits.div_ceil(8) - bits;
            *bytes.last_mut().unwrap() = lowest;
            Base64UrlUnpadded::encode_string(&bytes)
        };
        let is_key = |n: &str, e: &str| RsaPublic::from_jwk(n, e).map(|key| key.bits());
        for bits in [1024, 1025, 1536, 2047] {
            assert_eq!(is_key(&number(bits, 0xff), "AQAB"), Ok(bits));
        }
        for (n, e) in [
            (&number(1023, 0xff)[..], "AQAB"),
            (&number(512, 0xff), "AQAB"),
            (&number(1024, 0xfe), "AQAB"),
            (SHORT[0], "AQ"),
            (SHORT[0], "Ag"),
            (SHORT[0], "AAAA"),
            (SHORT[0], SHORT[0]),
            (SHORT[0], &number(34, 0xff)),
        ] {
            assert_eq!(is_key(n, e), Err(NOT_A_KEY), "{n} {e}");
        }
    }

    #[test]
    fn signatures_of_every_kind() {
        let (private, public) = pair();
        for hash in [Hash::Sha1, Hash::Sha256, Hash::Sha384, Hash::Sha512] {
            for padding in [Padding::Pkcs1, Padding::Pss { salt: 0 }, Padding::Pss { salt: 32 }] {
                let signature = private.sign(padding, hash, b"data").unwrap();
                assert_eq!(
                    public.verify(padding, hash, &signature, b"data"),
                    Ok(true),
                    "{padding:?} {hash:?}"
                );
                assert_eq!(public.verify(padding, hash, &signature, b"date"), Ok(false));
                for salt in [20, u16::MAX] {
                    let verified = public.verify(Padding::Pss { salt }, hash, &signature, b"data");
                    assert_eq!(verified, Ok(false), "{padding:?} {hash:?} {salt}");
                }
                assert_eq!(public.verify(padding, hash, b"short", b"data"), Ok(false));
                let more = [&[0], &signature[..]].concat();
                assert_eq!(public.verify(padding, hash, &more, b"data"), Ok(false), "{padding:?} {hash:?}");
            }
            let most = (256 - hash.digest_algorithm().output_len() - 2) as u16;
            assert!(private.sign(Padding::Pss { salt: most }, hash, b"data").is_ok());
            assert_eq!(private.sign(Padding::Pss { salt: most + 1 }, hash, b"data"), Err(FAILED));
        }
        for hash in [Hash::Sha1, Hash::Sha256] {
            let too_much = Padding::Pss { salt: u16::MAX };
            assert_eq!(private.sign(too_much, hash, b"data"), Err(TOO_MUCH_SALT), "{hash:?}");
        }
        for padding in [Padding::Pkcs1, Padding::Pss { salt: 0 }] {
            for hash in [Hash::Sha3_256, Hash::Sha3_512] {
                assert_eq!(private.sign(padding, hash, b"data"), Err(NO_SUCH_HASH));
                assert_eq!(public.verify(padding, hash, &[0; 256], b"data"), Err(NO_SUCH_HASH));
            }
        }
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
        for (private, public) in [pair(), &short_pair()] {
            let jwk = private.to_jwk();
            let members: [&str; 8] = std::array::from_fn(|index| jwk[index].as_str());
            assert_eq!(RsaPrivate::from_jwk(members).unwrap().der, private.der);
            assert_eq!(RsaPrivate::from_pkcs8(&private.to_pkcs8().unwrap()).unwrap().der, private.der);
            assert_eq!(RsaPublic::from_jwk(members[0], members[1]).unwrap().der, public.der);
            assert_eq!(RsaPublic::from_spki(&public.to_spki().unwrap()).unwrap().der, public.der);
            assert_eq!((public.exponent().unwrap(), members[1]), (vec![1, 0, 1], "AQAB"));
            let mut mixed = members;
            mixed.swap(3, 5);
            assert_eq!(RsaPrivate::from_jwk(mixed).err(), Some(NOT_A_KEY));
        }
        assert!(RsaPrivate::generate(1024).is_err() && RsaPrivate::generate(8192).is_err());
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(32))]

        #[test]
        fn malformed_keys_are_refused(at in any::<prop::sample::Index>(), byte: u8, noise: Vec<u8>, word in "[-_a-zA-Z0-9+/=]{0,400}") {
            let ((private, public), (short_private, short_public)) = (pair(), short_pair());
            let mut keys = [
                private.to_pkcs8().unwrap(),
                public.to_spki().unwrap(),
                short_private.to_pkcs8().unwrap(),
                short_public.to_spki().unwrap(),
            ];
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
