//! Identities of requests.

use std::fmt;
use std::sync::atomic::{AtomicU64, Ordering};

/// Identity of a request in this process; never used twice, so that a late completion of one request cannot reach
/// another. It crosses into JavaScript as a number, which is exact below 2⁵³.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct RequestId(u64);

impl RequestId {
    pub(crate) fn next() -> Self {
        static NEXT: AtomicU64 = AtomicU64::new(1);
        Self(NEXT.fetch_add(1, Ordering::Relaxed))
    }

    /// The identity that `number` stands for, if it can be one.
    pub(crate) fn from_number(number: f64) -> Option<Self> {
        (number >= 1.0 && number.fract() == 0.0).then_some(Self(number as u64))
    }

    pub(crate) fn as_number(self) -> f64 {
        self.0 as f64
    }
}

impl fmt::Display for RequestId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn request_ids_survive_the_way_through_javascript() {
        let id = RequestId::next();
        assert_eq!(RequestId::from_number(id.as_number()), Some(id));
        assert_eq!(RequestId::from_number(0.0), None);
        assert_eq!(RequestId::from_number(f64::NAN), None);
    }
}
