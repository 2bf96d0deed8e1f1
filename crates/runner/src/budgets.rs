//! The budgets of all workers, by their ids.
//!
//! A worker has one budget for as long as anything of it is there: an isolate in the pool, a body on its way, an operation.
//! After that its budget is kept only while it still says something, which is until what was used has come back; then it
//! is as good as a new one. A version of a worker has the budget for as long as it is there. Those that are not needed any more are looked for when their number has doubled, so the
//! number is bounded by twice that of the workers with something going on, however many ids there have been.

use std::collections::HashMap;
use std::hash::{BuildHasher, RandomState};
use std::time::{Duration, Instant};

use exec::{Budget, CpuRate, LogRate, ProcessBudget, ProcessLimits, TenantBudget, TenantLimits, Termination};
use parking_lot::Mutex;

use crate::shard::WorkerId;
use crate::timers;

/// Parts of the table, so that workers rarely wait for each other's look into it.
const PARTS: usize = 16;

/// A part is not swept below this number of budgets.
const MIN_SWEEP: usize = 64;

/// See the [module](self) documentation.
pub(crate) struct Budgets {
    limits: TenantLimits,
    process: ProcessBudget,
    /// Without limits nobody has to look but versions, which may have rates of their own.
    limited: bool,
    hasher: RandomState,
    parts: Box<[Mutex<Part>]>,
}

struct Part {
    budgets: HashMap<WorkerId, TenantBudget>,
    sweep_at: usize,
}

impl Budgets {
    pub(crate) fn new(limits: TenantLimits, process: ProcessLimits) -> Self {
        let limited = limits != TenantLimits::default() || process != ProcessLimits::default();
        let part = || Mutex::new(Part { budgets: HashMap::new(), sweep_at: MIN_SWEEP });
        Self {
            limits,
            process: ProcessBudget::new(process),
            limited,
            hasher: RandomState::new(),
            parts: (0..PARTS).map(|_| part()).collect(),
        }
    }

    /// What all workers use together.
    pub(crate) fn process(&self) -> &ProcessBudget {
        &self.process
    }

    /// The budget of a worker.
    pub(crate) fn of(&self, worker: &str) -> TenantBudget {
        if self.limited { self.kept(worker) } else { TenantBudget::unlimited() }
    }

    /// The budget of a worker, whose rates may be set.
    pub(crate) fn kept(&self, worker: &str) -> TenantBudget {
        let hash = self.hasher.hash_one(worker) as usize;
        let mut part = self.parts[hash % self.parts.len()].lock();
        if let Some(budget) = part.budgets.get(worker) {
            return budget.clone();
        }
        let budget = TenantBudget::new(self.limits, &self.process);
        part.insert(worker, budget.clone(), Instant::now());
        budget
    }

    /// Sets the rates of the worker with this budget: these, or those that all workers have.
    pub(crate) fn set_rates(&self, budget: &TenantBudget, cpu: Option<CpuRate>, log: Option<LogRate>) {
        budget.set_rates(cpu.or(self.limits.cpu), log.or(self.limits.log));
    }

    /// Waits until the worker has CPU time, but no longer than `patience`.
    pub(crate) async fn admit(&self, worker: &str, patience: Duration) -> Result<(), Termination> {
        if self.limits.cpu.is_none() { Ok(()) } else { admit(&self.of(worker), patience).await }
    }
}

/// Waits until the worker with this budget has CPU time, but no longer than `patience`.
pub(crate) async fn admit(budget: &TenantBudget, patience: Duration) -> Result<(), Termination> {
    if !budget.limits_cpu() {
        return Ok(());
    }
    let start = Instant::now();
    let mut now = start;
    while let Some(ready) = budget.cpu_ready_at(now) {
        let wait = ready - now;
        if wait > patience.saturating_sub(now - start) {
            let refusal = Termination::over_budget(budget.refuse(Budget::Cpu));
            return Err(Termination { retry_after: Some(wait), ..refusal });
        }
        timers::check()?;
        tokio::time::sleep(wait).await;
        now = Instant::now();
    }
    Ok(())
}

impl Part {
    fn insert(&mut self, worker: &str, budget: TenantBudget, now: Instant) {
        if self.budgets.len() >= self.sweep_at {
            self.budgets.retain(|_, budget| !budget.is_at_rest(now));
            self.sweep_at = (2 * self.budgets.len()).max(MIN_SWEEP);
        }
        self.budgets.insert(worker.into(), budget);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn limited() -> TenantLimits {
        let cpu = CpuRate { per_second: Duration::from_secs(1), burst: Duration::from_secs(1) };
        TenantLimits::default().with_bytes(100).with_cpu(Some(cpu))
    }

    fn len(budgets: &Budgets) -> usize {
        budgets.parts.iter().map(|part| part.lock().budgets.len()).sum()
    }

    #[test]
    fn a_worker_has_one_budget() {
        let budgets = Budgets::new(limited(), ProcessLimits::default());
        let held = budgets.of("a").try_bytes(60).unwrap();
        assert!(budgets.of("a").try_bytes(60).is_err());
        assert!(budgets.of("b").try_bytes(60).is_ok());
        assert_eq!((held.bytes(), budgets.process().usage().refused), (60, 1));
    }

    #[test]
    fn ids_that_are_used_once_leave_nothing_behind() {
        let budgets = Budgets::new(limited(), ProcessLimits::default());
        let kept = budgets.of("kept");
        let held = budgets.of("held").try_bytes(60).unwrap();
        budgets.of("indebted").charge_cpu(Duration::from_secs(600));
        for n in 0..100_000 {
            budgets.of(&n.to_string());
        }
        assert!(len(&budgets) <= PARTS * (MIN_SWEEP + 1), "{}", len(&budgets));
        kept.charge_cpu(Duration::from_secs(600));
        for id in ["kept", "indebted"] {
            assert!(budgets.of(id).cpu_ready_at(Instant::now()).is_some(), "{id}");
        }
        assert!(budgets.of("held").try_bytes(60).is_err());
        drop(held);
        assert!(budgets.of("held").try_bytes(60).is_ok());
    }

    #[tokio::test]
    async fn without_limits_only_those_with_rates_of_their_own_are_remembered() {
        let budgets = Budgets::new(TenantLimits::default(), ProcessLimits::default());
        budgets.of("a");
        assert_eq!(len(&budgets), 0);
        let budget = budgets.kept("a");
        let second = Duration::from_secs(1);
        budgets.set_rates(&budget, Some(CpuRate { per_second: second, burst: second }), None);
        budget.charge_cpu(60 * second);
        assert!(admit(&budgets.kept("a"), Duration::ZERO).await.is_err());
        budgets.set_rates(&budget, None, None);
        admit(&budget, Duration::ZERO).await.unwrap();
    }

    #[tokio::test]
    async fn who_has_used_up_his_cpu_time_waits_or_is_told_when_to_come_again() {
        let budgets = Budgets::new(limited(), ProcessLimits::default());
        let budget = budgets.of("a");
        budgets.admit("a", Duration::ZERO).await.unwrap();
        budget.charge_cpu(Duration::from_secs(11));
        let refused = budgets.admit("a", Duration::from_secs(5)).await.unwrap_err();
        assert_eq!(refused.to_string(), "Overloaded: the worker's budget of cpu is used up");
        let retry_after = refused.retry_after.unwrap();
        assert!(retry_after > Duration::from_secs(8) && retry_after <= Duration::from_secs(10));
        budgets.admit("b", Duration::ZERO).await.unwrap();
    }

    #[tokio::test]
    async fn a_short_wait_is_waited() {
        let budgets = Budgets::new(limited(), ProcessLimits::default());
        budgets.of("a").charge_cpu(Duration::from_millis(1_050));
        budgets.admit("a", Duration::from_secs(30)).await.unwrap();
        assert_eq!(budgets.of("a").cpu_ready_at(Instant::now()), None);
    }
}
