//! The basic URL parser, <https://url.spec.whatwg.org/#concept-basic-url-parser>: its states are functions that take the
//! rest of the input. Hosts are parsed by the `url` crate, which follows the standard there.

use std::borrow::Cow;

use percent_encoding::{AsciiSet, CONTROLS, utf8_percent_encode};
use url::Host;

use super::record::{Record, special};

const FRAGMENT: &AsciiSet = &CONTROLS.add(b' ').add(b'"').add(b'<').add(b'>').add(b'`');
const QUERY: &AsciiSet = &CONTROLS.add(b' ').add(b'"').add(b'#').add(b'<').add(b'>');
const SPECIAL_QUERY: &AsciiSet = &QUERY.add(b'\'');
const PATH: &AsciiSet = &QUERY.add(b'?').add(b'^').add(b'`').add(b'{').add(b'}');
pub(super) const USERINFO: &AsciiSet =
    &PATH.add(b'/').add(b':').add(b';').add(b'=').add(b'@').add(b'[').add(b'\\').add(b']').add(b'|');

/// Parses `input`, relative to `base` if there is one. `None` if it is no URL.
pub(in crate::host) fn parse(input: &str, base: Option<&Record>) -> Option<Record> {
    let input = without_breaks(input.trim_matches(|c| c <= ' '));
    let mut url = Record::default();
    match split_scheme(&input) {
        Some((scheme, rest)) => {
            url.scheme = scheme;
            url.with_scheme(rest, base)?;
        }
        None => url.without_scheme(&input, base?)?,
    }
    Some(url)
}

/// Tabs and line ends are left out wherever they are.
pub(super) fn without_breaks(input: &str) -> Cow<'_, str> {
    let is_break = |c| matches!(c, '\t' | '\n' | '\r');
    if input.contains(is_break) { input.replace(is_break, "").into() } else { input.into() }
}

/// The scheme in lower case, and what comes after its colon.
pub(super) fn split_scheme(input: &str) -> Option<(String, &str)> {
    let (scheme, rest) = input.split_once(':')?;
    let mut bytes = scheme.bytes();
    let is_scheme = bytes.next().is_some_and(|byte| byte.is_ascii_alphabetic())
        && bytes.all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'-' | b'.'));
    is_scheme.then(|| (scheme.to_ascii_lowercase(), rest))
}

fn encoded(text: &str, set: &'static AsciiSet) -> String {
    utf8_percent_encode(text, set).to_string()
}

/// What a state goes on with: the rest after one slash, if one is there.
fn after_slash(text: &str, is_special: bool) -> Option<&str> {
    text.strip_prefix('/').or_else(|| text.strip_prefix('\\').filter(|_| is_special))
}

impl Record {
    fn with_scheme(&mut self, rest: &str, base: Option<&Self>) -> Option<()> {
        if self.is_file() {
            self.file(rest, base.filter(|base| base.is_file()))
        } else if self.is_special() {
            match base.filter(|base| base.scheme == self.scheme && !rest.starts_with("//")) {
                Some(base) => self.relative(rest, base),
                None => self.authority(rest.trim_start_matches(['/', '\\'])),
            }
        } else if let Some(rest) = rest.strip_prefix("//") {
            self.authority(rest)
        } else if let Some(rest) = rest.strip_prefix('/') {
            self.path_query_fragment(rest);
            Some(())
        } else {
            self.opaque_path(rest);
            Some(())
        }
    }

    fn without_scheme(&mut self, rest: &str, base: &Self) -> Option<()> {
        if base.has_opaque_path {
            let fragment = rest.strip_prefix('#')?;
            *self = Self { fragment: None, ..base.clone() };
            self.set_fragment(fragment);
            return Some(());
        }
        self.scheme.clone_from(&base.scheme);
        if self.is_file() { self.file(rest, Some(base)) } else { self.relative(rest, base) }
    }

    fn relative(&mut self, rest: &str, base: &Self) -> Option<()> {
        let is_special = self.is_special();
        if let Some(rest) = after_slash(rest, is_special) {
            if let Some(rest) = after_slash(rest, is_special) {
                return self.authority(if is_special { rest.trim_start_matches(['/', '\\']) } else { rest });
            }
            *self = Self { path: String::new(), query: None, fragment: None, ..base.clone() };
            self.path_query_fragment(rest);
            return Some(());
        }
        *self = Self { fragment: None, ..base.clone() };
        if rest.is_empty() || rest.starts_with('#') {
            self.query_fragment(rest);
            return Some(());
        }
        self.query = None;
        if rest.starts_with('?') {
            self.query_fragment(rest);
        } else {
            self.shorten();
            self.path_query_fragment(rest);
        }
        Some(())
    }

    /// From behind the slashes.
    fn authority(&mut self, rest: &str) -> Option<()> {
        let is_special = self.is_special();
        let end =
            rest.find(|c| matches!(c, '/' | '?' | '#') || (is_special && c == '\\')).unwrap_or(rest.len());
        let (authority, rest) = rest.split_at(end);
        let host = match authority.rsplit_once('@') {
            Some((_, "")) => return None,
            Some((credentials, host)) => {
                let (username, password) = credentials.split_once(':').unwrap_or((credentials, ""));
                self.username = encoded(username, USERINFO);
                self.password = encoded(password, USERINFO);
                host
            }
            None => authority,
        };
        let (host, port) = split_port(host);
        if host.is_empty() && (is_special || port.is_some()) {
            return None;
        }
        self.host = Some(parse_host(host, is_special)?);
        if let Some(port) = port.filter(|port| !port.is_empty()) {
            if !port.bytes().all(|byte| byte.is_ascii_digit()) {
                return None;
            }
            self.set_port(port)?;
        }
        self.path_start(rest);
        Some(())
    }

    /// `None` if the number is too large.
    pub(super) fn set_port(&mut self, digits: &str) -> Option<()> {
        let significant = digits.trim_start_matches('0');
        let port: u16 = if significant.is_empty() { 0 } else { significant.parse().ok()? };
        self.port = Some(port).filter(|_| special(&self.scheme) != Some(Some(port)));
        Some(())
    }

    fn file(&mut self, rest: &str, base: Option<&Self>) -> Option<()> {
        self.host = Some(String::new());
        if let Some(rest) = after_slash(rest, true) {
            return match after_slash(rest, true) {
                Some(rest) => self.file_host(rest),
                None => {
                    self.file_slash(rest, base);
                    Some(())
                }
            };
        }
        let Some(base) = base else {
            self.path_query_fragment(rest);
            return Some(());
        };
        *self = Self { fragment: None, ..base.clone() };
        if rest.is_empty() || rest.starts_with('#') {
            self.query_fragment(rest);
            return Some(());
        }
        self.query = None;
        if rest.starts_with('?') {
            self.query_fragment(rest);
            return Some(());
        }
        if starts_with_drive(rest) {
            self.path.clear();
        } else {
            self.shorten();
        }
        self.path_query_fragment(rest);
        Some(())
    }

    /// A path from the root: the drive is that of the base, if it has none of its own.
    fn file_slash(&mut self, rest: &str, base: Option<&Self>) {
        if let Some(base) = base {
            self.host.clone_from(&base.host);
            if !starts_with_drive(rest)
                && let Some(drive) = drive_of(&base.path)
            {
                self.path = format!("/{drive}");
            }
        }
        self.path_query_fragment(rest);
    }

    fn file_host(&mut self, rest: &str) -> Option<()> {
        let end = rest.find(['/', '\\', '?', '#']).unwrap_or(rest.len());
        let (host, after) = rest.split_at(end);
        if is_drive(host) {
            self.path_query_fragment(rest);
            return Some(());
        }
        self.host = Some(parse_file_host(host)?);
        self.path_start(after);
        Some(())
    }

    fn opaque_path(&mut self, rest: &str) {
        let end = rest.find(['?', '#']).unwrap_or(rest.len());
        let (path, rest) = rest.split_at(end);
        self.has_opaque_path = true;
        self.path = encoded(path, CONTROLS);
        if !rest.is_empty() && self.path.ends_with(' ') {
            // So that it stays when what follows is taken away.
            self.path.pop();
            self.path.push_str("%20");
        }
        self.query_fragment(rest);
    }

    /// From behind the authority.
    fn path_start(&mut self, rest: &str) {
        let is_special = self.is_special();
        match after_slash(rest, is_special) {
            Some(rest) => self.path_query_fragment(rest),
            None if is_special => self.path_query_fragment(rest),
            None => self.query_fragment(rest),
        }
    }

    /// From behind the first slash.
    fn path_query_fragment(&mut self, rest: &str) {
        let end = rest.find(['?', '#']).unwrap_or(rest.len());
        let (path, rest) = rest.split_at(end);
        self.push_path(path);
        self.query_fragment(rest);
    }

    /// Adds the segments of a text, from behind its first slash.
    pub(super) fn push_path(&mut self, text: &str) {
        let is_special = self.is_special();
        let mut segments = text.split(|c| c == '/' || (is_special && c == '\\')).peekable();
        while let Some(segment) = segments.next() {
            let is_last = segments.peek().is_none();
            match dots(segment) {
                Some(count) => {
                    if count == 2 {
                        self.shorten();
                    }
                    if is_last {
                        self.path.push('/');
                    }
                }
                None => {
                    let is_drive = self.is_file() && self.path.is_empty() && is_drive(segment);
                    self.path.push('/');
                    if is_drive {
                        self.path.push_str(&segment[..1]);
                        self.path.push(':');
                    } else {
                        self.path.extend(utf8_percent_encode(segment, PATH));
                    }
                }
            }
        }
    }

    /// Takes the last segment away; a drive stays.
    fn shorten(&mut self) {
        if self.is_file() && drive_of(&self.path).is_some_and(|drive| self.path.len() == drive.len() + 1) {
            return;
        }
        self.path.truncate(self.path.rfind('/').unwrap_or(0));
    }

    fn query_fragment(&mut self, rest: &str) {
        let (query, fragment) = match rest.split_once('#') {
            Some((query, fragment)) => (query, Some(fragment)),
            None => (rest, None),
        };
        if let Some(query) = query.strip_prefix('?') {
            self.set_query(query);
        }
        if let Some(fragment) = fragment {
            self.set_fragment(fragment);
        }
    }

    pub(super) fn set_query(&mut self, query: &str) {
        self.query = Some(encoded(query, if self.is_special() { SPECIAL_QUERY } else { QUERY }));
    }

    pub(super) fn set_fragment(&mut self, fragment: &str) {
        self.fragment = Some(encoded(fragment, FRAGMENT));
    }
}

/// At the first colon that is not in brackets.
pub(super) fn split_port(text: &str) -> (&str, Option<&str>) {
    let mut is_inside = false;
    for (position, byte) in text.bytes().enumerate() {
        match byte {
            b'[' => is_inside = true,
            b']' => is_inside = false,
            b':' if !is_inside => return (&text[..position], Some(&text[position + 1..])),
            _ => {}
        }
    }
    (text, None)
}

pub(super) fn parse_host(text: &str, is_special: bool) -> Option<String> {
    if is_special {
        return Host::parse(text).ok().map(|host| host.to_string());
    }
    // An opaque host may be empty.
    if text.is_empty() {
        Some(String::new())
    } else {
        Host::parse_opaque(text).ok().map(|host| host.to_string())
    }
}

/// That of a file may be empty, and `localhost` is.
pub(super) fn parse_file_host(text: &str) -> Option<String> {
    if text.is_empty() {
        return Some(String::new());
    }
    parse_host(text, true).map(|host| if host == "localhost" { String::new() } else { host })
}

/// Whether a segment is one or two dots, however they are written.
fn dots(segment: &str) -> Option<usize> {
    let mut rest = segment.as_bytes();
    let mut count = 0;
    while !rest.is_empty() {
        rest = match rest {
            [b'.', rest @ ..] | [b'%', b'2', b'e' | b'E', rest @ ..] => rest,
            _ => return None,
        };
        count += 1;
    }
    matches!(count, 1 | 2).then_some(count)
}

/// `C:` or `C|`.
fn is_drive(text: &str) -> bool {
    matches!(text.as_bytes(), [letter, b':' | b'|'] if letter.is_ascii_alphabetic())
}

fn starts_with_drive(text: &str) -> bool {
    let end = text.find(['/', '\\', '?', '#']).unwrap_or(text.len());
    is_drive(&text[..end])
}

/// The first segment of a path, if it is `C:`.
fn drive_of(path: &str) -> Option<&str> {
    let first = path.strip_prefix('/')?.split('/').next()?;
    (is_drive(first) && first.ends_with(':')).then_some(first)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn href(input: &str, base: &str) -> Option<String> {
        let base = (!base.is_empty()).then(|| parse(base, None).expect("a base is a URL"));
        let url = parse(input, base.as_ref())?;
        assert_eq!(
            parse(&url.href(), None).as_ref(),
            Some(&url),
            "{input} is not the same when it is parsed again"
        );
        Some(url.href())
    }

    #[test]
    fn urls_are_serialised_as_they_are_parsed() {
        for (input, base, expected) in [
            (" HTTP://a%62.C:080/x/./y/../%2e%2E/z?q#f\t", "", "http://ab.c/z?q#f"),
            ("https://u:p:w@@h/", "", "https://u:p%3Aw%40@h/"),
            ("http:\\\\a\\b", "", "http://a/b"),
            ("http:x", "http://a/b/c?d#e", "http://a/b/x"),
            ("///b", "http://a/", "http://b/"),
            ("//b", "x://a/", "x://b"),
            ("?q", "x://a/b?c#d", "x://a/b?q"),
            ("", "x://a/b?c#d", "x://a/b?c"),
            ("#f", "data:a b?c", "data:a b?c#f"),
            ("http://a/^'", "", "http://a/%5E'"),
            ("http://a/?'", "", "http://a/?%27"),
            ("x:/.//a", "", "x:/.//a"),
            ("x:/a/../..//b", "", "x:/.//b"),
            ("x:a  #f", "", "x:a %20#f"),
            ("http://[::0:1]:81", "", "http://[::1]:81/"),
            ("http://0x7f.1", "", "http://127.0.0.1/"),
        ] {
            assert_eq!(href(input, base).as_deref(), Some(expected), "{input} at {base}");
        }
    }

    #[test]
    fn files_have_drives_and_empty_segments() {
        for (input, base, expected) in [
            ("file://localhost/c|/x", "", "file:///c:/x"),
            ("file://h/c:/..", "", "file://h/c:/"),
            ("file:////x", "", "file:////x"),
            ("/x", "file:///c:/y", "file:///c:/x"),
            ("d:/x", "file://h/c:/y", "d:/x"),
            ("d|/x", "file://h/c:/y", "file://h/d:/x"),
            ("..", "file:///c:/y/z", "file:///c:/"),
            ("file:x", "file://h/y/z", "file://h/y/x"),
        ] {
            assert_eq!(href(input, base).as_deref(), Some(expected), "{input} at {base}");
        }
    }

    #[test]
    fn what_is_no_url_is_refused() {
        for (input, base) in [
            ("/x", ""),
            ("x", "data:y"),
            ("http://", ""),
            ("http://u@/", ""),
            ("http://a:65536/", ""),
            ("http://a:8x/", ""),
            ("http://a b/", ""),
            ("http://[1::2::3]/", ""),
            ("x://:80", ""),
            ("1x:y", ""),
        ] {
            assert_eq!(href(input, base), None, "{input} at {base}");
        }
    }
}
