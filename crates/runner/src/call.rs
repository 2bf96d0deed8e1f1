//! Functions of a script, called as typed functions.

use std::sync::Arc;

use exec::{ArgumentsError, CallEvent, Event, OperationsHandler, Script, Termination, TerminationReason};
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::call_options::CallOptions;
use crate::isolate_pool::IsolatePool;

/// Why a call has no result.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum CallError {
    /// The arguments cannot be given to a function.
    #[error(transparent)]
    Arguments(#[from] ArgumentsError),
    /// The function threw, a limit stopped it, there is none of this name, or it could not be run.
    #[error(transparent)]
    Terminated(#[from] Termination),
    /// What it returned is not what the caller asked for.
    #[error("the function returned something else: {0}")]
    Result(#[source] serde_json::Error),
}

pub(crate) async fn call<A, R>(
    pool: &IsolatePool,
    worker_id: &str,
    script: &Script,
    operations: Arc<dyn OperationsHandler>,
    (function, arguments): (&str, &A),
    options: CallOptions,
) -> Result<R, CallError>
where
    A: Serialize + ?Sized,
    R: DeserializeOwned,
{
    let event = Event::Call(CallEvent::new(function, arguments, &pool.budget(worker_id))?);
    let outcome = pool.execute_with(worker_id, script, operations, event, options).await?;
    let result = outcome.into_task_result().ok_or_else(|| {
        Termination::new(TerminationReason::Other, "the outcome of a call is what the function returned")
    })?;
    result.parse_as().map_err(CallError::Result)
}
