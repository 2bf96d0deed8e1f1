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
    tenants: FxHashMap<TenantId, Tenant<J>>,
    bounds: Bounds,
    len: usize,
}

/// How many jobs of one tenant there may be.
#[derive(Clone, Copy, Debug)]
pub(super) struct Bounds {
    pub(super) queued: usize,
    /// That run: one that has begun cannot be stopped, and others shall not wait for its end.
    pub(super) running: usize,
}

/// One with jobs, queued or running.
struct Tenant<J> {
    jobs: VecDeque<J>,
    running: usize,
}

impl<J> Queue<J> {
    pub(super) fn new(bounds: Bounds) -> Self {
        Self { circle: VecDeque::new(), tenants: FxHashMap::default(), bounds, len: 0 }
    }

    /// Jobs of all tenants that have not begun.
    pub(super) fn len(&self) -> usize {
        self.len
    }

    /// Puts `job` behind the others of `tenant`; gives it back if there are too many.
    pub(super) fn push(&mut self, tenant: TenantId, job: J) -> Result<(), J> {
        let Tenant { jobs, .. } =
            self.tenants.entry(tenant).or_insert_with(|| Tenant { jobs: VecDeque::new(), running: 0 });
        if jobs.len() >= self.bounds.queued {
            return Err(job);
        }
        if jobs.is_empty() {
            self.circle.push_back(tenant);
        }
        jobs.push_back(job);
        self.len += 1;
        Ok(())
    }

    /// The first job of the tenant whose turn it is, of those that may have another one run. Whoever takes it says so when
    /// it [has ended](Self::ended).
    pub(super) fn pop(&mut self) -> Option<(TenantId, J)> {
        let may_run =
            |id: &TenantId| self.tenants.get(id).is_some_and(|tenant| tenant.running < self.bounds.running);
        let index = self.circle.iter().position(may_run)?;
        let id = self.circle.remove(index)?;
        let tenant = self.tenants.get_mut(&id)?;
        let job = tenant.jobs.pop_front()?;
        tenant.running += 1;
        if !tenant.jobs.is_empty() {
            self.circle.push_back(id);
        }
        self.len -= 1;
        Some((id, job))
    }

    /// A job of this tenant has ended.
    pub(super) fn ended(&mut self, id: TenantId) {
        let Some(tenant) = self.tenants.get_mut(&id) else { return };
        tenant.running -= 1;
        if tenant.running == 0 && tenant.jobs.is_empty() {
            self.tenants.remove(&id);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const A: TenantId = TenantId(1);
    const B: TenantId = TenantId(2);
    const C: TenantId = TenantId(3);

    fn queue(queued: usize, running: usize) -> Queue<u32> {
        Queue::new(Bounds { queued, running })
    }

    /// Takes a job that ends at once.
    fn run(queue: &mut Queue<u32>) -> Option<u32> {
        let (tenant, job) = queue.pop()?;
        queue.ended(tenant);
        Some(job)
    }

    #[test]
    fn tenants_take_turns() {
        let mut queue = queue(10, 1);
        for job in 0..6 {
            queue.push(A, job).unwrap();
        }
        queue.push(B, 10).unwrap();
        queue.push(B, 11).unwrap();
        assert_eq!([run(&mut queue), run(&mut queue)], [Some(0), Some(10)]);
        // Whoever comes now waits for one job of each.
        queue.push(C, 20).unwrap();
        let rest: Vec<_> = std::iter::from_fn(|| run(&mut queue)).collect();
        assert_eq!(rest, [1, 11, 20, 2, 3, 4, 5]);
        assert!(queue.len() == 0 && queue.tenants.is_empty() && queue.circle.is_empty());
    }

    #[test]
    fn a_tenant_has_a_bound_of_its_own() {
        let mut queue = queue(2, 2);
        assert_eq!([queue.push(A, 0), queue.push(A, 1), queue.push(A, 2)], [Ok(()), Ok(()), Err(2)]);
        queue.push(B, 3).unwrap();
        assert_eq!(queue.pop(), Some((A, 0)));
        queue.push(A, 4).unwrap();
        assert_eq!(queue.push(A, 5), Err(5));
    }

    #[test]
    fn a_tenant_whose_jobs_run_leaves_threads_to_others() {
        let mut queue = queue(10, 2);
        for job in 0..4 {
            queue.push(A, job).unwrap();
        }
        assert_eq!([queue.pop(), queue.pop(), queue.pop()], [Some((A, 0)), Some((A, 1)), None]);
        // The next thread is for whoever comes, though others have waited for longer.
        queue.push(B, 10).unwrap();
        assert_eq!([queue.pop(), queue.pop()], [Some((B, 10)), None]);
        queue.ended(A);
        assert_eq!([queue.pop(), queue.pop()], [Some((A, 2)), None]);
        for tenant in [A, B, A] {
            queue.ended(tenant);
        }
        assert_eq!((queue.pop(), queue.len()), (Some((A, 3)), 0));
        queue.ended(A);
        assert!(queue.tenants.is_empty());
    }
}
