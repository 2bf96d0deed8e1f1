//! Bytes as standards print them, for known answers.

/// The bytes of an even number of hexadecimal digits.
pub(super) fn bytes(hex: &str) -> Vec<u8> {
    (0..hex.len()).step_by(2).map(|at| u8::from_str_radix(&hex[at..at + 2], 16).unwrap()).collect()
}
