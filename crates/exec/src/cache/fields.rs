//! What the fields of HTTP mean that caches heed (RFC 9110, RFC 9111).

use std::ops::Range;
use std::time::SystemTime;

use http::header::{AsHeaderName, CACHE_CONTROL, HeaderMap};

/// Seconds beyond which a time is taken for this long (RFC 9111, 1.2.2).
const LONGEST: u64 = 1 << 31;

/// The directives of `Cache-Control` that a shared cache heeds which never asks the origin again.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct CacheControl {
    /// `no-store`, `no-cache` or `private`, of all of the response.
    pub(super) is_forbidden: bool,
    /// Fields that `private` or `no-cache` names: what is left without them may be kept.
    pub(super) unkept: Vec<String>,
    pub(super) max_age: Option<u64>,
    pub(super) s_maxage: Option<u64>,
}

impl CacheControl {
    pub(super) fn of(headers: &HeaderMap) -> Self {
        let mut result = Self::default();
        for directive in items(headers, CACHE_CONTROL) {
            let (name, value) = directive.split_once('=').unwrap_or((directive, ""));
            result.add(&name.trim().to_ascii_lowercase(), unquoted(value.trim()));
        }
        result
    }

    fn add(&mut self, name: &str, value: &str) {
        match name {
            "no-store" => self.is_forbidden = true,
            "no-cache" | "private" if value.is_empty() => self.is_forbidden = true,
            "no-cache" | "private" => {
                self.unkept.extend(value.split(',').map(|name| name.trim().to_ascii_lowercase()));
            }
            "max-age" => restrict(&mut self.max_age, value),
            "s-maxage" => restrict(&mut self.s_maxage, value),
            _ => {}
        }
    }
}

/// Of several the shortest. What is no number of seconds is none (RFC 9111, 4.2.1).
fn restrict(time: &mut Option<u64>, value: &str) {
    let seconds = seconds(value).unwrap_or(0);
    *time = Some(time.map_or(seconds, |known| known.min(seconds)));
}

/// A number of seconds.
pub(super) fn seconds(value: &str) -> Option<u64> {
    let digits = !value.is_empty() && value.bytes().all(|byte| byte.is_ascii_digit());
    digits.then(|| value.parse().unwrap_or(LONGEST).min(LONGEST))
}

/// The time that a field says, if that is one and there is only one field.
pub(super) fn date(headers: &HeaderMap, name: impl AsHeaderName) -> Option<SystemTime> {
    httpdate::parse_http_date(single(headers, name)?).ok()
}

/// The value of a field that is there once.
pub(super) fn single(headers: &HeaderMap, name: impl AsHeaderName) -> Option<&str> {
    let mut values = headers.get_all(name).iter();
    let first = values.next()?;
    if values.next().is_some() { None } else { first.to_str().ok().map(str::trim) }
}

/// The elements of a list, of all fields of this name. A comma within quotes is none between two.
pub(super) fn items(headers: &HeaderMap, name: impl AsHeaderName) -> impl Iterator<Item = &str> {
    headers.get_all(name).into_iter().filter_map(|value| value.to_str().ok()).flat_map(split)
}

fn split(list: &str) -> impl Iterator<Item = &str> {
    let mut state = (false, false);
    list.split(move |c| {
        let (quoted, escaped) = state;
        state = match c {
            _ if escaped => (quoted, false),
            '\\' if quoted => (quoted, true),
            '"' => (!quoted, false),
            _ => (quoted, false),
        };
        c == ',' && !quoted
    })
    .map(str::trim)
    .filter(|item| !item.is_empty())
}

fn unquoted(value: &str) -> &str {
    value.strip_prefix('"').and_then(|rest| rest.strip_suffix('"')).unwrap_or(value)
}

/// An entity tag without what says that it is a weak one.
pub(super) fn opaque(tag: &str) -> &str {
    tag.strip_prefix("W/").unwrap_or(tag)
}

/// What `Range` asks for.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Wanted {
    /// All: there is no such field, or it may be passed over (another unit, several ranges, nonsense).
    All,
    /// These bytes.
    Part(Range<usize>),
    /// Some that are not there.
    Unsatisfiable,
}

/// The one range of bytes that `value` asks for, of as many as there are.
pub(super) fn range(value: &str, length: usize) -> Wanted {
    let Some((unit, wanted)) = value.trim().split_once('=') else { return Wanted::All };
    if !unit.eq_ignore_ascii_case("bytes") {
        return Wanted::All;
    }
    let Some((first, last)) = wanted.trim().split_once('-') else { return Wanted::All };
    let number = |text: &str| {
        let digits = text.bytes().all(|byte| byte.is_ascii_digit());
        digits.then(|| if text.is_empty() { None } else { Some(text.parse().unwrap_or(usize::MAX)) })
    };
    let part = match (number(first.trim()), number(last.trim())) {
        (Some(None), Some(Some(suffix))) => length.saturating_sub(suffix)..length,
        (Some(Some(first)), Some(None)) => first..length,
        (Some(Some(first)), Some(Some(last))) if first <= last => first..length.min(last.saturating_add(1)),
        _ => return Wanted::All,
    };
    if part.is_empty() { Wanted::Unsatisfiable } else { Wanted::Part(part) }
}

#[cfg(test)]
mod tests {
    use http::header::VARY;

    use super::*;

    fn headers(values: &[&str]) -> HeaderMap {
        values.iter().map(|value| (CACHE_CONTROL, value.parse().unwrap())).collect()
    }

    #[test]
    fn directives_are_read_from_all_fields() {
        let of = |values: &[&str]| CacheControl::of(&headers(values));
        let plain = CacheControl { max_age: Some(60), s_maxage: Some(5), ..Default::default() };
        assert_eq!(of(&["Max-Age=60, public", "s-maxage=\"5\""]), plain);
        assert_eq!(of(&["max-age=60,max-age=7"]).max_age, Some(7));
        assert_eq!(of(&["max-age=99999999999999999999"]).max_age, Some(LONGEST));
        for stale in ["max-age=-1", "max-age=", "max-age", "max-age=1.5"] {
            assert_eq!(of(&[stale]).max_age, Some(0), "{stale}");
        }
        for forbidden in ["no-store", "PRIVATE", "a=b, no-cache"] {
            assert!(of(&[forbidden]).is_forbidden, "{forbidden}");
        }
        let named = of(&["private=\"Set-Cookie, X-A\", no-cache=x-b"]);
        assert!(!named.is_forbidden);
        assert_eq!(named.unkept, ["set-cookie", "x-a", "x-b"]);
        assert_eq!(of(&["a=\"no-store, \\\"no-store\"", ","]), CacheControl::default());
    }

    #[test]
    fn commas_in_quotes_stay() {
        let list = [(VARY, r#" "a,b" , W/"c\",d","e", "#.parse().unwrap())].into_iter().collect();
        assert_eq!(items(&list, VARY).collect::<Vec<_>>(), [r#""a,b""#, r#"W/"c\",d""#, r#""e""#]);
    }

    #[test]
    fn ranges_lie_within_what_is_there() {
        for (value, expected) in [
            ("bytes=0-0", Wanted::Part(0..1)),
            ("bytes=2-", Wanted::Part(2..10)),
            ("bytes=-3", Wanted::Part(7..10)),
            ("bytes=-30", Wanted::Part(0..10)),
            ("bytes=8-99999999999999999999999", Wanted::Part(8..10)),
            ("bytes=10-", Wanted::Unsatisfiable),
            ("bytes=99999999999999999999999-", Wanted::Unsatisfiable),
            ("bytes=-0", Wanted::Unsatisfiable),
            ("bytes=5-4", Wanted::All),
            ("bytes=0-1,3-4", Wanted::All),
            ("Bytes= 2-3", Wanted::Part(2..4)),
            ("bytes=-", Wanted::All),
            ("bytes=+1-2", Wanted::All),
            ("items=0-1", Wanted::All),
        ] {
            assert_eq!(range(value, 10), expected, "{value}");
        }
        assert_eq!(range("bytes=-5", 0), Wanted::Unsatisfiable);
    }
}
