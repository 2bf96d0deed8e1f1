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
//! assert_eq!(response.body().as_bytes(), Some(&b"hello from http://example.com/"[..]));
//! # Ok(())
//! # }
//! ```

mod bootstrap;
mod budget;
mod cache;
mod codings;
mod compute;
mod crypto;
mod exception;
mod execution_context;
mod host;
mod isolate_state;
mod realm;
mod request;
mod vocabulary;

/// What the interface of this crate is made of.
pub use {async_trait::async_trait, bytes, http};

pub use budget::{
    Budget, BudgetExceeded, BudgetUsage, BytesPermit, CpuRate, LogAdmission, LogRate, OperationPermit,
    ProcessBudget, ProcessLimits, Scope, SocketPermit, TenantBudget, TenantLimits,
};
pub use cache::{CacheLimits, CacheStats, CacheStore, WorkerCaches};
pub use compute::pending as pending_computations;
pub use compute::set_most_in_place;
pub use execution_context::{
    ExecutionContext, StandaloneError, build_snapshot, code_environment, isolate_options, read_snapshot,
};
pub use vocabulary::binding::{Binding, BindingAnswer, BindingCall};
pub use vocabulary::body::{Body, BodyError, BodyStream, Movement};
pub use vocabulary::built_in::is_built_in;
pub use vocabulary::built_in_code::{built_in_code_made, export_built_in_code, import_built_in_code};
pub use vocabulary::call::{ArgumentsError, CallEvent};
pub use vocabulary::code_cache::{CodeBundleError, CodeCache, CodeCacheStats, CodeEnvironment};
pub use vocabulary::event::{Event, Outcome, ScheduledEvent, TaskEvent};
pub use vocabulary::location::SourceLocation;
pub use vocabulary::module::{Module, ModuleKind, ModuleSource};
pub use vocabulary::operations::{
    FetchRequest, FetchResponse, LogLevel, LogRecord, NoOperations, OperationError, OperationsHandler,
    RedirectMode, RequestUsage,
};
pub use vocabulary::resources;
pub use vocabulary::script::{Fingerprint, Script};
pub use vocabulary::source_maps::{OriginalPlace, SourceMaps};
pub use vocabulary::status_text::StatusText;
pub use vocabulary::task_result::TaskResult;
pub use vocabulary::termination::{Termination, TerminationReason};
pub use vocabulary::worker_code::WorkerCode;
