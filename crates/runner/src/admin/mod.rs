//! The admin listener: health, statistics, metrics and deployments, beside the workers' listener and not on it.
//!
//! ```text
//! Admin::start ─► thread "admin" (a runtime of its own) ─► access ─► routes ─┬─► metrics (of IsolatePool, Workers)
//!                                                                            ├─► deployments ─► Workers
//!                                                                            └─► logs ─► the feed of a worker
//! ```
//!
//! # Protocol
//! The thread has a runtime of its own, and no worker's code or connection is ever on it: so it answers while
//! `max_connections` are taken, every isolate loops and the threads of the server's runtime are busy. What it reads are
//! atomics and locks that are held for moments. A change of what is deployed evaluates a script, and operations of a
//! script run on the runtime that polls it; so changes are spawned on the server's runtime, and the admin thread only
//! waits for the result. A client that goes away meanwhile does not stop a change.
//!
//! Whoever may ask can run code here, so
//! - a listener that other machines reach asks for a token, or does not start. `/healthz` and `/readyz` need none;
//! - without a token, a Unix socket answers its own user and root, and a TCP socket those on this machine, except for
//!   pages in a browser: a request with an `Origin`, or for a host that is a name, is refused;
//! - connections, heads and bodies are bounded in number, size and time, and every answer is the last of its connection.
//!   A stream of logs may go on for longer; there are half as many at most.

mod access;
mod answer;
mod deployments;
mod document;
mod listener;
mod logs;
mod metrics;
mod routes;
mod silent;

pub use access::{AdminToken, TokenError};
pub use listener::{Admin, AdminError};

/// The content type of a `PUT` whose body is a pack.
pub const PACK_TYPE: &str = "application/x-worker-pack";
