//! Header fields of whole messages: how many there may be, and cookies in several fields.

#[cfg(feature = "server")]
use http::HeaderMap;
#[cfg(feature = "server")]
use http::header::{COOKIE, HeaderValue};

/// Header fields that a request over HTTP/1.1 may have. hyper clears a table of this size for each of them: with 1,000
/// that is 15 % of the instructions of a small request, with this 3 %.
#[cfg(feature = "server")]
pub(crate) const MAX_REQUEST_FIELDS: usize = 200;

/// Header fields that the answer to a `fetch` over HTTP/1.1 may have: as many as a worker may send.
#[cfg(feature = "fetch")]
pub(crate) const MAX_ANSWER_FIELDS: usize = 1_000;

/// Makes one field of several `cookie` fields, joined by `; `. HTTP/2 allows clients to send each cookie on its own, and
/// has them joined before anybody else sees them (RFC 9113, 8.2.3); what reads them knows no other separator.
#[cfg(feature = "server")]
pub(crate) fn join_cookies(headers: &mut HeaderMap) {
    let mut fields = headers.get_all(COOKIE).iter();
    let (Some(first), Some(second)) = (fields.next(), fields.next()) else { return };
    let mut joined = first.as_bytes().to_vec();
    for field in std::iter::once(second).chain(fields) {
        joined.extend_from_slice(b"; ");
        joined.extend_from_slice(field.as_bytes());
    }
    // What is made of valid values is valid.
    if let Ok(joined) = HeaderValue::try_from(joined) {
        headers.insert(COOKIE, joined);
    }
}

#[cfg(feature = "server")]
#[cfg(test)]
mod tests {
    use super::*;

    fn joined(cookies: &[&str]) -> Vec<String> {
        let mut headers = HeaderMap::new();
        headers.insert("x-other", HeaderValue::from_static("1"));
        for cookie in cookies {
            headers.append(COOKIE, HeaderValue::from_bytes(cookie.as_bytes()).unwrap());
        }
        join_cookies(&mut headers);
        assert_eq!(headers["x-other"], "1");
        headers
            .get_all(COOKIE)
            .iter()
            .map(|value| String::from_utf8(value.as_bytes().into()).unwrap())
            .collect()
    }

    #[test]
    fn cookies_in_several_fields_are_one() {
        assert_eq!(joined(&[]), [""; 0]);
        assert_eq!(joined(&["a=1"]), ["a=1"]);
        assert_eq!(joined(&["a=1", "b=\u{e9}", "", "c=3; d=4"]), ["a=1; b=\u{e9}; ; c=3; d=4"]);
    }
}
