//! The HTTP server: requests in, events to the workers, responses out.
//!
//! ```text
//! Server (accept, drain) ─► connection ─► App::handle ─► Workers::find ─► Backend::execute
//!                                            │                              │
//!                                      request::event                 response::of_outcome
//! ```
//!
//! The server knows the pool only as a [`Backend`]. A client that hangs up makes hyper drop the future of
//! its request, and with it that of [`Backend::execute`]: this is the whole of abort propagation.

mod app;
mod backend;
mod progress;
mod request;
mod response;
mod server;
mod workers;

pub use backend::Backend;
pub use server::{Server, ServerOptions};
pub use workers::{Worker, Workers, WorkersError, read_script};
