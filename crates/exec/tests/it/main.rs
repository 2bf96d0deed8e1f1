//! The crate from outside: workers with events, on real isolates. Tests are named after the lesson they guard.

#![allow(clippy::unwrap_used, reason = "a test fails where it unwraps")]

mod aborts;
mod bindings;
mod budgets;
mod caches;
mod code_cache;
mod continuations;
mod crypto;
mod crypto_wycheproof;
mod decoding;
mod diagnostics;
mod error_events;
mod events;
mod handlers;
mod hostile;
mod isolation;
mod limits;
mod logs;
mod losses;
mod memory;
mod messages;
mod modules;
mod node;
mod resources;
mod reuse;
mod settlement;
mod stacks;
mod streamed_bodies;
mod support;
mod wait_until;
mod waiting;
mod web;
