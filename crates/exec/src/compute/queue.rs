//! Whose turn it is: tenants in a circle, each with its own jobs in their order.

use std::collections::VecDeque;

use rustc_hash::FxHashMap;

use crate::budget::TenantBudget;

/// A tenant, as long as a job of it holds its budget. All that have none are one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct TenantId(usize);

impl TenantId {
    pub(super) fn of(budget: &TenantBudget) -> Self {
        Self(budget.address())
    }
}

/// See the [module](self) documentation.
pub(super) struct Queue<J> {
    /// Those with a job, the next first; each once.
    circle: VecDeque<TenantId>,
    jobs: FxHashMap<TenantId, VecDeque<J>>,
    most: usize,
    len: usize,
}

impl<J> Queue<J> {
    /// An empty one, which holds `most` jobs of a tenant.
    pub(super) fn new(most: usize) -> Self {
        Self { circle: VecDeque::new(), jobs: FxHashMap::default(), most, len: 0 }
    }

    /// Jobs of all tenants.
    pub(super) fn len(&self) -> usize {
        self.len
    }

    /// Puts `job` behind the others of `tenant`; gives it back if there are too many.
    pub(super) fn push(&mut self, tenant: TenantId, job: J) -> Result<(), J> {
        let jobs = self.jobs.entry(tenant).or_default();
        if jobs.len() >= self.most {
            return Err(job);
        }
        if jobs.is_empty() {
            self.circle.push_back(tenant);
        }
        jobs.push_back(job);
        self.len += 1;
        Ok(())
    }

    /// The first job of the tenant whose turn it is.
    pub(super) fn pop(&mut self) -> Option<J> {
        let tenant = self.circle.pop_front()?;
        let jobs = self.jobs.get_mut(&tenant)?;
        let job = jobs.pop_front();
        if jobs.is_empty() {
            self.jobs.remove(&tenant);
        } else {
            self.circle.push_back(tenant);
        }
        self.len -= 1;
        job
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const A: TenantId = TenantId(1);
    const B: TenantId = TenantId(2);
    const C: TenantId = TenantId(3);

    #[test]
    fn tenants_take_turns() {
        let mut queue = Queue::new(10);
        for job in 0..6 {
            queue.push(A, job).unwrap();
        }
        queue.push(B, 10).unwrap();
        queue.push(B, 11).unwrap();
        assert_eq!([queue.pop(), queue.pop()], [Some(0), Some(10)]);
        // Whoever comes now waits for one job of each.
        queue.push(C, 20).unwrap();
        let rest: Vec<_> = std::iter::from_fn(|| queue.pop()).collect();
        assert_eq!(rest, [1, 11, 20, 2, 3, 4, 5]);
        assert!(queue.len() == 0 && queue.jobs.is_empty());
    }

    #[test]
    fn a_tenant_has_a_bound_of_its_own() {
        let mut queue = Queue::new(2);
        assert_eq!([queue.push(A, 0), queue.push(A, 1), queue.push(A, 2)], [Ok(()), Ok(()), Err(2)]);
        queue.push(B, 3).unwrap();
        assert_eq!(queue.pop(), Some(0));
        queue.push(A, 4).unwrap();
        assert_eq!(queue.push(A, 5), Err(5));
    }
}
