//! The containers of asymmetric keys: `SubjectPublicKeyInfo` and `PrivateKeyInfo`.

use pkcs8::der::asn1::{AnyRef, BitStringRef, OctetStringRef};
use pkcs8::der::{Decode, Encode};
use pkcs8::spki::{AlgorithmIdentifierRef, SubjectPublicKeyInfoRef};
use pkcs8::{ObjectIdentifier, PrivateKeyInfoRef};
use zeroize::Zeroizing;

use super::Failure;

const NOT_SPKI: Failure = Failure::Data("the bytes are no SubjectPublicKeyInfo of such a key");
const NOT_PKCS8: Failure = Failure::Data("the bytes are no PrivateKeyInfo of such a key");
const NOT_ENCODED: Failure = Failure::Operation("the key could not be encoded");

/// What a key is one of: the object identifier of its algorithm, and that of its curve if it says so there.
pub(super) struct Kind {
    pub(super) algorithm: ObjectIdentifier,
    pub(super) parameters: Parameters,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Parameters {
    Absent,
    Null,
    Curve(ObjectIdentifier),
}

impl Kind {
    fn fits(&self, found: AlgorithmIdentifierRef<'_>) -> bool {
        let parameters = match (self.parameters, found.parameters) {
            (Parameters::Absent, parameters) => parameters.is_none(),
            (Parameters::Null, parameters) => parameters.is_none_or(|parameters| parameters.is_null()),
            (Parameters::Curve(curve), parameters) => {
                parameters.and_then(|any| any.decode_as::<ObjectIdentifier>().ok()) == Some(curve)
            }
        };
        found.oid == self.algorithm && parameters
    }

    fn identifier(&self) -> AlgorithmIdentifierRef<'_> {
        let parameters = match &self.parameters {
            Parameters::Absent => None,
            Parameters::Null => Some(AnyRef::NULL),
            Parameters::Curve(curve) => Some(curve.into()),
        };
        AlgorithmIdentifierRef { oid: self.algorithm, parameters }
    }

    /// The key in a `SubjectPublicKeyInfo` of this kind.
    pub(super) fn public_key<'a>(&self, spki: &'a [u8]) -> Result<&'a [u8], Failure> {
        let info = SubjectPublicKeyInfoRef::from_der(spki).map_err(|_| NOT_SPKI)?;
        if !self.fits(info.algorithm) {
            return Err(NOT_SPKI);
        }
        info.subject_public_key.as_bytes().ok_or(NOT_SPKI)
    }

    /// The key in a `PrivateKeyInfo` of this kind.
    pub(super) fn private_key<'a>(&self, pkcs8: &'a [u8]) -> Result<&'a [u8], Failure> {
        let info = PrivateKeyInfoRef::from_der(pkcs8).map_err(|_| NOT_PKCS8)?;
        if !self.fits(info.algorithm) {
            return Err(NOT_PKCS8);
        }
        Ok(info.private_key.as_bytes())
    }

    pub(super) fn to_spki(&self, key: &[u8]) -> Result<Vec<u8>, Failure> {
        let subject_public_key = BitStringRef::from_bytes(key).map_err(|_| NOT_ENCODED)?;
        let info = SubjectPublicKeyInfoRef { algorithm: self.identifier(), subject_public_key };
        info.to_der().map_err(|_| NOT_ENCODED)
    }

    pub(super) fn to_pkcs8(&self, key: &[u8]) -> Result<Vec<u8>, Failure> {
        let key = OctetStringRef::new(key).map_err(|_| NOT_ENCODED)?;
        PrivateKeyInfoRef::new(self.identifier(), key).to_der().map_err(|_| NOT_ENCODED)
    }
}

/// The bytes in an `OCTET STRING` that stands alone.
pub(super) fn octets(der: &[u8]) -> Result<&[u8], Failure> {
    <&OctetStringRef>::from_der(der).map(|octets| octets.as_bytes()).map_err(|_| NOT_PKCS8)
}

pub(super) fn to_octets(bytes: &[u8]) -> Result<Zeroizing<Vec<u8>>, Failure> {
    let octets = OctetStringRef::new(bytes).and_then(|octets| octets.to_der());
    octets.map(Zeroizing::new).map_err(|_| NOT_ENCODED)
}
