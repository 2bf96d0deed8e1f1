//! Bodies of requests and responses.

use bytes::Bytes;

use crate::budget::{BudgetExceeded, BytesPermit, TenantBudget};

/// A complete body, in bytes.
///
/// Cloning is cheap: the bytes are shared. The type exists so that a streaming body can be added without
/// changing the signatures that carry one.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Body(Bytes);

impl Body {
    /// A body without bytes.
    pub fn empty() -> Self {
        Self::default()
    }

    /// A body whose bytes are charged to a budget until the last copy of them is gone: of the body, or of what
    /// [`into_bytes`](Self::into_bytes) made of it.
    pub fn charged(bytes: impl Into<Bytes>, permit: BytesPermit) -> Self {
        let bytes = bytes.into();
        if permit.bytes() == 0 {
            return Self(bytes);
        }
        Self(Bytes::from_owner(Charged { bytes, _permit: permit }))
    }

    /// The same body, [`charged`](Self::charged) to `budget` if there is room in it.
    pub(crate) fn charged_to(self, budget: &TenantBudget) -> Result<Self, BudgetExceeded> {
        let permit = budget.try_bytes(self.len())?;
        Ok(Self::charged(self.0, permit))
    }

    /// The bytes of the body.
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }

    /// The bytes of the body, without a copy.
    pub fn into_bytes(self) -> Bytes {
        self.0
    }

    /// Length in bytes.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether the body has no bytes.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

/// Bytes with the permit for them.
struct Charged {
    bytes: Bytes,
    _permit: BytesPermit,
}

impl AsRef<[u8]> for Charged {
    fn as_ref(&self) -> &[u8] {
        &self.bytes
    }
}

impl<T: Into<Bytes>> From<T> for Body {
    fn from(bytes: T) -> Self {
        Self(bytes.into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::budget::{ProcessBudget, TenantLimits};

    #[test]
    fn bytes_are_charged_until_the_last_copy_is_gone() {
        let limits = TenantLimits { bytes: 10, ..TenantLimits::default() };
        let budget = TenantBudget::new(limits, &ProcessBudget::default());
        let body = Body::charged("abcdef", budget.try_bytes(6).unwrap());
        let copy = body.clone();
        let part = body.into_bytes().slice(2..4);
        drop(copy);
        assert_eq!((&part[..], budget.usage().bytes), (&b"cd"[..], 6));
        drop(part);
        assert_eq!(budget.usage().bytes, 0);
    }
}
