//! Ed25519 and X25519.

use aws_lc_rs::agreement::{self, PrivateKey, UnparsedPublicKey};
use aws_lc_rs::signature::{self, Ed25519KeyPair, KeyPair};
use base64ct::{Base64UrlUnpadded, Encoding};
use pkcs8::ObjectIdentifier;
use zeroize::Zeroizing;

use super::der::{self, Kind, Parameters};
use super::{Failure, random};

const SIZE: usize = 32;
const WRONG_SIZE: Failure = Failure::Data("the key has not 32 bytes");
const NO_PAIR: Failure = Failure::Data("the public key is not that of the private one");
const FAILED: Failure = Failure::Operation("the operation on the curve failed");

/// What a key is for. JavaScript passes the index.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum OkpCurve {
    Ed25519,
    X25519,
}

impl OkpCurve {
    /// In the order of `CURVES` in `bootstrap/crypto/okp.js`.
    const ALL: [Self; 2] = [Self::Ed25519, Self::X25519];

    pub(crate) fn from_index(index: u32) -> Option<Self> {
        Self::ALL.get(index as usize).copied()
    }

    fn kind(self) -> Kind {
        let algorithm = match self {
            Self::Ed25519 => ObjectIdentifier::new_unwrap("1.3.101.112"),
            Self::X25519 => ObjectIdentifier::new_unwrap("1.3.101.110"),
        };
        Kind { algorithm, parameters: Parameters::Absent }
    }
}

pub(crate) struct OkpPublic {
    curve: OkpCurve,
    key: [u8; SIZE],
}

impl OkpPublic {
    pub(crate) fn from_raw(curve: OkpCurve, key: &[u8]) -> Result<Self, Failure> {
        Ok(Self { curve, key: key.try_into().map_err(|_| WRONG_SIZE)? })
    }

    pub(crate) fn from_spki(curve: OkpCurve, spki: &[u8]) -> Result<Self, Failure> {
        Self::from_raw(curve, curve.kind().public_key(spki)?)
    }

    pub(crate) fn from_jwk(curve: OkpCurve, x: &str) -> Result<Self, Failure> {
        Self::from_raw(curve, &*member(x)?)
    }

    pub(crate) fn to_raw(&self) -> Vec<u8> {
        self.key.into()
    }

    pub(crate) fn to_spki(&self) -> Result<Vec<u8>, Failure> {
        self.curve.kind().to_spki(&self.key)
    }

    /// `x`.
    pub(crate) fn to_jwk(&self) -> Vec<Zeroizing<String>> {
        vec![Zeroizing::new(Base64UrlUnpadded::encode_string(&self.key))]
    }

    /// Whether `signature` is one of `data`, as Secure Curves wants it: not by a point of small order.
    pub(crate) fn verify(&self, signature: &[u8], data: &[u8]) -> bool {
        let Some((point, _)) = signature.split_first_chunk::<SIZE>() else { return false };
        if self.curve != OkpCurve::Ed25519 || has_small_order(&self.key) || has_small_order(point) {
            return false;
        }
        signature::UnparsedPublicKey::new(&signature::ED25519, &self.key).verify(data, signature).is_ok()
    }
}

pub(crate) struct OkpPrivate {
    seed: Zeroizing<[u8; SIZE]>,
    public: OkpPublic,
    /// Of a key of Ed25519.
    pair: Option<Ed25519KeyPair>,
}

impl OkpPrivate {
    pub(crate) fn generate(curve: OkpCurve) -> Result<(Self, OkpPublic), Failure> {
        let mut seed = Zeroizing::new([0; SIZE]);
        random::fill(&mut *seed)?;
        let private = Self::from_seed(curve, seed)?;
        let public = OkpPublic { curve, key: private.public.key };
        Ok((private, public))
    }

    fn from_seed(curve: OkpCurve, seed: Zeroizing<[u8; SIZE]>) -> Result<Self, Failure> {
        let (key, pair) = match curve {
            OkpCurve::Ed25519 => {
                let pair = Ed25519KeyPair::from_seed_unchecked(&*seed).map_err(|_| FAILED)?;
                (pair.public_key().as_ref().try_into(), Some(pair))
            }
            OkpCurve::X25519 => {
                let key = PrivateKey::from_private_key(&agreement::X25519, &*seed).map_err(|_| FAILED)?;
                (key.compute_public_key().map_err(|_| FAILED)?.as_ref().try_into(), None)
            }
        };
        let public = OkpPublic { curve, key: key.map_err(|_| FAILED)? };
        Ok(Self { seed, public, pair })
    }

    pub(crate) fn from_pkcs8(curve: OkpCurve, pkcs8: &[u8]) -> Result<Self, Failure> {
        let seed = der::octets(curve.kind().private_key(pkcs8)?)?;
        Self::from_seed(curve, Zeroizing::new(seed.try_into().map_err(|_| WRONG_SIZE)?))
    }

    pub(crate) fn from_jwk(curve: OkpCurve, x: &str, d: &str) -> Result<Self, Failure> {
        let public = OkpPublic::from_jwk(curve, x)?;
        let private = Self::from_seed(curve, member(d)?)?;
        if private.public.key == public.key { Ok(private) } else { Err(NO_PAIR) }
    }

    pub(crate) fn to_pkcs8(&self) -> Result<Vec<u8>, Failure> {
        self.public.curve.kind().to_pkcs8(&der::to_octets(&*self.seed)?)
    }

    /// `x` and `d`.
    pub(crate) fn to_jwk(&self) -> Vec<Zeroizing<String>> {
        let mut members = self.public.to_jwk();
        members.push(Zeroizing::new(Base64UrlUnpadded::encode_string(&*self.seed)));
        members
    }

    pub(crate) fn sign(&self, data: &[u8]) -> Result<Vec<u8>, Failure> {
        let pair = self.pair.as_ref().ok_or(FAILED)?;
        Ok(pair.try_sign(data).map_err(|_| FAILED)?.as_ref().to_vec())
    }

    /// What both have in common; not if it is zero.
    pub(crate) fn agree(&self, public: &OkpPublic) -> Result<Zeroizing<Vec<u8>>, Failure> {
        if public.curve != OkpCurve::X25519 || self.public.curve != OkpCurve::X25519 {
            return Err(FAILED);
        }
        let key = PrivateKey::from_private_key(&agreement::X25519, &*self.seed).map_err(|_| FAILED)?;
        let peer = UnparsedPublicKey::new(&agreement::X25519, &public.key);
        agreement::agree(&key, peer, FAILED, |secret| Ok(Zeroizing::new(secret.to_vec())))
    }
}

fn member(text: &str) -> Result<Zeroizing<[u8; SIZE]>, Failure> {
    const NOT_ONE: Failure = Failure::Data("a member of the JSON Web Key is not the base64url of 32 bytes");
    let bytes = Zeroizing::new(Base64UrlUnpadded::decode_vec(text).map_err(|_| NOT_ONE)?);
    Ok(Zeroizing::new(bytes[..].try_into().map_err(|_| NOT_ONE)?))
}

/// Whether these are the y coordinate, in any encoding, of one of the eight points whose order divides eight.
fn has_small_order(point: &[u8; SIZE]) -> bool {
    const fn near_p(lowest: u8) -> [u8; SIZE] {
        let mut number = [0xff; SIZE];
        (number[0], number[SIZE - 1]) = (lowest, 0x7f);
        number
    }
    const fn small(number: u8) -> [u8; SIZE] {
        let mut bytes = [0; SIZE];
        bytes[0] = number;
        bytes
    }
    const OF_ORDER_8: [u8; SIZE] = [
        0x26, 0xe8, 0x95, 0x8f, 0xc2, 0xb2, 0x27, 0xb0, 0x45, 0xc3, 0xf4, 0x89, 0xf2, 0xef, 0x98, 0xf0, 0xd5,
        0xdf, 0xac, 0x05, 0xd3, 0xc6, 0x33, 0x39, 0xb1, 0x38, 0x02, 0x88, 0x6d, 0x53, 0xfc, 0x05,
    ];
    const ITS_NEGATIVE: [u8; SIZE] = [
        0xc7, 0x17, 0x6a, 0x70, 0x3d, 0x4d, 0xd8, 0x4f, 0xba, 0x3c, 0x0b, 0x76, 0x0d, 0x10, 0x67, 0x0f, 0x2a,
        0x20, 0x53, 0xfa, 0x2c, 0x39, 0xcc, 0xc6, 0x4e, 0xc7, 0xfd, 0x77, 0x92, 0xac, 0x03, 0x7a,
    ];
    // -1, 0 and 1 modulo p, the last two also as p and p + 1.
    const ALL: [[u8; SIZE]; 7] =
        [small(0), small(1), OF_ORDER_8, ITS_NEGATIVE, near_p(0xec), near_p(0xed), near_p(0xee)];
    let mut y = *point;
    y[SIZE - 1] &= 0x7f;
    ALL.contains(&y)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn bytes(hex: &str) -> [u8; 32] {
        std::array::from_fn(|at| u8::from_str_radix(&hex[2 * at..2 * at + 2], 16).unwrap())
    }

    fn private(curve: OkpCurve, seed: &str) -> OkpPrivate {
        OkpPrivate::from_seed(curve, Zeroizing::new(bytes(seed))).unwrap()
    }

    /// RFC 8032, 7.1, tests 1 and 2.
    #[test]
    fn signatures_as_in_the_rfc() {
        let cases = [
            (
                "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60",
                "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a",
                &[][..],
                "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e06522490155",
                "5fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b",
            ),
            (
                "4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb",
                "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c",
                &[0x72],
                "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da",
                "085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00",
            ),
        ];
        for (seed, public, message, r, s) in cases {
            let key = private(OkpCurve::Ed25519, seed);
            assert_eq!(key.public.key, bytes(public));
            let signature = [bytes(r), bytes(s)].concat();
            assert_eq!(key.sign(message), Ok(signature.clone()));
            assert!(key.public.verify(&signature, message));
            assert!(!key.public.verify(&signature, b"another"));
            assert!(!key.public.verify(&signature[..63], message));
        }
    }

    /// RFC 7748, 5.2 and 6.1.
    #[test]
    fn agreement_as_in_the_rfc() {
        let cases = [
            (
                "a546e36bf0527c9d3b16154b82465edd62144c0ac1fc5a18506a2244ba449ac4",
                "e6db6867583030db3594c1a424b15f7c726624ec26b3353b10a903a6d0ab1c4c",
                "c3da55379de9c6908e94ea4df28d084f32eccf03491c71f754b4075577a28552",
            ),
            (
                "5dab087e624a8a4b79e17f8b83800ee66f3bb1292618b6fd1c2f8b27ff88e0eb",
                "8520f0098930a754748b7ddcb43ef75a0dbf3a0d26381af4eba4a98eaa9b4e6a",
                "4a5d9d5ba4ce2de1728e3bf480350f25e07e21c947d19e3376f09b3c1e161742",
            ),
        ];
        for (seed, public, shared) in cases {
            let public = OkpPublic::from_raw(OkpCurve::X25519, &bytes(public)).unwrap();
            let agreed = private(OkpCurve::X25519, seed).agree(&public).unwrap();
            assert_eq!(agreed[..], bytes(shared));
        }
        let bob =
            private(OkpCurve::X25519, "5dab087e624a8a4b79e17f8b83800ee66f3bb1292618b6fd1c2f8b27ff88e0eb");
        assert_eq!(bob.public.key, bytes("de9edb7d7b7dc1b4d35b61c2ece435373f8343c85b78674dadfc7e146f882b4f"));
    }

    #[test]
    fn points_of_small_order_sign_nothing() {
        let zero = [0; 64];
        for y in ["00", "01"] {
            let key = bytes(&format!("{y}{}", "00".repeat(31)));
            let public = OkpPublic::from_raw(OkpCurve::Ed25519, &key).unwrap();
            let signature = [&key[..], &zero[..32]].concat();
            assert!(!public.verify(&signature, b"anything"));
            let public = OkpPublic::from_raw(OkpCurve::X25519, &key).unwrap();
            let (private, _) = OkpPrivate::generate(OkpCurve::X25519).unwrap();
            assert_eq!(private.agree(&public), Err(FAILED));
        }
    }

    #[test]
    fn every_format_gives_the_same_key_back() {
        for curve in OkpCurve::ALL {
            let (private, public) = OkpPrivate::generate(curve).unwrap();
            let jwk = private.to_jwk();
            let again = [
                OkpPrivate::from_pkcs8(curve, &private.to_pkcs8().unwrap()).unwrap(),
                OkpPrivate::from_jwk(curve, &jwk[0], &jwk[1]).unwrap(),
            ];
            for again in again {
                assert_eq!((&again.seed, again.public.key), (&private.seed, public.key));
            }
            assert_eq!(OkpPublic::from_spki(curve, &public.to_spki().unwrap()).unwrap().key, public.key);
            assert_eq!(OkpPublic::from_jwk(curve, &jwk[0]).unwrap().key, public.key);
            let (other, _) = OkpPrivate::generate(curve).unwrap();
            assert_eq!(OkpPrivate::from_jwk(curve, &jwk[0], &other.to_jwk()[1]).err(), Some(NO_PAIR));
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]

        #[test]
        fn malformed_keys_are_refused(at in any::<prop::sample::Index>(), byte: u8, noise: Vec<u8>, word in "[-_a-zA-Z0-9+/=]{0,50}") {
            let (private, public) = OkpPrivate::generate(OkpCurve::Ed25519).unwrap();
            let mut keys = [private.to_pkcs8().unwrap(), public.to_spki().unwrap()];
            for key in &mut keys {
                let index = at.index(key.len());
                key[index] = byte;
            }
            for bytes in keys.iter().chain([&noise]) {
                for curve in OkpCurve::ALL {
                    let failures = [
                        OkpPrivate::from_pkcs8(curve, bytes).err(),
                        OkpPublic::from_spki(curve, bytes).err(),
                        OkpPublic::from_raw(curve, bytes).err(),
                        OkpPublic::from_jwk(curve, &word).err(),
                        OkpPrivate::from_jwk(curve, &word, &word).err(),
                    ];
                    for failure in failures.into_iter().flatten() {
                        prop_assert!(matches!(failure, Failure::Data(_)), "{failure}");
                    }
                }
            }
        }
    }
}
