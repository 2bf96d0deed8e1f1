//! Everything that leaves a worker goes through an [`OperationsHandler`].

use std::time::Duration;

use async_trait::async_trait;

use crate::budget::{BudgetExceeded, TenantBudget};
use crate::vocabulary::body::Body;

/// The world outside of a worker: network and log.
///
/// One handler may serve many requests at once. The future of an operation is dropped when its request
/// ends first, so an operation must be cancellation-safe.
#[async_trait]
pub trait OperationsHandler: Send + Sync + 'static {
    /// A `fetch()` of the worker. Following redirects is up to the handler, as
    /// [`FetchRequest::redirect`] asks.
    async fn handle_fetch(&self, request: FetchRequest) -> Result<FetchResponse, OperationError>;

    /// One line of the worker's console. Called on an isolate thread: it must not block. How much
    /// comes is bounded by [`RequestLimits`](isolate::RequestLimits) and by the rate of the worker's [`TenantBudget`]; one
    /// more line says so where something was left out.
    fn handle_log(&self, record: LogRecord);

    /// A request has ended, its `waitUntil` work included. Called once for each, on whichever thread it ended on: it must
    /// not block. Without an implementation nothing happens.
    fn handle_end(&self, usage: RequestUsage) {
        let _ = usage;
    }
}

/// What a request has used.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct RequestUsage {
    /// Whether there was an event; without one the script was only evaluated, ahead of its first event.
    pub has_event: bool,
    /// CPU time for the event, up to its limit.
    pub cpu: Duration,
    /// CPU time for the evaluation of the script, up to its limit; zero for all requests but the one that evaluated it.
    pub startup_cpu: Duration,
}

/// An outgoing request.
#[derive(Debug)]
pub struct FetchRequest {
    /// Method, absolute URI, headers and body.
    pub request: http::Request<Body>,
    /// What to do with a redirect.
    pub redirect: RedirectMode,
    /// The budget of the worker. The operation itself and what it sends have been taken from it; connections, and the
    /// bytes of the answer, are for the handler to take: see [`Body::charged`].
    pub budget: TenantBudget,
}

/// The `redirect` mode of a `fetch()`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RedirectMode {
    /// Follow it, up to 20 times.
    Follow,
    /// Return it as the response.
    Manual,
    /// Fail.
    Error,
}

/// The answer to a [`FetchRequest`].
#[derive(Debug)]
pub struct FetchResponse {
    /// Status, headers and body.
    pub response: http::Response<Body>,
    /// The URL that finally answered.
    pub url: String,
    /// Whether a redirect was followed.
    pub redirected: bool,
}

/// Why an operation failed.
///
/// `message` is what the worker's code sees, as the message of a `TypeError`; it must not tell it about
/// the host. `detail` goes to the log only.
#[derive(Clone, Debug, thiserror::Error)]
#[error("{message}")]
pub struct OperationError {
    /// For the tenant.
    pub message: String,
    /// For the operator.
    pub detail: String,
}

impl OperationError {
    /// An error with a message for the tenant and a detail for the operator's log.
    pub fn new(message: impl Into<String>, detail: impl Into<String>) -> Self {
        Self { message: message.into(), detail: detail.into() }
    }

    /// An error that is the same for both.
    pub(crate) fn plain(message: String) -> Self {
        Self { detail: message.clone(), message }
    }
}

impl From<BudgetExceeded> for OperationError {
    fn from(exceeded: BudgetExceeded) -> Self {
        Self::plain(exceeded.to_string())
    }
}

/// One line of a worker's console.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LogRecord {
    /// Which console method was called.
    pub level: LogLevel,
    /// The formatted text.
    pub message: String,
}

/// Severity of a [`LogRecord`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum LogLevel {
    /// `console.debug`, `console.trace`.
    Debug,
    /// `console.log`, `console.info`.
    Info,
    /// `console.warn`.
    Warn,
    /// `console.error`, and exceptions that nobody caught.
    Error,
}

/// A handler that refuses every `fetch()` and drops every log line: for scripts that need neither.
#[derive(Clone, Copy, Debug, Default)]
pub struct NoOperations;

#[async_trait]
impl OperationsHandler for NoOperations {
    async fn handle_fetch(&self, request: FetchRequest) -> Result<FetchResponse, OperationError> {
        Err(OperationError::new("fetch is not available", format!("refused {}", request.request.uri())))
    }

    fn handle_log(&self, _record: LogRecord) {}
}
