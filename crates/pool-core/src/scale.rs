//! When does a busy key get a further resource?
//!
//! The idea: a queue that one resource works off quickly is cheaper than a second resource (a creation, memory, and
//! somebody else's eviction). So a key grows only if its queue is *deep*, which says that one resource will not do, or
//! *old*, which says that the one there is busy with something long. Pure arithmetic: no clock, no lock.

use std::time::Duration;

/// The two thresholds; either one is enough. A key without a resource is not a matter of scaling: it always gets one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ScalePolicy {
    /// Callers waiting per resource of the key. At least 1. Default 4.
    pub depth: usize,
    /// How long the key's oldest caller has been waiting. [`Duration::MAX`] switches this threshold off, and with it the
    /// timer that waiting callers of a scalable key need for it. Default 10 ms.
    pub age: Duration,
}

impl Default for ScalePolicy {
    fn default() -> Self {
        Self { depth: 4, age: Duration::from_millis(10) }
    }
}

/// What one key looks like at the moment of the question. Every lease of the key is taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct KeyLoad {
    /// Callers waiting for the key.
    pub waiting: usize,
    /// Resources that serve the key, at least 1.
    pub resources: usize,
    /// How many it may have.
    pub max_resources: usize,
    /// How long the oldest of the callers has been waiting.
    pub oldest_wait: Duration,
}

impl ScalePolicy {
    /// Whether the key should get one more resource.
    #[must_use]
    pub fn grow(&self, load: KeyLoad) -> bool {
        load.waiting > 0
            && load.resources < load.max_resources
            && (load.waiting >= self.depth.saturating_mul(load.resources) || load.oldest_wait >= self.age)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const POLICY: ScalePolicy = ScalePolicy { depth: 4, age: Duration::from_millis(10) };

    fn load(waiting: usize, resources: usize, oldest_ms: u64) -> KeyLoad {
        KeyLoad { waiting, resources, max_resources: 3, oldest_wait: Duration::from_millis(oldest_ms) }
    }

    #[test]
    fn a_short_young_queue_does_not_grow() {
        assert!(!POLICY.grow(load(3, 1, 9)));
        assert!(!POLICY.grow(load(0, 1, 1_000)), "nobody waits, whatever the clock says");
    }

    #[test]
    fn depth_counts_per_resource() {
        assert!(POLICY.grow(load(4, 1, 0)));
        assert!(!POLICY.grow(load(7, 2, 0)));
        assert!(POLICY.grow(load(8, 2, 0)));
    }

    #[test]
    fn one_old_caller_is_enough() {
        assert!(POLICY.grow(load(1, 2, 10)));
        let patient = ScalePolicy { age: Duration::MAX, ..POLICY };
        assert!(!patient.grow(load(1, 2, u64::MAX / 2)));
    }

    #[test]
    fn the_maximum_holds() {
        assert!(!POLICY.grow(load(1_000, 3, 1_000)));
        assert!(!ScalePolicy { depth: usize::MAX, age: Duration::MAX }.grow(load(9, 2, 0)), "no overflow");
    }
}
