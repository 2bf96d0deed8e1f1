//! Whether a response may be kept, and for how long.
//!
//! The store is a shared cache that never asks the origin again: what would have to be validated before it is used is not
//! kept. What says nothing of its age stays fresh: whoever puts it says by that how long, until it is deleted. So it is in
//! the Service Worker standard, where a `Cache` heeds none of these fields.

use std::time::{Duration, SystemTime};

use http::header::{AGE, DATE, EXPIRES, HeaderMap, SET_COOKIE};

use super::entry::Put;
use super::fields::{CacheControl, date, seconds, single};

/// Whether a response is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// It may be.
    Kept,
    /// It says that it must not be, or that it is stale.
    Refused,
}

/// How long a response is fresh.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Freshness {
    /// How old it was when it was put.
    pub(super) age: Duration,
    /// How old it may get; for ever without it.
    pub(super) lifetime: Option<Duration>,
}

/// Looks at what `put` says of itself at `now`, notes how long it is fresh, and takes out of it what must not be kept.
pub(super) fn judge(put: &mut Put, now: SystemTime) -> Verdict {
    let control = CacheControl::of(&put.headers);
    if control.is_forbidden {
        return Verdict::Refused;
    }
    for name in &control.unkept {
        put.headers.remove(name);
    }
    // Made for one person, unless it says otherwise.
    if put.headers.contains_key(SET_COOKIE) {
        return Verdict::Refused;
    }
    let freshness =
        Freshness { age: age(&put.headers, now), lifetime: lifetime(&put.headers, &control, now) };
    if freshness.lifetime.is_some_and(|lifetime| lifetime <= freshness.age) {
        return Verdict::Refused;
    }
    put.freshness = freshness;
    Verdict::Kept
}

/// RFC 9111, 4.2.1.
fn lifetime(headers: &HeaderMap, control: &CacheControl, now: SystemTime) -> Option<Duration> {
    if let Some(seconds) = control.s_maxage.or(control.max_age) {
        return Some(Duration::from_secs(seconds));
    }
    if !headers.contains_key(EXPIRES) {
        return None;
    }
    // What is no date has passed.
    let expires = date(headers, EXPIRES);
    let lifetime = expires.and_then(|at| at.duration_since(date(headers, DATE).unwrap_or(now)).ok());
    Some(lifetime.unwrap_or_default())
}

/// RFC 9111, 4.2.3.
fn age(headers: &HeaderMap, now: SystemTime) -> Duration {
    let apparent = date(headers, DATE).and_then(|at| now.duration_since(at).ok()).unwrap_or_default();
    let said = single(headers, AGE).and_then(seconds).map_or(Duration::ZERO, Duration::from_secs);
    apparent.max(said)
}

#[cfg(test)]
mod tests {
    use super::super::entry::Origin;
    use super::*;

    const NOW: u64 = 1_000_000_000;

    fn judged(fields: &[(&str, &str)]) -> Option<(Freshness, HeaderMap)> {
        let headers = fields.iter().map(|(name, value)| (name.parse().unwrap(), value.parse().unwrap()));
        let mut put = Put::new("http://a/".into(), HeaderMap::new(), http::StatusCode::OK, headers.collect());
        put.origin = Origin::default();
        let verdict = judge(&mut put, SystemTime::UNIX_EPOCH + Duration::from_secs(NOW));
        (verdict == Verdict::Kept).then_some((put.freshness, put.headers))
    }

    fn at(seconds: u64) -> String {
        httpdate::fmt_http_date(SystemTime::UNIX_EPOCH + Duration::from_secs(seconds))
    }

    fn left(fields: &[(&str, &str)]) -> Option<u64> {
        let (freshness, _) = judged(fields)?;
        Some((freshness.lifetime.unwrap() - freshness.age).as_secs())
    }

    #[test]
    fn what_it_says_itself_bounds_its_time() {
        assert_eq!(judged(&[]).unwrap().0, Freshness::default());
        assert_eq!(judged(&[("cache-control", "public, immutable")]).unwrap().0.lifetime, None);
        assert_eq!(left(&[("cache-control", "max-age=60")]), Some(60));
        assert_eq!(left(&[("cache-control", "max-age=60, s-maxage=10")]), Some(10));
        assert_eq!(left(&[("cache-control", "max-age=60"), ("expires", &at(NOW + 5))]), Some(60));
        assert_eq!(left(&[("expires", &at(NOW + 5))]), Some(5));
        assert_eq!(left(&[("expires", &at(NOW + 5)), ("date", &at(NOW - 10))]), Some(5));
        assert_eq!(left(&[("cache-control", "max-age=60"), ("date", &at(NOW - 10))]), Some(50));
        assert_eq!(
            left(&[("cache-control", "max-age=60"), ("age", "20"), ("date", &at(NOW - 10))]),
            Some(40)
        );
        // A clock that is ahead of ours makes nothing younger than new.
        assert_eq!(left(&[("cache-control", "max-age=60"), ("date", &at(NOW + 10))]), Some(60));
    }

    #[test]
    fn what_must_not_be_kept_is_refused() {
        for fields in [
            &[("cache-control", "no-store")][..],
            &[("cache-control", "max-age=5, private")],
            &[("cache-control", "no-cache")],
            &[("cache-control", "max-age=0")],
            &[("cache-control", "s-maxage=0, max-age=10")],
            &[("cache-control", "max-age=60"), ("age", "60")],
            &[("expires", "0")],
            &[("expires", &at(NOW))],
            &[("expires", &at(NOW + 5)), ("expires", &at(NOW + 5))],
            &[("set-cookie", "a=b")],
            &[("set-cookie", "a=b"), ("cache-control", "max-age=60, private=x-a")],
        ] {
            assert!(judged(fields).is_none(), "{fields:?}");
        }
    }

    #[test]
    fn fields_that_are_not_for_keeping_are_taken_out() {
        let (_, headers) = judged(&[
            ("cache-control", "private=Set-Cookie, no-cache=\"x-a, bad name\", max-age=9"),
            ("set-cookie", "a=b"),
            ("set-cookie", "c=d"),
            ("x-a", "1"),
            ("x-b", "2"),
        ])
        .unwrap();
        let mut names: Vec<_> = headers.keys().map(http::HeaderName::as_str).collect();
        names.sort_unstable();
        assert_eq!(names, ["cache-control", "x-b"]);
    }
}
