//! Base64, by the copy of simdutf that V8 has.

use v8::simdutf::{self, Base64Options, LastChunkHandling};

/// What `text`, one byte for each character, is the base64 of, by the forgiving decoding of the Infra standard: white space
/// does not matter, and there may be no padding. `None` if it is the base64 of nothing.
#[must_use]
pub fn decode_base64(text: &[u8]) -> Option<Vec<u8>> {
    let mut bytes = vec![0; simdutf::maximal_binary_length_from_base64(text)];
    // SAFETY: `bytes` has the length that the function asks for.
    let result = unsafe {
        simdutf::base64_to_binary(text, &mut bytes, Base64Options::Default, LastChunkHandling::Loose)
    };
    if !result.is_ok() {
        return None;
    }
    bytes.truncate(result.count);
    Some(bytes)
}

/// The base64 of `bytes`, with padding, as ASCII.
#[must_use]
pub fn encode_base64(bytes: &[u8]) -> Vec<u8> {
    let mut text = vec![0; simdutf::base64_length_from_binary(bytes.len(), Base64Options::Default)];
    // SAFETY: `text` has the length that the function asks for.
    let length = unsafe { simdutf::binary_to_base64(bytes, &mut text, Base64Options::Default) };
    text.truncate(length);
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_encoded_is_decoded() {
        for length in 0..200_u8 {
            let bytes: Vec<u8> = (0..length).map(|n| n.wrapping_mul(37)).collect();
            let text = encode_base64(&bytes);
            assert_eq!(text.len(), bytes.len().div_ceil(3) * 4);
            assert_eq!(decode_base64(&text), Some(bytes));
        }
    }

    #[test]
    fn decoding_forgives_what_the_standard_forgives() {
        let decoded = |text: &str| decode_base64(text.as_bytes());
        for text in ["YWI=", "YWI", " Y\tW\nI\x0c=\r", "YWJ"] {
            assert_eq!(decoded(text).as_deref(), Some(&b"ab"[..]), "{text:?}");
        }
        assert_eq!(decoded("").as_deref(), Some(&b""[..]));
        for text in ["Y", "YWI==", "YW=I", "=", "YQ=", "YWJj=", "YW-_", "Y\u{b}WI", "YWI=YWI="] {
            assert_eq!(decoded(text), None, "{text:?}");
        }
    }
}
