//! What a server is told at its start.

use std::time::Duration;

use derive_setters::Setters;
use http::HeaderName;

use super::access_log::AccessLog;
use super::proxies::Proxies;

/// Configuration of a [`Server`].
#[derive(Clone, Debug, Setters)]
#[setters(prefix = "with_")]
#[non_exhaustive]
pub struct ServerOptions {
    /// Bytes of a request's body at most; beyond is answered with 413.
    pub max_body: usize,
    /// How long a client may send nothing of a body that its worker wants, before that fails and, if the worker has no
    /// answer then, is answered with 408. And how long a request waits for room for its body before it is answered with
    /// 503.
    pub body_timeout: Duration,
    /// How long a worker may have to wait for the body in all, likewise.
    pub body_deadline: Duration,
    /// How long nothing may move of an answer that is on its way, before its connection is closed.
    pub stream_idle: Duration,
    /// How long a client may take for the head of a request, and how long a connection may idle.
    pub idle_timeout: Duration,
    /// Connections at most; others wait in the listener's queue.
    pub max_connections: usize,
    /// Threads of the server's own, each with a runtime, that serve the connections; see
    /// [`Server`](super::Server#threads). 0: the runtime that runs the server does.
    pub io_threads: usize,
    /// Those threads take turns of workers themselves, which saves two changes of threads for a request, where turns take
    /// no more than this on average: see [`isolate::station`]. Zero: isolate threads take all turns.
    pub short_turn: Duration,
    /// How long connections are still accepted once the server was asked to stop, before the drain: so long those who send
    /// it requests have to notice. Each connection is told that it ends: by the next answer over HTTP/1.1, by GOAWAY over
    /// HTTP/2.
    pub lame_duck: Duration,
    /// How long requests in flight may go on after that.
    pub drain: Duration,
    /// How much of `drain` connections stay open for requests that are on their way; an answer over HTTP/1.1 then says
    /// that it is the last one. (Over HTTP/2 they are served without that, since GOAWAY says which ones are.)
    pub linger: Duration,
    /// Whether clients get to see the text of a worker's exception.
    pub expose_errors: bool,
    /// A line of log for each request.
    pub access_log: AccessLog,
    /// Who says where a request comes from, if not its connection.
    pub proxies: Proxies,
    /// The header in which workers find the address of the client, if it has one. What a client sends under this name is
    /// removed. `None`: no such header, and none is removed.
    pub client_address_header: Option<HeaderName>,
}

impl Default for ServerOptions {
    fn default() -> Self {
        Self {
            max_body: 16 << 20,
            body_timeout: Duration::from_secs(30),
            body_deadline: Duration::from_secs(120),
            stream_idle: Duration::from_secs(300),
            idle_timeout: Duration::from_secs(30),
            max_connections: 10_000,
            io_threads: 0,
            short_turn: Duration::from_micros(100),
            lame_duck: Duration::ZERO,
            drain: Duration::from_secs(10),
            linger: Duration::from_secs(1),
            expose_errors: false,
            access_log: AccessLog::Off,
            proxies: Proxies::default(),
            client_address_header: None,
        }
    }
}
