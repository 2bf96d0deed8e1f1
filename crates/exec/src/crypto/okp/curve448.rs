//! Ed448 and X448, which AWS-LC does not have.
//!
//! `ed448-goldilocks` and `x448` compute with secrets in constant time, and erase a key when it is dropped. What they
//! take more of than RFC 8032 and RFC 7748 is refused here: points in another encoding than the one they have, and a
//! shared secret that is zero.

use aws_lc_rs::constant_time;
use ed448_goldilocks::{SecretKey, Signature, SigningKey, VerifyingKey};
use x448::{PublicKey, StaticSecret};
use zeroize::Zeroizing;

/// A private key of Ed448.
pub(super) struct Ed448(Box<SigningKey>);

impl Ed448 {
    /// Of a key, private or public.
    pub(super) const SIZE: usize = 57;

    /// `None` if the seed has another size.
    pub(super) fn new(seed: &[u8]) -> Option<Self> {
        let seed: &SecretKey = seed.try_into().ok()?;
        Some(Self(Box::new(SigningKey::from(seed))))
    }

    pub(super) fn public_key(&self) -> [u8; Self::SIZE] {
        self.0.verifying_key().to_bytes()
    }

    pub(super) fn sign(&self, data: &[u8]) -> Vec<u8> {
        self.0.sign_raw(data).to_bytes().to_vec()
    }
}

/// Whether `signature` is one of `data` by the key that is so encoded. Points of small order, which belong to no key, are
/// none to `ed448-goldilocks`.
pub(super) fn verify(key: &[u8], signature: &[u8], data: &[u8]) -> bool {
    let Some((point, _)) = signature.split_first_chunk::<{ Ed448::SIZE }>() else { return false };
    let (Ok(key), Ok(signature)) = (<&[u8; Ed448::SIZE]>::try_from(key), Signature::from_slice(signature))
    else {
        return false;
    };
    is_reduced(key)
        && is_reduced(point)
        && VerifyingKey::from_bytes(key).is_ok_and(|key| key.verify_raw(&signature, data).is_ok())
}

/// Whether the y coordinate is less than p, and nothing beside it and the sign of x is set (RFC 8032, 5.2.3).
fn is_reduced(point: &[u8; Ed448::SIZE]) -> bool {
    /// 2^448 - 2^224 - 1, the least significant byte first.
    const P: [u8; 56] = {
        let mut p = [0xff; 56];
        p[28] = 0xfe;
        p
    };
    let (y, [last]) = point.split_at(P.len()) else { return false };
    last & 0x7f == 0 && y.iter().rev().lt(P.iter().rev())
}

/// A private key of X448.
pub(super) struct X448(StaticSecret);

impl X448 {
    /// Of a key, private or public.
    pub(super) const SIZE: usize = 56;

    /// `None` if the seed has another size.
    pub(super) fn new(seed: &[u8]) -> Option<Self> {
        let seed = Zeroizing::new(<[u8; Self::SIZE]>::try_from(seed).ok()?);
        Some(Self(StaticSecret::from(*seed)))
    }

    pub(super) fn public_key(&self) -> [u8; Self::SIZE] {
        *PublicKey::from(&self.0).as_bytes()
    }

    /// `None` if it is zero, or the key has another size. Every other number is a point, on the curve or its twist.
    pub(super) fn agree(&self, public: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
        let secret = self.0.diffie_hellman(&PublicKey::from_bytes_unchecked(public)?);
        let is_zero = constant_time::verify_slices_are_equal(secret.as_bytes(), &[0; Self::SIZE]).is_ok();
        (!is_zero).then(|| Zeroizing::new(secret.as_bytes().to_vec()))
    }
}

#[cfg(test)]
mod tests {
    use ed448_goldilocks::EdwardsPoint;

    use super::*;

    /// The encoding of a small number, or of p plus one.
    fn y(lowest: i8) -> [u8; 57] {
        let mut point = [0; 57];
        if lowest < 0 {
            point[..56].fill(0xff);
            point[28] = 0xfe;
            point[0] = 0xff_u8.wrapping_add_signed(lowest);
        } else {
            point[0] = lowest.unsigned_abs();
        }
        point
    }

    #[test]
    fn coordinates_are_less_than_p() {
        let mut p = y(-1);
        assert!(is_reduced(&p) && is_reduced(&y(0)));
        p[0] = 0xff;
        assert!(!is_reduced(&p));
        p[28] = 0xff;
        assert!(!is_reduced(&p));
        for last in [0x01, 0x40, 0xc0] {
            let mut point = y(2);
            point[56] = last;
            assert!(!is_reduced(&point), "{last:x}");
        }
        let mut point = y(2);
        point[56] = 0x80;
        assert!(is_reduced(&point));
    }

    /// (0, 1), (0, -1) and (±1, 0). With one of them as the key, the base point and S = 1 are a signature of one message in
    /// one, two or four, if nobody looks.
    #[test]
    fn points_of_small_order_sign_nothing() {
        let base = EdwardsPoint::GENERATOR.to_affine().compress().to_bytes();
        let mut signature = [0; 114];
        signature[..57].copy_from_slice(&base);
        signature[57] = 1;
        assert!(VerifyingKey::from_bytes(&base).is_ok());
        for lowest in [0, 1, -1] {
            for sign in [0, 0x80] {
                let mut key = y(lowest);
                key[56] = sign;
                for message in 0..8_u8 {
                    assert!(!verify(&key, &signature, &[message]), "{lowest} {sign} {message}");
                }
            }
        }
    }

    #[test]
    fn a_signature_has_one_form() {
        let key = Ed448::new(&[7; 57]).unwrap();
        let signature = key.sign(b"data");
        assert!(verify(&key.public_key(), &signature, b"data"));
        for index in [0, 56, 57, 112, 113] {
            for bit in 0..8 {
                let mut changed = signature.clone();
                changed[index] ^= 1 << bit;
                assert!(!verify(&key.public_key(), &changed, b"data"), "{index} {bit}");
            }
        }
        // S + L, which is the same number modulo L.
        const L: &str = "f34458ab92c27823558fc58d72c26c219036d6ae49db4ec4e923ca7cffffffffffffffffffffffffffffffffffffffffffffffffffffff3f00";
        let mut carry = 0;
        let mut larger = signature.clone();
        for (index, byte) in larger[57..].iter_mut().enumerate() {
            let sum =
                u16::from(*byte) + u16::from_str_radix(&L[2 * index..2 * index + 2], 16).unwrap() + carry;
            (*byte, carry) = (sum as u8, sum >> 8);
        }
        assert!(!verify(&key.public_key(), &larger, b"data"));
        assert!(Ed448::new(&[7; 56]).is_none());
    }

    #[test]
    fn a_secret_that_is_zero_is_none() {
        let key = X448::new(&[7; 56]).unwrap();
        let mut p_plus_one = [0xff; 56];
        p_plus_one[..28].fill(0);
        let p: [u8; 56] = std::array::from_fn(|index| if index == 28 { 0xfe } else { 0xff });
        let p_minus_one: [u8; 56] = std::array::from_fn(|index| if index == 0 { 0xfe } else { p[index] });
        let zero = [0; 56];
        let one: [u8; 56] = std::array::from_fn(|index| u8::from(index == 0));
        for point in [zero, one, p_minus_one, p, p_plus_one] {
            assert_eq!(key.agree(&point), None, "{point:x?}");
        }
        let two: [u8; 56] = std::array::from_fn(|index| if index == 0 { 2 } else { 0 });
        assert!(key.agree(&two).is_some());
        assert_eq!(key.agree(&two[1..]), None);
    }
}
