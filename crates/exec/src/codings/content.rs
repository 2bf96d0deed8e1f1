//! The content codings of HTTP (RFC 9110, 8.4.1), as browsers read them.

use http::HeaderMap;
use http::header::{ACCEPT_ENCODING, CONTENT_ENCODING, HeaderValue};

use super::{Coder, Corrupt, Step, brotli, flate, zstd};

/// Codings that a body has on top of each other at most. More are of no use to anybody.
const MAX_CODINGS: usize = 4;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Coding {
    Brotli,
    Deflate,
    Gzip,
    Zstd,
}

/// The codings of a body, in the order in which they were applied; at least one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Codings(Vec<Coding>);

impl Codings {
    /// What `Content-Encoding` says; `None` without any, and for what nobody here can decode.
    pub(crate) fn of(headers: &HeaderMap) -> Option<Self> {
        let mut codings = Vec::new();
        for value in headers.get_all(CONTENT_ENCODING) {
            for name in value.to_str().ok()?.split(',').map(str::trim) {
                codings.push(match name {
                    name if name.eq_ignore_ascii_case("gzip") => Coding::Gzip,
                    name if name.eq_ignore_ascii_case("x-gzip") => Coding::Gzip,
                    name if name.eq_ignore_ascii_case("deflate") => Coding::Deflate,
                    name if name.eq_ignore_ascii_case("br") => Coding::Brotli,
                    name if name.eq_ignore_ascii_case("zstd") => Coding::Zstd,
                    name if name.is_empty() || name.eq_ignore_ascii_case("identity") => continue,
                    _ => return None,
                });
                if codings.len() > MAX_CODINGS {
                    return None;
                }
            }
        }
        (!codings.is_empty()).then_some(Self(codings))
    }

    /// What undoes them, in the order in which that is done.
    pub(crate) fn decoders(&self) -> impl Iterator<Item = ContentDecoder> {
        self.0.iter().rev().map(|coding| ContentDecoder { coding: *coding, stage: Stage::Before })
    }
}

/// Undoes one coding. It is as tolerant as browsers are: a body without any bytes is empty, `deflate` may be without its
/// frame, and what follows the end is passed over, unless it is another member of a gzip file or another zstd frame.
pub(crate) struct ContentDecoder {
    coding: Coding,
    stage: Stage,
}

enum Stage {
    /// Nothing has come.
    Before,
    Within(Box<dyn Coder>),
    /// A member or a frame has come to its end.
    Between,
    /// What comes is of no interest.
    After,
}

impl ContentDecoder {
    /// As [`Coder::step`]; it never ends by itself.
    pub(crate) fn step(&mut self, input: &[u8], output: &mut [u8]) -> Result<(usize, usize), Corrupt> {
        if let Some(first) = input.first() {
            match self.stage {
                Stage::Before => self.stage = Stage::Within(self.coding.decoder(*first)?),
                Stage::Between if self.coding.continues(*first) => {
                    self.stage = Stage::Within(self.coding.decoder(*first)?);
                }
                Stage::Between => self.stage = Stage::After,
                Stage::Within(_) | Stage::After => {}
            }
        }
        match &mut self.stage {
            Stage::Before | Stage::Between => Ok((0, 0)),
            Stage::After => Ok((input.len(), 0)),
            Stage::Within(decoder) => {
                let Step { taken, written, ended } = decoder.step(input, output, false)?;
                if ended {
                    self.stage = Stage::Between;
                }
                Ok((taken, written))
            }
        }
    }

    /// Nothing more comes, and [`step`](Self::step) has nothing more to give.
    ///
    /// # Errors
    /// It was cut off.
    pub(crate) fn finish(&self) -> Result<(), Corrupt> {
        match self.stage {
            Stage::Within(_) => Err(Corrupt),
            Stage::Before | Stage::Between | Stage::After => Ok(()),
        }
    }

    /// Bytes that it holds, about.
    pub(crate) fn memory(&self) -> usize {
        match &self.stage {
            Stage::Within(decoder) => decoder.memory(),
            Stage::Before | Stage::Between | Stage::After => 0,
        }
    }
}

impl Coding {
    /// For what begins with this byte.
    fn decoder(self, first: u8) -> Result<Box<dyn Coder>, Corrupt> {
        Ok(match self {
            Self::Brotli => Box::new(brotli::Decompressor::new()),
            Self::Gzip => Box::new(flate::Decompressor::gzip()),
            Self::Zstd => Box::new(zstd::Decompressor::new()?),
            // Without the frame it would be a stored block with padding that no compressor writes.
            Self::Deflate if first & 0x8f == 0x08 => Box::new(flate::Decompressor::zlib()),
            Self::Deflate => Box::new(flate::Decompressor::raw()),
        })
    }

    /// Whether this byte, after the end, begins something that belongs to it.
    fn continues(self, first: u8) -> bool {
        match self {
            Self::Gzip => first == 0x1f,
            // A frame, or one to be skipped.
            Self::Zstd => matches!(first, 0x28 | 0x50..=0x5f),
            Self::Brotli | Self::Deflate => false,
        }
    }
}

/// Codings that somebody who sends a request takes, of those that a worker asks for by itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Accepted {
    brotli: bool,
    gzip: bool,
}

impl Accepted {
    /// Both.
    pub(crate) const ALL: Self = Self { brotli: true, gzip: true };

    /// What `Accept-Encoding` says; none without it.
    pub(crate) fn of(headers: &HeaderMap) -> Self {
        let mut accepted = Self { brotli: false, gzip: false };
        for value in headers.get_all(ACCEPT_ENCODING) {
            for item in value.to_str().unwrap_or_default().split(',') {
                let (name, weight) = item.split_once(';').unwrap_or((item, ""));
                let is_wanted = !is_zero(weight);
                match name.trim() {
                    name if name.eq_ignore_ascii_case("br") => accepted.brotli = is_wanted,
                    name if name.eq_ignore_ascii_case("gzip") => accepted.gzip = is_wanted,
                    _ => {}
                }
            }
        }
        accepted
    }

    /// For the `Accept-Encoding` of a request; `None` for none.
    pub(crate) fn to_value(self) -> Option<HeaderValue> {
        let value = match self {
            Self { brotli: true, gzip: true } => "gzip, br",
            Self { brotli: true, gzip: false } => "br",
            Self { brotli: false, gzip: true } => "gzip",
            Self { brotli: false, gzip: false } => return None,
        };
        Some(HeaderValue::from_static(value))
    }

    pub(crate) fn to_bits(self) -> u8 {
        u8::from(self.brotli) | u8::from(self.gzip) << 1
    }

    pub(crate) fn from_bits(bits: u8) -> Self {
        Self { brotli: bits & 1 != 0, gzip: bits & 2 != 0 }
    }
}

/// Whether the parameters of an item say that it is not wanted: `q=0`, with up to three more zeros.
fn is_zero(parameters: &str) -> bool {
    let weight = parameters.split(';').filter_map(|parameter| parameter.trim().split_once('='));
    let mut weight = weight.filter(|(name, _)| name.trim().eq_ignore_ascii_case("q"));
    weight.next().is_some_and(|(_, value)| value.trim().parse() == Ok(0.0))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::codings::Format;
    use crate::codings::tests::{compressed, sample};

    fn headers(name: &'static str, values: &[&str]) -> HeaderMap {
        let mut headers = HeaderMap::new();
        for value in values {
            headers.append(name, value.parse().unwrap());
        }
        headers
    }

    fn codings(values: &[&str]) -> Option<Vec<Coding>> {
        Codings::of(&headers("content-encoding", values)).map(|codings| codings.0)
    }

    fn decoded(coding: &str, input: &[u8], slice: usize) -> Result<Vec<u8>, Corrupt> {
        let codings = Codings::of(&headers("content-encoding", &[coding])).unwrap();
        let mut all = input.to_vec();
        for mut decoder in codings.decoders() {
            let (input, mut buffer, mut at) = (std::mem::take(&mut all), [0; 1000], 0);
            loop {
                let end = input.len().min(at + slice);
                let (taken, written) = decoder.step(&input[at..end], &mut buffer)?;
                at += taken;
                all.extend_from_slice(&buffer[..written]);
                if (taken, written) == (0, 0) && end == input.len() {
                    break;
                }
            }
            decoder.finish()?;
        }
        Ok(all)
    }

    #[test]
    fn a_list_has_its_codings_in_their_order() {
        use Coding::{Brotli, Deflate, Gzip, Zstd};
        assert_eq!(codings(&["gzip"]), Some(vec![Gzip]));
        assert_eq!(codings(&["X-GZip , deflate", "br"]), Some(vec![Gzip, Deflate, Brotli]));
        assert_eq!(codings(&["identity, zstd,"]), Some(vec![Zstd]));
        for none in [&[][..], &[""], &["identity"], &["gzip, compress"], &["gz ip"], &["br,br,br,br,br"]] {
            assert_eq!(codings(none), None, "{none:?}");
        }
    }

    #[test]
    fn what_is_accepted_is_asked_for() {
        let asked = |values: &[&str]| {
            let accepted = Accepted::of(&headers("accept-encoding", values));
            assert_eq!(Accepted::from_bits(accepted.to_bits()), accepted);
            accepted.to_value()
        };
        assert_eq!(asked(&["gzip, deflate, br, zstd"]).unwrap(), "gzip, br");
        assert_eq!(asked(&["BR;q=0.5"]).unwrap(), "br");
        assert_eq!(asked(&["br; q=0.000, gzip;q=1"]).unwrap(), "gzip");
        assert_eq!(asked(&["br;q=0", "gzip; Q=0.0"]), None);
        assert_eq!(asked(&[]), None);
        assert_eq!(asked(&["identity"]), None);
    }

    #[test]
    fn every_coding_is_undone_and_lists_from_their_end() {
        let sample = sample();
        let gzip = compressed(Format::Gzip, &sample);
        for slice in [1, 1 << 20] {
            for (coding, input) in [
                ("gzip", gzip.clone()),
                ("deflate", compressed(Format::Deflate, &sample)),
                ("deflate", compressed(Format::DeflateRaw, &sample)),
                ("br", compressed(Format::Brotli, &sample)),
                ("gzip, br", compressed(Format::Brotli, &gzip)),
            ] {
                assert!(decoded(coding, &input, slice).unwrap() == sample, "{coding}");
                assert_eq!(decoded(coding, &input[..input.len() - 1], slice), Err(Corrupt), "{coding}");
            }
            // Twice, with one to be skipped between them.
            let frame = [0x28, 0xb5, 0x2f, 0xfd, 0x20, 0x02, 0x11, 0x00, 0x00, b'a', b'b'];
            let input = [&frame[..], &[0x50, 0x2a, 0x4d, 0x18, 1, 0, 0, 0, 9], &frame[..]].concat();
            assert_eq!(decoded("zstd", &input, slice).unwrap(), b"abab");
            assert_eq!(decoded("zstd", &input[..input.len() - 1], slice), Err(Corrupt));
        }
    }

    #[test]
    fn it_is_as_tolerant_as_browsers() {
        let mut input = compressed(Format::Gzip, b"ab");
        input.extend(compressed(Format::Gzip, b"cd"));
        for slice in [1, 100] {
            assert_eq!(decoded("gzip", &input, slice).unwrap(), b"abcd");
            let padded = [&input[..], &[0; 10]].concat();
            assert_eq!(decoded("gzip", &padded, slice).unwrap(), b"abcd");
            for coding in ["gzip", "deflate", "br", "zstd"] {
                assert_eq!(decoded(coding, b"", slice).unwrap(), b"", "{coding}");
                assert_eq!(decoded(coding, &[0xff; 40], slice), Err(Corrupt), "{coding}");
            }
        }
    }

    #[test]
    fn a_window_of_zstd_has_a_bound() {
        // A window descriptor, and a raw block: 8 MiB, then 9 MiB.
        for (window, is_fine) in [(13 << 3, true), (13 << 3 | 1, false), (21 << 3, false)] {
            let frame = [0x28, 0xb5, 0x2f, 0xfd, 0x00, window, 0x11, 0x00, 0x00, b'a', b'b'];
            assert_eq!(decoded("zstd", &frame, 100).is_ok(), is_fine, "{window}");
        }
    }
}
