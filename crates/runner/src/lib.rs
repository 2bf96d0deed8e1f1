//! Runs many tenants' JavaScript workers through one pool of V8 isolates: the library, the command line and the
//! HTTP server.
//!
//! [`IsolatePool`] executes events; [`execute_pooled`] does so in the one pool of the process that [`init_pool`]
//! makes. [`server`] turns requests into events, and [`operations`] is what a worker reaches outside of its isolate.
//!
//! ```
//! use std::sync::Arc;
//!
//! use exec::{Body, Event, NoOperations, Script};
//! use runner::{IsolatePool, PoolOptions};
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let pool = IsolatePool::new(PoolOptions { max_size: 10, ..PoolOptions::default() })?;
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
//!         assert_eq!(response.body().as_bytes(), expected.as_bytes());
//!     }
//!     assert_eq!(pool.stats().hits, 1);
//!     Ok(())
//! })
//! # }
//! ```

#![forbid(unsafe_code)]

mod budgets;
mod caretaker;
mod global;
mod handover;
mod hop_by_hop;
mod isolate_pool;
mod limited_body;
mod losses;
pub mod operations;
mod options;
mod pool_stats;
mod pooled_execution;
mod pooled_isolate;
mod quarantine;
pub mod server;
mod shard;
mod worker_isolate;

pub use global::{InitError, execute_pooled, get_pool, get_pool_stats, init_pool, init_pool_with};
pub use isolate_pool::{IsolatePool, PoolError};
pub use options::{ExecutionMode, PoolOptions, Reuse, SnapshotChoice};
pub use pool_stats::{BudgetInUse, Distribution, Evictions, Lost, PoolStats, Quarantined, Spares, Threads};
pub use pooled_isolate::PooledIsolate;
