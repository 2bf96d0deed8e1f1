//! What a worker is asked to do, and what it answers.

use std::time::SystemTime;

use crate::body::Body;
use crate::task_result::TaskResult;

/// An event delivered to a worker's handler.
#[derive(Debug)]
pub enum Event {
    /// An HTTP request for the `fetch` handler. The URI must be absolute: it is what the worker reads as
    /// `request.url`.
    Fetch(http::Request<Body>),
    /// A timer of the platform, for the `scheduled` handler.
    Scheduled(ScheduledEvent),
    /// A unit of background work, for the `task` handler.
    Task(TaskEvent),
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
    /// The name of the handler that this event calls.
    pub fn handler_name(&self) -> &'static str {
        match self {
            Self::Fetch(_) => "fetch",
            Self::Scheduled(_) => "scheduled",
            Self::Task(_) => "task",
        }
    }
}

/// What a handler answered.
#[derive(Debug)]
pub enum Outcome {
    /// The response of a `fetch` handler.
    Response(http::Response<Body>),
    /// A `scheduled` handler came to its end.
    Completed,
    /// The value that a `task` handler returned (`null` for `undefined`).
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
}
