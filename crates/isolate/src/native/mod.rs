//! The only modules of this crate with unsafe code: what V8 calls back into, what the operating system has to be asked
//! for, and what the type system cannot see about a shared isolate. One file for each concern.

#![allow(unsafe_code, reason = "the crate's one place for it; every block says why it is sound")]

mod address_space;
mod allocator;
mod base64;
mod buffers;
mod c_heap;
mod entered;
mod entered_isolate;
mod external_references;
mod fatal;
mod finished_code;
mod idle_caches;
mod isolate;
#[cfg(feature = "jemalloc")]
mod jemalloc;
mod large_buffers;
mod limit_stack;
pub mod modules;
mod pages;
mod shared_isolate;
mod shared_text;
pub mod stack_traces;
mod text;
mod thread;
mod wasm_types;

pub(crate) use address_space::{count_for, set_locked, stop_counting_for};
pub use base64::{decode_base64, encode_base64};
pub use buffers::{append_bytes_of, array_buffer_of};
pub(crate) use c_heap::{bound_arenas, trim_heap};
pub(crate) use entered::{entered_during, with_entered};
pub use entered_isolate::{EnteredIsolate, Preparation};
pub use external_references::ExternalReferences;
#[cfg(test)]
pub(crate) use fatal::park;
pub(crate) use fatal::{LostTurn, before_abort, give_up_turns_by, install_fatal_error_handlers};
pub(crate) use isolate::SharedV8Isolate;
#[cfg(feature = "jemalloc")]
pub use jemalloc::use_jemalloc_as_meter;
pub use shared_text::shared_text;
pub use text::{latin1_of_utf8, utf8_of_latin1, utf8_of_utf16, utf16_of_utf8};
pub use thread::thread_cpu_time;
pub(crate) use thread::{ThreadClock, ThreadNumber};
pub(crate) use wasm_types::reserve as reserve_wasm_types;
pub use wasm_types::{NoWasmRoom, WasmRoom, WasmTable};
