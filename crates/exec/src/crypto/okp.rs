//! Ed25519, X25519, Ed448 and X448.
//!
//! `aws-lc-rs` has the first two; [`curve448`] the others.

mod curve448;
mod small_order;

use aws_lc_rs::agreement::{self, PrivateKey, UnparsedPublicKey};
use aws_lc_rs::signature::{self, Ed25519KeyPair, KeyPair};
use base64ct::{Base64UrlUnpadded, Encoding};
use pkcs8::ObjectIdentifier;
use zeroize::Zeroizing;

use self::curve448::{Ed448, X448};
use super::der::{self, Kind, Parameters};
use super::{Failure, random};

const WRONG_SIZE: Failure = Failure::Data("the key has not as many bytes as its curve has it");
const NO_PAIR: Failure = Failure::Data("the public key is not that of the private one");
const FAILED: Failure = Failure::Operation("the operation on the curve failed");

/// What a key is for. JavaScript passes the index.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum OkpCurve {
    Ed25519,
    X25519,
    Ed448,
    X448,
}

impl OkpCurve {
    /// In the order of `CURVES` in `bootstrap/crypto/okp.js`.
    const ALL: [Self; 4] = [Self::Ed25519, Self::X25519, Self::Ed448, Self::X448];

    pub(crate) fn from_index(index: u32) -> Option<Self> {
        Self::ALL.get(index as usize).copied()
    }

    /// The bytes of a key, private or public.
    const fn size(self) -> usize {
        match self {
            Self::Ed25519 | Self::X25519 => 32,
            Self::Ed448 => Ed448::SIZE,
            Self::X448 => X448::SIZE,
        }
    }

    /// Whether an operation takes most of a millisecond, and more where the processor is slow.
    fn takes_long(self) -> bool {
        matches!(self, Self::Ed448 | Self::X448)
    }

    /// RFC 8410, 3.
    fn kind(self) -> Kind {
        let algorithm = match self {
            Self::X25519 => ObjectIdentifier::new_unwrap("1.3.101.110"),
            Self::X448 => ObjectIdentifier::new_unwrap("1.3.101.111"),
            Self::Ed25519 => ObjectIdentifier::new_unwrap("1.3.101.112"),
            Self::Ed448 => ObjectIdentifier::new_unwrap("1.3.101.113"),
        };
        Kind { algorithm, parameters: Parameters::Absent }
    }
}

#[derive(Clone)]
pub(crate) struct OkpPublic {
    curve: OkpCurve,
    /// As many bytes as the curve has them.
    key: Box<[u8]>,
}

impl OkpPublic {
    pub(crate) fn from_raw(curve: OkpCurve, key: &[u8]) -> Result<Self, Failure> {
        if key.len() == curve.size() { Ok(Self { curve, key: key.into() }) } else { Err(WRONG_SIZE) }
    }

    pub(crate) fn from_spki(curve: OkpCurve, spki: &[u8]) -> Result<Self, Failure> {
        Self::from_raw(curve, curve.kind().public_key(spki)?)
    }

    pub(crate) fn from_jwk(curve: OkpCurve, x: &str) -> Result<Self, Failure> {
        Self::from_raw(curve, &member(x)?)
    }

    pub(crate) fn to_raw(&self) -> Vec<u8> {
        self.key.to_vec()
    }

    pub(crate) fn to_spki(&self) -> Result<Vec<u8>, Failure> {
        self.curve.kind().to_spki(&self.key)
    }

    /// `x`.
    pub(crate) fn to_jwk(&self) -> Vec<Zeroizing<String>> {
        vec![Zeroizing::new(Base64UrlUnpadded::encode_string(&self.key))]
    }

    /// Whether to verify is not for a turn of the isolate.
    pub(crate) fn takes_long(&self) -> bool {
        self.curve.takes_long()
    }

    /// Whether `signature` is one of `data`, as Secure Curves wants it: not by a point of small order.
    pub(crate) fn verify(&self, signature: &[u8], data: &[u8]) -> bool {
        match self.curve {
            OkpCurve::Ed25519 => {
                let is_small = |point: Option<&[u8]>| point.is_none_or(small_order::on_25519);
                if is_small(Some(&self.key)) || is_small(signature.get(..self.key.len())) {
                    return false;
                }
                signature::UnparsedPublicKey::new(&signature::ED25519, &self.key)
                    .verify(data, signature)
                    .is_ok()
            }
            OkpCurve::Ed448 => curve448::verify(&self.key, signature, data),
            OkpCurve::X25519 | OkpCurve::X448 => false,
        }
    }
}

/// What a private key is used with.
enum Prepared {
    Ed25519(Ed25519KeyPair),
    Ed448(Ed448),
    X25519,
    X448(X448),
}

impl Prepared {
    /// Of a seed that has the size of its curve.
    fn new(curve: OkpCurve, seed: &[u8]) -> Result<Self, Failure> {
        Ok(match curve {
            OkpCurve::Ed25519 => {
                Self::Ed25519(Ed25519KeyPair::from_seed_unchecked(seed).map_err(|_| FAILED)?)
            }
            OkpCurve::Ed448 => Self::Ed448(Ed448::new(seed).ok_or(FAILED)?),
            OkpCurve::X25519 => Self::X25519,
            OkpCurve::X448 => Self::X448(X448::new(seed).ok_or(FAILED)?),
        })
    }

    fn public_key(&self, seed: &[u8]) -> Result<Box<[u8]>, Failure> {
        Ok(match self {
            Self::Ed25519(pair) => pair.public_key().as_ref().into(),
            Self::Ed448(key) => key.public_key().into(),
            Self::X25519 => x25519(seed)?.compute_public_key().map_err(|_| FAILED)?.as_ref().into(),
            Self::X448(key) => key.public_key().into(),
        })
    }
}

/// `aws-lc-rs` does not say that such a key may be used by two threads, and makes one in no time.
fn x25519(seed: &[u8]) -> Result<PrivateKey, Failure> {
    PrivateKey::from_private_key(&agreement::X25519, seed).map_err(|_| FAILED)
}

pub(crate) struct OkpPrivate {
    seed: Zeroizing<Vec<u8>>,
    public: OkpPublic,
    prepared: Prepared,
}

impl OkpPrivate {
    pub(crate) fn generate(curve: OkpCurve) -> Result<(Self, OkpPublic), Failure> {
        let mut seed = Zeroizing::new(vec![0; curve.size()]);
        random::fill(&mut seed)?;
        let private = Self::from_seed(curve, seed)?;
        let public = private.public.clone();
        Ok((private, public))
    }

    fn from_seed(curve: OkpCurve, seed: Zeroizing<Vec<u8>>) -> Result<Self, Failure> {
        if seed.len() != curve.size() {
            return Err(WRONG_SIZE);
        }
        let prepared = Prepared::new(curve, &seed)?;
        let public = OkpPublic { curve, key: prepared.public_key(&seed)? };
        Ok(Self { seed, public, prepared })
    }

    pub(crate) fn from_pkcs8(curve: OkpCurve, pkcs8: &[u8]) -> Result<Self, Failure> {
        let seed = der::octets(curve.kind().private_key(pkcs8)?)?;
        Self::from_seed(curve, Zeroizing::new(seed.to_vec()))
    }

    pub(crate) fn from_jwk(curve: OkpCurve, x: &str, d: &str) -> Result<Self, Failure> {
        let public = OkpPublic::from_jwk(curve, x)?;
        let private = Self::from_seed(curve, member(d)?)?;
        if private.public.key == public.key { Ok(private) } else { Err(NO_PAIR) }
    }

    pub(crate) fn to_pkcs8(&self) -> Result<Vec<u8>, Failure> {
        self.public.curve.kind().to_pkcs8(&der::to_octets(&self.seed)?)
    }

    /// `x` and `d`.
    pub(crate) fn to_jwk(&self) -> Vec<Zeroizing<String>> {
        let mut members = self.public.to_jwk();
        members.push(Zeroizing::new(Base64UrlUnpadded::encode_string(&self.seed)));
        members
    }

    /// Whether to sign and to agree is not for a turn of the isolate.
    pub(crate) fn takes_long(&self) -> bool {
        self.public.takes_long()
    }

    pub(crate) fn sign(&self, data: &[u8]) -> Result<Vec<u8>, Failure> {
        match &self.prepared {
            Prepared::Ed25519(pair) => Ok(pair.try_sign(data).map_err(|_| FAILED)?.as_ref().to_vec()),
            Prepared::Ed448(key) => Ok(key.sign(data)),
            Prepared::X25519 | Prepared::X448(_) => Err(FAILED),
        }
    }

    /// What both have in common; not if it is zero.
    pub(crate) fn agree(&self, public: &OkpPublic) -> Result<Zeroizing<Vec<u8>>, Failure> {
        match (&self.prepared, public.curve) {
            (Prepared::X25519, OkpCurve::X25519) => {
                let peer = UnparsedPublicKey::new(&agreement::X25519, &public.key);
                agreement::agree(&x25519(&self.seed)?, peer, FAILED, |secret| {
                    Ok(Zeroizing::new(secret.to_vec()))
                })
            }
            (Prepared::X448(key), OkpCurve::X448) => key.agree(&public.key).ok_or(FAILED),
            _ => Err(FAILED),
        }
    }
}

/// The bytes of a member of a JSON Web Key.
fn member(text: &str) -> Result<Zeroizing<Vec<u8>>, Failure> {
    const NOT_ONE: Failure = Failure::Data("a member of the JSON Web Key is not base64url");
    Base64UrlUnpadded::decode_vec(text).map(Zeroizing::new).map_err(|_| NOT_ONE)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::crypto::hex::bytes;

    fn private(curve: OkpCurve, seed: &str) -> OkpPrivate {
        OkpPrivate::from_seed(curve, Zeroizing::new(bytes(seed))).unwrap()
    }

    /// RFC 8032, 7.1, tests 1 and 2; 7.4, of no and of one byte.
    #[test]
    fn signatures_as_in_the_rfc() {
        let cases = [
            (
                OkpCurve::Ed25519,
                "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60",
                "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a",
                &[][..],
                "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e06522490155",
                "5fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b",
            ),
            (
                OkpCurve::Ed25519,
                "4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb",
                "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c",
                &[0x72],
                "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da",
                "085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00",
            ),
            (
                OkpCurve::Ed448,
                "6c82a562cb808d10d632be89c8513ebf6c929f34ddfa8c9f63c9960ef6e348a3528c8a3fcc2f044e39a3fc5b94492f8f032e7549a20098f95b",
                "5fd7449b59b461fd2ce787ec616ad46a1da1342485a70e1f8a0ea75d80e96778edf124769b46c7061bd6783df1e50f6cd1fa1abeafe8256180",
                &[],
                "533a37f6bbe457251f023c0d88f976ae2dfb504a843e34d2074fd823d41a591f2b233f034f628281f2fd7a22ddd47d7828c59bd0a21bfd3980",
                "ff0d2028d4b18a9df63e006c5d1c2d345b925d8dc00b4104852db99ac5c7cdda8530a113a0f4dbb61149f05a7363268c71d95808ff2e652600",
            ),
            (
                OkpCurve::Ed448,
                "c4eab05d357007c632f3dbb48489924d552b08fe0c353a0d4a1f00acda2c463afbea67c5e8d2877c5e3bc397a659949ef8021e954e0a12274e",
                "43ba28f430cdff456ae531545f7ecd0ac834a55d9358c0372bfa0c6c6798c0866aea01eb00742802b8438ea4cb82169c235160627b4c3a9480",
                &[0x03],
                "26b8f91727bd62897af15e41eb43c377efb9c610d48f2335cb0bd0087810f4352541b143c4b981b7e18f62de8ccdf633fc1bf037ab7cd77980",
                "5e0dbcc0aae1cbcee1afb2e027df36bc04dcecbf154336c19f0af7e0a6472905e799f1953d2a0ff3348ab21aa4adafd1d234441cf807c03a00",
            ),
        ];
        for (curve, seed, public, message, r, s) in cases {
            let key = private(curve, seed);
            assert_eq!(key.public.key[..], bytes(public)[..], "{curve:?}");
            let signature = [bytes(r), bytes(s)].concat();
            assert_eq!(key.sign(message), Ok(signature.clone()), "{curve:?}");
            assert!(key.public.verify(&signature, message), "{curve:?}");
            assert!(!key.public.verify(&signature, b"another"), "{curve:?}");
            assert!(!key.public.verify(&signature[1..], message), "{curve:?}");
            assert!(!key.public.verify(&[&signature[..], &[0]].concat(), message), "{curve:?}");
        }
    }

    /// RFC 7748, 5.2, 6.1 and 6.2.
    #[test]
    fn agreement_as_in_the_rfc() {
        let cases = [
            (
                OkpCurve::X25519,
                "a546e36bf0527c9d3b16154b82465edd62144c0ac1fc5a18506a2244ba449ac4",
                "e6db6867583030db3594c1a424b15f7c726624ec26b3353b10a903a6d0ab1c4c",
                "c3da55379de9c6908e94ea4df28d084f32eccf03491c71f754b4075577a28552",
            ),
            (
                OkpCurve::X25519,
                "5dab087e624a8a4b79e17f8b83800ee66f3bb1292618b6fd1c2f8b27ff88e0eb",
                "8520f0098930a754748b7ddcb43ef75a0dbf3a0d26381af4eba4a98eaa9b4e6a",
                "4a5d9d5ba4ce2de1728e3bf480350f25e07e21c947d19e3376f09b3c1e161742",
            ),
            (
                OkpCurve::X448,
                "3d262fddf9ec8e88495266fea19a34d28882acef045104d0d1aae121700a779c984c24f8cdd78fbff44943eba368f54b29259a4f1c600ad3",
                "06fce640fa3487bfda5f6cf2d5263f8aad88334cbd07437f020f08f9814dc031ddbdc38c19c6da2583fa5429db94ada18aa7a7fb4ef8a086",
                "ce3e4ff95a60dc6697da1db1d85e6afbdf79b50a2412d7546d5f239fe14fbaadeb445fc66a01b0779d98223961111e21766282f73dd96b6f",
            ),
            (
                OkpCurve::X448,
                "1c306a7ac2a0e2e0990b294470cba339e6453772b075811d8fad0d1d6927c120bb5ee8972b0d3e21374c9c921b09d1b0366f10b65173992d",
                "9b08f7cc31b7e3e67d22d5aea121074a273bd2b83de09c63faa73d2c22c5d9bbc836647241d953d40c5b12da88120d53177f80e532c41fa0",
                "07fff4181ac6cc95ec1c16a94a0f74d12da232ce40a77552281d282bb60c0b56fd2464c335543936521c24403085d59a449a5037514a879d",
            ),
        ];
        for (curve, seed, public, shared) in cases {
            let public = OkpPublic::from_raw(curve, &bytes(public)).unwrap();
            let agreed = private(curve, seed).agree(&public).unwrap();
            assert_eq!(agreed[..], bytes(shared), "{curve:?}");
        }
        let public_keys = [
            (
                OkpCurve::X25519,
                "5dab087e624a8a4b79e17f8b83800ee66f3bb1292618b6fd1c2f8b27ff88e0eb",
                "de9edb7d7b7dc1b4d35b61c2ece435373f8343c85b78674dadfc7e146f882b4f",
            ),
            (
                OkpCurve::X448,
                "1c306a7ac2a0e2e0990b294470cba339e6453772b075811d8fad0d1d6927c120bb5ee8972b0d3e21374c9c921b09d1b0366f10b65173992d",
                "3eb7a829b0cd20f5bcfc0b599b6feccf6da4627107bdb0d4f345b43027d8b972fc3e34fb4232a13ca706dcb57aec3dae07bdc1c67bf33609",
            ),
        ];
        for (curve, seed, public) in public_keys {
            assert_eq!(private(curve, seed).public.key[..], bytes(public)[..], "{curve:?}");
        }
    }

    #[test]
    fn a_key_is_of_one_curve() {
        for curve in OkpCurve::ALL {
            let (private, public) = OkpPrivate::generate(curve).unwrap();
            let signs = matches!(curve, OkpCurve::Ed25519 | OkpCurve::Ed448);
            let signature = private.sign(b"data");
            assert_eq!(signature.is_ok(), signs, "{curve:?}");
            assert_eq!(public.verify(&signature.unwrap_or(vec![1; 114]), b"data"), signs, "{curve:?}");
            for other in OkpCurve::ALL {
                let (_, peer) = OkpPrivate::generate(other).unwrap();
                assert_eq!(private.agree(&peer).is_ok(), curve == other && !signs, "{curve:?} {other:?}");
                let fits = curve.size() == other.size();
                assert_eq!(OkpPublic::from_raw(other, &public.key).is_ok(), fits, "{curve:?} {other:?}");
                let spki = OkpPublic::from_spki(other, &public.to_spki().unwrap());
                assert_eq!(spki.is_ok(), curve == other, "{curve:?} {other:?}");
                let pkcs8 = OkpPrivate::from_pkcs8(other, &private.to_pkcs8().unwrap());
                assert_eq!(pkcs8.is_ok(), curve == other, "{curve:?} {other:?}");
            }
        }
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
                assert_eq!((&again.seed, &again.public.key), (&private.seed, &public.key), "{curve:?}");
            }
            assert_eq!(OkpPublic::from_spki(curve, &public.to_spki().unwrap()).unwrap().key, public.key);
            assert_eq!(OkpPublic::from_jwk(curve, &jwk[0]).unwrap().key, public.key);
            let (other, _) = OkpPrivate::generate(curve).unwrap();
            assert_eq!(OkpPrivate::from_jwk(curve, &jwk[0], &other.to_jwk()[1]).err(), Some(NO_PAIR));
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(48))]

        #[test]
        fn malformed_keys_are_refused(at in any::<prop::sample::Index>(), byte: u8, noise: Vec<u8>, word in "[-_a-zA-Z0-9+/=]{0,80}") {
            for curve in OkpCurve::ALL {
                let (private, public) = OkpPrivate::generate(curve).unwrap();
                let mut keys = [private.to_pkcs8().unwrap(), public.to_spki().unwrap()];
                for key in &mut keys {
                    let index = at.index(key.len());
                    key[index] = byte;
                }
                for bytes in keys.iter().chain([&noise]) {
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
