//! Listening, connections, and the drain at the end.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpListener;
use tokio::sync::{Semaphore, watch};
use tokio::task::JoinSet;
use tokio::time::{Instant, timeout_at};

use super::accept_failures::AcceptFailures;
use super::app::App;
use super::backend::Backend;
use super::connection::Protocol;
use super::request::BodyLimits;
use super::workers::Workers;

/// How long to wait before accepting again when the process is out of sockets.
const ACCEPT_PAUSE: Duration = Duration::from_millis(50);

/// How long the backend may take to stop what was aborted at the end of the drain.
const AFTER_DRAIN: Duration = Duration::from_secs(1);

/// Configuration of a [`Server`].
#[derive(Clone, Copy, Debug)]
pub struct ServerOptions {
    /// Bytes of a request's body at most; beyond is answered with 413.
    pub max_body: usize,
    /// How long a body may make no progress before it is answered with 408.
    pub body_timeout: Duration,
    /// How long a client may take for the head of a request, and how long a connection may idle.
    pub idle_timeout: Duration,
    /// Connections at most; others wait in the listener's queue.
    pub max_connections: usize,
    /// How long requests in flight may go on once the server was asked to stop.
    pub drain: Duration,
    /// How much of `drain` connections stay open for requests that are on their way; an answer over HTTP/1.1 then says
    /// that it is the last one.
    pub linger: Duration,
    /// Whether clients get to see the text of a worker's exception.
    pub expose_errors: bool,
}

impl Default for ServerOptions {
    fn default() -> Self {
        Self {
            max_body: 16 << 20,
            body_timeout: Duration::from_secs(30),
            idle_timeout: Duration::from_secs(30),
            max_connections: 10_000,
            drain: Duration::from_secs(10),
            linger: Duration::from_secs(1),
            expose_errors: false,
        }
    }
}

/// An HTTP server that listens. It serves HTTP/1.1, and HTTP/2 with prior knowledge.
#[derive(Debug)]
pub struct Server<B> {
    listener: TcpListener,
    local_address: SocketAddr,
    app: Arc<App<B>>,
    protocol: Arc<Protocol>,
    options: ServerOptions,
}

impl<B: Backend> Server<B> {
    /// Starts to listen; connections wait until [`run`](Self::run).
    pub async fn bind(
        address: SocketAddr,
        workers: Workers,
        backend: B,
        options: ServerOptions,
    ) -> io::Result<Self> {
        Self::new(TcpListener::bind(address).await?, workers, backend, options)
    }

    /// Serves the connections of a socket that listens already. Other processes may accept from it too; none of its
    /// connections is lost when this server stops.
    ///
    /// # Errors
    /// `listener` does not listen.
    ///
    /// # Panics
    /// Outside of a tokio runtime with I/O.
    pub fn from_listener(
        listener: std::net::TcpListener,
        workers: Workers,
        backend: B,
        options: ServerOptions,
    ) -> io::Result<Self> {
        listener.set_nonblocking(true)?;
        Self::new(TcpListener::from_std(listener)?, workers, backend, options)
    }

    fn new(listener: TcpListener, workers: Workers, backend: B, options: ServerOptions) -> io::Result<Self> {
        let local_address = listener.local_addr()?;
        let body_limits = BodyLimits { max_bytes: options.max_body, stall: options.body_timeout };
        let app = Arc::new(App { workers, backend, body_limits, expose_errors: options.expose_errors });
        let protocol = Arc::new(Protocol::new(options.idle_timeout, options.linger));
        Ok(Self { listener, local_address, app, protocol, options })
    }

    /// Where it listens, with the real port.
    pub fn local_address(&self) -> SocketAddr {
        self.local_address
    }

    /// Serves until `stop` is ready, then drains: no more connections, requests in flight may finish, and
    /// at last the backend is shut down.
    pub async fn run(self, stop: impl Future<Output = ()>) {
        let (draining, _) = watch::channel(());
        let mut connections = JoinSet::new();
        tokio::select! {
            () = stop => {}
            () = self.accept(&draining, &mut connections) => {}
        }
        let Self { listener, app, options, .. } = self;
        drop(listener);
        tracing::info!(connections = draining.receiver_count(), "draining");
        let deadline = Instant::now() + options.drain;
        let _ = draining.send(());
        if timeout_at(deadline, draining.closed()).await.is_err() {
            tracing::warn!("requests were still in flight at the end of the drain");
        }
        // Drops what is still in flight, which aborts it.
        connections.shutdown().await;
        if timeout_at(deadline.max(Instant::now() + AFTER_DRAIN), app.backend.shutdown()).await.is_err() {
            tracing::warn!("workers were still running at the end of the drain");
        }
    }

    /// Serves one connection that somebody else accepted: a Unix socket, the inside of TLS, a pipe. `local` is its
    /// address for requests that name no host. It counts against no bound, and [`run`](Self::run) does not drain it;
    /// dropping the future drops the connection.
    pub async fn serve_stream<S>(&self, stream: S, local: SocketAddr)
    where
        S: AsyncRead + AsyncWrite + Send + Unpin + 'static,
    {
        let (_never, draining) = watch::channel(());
        self.protocol.serve(stream, local, self.app.clone(), draining).await;
    }

    /// Accepts connections for ever.
    async fn accept(&self, draining: &watch::Sender<()>, connections: &mut JoinSet<()>) {
        let permits = Arc::new(Semaphore::new(self.options.max_connections.min(Semaphore::MAX_PERMITS)));
        let mut failures = AcceptFailures::default();
        loop {
            let Ok(permit) = permits.clone().acquire_owned().await else { return };
            let stream = match self.listener.accept().await {
                Ok((stream, _)) => stream,
                Err(error) => {
                    if !failures.failed(&error, std::time::Instant::now()) {
                        tokio::time::sleep(ACCEPT_PAUSE).await;
                    }
                    continue;
                }
            };
            failures.succeeded(std::time::Instant::now());
            let local = match stream.local_addr().and_then(|local| stream.set_nodelay(true).map(|()| local)) {
                Ok(local) => local,
                Err(error) => {
                    tracing::debug!(%error, "the connection is gone");
                    continue;
                }
            };
            let (protocol, app, draining) = (self.protocol.clone(), self.app.clone(), draining.subscribe());
            while connections.try_join_next().is_some() {}
            connections.spawn(async move {
                let _permit = permit;
                protocol.serve(stream, local, app, draining).await;
            });
        }
    }
}
