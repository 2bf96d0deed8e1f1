//! Header fields that belong to one connection, not to the message (RFC 9110, 7.6.1).

use http::HeaderMap;
use http::header::{self, HeaderName};

/// Whether a field of this name belongs to a connection, whatever `Connection` says.
fn is_hop_by_hop(name: &HeaderName) -> bool {
    matches!(
        name.as_str(),
        "connection"
            | "keep-alive"
            | "proxy-connection"
            | "proxy-authenticate"
            | "proxy-authorization"
            | "te"
            | "trailer"
            | "transfer-encoding"
            | "upgrade"
    )
}

/// Removes the fields that must not be passed on, the known ones and those that `Connection` names, and those for which
/// `also` says so. Most messages have none of them; to see that takes one pass over their names, and no hashing.
pub(crate) fn strip(headers: &mut HeaderMap, also: impl Fn(&HeaderName) -> bool) {
    let mut removed: Vec<HeaderName> =
        headers.keys().filter(|name| is_hop_by_hop(name) || also(name)).cloned().collect();
    if removed.contains(&header::CONNECTION) {
        let named = headers
            .get_all(header::CONNECTION)
            .iter()
            .filter_map(|value| value.to_str().ok())
            .flat_map(|value| value.split(','))
            .filter_map(|name| name.trim().parse().ok());
        removed.extend(named.collect::<Vec<HeaderName>>());
    }
    for name in removed {
        headers.remove(name);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_named_by_connection_go_too() {
        let mut headers = HeaderMap::new();
        for (name, value) in [
            ("connection", "close, X-Hop"),
            ("x-hop", "1"),
            ("te", "trailers"),
            ("x-end", "2"),
            ("x-own", "3"),
        ] {
            headers.append(name, value.parse().unwrap());
        }
        strip(&mut headers, |name| name == "x-own");
        assert_eq!(headers.len(), 1);
        assert_eq!(headers["x-end"], "2");
    }

    #[test]
    fn every_field_of_a_connection_goes_and_no_other() {
        let names = "connection keep-alive proxy-connection proxy-authenticate proxy-authorization te trailer \
                     transfer-encoding upgrade host content-length x-keep-alive";
        let mut headers = HeaderMap::new();
        for name in names.split_whitespace() {
            headers.append(name.parse::<HeaderName>().unwrap(), "1".parse().unwrap());
            headers.append(name.parse::<HeaderName>().unwrap(), "2".parse().unwrap());
        }
        strip(&mut headers, |_| false);
        let mut left: Vec<_> = headers.keys().map(HeaderName::as_str).collect();
        left.sort_unstable();
        assert_eq!(left, ["content-length", "host", "x-keep-alive"]);
    }
}
