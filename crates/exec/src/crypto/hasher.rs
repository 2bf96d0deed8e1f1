//! Digests and tags of HMAC step by step, with the hash functions that Node.js has besides those of the Web.

use aws_lc_rs::digest::{self, Context};
use md5::{Digest, Md5};
use zeroize::Zeroizing;

/// A hash function by its name in Node.js, in lower case.
#[derive(Clone, Copy, Debug)]
pub(crate) enum HashName {
    Md5,
    Aws(&'static digest::Algorithm),
}

impl HashName {
    pub(crate) fn of(name: &str) -> Option<Self> {
        Some(Self::Aws(match name {
            "md5" => return Some(Self::Md5),
            "sha1" => &digest::SHA1_FOR_LEGACY_USE_ONLY,
            "sha224" => &digest::SHA224,
            "sha256" => &digest::SHA256,
            "sha384" => &digest::SHA384,
            "sha512" => &digest::SHA512,
            "sha512-256" => &digest::SHA512_256,
            "sha3-256" => &digest::SHA3_256,
            "sha3-384" => &digest::SHA3_384,
            "sha3-512" => &digest::SHA3_512,
            _ => return None,
        }))
    }

    /// Bytes that it takes at a time.
    fn block_len(self) -> usize {
        match self {
            Self::Md5 => 64,
            Self::Aws(algorithm) => algorithm.block_len(),
        }
    }

    fn begin(self) -> Plain {
        match self {
            Self::Md5 => Plain::Md5(Md5::new()),
            Self::Aws(algorithm) => Plain::Aws(Context::new(algorithm)),
        }
    }
}

#[derive(Clone)]
enum Plain {
    Md5(Md5),
    Aws(Context),
}

impl Plain {
    fn update(&mut self, data: &[u8]) {
        match self {
            Self::Md5(context) => context.update(data),
            Self::Aws(context) => context.update(data),
        }
    }

    fn finish(self) -> Vec<u8> {
        match self {
            Self::Md5(context) => context.finalize().to_vec(),
            Self::Aws(context) => context.finish().as_ref().to_vec(),
        }
    }
}

/// One that is under way.
#[derive(Clone)]
pub(crate) struct Hasher {
    inner: Plain,
    /// Of HMAC, what the digest goes into.
    outer: Option<Plain>,
}

impl Hasher {
    pub(crate) fn digest(name: HashName) -> Self {
        Self { inner: name.begin(), outer: None }
    }

    /// RFC 2104.
    pub(crate) fn hmac(name: HashName, key: &[u8]) -> Self {
        let mut block = Zeroizing::new(vec![0; name.block_len()]);
        if key.len() > block.len() {
            let mut short = name.begin();
            short.update(key);
            let short = Zeroizing::new(short.finish());
            block[..short.len()].copy_from_slice(&short);
        } else {
            block[..key.len()].copy_from_slice(key);
        }
        let padded = |byte: u8| {
            let block: Zeroizing<Vec<u8>> = Zeroizing::new(block.iter().map(|part| part ^ byte).collect());
            let mut context = name.begin();
            context.update(&block);
            context
        };
        Self { inner: padded(0x36), outer: Some(padded(0x5c)) }
    }

    pub(crate) fn update(&mut self, data: &[u8]) {
        self.inner.update(data);
    }

    pub(crate) fn finish(self) -> Vec<u8> {
        let digest = self.inner.finish();
        match self.outer {
            None => digest,
            Some(mut outer) => {
                outer.update(&digest);
                outer.finish()
            }
        }
    }

    /// Iterations of PBKDF2 (RFC 8018, 5.2): what came of the last one, and the sum of all.
    pub(crate) fn iterate(&self, last: &mut Vec<u8>, sum: &mut [u8], times: u32) {
        for _ in 0..times {
            let mut hasher = self.clone();
            hasher.update(last);
            *last = hasher.finish();
            for (sum, byte) in sum.iter_mut().zip(&*last) {
                *sum ^= byte;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hex(bytes: &[u8]) -> String {
        bytes.iter().map(|byte| format!("{byte:02x}")).collect()
    }

    fn of(mut hasher: Hasher, data: &[u8]) -> String {
        for part in data.chunks(5) {
            hasher.update(part);
        }
        hex(&hasher.finish())
    }

    #[test]
    fn digests_as_they_are_published() {
        for (name, digest) in [
            ("md5", "900150983cd24fb0d6963f7d28e17f72"),
            ("sha1", "a9993e364706816aba3e25717850c26c9cd0d89d"),
            ("sha224", "23097d223405d8228642a477bda255b32aadbce4bda0b3f7e36c9da7"),
            ("sha512-256", "53048e2681941ef99b2e29b76b4c7dabe4c2d0c634fc6d46e0e2f13107e7af23"),
            ("sha3-256", "3a985da74fe225b2045c172d6bd390bd855f086e3e9d525b46bfe24511431532"),
        ] {
            assert_eq!(of(Hasher::digest(HashName::of(name).unwrap()), b"abc"), digest, "{name}");
        }
        assert!(HashName::of("SHA1").is_none() && HashName::of("whirlpool").is_none());
    }

    /// RFC 2202, 2.2 and 6; RFC 4231, 3 and 7.
    #[test]
    fn hmac_as_in_the_rfcs() {
        for (name, key, data, tag) in [
            ("md5", &b"Jefe"[..], &b"what do ya want for nothing?"[..], "750c783e6ab0b503eaa86e310a5db738"),
            (
                "md5",
                &[0xaa; 80],
                b"Test Using Larger Than Block-Size Key - Hash Key First",
                "6b1ab7fe4bd7bf8f0b62e6ce61b9d0cd",
            ),
            (
                "sha256",
                b"Jefe",
                b"what do ya want for nothing?",
                "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843",
            ),
            (
                "sha256",
                &[0xaa; 131],
                b"Test Using Larger Than Block-Size Key - Hash Key First",
                "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54",
            ),
        ] {
            assert_eq!(of(Hasher::hmac(HashName::of(name).unwrap(), key), data), tag, "{name}");
        }
    }

    /// RFC 6070.
    #[test]
    fn iterations_in_parts_are_those_of_pbkdf2() {
        let hmac = Hasher::hmac(HashName::of("sha1").unwrap(), b"password");
        let mut first = hmac.clone();
        first.update(b"salt\0\0\0\x01");
        let mut last = first.finish();
        let mut sum = last.clone();
        hmac.iterate(&mut last, &mut sum, 4000);
        hmac.iterate(&mut last, &mut sum, 95);
        assert_eq!(hex(&sum), "4b007901b765489abead49d926f721d065a429c1");
    }
}
