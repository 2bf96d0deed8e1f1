//! URLs that are what the parser would make of them.
//!
//! Most of those that a worker parses are: above all that of its request, which a server has put together. There is nothing
//! to parse in them, and no need for a text of each part: it is enough to know where the parts end. What is here is sure of
//! less than the parser knows; any other URL is left to that.

/// The longest URL that is looked at, in bytes: the place of an end has 13 bits.
const MAX_LENGTH: usize = (1 << 13) - 1;

/// A longer name of a host is left to the parser, as is a longer label of it.
const MAX_NAME: usize = 253;
const MAX_LABEL: usize = 63;

/// Where the parts of a URL end. Its scheme is `http` or `https`, and it has no credentials.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Ends {
    hostname: usize,
    /// With the port.
    host: usize,
    path: usize,
    /// With its mark.
    search: usize,
}

impl Ends {
    /// All four in a number that JavaScript has exactly, the first in the highest bits; never 0.
    pub(super) fn to_number(self) -> f64 {
        let Self { hostname, host, path, search } = self;
        let packed =
            [hostname, host, path, search].into_iter().fold(0_u64, |packed, end| (packed << 13) | end as u64);
        packed as f64
    }
}

/// Which bytes may be somewhere.
type Allowed = [bool; 256];

/// All printable characters of ASCII but these.
const fn all_but(excluded: &[u8]) -> Allowed {
    let mut allowed = [false; 256];
    let mut byte = b'!';
    while byte <= b'~' {
        allowed[byte as usize] = true;
        byte += 1;
    }
    let mut index = 0;
    while index < excluded.len() {
        allowed[excluded[index] as usize] = false;
        index += 1;
    }
    allowed
}

/// Those that the parser leaves as they are, and that do not end the part.
const PATH: Allowed = all_but(b"\"#<>?\\^`{}");
const QUERY: Allowed = all_but(b"\"#'<>");
const FRAGMENT: Allowed = all_but(b"\"<>`");

/// The ends of the parts, if it is certain that the parser would make just the same of `href`.
pub(super) fn ends(href: &[u8]) -> Option<Ends> {
    if href.len() > MAX_LENGTH {
        return None;
    }
    let (start, default_port): (usize, &[u8]) = match href {
        [b'h', b't', b't', b'p', b':', b'/', b'/', ..] => (7, b"80"),
        [b'h', b't', b't', b'p', b's', b':', b'/', b'/', ..] => (8, b"443"),
        _ => return None,
    };
    let hostname = end(href, start, |byte| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_'));
    if !is_host(&href[start..hostname]) {
        return None;
    }
    let mut host = hostname;
    if href.get(hostname) == Some(&b':') {
        host = end(href, hostname + 1, |byte| byte.is_ascii_digit());
        let port = &href[hostname + 1..host];
        if port == default_port || number(port, 65_535).is_none() {
            return None;
        }
    }
    if href.get(host) != Some(&b'/') {
        return None;
    }
    let path = end(href, host, |byte| PATH[usize::from(byte)]);
    if has_dots(&href[host..path]) {
        return None;
    }
    let search = match href.get(path) {
        Some(b'?') => end(href, path + 1, |byte| QUERY[usize::from(byte)]),
        _ => path,
    };
    let all = match href.get(search) {
        Some(b'#') => end(href, search + 1, |byte| FRAGMENT[usize::from(byte)]),
        _ => search,
    };
    (all == href.len()).then_some(Ends { hostname, host, path, search })
}

/// Where the bytes from `start` on end that are allowed.
fn end(text: &[u8], start: usize, is_allowed: impl Fn(u8) -> bool) -> usize {
    start + text[start..].iter().take_while(|byte| is_allowed(**byte)).count()
}

/// A decimal number as it is written out, up to `max`.
fn number(digits: &[u8], max: u32) -> Option<u32> {
    if digits.is_empty() || digits.len() > 5 || (digits[0] == b'0' && digits.len() > 1) {
        return None;
    }
    let value = digits
        .iter()
        .try_fold(0, |value, digit| digit.is_ascii_digit().then(|| 10 * value + u32::from(digit - b'0')))?;
    (value <= max).then_some(value)
}

/// A name in ASCII, or the four numbers of an address.
fn is_host(host: &[u8]) -> bool {
    let labels = || host.split(|byte| *byte == b'.');
    let is_name = host.len() <= MAX_NAME
        && labels().all(|label| !label.is_empty() && label.len() <= MAX_LABEL && !label.starts_with(b"xn--"));
    // What ends in a number is read as an address, in whatever form.
    let ends_in_digits =
        labels().next_back().is_some_and(|label| label.first().is_some_and(u8::is_ascii_digit));
    is_name
        && (!ends_in_digits || (labels().count() == 4 && labels().all(|label| number(label, 255).is_some())))
}

/// Whether a segment of the path may be one or two dots, however they are written.
fn has_dots(path: &[u8]) -> bool {
    let may_be_dots =
        |segment: &[u8]| matches!(segment, [b'.'] | [b'.', b'.' | b'%', ..] | [b'%', b'2', b'e' | b'E', ..]);
    path.split(|byte| *byte == b'/').any(may_be_dots)
}

#[cfg(test)]
mod tests {
    use super::super::parser;
    use super::*;

    /// Whether `href` is canonical; if so, checks that the parser makes the same of it.
    fn is_canonical(href: &str) -> bool {
        let Some(found) = ends(href.as_bytes()) else { return false };
        let url = parser::parse(href, None).unwrap_or_else(|| panic!("{href} is no URL"));
        assert_eq!(url.href(), href);
        let start = url.protocol().len() + 2;
        assert_eq!(&href[start..found.hostname], url.hostname(), "{href}");
        assert_eq!(&href[start..found.host], url.host(), "{href}");
        assert_eq!(&href[found.host..found.path], url.pathname(), "{href}");
        let marked = |part: &str| if part.len() == 1 { String::new() } else { part.to_owned() };
        assert_eq!(marked(&href[found.path..found.search]), url.search(), "{href}");
        assert_eq!(marked(&href[found.search..]), url.hash(), "{href}");
        assert_eq!(&href[..found.host], url.origin(), "{href}");
        assert!(url.username().is_empty() && url.password().is_empty(), "{href}");
        true
    }

    #[test]
    fn what_servers_put_together_is_canonical() {
        for href in [
            "http://a/",
            "https://example.com/a/b;c=d/%20%C3%BC/.well-known/x?y=z&%27#f/g",
            "http://127.0.0.1:8080/?",
            "https://a.b_c.d-e:1/#",
            "http://localhost:443//a//?a?b#c#d",
            "https://x/a.b/..c./...d'!$&()*+,:@|~[]?^`{}|/\\",
        ] {
            assert_eq!(is_canonical(href), !href.contains("...d"), "{href}");
        }
    }

    #[test]
    fn what_the_parser_changes_or_refuses_is_not() {
        for href in [
            "",
            "http:",
            "http://",
            "http:///",
            "http://a",
            "HTTP://a/",
            "http://A/",
            "http://a:80/",
            "https://a:443/",
            "http://a:/",
            "http://a:01/",
            "http://a:65536/",
            "http://u@a/",
            "http://u:p@a/",
            "http://a/b c",
            "http://a/\u{fc}",
            "http://a/b\\c",
            "http://a/./b",
            "http://a/b/..",
            "http://a/%2e/b",
            "http://a/.%2E",
            "http://a/{",
            "http://a/?'",
            "http://a/? ",
            "http://a/?\"",
            "http://a/#`",
            "http://a/\n",
            " http://a/",
            "http://a/ ",
            "http://1/",
            "http://1.2.3/",
            "http://01.2.3.4/",
            "http://1.2.3.256/",
            "http://0x7f.1/",
            "http://a.1/",
            "http://[::1]/",
            "http://xn--a/",
            "http://b\u{fc}cher/",
            "http://a..b/",
            "http://a./",
            "ftp://a/",
            "file:///a",
            "data:x",
        ] {
            assert!(!is_canonical(href), "{href}");
        }
        assert!(!is_canonical(&format!("http://a/{}", "b".repeat(MAX_LENGTH))));
        assert!(!is_canonical(&format!("http://{}/", "a".repeat(MAX_LABEL + 1))));
    }

    #[test]
    fn whatever_is_canonical_is_what_the_parser_makes_of_it() {
        const PIECES: [&str; 40] = [
            "http://",
            "https://",
            "a",
            "b.c",
            "1",
            "127.0.0.1",
            "255",
            "0",
            "localhost",
            ".",
            "..",
            "/",
            "//",
            "/.",
            "%2e",
            "%2E",
            "%",
            "%41",
            "?",
            "#",
            ":",
            ":80",
            ":443",
            ":8080",
            "@",
            "-",
            "_",
            "xn--",
            "x",
            "'",
            "`",
            "{",
            "|",
            "^",
            "[",
            "]",
            "~",
            "\\",
            "&=",
            ";",
        ];
        let mut state = 3_u64;
        let mut random = |below: usize| {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            (state >> 33) as usize % below
        };
        let mut canonical = 0;
        for _ in 0..60_000 {
            let mut href = String::from(PIECES[random(2)]);
            href.push_str(PIECES[2 + random(7)]);
            for _ in 0..random(9) {
                href.push_str(PIECES[2 + random(PIECES.len() - 2)]);
            }
            canonical += usize::from(is_canonical(&href));
        }
        assert!(canonical > 1_000, "{canonical} of them");
    }

    #[test]
    fn ends_are_packed_exactly() {
        let number = Ends { hostname: 8191, host: 8190, path: 1, search: 8189 }.to_number();
        let packed = number as u64;
        let field = |shift: u32| (packed >> shift) & 8191;
        assert_eq!([39, 26, 13, 0].map(field), [8191, 8190, 1, 8189]);
        assert!(number < 9_007_199_254_740_992.0);
    }
}
