//! What a response that is kept answers to a request: itself, or less (RFC 9110, 13 and 14).

use std::sync::Arc;
use std::time::Instant;

use bytes::Bytes;
use http::StatusCode;
use http::header::{
    AGE, CONTENT_ENCODING, CONTENT_LENGTH, CONTENT_RANGE, ETAG, HeaderMap, HeaderName, HeaderValue,
    IF_MODIFIED_SINCE, IF_NONE_MATCH, IF_RANGE, LAST_MODIFIED, RANGE,
};

use super::entry::Entry;
use super::fields::{Wanted, date, items, opaque, range, single};
use crate::budget::{BudgetExceeded, TenantBudget};

/// Says that it comes from here.
const CACHE_STATUS: HeaderName = HeaderName::from_static("cf-cache-status");

/// An answer that was made of an entry.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) entry: Arc<Entry>,
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    /// Of the body of the entry.
    pub(crate) body: Bytes,
}

impl Answer {
    /// The whole entry, whoever asks.
    pub(crate) fn whole(entry: Arc<Entry>, now: Instant) -> Self {
        let mut headers = entry.headers().clone();
        headers.insert(CACHE_STATUS, HeaderValue::from_static("HIT"));
        if let Some(age) = entry.age(now) {
            headers.insert(AGE, age.as_secs().into());
        }
        let (status, body) = (entry.status(), entry.body().clone());
        Self { entry, status, headers, body }
    }

    /// Its body, charged to `budget` while somebody has it.
    ///
    /// # Errors
    /// [`BudgetExceeded`].
    pub(crate) fn lend(&self, budget: &TenantBudget) -> Result<Bytes, BudgetExceeded> {
        self.entry.lend(self.body.clone(), budget)
    }
}

/// What `entry` answers to a request with these headers.
pub(super) fn answer(entry: Arc<Entry>, asked: &HeaderMap, now: Instant) -> Answer {
    let mut answer = Answer::whole(entry, now);
    let entry = &answer.entry;
    (answer.status, answer.body) = if entry.status().is_success() && is_known(entry, asked) {
        for name in [CONTENT_LENGTH, CONTENT_ENCODING] {
            answer.headers.remove(name);
        }
        (StatusCode::NOT_MODIFIED, Bytes::new())
    } else {
        part(entry, asked, &mut answer.headers)
    };
    answer
}

/// Whether who asks has it already.
fn is_known(entry: &Entry, asked: &HeaderMap) -> bool {
    if asked.contains_key(IF_NONE_MATCH) {
        let own = single(entry.headers(), ETAG).map(opaque);
        return items(asked, IF_NONE_MATCH).any(|tag| tag == "*" || Some(opaque(tag)) == own);
    }
    match (date(asked, IF_MODIFIED_SINCE), date(entry.headers(), LAST_MODIFIED)) {
        (Some(since), Some(modified)) => modified <= since,
        _ => false,
    }
}

/// The part of the body that is asked for. A range of what is compressed would be of no use to who reads it here.
fn part(entry: &Entry, asked: &HeaderMap, headers: &mut HeaderMap) -> (StatusCode, Bytes) {
    let (status, body) = (entry.status(), entry.body());
    let wanted = match single(asked, RANGE) {
        Some(value) if status == StatusCode::OK && !entry.is_coded() && is_same(entry, asked) => {
            range(value, body.len())
        }
        _ => Wanted::All,
    };
    let length = body.len();
    let (status, body, said) = match wanted {
        Wanted::All => return (status, body.clone()),
        Wanted::Part(part) => {
            let said = format!("bytes {}-{}/{length}", part.start, part.end - 1);
            (StatusCode::PARTIAL_CONTENT, body.slice(part), said)
        }
        Wanted::Unsatisfiable => {
            (StatusCode::RANGE_NOT_SATISFIABLE, Bytes::new(), format!("bytes */{length}"))
        }
    };
    headers.insert(CONTENT_LENGTH, body.len().into());
    if let Ok(said) = said.try_into() {
        headers.insert(CONTENT_RANGE, said);
    }
    (status, body)
}

/// Whether it is what `If-Range` says, if that says anything.
fn is_same(entry: &Entry, asked: &HeaderMap) -> bool {
    if !asked.contains_key(IF_RANGE) {
        return true;
    }
    let Some(known) = single(asked, IF_RANGE) else { return false };
    let of = |name| single(entry.headers(), name);
    if known.starts_with('"') { of(ETAG) == Some(known) } else { of(LAST_MODIFIED) == Some(known) }
}

#[cfg(test)]
mod tests {
    use super::super::entry::Put;
    use super::*;

    fn headers(fields: &[(HeaderName, &str)]) -> HeaderMap {
        fields.iter().map(|(name, value)| (name.clone(), value.parse().unwrap())).collect()
    }

    const MODIFIED: &str = "Sun, 06 Nov 1994 08:49:37 GMT";

    fn answered(fields: &[(HeaderName, &str)]) -> Answer {
        let kept = headers(&[(ETAG, "W/\"a\""), (LAST_MODIFIED, MODIFIED), (CONTENT_LENGTH, "10")]);
        let put = Put::new("http://a/".into(), HeaderMap::new(), StatusCode::OK, kept);
        let now = Instant::now();
        answer(Arc::new(Entry::new(put, Bytes::from_static(b"0123456789"), now)), &headers(fields), now)
    }

    #[test]
    fn who_has_it_is_told_so() {
        for (fields, status) in [
            (&[(IF_NONE_MATCH, "\"b\", \"a\"")][..], 304),
            (&[(IF_NONE_MATCH, "W/\"a\"")], 304),
            (&[(IF_NONE_MATCH, "*")], 304),
            (&[(IF_NONE_MATCH, "\"b\""), (IF_MODIFIED_SINCE, MODIFIED)], 200),
            (&[(IF_MODIFIED_SINCE, MODIFIED)], 304),
            (&[(IF_MODIFIED_SINCE, "Sun, 06 Nov 1994 08:49:36 GMT")], 200),
            (&[(IF_MODIFIED_SINCE, "yesterday")], 200),
        ] {
            let answer = answered(fields);
            assert_eq!(answer.status, status, "{fields:?}");
            assert_eq!(answer.body.is_empty(), status == 304);
            assert_eq!(answer.headers.contains_key(CONTENT_LENGTH), status == 200);
            assert_eq!(answer.headers[CACHE_STATUS], "HIT");
        }
    }

    #[test]
    fn a_range_is_a_part_of_the_body() {
        let answer = answered(&[(RANGE, "bytes=2-4")]);
        assert_eq!((answer.status.as_u16(), &answer.body[..]), (206, &b"234"[..]));
        assert_eq!(
            (&answer.headers[CONTENT_RANGE], &answer.headers[CONTENT_LENGTH]),
            (&HeaderValue::from_static("bytes 2-4/10"), &HeaderValue::from_static("3"))
        );
        let none = answered(&[(RANGE, "bytes=10-")]);
        assert_eq!(
            (none.status.as_u16(), &none.headers[CONTENT_RANGE]),
            (416, &"bytes */10".parse().unwrap())
        );
        for (fields, status) in [
            (&[(RANGE, "bytes=0-1"), (IF_NONE_MATCH, "\"a\"")][..], 304),
            (&[(RANGE, "bytes=0-1"), (IF_RANGE, MODIFIED)], 206),
            // A weak one is not sure enough.
            (&[(RANGE, "bytes=0-1"), (IF_RANGE, "W/\"a\"")], 200),
            (&[(RANGE, "bytes=0-1"), (IF_RANGE, "\"a\"")], 200),
            (&[(RANGE, "bytes=0-1,4-5")], 200),
        ] {
            assert_eq!(answered(fields).status, status, "{fields:?}");
        }
    }
}
