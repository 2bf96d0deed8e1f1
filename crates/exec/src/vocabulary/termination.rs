//! How a request can end other than well.

use std::fmt;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::budget::BudgetExceeded;
use crate::vocabulary::location::SourceLocation;

/// Why a request ended without an answer. Every end has one of these names; each maps to one HTTP status
/// and one metric label. Serialised it is its name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Deserialize, Serialize)]
pub enum TerminationReason {
    /// The CPU time of the request was used up.
    CpuTimeLimit,
    /// The worker's heap, or the memory of its buffers, reached its limit.
    MemoryLimit,
    /// The request lasted longer than its wall clock limit.
    WallClockTimeout,
    /// Nothing is pending that could ever resolve the handler's promise.
    NeverResponds,
    /// The handler threw, or its promise was rejected.
    Exception,
    /// The script did not compile, threw or took too long while it was evaluated, or exports no handler for the event.
    InitializationError,
    /// The caller went away.
    Aborted,
    /// No capacity: a queue was full, the wait for an isolate took too long, or a budget of the worker or the server is
    /// used up.
    Overloaded,
    /// Stopped from outside: the pool shuts down, or the isolate was condemned by another request.
    Terminated,
    /// Anything else; a defect of the host.
    Other,
}

impl TerminationReason {
    /// All reasons, in the order of their declaration.
    pub const ALL: [Self; 10] = [
        Self::CpuTimeLimit,
        Self::MemoryLimit,
        Self::WallClockTimeout,
        Self::NeverResponds,
        Self::Exception,
        Self::InitializationError,
        Self::Aborted,
        Self::Overloaded,
        Self::Terminated,
        Self::Other,
    ];

    /// The name, as in the `x-termination-reason` header.
    pub fn name(self) -> &'static str {
        match self {
            Self::CpuTimeLimit => "CpuTimeLimit",
            Self::MemoryLimit => "MemoryLimit",
            Self::WallClockTimeout => "WallClockTimeout",
            Self::NeverResponds => "NeverResponds",
            Self::Exception => "Exception",
            Self::InitializationError => "InitializationError",
            Self::Aborted => "Aborted",
            Self::Overloaded => "Overloaded",
            Self::Terminated => "Terminated",
            Self::Other => "Other",
        }
    }

    /// The HTTP status of a `fetch` that ended this way.
    pub fn http_status(self) -> http::StatusCode {
        match self {
            Self::CpuTimeLimit | Self::MemoryLimit => http::StatusCode::TOO_MANY_REQUESTS,
            Self::WallClockTimeout => http::StatusCode::GATEWAY_TIMEOUT,
            Self::Overloaded | Self::Terminated => http::StatusCode::SERVICE_UNAVAILABLE,
            Self::NeverResponds
            | Self::Exception
            | Self::InitializationError
            | Self::Aborted
            | Self::Other => http::StatusCode::INTERNAL_SERVER_ERROR,
        }
    }
}

impl fmt::Display for TerminationReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// The error of an execution: a reason and the text that belongs to it.
///
/// Its `Display` is one line, with the place: `Exception: TypeError: x is not a function (hello/index.js:3:5)`.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{reason}: {message}{}", Place(.location.as_deref()))]
pub struct Termination {
    /// Why the request ended.
    pub reason: TerminationReason,
    /// One line for people. Made of the tenant's own error where there is one; never tells of the host.
    pub message: String,
    /// The JavaScript stack: of the exception if one was the reason, with its other properties and its cause; of the
    /// code that ran when a limit was reached, if that is known.
    pub stack: Option<String>,
    /// Where in the script, if that is known.
    pub location: Option<Box<SourceLocation>>,
    /// A sentence about what to do, for whoever wrote the script.
    pub hint: Option<String>,
    /// When to try again, if that is known.
    pub retry_after: Option<Duration>,
}

impl Termination {
    /// The refusal of something that a budget has not enough of.
    pub fn over_budget(exceeded: BudgetExceeded) -> Self {
        Self::new(TerminationReason::Overloaded, exceeded.to_string())
    }

    /// A termination without a stack or a place.
    pub fn new(reason: TerminationReason, message: impl Into<String>) -> Self {
        Self { reason, message: message.into(), stack: None, location: None, hint: None, retry_after: None }
    }
}

/// ` (file:line:column)`, or nothing.
struct Place<'a>(Option<&'a SourceLocation>);

impl fmt::Display for Place<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.map_or(Ok(()), |location| write!(f, " ({location})"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reason_is_serialised_as_its_name() {
        for reason in TerminationReason::ALL {
            let text = serde_json::to_string(&reason).unwrap();
            assert_eq!(text, format!("\"{}\"", reason.name()));
            assert_eq!(serde_json::from_str::<TerminationReason>(&text).unwrap(), reason);
        }
    }
}
