//! V8 isolates that any thread may use, one turn at a time, with limits and snapshots.
//!
//! * [`platform`] starts V8 and creates the threads that may use it.
//! * [`LockerManagedIsolate`] is one isolate behind its `v8::Locker`, with its limits.
//! * [`TurnIsolate`] is an isolate that is shared: tasks take turns on it, on [`IsolateThreads`].
//! * [`Snapshot`] makes creating an isolate a matter of a millisecond.
//!
//! An isolate moves between threads with everything that hangs on it. Safe code gets an [`EnteredIsolate`], on which it
//! can put nothing that must not move; the `v8::Isolate` itself is [unsafe](EnteredIsolate::raw) to get.
//!
//! ```
//! use isolate::{IsolateOptions, IsolateThreads, LockerManagedIsolate, TurnIsolate, platform};
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let threads = IsolateThreads::new(2);
//! let isolate = platform::initialize().run(|| LockerManagedIsolate::new(&IsolateOptions::default()))?;
//! let isolate = TurnIsolate::new(isolate, &threads);
//!
//! let runtime = tokio::runtime::Builder::new_current_thread().build()?;
//! let answer = runtime.block_on(isolate.with_lock_async(|access| async move {
//!     access.enter(|isolate| isolate.evaluate("6 * 7"))
//! })).expect("no limit is hit");
//! assert_eq!(answer?, "42");
//! # Ok(())
//! # }
//! ```

mod access;
mod deadlines;
mod deferred_destruction_queue;
mod disposal;
mod eval;
mod evaluate;
mod foreground_tasks;
mod gauges;
mod heap;
mod idle;
mod limits;
mod locker_managed_isolate;
mod memory_check;
mod meter;
mod native;
mod outbox;
pub mod platform;
mod run_queue;
mod slice;
mod snapshot;
mod spares;
mod sync;
mod task;
mod task_state;
mod teller;
mod thread_factory;
mod thread_slot;
mod threads;
mod timekeeper;
mod turn;
mod turn_isolate;
mod turn_queue;
mod turn_waits;

pub use access::IsolateAccess;
pub use deferred_destruction_queue::DeferredDestructionQueue;
pub use disposal::pending_disposals;
pub use eval::{EvalError, eval};
pub use evaluate::EvaluationError;
/// What [`IsolateThreads::turn_waits`] returns.
pub use hdrhistogram::Histogram;
pub use heap::HeapState;
pub use idle::release_free_memory;
pub use limits::{IsolateLimits, RequestLimits, RuntimeLimits};
pub use locker_managed_isolate::{
    IsolateId, IsolateLock, IsolateOptions, LockerManagedIsolate, ManagedIsolate,
};
#[cfg(feature = "jemalloc")]
pub use meter::use_jemalloc_as_meter;
pub use meter::{InsideV8, OutsideV8, ThreadAllocations, outside_v8, set_allocation_meter};
pub use native::{EnteredIsolate, ExternalReferences, Preparation};
pub use snapshot::{BootstrapHash, Snapshot, SnapshotError, SnapshotHeader, SnapshotSource};
pub use spares::{CreationFailed, SpareStats, Spares};
pub use task::{Interruption, IsolateTask, Loss, TaskControl, TurnBudget};
pub use threads::{IsolateThreads, ThreadStats, wake_after_turn};
pub use timekeeper::Alarm;
pub use turn::Turn;
pub use turn_isolate::TurnIsolate;
pub use turn_queue::Closed;
/// The V8 bindings that the public interface of this crate is made of.
pub use v8;
