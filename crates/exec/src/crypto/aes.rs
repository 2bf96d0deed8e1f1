//! AES in its modes. The standard asks for more than `aws-lc-rs` offers; the rest is built from its block cipher here:
//! counters that do not take the whole block, nonces and tags of GCM of any length, and wrapping of keys with 192 bits.

use aws_lc_rs::aead::{self, Aad, LessSafeKey, Nonce, UnboundKey};
use aws_lc_rs::cipher::{
    AES_128, AES_192, AES_256, DecryptingKey, DecryptionContext, EncryptingKey, EncryptionContext,
    PaddedBlockDecryptingKey, PaddedBlockEncryptingKey, UnboundCipherKey,
};
use aws_lc_rs::constant_time;
use ghash::GHash;
use ghash::universal_hash::UniversalHash;

use super::Failure;
use super::secret::Secret;

const FAILED: Failure = Failure::Operation("the cipher failed");
/// Nothing more is said of data that is not what it was.
const NOT_DECRYPTED: Failure = Failure::Operation("the data could not be decrypted");

const BLOCK: usize = 16;

type Block = [u8; BLOCK];

/// Which way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Direction {
    Encrypt,
    Decrypt,
}

fn key(secret: &Secret) -> Result<UnboundCipherKey, Failure> {
    let bytes = secret.bytes();
    let algorithm = match bytes.len() {
        16 => &AES_128,
        24 => &AES_192,
        32 => &AES_256,
        _ => return Err(FAILED),
    };
    UnboundCipherKey::new(algorithm, bytes).map_err(|_| FAILED)
}

/// CBC with the padding of PKCS #7.
pub(crate) fn cbc(
    direction: Direction,
    secret: &Secret,
    iv: Block,
    mut data: Vec<u8>,
) -> Result<Vec<u8>, Failure> {
    match direction {
        Direction::Encrypt => {
            let key = PaddedBlockEncryptingKey::cbc_pkcs7(key(secret)?).map_err(|_| FAILED)?;
            key.less_safe_encrypt(&mut data, EncryptionContext::Iv128(iv.into())).map_err(|_| FAILED)?;
            Ok(data)
        }
        Direction::Decrypt => {
            if data.is_empty() || !data.len().is_multiple_of(BLOCK) {
                return Err(NOT_DECRYPTED);
            }
            let key = PaddedBlockDecryptingKey::cbc_pkcs7(key(secret)?).map_err(|_| FAILED)?;
            let plain = key.decrypt(&mut data, DecryptionContext::Iv128(iv.into()));
            let length = plain.map_err(|_| NOT_DECRYPTED)?.len();
            data.truncate(length);
            Ok(data)
        }
    }
}

/// CTR with a counter in the last `bits` of the block, 1 to 128; the rest of it stays. Both ways are the same.
pub(crate) fn ctr(secret: &Secret, counter: Block, bits: u32, mut data: Vec<u8>) -> Result<Vec<u8>, Failure> {
    const TOO_LONG: Failure = Failure::Operation("the counter has too few values for so much data");
    let blocks = data.len().div_ceil(BLOCK) as u128;
    let mask = 1_u128.checked_shl(bits).map_or(u128::MAX, |values| values - 1);
    if blocks.saturating_sub(1) > mask {
        return Err(TOO_LONG);
    }
    let start = u128::from_be_bytes(counter);
    // How many come after the first before the counter is zero again.
    let before_zero = mask - (start & mask);
    let first = usize::try_from(before_zero.saturating_add(1).saturating_mul(BLOCK as u128));
    let first = first.unwrap_or(usize::MAX).min(data.len());
    let key = EncryptingKey::ctr(key(secret)?).map_err(|_| FAILED)?;
    let (front, back) = data.split_at_mut(first);
    for (part, counter) in [(front, start), (back, start & !mask)] {
        if !part.is_empty() {
            let context = EncryptionContext::Iv128(counter.to_be_bytes().into());
            key.less_safe_encrypt(part, context).map_err(|_| FAILED)?;
        }
    }
    Ok(data)
}

/// A mode that works on whole blocks, and knows nothing of padding.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Raw {
    Cbc,
    Ctr,
    Ecb,
}

/// Encrypts or decrypts whole blocks.
pub(crate) fn raw(
    mode: Raw,
    direction: Direction,
    secret: &Secret,
    iv: Block,
    mut data: Vec<u8>,
) -> Result<Vec<u8>, Failure> {
    if matches!(mode, Raw::Ctr) {
        return ctr(secret, iv, 128, data);
    }
    if !data.len().is_multiple_of(BLOCK) {
        return Err(FAILED);
    }
    let key = key(secret)?;
    match (mode, direction) {
        (Raw::Ecb, Direction::Encrypt) => {
            let key = EncryptingKey::ecb(key).map_err(|_| FAILED)?;
            key.less_safe_encrypt(&mut data, EncryptionContext::None).map_err(|_| FAILED)?;
        }
        (_, Direction::Encrypt) => {
            let key = EncryptingKey::cbc(key).map_err(|_| FAILED)?;
            key.less_safe_encrypt(&mut data, EncryptionContext::Iv128(iv.into())).map_err(|_| FAILED)?;
        }
        (Raw::Ecb, Direction::Decrypt) => {
            let key = DecryptingKey::ecb(key).map_err(|_| FAILED)?;
            key.decrypt(&mut data, DecryptionContext::None).map_err(|_| FAILED)?;
        }
        (_, Direction::Decrypt) => {
            let key = DecryptingKey::cbc(key).map_err(|_| FAILED)?;
            key.decrypt(&mut data, DecryptionContext::Iv128(iv.into())).map_err(|_| FAILED)?;
        }
    }
    Ok(data)
}

/// What GCM has besides the data.
pub(crate) struct Gcm {
    pub(crate) iv: Vec<u8>,
    pub(crate) additional: Vec<u8>,
    /// Bytes of the tag, which is at the end of what is encrypted: 4, 8, or 12 to 16.
    pub(crate) tag: usize,
}

/// GCM.
pub(crate) fn gcm(
    direction: Direction,
    secret: &Secret,
    parameters: &Gcm,
    data: Vec<u8>,
) -> Result<Vec<u8>, Failure> {
    match <[u8; 12]>::try_from(&parameters.iv[..]) {
        Ok(iv) if parameters.tag == BLOCK => usual_gcm(direction, secret, iv, &parameters.additional, data),
        _ => any_gcm(direction, secret, parameters, data),
    }
}

fn usual_gcm(
    direction: Direction,
    secret: &Secret,
    iv: [u8; 12],
    additional: &[u8],
    mut data: Vec<u8>,
) -> Result<Vec<u8>, Failure> {
    let algorithm = match secret.bytes().len() {
        16 => &aead::AES_128_GCM,
        24 => &aead::AES_192_GCM,
        32 => &aead::AES_256_GCM,
        _ => return Err(FAILED),
    };
    let key = LessSafeKey::new(UnboundKey::new(algorithm, secret.bytes()).map_err(|_| FAILED)?);
    let nonce = Nonce::assume_unique_for_key(iv);
    let aad = Aad::from(additional);
    match direction {
        Direction::Encrypt => {
            key.seal_in_place_append_tag(nonce, aad, &mut data).map_err(|_| FAILED)?;
            Ok(data)
        }
        Direction::Decrypt => {
            let length = key.open_in_place(nonce, aad, &mut data).map_err(|_| NOT_DECRYPTED)?.len();
            data.truncate(length);
            Ok(data)
        }
    }
}

/// The tag of encrypted `data`, and the counter that comes before the data's.
pub(crate) fn gcm_tag(
    secret: &Secret,
    iv: &[u8],
    additional: &[u8],
    data: &[u8],
) -> Result<(Block, Block), Failure> {
    let mut hash_key = [0; BLOCK];
    encrypt_block(secret, &mut hash_key)?;
    let hash = |additional: &[u8], data: &[u8]| -> Block {
        let mut hash = GHash::new(&hash_key.into());
        hash.update_padded(additional);
        hash.update_padded(data);
        let bits = |bytes: &[u8]| (bytes.len() as u64 * 8).to_be_bytes();
        let mut lengths = [0; BLOCK];
        lengths[..8].copy_from_slice(&bits(additional));
        lengths[8..].copy_from_slice(&bits(data));
        hash.update(&[lengths.into()]);
        hash.finalize().into()
    };
    let first = match <[u8; 12]>::try_from(iv) {
        Ok(iv) => std::array::from_fn(|index| match index {
            0..12 => iv[index],
            15 => 1,
            _ => 0,
        }),
        Err(_) => hash(&[], iv),
    };
    let mut mask = first;
    encrypt_block(secret, &mut mask)?;
    let hash = hash(additional, data);
    Ok((std::array::from_fn(|index| hash[index] ^ mask[index]), first))
}

/// As NIST SP 800-38D defines it, with nonces and tags of any length.
fn any_gcm(
    direction: Direction,
    secret: &Secret,
    Gcm { iv, additional, tag }: &Gcm,
    mut data: Vec<u8>,
) -> Result<Vec<u8>, Failure> {
    let after = |first: Block| {
        let first = u128::from_be_bytes(first);
        ((first & !0xffff_ffff) | u128::from((first as u32).wrapping_add(1))).to_be_bytes()
    };
    match direction {
        Direction::Encrypt => {
            let (_, first) = gcm_tag(secret, iv, &[], &[])?;
            data = ctr(secret, after(first), 32, data)?;
            let (full, _) = gcm_tag(secret, iv, additional, &data)?;
            data.extend_from_slice(&full[..*tag]);
            Ok(data)
        }
        Direction::Decrypt => {
            let length = data.len().checked_sub(*tag).ok_or(NOT_DECRYPTED)?;
            let (full, first) = gcm_tag(secret, iv, additional, &data[..length])?;
            constant_time::verify_slices_are_equal(&full[..*tag], &data[length..])
                .map_err(|_| NOT_DECRYPTED)?;
            data.truncate(length);
            ctr(secret, after(first), 32, data)
        }
    }
}

fn encrypt_block(secret: &Secret, block: &mut Block) -> Result<(), Failure> {
    let key = EncryptingKey::ecb(key(secret)?).map_err(|_| FAILED)?;
    key.less_safe_encrypt(block, EncryptionContext::None).map_err(|_| FAILED)?;
    Ok(())
}

/// RFC 3394: what the first half block of a wrapped key must come to.
const WRAPPED: [u8; 8] = [0xa6; 8];

/// Wraps or unwraps a key as RFC 3394 has it.
pub(crate) fn kw(direction: Direction, secret: &Secret, data: &[u8]) -> Result<Vec<u8>, Failure> {
    const ODD: Failure =
        Failure::Operation("the length of what is wrapped must be a multiple of 8, and 16 or more");
    match direction {
        Direction::Encrypt => {
            if data.len() < 16 || !data.len().is_multiple_of(8) {
                return Err(ODD);
            }
            let key = EncryptingKey::ecb(key(secret)?).map_err(|_| FAILED)?;
            let mut wrapped = [&WRAPPED, data].concat();
            rounds(&mut wrapped, Direction::Encrypt, |block| {
                key.less_safe_encrypt(block, EncryptionContext::None).map(drop).map_err(|_| FAILED)
            })?;
            Ok(wrapped)
        }
        Direction::Decrypt => {
            if data.len() < 24 || !data.len().is_multiple_of(8) {
                return Err(NOT_DECRYPTED);
            }
            let key = DecryptingKey::ecb(key(secret)?).map_err(|_| FAILED)?;
            let mut unwrapped = data.to_vec();
            rounds(&mut unwrapped, Direction::Decrypt, |block| {
                key.decrypt(block, DecryptionContext::None).map(drop).map_err(|_| FAILED)
            })?;
            constant_time::verify_slices_are_equal(&unwrapped[..8], &WRAPPED).map_err(|_| NOT_DECRYPTED)?;
            unwrapped.drain(..8);
            Ok(unwrapped)
        }
    }
}

/// The six passes over the half blocks of `data` behind the first, which goes through `cipher` with each of them.
fn rounds(
    data: &mut [u8],
    direction: Direction,
    mut cipher: impl FnMut(&mut Block) -> Result<(), Failure>,
) -> Result<(), Failure> {
    let halves = data.len() / 8 - 1;
    let mut block = [0; BLOCK];
    block[..8].copy_from_slice(&data[..8]);
    for step in 0..6 * halves {
        let number = match direction {
            Direction::Encrypt => step + 1,
            Direction::Decrypt => 6 * halves - step,
        };
        let at = 8 * ((number - 1) % halves + 1);
        let count = (number as u64).to_be_bytes();
        let xor = |block: &mut Block| block.iter_mut().zip(count).for_each(|(byte, count)| *byte ^= count);
        block[8..].copy_from_slice(&data[at..at + 8]);
        if direction == Direction::Decrypt {
            xor(&mut block);
        }
        cipher(&mut block)?;
        if direction == Direction::Encrypt {
            xor(&mut block);
        }
        data[at..at + 8].copy_from_slice(&block[8..]);
    }
    data[..8].copy_from_slice(&block[..8]);
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::crypto::hex::bytes;

    /// RFC 3394, 4.1, 4.2, 4.3, 4.6.
    #[test]
    fn keys_are_wrapped_as_in_the_rfc() {
        let kek = "000102030405060708090A0B0C0D0E0F101112131415161718191A1B1C1D1E1F";
        let cases = [
            (16, "00112233445566778899AABBCCDDEEFF", "1FA68B0A8112B447AEF34BD8FB5A7B829D3E862371D2CFE5"),
            (24, "00112233445566778899AABBCCDDEEFF", "96778B25AE6CA435F92B5B97C050AED2468AB8A17AD84E5D"),
            (32, "00112233445566778899AABBCCDDEEFF", "64E8C3F9CE0F5BA263E9777905818A2A93C8191E7D6E8AE7"),
            (
                32,
                "00112233445566778899AABBCCDDEEFF000102030405060708090A0B0C0D0E0F",
                "28C9F404C4B810F4CBCCB35CFB87F8263F5786E2D80ED326CBC7F0E71A99F43BFB988B9B7A02DD21",
            ),
        ];
        for (length, key, wrapped) in cases {
            let secret = Secret::new(bytes(kek)[..length].to_vec());
            assert_eq!(kw(Direction::Encrypt, &secret, &bytes(key)).unwrap(), bytes(wrapped));
            assert_eq!(kw(Direction::Decrypt, &secret, &bytes(wrapped)).unwrap(), bytes(key));
            let mut broken = bytes(wrapped);
            broken[5] ^= 1;
            assert_eq!(kw(Direction::Decrypt, &secret, &broken), Err(NOT_DECRYPTED));
        }
    }

    /// The GCM specification, test cases 4 to 6: nonces of 96, 64 and 480 bits.
    #[test]
    fn gcm_takes_nonces_of_any_length() {
        let secret = Secret::new(bytes("feffe9928665731c6d6a8f9467308308"));
        let plain = bytes(
            "d9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a721c3c0c95956809532fcf0e2449a6b525b16aedf5aa0de657ba637b39",
        );
        let additional = bytes("feedfacedeadbeeffeedfacedeadbeefabaddad2");
        let cases = [
            ("cafebabefacedbaddecaf888", "5bc94fbc3221a5db94fae95ae7121a47"),
            ("cafebabefacedbad", "3612d2e79e3b0785561be14aaca2fccb"),
            (
                "9313225df88406e555909c5aff5269aa6a7a9538534f7da1e4c303d2a318a728c3c0c95156809539fcf0e2429a6b525416aedbf5a0de6a57a637b39b",
                "619cc5aefffe0bfa462af43c1699d050",
            ),
        ];
        for (iv, tag) in cases {
            for length in [16, 15, 12, 8, 4] {
                let gcm_of = || Gcm { iv: bytes(iv), additional: additional.clone(), tag: length };
                let sealed = any_gcm(Direction::Encrypt, &secret, &gcm_of(), plain.clone()).unwrap();
                assert_eq!(sealed[plain.len()..], bytes(tag)[..length]);
                assert_eq!(gcm(Direction::Encrypt, &secret, &gcm_of(), plain.clone()).unwrap(), sealed);
                assert_eq!(gcm(Direction::Decrypt, &secret, &gcm_of(), sealed.clone()).unwrap(), plain);
                let mut broken = sealed;
                *broken.last_mut().unwrap() ^= 1;
                assert_eq!(gcm(Direction::Decrypt, &secret, &gcm_of(), broken), Err(NOT_DECRYPTED));
            }
        }
    }

    /// NIST SP 800-38A, F.5.1, F.2.1.
    #[test]
    fn examples_of_sp_800_38a() {
        let secret = Secret::new(bytes("2b7e151628aed2a6abf7158809cf4f3c"));
        let plain = bytes("6bc1bee22e409f96e93d7e117393172aae2d8a571e03ac9c9eb76fac45af8e51");
        let counter = bytes("f0f1f2f3f4f5f6f7f8f9fafbfcfdfeff").try_into().unwrap();
        let expected = bytes("874d6191b620e3261bef6864990db6ce9806f66b7970fdff8617187bb9fffdff");
        assert_eq!(ctr(&secret, counter, 128, plain.clone()).unwrap(), expected);
        let iv: Block = bytes("000102030405060708090a0b0c0d0e0f").try_into().unwrap();
        let encrypted = cbc(Direction::Encrypt, &secret, iv, plain.clone()).unwrap();
        let expected = bytes("7649abac8119b246cee98e9b12e9197d5086cb9b507219ee95db113a917678b2");
        assert_eq!((&encrypted[..32], encrypted.len()), (&expected[..], 48));
        assert_eq!(cbc(Direction::Decrypt, &secret, iv, encrypted.clone()).unwrap(), plain);
        for odd in [0, 15, 47] {
            let cut = encrypted[..odd].to_vec();
            assert_eq!(cbc(Direction::Decrypt, &secret, iv, cut), Err(NOT_DECRYPTED));
        }
    }

    #[test]
    fn a_counter_wraps_within_its_bits() {
        let secret = Secret::new(vec![7; 16]);
        let block = |counter: u128| ctr(&secret, counter.to_be_bytes(), 128, vec![0; 16]).unwrap();
        let start = 0xaaaa_aaaa_0000_0000_0000_0000_0000_000e_u128;
        let expected = [block(start), block(start + 1), block(start - 14)].concat();
        assert_eq!(ctr(&secret, start.to_be_bytes(), 4, vec![0; 48]).unwrap(), expected);
        assert!(ctr(&secret, start.to_be_bytes(), 4, vec![0; 256]).is_ok());
        assert!(matches!(ctr(&secret, start.to_be_bytes(), 4, vec![0; 257]), Err(Failure::Operation(_))));
        let last = [block(u128::MAX), block(0)].concat();
        assert_eq!(ctr(&secret, [0xff; 16], 128, vec![0; 32]).unwrap(), last);
        assert_eq!(ctr(&secret, [0xff; 16], 1, Vec::new()).unwrap(), Vec::<u8>::new());
    }
}
