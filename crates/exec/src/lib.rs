//! One worker's JavaScript on an isolate: modules, event loop, Web APIs, operations.
//!
//! An [`ExecutionContext`] is a worker's [`Script`] on an isolate of the pool. Give it an [`Event`] and it calls
//! the script's handler, turn by turn, and returns the [`Outcome`] or the [`Termination`] that ended it.
//! Everything that leaves the worker goes through an [`OperationsHandler`].
//!
//! ```
//! use std::sync::Arc;
//!
//! use exec::{Body, Event, ExecutionContext, NoOperations, Script, build_snapshot, isolate_options};
//! use isolate::{IsolateThreads, LockerManagedIsolate, RuntimeLimits, TurnIsolate, platform};
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let threads = IsolateThreads::new(2);
//! let options = isolate_options(RuntimeLimits::default(), Some(build_snapshot()?));
//! let isolate = platform::initialize().run(move || LockerManagedIsolate::new(&options))?;
//! let script = Script::new(
//!     "export default { fetch(request) { return new Response('hello from ' + request.url) } }",
//! );
//! let context = ExecutionContext::new_with_pooled_isolate(TurnIsolate::new(isolate, &threads), script);
//!
//! let runtime = tokio::runtime::Builder::new_current_thread().build()?;
//! let request = http::Request::get("http://example.com/").body(Body::empty())?;
//! let outcome = runtime.block_on(context.exec(Arc::new(NoOperations), Event::Fetch(request)))?;
//! let response = outcome.into_response().expect("the answer of a fetch handler");
//! assert_eq!(response.body().as_bytes(), b"hello from http://example.com/");
//! # Ok(())
//! # }
//! ```

mod binding;
mod blank_realm;
mod body;
mod bootstrap;
mod budget;
mod call;
mod code_generation;
mod context_state;
mod evaluation;
mod event;
mod exception;
mod execution_context;
mod exports;
mod hints;
mod host;
mod isolate_state;
mod location;
mod memory;
mod operations;
mod raw_isolate;
mod realm;
mod rejections;
mod request;
mod request_task;
pub mod resources;
mod script;
mod task_result;
mod termination;

/// What the interface of this crate is made of.
pub use {async_trait::async_trait, bytes, http};

pub use binding::{Binding, BindingAnswer, BindingCall};
pub use body::Body;
pub use budget::{
    Budget, BudgetExceeded, BudgetUsage, BytesPermit, CpuRate, LogAdmission, LogRate, OperationPermit,
    ProcessBudget, ProcessLimits, Scope, SocketPermit, TenantBudget, TenantLimits,
};
pub use call::{ArgumentsError, CallEvent};
pub use event::{Event, Outcome, ScheduledEvent, TaskEvent};
pub use execution_context::{
    ExecutionContext, StandaloneError, build_snapshot, isolate_options, read_snapshot,
};
pub use location::SourceLocation;
pub use operations::{
    FetchRequest, FetchResponse, LogLevel, LogRecord, NoOperations, OperationError, OperationsHandler,
    RedirectMode,
};
pub use script::{Fingerprint, Script};
pub use task_result::TaskResult;
pub use termination::{Termination, TerminationReason};
