//! The pool of isolates.

use std::fmt;
use std::path::PathBuf;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Weak};
use std::time::Duration;

use exec::{
    CacheStore, CodeCache, CodeEnvironment, CpuRate, Event, LogRate, NoOperations, OperationsHandler,
    Outcome, Script, TenantBudget, Termination,
};
use isolate::platform::RegionError;
use isolate::{CreationFailed, RuntimeLimits, SnapshotError, Spares};
use pool_core::{AcquireError, AcquireOptions, ConfigError, Priority, RetireReason};
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::budgets::{self, Budgets};
use crate::call::{self, CallError};
use crate::call_options::CallOptions;
use crate::caretaker::Caretaker;
use crate::code_store::CodeStore;
use crate::losses::Losses;
use crate::options::{ExecutionMode, PoolOptions, Reuse, SnapshotChoice};
#[cfg(feature = "server")]
use crate::pool_stats::{Buckets, histogram};
use crate::pool_stats::{Lost, PoolStats, Times};
use crate::pooled_execution;
use crate::pooled_isolate::PooledIsolate;
use crate::shard::Shard;
use crate::snapshot_store::{self, Named};
use crate::worker_isolate::Furniture;
use crate::worker_version::{VersionOptions, WorkerKey, WorkerVersion};

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
    /// The file of the snapshot cannot be used.
    #[error("{}: {error}", file.display())]
    SnapshotFile {
        /// Which.
        file: PathBuf,
        /// Why not.
        #[source]
        error: SnapshotError,
    },
    /// The process cannot have this time zone and this locale.
    #[error(transparent)]
    Region(#[from] RegionError),
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
    next_version: AtomicU64,
    limits: RuntimeLimits,
    spares: Spares,
    code_cache: Option<CodeCache>,
    code_store: Option<CodeStore>,
    code_environment: CodeEnvironment,
    packed_code: bool,
    times: Arc<Times>,
    losses: Arc<Losses>,
    budgets: Budgets,
    caches: CacheStore,
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
    /// [`PoolError`], for limits that make no sense, a snapshot that cannot be used, or a time zone or a locale that the
    /// process cannot have.
    pub fn new(options: PoolOptions) -> Result<Self, PoolError> {
        options.settle_region()?;
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
            SnapshotChoice::Build => Some(match &options.code_cache_dir {
                Some(directory) if options.code_cache_bytes > 0 => {
                    snapshot_store::obtain(&snapshot_store::Place::with_code(directory))?
                }
                _ => exec::build_snapshot()?,
            }),
            SnapshotChoice::Directory(directory) => {
                Some(snapshot_store::obtain_private(directory, Named::Yes)?)
            }
            SnapshotChoice::DefaultDirectory(directory) => {
                Some(snapshot_store::obtain_private(directory, Named::No)?)
            }
            SnapshotChoice::File(file) => {
                let read = exec::read_snapshot(file);
                Some(read.map_err(|error| PoolError::SnapshotFile { file: file.clone(), error })?)
            }
            SnapshotChoice::None => None,
        };
        let code_environment = exec::code_environment(snapshot.is_some());
        let mut code_cache = (options.code_cache_bytes > 0).then(|| CodeCache::new(options.code_cache_bytes));
        let mut code_store = None;
        if let (Some(directory), Some(cache)) = (&options.code_cache_dir, code_cache.clone()) {
            match CodeStore::start(directory, options.code_cache_dir_bytes, code_environment, cache) {
                Ok((store, cache)) => (code_store, code_cache) = (Some(store), Some(cache)),
                Err(error) => tracing::warn!(%error, "there is no thread for the code cache on disk"),
            }
        }
        let isolates = exec::isolate_options(options.limits, snapshot);
        if let Some(caretaker) = caretaker {
            caretaker.start(&shards);
        }
        let inner = Inner {
            shards,
            next_shard: AtomicUsize::new(0),
            next_oneshot: AtomicU64::new(0),
            next_version: AtomicU64::new(1),
            limits: options.limits.normalized(),
            spares: Spares::new(isolates, options.spares),
            code_cache,
            code_store,
            code_environment,
            packed_code: options.packed_code,
            times: Arc::default(),
            losses,
            budgets: Budgets::new(options.tenant, options.process),
            caches: CacheStore::new(options.caches),
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
    /// or task-local values. Waiting takes a timer, so the runtime must have time enabled.
    ///
    /// # Errors
    /// A [`Termination`]; with [`TerminationReason::Other`](exec::TerminationReason::Other) if the request has to wait where
    /// tokio makes no timers, or is not one (a `fetch` event with a relative URI); with [`TerminationReason::Overloaded`](exec::TerminationReason::Overloaded) if no isolate
    /// could be had or a budget is used up, and [`TerminationReason::Terminated`](exec::TerminationReason::Terminated) while the script is
    /// [quarantined](crate::Quarantined) or the pool is shut down.
    pub async fn execute(
        &self,
        worker_id: &str,
        script: &Script,
        operations: Arc<dyn OperationsHandler>,
        event: Event,
    ) -> Result<Outcome, Termination> {
        self.execute_with(worker_id, script, operations, event, CallOptions::default()).await
    }

    /// As [`execute`](Self::execute), with limits, a deadline or a priority of its own.
    ///
    /// # Errors
    /// As [`execute`](Self::execute); [`TerminationReason::WallClockTimeout`](exec::TerminationReason::WallClockTimeout)
    /// if the deadline passes before there is an answer.
    pub async fn execute_with(
        &self,
        worker_id: &str,
        script: &Script,
        operations: Arc<dyn OperationsHandler>,
        event: Event,
        options: CallOptions,
    ) -> Result<Outcome, Termination> {
        let place = Place::Id(WorkerKey::unversioned(worker_id));
        pooled_execution::execute(self, place, script, operations, event, options).await
    }

    /// Calls a function that `script` exports by name, with the elements of `arguments`, a tuple, and returns what it
    /// returns. Both cross as JSON. The function can neither `fetch()` nor log: see [`call_with`](Self::call_with).
    ///
    /// The text of the arguments and of the result is charged to the worker's budget. The arguments are bounded by
    /// [`IsolateLimits::json_bytes`](isolate::IsolateLimits::json_bytes), the result by
    /// [`RequestLimits::task_result`](isolate::RequestLimits::task_result).
    ///
    /// # Errors
    /// [`CallError`].
    pub async fn call<A, R>(
        &self,
        worker_id: &str,
        script: &Script,
        function: &str,
        arguments: &A,
    ) -> Result<R, CallError>
    where
        A: Serialize + ?Sized,
        R: DeserializeOwned,
    {
        let (operations, options) = (Arc::new(NoOperations), CallOptions::default());
        self.call_with(worker_id, script, operations, function, arguments, options).await
    }

    /// As [`call`](Self::call), with operations, and with limits, a deadline or a priority of its own.
    ///
    /// # Errors
    /// [`CallError`].
    pub async fn call_with<A, R>(
        &self,
        worker_id: &str,
        script: &Script,
        operations: Arc<dyn OperationsHandler>,
        function: &str,
        arguments: &A,
        options: CallOptions,
    ) -> Result<R, CallError>
    where
        A: Serialize + ?Sized,
        R: DeserializeOwned,
    {
        call::call(self, worker_id, script, operations, (function, arguments), options).await
    }

    /// As [`execute`](Self::execute), on the isolates of one version of a worker.
    ///
    /// # Errors
    /// As [`execute`](Self::execute).
    pub async fn execute_version(
        &self,
        version: &WorkerVersion,
        script: &Script,
        operations: Arc<dyn OperationsHandler>,
        event: Event,
    ) -> Result<Outcome, Termination> {
        let place = Place::Version(version.clone());
        pooled_execution::execute(self, place, script, operations, event, CallOptions::default()).await
    }

    /// Enters a version of a worker, which has isolates of its own from now on; they are retired when the last clone of
    /// what is returned is dropped. Budgets are the worker's, and its versions share them.
    pub fn enter(&self, worker_id: &str, options: VersionOptions) -> WorkerVersion {
        let number = self.inner.next_version.fetch_add(1, Ordering::Relaxed);
        let key = WorkerKey { worker: worker_id.into(), version: number };
        let budget = self.inner.budgets.kept(worker_id);
        WorkerVersion::new(key, options, budget, WeakPool(Arc::downgrade(&self.inner)))
    }

    /// Sets the rates of the worker that has this version, for all its versions: these, or in place of `None` those of
    /// [`PoolOptions::tenant`]. What it has used beyond stays used.
    pub fn set_rates(&self, version: &WorkerVersion, cpu: Option<CpuRate>, log: Option<LogRate>) {
        self.inner.budgets.set_rates(version.budget(), cpu, log);
    }

    /// Evaluates a script on the worker's isolate ahead of its first event, and so finds out whether it does evaluate. The
    /// next event finds it evaluated, unless the isolate was evicted meanwhile or every event has an isolate of its own.
    /// The CPU time that it takes is charged to the worker, and it does not wait for any.
    ///
    /// # Errors
    /// As [`execute`](Self::execute).
    pub async fn prepare(
        &self,
        worker_id: &str,
        script: &Script,
        operations: Arc<dyn OperationsHandler>,
    ) -> Result<(), Termination> {
        let key = WorkerKey::unversioned(worker_id);
        pooled_execution::prepare(self, &Place::Id(key), script, operations).await
    }

    /// As [`prepare`](Self::prepare), on an isolate of one version of a worker.
    ///
    /// # Errors
    /// As [`execute`](Self::execute).
    pub async fn prepare_version(
        &self,
        version: &WorkerVersion,
        script: &Script,
        operations: Arc<dyn OperationsHandler>,
    ) -> Result<(), Termination> {
        pooled_execution::prepare(self, &Place::Version(version.clone()), script, operations).await
    }

    /// Leases the isolate of a worker, from the pool or new.
    ///
    /// # Errors
    /// See [`AcquireError`].
    pub async fn acquire(&self, worker_id: &str) -> Result<PooledIsolate, AcquireError<CreationFailed>> {
        let place = Place::Id(WorkerKey::unversioned(worker_id));
        self.acquire_from(self.next_shard(), &place, Priority::default()).await
    }

    /// The number of the shard whose turn it is.
    pub(crate) fn next_shard(&self) -> usize {
        match self.inner.shards.len() {
            1 => 0,
            several => self.inner.next_shard.fetch_add(1, Ordering::Relaxed) % several,
        }
    }

    /// A lease of an isolate of this version in this shard, if there is one, it is free, and nobody waits for it.
    pub(crate) fn try_acquire_from(&self, shard: usize, key: &WorkerKey) -> Option<PooledIsolate> {
        let Inner { shards, times, mode, .. } = &*self.inner;
        if *mode == ExecutionMode::Oneshot {
            return None;
        }
        Some(PooledIsolate::new(shards[shard].try_lease(key)?, false, times))
    }

    /// As [`acquire`](Self::acquire), in this shard.
    pub(crate) async fn acquire_from(
        &self,
        shard: usize,
        place: &Place,
        priority: Priority,
    ) -> Result<PooledIsolate, AcquireError<CreationFailed>> {
        let Inner { shards, spares, code_cache, times, mode, next_oneshot, budgets, caches, .. } =
            &*self.inner;
        let (shard, key) = (&shards[shard], place.key());
        let create = || async {
            let made = match place.options().isolate_limits {
                None => spares.take().await?,
                Some(limits) => spares.make(limits).await?,
            };
            let budget = match place {
                Place::Id(key) => budgets.of(&key.worker),
                Place::Version(version) => version.budget().clone(),
            };
            let furniture =
                Furniture { budget, caches: caches.of(&key.worker), code_cache: code_cache.clone() };
            Ok::<_, CreationFailed>(shard.furnish(made, &key.worker, furniture))
        };
        if *mode != ExecutionMode::Oneshot {
            let options =
                AcquireOptions::default().with_limits(place.options().key_limits()).with_priority(priority);
            let lease = shard.lease(key, options, create).await?;
            return Ok(PooledIsolate::new(lease, false, times));
        }
        // Under a key of its own nobody shares it, and yet the bounds of the pool hold.
        let number = next_oneshot.fetch_add(1, Ordering::Relaxed);
        let once = WorkerKey::unversioned(&format!("{} #{number}", key.worker));
        let lease = shard.lease(&once, AcquireOptions::default(), create).await?;
        Ok(PooledIsolate::new(lease, true, times))
    }

    /// The limits of each isolate and request, unless a script has its own.
    pub fn limits(&self) -> RuntimeLimits {
        self.inner.limits
    }

    /// What happens to global state between requests.
    pub fn reuse(&self) -> Reuse {
        self.inner.reuse
    }

    /// The budget of a worker, from which its requests take. Costs a look into a table that workers share.
    pub fn budget(&self, worker_id: &str) -> TenantBudget {
        self.inner.budgets.of(worker_id)
    }

    /// Has the compiled code of the script brought into memory, if there is any: from disk, or from what came with it. For
    /// whoever is about to have it evaluated, and before its turn.
    pub(crate) async fn fetch_code(&self, script: &Script) {
        let Inner { code_cache: Some(cache), code_store, code_environment, packed_code, .. } = &*self.inner
        else {
            return;
        };
        if (code_store.is_none() && script.code().code_cache().is_none()) || cache.has_code_of(script) {
            return;
        }
        if let Some(store) = code_store {
            store.fetch(script).await;
        }
        if let Some(packed) = script.code().code_cache()
            && *packed_code
            && !cache.has_code_of(script)
            && let Err(error) = cache.import(script, code_environment, packed)
        {
            tracing::debug!(script = script.name(), %error, "its compiled code is not used");
        }
    }

    /// The compiled code of a script that was evaluated in this pool, for [`WorkerCode::with_code_cache`](exec::WorkerCode::with_code_cache); `None` if there
    /// is none, or not any more. Copies and hashes it.
    pub fn compiled(&self, script: &Script) -> Option<Vec<u8>> {
        let Inner { code_cache, code_environment, .. } = &*self.inner;
        code_cache.as_ref()?.export(script, code_environment)
    }

    /// Waits until the worker has CPU time, or refuses.
    pub(crate) async fn admit(&self, place: &Place) -> Result<(), Termination> {
        let Inner { budgets, patience, .. } = &*self.inner;
        match place {
            Place::Id(key) => budgets.admit(&key.worker, *patience).await,
            Place::Version(version) => budgets::admit(version.budget(), *patience).await,
        }
    }

    /// How much longer the script is refused, because it went on costing the pool threads and memory.
    pub(crate) fn quarantine(&self, worker_id: &str, script: &Script) -> Option<Duration> {
        self.inner.losses.pause(worker_id, script)
    }

    /// Whether the worker has an isolate in the pool, those of its versions apart.
    pub fn contains(&self, worker_id: &str) -> bool {
        self.inner.contains(&WorkerKey::unversioned(worker_id))
    }

    /// Whether this version of a worker has an isolate in the pool.
    pub fn contains_version(&self, version: &WorkerVersion) -> bool {
        self.inner.contains(version.key())
    }

    /// Gives up the isolates of a worker, those of its versions apart: idle ones now, leased ones with their last request.
    pub fn retire(&self, worker_id: &str) {
        self.inner.retire(&WorkerKey::unversioned(worker_id));
    }

    /// Counters and gauges.
    pub fn stats(&self) -> PoolStats {
        let Inner { shards, spares, code_cache, code_store, times, losses, budgets, caches, .. } =
            &*self.inner;
        let pools = shards
            .iter()
            .map(|shard| (shard.pool().stats(), shard.threads().stats(), shard.threads().turn_waits()));
        PoolStats {
            budget: budgets.process().usage().into(),
            caches: caches.stats(),
            code_cache: code_cache.as_ref().map(CodeCache::stats).unwrap_or_default(),
            code_store: code_store.as_ref().map(CodeStore::stats).unwrap_or_default(),
            ..PoolStats::collect(pools, spares.stats(), times, losses.stats())
        }
    }

    /// How long requests waited for isolates and for turns, and how long they kept isolates.
    #[cfg(feature = "server")]
    pub(crate) fn time_buckets(&self) -> [Buckets; 3] {
        let (waits, holds) = self.inner.times.buckets();
        let mut turns = self.inner.shards.iter().map(|shard| shard.threads().turn_waits());
        let first = turns.next();
        let turns = turns.fold(first.unwrap_or_else(histogram), |sum, waits| sum + waits);
        [waits, Buckets::new(&turns), holds]
    }

    /// What scripts that could not be stopped still hold: of [`stats`](Self::stats) only that, without a lock of the pool.
    pub fn lost(&self) -> Lost {
        self.inner.losses.stats().0
    }

    /// Refuses new requests and waits for those in flight, `waitUntil` work included, and for the code cache on disk.
    pub async fn shutdown(&self) {
        for shard in &*self.inner.shards {
            shard.pool().close();
        }
        for shard in &*self.inner.shards {
            shard.pool().drained().await;
        }
        if let Some(store) = &self.inner.code_store {
            store.flush().await;
        }
    }
}

impl Inner {
    fn contains(&self, key: &WorkerKey) -> bool {
        self.shards.iter().any(|shard| shard.pool().contains(key))
    }

    fn retire(&self, key: &WorkerKey) {
        for shard in &*self.shards {
            shard.pool().retire_key(key, RetireReason::Replaced);
        }
    }
}

/// A pool, for those who must not keep it.
pub(crate) struct WeakPool(Weak<Inner>);

impl WeakPool {
    /// Gives up the isolates of a version, if the pool is still there.
    pub(crate) fn retire(&self, key: &WorkerKey) {
        if let Some(pool) = self.0.upgrade() {
            pool.retire(key);
        }
    }
}

/// Whose isolate an event is for.
pub(crate) enum Place {
    Id(WorkerKey),
    /// Kept until the event has its lease: see [`worker_version`](crate::worker_version).
    Version(WorkerVersion),
}

impl Place {
    pub(crate) fn key(&self) -> &WorkerKey {
        match self {
            Self::Id(key) => key,
            Self::Version(version) => version.key(),
        }
    }

    pub(crate) fn options(&self) -> VersionOptions {
        match self {
            Self::Id(_) => VersionOptions::default(),
            Self::Version(version) => *version.options(),
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
