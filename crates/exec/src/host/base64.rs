//! `atob` and `btoa`.

use std::borrow::Cow;

use isolate::{decode_base64, encode_base64};
use v8::{ValueView, ValueViewData};

use super::values::byte_string;

/// The longest piece that the bootstrap has worked on at once: a host function cannot be interrupted.
const PIECE: usize = 1 << 18;

/// `base64Decode(string)`: a string of one character for each byte, or null if it is the base64 of nothing.
pub(super) fn decode<'s>(
    scope: &mut v8::PinScope<'s, '_>,
    (string,): (v8::Local<'s, v8::String>,),
    mut result: v8::ReturnValue<'_>,
) {
    let decoded = latin1(scope, string, decode_base64).flatten();
    match decoded.and_then(|bytes| byte_string(scope, &bytes)) {
        Some(text) => result.set(text.into()),
        None => result.set_null(),
    }
}

/// `base64Encode(string)`: null if it has characters beyond Latin-1.
pub(super) fn encode<'s>(
    scope: &mut v8::PinScope<'s, '_>,
    (string,): (v8::Local<'s, v8::String>,),
    mut result: v8::ReturnValue<'_>,
) {
    let encoded = latin1(scope, string, encode_base64);
    match encoded.and_then(|text| byte_string(scope, &text)) {
        Some(text) => result.set(text.into()),
        None => result.set_null(),
    }
}

/// `base64Cut(string, start)`: where the piece of a long string ends that begins at `start`, so that it can be decoded by
/// itself.
pub(super) fn cut<'s>(
    scope: &mut v8::PinScope<'s, '_>,
    (string, start): (v8::Local<'s, v8::String>, usize),
    mut result: v8::ReturnValue<'_>,
) {
    let view = ValueView::new(scope, string);
    let end = match view.data() {
        ValueViewData::OneByte(text) => piece_end(text, start, is_space),
        ValueViewData::TwoByte(text) => piece_end(text, start, |unit| u8::try_from(unit).is_ok_and(is_space)),
    };
    result.set_double(end as f64);
}

/// Four characters that are no white space are decoded together.
fn piece_end<T: Copy>(text: &[T], start: usize, is_space: impl Fn(T) -> bool) -> usize {
    let length = text.len();
    let mut end = length.min(start.saturating_add(PIECE));
    if end == length {
        return length;
    }
    let mut over = text[start..end].iter().filter(|unit| !is_space(**unit)).count() % 4;
    while over > 0 {
        end -= 1;
        if !is_space(text[end]) {
            over -= 1;
        }
    }
    // Little more than white space: then all at once.
    if end == start { length } else { end }
}

fn is_space(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t' | b'\n' | b'\r' | 0x0c)
}

/// Calls `f` with the characters of the string, one byte each; `None` if it has others.
fn latin1<T>(
    scope: &mut v8::PinScope<'_, '_>,
    string: v8::Local<'_, v8::String>,
    f: impl Fn(&[u8]) -> T,
) -> Option<T> {
    let view = ValueView::new(scope, string);
    let bytes = match view.data() {
        ValueViewData::OneByte(bytes) => Cow::Borrowed(bytes),
        ValueViewData::TwoByte(units) => {
            Cow::Owned(units.iter().map(|unit| u8::try_from(*unit)).collect::<Result<_, _>>().ok()?)
        }
    };
    Some(f(&bytes))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pieces_end_where_four_characters_do() {
        let end = |text: &[u8], start| piece_end(text, start, is_space);
        assert_eq!(end(b"abcdefg", 0), 7);
        let long = vec![b'a'; 2 * PIECE + 1];
        assert_eq!((end(&long, 0), end(&long, 4), end(&long, PIECE + 1)), (PIECE, PIECE + 4, 2 * PIECE + 1));
        let spaced: Vec<u8> = b"ab c\n".iter().copied().cycle().take(2 * PIECE).collect();
        let first = end(&spaced, 0);
        let significant = |part: &[u8]| part.iter().filter(|byte| !is_space(**byte)).count();
        assert!(first > PIECE - 10 && significant(&spaced[..first]) % 4 == 0);
        let mut blank = vec![b' '; 2 * PIECE];
        assert_eq!(end(&blank, 0), PIECE);
        blank[0] = b'a';
        assert_eq!(end(&blank, 0), blank.len());
    }
}
