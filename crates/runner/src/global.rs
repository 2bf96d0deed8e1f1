//! The pool of the process, for services that have one.

use std::sync::{Arc, OnceLock};

use exec::{Event, OperationsHandler, Outcome, Script, Termination, TerminationReason};
use isolate::RuntimeLimits;

use crate::isolate_pool::{IsolatePool, PoolError};
use crate::options::PoolOptions;
use crate::pool_stats::PoolStats;

static POOL: OnceLock<IsolatePool> = OnceLock::new();

/// Why [`init_pool`] failed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum InitError {
    /// The process has a pool already.
    #[error("the pool has been initialised already")]
    AlreadyInitialized,
    /// The pool could not be made.
    #[error(transparent)]
    Pool(#[from] PoolError),
}

/// Makes the pool of the process: `max_size` isolates with `limits`, everything else as in
/// [`PoolOptions::default`].
///
/// # Errors
/// [`InitError`]; the pool that is there stays.
pub fn init_pool(max_size: usize, limits: RuntimeLimits) -> Result<&'static IsolatePool, InitError> {
    init_pool_with(PoolOptions { max_size, limits, ..PoolOptions::default() })
}

/// Makes the pool of the process.
///
/// # Errors
/// As [`init_pool`].
pub fn init_pool_with(options: PoolOptions) -> Result<&'static IsolatePool, InitError> {
    if POOL.get().is_some() {
        return Err(InitError::AlreadyInitialized);
    }
    let pool = IsolatePool::new(options)?;
    let mut first = false;
    let pool = POOL.get_or_init(|| {
        first = true;
        pool
    });
    if first { Ok(pool) } else { Err(InitError::AlreadyInitialized) }
}

/// The pool of the process, once [`init_pool`] has made it.
pub fn get_pool() -> Option<&'static IsolatePool> {
    POOL.get()
}

/// The counters of the pool of the process, once [`init_pool`] has made it.
pub fn get_pool_stats() -> Option<PoolStats> {
    get_pool().map(IsolatePool::stats)
}

/// Runs one event of a worker in the pool of the process: see [`IsolatePool::execute`].
///
/// # Errors
/// As [`IsolatePool::execute`]; [`TerminationReason::Other`] before [`init_pool`].
pub async fn execute_pooled(
    worker_id: &str,
    script: &Script,
    operations: Arc<dyn OperationsHandler>,
    event: Event,
) -> Result<Outcome, Termination> {
    match get_pool() {
        Some(pool) => pool.execute(worker_id, script, operations, event).await,
        None => Err(Termination::new(TerminationReason::Other, "init_pool has not been called")),
    }
}
