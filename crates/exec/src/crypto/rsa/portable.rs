//! What AWS-LC refuses to do with RSA: operations with keys of 1024 to 2047 bits, signatures with SHA-1, and PSS with SHA-1.
//! None of it is for anything new. Whoever has such keys, or has to talk to such a peer, has no choice.
//!
//! `rsa` does it. Its private operations are blinded in base, exponent and moduli, take a time that does not depend on the
//! key, and check their result before they give it out; all of them need randomness. (Before 0.10 they did not:
//! RUSTSEC-2023-0071.)

use pkcs1::{RsaPrivateKeyRef, RsaPublicKeyRef};
use pkcs8::der::asn1::UintRef;
use rsa::rand_core::{TryCryptoRng, TryRng};
use rsa::traits::PrivateKeyParts;
use rsa::{BoxedUint, Oaep, Pkcs1v15Sign, PrivateKey, Pss, PublicKey};
use sha1::Sha1;
use sha2::{Sha256, Sha384, Sha512};

use super::{FAILED, NO_SUCH_HASH, NOT_A_KEY, Padding, TOO_MUCH_SALT};
use crate::crypto::{Failure, Hash, random};

/// Evaluates an expression with the type of a hash function.
macro_rules! with_digest {
    ($hash:expr, $digest:ident => $expression:expr) => {
        match $hash {
            Hash::Sha1 => {
                type $digest = Sha1;
                $expression
            }
            Hash::Sha256 => {
                type $digest = Sha256;
                $expression
            }
            Hash::Sha384 => {
                type $digest = Sha384;
                $expression
            }
            Hash::Sha512 => {
                type $digest = Sha512;
                $expression
            }
            Hash::Sha3_256 | Hash::Sha3_384 | Hash::Sha3_512 => return Err(NO_SUCH_HASH),
        }
    };
}

pub(super) struct Public(PublicKey);

impl Public {
    pub(super) fn new(key: &RsaPublicKeyRef<'_>) -> Result<Self, Failure> {
        let key = PublicKey::new(public_number(key.modulus), public_number(key.public_exponent));
        key.map(Self).map_err(|_| NOT_A_KEY)
    }

    pub(super) fn verify(
        &self,
        padding: Padding,
        hash: Hash,
        signature: &[u8],
        data: &[u8],
    ) -> Result<bool, Failure> {
        let digest = hash.digest(data);
        let digest = digest.as_ref();
        let verified = with_digest!(hash, D => match padding {
            Padding::Pkcs1 => self.0.verify(Pkcs1v15Sign::new::<D>(), digest, signature),
            Padding::Pss { salt } => self.0.verify(Pss::<D>::new_with_salt(salt.into()), digest, signature),
        });
        Ok(verified.is_ok())
    }

    pub(super) fn encrypt(&self, hash: Hash, label: &[u8], data: &[u8]) -> Result<Vec<u8>, Failure> {
        let encrypted =
            with_digest!(hash, D => self.0.encrypt(&mut Random, Oaep::<D>::new_with_label(label), data));
        encrypted.map_err(|_| FAILED)
    }
}

pub(super) struct Private(PrivateKey);

impl Private {
    /// If all of its numbers belong together.
    pub(super) fn new(key: &RsaPrivateKeyRef<'_>) -> Result<Self, Failure> {
        let bits = 8 * key.modulus.as_bytes().len();
        let secret = |number: UintRef<'_>| {
            let bits = u32::try_from(bits).map_err(|_| NOT_A_KEY)?;
            BoxedUint::from_be_slice(number.as_bytes(), bits).map_err(|_| NOT_A_KEY)
        };
        let primes = vec![secret(key.prime1)?, secret(key.prime2)?];
        let [modulus, exponent] = [key.modulus, key.public_exponent].map(public_number);
        let private = PrivateKey::from_components(modulus, exponent, secret(key.private_exponent)?, primes)
            .map_err(|_| NOT_A_KEY)?;
        let coefficient = private.crt_coefficient();
        let computed = [private.dp(), private.dq(), coefficient.as_ref()];
        for (computed, given) in computed.into_iter().zip([key.exponent1, key.exponent2, key.coefficient]) {
            // Numbers of different precisions are equal if they are the same number.
            if computed != Some(&secret(given)?) {
                return Err(NOT_A_KEY);
            }
        }
        Ok(Self(private))
    }

    pub(super) fn sign(&self, padding: Padding, hash: Hash, data: &[u8]) -> Result<Vec<u8>, Failure> {
        let digest = hash.digest(data);
        let digest = digest.as_ref();
        let signed = with_digest!(hash, D => match padding {
            Padding::Pkcs1 => self.0.sign_with_rng(&mut Random, Pkcs1v15Sign::new::<D>(), digest),
            Padding::Pss { salt } if usize::from(salt) > 8192 / 8 => return Err(TOO_MUCH_SALT),
            Padding::Pss { salt } => {
                self.0.sign_with_rng(&mut Random, Pss::<D>::new_with_salt(salt.into()), digest)
            }
        });
        signed.map_err(|_| FAILED)
    }

    pub(super) fn decrypt(&self, hash: Hash, label: &[u8], data: &[u8]) -> Result<Vec<u8>, Failure> {
        let decrypted = with_digest!(hash, D => {
            self.0.decrypt_blinded(&mut Random, Oaep::<D>::new_with_label(label), data)
        });
        decrypted.map_err(|_| FAILED)
    }
}

/// A number that is no secret: how long it takes to compute with it may depend on its size.
fn public_number(number: UintRef<'_>) -> BoxedUint {
    BoxedUint::from_be_slice_vartime(number.as_bytes())
}

/// The generator of [`random`].
struct Random;

impl TryRng for Random {
    type Error = Failure;

    fn try_next_u32(&mut self) -> Result<u32, Failure> {
        let mut bytes = [0; 4];
        self.try_fill_bytes(&mut bytes)?;
        Ok(u32::from_ne_bytes(bytes))
    }

    fn try_next_u64(&mut self) -> Result<u64, Failure> {
        let mut bytes = [0; 8];
        self.try_fill_bytes(&mut bytes)?;
        Ok(u64::from_ne_bytes(bytes))
    }

    fn try_fill_bytes(&mut self, bytes: &mut [u8]) -> Result<(), Failure> {
        random::fill(bytes)
    }
}

impl TryCryptoRng for Random {}
