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

mod isolate_id;
mod isolates;
mod limits;
mod memory;
mod native;
pub mod platform;
mod sync;
mod teller;
mod threads;
mod turns;

/// What [`IsolateThreads::turn_waits`] returns.
pub use hdrhistogram::Histogram;
pub use isolate_id::IsolateId;
pub use isolates::deferred_destruction_queue::DeferredDestructionQueue;
pub use isolates::disposal::pending_disposals;
pub use isolates::evaluate::EvaluationError;
pub use isolates::locker_managed_isolate::{
    IsolateLock, IsolateOptions, LockerManagedIsolate, ManagedIsolate,
};
pub use isolates::snapshot::{BootstrapHash, Snapshot, SnapshotError, SnapshotHeader, SnapshotSource};
pub use isolates::spares::{CreationFailed, SpareStats, Spares};
pub use limits::{IsolateLimits, RequestLimits, RuntimeLimits};
pub use memory::heap::HeapState;
pub use memory::meter::{InsideV8, OutsideV8, ThreadAllocations, outside_v8, set_allocation_meter};
pub use memory::type_section::TypeSection;
#[cfg(feature = "jemalloc")]
pub use native::use_jemalloc_as_meter;
pub use native::{
    EnteredIsolate, ExternalReferences, NoWasmRoom, Preparation, WasmRoom, WasmTable, append_bytes_of,
    array_buffer_of, decode_base64, encode_base64, latin1_of_utf8, shared_text, thread_cpu_time,
    utf8_of_latin1, utf8_of_utf16, utf16_of_utf8,
};
pub use native::{modules, stack_traces};
pub use platform::timekeeper::Alarm;
pub use threads::access::IsolateAccess;
pub use threads::eval::{EvalError, eval, has_locale};
pub use threads::idle::release_free_memory;
pub use threads::station;
pub use threads::this_thread::wake_after_turn;
pub use threads::turn_isolate::TurnIsolate;
pub use threads::{IsolateThreads, ThreadStats};
pub use turns::task::{Interruption, IsolateTask, Loss, TaskControl, TurnBudget};
pub use turns::turn::Turn;
pub use turns::turn_queue::Closed;
/// The V8 bindings that the public interface of this crate is made of.
pub use v8;
