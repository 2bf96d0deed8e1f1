//! What a worker is asked to do, and what it answers.

use std::time::SystemTime;

use crate::vocabulary::body::Body;
use crate::vocabulary::call::CallEvent;
use crate::vocabulary::task_result::TaskResult;
use crate::vocabulary::termination::{Termination, TerminationReason};

/// An event delivered to a worker's handler.
#[derive(Debug)]
pub enum Event {
    /// An HTTP request for the `fetch` handler. The URI must be absolute: it is what the worker reads as
    /// `request.url`. One that is not ends with [`TerminationReason::Other`].
    Fetch(http::Request<Body>),
    /// A timer of the platform, for the `scheduled` handler.
    Scheduled(ScheduledEvent),
    /// A unit of background work, for the `task` handler.
    Task(TaskEvent),
    /// A call of a function that the script exports.
    Call(CallEvent),
}

/// The event of a `scheduled` handler.
#[derive(Clone, Debug)]
pub struct ScheduledEvent {
    /// The cron expression that fired; informative only.
    pub cron: String,
    /// When it was due.
    pub scheduled_time: SystemTime,
}

/// The event of a `task` handler.
#[derive(Clone, Debug)]
pub struct TaskEvent {
    /// The identity of the task, chosen by the caller.
    pub id: String,
    /// The argument, any JSON value.
    pub payload: serde_json::Value,
    /// Which attempt this is, from 1.
    pub attempt: u32,
}

impl Event {
    /// Whether it can be delivered.
    pub(crate) fn check(&self) -> Result<(), Termination> {
        match self {
            Self::Fetch(request)
                if request.uri().scheme().is_none() || request.uri().authority().is_none() =>
            {
                let message = format!("the URI of a request must be absolute: {}", request.uri());
                Err(Termination::new(TerminationReason::Other, message))
            }
            Self::Fetch(_) | Self::Scheduled(_) | Self::Task(_) | Self::Call(_) => Ok(()),
        }
    }

    /// What of the script this event calls.
    pub fn target(&self) -> &str {
        match self {
            Self::Fetch(_) => "fetch",
            Self::Scheduled(_) => "scheduled",
            Self::Task(_) => "task",
            Self::Call(call) => call.function(),
        }
    }
}

/// What a handler or a function answered.
#[derive(Debug)]
#[non_exhaustive]
pub enum Outcome {
    /// The response of a `fetch` handler.
    Response(http::Response<Body>),
    /// A `scheduled` handler came to its end.
    Completed,
    /// The value that a `task` handler or a called function returned (`null` for `undefined`).
    TaskResult(TaskResult),
}

impl Outcome {
    /// The response, if this is the outcome of a `fetch` handler.
    pub fn into_response(self) -> Option<http::Response<Body>> {
        match self {
            Self::Response(response) => Some(response),
            Self::Completed | Self::TaskResult(_) => None,
        }
    }

    /// What was returned, if this is the outcome of a `task` handler or of a call.
    pub fn into_task_result(self) -> Option<TaskResult> {
        match self {
            Self::TaskResult(result) => Some(result),
            Self::Completed | Self::Response(_) => None,
        }
    }
}
