//! A pool with the threads that its isolates run on.

use std::sync::Arc;

use isolate::{CreationFailed, IsolateThreads, LockerManagedIsolate, Loss, TurnIsolate};
use pool_core::{AcquireError, AcquireOptions, ConfigError, Lease, Pool, PoolConfig, RetireReason, Retired};

use crate::losses::Losses;
use crate::worker_isolate::{Furniture, Size, WorkerIsolate};
use crate::worker_version::WorkerKey;

/// Whose isolate it is.
pub(crate) type WorkerId = Arc<str>;

/// The lease of a worker's isolate.
pub(crate) type WorkerLease = Lease<WorkerKey, WorkerIsolate>;

/// Isolates, and the only threads that take their turns.
pub(crate) struct Shard {
    // Before the threads: when the shard is dropped its isolates retire first.
    pool: Pool<WorkerKey, WorkerIsolate>,
    threads: IsolateThreads,
    /// Its isolates, for the caretaker to find; without one, nobody is told of them.
    newcomers: Option<Newcomers>,
}

/// Takes the size of each new isolate, with the number of its shard.
pub(crate) type Newcomers = Box<dyn Fn(&Arc<Size>) + Send + Sync>;

impl Shard {
    pub(crate) fn new(
        config: PoolConfig,
        threads: usize,
        losses: &Arc<Losses>,
        newcomers: Option<Newcomers>,
    ) -> Result<Self, ConfigError> {
        let losses = Arc::clone(losses);
        let pool = Pool::new(config, move |retired: Retired<WorkerKey, WorkerIsolate>| {
            losses.inspect(&retired.resource);
            // Nobody has a lease, but a context may still be made ready on it, and keep it: in the queue that ends here,
            // under way with its turn.
            retired.resource.isolate().condemn(Loss::Condemned);
            // Dropped, it disposes itself in the background.
        })?;
        Ok(Self { pool, threads: IsolateThreads::new(threads), newcomers })
    }

    /// Leases the isolate under `key`; a new one is made by `create`.
    pub(crate) async fn lease<F>(
        &self,
        key: &WorkerKey,
        options: AcquireOptions,
        create: impl Fn() -> F,
    ) -> Result<WorkerLease, AcquireError<CreationFailed>>
    where
        F: Future<Output = Result<WorkerIsolate, CreationFailed>>,
    {
        loop {
            let lease = self.pool.acquire_with(key, options, &create).await?;
            if let Some(lease) = usable(lease) {
                return Ok(lease);
            }
        }
    }

    /// Leases the isolate under `key`, if it can be had at once.
    pub(crate) fn try_lease(&self, key: &WorkerKey) -> Option<WorkerLease> {
        self.pool.try_acquire(key).and_then(usable)
    }

    /// Makes a new isolate one of this shard, for `worker`.
    pub(crate) fn furnish(
        &self,
        isolate: LockerManagedIsolate,
        worker: &WorkerId,
        furniture: Furniture,
    ) -> WorkerIsolate {
        let isolate = TurnIsolate::new(isolate, &self.threads);
        let isolate = WorkerIsolate::new(worker.clone(), isolate, furniture);
        if let Some(newcomers) = &self.newcomers {
            newcomers(isolate.size());
        }
        isolate
    }

    pub(crate) fn pool(&self) -> &Pool<WorkerKey, WorkerIsolate> {
        &self.pool
    }

    pub(crate) fn threads(&self) -> &IsolateThreads {
        &self.threads
    }
}

/// `lease`, unless its isolate has been condemned meanwhile.
fn usable(lease: WorkerLease) -> Option<WorkerLease> {
    if lease.isolate().condemned().is_none() {
        return Some(lease);
    }
    lease.discard(RetireReason::Condemned);
    None
}
