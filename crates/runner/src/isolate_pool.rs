//! The pool of isolates.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::time::Duration;

use exec::{Event, OperationsHandler, Outcome, Script, TenantBudget, Termination};
use isolate::{CreationFailed, SnapshotError, Spares};
use pool_core::{AcquireError, ConfigError, RetireReason};

use crate::budgets::Budgets;
use crate::caretaker::Caretaker;
use crate::losses::Losses;
use crate::options::{ExecutionMode, PoolOptions, Reuse, SnapshotChoice};
use crate::pool_stats::{PoolStats, Times};
use crate::pooled_execution;
use crate::pooled_isolate::PooledIsolate;
use crate::shard::{Shard, WorkerId};

/// Why a pool could not be made.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum PoolError {
    /// A limit makes no sense.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// The snapshot cannot be built or used.
    #[error(transparent)]
    Snapshot(#[from] SnapshotError),
}

/// An LRU pool of isolates, keyed by worker. Cloning is cheap and shares the pool.
#[derive(Clone)]
pub struct IsolatePool {
    inner: Arc<Inner>,
}

struct Inner {
    shards: Arc<[Shard]>,
    /// Whose turn it is, if there are several.
    next_shard: AtomicUsize,
    next_oneshot: AtomicU64,
    spares: Spares,
    times: Arc<Times>,
    losses: Arc<Losses>,
    budgets: Budgets,
    /// How long a request waits for CPU time of its worker.
    patience: Duration,
    reuse: Reuse,
    mode: ExecutionMode,
}

impl IsolatePool {
    /// Creates a pool and starts its threads, and V8 with them if it has not been started.
    ///
    /// Blocks for some tens of milliseconds if the snapshot has to be built.
    ///
    /// # Errors
    /// [`PoolError`], for limits that make no sense or a snapshot that cannot be used.
    pub fn new(options: PoolOptions) -> Result<Self, PoolError> {
        let (shards, threads) = options.shards();
        let losses = Arc::default();
        let caretaker = Caretaker::new(options.idle_collect, options.idle_evict);
        let shards = (0..shards)
            .map(|shard| {
                let newcomers = caretaker.as_ref().map(|caretaker| caretaker.newcomers(shard));
                Shard::new(options.pool_config(shard, shards), threads, &losses, newcomers)
            })
            .collect::<Result<Arc<[_]>, _>>()?;
        let snapshot = match &options.snapshot {
            SnapshotChoice::Build => Some(exec::build_snapshot()?),
            SnapshotChoice::File(path) => Some(exec::read_snapshot(path)?),
            SnapshotChoice::None => None,
        };
        let isolates = exec::isolate_options(options.limits, snapshot);
        if let Some(caretaker) = caretaker {
            caretaker.start(&shards);
        }
        let inner = Inner {
            shards,
            next_shard: AtomicUsize::new(0),
            next_oneshot: AtomicU64::new(0),
            spares: Spares::new(isolates, options.spares),
            times: Arc::default(),
            losses,
            budgets: Budgets::new(options.tenant, options.process),
            patience: options.acquire_timeout,
            reuse: options.reuse,
            mode: options.mode,
        };
        Ok(Self { inner: Arc::new(inner) })
    }

    /// Runs one event of a worker: leases the worker's isolate (waiting for it if need be), runs the handler in a
    /// context of `script`, and returns what it answers. `waitUntil` work goes on afterwards and keeps the lease.
    ///
    /// The future is `Send`, runs on any tokio runtime, and may be dropped at any time, which aborts the request.
    /// Operations run on the runtime that polls it; JavaScript runs on isolate threads only. A request that has to wait
    /// for its isolate goes on where the isolate comes free, without being polled: not within the caller's tracing span
    /// or task-local values.
    ///
    /// # Errors
    /// A [`Termination`]; with [`TerminationReason::Overloaded`](exec::TerminationReason::Overloaded) if no isolate
    /// could be had or a budget is used up, and [`TerminationReason::Terminated`](exec::TerminationReason::Terminated) while the script is
    /// [quarantined](crate::Quarantined) or the pool is shut down.
    pub async fn execute(
        &self,
        worker_id: &str,
        script: &Script,
        operations: Arc<dyn OperationsHandler>,
        event: Event,
    ) -> Result<Outcome, Termination> {
        pooled_execution::execute(self, worker_id, script, operations, event).await
    }

    /// Leases the isolate of a worker, from the pool or new.
    ///
    /// # Errors
    /// See [`AcquireError`].
    pub async fn acquire(&self, worker_id: &str) -> Result<PooledIsolate, AcquireError<CreationFailed>> {
        self.acquire_from(self.next_shard(), &worker_id.into()).await
    }

    /// The number of the shard whose turn it is.
    pub(crate) fn next_shard(&self) -> usize {
        match self.inner.shards.len() {
            1 => 0,
            several => self.inner.next_shard.fetch_add(1, Ordering::Relaxed) % several,
        }
    }

    /// A lease of the worker's isolate in this shard, if there is one, it is free, and nobody waits for it.
    pub(crate) fn try_acquire_from(&self, shard: usize, worker: &WorkerId) -> Option<PooledIsolate> {
        let Inner { shards, times, mode, .. } = &*self.inner;
        if *mode == ExecutionMode::Oneshot {
            return None;
        }
        Some(PooledIsolate::new(shards[shard].try_lease(worker)?, false, times))
    }

    /// As [`acquire`](Self::acquire), in this shard.
    pub(crate) async fn acquire_from(
        &self,
        shard: usize,
        worker: &WorkerId,
    ) -> Result<PooledIsolate, AcquireError<CreationFailed>> {
        let Inner { shards, spares, times, mode, next_oneshot, budgets, .. } = &*self.inner;
        let shard = &shards[shard];
        if *mode != ExecutionMode::Oneshot {
            return Ok(PooledIsolate::new(shard.lease(worker, worker, spares, budgets).await?, false, times));
        }
        // Under a key of its own nobody shares it, and yet the bounds of the pool hold.
        let number = next_oneshot.fetch_add(1, Ordering::Relaxed);
        let key = WorkerId::from(format!("{worker} #{number}"));
        Ok(PooledIsolate::new(shard.lease(&key, worker, spares, budgets).await?, true, times))
    }

    /// What happens to global state between requests.
    pub fn reuse(&self) -> Reuse {
        self.inner.reuse
    }

    /// The budget of a worker, from which its requests take. Costs a look into a table that workers share.
    pub fn budget(&self, worker_id: &str) -> TenantBudget {
        self.inner.budgets.of(worker_id)
    }

    /// Waits until the worker has CPU time, or refuses.
    pub(crate) async fn admit(&self, worker_id: &str) -> Result<(), Termination> {
        self.inner.budgets.admit(worker_id, self.inner.patience).await
    }

    /// How much longer the script is refused, because it went on costing the pool threads and memory.
    pub(crate) fn quarantine(&self, worker_id: &str, script: &Script) -> Option<Duration> {
        self.inner.losses.pause(worker_id, script)
    }

    /// Whether the worker has an isolate in the pool.
    pub fn contains(&self, worker_id: &str) -> bool {
        let worker = worker_id.into();
        self.inner.shards.iter().any(|shard| shard.pool().contains(&worker))
    }

    /// Gives up the isolates of a worker: idle ones now, leased ones with their last request.
    pub fn retire(&self, worker_id: &str) {
        let worker = worker_id.into();
        for shard in &*self.inner.shards {
            shard.pool().retire_key(&worker, RetireReason::Replaced);
        }
    }

    /// Counters and gauges.
    pub fn stats(&self) -> PoolStats {
        let Inner { shards, spares, times, losses, budgets, .. } = &*self.inner;
        let pools = shards
            .iter()
            .map(|shard| (shard.pool().stats(), shard.threads().stats(), shard.threads().turn_waits()));
        PoolStats {
            budget: budgets.process().usage().into(),
            ..PoolStats::collect(pools, spares.stats(), times, losses.stats())
        }
    }

    /// Refuses new requests and waits for those in flight, `waitUntil` work included.
    pub async fn shutdown(&self) {
        for shard in &*self.inner.shards {
            shard.pool().close();
        }
        for shard in &*self.inner.shards {
            shard.pool().drained().await;
        }
    }
}

impl fmt::Debug for IsolatePool {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Inner { mode, reuse, shards, .. } = &*self.inner;
        f.debug_struct("IsolatePool")
            .field("mode", mode)
            .field("reuse", reuse)
            .field("shards", &shards.len())
            .finish_non_exhaustive()
    }
}
