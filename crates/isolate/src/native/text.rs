//! Text between the encodings of V8's strings and UTF-8, by the copy of simdutf that V8 has.

use v8::simdutf;

/// The UTF-8 of a text with one byte for each character.
#[must_use]
pub fn utf8_of_latin1(text: &[u8]) -> Vec<u8> {
    if simdutf::validate_ascii(text) {
        return text.to_vec();
    }
    let mut bytes = vec![0; simdutf::utf8_length_from_latin1(text)];
    // SAFETY: `bytes` has the length that the text has in UTF-8.
    let written = unsafe { simdutf::convert_latin1_to_utf8(text, &mut bytes) };
    debug_assert_eq!(written, bytes.len());
    bytes
}

/// The UTF-8 of UTF-16, with U+FFFD in place of each surrogate without another.
#[must_use]
pub fn utf8_of_utf16(units: &[u16]) -> Vec<u8> {
    if !simdutf::validate_utf16le(units) {
        return String::from_utf16_lossy(units).into_bytes();
    }
    let mut bytes = vec![0; simdutf::utf8_length_from_utf16le(units)];
    // SAFETY: The units are valid, and `bytes` has the length that they have in UTF-8.
    let written = unsafe { simdutf::convert_valid_utf16le_to_utf8(units, &mut bytes) };
    debug_assert_eq!(written, bytes.len());
    bytes
}

/// One byte for each character of UTF-8; `None` if it is not valid, or has characters beyond U+00FF.
#[must_use]
pub fn latin1_of_utf8(bytes: &[u8]) -> Option<Vec<u8>> {
    let mut text = vec![0; bytes.len()];
    // SAFETY: `text` has a byte for each that is converted.
    let result = unsafe { simdutf::convert_utf8_to_latin1_with_errors(bytes, &mut text) };
    if !result.is_ok() {
        return None;
    }
    text.truncate(result.count);
    Some(text)
}

/// The UTF-16 of UTF-8; `None` if it is not valid.
#[must_use]
pub fn utf16_of_utf8(bytes: &[u8]) -> Option<Vec<u16>> {
    if !simdutf::validate_utf8(bytes) {
        return None;
    }
    let mut units = vec![0; simdutf::utf16_length_from_utf8(bytes)];
    // SAFETY: The bytes are valid, and `units` has the length that they have in UTF-16.
    let written = unsafe { simdutf::convert_valid_utf8_to_utf16le(bytes, &mut units) };
    debug_assert_eq!(written, units.len());
    Some(units)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn latin1_becomes_what_its_characters_are(text in proptest::collection::vec(any::<u8>(), 0..200)) {
            let expected: String = text.iter().map(|byte| char::from(*byte)).collect();
            prop_assert_eq!(utf8_of_latin1(&text), expected.as_bytes());
            prop_assert_eq!(latin1_of_utf8(expected.as_bytes()), Some(text));
        }

        #[test]
        fn ascii_stays_as_it_is(text in "[ -~]{0,200}") {
            prop_assert_eq!(utf8_of_latin1(text.as_bytes()), text.as_bytes());
        }

        #[test]
        fn text_comes_back_from_utf16(text in ".{0,200}") {
            let units: Vec<_> = text.encode_utf16().collect();
            prop_assert_eq!(utf8_of_utf16(&units), text.as_bytes());
            let latin1 = text.chars().map(|c| u8::try_from(c).ok()).collect::<Option<Vec<_>>>();
            prop_assert_eq!(latin1_of_utf8(text.as_bytes()), latin1);
            prop_assert_eq!(utf16_of_utf8(text.as_bytes()), Some(units));
        }

        #[test]
        fn what_is_no_text_is_what_std_makes_of_it(
            units in proptest::collection::vec(prop_oneof![0xd700..0xe010_u16, any::<u16>()], 0..100),
            bytes in proptest::collection::vec(prop_oneof![Just(0xc3), 0x80..0xf8_u8, any::<u8>()], 0..20),
        ) {
            prop_assert_eq!(utf8_of_utf16(&units), String::from_utf16_lossy(&units).into_bytes());
            let text = str::from_utf8(&bytes).ok();
            let latin1 = text.and_then(|text| text.chars().map(|c| u8::try_from(c).ok()).collect::<Option<Vec<_>>>());
            prop_assert_eq!(latin1_of_utf8(&bytes), latin1);
            let expected = text.map(|text| text.encode_utf16().collect::<Vec<_>>());
            prop_assert_eq!(utf16_of_utf8(&bytes), expected);
        }
    }
}
