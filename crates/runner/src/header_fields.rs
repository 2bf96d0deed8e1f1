//! Header fields of whole messages: how many there may be, spaces around their values, and cookies in several fields.

use http::HeaderMap;
#[cfg(feature = "server")]
use http::header::COOKIE;
use http::header::HeaderValue;

/// Header fields that a request over HTTP/1.1 may have. hyper clears a table of this size for each of them: with 1,000
/// that is 15 % of the instructions of a small request, with this 3 %.
#[cfg(feature = "server")]
pub(crate) const MAX_REQUEST_FIELDS: usize = 200;

/// Header fields that the answer to a `fetch` over HTTP/1.1 may have: as many as a worker may send.
#[cfg(feature = "fetch")]
pub(crate) const MAX_ANSWER_FIELDS: usize = 1_000;

/// Takes away the spaces and tabs around the values, which are no part of them (RFC 9110, 5.5).
pub(crate) fn trim_values(headers: &mut HeaderMap) {
    for value in headers.values_mut() {
        let trimmed = value.as_bytes().trim_ascii();
        // A part of what is valid is valid.
        if trimmed.len() < value.len()
            && let Ok(trimmed) = HeaderValue::from_bytes(trimmed)
        {
            *value = trimmed;
        }
    }
}

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

    #[test]
    fn spaces_around_values_go_and_those_inside_stay() {
        for (value, trimmed) in
            [("a b", "a b"), (" a\tb\t ", "a\tb"), (" \t", ""), ("", ""), ("\u{e9} ", "\u{e9}")]
        {
            let mut headers = HeaderMap::new();
            headers.append("x-a", HeaderValue::from_static("1"));
            headers.append("x-a", HeaderValue::from_bytes(value.as_bytes()).unwrap());
            trim_values(&mut headers);
            let values: Vec<_> = headers.get_all("x-a").iter().map(HeaderValue::as_bytes).collect();
            assert_eq!(values, [b"1", trimmed.as_bytes()], "{value:?}");
        }
    }

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
