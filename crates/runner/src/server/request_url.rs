//! The URL that a worker sees of its request.
//!
//! It is serialised as a URL, so that it compares equal to what the worker's code makes of the same text: letters beyond
//! ASCII are percent-encoded, dot segments and default ports are gone. Nearly all requests come with what is the
//! serialisation already, and to see that takes one look at their bytes; the others are parsed.

use std::net::Ipv4Addr;

use http::Uri;
use http::uri::{Authority, Parts, PathAndQuery, Scheme};
use url::Url;

use super::request::RequestError;

/// The URL of `path_and_query` at `authority`. `target` is what the request had in place of it, which is often the same.
pub(super) fn of(
    https: bool,
    authority: &Authority,
    path_and_query: &str,
    target: Option<&PathAndQuery>,
) -> Result<Uri, RequestError> {
    let scheme = if https { Scheme::HTTPS } else { Scheme::HTTP };
    if is_serialised_host(authority, https) && is_serialised_path(path_and_query) {
        let path_and_query = match target {
            Some(target) if target.as_str() == path_and_query => Ok(target.clone()),
            _ => PathAndQuery::try_from(path_and_query),
        };
        let mut parts = Parts::default();
        parts.scheme = Some(scheme);
        parts.authority = Some(authority.clone());
        parts.path_and_query = Some(path_and_query.map_err(|_| RequestError::BadTarget)?);
        return Uri::from_parts(parts).map_err(|_| RequestError::BadTarget);
    }
    let url = Url::parse(&format!("{scheme}://{authority}{path_and_query}"));
    url.map_err(|_| RequestError::BadTarget)?.as_str().parse().map_err(|_| RequestError::BadTarget)
}

/// Whether the parser would leave the authority as it is: a name in small letters or an IPv4 address, with no port
/// but one that must be said. `false` if in doubt.
fn is_serialised_host(authority: &Authority, https: bool) -> bool {
    let (host, port) = match authority.as_str().split_once(':') {
        Some((host, port)) => (host, Some(port)),
        None => (authority.as_str(), None),
    };
    let default_port = if https { "443" } else { "80" };
    let is_serialised_port = |port: &str| {
        !port.starts_with('0') && port != default_port && port.parse::<u16>().is_ok_and(|port| port > 0)
    };
    if !port.is_none_or(is_serialised_port) {
        return false;
    }
    let mut last = "";
    for label in host.split('.') {
        let is_plain = label.bytes().all(|byte| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'-' | b'_'));
        if label.is_empty() || !is_plain || label.starts_with("xn--") {
            return false;
        }
        last = label;
    }
    // Such a host is an IPv4 address, in whatever spelling, or none.
    !last.starts_with(|first: char| first.is_ascii_digit()) || host.parse::<Ipv4Addr>().is_ok()
}

/// The same of the path and the query.
fn is_serialised_path(path_and_query: &str) -> bool {
    let (path, query) = path_and_query.split_once('?').unwrap_or((path_and_query, ""));
    let is_plain = |byte: u8| {
        byte.is_ascii_alphanumeric()
            || matches!(byte, b'-' | b'.' | b'_' | b'~' | b'!' | b'$' | b'&' | b'(' | b')')
            || matches!(byte, b'*' | b'+' | b',' | b';' | b'=' | b':' | b'@' | b'/' | b'%')
    };
    path.starts_with('/')
        && path.bytes().all(is_plain)
        && !path.as_bytes().windows(2).any(|two| two == b"/." || two == b"/%")
        && query.bytes().all(|byte| is_plain(byte) || byte == b'?')
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn what_is_taken_as_it_is_is_what_the_parser_makes_of_it(
            host in "[a-z0-9_A-Z.x-]{1,8}|xn--[a-z]{1,3}|[0-9]{1,3}(\\.[0-9x]{0,3}){0,4}|(0x)?[0-9a-f]{1,4}",
            port in "|:|:[0-9]{1,5}|:80|:443",
            path in "/(|[a-z.%2eE/]{0,8}|[ -~]{0,12})",
            https: bool,
        ) {
            let Ok(authority) = Authority::try_from(format!("{host}{port}")) else { return Ok(()) };
            if !is_serialised_host(&authority, https) || !is_serialised_path(&path) {
                return Ok(());
            }
            let text = format!("http{}://{authority}{path}", if https { "s" } else { "" });
            prop_assert_eq!(Url::parse(&text).map(String::from), Ok(text.clone()));
            prop_assert_eq!(of(https, &authority, &path, None).unwrap().to_string(), text);
        }
    }

    #[test]
    fn what_most_requests_have_is_taken_as_it_is() {
        for (host, path) in [
            ("localhost:8787", "/"),
            ("127.0.0.1:8787", "/hello/"),
            ("a-1.example.test", "/api/v1/users/42?fields=name,age&q=a%20b"),
            ("example.test:8443", "/a.b/c.json?"),
        ] {
            assert!(is_serialised_host(&host.parse().unwrap(), false), "{host}");
            assert!(is_serialised_path(path), "{path}");
        }
    }
}
