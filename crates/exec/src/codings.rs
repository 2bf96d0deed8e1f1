//! Compressed forms of bytes: what `CompressionStream` makes, and the content codings of HTTP.
//!
//! A [`Coder`] takes input and gives output in pieces of the size that its caller chooses, so that little input that
//! stands for much output, a bomb, costs no more at a time than any other. What it holds between two steps is bounded by
//! the format, and [told](Coder::memory), for whoever has a budget for it.

mod brotli;
mod content;
mod flate;
mod zstd;

pub(crate) use self::content::{Accepted, Codings, ContentDecoder};

/// The formats of the Compression Standard.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Format {
    Brotli,
    Deflate,
    DeflateRaw,
    Gzip,
}

impl Format {
    pub(crate) fn compressor(self) -> Box<dyn Coder> {
        match self {
            Self::Brotli => Box::new(brotli::Compressor::new()),
            Self::Deflate => Box::new(flate::Compressor::zlib()),
            Self::DeflateRaw => Box::new(flate::Compressor::raw()),
            Self::Gzip => Box::new(flate::Compressor::gzip()),
        }
    }

    pub(crate) fn decompressor(self) -> Box<dyn Coder> {
        match self {
            Self::Brotli => Box::new(brotli::Decompressor::new()),
            Self::Deflate => Box::new(flate::Decompressor::zlib()),
            Self::DeflateRaw => Box::new(flate::Decompressor::raw()),
            Self::Gzip => Box::new(flate::Decompressor::gzip()),
        }
    }
}

/// A compressor or a decompressor in the middle of its work.
pub(crate) trait Coder: Send {
    /// Takes of `input`, which is `last` if nothing comes after it, and writes to `output`, which is not empty. One that
    /// neither takes nor writes wants more input. It is not called again once it has ended.
    ///
    /// # Errors
    /// The input is not of the format.
    fn step(&mut self, input: &[u8], output: &mut [u8], last: bool) -> Result<Step, Corrupt>;

    /// Bytes that it holds, about.
    fn memory(&self) -> usize;
}

/// What a step came to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Step {
    /// Bytes of the input that it took.
    pub(crate) taken: usize,
    /// Bytes that it wrote.
    pub(crate) written: usize,
    /// Whether that was all: what is left of the input is not part of it.
    pub(crate) ended: bool,
}

/// The input is not of the format, or asks for more memory than anybody gets.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the compressed data is not valid")]
pub(crate) struct Corrupt;

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    const FORMATS: [Format; 4] = [Format::Brotli, Format::Deflate, Format::DeflateRaw, Format::Gzip];

    /// All that a coder makes of `input`, which it is given in slices of `slice` bytes, in pieces of `piece` bytes; how
    /// much of it it took, and whether it ended.
    pub(crate) fn run(
        coder: &mut dyn Coder,
        input: &[u8],
        (slice, piece): (usize, usize),
    ) -> Result<(Vec<u8>, usize, bool), Corrupt> {
        let (mut all, mut at, mut buffer) = (Vec::new(), 0, vec![0; piece]);
        loop {
            let end = input.len().min(at + slice);
            let step = coder.step(&input[at..end], &mut buffer, end == input.len())?;
            at += step.taken;
            all.extend_from_slice(&buffer[..step.written]);
            if step.ended || (step.taken == 0 && step.written == 0 && end == input.len()) {
                return Ok((all, at, step.ended));
            }
        }
    }

    pub(crate) fn sample() -> Vec<u8> {
        let mut state = 1_u32;
        let noise = |state: &mut u32| {
            *state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            (*state >> 24) as u8
        };
        (0..200_000_u32).map(|i| if i % 5 == 0 { noise(&mut state) } else { (i >> 6) as u8 }).collect()
    }

    pub(crate) fn compressed(format: Format, bytes: &[u8]) -> Vec<u8> {
        run(&mut *format.compressor(), bytes, (usize::MAX >> 1, 1 << 16)).unwrap().0
    }

    #[test]
    fn every_format_comes_back_whatever_the_pieces() {
        let sample = sample();
        for format in FORMATS {
            let whole = compressed(format, &sample);
            assert!(whole.len() < sample.len() / 2, "{format:?}: {}", whole.len());
            for sizes in [(1 << 20, 1 << 20), (1_000, 777), (7, 1 << 16)] {
                let again = run(&mut *format.compressor(), &sample, sizes).unwrap();
                assert!(again.2, "{format:?}");
                let back = run(&mut *format.decompressor(), &again.0, sizes).unwrap();
                assert!(back == (sample.clone(), again.0.len(), true), "{format:?} in {sizes:?}");
            }
        }
        for format in FORMATS {
            let nothing = compressed(format, b"");
            assert!(!nothing.is_empty());
            let back = run(&mut *format.decompressor(), &nothing, (1, 1)).unwrap();
            assert_eq!(back, (Vec::new(), nothing.len(), true), "{format:?}");
        }
    }

    #[test]
    fn what_is_left_after_the_end_is_not_taken() {
        for format in FORMATS {
            let mut input = compressed(format, b"abc");
            let length = input.len();
            input.extend_from_slice(&[0; 100]);
            let back = run(&mut *format.decompressor(), &input, (1 << 20, 100)).unwrap();
            assert_eq!(back, (b"abc".to_vec(), length, true), "{format:?}");
        }
    }

    #[test]
    fn what_is_cut_off_has_no_end_and_what_is_wrong_is_corrupt() {
        let sample = sample();
        for format in FORMATS {
            let whole = compressed(format, &sample);
            for length in [0, 1, whole.len() / 2, whole.len() - 1] {
                let (_, taken, ended) =
                    run(&mut *format.decompressor(), &whole[..length], (1 << 20, 1 << 16)).unwrap();
                assert!(taken == length && !ended, "{format:?} cut off after {length}");
            }
        }
        for format in [Format::Deflate, Format::Gzip] {
            let mut wrong = compressed(format, &sample);
            let last = wrong.len() - 2;
            wrong[last] ^= 1;
            assert_eq!(run(&mut *format.decompressor(), &wrong, (1 << 20, 1 << 16)), Err(Corrupt));
        }
        for format in FORMATS {
            assert_eq!(run(&mut *format.decompressor(), &[0xff; 64], (64, 64)), Err(Corrupt), "{format:?}");
        }
    }

    #[test]
    fn a_bomb_costs_a_piece_at_a_time_and_memory_is_told() {
        for format in FORMATS {
            let bomb = compressed(format, &vec![0; 2 << 20]);
            assert!(bomb.len() < 8 << 10, "{format:?}: {}", bomb.len());
            let (mut coder, mut piece, mut at, mut length) = (format.decompressor(), [0; 4096], 0, 0);
            let mut most = 0;
            loop {
                let step = coder.step(&bomb[at..], &mut piece, true).unwrap();
                (at, length) = (at + step.taken, length + step.written);
                most = most.max(coder.memory());
                if step.ended {
                    break;
                }
            }
            assert_eq!(length, 2 << 20, "{format:?}");
            assert!(most > 8 << 10 && most < 4 << 20, "{format:?} holds {most}");
            let mut coder = format.compressor();
            run(&mut *coder, &sample(), (1 << 16, 1 << 16)).unwrap();
            assert!((256 << 10..8 << 20).contains(&coder.memory()), "{format:?} holds {}", coder.memory());
        }
    }
}
