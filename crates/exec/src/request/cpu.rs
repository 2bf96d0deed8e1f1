//! The CPU time of one request: for the evaluation of the script, and for everything else.
//!
//! # Protocol
//! A turn uses the budget that was in force when it began; the watchdog has a copy of it. So a turn that finds out that it
//! has to evaluate the script, or that it has evaluated it, [says](CpuBudget::next) what the *next* turn is for, and
//! ends. The change takes effect when the turn is [charged](CpuBudget::charge): after its end, before the next begins.
//! Only the turns of the request do any of this, and they never overlap; hence `Relaxed`.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

use isolate::RequestLimits;

use super::nanos;

/// What a turn is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Purpose {
    /// Evaluating the script.
    Startup,
    /// Anything else.
    Request,
}

/// See the [module](self) documentation.
pub(super) struct CpuBudget {
    request: AtomicU64,
    startup: AtomicU64,
    is_startup: AtomicBool,
    next_is_startup: AtomicBool,
}

impl CpuBudget {
    pub(super) fn new(limits: &RequestLimits) -> Self {
        Self {
            request: AtomicU64::new(nanos(limits.cpu_time)),
            startup: AtomicU64::new(nanos(limits.startup_cpu)),
            is_startup: AtomicBool::new(false),
            next_is_startup: AtomicBool::new(false),
        }
    }

    /// What the turn is for that runs, or comes next.
    pub(super) fn purpose(&self) -> Purpose {
        if self.is_startup.load(Ordering::Relaxed) { Purpose::Startup } else { Purpose::Request }
    }

    /// What is left for that turn.
    pub(super) fn left(&self) -> Duration {
        Duration::from_nanos(self.current().load(Ordering::Relaxed))
    }

    /// What was used of `limits`, which it was made with: for the event, and for the evaluation.
    pub(super) fn used(&self, limits: &RequestLimits) -> (Duration, Duration) {
        let used = |limit: Duration, left: &AtomicU64| {
            Duration::from_nanos(nanos(limit).saturating_sub(left.load(Ordering::Relaxed)))
        };
        (used(limits.cpu_time, &self.request), used(limits.startup_cpu, &self.startup))
    }

    /// What the turn after this one is for.
    pub(super) fn next(&self, purpose: Purpose) {
        self.next_is_startup.store(purpose == Purpose::Startup, Ordering::Relaxed);
    }

    /// The turn has ended, and used this much.
    pub(super) fn charge(&self, cpu: Duration) {
        let current = self.current();
        let left = current.load(Ordering::Relaxed).saturating_sub(nanos(cpu));
        current.store(left, Ordering::Relaxed);
        self.is_startup.store(self.next_is_startup.load(Ordering::Relaxed), Ordering::Relaxed);
    }

    /// Something beside its turns has used this much for the event. In a turn, or between two.
    pub(super) fn charge_beside(&self, cpu: Duration) {
        let left = self.request.load(Ordering::Relaxed).saturating_sub(nanos(cpu));
        self.request.store(left, Ordering::Relaxed);
    }

    /// It may use as much as a new request. Between turns.
    pub(super) fn refill(&self, limits: &RequestLimits) {
        self.request.store(nanos(limits.cpu_time), Ordering::Relaxed);
    }

    fn current(&self) -> &AtomicU64 {
        match self.purpose() {
            Purpose::Startup => &self.startup,
            Purpose::Request => &self.request,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_turn_is_charged_to_what_it_began_with() {
        let ms = Duration::from_millis;
        let limits = RequestLimits::default().with_cpu_time(ms(50)).with_startup_cpu(ms(1000));
        let cpu = CpuBudget::new(&limits);
        cpu.next(Purpose::Startup);
        assert_eq!((cpu.purpose(), cpu.left()), (Purpose::Request, ms(50)));
        cpu.charge(ms(1));
        assert_eq!((cpu.purpose(), cpu.left()), (Purpose::Startup, ms(1000)));
        cpu.charge(ms(400));
        cpu.next(Purpose::Request);
        cpu.charge(ms(500));
        assert_eq!((cpu.purpose(), cpu.left()), (Purpose::Request, ms(49)));
        assert_eq!(cpu.used(&limits), (ms(1), ms(900)));
        cpu.charge_beside(ms(9));
        assert_eq!((cpu.purpose(), cpu.left()), (Purpose::Request, ms(40)));
        cpu.charge(ms(60));
        assert_eq!((cpu.left(), cpu.used(&limits).0), (ms(0), ms(50)));
    }
}
