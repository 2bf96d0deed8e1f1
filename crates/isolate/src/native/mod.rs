//! The only modules of this crate with unsafe code: what V8 calls back into, what the operating system has to be asked
//! for, and what the type system cannot see about a shared isolate. One file for each concern.

#![allow(unsafe_code, reason = "the crate's one place for it; every block says why it is sound")]

mod allocator;
mod c_heap;
mod entered;
mod entered_isolate;
mod external_references;
mod fatal;
mod isolate;
#[cfg(feature = "jemalloc")]
pub(crate) mod jemalloc;
mod large_buffers;
mod thread;

pub(crate) use c_heap::{bound_arenas, trim_heap};
pub(crate) use entered::{entered_during, with_entered};
pub use entered_isolate::{EnteredIsolate, Preparation};
pub use external_references::ExternalReferences;
#[cfg(test)]
pub(crate) use fatal::park;
pub(crate) use fatal::{before_abort, install_fatal_error_handlers};
pub(crate) use isolate::{RawIsolate, SharedV8Isolate};
pub(crate) use large_buffers::LargeBuffers;
pub(crate) use thread::{ThreadClock, ThreadNumber};
