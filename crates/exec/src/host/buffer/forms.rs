//! Bytes as text in the encodings of `Buffer` that are not Unicode's, and UTF-16; without V8.

use isolate::{decode_base64, encode_base64};

/// Code units that one step reads at most: a host function cannot be interrupted.
pub(super) const MOST_UNITS: usize = 1 << 18;

/// How bytes are written as text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Form {
    Utf16Le,
    Latin1,
    /// What is read is Latin-1; what is written has no eighth bit.
    Ascii,
    Base64,
    Base64Url,
    Hex,
}

/// In the order of `FORMS` in `bootstrap/node/internal/encodings.js`.
const FORMS: [Form; 6] = [Form::Utf16Le, Form::Latin1, Form::Ascii, Form::Base64, Form::Base64Url, Form::Hex];

/// A code unit of a string.
pub(super) trait Unit: Copy + Into<u32> {
    /// As bytes, if a string has one for each.
    fn bytes(units: &[Self]) -> Option<&[u8]>;
}

impl Unit for u8 {
    fn bytes(units: &[Self]) -> Option<&[u8]> {
        Some(units)
    }
}

impl Unit for u16 {
    fn bytes(_: &[Self]) -> Option<&[u8]> {
        None
    }
}

/// Text of bytes.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Text {
    OneByte(Vec<u8>),
    TwoByte(Vec<u16>),
}

impl Form {
    pub(super) fn from_index(index: u32) -> Option<Self> {
        FORMS.get(index as usize).copied()
    }

    /// The text of `bytes`.
    pub(super) fn text(self, bytes: &[u8]) -> Text {
        Text::OneByte(match self {
            Self::Utf16Le => {
                let units = bytes.chunks_exact(2).map(|pair| u16::from_le_bytes([pair[0], pair[1]]));
                return Text::TwoByte(units.collect());
            }
            Self::Latin1 => bytes.to_vec(),
            Self::Ascii => bytes.iter().map(|byte| byte & 0x7f).collect(),
            Self::Base64 => encode_base64(bytes),
            Self::Base64Url => url_safe(encode_base64(bytes)),
            Self::Hex => {
                const DIGITS: &[u8; 16] = b"0123456789abcdef";
                let digits = |byte: &u8| [DIGITS[usize::from(byte >> 4)], DIGITS[usize::from(byte & 15)]];
                bytes.iter().flat_map(digits).collect()
            }
        })
    }

    /// What the units from `from` on stand for, `room` bytes at most, and where to go on: the length of `units` if there
    /// is nothing more.
    pub(super) fn bytes<T: Unit>(self, units: &[T], from: usize, room: usize) -> (usize, Vec<u8>) {
        let rest = units.get(from..).unwrap_or_default();
        let low = |unit: &T| (*unit).into() as u8;
        let (read, bytes) = match self {
            Self::Utf16Le => {
                let read = rest.len().min(MOST_UNITS).min(room / 2);
                (read, rest[..read].iter().flat_map(|unit| ((*unit).into() as u16).to_le_bytes()).collect())
            }
            Self::Latin1 | Self::Ascii => {
                let read = rest.len().min(MOST_UNITS).min(room);
                (
                    read,
                    T::bytes(&rest[..read])
                        .map_or_else(|| rest[..read].iter().map(low).collect(), <[u8]>::to_vec),
                )
            }
            Self::Base64 | Self::Base64Url => base64(rest, room),
            Self::Hex => hex(&rest[..rest.len().min(MOST_UNITS).min(room.saturating_mul(2))], rest.len()),
        };
        (from + read, bytes)
    }
}

/// Base64 with the characters for URLs, and without padding.
fn url_safe(mut text: Vec<u8>) -> Vec<u8> {
    while text.last() == Some(&b'=') {
        text.pop();
    }
    for byte in &mut text {
        *byte = match *byte {
            b'+' => b'-',
            b'/' => b'_',
            other => other,
        };
    }
    text
}

/// Two digits are a byte. It ends before what is none, and then nothing of `all` is read any more.
fn hex<T: Unit>(units: &[T], all: usize) -> (usize, Vec<u8>) {
    let digit = |unit: T| char::from_u32(unit.into()).and_then(|digit| digit.to_digit(16));
    let mut bytes = Vec::with_capacity(units.len() / 2);
    for pair in units.chunks_exact(2) {
        match (digit(pair[0]), digit(pair[1])) {
            (Some(high), Some(low)) => bytes.push((high << 4 | low) as u8),
            _ => return (all, bytes),
        }
    }
    let read = bytes.len() * 2;
    // A digit by itself at the end is nothing.
    (if all - read < 2 { all } else { read }, bytes)
}

/// The value of a character of either alphabet.
fn sextet(unit: u32) -> Option<u8> {
    let byte = u8::try_from(unit).ok()?;
    match byte {
        b'A'..=b'Z' => Some(byte - b'A'),
        b'a'..=b'z' => Some(byte - b'a' + 26),
        b'0'..=b'9' => Some(byte - b'0' + 52),
        b'+' | b'-' => Some(62),
        b'/' | b'_' => Some(63),
        _ => None,
    }
}

/// Both alphabets, with or without padding. It ends at the first `=`; other characters do not count. How many were read:
/// of a long text whole groups of four, of which there is one at least.
fn base64<T: Unit>(units: &[T], room: usize) -> (usize, Vec<u8>) {
    if let Some(done) = T::bytes(units).and_then(|text| plain_base64(text, room)) {
        return done;
    }
    let mut bytes = Vec::with_capacity(room.min(units.len().min(MOST_UNITS) / 4 * 3 + 3));
    let mut group = 0_u32;
    let mut held = 0;
    for (at, unit) in units.iter().enumerate() {
        let unit: u32 = (*unit).into();
        if held == 0 && !bytes.is_empty() && (at >= MOST_UNITS || bytes.len() >= room) {
            return (at, bytes);
        }
        if unit == u32::from(b'=') {
            break;
        }
        let Some(value) = sextet(unit) else { continue };
        group = group << 6 | u32::from(value);
        held += 1;
        if held == 4 {
            let [_, triple @ ..] = group.to_be_bytes();
            bytes.extend(triple);
            bytes.truncate(room);
            (group, held) = (0, 0);
        }
    }
    // Two characters left over are a byte, three are two.
    if held >= 2 {
        let [_, triple @ ..] = (group << (6 * (4 - held))).to_be_bytes();
        bytes.extend(&triple[..held - 1]);
        bytes.truncate(room);
    }
    (units.len(), bytes)
}

/// The usual form, faster; `None` for any other.
fn plain_base64(text: &[u8], room: usize) -> Option<(usize, Vec<u8>)> {
    let is_all = text.len() <= MOST_UNITS;
    let piece = &text[..text.len().min(MOST_UNITS)];
    let mut bytes = decode_base64(piece)?;
    // White space would leave a group unfinished.
    if !is_all && bytes.len() != piece.len() / 4 * 3 {
        return None;
    }
    bytes.truncate(room);
    Some((piece.len(), bytes))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// All steps together, with room for everything.
    fn all<T: Unit>(form: Form, units: &[T]) -> Vec<u8> {
        let mut bytes = Vec::new();
        let mut at = 0;
        while at < units.len() {
            let (next, more) = form.bytes(units, at, units.len() * 2);
            assert!(next > at, "{form:?} goes on at {at}");
            at = next;
            bytes.extend(more);
        }
        bytes
    }

    fn one_byte(form: Form, bytes: &[u8]) -> Vec<u8> {
        match form.text(bytes) {
            Text::OneByte(text) => text,
            Text::TwoByte(_) => panic!("{form:?} has wide characters"),
        }
    }

    #[test]
    fn what_is_written_is_read() {
        let bytes: Vec<u8> = (0..=255).cycle().take(MOST_UNITS + 1001).collect();
        for form in [Form::Latin1, Form::Base64, Form::Base64Url, Form::Hex] {
            let text = one_byte(form, &bytes);
            assert!(all(form, &text) == bytes, "{form:?}");
            let wide: Vec<u16> = text.iter().map(|byte| u16::from(*byte)).collect();
            assert!(all(form, &wide) == bytes, "{form:?} of a string of two bytes");
        }
        let Text::TwoByte(units) = Form::Utf16Le.text(&bytes[..2 * 1000]) else { panic!("no wide text") };
        assert_eq!(all(Form::Utf16Le, &units), bytes[..2000]);
        assert_eq!(one_byte(Form::Ascii, b"a\xe1"), b"aa");
    }

    /// As Node.js reads them.
    #[test]
    fn sloppy_texts() {
        let base64 = [
            ("YQ==YQ==", "a"),
            ("YQ=", "a"),
            ("Y", ""),
            ("YWI", "ab"),
            ("Y!W\nI", "ab"),
            ("=YWJj", ""),
            ("YWJjZ", "abc"),
        ];
        for (text, bytes) in base64 {
            assert_eq!(all(Form::Base64, text.as_bytes()), bytes.as_bytes(), "{text}");
        }
        assert_eq!(all(Form::Base64, b"a-_b"), [0x6b, 0xef, 0xdb]);
        assert_eq!(all(Form::Base64, &[0x59_u16, 0x20ac, 0x51]), b"a");
        for (text, bytes) in [("abc", &[0xab][..]), ("Abxxcd", &[0xab]), ("z", &[]), ("0x", &[])] {
            assert_eq!(all(Form::Hex, text.as_bytes()), bytes, "{text}");
        }
    }

    #[test]
    fn no_step_goes_without_progress_or_beyond_its_room() {
        let blank = vec![b'!'; 2 * MOST_UNITS];
        assert_eq!(Form::Base64.bytes(&blank, 0, 9), (blank.len(), Vec::new()));
        let mut sparse = blank;
        sparse[0] = b'Y';
        sparse[2 * MOST_UNITS - 1] = b'Q';
        assert_eq!(all(Form::Base64, &sparse), b"a");
        let spaced: Vec<u8> = b"YWJ\nj".iter().copied().cycle().take(5 * MOST_UNITS).collect();
        assert!(all(Form::Base64, &spaced) == b"abc".repeat(MOST_UNITS));
        for form in FORMS {
            for room in 0..9 {
                assert!(form.bytes(b"YWJjZGVmYWJjZGVm", 0, room).1.len() <= room, "{form:?}");
            }
        }
        assert_eq!(Form::Base64.bytes(b"YWJjZGVm", 0, 4).1, b"abcd");
    }
}
