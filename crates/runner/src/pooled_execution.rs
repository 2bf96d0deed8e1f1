//! One event, through the pool: lease, context, execution.

use std::future::Future;
use std::sync::Arc;
use std::time::Instant;

use exec::{Event, OperationsHandler, Outcome, Script, Termination, TerminationReason};
use isolate::CreationFailed;
use pool_core::{AcquireError, Priority};
use tokio::time::timeout_at;

use crate::call_options::CallOptions;
use crate::handover;
use crate::isolate_pool::{IsolatePool, Place};
use crate::options::Reuse;
use crate::pooled_isolate::PooledIsolate;
use crate::timers;

/// See [`IsolatePool::execute_with`]. The lease goes with the request and is given back when the request has ended
/// entirely, however that comes about.
pub(crate) async fn execute(
    pool: &IsolatePool,
    place: Place,
    script: &Script,
    operations: Arc<dyn OperationsHandler>,
    event: Event,
    options: CallOptions,
) -> Result<Outcome, Termination> {
    let worker_id = &*place.key().worker;
    refuse_quarantined(pool, worker_id, script)?;
    before(options.deadline, pool.admit(&place)).await?;
    let shard = pool.next_shard();
    let reuse = place.options().reuse.unwrap_or(pool.reuse());
    if let Some(pooled) = pool.try_acquire_from(shard, place.key()) {
        return on_lease(pool, pooled, reuse, script, operations, event, options).await;
    }
    let (pool, script) = (pool.clone(), script.clone());
    handover::spawn(async move {
        let lease = async { pool.acquire_from(shard, &place, options.priority).await.map_err(refusal) };
        let pooled = before(options.deadline, lease).await?;
        drop(place);
        on_lease(&pool, pooled, reuse, &script, operations, event, options).await
    })
    .await
}

/// See [`IsolatePool::prepare`]. A worker that has used up its CPU time is evaluated all the same: else nobody could deploy
/// what mends it.
pub(crate) async fn prepare(
    pool: &IsolatePool,
    place: &Place,
    script: &Script,
    operations: Arc<dyn OperationsHandler>,
) -> Result<(), Termination> {
    let worker_id = &*place.key().worker;
    refuse_quarantined(pool, worker_id, script)?;
    let shard = pool.next_shard();
    let pooled = pool.acquire_from(shard, place, Priority::default()).await.map_err(refusal)?;
    // The context for the next event, whether events share it or not.
    let context = pooled.worker().warm(script);
    if !context.is_ready() {
        pool.fetch_code(script).await;
    }
    context.prepare(operations).await
}

fn refuse_quarantined(pool: &IsolatePool, worker_id: &str, script: &Script) -> Result<(), Termination> {
    let Some(pause) = pool.quarantine(worker_id, script) else { return Ok(()) };
    let message = format!("quarantined for another {} s: V8 could not stop it", pause.as_secs().max(1));
    Err(Termination::new(TerminationReason::Terminated, message))
}

/// Waits for `future` until `deadline`.
async fn before<T>(
    deadline: Option<Instant>,
    future: impl Future<Output = Result<T, Termination>>,
) -> Result<T, Termination> {
    let Some(deadline) = deadline else { return future.await };
    timers::check()?;
    timeout_at(deadline.into(), future).await.unwrap_or_else(|_| {
        let message = "the deadline passed while the request waited for its turn";
        Err(Termination::new(TerminationReason::WallClockTimeout, message))
    })
}

async fn on_lease(
    pool: &IsolatePool,
    pooled: PooledIsolate,
    reuse: Reuse,
    script: &Script,
    operations: Arc<dyn OperationsHandler>,
    event: Event,
    options: CallOptions,
) -> Result<Outcome, Termination> {
    let with_limits;
    let script = if options.changes_no_limit() {
        script
    } else {
        let limits = script.limits().unwrap_or(pooled.isolate().managed().limits().request);
        with_limits = script.clone().with_limits(options.apply(limits, Instant::now()));
        &with_limits
    };
    if reuse == Reuse::Warm {
        let context = pooled.worker().warm(script);
        if !context.is_ready() {
            // Boxed, as what is less common in general: a future is as large as the largest that it awaits, and is moved with
            // every request.
            Box::pin(pool.fetch_code(script)).await;
        }
        return context.exec_holding(operations, event, pooled).await;
    }
    Box::pin(on_fresh_context(pool, pooled, script, operations, event)).await
}

async fn on_fresh_context(
    pool: &IsolatePool,
    pooled: PooledIsolate,
    script: &Script,
    operations: Arc<dyn OperationsHandler>,
    event: Event,
) -> Result<Outcome, Termination> {
    let pooled = Arc::new(pooled);
    let context = pooled.worker().fresh(script);
    if !context.is_ready() {
        pool.fetch_code(script).await;
    }
    let outcome = context.exec_holding(Arc::clone(&operations), event, Arc::clone(&pooled)).await;
    if pooled.is_reused() {
        pooled.worker().prepare_fresh(script, operations);
    }
    outcome
}

fn refusal(error: AcquireError<CreationFailed>) -> Termination {
    let reason = match error {
        AcquireError::QueueFull { .. } | AcquireError::Timeout { .. } => TerminationReason::Overloaded,
        AcquireError::Closed => TerminationReason::Terminated,
        AcquireError::Create(_) | AcquireError::NoTimer => TerminationReason::Other,
    };
    Termination::new(reason, error.to_string())
}
