//! Who sent a request, where proxies are in between.
//!
//! Anybody can send any header. So a header says something of the origin of a request only if the connection comes from a
//! trusted network, and then only as far as trusted proxies have written it. Each proxy appends the address that it was
//! called from, so the list is read from its end: an address was written by the hop after it, and the first one that is
//! not trusted is the client. What is before that one is the client's own text. Where the list ends in something that is
//! no address, the last trusted hop is all that is known, and counts as the client.

use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::str::FromStr;

use http::header::{FORWARDED, HeaderMap, HeaderName};
use http::uri::Authority;
use ipnet::IpNet;
use serde::{Deserialize, Serialize};

use super::prefix::{self, X_FORWARDED_PREFIX};

const X_FORWARDED_FOR: HeaderName = HeaderName::from_static("x-forwarded-for");
const X_FORWARDED_HOST: HeaderName = HeaderName::from_static("x-forwarded-host");
const X_FORWARDED_PROTO: HeaderName = HeaderName::from_static("x-forwarded-proto");

/// Which proxies are trusted, and with which headers. The default trusts nobody.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
#[serde(default, deny_unknown_fields)]
pub struct Proxies {
    /// The networks that they are in.
    pub trusted: Vec<TrustedNetwork>,
    /// What they say it with. The other headers are not looked at: a proxy that does not write them passes on what its
    /// client has sent.
    pub headers: ProxyHeaders,
}

/// A network, or a single address; as text, too (`10.0.0.0/8`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(try_from = "String", into = "String")]
pub struct TrustedNetwork(IpNet);

/// Headers in which proxies say where a request comes from.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum ProxyHeaders {
    /// `X-Forwarded-For`, `-Proto`, `-Host` and `-Prefix`. Of all but the first, which name no hop, the last value counts.
    #[default]
    XForwarded,
    /// `Forwarded` (RFC 7239).
    Forwarded,
}

/// This is neither an address nor a network.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not an address or a network such as `10.0.0.0/8`")]
pub struct NetworkError;

impl FromStr for TrustedNetwork {
    type Err = NetworkError;

    fn from_str(text: &str) -> Result<Self, NetworkError> {
        let network = text.parse().or_else(|_| text.parse::<IpAddr>().map(IpNet::from));
        network.map(Self).map_err(|_| NetworkError)
    }
}

impl TryFrom<String> for TrustedNetwork {
    type Error = NetworkError;

    fn try_from(text: String) -> Result<Self, NetworkError> {
        text.parse()
    }
}

impl fmt::Display for TrustedNetwork {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl From<TrustedNetwork> for String {
    fn from(network: TrustedNetwork) -> Self {
        network.to_string()
    }
}

/// Where a request comes from.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Origin {
    /// The address of the client, if its connection has one.
    pub(super) client: Option<IpAddr>,
    /// Whether the client spoke TLS, if a proxy says so.
    pub(super) https: Option<bool>,
    /// Whom the client asked, if a proxy says so.
    pub(super) host: Option<Authority>,
    /// What a proxy says that it has taken off the path.
    pub(super) prefix: Option<String>,
}

impl Proxies {
    /// The origin of a request with these headers from this peer. Costs a comparison with each network, for the peer
    /// and for each trusted hop.
    pub(super) fn origin(&self, headers: &HeaderMap, peer: Option<IpAddr>) -> Origin {
        let mut origin = Origin { client: peer, ..Origin::default() };
        if peer.is_some_and(|peer| self.trusts(peer)) {
            match self.headers {
                ProxyHeaders::XForwarded => self.read_x_forwarded(headers, &mut origin),
                ProxyHeaders::Forwarded => self.read_forwarded(headers, &mut origin),
            }
        }
        origin
    }

    fn trusts(&self, address: IpAddr) -> bool {
        self.trusted.iter().any(|TrustedNetwork(network)| network.contains(&address))
    }

    /// Goes on to the hop before; whether that one is trusted, too.
    fn step(&self, node: Option<&str>, origin: &mut Origin) -> bool {
        let Some(address) = node.and_then(address) else { return false };
        origin.client = Some(address);
        self.trusts(address)
    }

    fn read_x_forwarded(&self, headers: &HeaderMap, origin: &mut Origin) {
        let last = |name: HeaderName| {
            let value = headers.get_all(name).iter().next_back()?.to_str().ok()?;
            Some(value.rsplit(',').next().unwrap_or(value).trim())
        };
        origin.https = last(X_FORWARDED_PROTO).and_then(is_https);
        origin.host = last(X_FORWARDED_HOST).and_then(host);
        origin.prefix = last(X_FORWARDED_PREFIX).and_then(prefix::stripped_by_proxy).map(str::to_owned);
        for line in headers.get_all(X_FORWARDED_FOR).iter().rev() {
            let Ok(line) = line.to_str() else { return };
            // An empty element is none (RFC 9110, 5.6.1).
            let mut nodes = line.rsplit(',').map(str::trim).filter(|node| !node.is_empty());
            if !nodes.all(|node| self.step(Some(node), origin)) {
                return;
            }
        }
    }

    fn read_forwarded(&self, headers: &HeaderMap, origin: &mut Origin) {
        for line in headers.get_all(FORWARDED).iter().rev() {
            // In a line that is malformed, nobody knows where what a client has sent ends.
            let Some(elements) = line.to_str().ok().and_then(elements) else { return };
            for element in elements.into_iter().rev() {
                origin.https = element.proto.as_deref().and_then(is_https).or(origin.https);
                origin.host = element.host.as_deref().and_then(host).or(origin.host.take());
                if !self.step(element.node.as_deref(), origin) {
                    return;
                }
            }
        }
    }
}

fn is_https(scheme: &str) -> Option<bool> {
    let is = |name: &str| scheme.eq_ignore_ascii_case(name);
    if is("https") { Some(true) } else { is("http").then_some(false) }
}

fn host(text: &str) -> Option<Authority> {
    Authority::try_from(text).ok().filter(|host| !host.as_str().contains('@'))
}

/// An address, with or without a port; `None` for anything else, names and `unknown` included.
fn address(node: &str) -> Option<IpAddr> {
    let is_port = |port: &str| port.starts_with('_') || port.parse::<u16>().is_ok();
    let address: IpAddr = if let Some(rest) = node.strip_prefix('[') {
        let (address, rest) = rest.split_once(']')?;
        if !rest.is_empty() && !rest.strip_prefix(':').is_some_and(is_port) {
            return None;
        }
        address.parse::<Ipv6Addr>().ok()?.into()
    } else if let Ok(address) = node.parse() {
        address
    } else {
        let (address, port) = node.split_once(':')?;
        address.parse::<Ipv4Addr>().ok().filter(|_| is_port(port))?.into()
    };
    Some(address.to_canonical())
}

/// One element of `Forwarded`: what one proxy has written.
#[derive(Debug, Default)]
struct Element {
    node: Option<String>,
    proto: Option<String>,
    host: Option<String>,
}

/// The elements of a line of `Forwarded`; `None` if it is malformed.
fn elements(line: &str) -> Option<Vec<Element>> {
    let (mut elements, mut element, mut is_empty) = (Vec::new(), Element::default(), true);
    let mut rest = line.trim();
    loop {
        if !rest.is_empty() && !rest.starts_with([',', ';']) {
            let (name, after) = rest.split_once('=')?;
            let (value, after) = value(after)?;
            let place = match name.to_ascii_lowercase().as_str() {
                "for" => Some(&mut element.node),
                "proto" => Some(&mut element.proto),
                "host" => Some(&mut element.host),
                name if !name.is_empty() && name.bytes().all(is_token) => None,
                _ => return None,
            };
            if place.is_some_and(|place| place.replace(value).is_some()) {
                return None;
            }
            (is_empty, rest) = (false, after.trim_start());
        }
        if !rest.starts_with(';') && !std::mem::replace(&mut is_empty, true) {
            elements.push(std::mem::take(&mut element));
        }
        match rest.chars().next() {
            None => return Some(elements),
            Some(',' | ';') => rest = rest[1..].trim_start(),
            Some(_) => return None,
        }
    }
}

/// The value at the beginning of `text`, and what comes after it.
fn value(text: &str) -> Option<(String, &str)> {
    let Some(quoted) = text.strip_prefix('"') else {
        // Colons and brackets belong into quotes, but nothing else can be meant, and not every proxy quotes them.
        let is_value = |byte: u8| is_token(byte) || b":[]".contains(&byte);
        let end = text.bytes().position(|byte| !is_value(byte)).unwrap_or(text.len());
        return (end > 0).then(|| (text[..end].to_owned(), &text[end..]));
    };
    let (mut value, mut chars) = (String::new(), quoted.chars());
    loop {
        match chars.next()? {
            '"' => return Some((value, chars.as_str())),
            '\\' => value.push(chars.next()?),
            c => value.push(c),
        }
    }
}

/// Whether a token may have this byte (RFC 9110, 5.6.2).
fn is_token(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte)
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;

    use super::*;

    const PROXY: &str = "10.0.0.1";

    fn proxies(headers: ProxyHeaders) -> Proxies {
        Proxies {
            trusted: ["10.0.0.0/8", "2001:db8::1"].map(|network| network.parse().unwrap()).into(),
            headers,
        }
    }

    /// The client's address, scheme and host by these lines.
    fn origin(headers: ProxyHeaders, peer: &str, lines: &[(&str, &str)]) -> (String, Option<bool>, String) {
        let mut map = HeaderMap::new();
        for (name, value) in lines {
            let value = HeaderValue::from_bytes(value.as_bytes()).unwrap();
            map.append(name.parse::<HeaderName>().unwrap(), value);
        }
        let origin = proxies(headers).origin(&map, Some(peer.parse().unwrap()));
        let host = origin.host.map_or_else(String::new, |host| host.to_string());
        (origin.client.unwrap().to_string(), origin.https, host)
    }

    fn by_for(lines: &[&str]) -> String {
        let lines: Vec<_> = lines.iter().map(|line| ("x-forwarded-for", *line)).collect();
        origin(ProxyHeaders::XForwarded, PROXY, &lines).0
    }

    fn by_forwarded(lines: &[&str]) -> (String, Option<bool>, String) {
        let lines: Vec<_> = lines.iter().map(|line| ("forwarded", *line)).collect();
        origin(ProxyHeaders::Forwarded, PROXY, &lines)
    }

    #[test]
    fn the_last_address_that_is_not_trusted_is_the_client() {
        for (lines, client) in [
            (&[][..], "10.0.0.1"),
            (&["1.1.1.1"], "1.1.1.1"),
            (&["6.6.6.6, 1.1.1.1"], "1.1.1.1"),
            (&["6.6.6.6", "1.1.1.1,10.9.9.9"], "1.1.1.1"),
            (&["6.6.6.6, 1.1.1.1", "10.9.9.9", "2001:db8::1, , "], "1.1.1.1"),
            (&["10.0.0.3, 10.0.0.2"], "10.0.0.3"),
            (&["1.1.1.1:80"], "1.1.1.1"),
            (&["[2001:db8::2]:443"], "2001:db8::2"),
            (&["[2001:db8::2]"], "2001:db8::2"),
            (&["2001:db8::2"], "2001:db8::2"),
            (&["::ffff:1.1.1.1"], "1.1.1.1"),
            (&["6.6.6.6, ::ffff:10.0.0.2"], "6.6.6.6"),
            (&["6.6.6.6, unknown"], "10.0.0.1"),
            (&["6.6.6.6, 1.1.1.1:x"], "10.0.0.1"),
            (&["6.6.6.6, [2001:db8::2]x"], "10.0.0.1"),
            (&["6.6.6.6, unknown, 10.0.0.2"], "10.0.0.2"),
            (&["6.6.6.6, \u{e9}"], "10.0.0.1"),
        ] {
            assert_eq!(by_for(lines), client, "{lines:?}");
        }
        let hops = format!("6.6.6.6, 1.1.1.1{}", ", 10.0.0.2".repeat(100));
        assert_eq!(by_for(&[&hops]), "1.1.1.1");
    }

    #[test]
    fn nobody_else_is_believed() {
        let lies = [
            ("x-forwarded-for", "6.6.6.6"),
            ("x-forwarded-proto", "https"),
            ("x-forwarded-host", "bank.test"),
            ("forwarded", "for=6.6.6.6;proto=https;host=bank.test"),
        ];
        for headers in [ProxyHeaders::XForwarded, ProxyHeaders::Forwarded] {
            let said = origin(headers, "11.0.0.1", &lies);
            assert_eq!(said, ("11.0.0.1".to_owned(), None, String::new()));
        }
        // A trusted proxy passes on what it does not write itself.
        let said = origin(ProxyHeaders::XForwarded, PROXY, &lies[3..]);
        assert_eq!(said, ("10.0.0.1".to_owned(), None, String::new()));
        let said = origin(ProxyHeaders::Forwarded, PROXY, &lies[..3]);
        assert_eq!(said, ("10.0.0.1".to_owned(), None, String::new()));
    }

    #[test]
    fn of_scheme_and_host_the_last_value_counts() {
        let said = origin(
            ProxyHeaders::XForwarded,
            PROXY,
            &[
                ("x-forwarded-for", "1.1.1.1"),
                ("x-forwarded-proto", "https"),
                ("x-forwarded-proto", "https, HTTP"),
                ("x-forwarded-host", "bank.test, a.test:8080"),
            ],
        );
        assert_eq!(said, ("1.1.1.1".to_owned(), Some(false), "a.test:8080".to_owned()));
    }

    #[test]
    fn forwarded_is_read_as_far_as_trusted_proxies_wrote_it() {
        for (lines, client, https, host) in [
            (&["for=1.1.1.1;proto=https;host=a.test"][..], "1.1.1.1", Some(true), "a.test"),
            (
                &["For=\"[2001:db8::2]:1\"; Proto=http ; host=\"a.test:1\""],
                "2001:db8::2",
                Some(false),
                "a.test:1",
            ),
            (&["for=6.6.6.6;host=b.test, for=1.1.1.1"], "1.1.1.1", None, ""),
            (&["for=1.1.1.1;proto=https", "for=10.0.0.2;proto=http;by=_x"], "1.1.1.1", Some(true), ""),
            (&["for=[2001:db8::2]:_p"], "2001:db8::2", None, ""),
            (&["for=6.6.6.6, for=unknown;proto=https"], "10.0.0.1", Some(true), ""),
            (&["for=6.6.6.6, by=_x;host=a.test,,"], "10.0.0.1", None, "a.test"),
            (&["for=\"1.1.\\1.1\""], "1.1.1.1", None, ""),
            (&["for=1.1.1.1;host=\"u@a.test\""], "1.1.1.1", None, ""),
        ] {
            assert_eq!(by_forwarded(lines), (client.to_owned(), https, host.to_owned()), "{lines:?}");
        }
    }

    #[test]
    fn a_malformed_line_says_nothing() {
        for line in [
            "for=6.6.6.6;x=\", for=1.1.1.1",
            "for=6.6.6.6;x=\", for=\"[2001:db8::2]\"",
            "for=6.6.6.6, for",
            "for=6.6.6.6, for=",
            "for=6.6.6.6 for=1.1.1.1",
            "for=6.6.6.6;for=1.1.1.1",
            "for =6.6.6.6",
            "for=\"6.6.6.6\\",
            "=6.6.6.6",
        ] {
            let nothing = ("10.0.0.1".to_owned(), None, String::new());
            assert_eq!(by_forwarded(&[line]), nothing, "{line}");
            // What the proxy next to us has written is known.
            assert_eq!(by_forwarded(&[line, "for=1.1.1.1"]).0, "1.1.1.1", "{line}");
        }
    }

    #[test]
    fn networks_are_read() {
        for good in ["10.0.0.0/8", "10.0.0.1", "::1", "2001:db8::/32"] {
            assert!(good.parse::<TrustedNetwork>().is_ok(), "{good}");
        }
        for bad in ["", "10.0.0.0/33", "a.test", "10.0.0/8"] {
            assert!(bad.parse::<TrustedNetwork>().is_err(), "{bad}");
        }
    }
}
