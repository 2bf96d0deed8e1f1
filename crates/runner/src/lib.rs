//! Runs many tenants' JavaScript workers through one pool of V8 isolates: the library, the command line and the
//! HTTP server.
//!
//! [`IsolatePool`] executes events; [`execute_pooled`] does so in the one pool of the process that [`init_pool`]
//! makes.
//!
//! | feature | adds |
//! | --- | --- |
//! | none | the pool alone: no HTTP implementation, no TLS, no command line |
//! | `server` | the module `workers`: which workers there are, in which versions; `server`, which turns requests into events for them; and `admin`, a listener for whoever runs them |
//! | `fetch` | the module `operations`: a real `fetch()`, and a log, for workers |
//! | `tower` | `WorkerService`: a worker as a `tower_service::Service`; on by default |
//! | `loader` | the module `loader`: TypeScript and JSX, and workers of several files; on by default |
//! | `cli` | what the program `runner` needs; on by default |
//! | `jemalloc` | the allocator of the program; on by default, without effect on the library |
//!
//! ```
//! use std::sync::Arc;
//!
//! use runner::exec::{Body, Event, NoOperations, Script};
//! use runner::{IsolatePool, PoolOptions, http};
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let pool = IsolatePool::new(PoolOptions::default().with_max_size(10))?;
//! let script = Script::new(
//!     "let count = 0; export default { fetch() { return new Response(`request ${++count}`) } }",
//! );
//!
//! let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
//! runtime.block_on(async {
//!     for expected in ["request 1", "request 2"] {
//!         let request = http::Request::get("http://example.com/").body(Body::empty())?;
//!         let outcome =
//!             pool.execute("counter", &script, Arc::new(NoOperations), Event::Fetch(request)).await?;
//!         let response = outcome.into_response().expect("the answer of a fetch handler");
//!         assert_eq!(response.body().as_bytes(), Some(expected.as_bytes()));
//!     }
//!     assert_eq!(pool.stats().hits, 1);
//!     Ok(())
//! })
//! # }
//! ```

#![forbid(unsafe_code)]

#[cfg(feature = "server")]
pub mod admin;
#[cfg(any(feature = "server", feature = "tower"))]
mod answer;
mod budgets;
mod call;
mod call_options;
mod caretaker;
mod code_store;
mod global;
mod handover;
#[cfg(any(feature = "server", feature = "fetch"))]
mod header_fields;
#[cfg(any(feature = "server", feature = "fetch", feature = "tower"))]
mod hop_by_hop;
mod isolate_pool;
#[cfg(any(feature = "server", feature = "fetch"))]
mod limited_body;
#[cfg(feature = "loader")]
pub mod loader;
mod losses;
#[cfg(feature = "fetch")]
pub mod operations;
mod options;
#[cfg(any(feature = "server", feature = "fetch"))]
#[doc(hidden)]
pub mod plain_text;
mod pool_stats;
mod pooled_execution;
mod pooled_isolate;
mod program;
mod quarantine;
#[cfg(feature = "server")]
pub mod server;
#[cfg(feature = "tower")]
mod service;
mod shard;
mod snapshot_store;
mod timers;
mod worker_isolate;
mod worker_version;
#[cfg(feature = "server")]
pub mod workers;

pub use call::CallError;
pub use call_options::CallOptions;
pub use code_store::CodeStoreStats;
pub use global::{InitError, execute_pooled, get_pool, get_pool_stats, init_pool, init_pool_with};
pub use isolate_pool::{IsolatePool, PoolError};
pub use options::{ExecutionMode, PoolOptions, Reuse, SnapshotChoice};
/// The priority of a call: see [`CallOptions::priority`].
pub use pool_core::Priority;
pub use pool_stats::{BudgetInUse, Distribution, Evictions, Lost, PoolStats, Quarantined, Threads};
pub use pooled_isolate::PooledIsolate;
#[cfg(feature = "tower")]
pub use service::{ServiceError, WorkerService};
pub use worker_version::{VersionOptions, WorkerKey, WorkerVersion};
/// What the interface of this crate is made of.
pub use {exec, http, isolate};
