//! The ways to get a request to an isolate.

use std::time::Duration;

use isolate::{IsolateThreads, RuntimeLimits};
use runner::{ExecutionMode, PoolOptions};

use crate::load::scenario::Scenario;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Mode {
    /// One pool for all threads. Requests that wait share their isolate.
    Pooled,
    /// The same, but whoever has an isolate has it alone until the answer.
    Exclusive,
    /// A worker may have all of the isolates.
    Replicas,
    /// Pools of single threads that take the requests in turn.
    Pinned,
    /// A pool of one thread for every client thread, which asks no other: the best case of thread-local pools, in
    /// which a worker is never asked for on two threads.
    Sticky,
    /// A new isolate for every request, no more at a time than the others have in all.
    Oneshot,
    /// One mutex around creation and disposal, locks held from the beginning of a request to its end.
    Original,
}

impl Mode {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Pooled => "Pooled",
            Self::Exclusive => "Pooled, exclusive",
            Self::Replicas => "Pooled, replicas",
            Self::Pinned => "Pinned",
            Self::Sticky => "Pinned, sticky",
            Self::Oneshot => "Oneshot",
            Self::Original => "Original",
        }
    }

    /// The options of each pool. What is not named is the default: threads, two spares, and so on.
    pub(crate) fn pools(self, scenario: &Scenario) -> Vec<PoolOptions> {
        let isolates = scenario.isolates;
        // Not what is measured: on a machine that others use, some milliseconds of work were once charged as 50.
        let limits = RuntimeLimits::default().with_cpu_time(Duration::from_secs(10));
        let sharing = PoolOptions::default()
            .with_max_size(isolates)
            .with_limits(limits)
            .with_max_concurrent_per_isolate(scenario.in_flight);
        match self {
            Self::Pooled => vec![sharing],
            Self::Exclusive => vec![sharing.with_max_concurrent_per_isolate(1)],
            Self::Replicas => vec![sharing.with_max_isolates_per_worker(isolates)],
            Self::Pinned => vec![sharing.with_mode(ExecutionMode::Pinned)],
            Self::Sticky => {
                let pools = isolates.min(scenario.clients.threads);
                let share = |of: usize, pool| of / pools + usize::from(pool < of % pools);
                let pool = |pool| {
                    sharing
                        .clone()
                        .with_max_size(share(isolates, pool))
                        .with_threads(Some(1))
                        .with_spares(share(sharing.spares, pool))
                };
                (0..pools).map(pool).collect()
            }
            Self::Oneshot => vec![sharing.with_mode(ExecutionMode::Oneshot)],
            Self::Original => vec![],
        }
    }

    /// Of how many threads each has its own isolates and takes any request.
    pub(crate) fn threads_in_turn(self, isolates: usize) -> usize {
        match self {
            Self::Pinned => IsolateThreads::default_width().min(isolates),
            _ => 1,
        }
    }

    pub(crate) fn settings(self, scenario: &Scenario) -> String {
        let Scenario { isolates, in_flight, .. } = scenario;
        let threads = IsolateThreads::default_width();
        match self {
            Self::Pooled | Self::Replicas => format!("{isolates} isolates × {in_flight}, {threads} threads"),
            Self::Exclusive => format!("{isolates} isolates × 1, {threads} threads"),
            Self::Pinned => {
                format!("{isolates} isolates × {in_flight}, {} threads", self.threads_in_turn(*isolates))
            }
            Self::Sticky => {
                let pools = scenario.clients.threads.min(*isolates);
                format!("{isolates} isolates × {in_flight}, {pools} threads")
            }
            Self::Oneshot => format!("{isolates} isolates at a time, {threads} threads"),
            Self::Original => format!("{isolates} isolates, the clients' threads"),
        }
    }
}
