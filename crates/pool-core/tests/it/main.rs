//! One binary for all integration tests; `tests/loom.rs` is apart because loom needs a build of its own.
#![cfg(not(loom))]
#![allow(clippy::unwrap_used, reason = "in a test, a panic is the report")]

mod bounds;
mod cancel;
mod driver;
mod exclusive;
mod fairness;
mod lifecycle;
mod model;
mod random;
mod stress;
mod types;
mod wakers;
