//! Listening, connections, and the drain at the end.

use std::io;
use std::net::{Ipv4Addr, SocketAddr, SocketAddrV4};
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpStream, UnixStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, watch};
use tokio::task::JoinSet;
use tokio::time::{Instant, timeout};

use super::accept_failures::AcceptFailures;
use super::accepting::{Accepted, Accepting};
use super::app::App;
use super::backend::Backend;
use super::connection::{Ends, Phase, Protocol};
use super::io_threads::{self, IoThreads, Pulse};
use super::listener::{Listener, LocalAddress, SocketFile};
use super::options::ServerOptions;
use super::pace::StreamLimits;
use super::readiness::Readiness;
use super::socket::{Socket, Stream, UnknownPeer};
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

/// An HTTP server that listens. It serves HTTP/1.1, and HTTP/2 with prior knowledge or by ALPN.
///
/// # Threads
/// The runtime that runs it accepts connections. It serves them too, unless [`ServerOptions::io_threads`] says otherwise:
/// then each connection is given to the thread that has the fewest, and stays there to its end, with its timers and the
/// operations of its requests. A runtime of one thread costs less for each request than one whose threads take tasks from
/// each other, and a single wake-up brings it all answers of a batch; but a thread that is kept busy is not helped out.
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
    io_threads: IoThreads,
    options: ServerOptions,
}

impl<B: Backend> Server<B> {
    /// Starts to listen; connections wait until [`run`](Self::run).
    ///
    /// # Errors
    /// The address cannot be had, or a thread cannot be started.
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
    /// `listener` does not listen, or a thread cannot be started.
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
        let streams = StreamLimits { idle: options.stream_idle, max: options.stream_max };
        let protocol = Arc::new(Protocol::new(options.idle_timeout, streams, options.linger));
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
            io_threads: IoThreads::start(options.io_threads, options.short_turn)?,
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

    /// Whether it does what it is given, also for the time when it runs.
    pub fn pulse(&self) -> Pulse {
        self.io_threads.pulse()
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
        let Self { file, listener, app, options, io_threads, .. } = self;
        drop(file);
        drop(listener);
        let Connections { phase, mut tasks, .. } = connections;
        tracing::info!(connections = phase.receiver_count(), "draining");
        let began = Instant::now();
        phase.send_replace(Phase::Draining);
        if timeout(options.drain, phase.closed()).await.is_err() {
            tracing::warn!("requests were still in flight at the end of the drain");
        }
        // Drops what is still in flight, which aborts it.
        tasks.shutdown().await;
        let left = options.drain.saturating_sub(began.elapsed()).max(AFTER_DRAIN);
        if timeout(left, app.backend.shutdown()).await.is_err() {
            tracing::warn!("workers were still running at the end of the drain");
        }
        io_threads.stop().await;
    }

    /// Serves one connection that somebody else accepted: a Unix socket, the inside of TLS, a pipe. `local` is its
    /// address for requests that name no host. It counts against no bound, and [`run`](Self::run) does not drain it;
    /// dropping the future drops the connection.
    pub async fn serve_stream<S>(&self, stream: S, local: SocketAddr)
    where
        S: AsyncRead + AsyncWrite + Send + Unpin + 'static,
    {
        let (_never, phase) = watch::channel(Phase::Serving);
        let ends = Ends::new(local, None);
        self.protocol.serve(stream, UnknownPeer, ends, self.app.clone(), phase).await;
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
                    Ok(local) => {
                        let ends = Ends::new(local, Some(peer));
                        let moving = Moving { leave: TcpStream::into_std, enter: TcpStream::from_std };
                        self.spawn(stream, moving, ends, permit, connections);
                    }
                    Err(error) => tracing::debug!(%error, "the connection is gone"),
                }
            }
            Accepted::Unix(stream) => {
                let ends = Ends::new(UNIX_HOST, None);
                let moving = Moving { leave: UnixStream::into_std, enter: UnixStream::from_std };
                self.spawn(stream, moving, ends, permit, connections);
            }
        }
    }

    /// Serves a stream, which belongs to the current runtime.
    fn spawn<S, T>(
        &self,
        stream: S,
        Moving { leave, enter }: Moving<S, T>,
        ends: Ends,
        permit: OwnedSemaphorePermit,
        connections: &mut Connections,
    ) where
        S: Stream,
        T: Send + 'static,
    {
        while connections.tasks.try_join_next().is_some() {}
        let serving = self.serving(ends, permit, connections.phase.subscribe());
        let Some(place) = self.io_threads.pick() else {
            connections.tasks.spawn(serving(stream));
            return;
        };
        let stream = match leave(stream) {
            Ok(stream) => stream,
            Err(error) => return tracing::debug!(%error, "the connection is gone"),
        };
        let runtime = place.runtime().clone();
        let serving = async move {
            let _place = place;
            match enter(stream) {
                Ok(stream) => serving(stream).await,
                Err(error) => tracing::warn!(%error, "a connection cannot be served"),
            }
        };
        connections.tasks.spawn_on(io_threads::gather_wakes(serving), &runtime);
    }

    /// What serves the stream of a connection.
    fn serving<S>(
        &self,
        ends: Ends,
        permit: OwnedSemaphorePermit,
        phase: watch::Receiver<Phase>,
    ) -> impl FnOnce(S) -> Pin<Box<dyn Future<Output = ()> + Send>> + Send + 'static
    where
        S: Stream,
    {
        let (protocol, app) = (self.protocol.clone(), self.app.clone());
        #[cfg(feature = "tls")]
        let tls = self.tls.clone();
        move |stream| {
            let socket = Socket::new(stream);
            let peer = socket.peer();
            #[cfg(feature = "tls")]
            if let Some(tls) = tls {
                return Box::pin(async move {
                    let (_permit, mut phase) = (permit, phase);
                    if let Some(stream) = tls.handshake(socket, &protocol, &mut phase).await {
                        protocol.serve(stream, peer, ends.over_tls(), app, phase).await;
                    }
                });
            }
            Box::pin(async move {
                let _permit = permit;
                protocol.serve(socket, peer, ends, app, phase).await;
            })
        }
    }
}

/// How a stream goes from one runtime to another.
struct Moving<S, T> {
    leave: fn(S) -> io::Result<T>,
    enter: fn(T) -> io::Result<S>,
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
