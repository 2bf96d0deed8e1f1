//! The thread of an admin listener, and its connections.

use std::convert::Infallible;
use std::pin::pin;
use std::sync::Arc;
use std::thread::{self, JoinHandle};
use std::time::Duration;
use std::{fmt, io};

use http::Request;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use parking_lot::Mutex;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::runtime::{Builder, Handle};
use tokio::sync::{Notify, Semaphore, oneshot, watch};
use tokio::time::timeout;

use super::access::{Access, AdminToken};
use super::logs::{MAX_STREAMS, Stream};
use super::routes::Shared;
use super::silent::{Silence, SilentConnections};
use crate::IsolatePool;
use crate::server::{Accepted, Accepting, Listener, LocalAddress, Readiness, SocketFile};
use crate::workers::Workers;

/// Connections at most; another one takes the place of the oldest that has asked for nothing yet, or waits.
const MAX_CONNECTIONS: usize = 64;

/// How long the head of a request may take.
const HEAD_TIMEOUT: Duration = Duration::from_secs(10);

/// How large it may be, in bytes.
const MAX_HEAD: usize = 64 << 10;

/// How long a connection may take in all, unless its answer is a stream. A deployment waits for an isolate and evaluates a script; both have bounds.
const CONNECTION_TIMEOUT: Duration = Duration::from_secs(300);

/// How long the answers under way may take when the listener ends.
const LAST_ANSWERS: Duration = Duration::from_millis(250);

/// How long to wait before accepting again when the process is out of sockets.
const ACCEPT_PAUSE: Duration = Duration::from_millis(50);

/// An admin listener that answers, on a thread of its own, until this is dropped.
pub struct Admin {
    local_address: LocalAddress,
    shared: Arc<Shared>,
    /// Ends the thread when it is dropped.
    running: Option<(oneshot::Sender<()>, JoinHandle<()>)>,
}

/// Why there is no admin listener.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum AdminError {
    /// Other machines reach it, and it would answer everybody.
    #[error("{0} is not of this machine only: that needs a token")]
    NoToken(LocalAddress),
    /// The socket or the thread cannot be had.
    #[error(transparent)]
    Start(#[from] io::Error),
}

impl Admin {
    /// Starts to answer at `listener`. Changes of what is deployed run on the current runtime; `readiness` is that of the
    /// [`Server`](crate::server::Server), for `/readyz`, and `statistics` is what `/pool` shows; `log.dropped` and
    /// `log.failed` of them, if they are there, are in `/metrics` too.
    ///
    /// # Errors
    /// [`AdminError`].
    ///
    /// # Panics
    /// Outside of a tokio runtime.
    pub fn start(
        listener: impl Into<Listener>,
        token: Option<AdminToken>,
        pool: IsolatePool,
        workers: Workers,
        readiness: Readiness,
        statistics: impl Fn() -> serde_json::Value + Send + Sync + 'static,
    ) -> Result<Self, AdminError> {
        let listener = listener.into();
        let local_address = listener.local_address()?;
        let access = Access::of(&local_address, token);
        let access = access.ok_or_else(|| AdminError::NoToken(local_address.clone()))?;
        let shared = Arc::new(Shared {
            access,
            pool,
            workers,
            statistics: Box::new(statistics),
            changes: Handle::current(),
            readiness,
            drain: Notify::new(),
            streams: Arc::new(Semaphore::new(MAX_STREAMS)),
            ended: watch::Sender::new(false),
        });
        let runtime = Builder::new_current_thread().enable_all().build()?;
        let (socket, file) = listener.into_parts();
        let socket = {
            let _in_runtime = runtime.enter();
            Accepting::new(socket)?
        };
        let (stop, stopped) = oneshot::channel();
        let permits = Arc::new(Semaphore::new(MAX_CONNECTIONS));
        let serving = serve(socket, file, Arc::clone(&permits), Arc::clone(&shared));
        let ending = Arc::clone(&shared);
        let thread = thread::Builder::new().name("admin".to_owned()).spawn(move || {
            runtime.block_on(async {
                tokio::select! {
                    _ = stopped => {}
                    () = serving => {}
                }
                ending.ended.send_replace(true);
                let all = permits.acquire_many(MAX_CONNECTIONS as u32);
                let _ = timeout(LAST_ANSWERS, all).await;
            });
        })?;
        Ok(Self { local_address, shared, running: Some((stop, thread)) })
    }

    /// Where it listens, with the real port.
    pub fn local_address(&self) -> &LocalAddress {
        &self.local_address
    }

    /// Waits until a client has asked for the drain.
    pub async fn drain_wanted(&self) {
        self.shared.drain.notified().await;
    }
}

/// Closes the socket, and blocks until the answers under way are sent, a quarter of a second at most.
impl Drop for Admin {
    fn drop(&mut self) {
        if let Some((stop, thread)) = self.running.take() {
            drop(stop);
            if thread.join().is_err() {
                tracing::error!("the admin listener has panicked");
            }
        }
    }
}

impl fmt::Debug for Admin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Admin").field("local_address", &self.local_address).finish_non_exhaustive()
    }
}

/// Accepts connections for ever. The file of the socket is removed before it is closed.
async fn serve(socket: Accepting, file: Option<SocketFile>, permits: Arc<Semaphore>, shared: Arc<Shared>) {
    let (socket, _file) = (socket, file);
    let silent = SilentConnections::default();
    loop {
        let accepted = match socket.accept().await {
            Ok(accepted) => accepted,
            Err(error) => {
                tracing::warn!(%error, "the admin listener cannot accept a connection");
                tokio::time::sleep(ACCEPT_PAUSE).await;
                continue;
            }
        };
        if permits.available_permits() == 0 {
            silent.end_oldest();
        }
        let Ok(permit) = Arc::clone(&permits).acquire_owned().await else { return };
        let shared = Arc::clone(&shared);
        silent.spawn(|silence| async move {
            let _permit = permit;
            match accepted {
                Accepted::Tcp(stream, _) => connection(stream, None, shared, silence).await,
                Accepted::Unix(stream) => {
                    let user = stream.peer_cred().ok().map(|peer| peer.uid());
                    connection(stream, user, shared, silence).await;
                }
            }
        });
    }
}

/// One request and its answer.
async fn connection<S>(socket: S, user: Option<u32>, shared: Arc<Shared>, silence: Silence)
where
    S: AsyncRead + AsyncWrite + Send + Unpin + 'static,
{
    let stream = Arc::new(Stream::default());
    let silence = Mutex::new(Some(silence));
    let service = service_fn(|request: Request<Incoming>| {
        drop(silence.lock().take());
        let (shared, stream) = (Arc::clone(&shared), Arc::clone(&stream));
        async move { Ok::<_, Infallible>(shared.answer(request, user, &stream).await) }
    });
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(HEAD_TIMEOUT)
        .max_buf_size(MAX_HEAD)
        .keep_alive(false)
        .serve_connection(TokioIo::new(socket), service);
    let mut connection = pin!(connection);
    loop {
        match timeout(CONNECTION_TIMEOUT, connection.as_mut()).await {
            Err(_) if stream.goes_on() => continue,
            Ok(Ok(())) => {}
            Ok(Err(error)) => tracing::debug!(%error, "a connection of the admin listener failed"),
            Err(_) => tracing::debug!("a connection of the admin listener took too long"),
        }
        return;
    }
}
