//! One binary for all integration tests; `tests/loom.rs` is apart because loom needs a build of its own.
#![cfg(not(loom))]

mod bounds;
mod cancel;
mod driver;
mod fairness;
mod lifecycle;
mod model;
mod random;
mod stress;
mod types;
