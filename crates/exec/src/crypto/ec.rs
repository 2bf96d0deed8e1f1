//! ECDSA and ECDH on the curves of NIST.
//!
//! `aws-lc-rs` signs a digest that is as long as that of the hash function it has for a curve, and the standard allows each
//! hash function with each curve. ECDSA takes a digest for a number: of one that is too long it takes the leftmost bytes, and
//! one that is too short is the same number with zeros before it. So both are brought to that length here.

use std::sync::OnceLock;

use aws_lc_rs::agreement::{self, PrivateKey, UnparsedPublicKey};
use aws_lc_rs::digest::{self, Digest};
use aws_lc_rs::encoding::{AsBigEndian, AsDer, EcPrivateKeyBin};
use aws_lc_rs::signature::{
    self, EcdsaKeyPair, EcdsaSigningAlgorithm, EcdsaVerificationAlgorithm, ParsedPublicKey,
};
use base64ct::{Base64UrlUnpadded, Encoding};
use pkcs8::ObjectIdentifier;
use pkcs8::der::{Decode, Encode};
use sec1::EcParameters;
use zeroize::Zeroizing;

use super::der::{Kind, Parameters};
use super::{Failure, Hash};

const NOT_A_POINT: Failure = Failure::Data("the public key is no point of the curve");
const NOT_A_SCALAR: Failure = Failure::Data("the private key is none of the curve");
const NO_PAIR: Failure = Failure::Data("the public key is not that of the private one");
const FAILED: Failure = Failure::Operation("the operation on the curve failed");

/// A curve. JavaScript passes its index in [`ALL`](Self::ALL).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Curve {
    P256,
    P384,
    P521,
}

impl Curve {
    /// In the order of `CURVES` in `bootstrap/crypto/ec.js`.
    const ALL: [Self; 3] = [Self::P256, Self::P384, Self::P521];

    pub(crate) fn from_index(index: u32) -> Option<Self> {
        Self::ALL.get(index as usize).copied()
    }

    /// Bytes of a coordinate, and of a private key.
    fn size(self) -> usize {
        match self {
            Self::P256 => 32,
            Self::P384 => 48,
            Self::P521 => 66,
        }
    }

    fn kind(self) -> Kind {
        Kind {
            algorithm: ObjectIdentifier::new_unwrap("1.2.840.10045.2.1"),
            parameters: Parameters::Curve(self.oid()),
        }
    }

    fn oid(self) -> ObjectIdentifier {
        match self {
            Self::P256 => ObjectIdentifier::new_unwrap("1.2.840.10045.3.1.7"),
            Self::P384 => ObjectIdentifier::new_unwrap("1.3.132.0.34"),
            Self::P521 => ObjectIdentifier::new_unwrap("1.3.132.0.35"),
        }
    }

    fn agreement(self) -> &'static agreement::Algorithm {
        match self {
            Self::P256 => &agreement::ECDH_P256,
            Self::P384 => &agreement::ECDH_P384,
            Self::P521 => &agreement::ECDH_P521,
        }
    }

    fn signing(self) -> &'static EcdsaSigningAlgorithm {
        match self {
            Self::P256 => &signature::ECDSA_P256_SHA256_FIXED_SIGNING,
            Self::P384 => &signature::ECDSA_P384_SHA384_FIXED_SIGNING,
            Self::P521 => &signature::ECDSA_P521_SHA512_FIXED_SIGNING,
        }
    }

    fn verification(self) -> &'static EcdsaVerificationAlgorithm {
        match self {
            Self::P256 => &signature::ECDSA_P256_SHA256_FIXED,
            Self::P384 => &signature::ECDSA_P384_SHA384_FIXED,
            Self::P521 => &signature::ECDSA_P521_SHA512_FIXED,
        }
    }

    /// What is signed of `data`.
    fn digest(self, hash: Hash, data: &[u8]) -> Result<Digest, Failure> {
        let algorithm = match self {
            Self::P256 => &digest::SHA256,
            Self::P384 => &digest::SHA384,
            Self::P521 => &digest::SHA512,
        };
        let digest = hash.digest(data);
        let length = algorithm.output_len();
        let mut number = vec![0; length.saturating_sub(digest.as_ref().len())];
        number.extend_from_slice(&digest.as_ref()[..digest.as_ref().len().min(length)]);
        Digest::import_less_safe(&number, algorithm).map_err(|_| FAILED)
    }
}

/// A point of a curve.
pub(crate) struct EcPublic {
    curve: Curve,
    /// Uncompressed, as SEC 1 has it.
    point: Box<[u8]>,
    /// Made when it is first used.
    verifying: OnceLock<Option<ParsedPublicKey>>,
}

impl EcPublic {
    fn new(curve: Curve, point: &[u8]) -> Self {
        Self { curve, point: point.into(), verifying: OnceLock::new() }
    }

    /// Of a point as SEC 1 has it, compressed or not.
    pub(crate) fn from_raw(curve: Curve, point: &[u8]) -> Result<Self, Failure> {
        let size = curve.size();
        match point.first() {
            Some(2 | 3) if point.len() == 1 + size => Self::from_compressed(curve, point),
            Some(4) if point.len() == 1 + 2 * size => {
                let key = UnparsedPublicKey::new(curve.agreement(), point);
                agreement::ParsedPublicKey::try_from(key).map_err(|_| NOT_A_POINT)?;
                Ok(Self::new(curve, point))
            }
            _ => Err(NOT_A_POINT),
        }
    }

    fn from_compressed(curve: Curve, point: &[u8]) -> Result<Self, Failure> {
        let key = ParsedPublicKey::new(curve.verification(), point).map_err(|_| NOT_A_POINT)?;
        // What AWS-LC writes has all of the point.
        let spki = key.as_der().map_err(|_| FAILED)?;
        Ok(Self::new(curve, curve.kind().public_key(spki.as_ref())?))
    }

    pub(crate) fn from_spki(curve: Curve, spki: &[u8]) -> Result<Self, Failure> {
        Self::from_raw(curve, curve.kind().public_key(spki)?)
    }

    pub(crate) fn from_jwk(curve: Curve, x: &str, y: &str) -> Result<Self, Failure> {
        let (x, y) = (coordinate(curve, x)?, coordinate(curve, y)?);
        let point = [&[4][..], &x, &y].concat();
        Self::from_raw(curve, &point)
    }

    pub(crate) fn to_raw(&self) -> Vec<u8> {
        self.point.to_vec()
    }

    pub(crate) fn to_spki(&self) -> Result<Vec<u8>, Failure> {
        self.curve.kind().to_spki(&self.point)
    }

    /// `x` and `y`.
    pub(crate) fn to_jwk(&self) -> Vec<Zeroizing<String>> {
        let (x, y) = self.point[1..].split_at(self.curve.size());
        [x, y].map(|bytes| Zeroizing::new(Base64UrlUnpadded::encode_string(bytes))).into()
    }

    /// Whether `signature`, two numbers of the size of the curve, is one of `data`.
    pub(crate) fn verify(&self, hash: Hash, signature: &[u8], data: &[u8]) -> Result<bool, Failure> {
        if signature.len() != 2 * self.curve.size() {
            return Ok(false);
        }
        let digest = self.curve.digest(hash, data)?;
        let key = self
            .verifying
            .get_or_init(|| ParsedPublicKey::new(self.curve.verification(), &self.point).ok())
            .as_ref()
            .ok_or(FAILED)?;
        Ok(key.verify_digest_sig(&digest, signature).is_ok())
    }
}

/// A number of a curve, with its point.
pub(crate) struct EcPrivate {
    scalar: Zeroizing<Vec<u8>>,
    public: EcPublic,
    /// Made when it is first used.
    signing: OnceLock<Option<EcdsaKeyPair>>,
}

impl EcPrivate {
    /// Whether to agree is not for a turn of the isolate. AWS-LC takes less than half a millisecond.
    pub(crate) fn takes_long(&self) -> bool {
        false
    }

    pub(crate) fn generate(curve: Curve) -> Result<(Self, EcPublic), Failure> {
        let key = PrivateKey::generate(curve.agreement()).map_err(|_| FAILED)?;
        let scalar: EcPrivateKeyBin<'_> = key.as_be_bytes().map_err(|_| FAILED)?;
        let private = Self::from_scalar(curve, scalar.as_ref()).map_err(|_| FAILED)?;
        let public = EcPublic::new(curve, &private.public.point);
        Ok((private, public))
    }

    fn from_scalar(curve: Curve, scalar: &[u8]) -> Result<Self, Failure> {
        let key = PrivateKey::from_private_key(curve.agreement(), scalar).map_err(|_| NOT_A_SCALAR)?;
        let point = key.compute_public_key().map_err(|_| NOT_A_SCALAR)?;
        let public = EcPublic::new(curve, point.as_ref());
        Ok(Self { scalar: Zeroizing::new(scalar.to_vec()), public, signing: OnceLock::new() })
    }

    pub(crate) fn from_pkcs8(curve: Curve, pkcs8: &[u8]) -> Result<Self, Failure> {
        let inner =
            sec1::EcPrivateKey::from_der(curve.kind().private_key(pkcs8)?).map_err(|_| NOT_A_SCALAR)?;
        if inner.parameters.is_some_and(|EcParameters::NamedCurve(named)| named != curve.oid()) {
            return Err(NOT_A_SCALAR);
        }
        let key = Self::from_scalar(curve, inner.private_key)?;
        if inner.public_key.is_some_and(|point| *point != *key.public.point) {
            return Err(NO_PAIR);
        }
        Ok(key)
    }

    pub(crate) fn from_jwk(curve: Curve, (x, y): (&str, &str), d: &str) -> Result<Self, Failure> {
        let public = EcPublic::from_jwk(curve, x, y)?;
        let key = Self::from_scalar(curve, &coordinate(curve, d)?)?;
        if public.point != key.public.point {
            return Err(NO_PAIR);
        }
        Ok(key)
    }

    pub(crate) fn to_pkcs8(&self) -> Result<Vec<u8>, Failure> {
        let inner = sec1::EcPrivateKey {
            private_key: &self.scalar,
            parameters: None,
            public_key: Some(&self.public.point),
        };
        let inner = Zeroizing::new(inner.to_der().map_err(|_| FAILED)?);
        self.public.curve.kind().to_pkcs8(&inner)
    }

    /// `x`, `y` and `d`.
    pub(crate) fn to_jwk(&self) -> Vec<Zeroizing<String>> {
        let mut members = self.public.to_jwk();
        members.push(Zeroizing::new(Base64UrlUnpadded::encode_string(&self.scalar)));
        members
    }

    /// Two numbers of the size of the curve.
    pub(crate) fn sign(&self, hash: Hash, data: &[u8]) -> Result<Vec<u8>, Failure> {
        let EcPublic { curve, point, .. } = &self.public;
        let pair = self.signing.get_or_init(|| {
            EcdsaKeyPair::from_private_key_and_public_key(curve.signing(), &self.scalar, point).ok()
        });
        let digest = curve.digest(hash, data)?;
        let signed = pair.as_ref().ok_or(FAILED)?.sign_digest(&digest).map_err(|_| FAILED)?;
        Ok(signed.as_ref().to_vec())
    }

    /// The x coordinate of the point that both have in common.
    pub(crate) fn agree(&self, public: &EcPublic) -> Result<Zeroizing<Vec<u8>>, Failure> {
        let curve = self.public.curve;
        if public.curve != curve {
            return Err(FAILED);
        }
        let key = PrivateKey::from_private_key(curve.agreement(), &self.scalar).map_err(|_| FAILED)?;
        let peer = UnparsedPublicKey::new(curve.agreement(), &public.point);
        agreement::agree(&key, peer, FAILED, |secret| Ok(Zeroizing::new(secret.to_vec())))
    }
}

/// A member of a JSON Web Key, which is as long as the curve's numbers are.
fn coordinate(curve: Curve, text: &str) -> Result<Zeroizing<Vec<u8>>, Failure> {
    const NOT_ONE: Failure =
        Failure::Data("a member of the JSON Web Key is no number of the size of the curve");
    let bytes = Zeroizing::new(Base64UrlUnpadded::decode_vec(text).map_err(|_| NOT_ONE)?);
    if bytes.len() == curve.size() { Ok(bytes) } else { Err(NOT_ONE) }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::crypto::hex::bytes;

    fn text(bytes: &[u8]) -> String {
        Base64UrlUnpadded::encode_string(bytes)
    }

    const HASHES: [Hash; 4] = [Hash::Sha1, Hash::Sha256, Hash::Sha384, Hash::Sha512];

    /// RFC 6979, A.2.5 and A.2.7: signatures of `sample` with every hash function; ours are not deterministic.
    #[test]
    fn signatures_of_the_rfc_are_verified() {
        let p256 = EcPublic::from_jwk(
            Curve::P256,
            &text(&bytes("60FED4BA255A9D31C961EB74C6356D68C049B8923B61FA6CE669622E60F29FB6")),
            &text(&bytes("7903FE1008B8BC99A41AE9E95628BC64F2F1B20C2D7E9F5177A3C294D4462299")),
        )
        .unwrap();
        let cases = [
            (
                Hash::Sha1,
                "61340C88C3AAEBEB4F6D667F672CA9759A6CCAA9FA8811313039EE4A35471D32",
                "6D7F147DAC089441BB2E2FE8F7A3FA264B9C475098FDCF6E00D7C996E1B8B7EB",
            ),
            (
                Hash::Sha256,
                "EFD48B2AACB6A8FD1140DD9CD45E81D69D2C877B56AAF991C34D0EA84EAF3716",
                "F7CB1C942D657C41D436C7A1B6E29F65F3E900DBB9AFF4064DC4AB2F843ACDA8",
            ),
            (
                Hash::Sha512,
                "8496A60B5E9B47C825488827E0495B0E3FA109EC4568FD3F8D1097678EB97F00",
                "2362AB1ADBE2B8ADF9CB9EDAB740EA6049C028114F2460F96554F61FAE3302FE",
            ),
        ];
        for (hash, r, s) in cases {
            let signature = [bytes(r), bytes(s)].concat();
            assert_eq!(p256.verify(hash, &signature, b"sample"), Ok(true), "{hash:?}");
            assert_eq!(p256.verify(hash, &signature, b"simple"), Ok(false), "{hash:?}");
            assert_eq!(p256.verify(hash, &signature[1..], b"sample"), Ok(false), "{hash:?}");
        }
    }

    #[test]
    fn every_format_gives_the_same_key_back() {
        for curve in Curve::ALL {
            let (private, public) = EcPrivate::generate(curve).unwrap();
            let by_pkcs8 = EcPrivate::from_pkcs8(curve, &private.to_pkcs8().unwrap()).unwrap();
            let jwk = private.to_jwk();
            let by_jwk = EcPrivate::from_jwk(curve, (&jwk[0], &jwk[1]), &jwk[2]).unwrap();
            let by_spki = EcPublic::from_spki(curve, &public.to_spki().unwrap()).unwrap();
            for hash in HASHES {
                for private in [&private, &by_pkcs8, &by_jwk] {
                    let signature = private.sign(hash, b"data").unwrap();
                    assert_eq!(by_spki.verify(hash, &signature, b"data"), Ok(true), "{curve:?} {hash:?}");
                    assert_eq!(by_spki.verify(hash, &signature, b"date"), Ok(false), "{curve:?} {hash:?}");
                }
            }
            let (other, others_public) = EcPrivate::generate(curve).unwrap();
            assert_eq!(private.agree(&others_public), other.agree(&by_spki), "{curve:?}");
            assert_eq!(EcPublic::from_raw(curve, &public.to_raw()).unwrap().point, public.point);
        }
    }

    #[test]
    fn compressed_points_are_those_that_they_stand_for() {
        for curve in Curve::ALL {
            let (_, public) = EcPrivate::generate(curve).unwrap();
            let (x, y) = public.point[1..].split_at(curve.size());
            let mut compressed = [&[2 + (y[y.len() - 1] & 1)], x].concat();
            let spki = curve.kind().to_spki(&compressed).unwrap();
            assert_eq!(EcPublic::from_raw(curve, &compressed).unwrap().point, public.point, "{curve:?}");
            assert_eq!(EcPublic::from_spki(curve, &spki).unwrap().point, public.point, "{curve:?}");
            // The other one with this x.
            compressed[0] ^= 1;
            let other = EcPublic::from_raw(curve, &compressed).unwrap();
            assert_eq!(other.point[..=curve.size()], public.point[..=curve.size()]);
            assert_ne!(other.point, public.point);
            // A number that is not below the prime of the curve.
            compressed[1..].fill(0xff);
            assert_eq!(EcPublic::from_raw(curve, &compressed).err(), Some(NOT_A_POINT));
            assert_eq!(EcPublic::from_raw(curve, &compressed[1..]).err(), Some(NOT_A_POINT));
        }
        // SEC 2, 2.4.2: the base point of P-256.
        let base = bytes("036B17D1F2E12C4247F8BCE6E563A440F277037D812DEB33A0F4A13945D898C296");
        let y = bytes("4FE342E2FE1A7F9B8EE7EB4A7C0F9E162BCE33576B315ECECBB6406837BF51F5");
        assert_eq!(EcPublic::from_raw(Curve::P256, &base).unwrap().point[33..], y);
        // No point of it has the x coordinate 1.
        let mut none = [0; 33];
        (none[0], none[32]) = (2, 1);
        assert_eq!(EcPublic::from_raw(Curve::P256, &none).err(), Some(NOT_A_POINT));
    }

    #[test]
    fn what_does_not_belong_together_is_refused() {
        let (private, public) = EcPrivate::generate(Curve::P256).unwrap();
        let (other, _) = EcPrivate::generate(Curve::P256).unwrap();
        let (jwk, others) = (private.to_jwk(), other.to_jwk());
        let mixed = EcPrivate::from_jwk(Curve::P256, (&jwk[0], &jwk[1]), &others[2]);
        assert_eq!(mixed.err(), Some(NO_PAIR));
        assert!(EcPrivate::from_pkcs8(Curve::P384, &private.to_pkcs8().unwrap()).is_err());
        assert!(EcPublic::from_spki(Curve::P521, &public.to_spki().unwrap()).is_err());
        let (large, _) = EcPrivate::generate(Curve::P384).unwrap();
        assert_eq!(large.agree(&public), Err(FAILED));
        for scalar in [[0; 32], [0xff; 32]] {
            assert_eq!(EcPrivate::from_scalar(Curve::P256, &scalar).err(), Some(NOT_A_SCALAR));
        }
        let mut off_the_curve = public.to_raw();
        off_the_curve[64] ^= 1;
        assert_eq!(EcPublic::from_raw(Curve::P256, &off_the_curve).err(), Some(NOT_A_POINT));
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]

        /// One byte of a good key changed, or any bytes at all: no panic, and no failure but of data.
        #[test]
        fn malformed_keys_are_refused(at in any::<prop::sample::Index>(), byte: u8, noise: Vec<u8>, word in "[-_a-zA-Z0-9+/=]{0,90}") {
            let (private, public) = EcPrivate::generate(Curve::P256).unwrap();
            let mut keys = [private.to_pkcs8().unwrap(), public.to_spki().unwrap(), public.to_raw()];
            for key in &mut keys {
                let index = at.index(key.len());
                key[index] = byte;
            }
            for bytes in keys.iter().chain([&noise]) {
                for curve in Curve::ALL {
                    let failures = [
                        EcPrivate::from_pkcs8(curve, bytes).err(),
                        EcPublic::from_spki(curve, bytes).err(),
                        EcPublic::from_raw(curve, bytes).err(),
                        EcPublic::from_jwk(curve, &word, &word).err(),
                        EcPrivate::from_jwk(curve, (&word, &word), &word).err(),
                    ];
                    for failure in failures.into_iter().flatten() {
                        prop_assert!(matches!(failure, Failure::Data(_)), "{failure}");
                    }
                }
            }
        }
    }
}
