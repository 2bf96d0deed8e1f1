//! The reason phrase of a response.

use bytes::Bytes;

/// The `statusText` of a response, where it is not the usual one of its status: an extension of the
/// [`http::Response`]s that go into a worker ([`FetchResponse`](crate::FetchResponse)) and come out of it. A response
/// without it has the usual one.
///
/// ```
/// use exec::StatusText;
///
/// let mut response = http::Response::new(());
/// response.extensions_mut().insert(StatusText::new(b"Nothing here").unwrap());
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StatusText(Bytes);

impl StatusText {
    /// The text of these bytes, one for each character. `None` if there is one that a `reason-phrase` must not have
    /// (RFC 9112, 4): a control character other than a tab.
    pub fn new(bytes: &[u8]) -> Option<Self> {
        let is_valid = |byte: &u8| matches!(byte, b'\t' | b' '..=b'~' | 0x80..);
        bytes.iter().all(is_valid).then(|| Self(Bytes::copy_from_slice(bytes)))
    }

    /// Its bytes.
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_text_can_begin_a_header() {
        for good in ["", "OK", "a\tb c~", "caf\u{e9}"] {
            assert_eq!(StatusText::new(good.as_bytes()).unwrap().as_bytes(), good.as_bytes());
        }
        for bad in ["a\r\nx: y", "\0", "\u{7f}", "\u{1b}"] {
            assert_eq!(StatusText::new(bad.as_bytes()), None);
        }
    }
}
