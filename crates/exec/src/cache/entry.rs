//! A response that is kept, with the request that it is kept for.

use std::sync::{Arc, Weak};
use std::time::{Duration, Instant};

use bytes::Bytes;
use http::StatusCode;
use http::header::{HeaderMap, HeaderName, VARY};
use parking_lot::Mutex;

use super::fields::items;
use super::freshness::Freshness;
use crate::budget::{BudgetExceeded, BytesPermit, TenantBudget};
use crate::vocabulary::status_text::StatusText;

/// What a response is without its body, and what it is put for.
#[derive(Debug)]
pub(crate) struct Put {
    pub(super) url: String,
    pub(super) request_headers: HeaderMap,
    pub(super) status: StatusCode,
    /// Without one it has none.
    pub(crate) status_text: Option<StatusText>,
    pub(super) headers: HeaderMap,
    pub(crate) origin: Origin,
    /// The body has the content codings that the headers tell of.
    pub(crate) is_coded: bool,
    pub(super) freshness: Freshness,
}

/// Where a response is from, as JavaScript sees it.
#[derive(Clone, Debug, Default)]
pub(crate) struct Origin {
    pub(crate) kind: String,
    pub(crate) url: String,
    pub(crate) redirected: bool,
}

impl Put {
    pub(crate) fn headers_mut(&mut self) -> &mut HeaderMap {
        &mut self.headers
    }

    /// A response with this status and these headers, for the URL (without a fragment) and headers of a request.
    pub(crate) fn new(
        url: String,
        request_headers: HeaderMap,
        status: StatusCode,
        headers: HeaderMap,
    ) -> Self {
        Self {
            url,
            request_headers,
            status,
            status_text: None,
            headers,
            origin: Origin::default(),
            is_coded: false,
            freshness: Freshness::default(),
        }
    }
}

/// See the [module](self) documentation. It never changes.
#[derive(Debug)]
pub(crate) struct Entry {
    put: Put,
    body: Bytes,
    /// The fields of the request that it depends on.
    vary: Vec<HeaderName>,
    put_at: Instant,
    weight: usize,
    /// The body, as it was given to those who have it now.
    lent: Mutex<Weak<Lent>>,
}

/// A body that is charged to its worker as long as somebody has it.
#[derive(Debug)]
struct Lent {
    _permit: BytesPermit,
}

/// A part of it.
struct LentPart {
    bytes: Bytes,
    _lent: Arc<Lent>,
}

impl AsRef<[u8]> for LentPart {
    fn as_ref(&self) -> &[u8] {
        &self.bytes
    }
}

/// What an entry takes besides its bytes: about what the store's own records of it do.
const OVERHEAD: usize = 512;

/// What a field takes besides its bytes.
const FIELD_OVERHEAD: usize = 64;

impl Entry {
    pub(super) fn new(put: Put, body: Bytes, now: Instant) -> Self {
        let vary = items(&put.headers, VARY).filter_map(|name| name.parse().ok()).collect();
        let fields = |headers: &HeaderMap| -> usize {
            let field = |(name, value): (&HeaderName, &http::HeaderValue)| {
                name.as_str().len() + value.len() + FIELD_OVERHEAD
            };
            headers.iter().map(field).sum()
        };
        let text = put.status_text.as_ref().map_or(0, |text| text.as_bytes().len());
        // The URL is in the index as well.
        let weight = OVERHEAD
            + body.len()
            + 2 * put.url.len()
            + put.origin.url.len()
            + text
            + fields(&put.headers)
            + fields(&put.request_headers);
        Self { put, body, vary, put_at: now, weight, lent: Mutex::default() }
    }

    /// Bytes that it takes.
    pub(super) fn weight(&self) -> usize {
        self.weight
    }

    pub(crate) fn url(&self) -> &str {
        &self.put.url
    }

    pub(crate) fn request_headers(&self) -> &HeaderMap {
        &self.put.request_headers
    }

    pub(crate) fn status(&self) -> StatusCode {
        self.put.status
    }

    pub(crate) fn status_text(&self) -> Option<&StatusText> {
        self.put.status_text.as_ref()
    }

    pub(crate) fn headers(&self) -> &HeaderMap {
        &self.put.headers
    }

    pub(crate) fn origin(&self) -> &Origin {
        &self.put.origin
    }

    /// Whether the body has the content codings that the headers tell of.
    pub(crate) fn is_coded(&self) -> bool {
        self.put.is_coded
    }

    pub(crate) fn body(&self) -> &Bytes {
        &self.body
    }

    /// Whether it is still fresh.
    pub(super) fn is_fresh(&self, now: Instant) -> bool {
        self.put.freshness.lifetime.is_none_or(|lifetime| self.age_at(now) < lifetime)
    }

    /// How old it is, if that matters.
    pub(super) fn age(&self, now: Instant) -> Option<Duration> {
        self.put.freshness.lifetime.map(|_| self.age_at(now))
    }

    fn age_at(&self, now: Instant) -> Duration {
        self.put.freshness.age + now.saturating_duration_since(self.put_at)
    }

    /// Whether it is for a request with these headers, by its `Vary`.
    pub(super) fn suits(&self, headers: &HeaderMap) -> bool {
        self.vary.iter().all(|name| combined(headers, name) == combined(&self.put.request_headers, name))
    }

    /// `part` of the body, for somebody who has it from now on.
    pub(super) fn lend(&self, part: Bytes, budget: &TenantBudget) -> Result<Bytes, BudgetExceeded> {
        if part.is_empty() {
            return Ok(part);
        }
        let known = self.lent.lock().upgrade();
        let lent = match known {
            Some(lent) => lent,
            None => {
                // Two at the same time charge it twice, which is less than they would each for themselves.
                let lent = Arc::new(Lent { _permit: budget.try_bytes(self.body.len())? });
                *self.lent.lock() = Arc::downgrade(&lent);
                lent
            }
        };
        Ok(Bytes::from_owner(LentPart { bytes: part, _lent: lent }))
    }
}

/// The value of a field, of all of its name; `None` if there is none.
fn combined(headers: &HeaderMap, name: &HeaderName) -> Option<Vec<u8>> {
    let mut values = headers.get_all(name).iter();
    let mut combined = values.next()?.as_bytes().to_vec();
    for value in values {
        combined.extend_from_slice(b", ");
        combined.extend_from_slice(value.as_bytes());
    }
    Some(combined)
}
