//! URLs, by the URL standard: the `url` crate, which parses their hosts, lags behind it in their paths.

mod canonical;
mod parser;
mod record;
mod setters;

use record::Record;

use super::arguments::{ArgumentError, FromV8};

/// The longest URL, in characters, as in browsers: a host function cannot be interrupted.
const MAX_LENGTH: usize = 2 << 20;

/// The longest host, in bytes. What is not ASCII in it is mapped, normalised and encoded, which takes a thousand times as
/// long as reading it. The domain name system has 253 bytes at most.
const MAX_HOST: usize = 64 << 10;

/// `urlParse(href, base)`: the parts, or null.
pub(super) fn parse<'s>(
    scope: &mut v8::PinScope<'s, '_>,
    (href, base): (Option<UrlText>, v8::Local<'s, v8::Value>),
    mut result: v8::ReturnValue<'_>,
) {
    match parsed(scope, href, base).and_then(|url| parts(scope, &url)) {
        Some(parts) => result.set(parts.into()),
        None => result.set_null(),
    }
}

/// `urlEnds(href)`: where the parts of a canonical URL end, packed into a number; 0 if it is to be parsed.
pub(super) fn ends<'s>(
    scope: &mut v8::PinScope<'s, '_>,
    (href,): (v8::Local<'s, v8::String>,),
    mut result: v8::ReturnValue<'_>,
) {
    let ends = match v8::ValueView::new(scope, href).data() {
        v8::ValueViewData::OneByte(bytes) => canonical::ends(bytes),
        v8::ValueViewData::TwoByte(_) => None,
    };
    result.set_double(ends.map_or(0.0, canonical::Ends::to_number));
}

/// `urlSet(href, part, value)`: the parts after the setter, or null if `href` (the new one, for the part `href`)
/// is no URL. A setter that does not apply changes nothing.
pub(super) fn set(
    scope: &mut v8::PinScope<'_, '_>,
    (href, part, value): (String, String, Option<UrlText>),
    mut result: v8::ReturnValue<'_>,
) {
    // What is too long does not apply; a new URL that is too long is none.
    let url = match value {
        Some(UrlText(value)) => changed(&href, &part, &value),
        None if part == "href" => None,
        None => parser::parse(&href, None),
    };
    match url.and_then(|url| parts(scope, &url)) {
        Some(parts) => result.set(parts.into()),
        None => result.set_null(),
    }
}

pub(super) fn parsed<'s>(
    scope: &mut v8::PinScope<'s, '_>,
    href: Option<UrlText>,
    base: v8::Local<'s, v8::Value>,
) -> Option<Record> {
    let UrlText(href) = href?;
    if base.is_undefined() {
        return parse_bounded(&href);
    }
    let UrlText(base) = UrlText::from_v8(scope, base).ok()?;
    let base = parse_bounded(&base)?;
    has_bounded_host(&href).then(|| parser::parse(&href, Some(&base))).flatten()
}

/// `None` as well if the host is longer than one may be.
pub(super) fn parse_bounded(href: &str) -> Option<Record> {
    has_bounded_host(href).then(|| parser::parse(href, None)).flatten()
}

/// Whether `host` is no longer than one may be.
pub(super) fn short_host(host: &str) -> bool {
    host.len() <= MAX_HOST
}

/// Whether no host that the parser would find in `href`, with whatever base, is longer than one may be. It finds one where
/// slashes are, or behind a scheme that always has one.
fn has_bounded_host(href: &str) -> bool {
    if href.len() <= MAX_HOST {
        return true;
    }
    let start = href.trim_start_matches(|char| char <= ' ');
    let mut bytes = start.bytes().filter(is_read).peekable();
    let scheme = scheme(start);
    if let Some(scheme) = &scheme {
        // And its colon.
        bytes.nth(scheme.len());
    }
    let mut slashes = 0;
    while bytes.next_if(|byte| matches!(byte, b'/' | b'\\')).is_some() {
        slashes += 1;
    }
    let always_has_one =
        scheme.is_some_and(|scheme| matches!(&*scheme, "http" | "https" | "ws" | "wss" | "ftp" | "file"));
    if slashes < 2 && !always_has_one {
        return true;
    }
    let mut length = 0;
    for byte in bytes.take_while(|byte| !matches!(byte, b'/' | b'\\' | b'?' | b'#')) {
        // What comes before is the user's name.
        length = if byte == b'@' { 0 } else { length + 1 };
    }
    length <= MAX_HOST
}

/// Whether the parser does not leave out the byte, wherever it is.
fn is_read(byte: &u8) -> bool {
    !matches!(byte, b'\t' | b'\n' | b'\r')
}

/// The scheme of a URL in lower case, without its colon, if it has one.
fn scheme(href: &str) -> Option<String> {
    const LONGEST: usize = 64;
    let mut scheme = String::new();
    for byte in href.bytes().filter(is_read).take(LONGEST) {
        match byte {
            b':' => return Some(scheme),
            b'a'..=b'z' | b'A'..=b'Z' => scheme.push(byte.to_ascii_lowercase().into()),
            b'0'..=b'9' | b'+' | b'-' | b'.' if !scheme.is_empty() => scheme.push(byte.into()),
            _ => return None,
        }
    }
    None
}

/// A text that is no longer than a URL may be.
pub(super) struct UrlText(String);

impl<'s> FromV8<'s> for UrlText {
    fn from_v8(
        scope: &mut v8::PinScope<'s, '_>,
        value: v8::Local<'s, v8::Value>,
    ) -> Result<Self, ArgumentError> {
        let string = v8::Local::<v8::String>::from_v8(scope, value)?;
        if string.length() > MAX_LENGTH {
            return Err(ArgumentError::Invalid("too long for a URL"));
        }
        Ok(Self(string.to_rust_string_lossy(scope)))
    }
}

impl From<UrlText> for String {
    fn from(text: UrlText) -> Self {
        text.0
    }
}

fn changed(href: &str, part: &str, value: &str) -> Option<Record> {
    if part == "href" {
        return parse_bounded(value);
    }
    let mut url = parser::parse(href, None)?;
    match part {
        "protocol" => url.change_protocol(value),
        "username" => url.change_username(value),
        "password" => url.change_password(value),
        "host" | "hostname" if value.len() > MAX_HOST => {}
        "host" => url.change_host(value),
        "hostname" => url.change_hostname(value),
        "port" => url.change_port(value),
        "pathname" => url.change_pathname(value),
        "search" => url.change_search(value),
        "hash" => url.change_hash(value),
        _ => return None,
    }
    Some(url)
}

fn parts<'s>(scope: &mut v8::PinScope<'s, '_>, url: &Record) -> Option<v8::Local<'s, v8::Array>> {
    let parts = [
        &*url.href(),
        &url.protocol(),
        url.username(),
        url.password(),
        &url.host(),
        url.hostname(),
        &url.port(),
        url.pathname(),
        &url.search(),
        &url.hash(),
        &url.origin(),
    ];
    let mut list: Vec<v8::Local<v8::Value>> = Vec::with_capacity(parts.len());
    for part in parts {
        list.push(v8::String::new(scope, part)?.into());
    }
    Some(v8::Array::new_with_elements(scope, &list))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn setters_follow_the_url_standard() {
        let set = |href, part, value| changed(href, part, value).map(|url| url.href());
        assert_eq!(set("http://a/b?c#d", "search", "x=1").as_deref(), Some("http://a/b?x=1#d"));
        assert_eq!(set("http://a/", "port", "99999").as_deref(), Some("http://a/"));
        assert_eq!(set("http://a/", "href", "nonsense"), None);
        assert_eq!(set("http://a/", "hostname", "b").as_deref(), Some("http://b/"));
        assert_eq!(set("http://a:80/", "host", "b:81x").as_deref(), Some("http://b:81/"));
        assert_eq!(set("http://a/", "hostname", "b:81").as_deref(), Some("http://a/"));
        assert_eq!(set("file:///x", "pathname", "//y/../z").as_deref(), Some("file:////z"));
        assert_eq!(set("a:/.//b", "hostname", "c").as_deref(), Some("a://c//b"));
        assert_eq!(set("a:/", "pathname", "//b").as_deref(), Some("a:/.//b"));
        assert_eq!(set("a:b  ?c#d", "search", "").as_deref(), Some("a:b %20#d"));
        assert_eq!(set("http://a:443/", "protocol", "https").as_deref(), Some("https://a/"));
        for refused in ["b", "file:", "a:"] {
            assert_eq!(set("http://u@a/", "protocol", refused).as_deref(), Some("http://u@a/"));
        }
        let long = "b".repeat(MAX_HOST + 1);
        for part in ["host", "hostname"] {
            assert_eq!(set("http://a/", part, &long).as_deref(), Some("http://a/"));
        }
    }

    #[test]
    fn a_host_has_a_length_that_it_may_have_and_nothing_else_is_taken_for_one() {
        let long = "ü".repeat(MAX_HOST / 2 + 1);
        let bounded = |before: &str, after: &str| has_bounded_host(&format!("{before}{long}{after}"));
        for before in [
            "http://",
            "HTTPS:",
            "ht\ntp:/\t/",
            " \u{1}ws:\\\\",
            "ftp:////",
            "http://user:pw@",
            "//",
            "\\/",
            "file:",
            "x://",
            "http://a@b@",
            "w\ts\ts:",
        ] {
            assert!(!bounded(before, "/path"), "{before:?}");
            assert!(!bounded(before, ""), "{before:?}");
        }
        for before in [
            "http://host/",
            "http://host?",
            "http://host#",
            "http://host\\",
            "data:",
            "mailto:",
            "x:/",
            "/",
            "",
            "path/",
            "1http://host/",
            "?//",
            "http://host/@",
        ] {
            assert!(bounded(before, ""), "{before:?}");
        }
        assert!(bounded("http://", "@host/"), "the user's name");
        let longest = format!("http://{}/", "a".repeat(MAX_HOST));
        assert!(has_bounded_host(&longest) && has_bounded_host(&longest.replace("aa/", "aa?")));
    }
}
