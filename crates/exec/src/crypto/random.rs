//! Random bytes, many small requests from one large one.
//!
//! Each thread has a buffer that the generator of `aws-lc-rs` fills (CTR-DRBG, seeded by the operating system, reseeded
//! by itself). It is in the memory of the thread: no snapshot of an isolate has any of it, and isolates that come from
//! the same snapshot draw from the same stream, each byte once. A byte is erased when it is given out. The process
//! never forks without executing another program, which would duplicate it.

use std::cell::RefCell;

use aws_lc_rs::rand;
use zeroize::Zeroize;

use super::Failure;

/// Bytes that a thread draws at a time.
const BUFFER: usize = 4096;

/// What is longer is drawn directly.
const MOST_BUFFERED: usize = 512;

struct Buffer {
    bytes: Box<[u8]>,
    used: usize,
}

thread_local! {
    static BUFFER_OF_THREAD: RefCell<Buffer> =
        RefCell::new(Buffer { bytes: Box::default(), used: 0 });
}

/// Fills `bytes`.
///
/// # Errors
/// The operating system has no randomness.
pub(crate) fn fill(bytes: &mut [u8]) -> Result<(), Failure> {
    const FAILED: Failure = Failure::Operation("no randomness available");
    if bytes.len() > MOST_BUFFERED {
        return rand::fill(bytes).map_err(|_| FAILED);
    }
    BUFFER_OF_THREAD.with_borrow_mut(|buffer| {
        if buffer.bytes.len() - buffer.used < bytes.len() {
            if buffer.bytes.is_empty() {
                buffer.bytes = vec![0; BUFFER].into();
            }
            rand::fill(&mut buffer.bytes).map_err(|_| FAILED)?;
            buffer.used = 0;
        }
        let from = &mut buffer.bytes[buffer.used..][..bytes.len()];
        bytes.copy_from_slice(from);
        from.zeroize();
        buffer.used += bytes.len();
        Ok(())
    })
}

/// A version 4 UUID in its usual form.
pub(crate) fn uuid() -> Result<[u8; 36], Failure> {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    let mut bytes = [0; 16];
    fill(&mut bytes)?;
    bytes[6] = bytes[6] & 0x0f | 0x40;
    bytes[8] = bytes[8] & 0x3f | 0x80;
    let mut text = [b'-'; 36];
    let mut at = 0;
    for (index, byte) in bytes.into_iter().enumerate() {
        if matches!(index, 4 | 6 | 8 | 10) {
            at += 1;
        }
        text[at] = DIGITS[usize::from(byte >> 4)];
        text[at + 1] = DIGITS[usize::from(byte & 15)];
        at += 2;
    }
    Ok(text)
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn no_byte_is_given_out_twice() {
        let draw = |length: usize| {
            let mut bytes = vec![0; length];
            fill(&mut bytes).unwrap();
            bytes
        };
        // Across the ends of several buffers, and beside them.
        let mut seen = HashSet::new();
        for length in (16..600).step_by(7) {
            let bytes = draw(length);
            for chunk in bytes.chunks_exact(16) {
                assert!(seen.insert(chunk.to_vec()), "twice the same 16 bytes");
            }
        }
        BUFFER_OF_THREAD.with_borrow(|buffer| {
            assert!(buffer.used > 0 && buffer.bytes[..buffer.used].iter().all(|byte| *byte == 0));
        });
    }

    #[test]
    fn uuids_are_of_version_4() {
        let text = String::from_utf8(uuid().unwrap().to_vec()).unwrap();
        let dashes: Vec<_> = text.match_indices('-').map(|(index, _)| index).collect();
        assert_eq!(dashes, [8, 13, 18, 23], "{text}");
        assert_eq!(text.as_bytes()[14], b'4', "{text}");
        assert!(b"89ab".contains(&text.as_bytes()[19]), "{text}");
        assert_ne!(uuid().unwrap(), uuid().unwrap());
    }
}
