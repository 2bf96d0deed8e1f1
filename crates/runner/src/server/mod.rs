//! The HTTP server: requests in, events to the workers, responses out.
//!
//! ```text
//! Server (accept, drain) ─► connection ─► App::handle ─► Workers::find ─► Backend::execute
//!                                            │                              │
//!                                      request::event                 response::of_outcome
//! ```
//!
//! ```no_run
//! use runner::server::{Server, ServerOptions};
//! use runner::IsolatePool;
//! use runner::operations::{FetchClient, FetchOptions, HttpOperations};
//! use runner::workers::{self, Workers};
//!
//! # async fn serve(pool: IsolatePool) -> Result<(), Box<dyn std::error::Error>> {
//! let client = FetchClient::new(FetchOptions::default());
//! let workers = Workers::in_pool(pool.clone(), move |worker| HttpOperations::new(&client, &*worker.id));
//! workers.replace_all(workers::read(["examples/workers"], &Default::default())).await?;
//! let address = "127.0.0.1:8787".parse()?;
//! let server = Server::bind(address, workers, pool, ServerOptions::default()).await?;
//! server.run(std::future::pending()).await;
//! # Ok(())
//! # }
//! ```
//!
//! The server knows the pool only as a [`Backend`]. A client that hangs up makes hyper drop the future of
//! its request, and with it that of [`Backend::execute`]: this is the whole of abort propagation. Where it hangs up during
//! its upload over HTTP/1.1, which hyper does not see, the connection is dropped.

mod accept;
mod accept_failures;
mod accepting;
mod access_log;
mod app;
mod backend;
mod beside;
mod connection;
mod explain;
mod io_threads;
mod listener;
mod options;
mod pace;
mod piece;
mod prefix;
mod progress;
mod proxies;
mod readiness;
mod request;
mod request_url;
mod response;
mod served_body;
mod socket;
#[cfg(feature = "tls")]
mod tls;
mod tracked;
mod upload;
mod versions;

pub use accept::Server;
pub(crate) use accepting::{Accepted, Accepting};
pub use access_log::AccessLog;
pub use backend::Backend;
pub use explain::{Asked, Explainer, Explanation, Unanswered};
pub use io_threads::Pulse;
pub(crate) use listener::SocketFile;
pub use listener::{Listener, LocalAddress};
pub use options::ServerOptions;
pub use proxies::{NetworkError, Proxies, ProxyHeaders, TrustedNetwork};
pub use readiness::Readiness;
#[cfg(feature = "tls")]
pub use tls::{Tls, TlsError};
