//! A worker's isolate, leased from the pool.

use std::fmt;
use std::future::Future;
use std::sync::Arc;
use std::time::{Duration, Instant};

use isolate::{Closed, IsolateAccess, Loss, TurnIsolate, v8};
use pool_core::RetireReason;

use crate::losses::Losses;
use crate::pool_stats::Times;
use crate::shard::{WorkerId, WorkerLease};
use crate::worker_isolate::WorkerIsolate;

/// The lease of a worker's isolate. Dropping it gives the isolate back to the pool.
///
/// With `max_concurrent_per_isolate` above 1 others may hold a lease of the same isolate; turns never overlap.
pub struct PooledIsolate {
    holding: Holding,
    times: Arc<Times>,
    since: Instant,
}

enum Holding {
    Leased(WorkerLease),
    /// Not from a pool: it goes with this value.
    Owned {
        worker: WorkerId,
        isolate: WorkerIsolate,
        losses: Arc<Losses>,
    },
}

impl PooledIsolate {
    pub(crate) fn leased(lease: WorkerLease, times: &Arc<Times>) -> Self {
        times.record_wait(lease.waited());
        Self::new(Holding::Leased(lease), times)
    }

    pub(crate) fn owned(
        worker: WorkerId,
        isolate: WorkerIsolate,
        times: &Arc<Times>,
        losses: &Arc<Losses>,
    ) -> Self {
        times.record_wait(Duration::ZERO);
        Self::new(Holding::Owned { worker, isolate, losses: Arc::clone(losses) }, times)
    }

    fn new(holding: Holding, times: &Arc<Times>) -> Self {
        Self { holding, times: Arc::clone(times), since: Instant::now() }
    }

    /// Whose isolate it is.
    pub fn worker_id(&self) -> &str {
        match &self.holding {
            Holding::Leased(lease) => lease.key(),
            Holding::Owned { worker, .. } => worker,
        }
    }

    /// Whether the isolate was in the pool already.
    pub fn was_hit(&self) -> bool {
        match &self.holding {
            Holding::Leased(lease) => lease.was_hit(),
            Holding::Owned { .. } => false,
        }
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
    pub async fn with_lock<R>(&self, f: impl FnOnce(&mut v8::Isolate) -> R) -> Result<R, Closed> {
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
    pub(crate) fn is_from_pool(&self) -> bool {
        matches!(self.holding, Holding::Leased(_))
    }

    pub(crate) fn worker(&self) -> &WorkerIsolate {
        match &self.holding {
            Holding::Leased(lease) => lease,
            Holding::Owned { isolate, .. } => isolate,
        }
    }
}

impl Drop for PooledIsolate {
    fn drop(&mut self) {
        self.times.record_hold(self.since.elapsed());
        match &self.holding {
            Holding::Leased(lease) => {
                if self.isolate().condemned().is_some() {
                    lease.mark_condemned(RetireReason::Condemned);
                } else if let Some(bytes) = self.worker().changed_heap_size() {
                    lease.set_cost(bytes);
                }
            }
            Holding::Owned { worker, isolate, losses } => losses.inspect(worker, isolate),
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
