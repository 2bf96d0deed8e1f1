//! Runs many tenants' workers through one pool of V8 isolates: the library, the command line and the HTTP
//! server.
//!
//! [`isolate_pool`] executes events, [`http`] turns requests into events, and [`operations`] is what a
//! worker reaches outside of its isolate. Each can be used without the others.

#![forbid(unsafe_code)]

mod hop_by_hop;
pub mod http;
pub mod isolate_pool;
mod limited_body;
pub mod operations;
