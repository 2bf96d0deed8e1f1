//! exec

mod body;
mod event;
mod operations;
mod script;
mod termination;

pub use body::Body;
pub use event::{Event, Outcome, ScheduledEvent, TaskEvent};
pub use operations::{
    FetchRequest, FetchResponse, LogLevel, LogRecord, NoOperations, OperationError, OperationsHandler,
    RedirectMode,
};
pub use script::{Fingerprint, Script};
pub use termination::{Termination, TerminationReason};
