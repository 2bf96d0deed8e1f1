//! The pool of isolates.

use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use exec::{Event, OperationsHandler, Outcome, Script, Termination};
use isolate::{CreationFailed, IsolateThreads, RuntimeLimits, SnapshotError, Spares, TurnIsolate};
use pool_core::{AcquireError, ConfigError, Lease, Pool, PoolConfig, RetireReason};

use crate::pool_stats::PoolStats;
use crate::pooled_execution;
use crate::pooled_isolate::PooledIsolate;
use crate::worker_isolate::WorkerIsolate;

/// Whether a worker's global state survives a request.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Reuse {
    /// A new context for every request: nothing of one request is left for the next.
    Fresh,
    /// The context of the worker is used again, as on the known platforms: what a script keeps in global variables
    /// is there for its next request.
    #[default]
    Warm,
}

/// Where the startup snapshot comes from. A process uses one snapshot only.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum SnapshotChoice {
    /// It is built in memory by the first pool: some tens of milliseconds.
    #[default]
    Build,
    /// It is read from a file that was written by `runner snapshot build` or `cargo xtask snapshot`.
    File(PathBuf),
    /// There is none: every context evaluates the Web APIs anew, which costs milliseconds.
    None,
}

/// Configuration of an [`IsolatePool`].
#[derive(Clone, Debug)]
pub struct PoolOptions {
    /// Isolates at most, those being created and those that finish their work included. Default 100.
    pub max_size: usize,
    /// Limits of each isolate and request.
    pub limits: RuntimeLimits,
    /// What happens to the global state between requests. Default [`Reuse::Warm`].
    pub reuse: Reuse,
    /// Isolate threads; `None` (the default) for the larger of 4 and twice the cores.
    pub threads: Option<usize>,
    /// Requests that may be in flight on one isolate. Default 1: a request has its isolate to itself, and the next
    /// one waits. More is for workers that wait for operations: their turns interleave.
    pub max_concurrent_per_isolate: usize,
    /// The startup snapshot.
    pub snapshot: SnapshotChoice,
    /// Isolates kept ready for cache misses. They count in the memory of the process, not in `max_size`.
    /// Default 2.
    pub spares: usize,
    /// Requests that may wait for an isolate; beyond, they are refused. Default 10,000.
    pub max_waiters: usize,
    /// Requests of one worker that may wait; beyond, they are refused. Default 1,000.
    pub max_waiters_per_worker: usize,
    /// How long a request waits for an isolate at most. Default 30 s.
    pub acquire_timeout: Duration,
}

impl Default for PoolOptions {
    fn default() -> Self {
        let pool = PoolConfig::default();
        Self {
            max_size: pool.max_size,
            limits: RuntimeLimits::default(),
            reuse: Reuse::default(),
            threads: None,
            max_concurrent_per_isolate: pool.max_leases_per_resource,
            snapshot: SnapshotChoice::default(),
            spares: 2,
            max_waiters: pool.max_waiters,
            max_waiters_per_worker: pool.max_waiters_per_key,
            acquire_timeout: pool.acquire_timeout,
        }
    }
}

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

/// The key of the pool: whose isolate it is.
type WorkerId = Arc<str>;

/// An LRU pool of isolates, keyed by worker. Cloning is cheap and shares the pool.
#[derive(Clone)]
pub struct IsolatePool {
    inner: Arc<Inner>,
}

struct Inner {
    // Before the threads: when the pool is dropped its isolates retire first.
    pool: Pool<WorkerId, WorkerIsolate>,
    spares: Spares,
    threads: IsolateThreads,
    reuse: Reuse,
}

/// The lease of a worker's isolate.
pub(crate) type WorkerLease = Lease<WorkerId, WorkerIsolate>;

impl IsolatePool {
    /// Creates a pool and starts its threads, and V8 with them if it has not been started.
    ///
    /// Blocks for some tens of milliseconds if the snapshot has to be built.
    ///
    /// # Errors
    /// [`PoolError`], for limits that make no sense or a snapshot that cannot be used.
    pub fn new(options: PoolOptions) -> Result<Self, PoolError> {
        let config = PoolConfig {
            max_size: options.max_size,
            max_leases_per_resource: options.max_concurrent_per_isolate,
            max_waiters: options.max_waiters,
            max_waiters_per_key: options.max_waiters_per_worker,
            acquire_timeout: options.acquire_timeout,
            ..PoolConfig::default()
        };
        // A retired isolate disposes itself in the background when it is dropped.
        let pool = Pool::new(config, drop)?;
        let snapshot = match &options.snapshot {
            SnapshotChoice::Build => Some(exec::build_snapshot()?),
            SnapshotChoice::File(path) => Some(exec::read_snapshot(path)?),
            SnapshotChoice::None => None,
        };
        let isolates = exec::isolate_options(options.limits, snapshot);
        let threads = IsolateThreads::new(options.threads.unwrap_or_else(IsolateThreads::default_width));
        let spares = Spares::new(isolates, options.spares);
        Ok(Self { inner: Arc::new(Inner { pool, spares, threads, reuse: options.reuse }) })
    }

    /// Runs one event of a worker: leases the worker's isolate (waiting for it if need be), runs the handler in a
    /// context of `script`, and returns what it answers. `waitUntil` work goes on afterwards and keeps the lease.
    ///
    /// The future is `Send`, runs on any tokio runtime, and may be dropped at any time, which aborts the request.
    /// Operations run on the runtime that polls it; JavaScript runs on isolate threads only.
    ///
    /// # Errors
    /// A [`Termination`]; with [`TerminationReason::Overloaded`](exec::TerminationReason::Overloaded) if no isolate
    /// could be had.
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
        let key = WorkerId::from(worker_id);
        loop {
            let lease = self.inner.pool.acquire(&key, || self.create()).await?;
            if lease.isolate().condemned().is_none() {
                return Ok(PooledIsolate::new(lease));
            }
            lease.discard(RetireReason::Condemned);
        }
    }

    async fn create(&self) -> Result<WorkerIsolate, CreationFailed> {
        let isolate = self.inner.spares.take().await?;
        Ok(WorkerIsolate::new(TurnIsolate::new(isolate, &self.inner.threads)))
    }

    /// What happens to global state between requests.
    pub fn reuse(&self) -> Reuse {
        self.inner.reuse
    }

    /// Whether the worker has an isolate in the pool.
    pub fn contains(&self, worker_id: &str) -> bool {
        self.inner.pool.contains(&worker_id.into())
    }

    /// Gives up the isolates of a worker: idle ones now, leased ones with their last request.
    pub fn retire(&self, worker_id: &str) {
        self.inner.pool.retire_key(&worker_id.into(), RetireReason::Replaced);
    }

    /// Counters and gauges.
    pub fn stats(&self) -> PoolStats {
        let Inner { pool, spares, threads, .. } = &*self.inner;
        PoolStats::new(&pool.stats(), spares.stats(), threads.stats())
    }

    /// Refuses new requests and waits for those in flight, `waitUntil` work included.
    pub async fn shutdown(&self) {
        self.inner.pool.close();
        self.inner.pool.drained().await;
    }
}

impl fmt::Debug for IsolatePool {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("IsolatePool").field("pool", &self.inner.pool).finish_non_exhaustive()
    }
}
