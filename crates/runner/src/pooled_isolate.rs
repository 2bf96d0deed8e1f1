//! A worker's isolate, leased from the pool.

use std::fmt;
use std::future::Future;
use std::sync::Arc;
use std::time::Instant;

use isolate::{Closed, EnteredIsolate, IsolateAccess, Loss, TurnIsolate};
use pool_core::RetireReason;

use crate::pool_stats::Times;
use crate::shard::WorkerLease;
use crate::worker_isolate::WorkerIsolate;

/// The lease of a worker's isolate. Dropping it gives the isolate back to the pool.
///
/// With `max_concurrent_per_isolate` above 1 others may hold a lease of the same isolate; turns never overlap.
pub struct PooledIsolate {
    lease: WorkerLease,
    /// Nobody else gets the isolate after this.
    once: bool,
    times: Arc<Times>,
    since: Instant,
}

impl PooledIsolate {
    pub(crate) fn new(lease: WorkerLease, once: bool, times: &Arc<Times>) -> Self {
        times.record_wait(lease.waited());
        lease.leased_as(lease.resource_id());
        Self { lease, once, times: Arc::clone(times), since: Instant::now() }
    }

    /// Whose isolate it is.
    pub fn worker_id(&self) -> &str {
        self.lease.worker()
    }

    /// Whether the isolate was in the pool already.
    pub fn was_hit(&self) -> bool {
        self.lease.was_hit()
    }

    /// The isolate.
    pub fn isolate(&self) -> &Arc<TurnIsolate> {
        self.worker().isolate()
    }

    /// Calls `f` with the locked isolate on the **calling** thread, once it is this caller's turn. For embedders who
    /// know what they do: see [`TurnIsolate::with_lock`].
    ///
    /// # Errors
    /// [`Closed`] if the isolate has been condemned.
    ///
    /// # Panics
    /// If the thread has an isolate entered.
    pub async fn with_lock<R>(&self, f: impl FnOnce(&mut EnteredIsolate) -> R) -> Result<R, Closed> {
        self.isolate().with_lock(f).await
    }

    /// Runs a future on isolate threads, with the isolate locked around every poll and not in between: see
    /// [`TurnIsolate::with_lock_async`].
    ///
    /// # Errors
    /// The [`Loss`], if a limit was exceeded, the isolate was condemned or the future panicked.
    pub fn with_lock_async<F, R>(
        &self,
        start: impl FnOnce(IsolateAccess) -> F + Send + 'static,
    ) -> impl Future<Output = Result<R, Loss>> + Send
    where
        F: Future<Output = R> + Send + 'static,
        R: Send + 'static,
    {
        self.isolate().with_lock_async(start)
    }

    /// Whether others will use the isolate after this.
    pub(crate) fn is_reused(&self) -> bool {
        !self.once
    }

    pub(crate) fn worker(&self) -> &WorkerIsolate {
        &self.lease
    }
}

impl Drop for PooledIsolate {
    fn drop(&mut self) {
        self.times.record_hold(self.since.elapsed());
        if self.isolate().condemned().is_some() {
            self.lease.mark_condemned(RetireReason::Condemned);
        } else if self.once {
            self.lease.mark_condemned(RetireReason::Replaced);
        } else if let Some(bytes) = self.worker().changed_size() {
            self.lease.set_cost(bytes);
        }
    }
}

impl fmt::Debug for PooledIsolate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PooledIsolate")
            .field("worker_id", &self.worker_id())
            .field("isolate", self.isolate())
            .finish_non_exhaustive()
    }
}
