//! A keyed LRU pool of shared resources: leases, bounded FIFO waiting, single-flight creation.
//!
//! Made for resources that are slow to create, heavy to keep, and wanted by many: one per tenant, say, with far more
//! tenants than fit into memory. The crate knows nothing of what the resources are.
//!
//! ```
//! use pool_core::{Pool, PoolConfig, RetireReason};
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let config = PoolConfig::default().with_max_size(2);
//! let pool: Pool<String, Vec<u8>> = Pool::new(config, |retired| {
//!     println!("{} goes: {:?}", retired.key, retired.reason);
//! })?;
//!
//! let load = || async { Ok::<_, std::io::Error>(vec![1, 2, 3]) };
//! let lease = pool.acquire(&"tenant-a".to_string(), load).await?;
//! assert_eq!(lease.len(), 3); // a lease dereferences to the resource
//! assert!(!lease.was_hit());
//! drop(lease); // back to the pool, most recently used
//!
//! let again = pool.acquire(&"tenant-a".to_string(), load).await?;
//! assert!(again.was_hit());
//! again.discard(RetireReason::Condemned); // nobody gets this one again
//!
//! pool.close();
//! pool.drained().await;
//! assert_eq!(pool.stats().live, 0);
//! # Ok(())
//! # }
//! ```
//!
//! # What it promises
//! - **One lock, for microseconds.** No resource is created, dropped or waited for under the cache lock, and no waker is
//!   woken, cloned or dropped there; what a waker panics with is caught. A hit takes the lock once, allocates O(1), makes no timer and needs no runtime.
//! - **Bounded.** [`PoolConfig::max_size`] bounds everything that is live: creating, idle, leased, and retiring until
//!   the reaper has taken it. Waiting is bounded in number and in time, each with its own error.
//! - **Single flight.** Concurrent misses on a key create once. If that fails, the next caller leads.
//! - **Nothing is destroyed while leased.** An evicted resource takes no new leases and goes with the last one.
//! - **Nothing is lost on cancellation.** Dropping an `acquire` at any await, or a lease in any way, gives what it had to
//!   the next caller.
//! - **Fair.** Callers wait in the order of global tickets, those of one key in the order of their priorities; the exact
//!   rule is below.
//!
#![doc = include_str!("fairness.md")]
#![forbid(unsafe_code)]

mod acquire;
mod callers;
mod config;
mod effects;
mod error;
mod exclusive;
mod foreign;
mod inner;
mod lease;
mod lists;
mod pool;
mod queue;
mod reaper;
mod resource;
mod scale;
mod slots;
mod stats;
mod sync;
mod validate;
mod waiters;

pub use config::{AcquireOptions, ConfigError, KeyLimits, PoolConfig, Priority};
pub use error::{AcquireError, Phase, QueueScope};
pub use exclusive::{ExclusiveLease, ExclusivePool};
pub use lease::Lease;
pub use pool::Pool;
pub use reaper::{BackgroundReaper, RetireReason, Retired};
pub use resource::ResourceId;
pub use scale::{KeyLoad, ScalePolicy};
pub use stats::{CacheStats, RetiredCounts};
