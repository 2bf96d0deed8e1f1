//! Listening, connections, and the drain at the end.

use std::io;
use std::net::{Ipv4Addr, SocketAddr, SocketAddrV4};
use std::sync::Arc;
use std::time::Duration;

use derive_setters::Setters;
use http::HeaderName;
use rustix::net::{SocketFlags, accept_with};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpStream, UnixListener, UnixStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, watch};
use tokio::task::JoinSet;
use tokio::time::{Instant, timeout_at};

use super::accept_failures::AcceptFailures;
use super::access_log::AccessLog;
use super::app::App;
use super::backend::Backend;
use super::connection::{Ends, Phase, Protocol};
use super::listener::{Listener, LocalAddress, Socket, SocketFile};
use super::proxies::Proxies;
use super::readiness::Readiness;
#[cfg(feature = "tls")]
use super::tls::Tls;
use crate::limited_body::BodyLimits;
use crate::workers::Workers;

/// How long to wait before accepting again when the process is out of sockets.
const ACCEPT_PAUSE: Duration = Duration::from_millis(50);

/// How long the backend may take to stop what was aborted at the end of the drain.
const AFTER_DRAIN: Duration = Duration::from_secs(1);

/// What stands for the address of a Unix socket where a request needs a host, and the client names none.
const UNIX_HOST: SocketAddr = SocketAddr::V4(SocketAddrV4::new(Ipv4Addr::LOCALHOST, 80));

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

/// An HTTP server that listens. It serves HTTP/1.1, and HTTP/2 with prior knowledge or by ALPN.
#[derive(Debug)]
pub struct Server<B> {
    // Before the listener, for the order in which they are dropped.
    file: Option<SocketFile>,
    listener: Accepting,
    local_address: LocalAddress,
    app: Arc<App<B>>,
    protocol: Arc<Protocol>,
    readiness: Readiness,
    #[cfg(feature = "tls")]
    tls: Option<Tls>,
    options: ServerOptions,
}

impl<B: Backend> Server<B> {
    /// Starts to listen; connections wait until [`run`](Self::run).
    ///
    /// # Errors
    /// The address cannot be had.
    ///
    /// # Panics
    /// Outside of a tokio runtime with I/O.
    pub async fn bind(
        address: SocketAddr,
        workers: Workers,
        backend: B,
        options: ServerOptions,
    ) -> io::Result<Self> {
        Self::from_listener(Listener::tcp(address)?, workers, backend, options)
    }

    /// Serves the connections of a socket that listens already: a [`Listener`], or one of the standard library. Other
    /// processes may accept from it too; none of its connections is lost when this server stops.
    ///
    /// # Errors
    /// `listener` does not listen.
    ///
    /// # Panics
    /// Outside of a tokio runtime with I/O.
    pub fn from_listener(
        listener: impl Into<Listener>,
        workers: Workers,
        backend: B,
        options: ServerOptions,
    ) -> io::Result<Self> {
        let listener = listener.into();
        let local_address = listener.local_address()?;
        let (socket, file) = listener.into_parts();
        let listener = Accepting::new(socket)?;
        let body_limits = BodyLimits {
            max_bytes: options.max_body as u64,
            stall: options.body_timeout,
            patience: options.body_deadline,
        };
        let app = Arc::new(App {
            workers,
            backend,
            body_limits,
            expose_errors: options.expose_errors,
            access_log: options.access_log,
            proxies: options.proxies.clone(),
            client_address_header: options.client_address_header.clone(),
        });
        let protocol = Arc::new(Protocol::new(options.idle_timeout, options.stream_idle, options.linger));
        let readiness = Readiness::default();
        Ok(Self {
            file,
            listener,
            local_address,
            app,
            protocol,
            readiness,
            #[cfg(feature = "tls")]
            tls: None,
            options,
        })
    }

    /// The same server, of HTTPS: HTTP/2 for clients that choose it in the handshake (ALPN), and HTTP/1.1. A handshake
    /// counts as a connection, and may take 10 seconds, or as long as a connection may idle if that is less.
    #[cfg(feature = "tls")]
    pub fn with_tls(mut self, tls: Tls) -> Self {
        self.tls = Some(tls);
        self
    }

    /// Where it listens, with the real port.
    pub fn local_address(&self) -> &LocalAddress {
        &self.local_address
    }

    /// Whether it wants more requests, also for the time when it runs.
    pub fn readiness(&self) -> Readiness {
        self.readiness.clone()
    }

    /// Serves until `stop` is ready, goes on as a lame duck for the time that the options say, then drains: no connections
    /// but those that wait in the queue, requests in flight may finish, and at last the backend is shut down.
    pub async fn run(self, stop: impl Future<Output = ()>) {
        let mut connections = Connections::new(self.options.max_connections);
        tokio::select! {
            () = stop => {}
            () = self.accept(&mut connections) => {}
        }
        self.readiness.leave();
        if !self.options.lame_duck.is_zero() {
            tracing::info!(duration = ?self.options.lame_duck, "leaving, connections are still accepted");
            connections.phase.send_replace(Phase::LameDuck);
            tokio::select! {
                () = tokio::time::sleep(self.options.lame_duck) => {}
                () = self.accept(&mut connections) => {}
            }
        }
        self.accept_waiting(&mut connections);
        let Self { file, listener, app, options, .. } = self;
        drop(file);
        drop(listener);
        let Connections { phase, mut tasks, .. } = connections;
        tracing::info!(connections = phase.receiver_count(), "draining");
        let deadline = Instant::now() + options.drain;
        phase.send_replace(Phase::Draining);
        if timeout_at(deadline, phase.closed()).await.is_err() {
            tracing::warn!("requests were still in flight at the end of the drain");
        }
        // Drops what is still in flight, which aborts it.
        tasks.shutdown().await;
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
        let (_never, phase) = watch::channel(Phase::Serving);
        self.protocol.serve(stream, Ends::new(local, None), self.app.clone(), phase).await;
    }

    /// Accepts connections for ever.
    async fn accept(&self, connections: &mut Connections) {
        let mut failures = AcceptFailures::default();
        loop {
            let Ok(permit) = connections.permits.clone().acquire_owned().await else { return };
            match self.listener.accept().await {
                Ok(stream) => {
                    failures.succeeded(std::time::Instant::now());
                    self.begin(stream, permit, connections);
                }
                Err(error) => {
                    if !failures.failed(&error, std::time::Instant::now()) {
                        tokio::time::sleep(ACCEPT_PAUSE).await;
                    }
                }
            }
        }
    }

    /// Accepts what is in the queue of the socket now: these clients are connected, and would be reset.
    fn accept_waiting(&self, connections: &mut Connections) {
        while let Ok(permit) = connections.permits.clone().try_acquire_owned() {
            match self.listener.accept_waiting() {
                Ok(stream) => self.begin(stream, permit, connections),
                // A client that is gone has no address.
                Err(error)
                    if matches!(
                        error.kind(),
                        io::ErrorKind::ConnectionAborted | io::ErrorKind::NotConnected
                    ) => {}
                Err(_) => return,
            }
        }
    }

    fn begin(&self, stream: Accepted, permit: OwnedSemaphorePermit, connections: &mut Connections) {
        match stream {
            Accepted::Tcp(stream, peer) => {
                match stream.local_addr().and_then(|local| stream.set_nodelay(true).map(|()| local)) {
                    Ok(local) => self.spawn(stream, Ends::new(local, Some(peer)), permit, connections),
                    Err(error) => tracing::debug!(%error, "the connection is gone"),
                }
            }
            Accepted::Unix(stream) => {
                self.spawn(stream, Ends::new(UNIX_HOST, None), permit, connections);
            }
        }
    }

    fn spawn<S>(&self, stream: S, ends: Ends, permit: OwnedSemaphorePermit, connections: &mut Connections)
    where
        S: AsyncRead + AsyncWrite + Send + Unpin + 'static,
    {
        let (protocol, app) = (self.protocol.clone(), self.app.clone());
        let phase = connections.phase.subscribe();
        while connections.tasks.try_join_next().is_some() {}
        #[cfg(feature = "tls")]
        if let Some(tls) = self.tls.clone() {
            connections.tasks.spawn(async move {
                let (_permit, mut phase) = (permit, phase);
                if let Some(stream) = tls.handshake(stream, &protocol, &mut phase).await {
                    protocol.serve(stream, ends.over_tls(), app, phase).await;
                }
            });
            return;
        }
        connections.tasks.spawn(async move {
            let _permit = permit;
            protocol.serve(stream, ends, app, phase).await;
        });
    }
}

/// The socket of a server, in the runtime.
#[derive(Debug)]
pub(crate) enum Accepting {
    Tcp(TcpListener),
    Unix(UnixListener),
}

/// A connection that was accepted.
pub(crate) enum Accepted {
    /// With the address of the client.
    Tcp(TcpStream, SocketAddr),
    Unix(UnixStream),
}

impl Accepting {
    /// Needs a tokio runtime.
    pub(crate) fn new(socket: Socket) -> io::Result<Self> {
        match socket {
            Socket::Tcp(socket) => {
                socket.set_nonblocking(true)?;
                TcpListener::from_std(socket).map(Self::Tcp)
            }
            Socket::Unix(socket) => {
                socket.set_nonblocking(true)?;
                UnixListener::from_std(socket).map(Self::Unix)
            }
        }
    }

    pub(crate) async fn accept(&self) -> io::Result<Accepted> {
        match self {
            Self::Tcp(listener) => listener.accept().await.map(|(stream, peer)| Accepted::Tcp(stream, peer)),
            Self::Unix(listener) => listener.accept().await.map(|(stream, _)| Accepted::Unix(stream)),
        }
    }

    /// Accepts a connection if there is one. Asks the system and not tokio, which only knows of those that it was told of.
    fn accept_waiting(&self) -> io::Result<Accepted> {
        let flags = SocketFlags::CLOEXEC | SocketFlags::NONBLOCK;
        match self {
            Self::Tcp(listener) => {
                let stream = TcpStream::from_std(accept_with(listener, flags)?.into())?;
                stream.peer_addr().map(|peer| Accepted::Tcp(stream, peer))
            }
            Self::Unix(listener) => {
                UnixStream::from_std(accept_with(listener, flags)?.into()).map(Accepted::Unix)
            }
        }
    }
}

/// The connections that a server has accepted.
struct Connections {
    permits: Arc<Semaphore>,
    /// What the server is doing; open until the last one has ended.
    phase: watch::Sender<Phase>,
    tasks: JoinSet<()>,
}

impl Connections {
    fn new(max: usize) -> Self {
        let permits = Arc::new(Semaphore::new(max.min(Semaphore::MAX_PERMITS)));
        Self { permits, phase: watch::channel(Phase::Serving).0, tasks: JoinSet::new() }
    }
}
