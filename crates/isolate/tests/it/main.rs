//! Integration tests of the crate, a module per subject. Names that start with `lesson_` guard against a failure
//! that a comparable system shipped.
//!
//! All tests share one process, and so one V8 and one snapshot, but for those that leave something behind: [`process`]. Nothing is asserted about wall time but that it
//! ends: [`support::PATIENCE`].

#![allow(clippy::unwrap_used, reason = "what fails in a test fails the test")]

mod alarms;
mod compile_fail;
mod cpu;
mod fairness;
mod fatal;
mod futures;
mod locking;
mod losses;
mod memory;
mod native_memory;
mod out_of_memory;
mod platform;
mod process;
mod protocol;
mod slices;
mod snapshots;
mod spares;
mod support;
