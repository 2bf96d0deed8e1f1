//! What was taken from a budget, to be given back by being dropped.

use std::fmt;
use std::sync::Arc;

use super::{Budget, BudgetExceeded, Tenant, TenantBudget};

/// A part of the budget of a worker and of the process.
pub(super) struct Share {
    /// `None` if there is nothing to give back.
    tenant: Option<Arc<Tenant>>,
    budget: Budget,
    amount: usize,
}

impl Share {
    /// What has been taken from both.
    pub(super) fn new(tenant: &Arc<Tenant>, budget: Budget, amount: usize) -> Self {
        Self { tenant: Some(Arc::clone(tenant)), budget, amount }
    }

    pub(super) fn of_nothing(budget: Budget) -> Self {
        Self { tenant: None, budget, amount: 0 }
    }

    fn shrink(&mut self, amount: usize) {
        if let Some(tenant) = &self.tenant {
            let excess = self.amount.saturating_sub(amount);
            self.amount -= excess;
            tenant.give_back(self.budget, excess);
        }
    }
}

impl Drop for Share {
    fn drop(&mut self) {
        if let Some(tenant) = &self.tenant {
            tenant.give_back(self.budget, self.amount);
        }
    }
}

impl fmt::Debug for Share {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.amount, self.budget)
    }
}

/// Bytes that the host holds for a worker.
#[derive(Debug)]
pub struct BytesPermit(pub(super) Share);

/// An operation in flight.
#[derive(Debug)]
pub struct OperationPermit(#[expect(dead_code, reason = "held for its drop")] pub(super) Share);

/// An outgoing connection.
#[derive(Debug)]
pub struct SocketPermit(#[expect(dead_code, reason = "held for its drop")] pub(super) Share);

impl BytesPermit {
    /// How many there are; 0 if the budget has no limits.
    pub fn bytes(&self) -> usize {
        self.0.amount
    }

    /// Takes `more` bytes of `budget`, which must be the one that this came from.
    ///
    /// # Errors
    /// [`BudgetExceeded`]; what there was stays.
    pub fn grow(&mut self, budget: &TenantBudget, more: usize) -> Result<(), BudgetExceeded> {
        let mut share = budget.try_share(Budget::Bytes, more)?;
        let Some(tenant) = share.tenant.take() else { return Ok(()) };
        debug_assert!(self.0.tenant.as_ref().is_none_or(|own| Arc::ptr_eq(own, &tenant)));
        self.0.tenant.get_or_insert(tenant);
        self.0.amount += share.amount;
        Ok(())
    }

    /// Gives back what there is beyond `bytes`.
    pub fn shrink_to(&mut self, bytes: usize) {
        self.0.shrink(bytes);
    }
}
