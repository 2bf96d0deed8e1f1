//! One connection, from its first byte to its farewell.
//!
//! A connection is never just dropped while its client may count on it: when it has idled for too long, and when the
//! server leaves, it is *shut down*.
//!
//! - Over HTTP/2 its client is told by GOAWAY at once, or at its first request if that is later. Requests that it has sent
//!   before it reads that are served; which ones, a second GOAWAY says.
//! - HTTP/1.1 has nothing like it: a request may be on its way, and closing would lose it. So the connection stays open, and
//!   the next answer says `connection: close`.
//!
//! A server leaves as a *lame duck*, which accepts connections still, and then by its drain. The drain begins with a time
//! in which the connections that are left stay open for requests on their way. An idle connection whose client does not
//! react is dropped after [`FAREWELL`] without a byte.

use std::convert::Infallible;
use std::net::{IpAddr, SocketAddr};
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::time::Duration;

use http::header::{CONNECTION, HeaderValue};
use http::{Request, Version};
use hyper::body::Incoming;
use hyper::service::service_fn;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::sync::watch;

use super::app::App;
use super::backend::Backend;
use super::beside::{Either, beside};
use super::pace::{StreamLimits, Watch};
use super::progress::Progress;
use super::socket::Peer;
use super::tracked::{Growth, Tracked};
use super::versions::{Connection, Versions};

/// For how long nothing is read of the upload of a client that has ended its side of the connection, until it counts as gone.
const UNREAD: Duration = Duration::from_millis(250);

/// How long a client may be silent that was told that its idle connection ends.
const FAREWELL: Duration = Duration::from_secs(1);

/// The addresses of a connection.
#[derive(Clone, Debug)]
pub(super) struct Ends {
    /// Where it came to.
    pub(super) local: SocketAddr,
    /// Whether it is the inside of TLS.
    pub(super) https: bool,
    /// Where it came from, if that has an address; and the same as a header has it, made once for all requests.
    peer: Option<(IpAddr, HeaderValue)>,
}

impl Ends {
    pub(super) fn new(local: SocketAddr, peer: Option<SocketAddr>) -> Self {
        // A socket for both families has its IPv4 clients as IPv6 addresses.
        let peer = peer.map(|peer| peer.ip().to_canonical());
        Self { local, https: false, peer: peer.and_then(|peer| Some((peer, address_value(peer)?))) }
    }

    /// The same for the inside of its TLS.
    #[cfg(feature = "tls")]
    pub(super) fn over_tls(self) -> Self {
        Self { https: true, ..self }
    }

    /// Where it came from.
    pub(super) fn peer(&self) -> Option<IpAddr> {
        self.peer.as_ref().map(|(address, _)| *address)
    }

    /// This address as a header has it.
    pub(super) fn header_value(&self, address: IpAddr) -> Option<HeaderValue> {
        match &self.peer {
            Some((peer, value)) if *peer == address => Some(value.clone()),
            _ => address_value(address),
        }
    }
}

fn address_value(address: IpAddr) -> Option<HeaderValue> {
    HeaderValue::try_from(address.to_string()).ok()
}

/// What the server of a connection is doing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Phase {
    Serving,
    /// Answers are to be the last ones of their connections.
    LameDuck,
    /// The same, and connections end that are waiting for a request.
    Draining,
}

/// What all connections of a server share.
#[derive(Debug)]
pub(super) struct Protocol {
    versions: Versions,
    growth: Growth,
    idle_timeout: Duration,
    streams: StreamLimits,
    linger: Duration,
}

impl Protocol {
    /// HTTP/1.1, and HTTP/2 with prior knowledge. `idle_timeout` is also how long the head of a request may take, `linger` how
    /// long connections stay open once the server drains.
    pub(super) fn new(idle_timeout: Duration, streams: StreamLimits, linger: Duration) -> Self {
        Self { versions: Versions::new(), growth: Growth::new(), idle_timeout, streams, linger }
    }

    /// How long a connection may idle.
    #[cfg(feature = "tls")]
    pub(super) fn idle_timeout(&self) -> Duration {
        self.idle_timeout
    }

    /// Returns once the server drains and waits for no request that is on its way any more.
    pub(super) async fn end_of_linger(&self, phase: &mut watch::Receiver<Phase>) {
        // Without a sender the server is gone, which is as good as a drain.
        let _ = phase.wait_for(|phase| *phase == Phase::Draining).await;
        tokio::time::sleep(self.linger).await;
    }

    /// Serves a connection to its end. It is shut down once the server drains or is gone, and dropped when its client has
    /// left, which `peer` knows.
    pub(super) async fn serve<S, B>(
        &self,
        stream: S,
        peer: impl Peer,
        ends: Ends,
        app: Arc<App<B>>,
        mut phase: watch::Receiver<Phase>,
    ) where
        S: AsyncRead + AsyncWrite + Send + Unpin + 'static,
        B: Backend,
    {
        let progress = Progress::new();
        let hung_up = peer.hung_up();
        // Dropped after all that has to do with the connection.
        let _farewell = Farewell { peer, progress: progress.clone() };
        let service = service_fn({
            let (progress, streams) = (progress.clone(), self.streams);
            move |request: Request<Incoming>| {
                let (app, ends) = (app.clone(), ends.clone());
                let in_flight = progress.begin_request(request.version());
                async move {
                    let mut response = app.handle(request, &ends, in_flight.progress()).await;
                    if in_flight.version() < Version::HTTP_2 && in_flight.is_last() {
                        response.headers_mut().insert(CONNECTION, HeaderValue::from_static("close"));
                    }
                    response.body_mut().hold(in_flight, streams);
                    Ok::<_, Infallible>(response)
                }
            }
        });
        let leaving = async {
            // Without a sender the server is gone, which is as good as a drain.
            let _ = phase.wait_for(|phase| *phase != Phase::Serving).await;
            progress.close_soon();
            tokio::select! {
                () = progress.is_http2() => {}
                () = self.end_of_linger(&mut phase) => {}
            }
        };
        let ending = async {
            tokio::select! {
                // The drain has a deadline of its own for requests in flight.
                () = leaving => self.idle_timeout,
                () = progress.stalled(self.idle_timeout) => {
                    tracing::debug!("closing an idle connection");
                    progress.begin_anew();
                    FAREWELL.min(self.idle_timeout)
                }
            }
        };
        let (mut ending, left) = (pin!(ending), pin!(progress.left(hung_up, UNREAD)));
        let mut stream = Tracked::new(stream, progress.clone(), self.growth.clone());
        match beside(stream.begins_with_http2(), ending.as_mut()).await {
            Either::Left(Ok(false)) => {
                self.drive(self.versions.http1(stream, service), ending, left, &progress).await
            }
            Either::Left(Ok(true)) => {
                self.drive(self.versions.http2(stream, service), ending, left, &progress).await
            }
            Either::Left(Err(error)) => tracing::debug!(%error, "connection failed"),
            // It has not said enough to be told anything.
            Either::Right(_) => {}
        }
    }

    /// Drives a connection to its end, which begins when `ending` returns how long that may take, and is there when `left`
    /// returns.
    async fn drive(
        &self,
        connection: impl Connection,
        ending: Pin<&mut impl Future<Output = Duration>>,
        mut left: Pin<&mut impl Future<Output = ()>>,
        progress: &Progress,
    ) {
        let mut connection = pin!(connection);
        let mut watch = Watch::default();
        let ending = async {
            tokio::select! {
                patience = ending => Some(patience),
                () = left.as_mut() => None,
            }
        };
        let patience = match beside(watch.over(connection.as_mut()), ending).await {
            Either::Left(result) => return log_end(result),
            Either::Right(Some(patience)) => patience,
            Either::Right(None) => return log_left(),
        };
        connection.as_mut().shut_down();
        tokio::select! {
            result = watch.over(connection) => log_end(result),
            () = left => log_left(),
            () = progress.stalled(patience) => tracing::debug!("dropped a connection that does not end"),
        }
    }
}

fn log_left() {
    tracing::debug!("a client left during its upload");
}

/// How a connection ended; it has no result if it was a body that ended it, which has said so.
fn log_end(result: Option<hyper::Result<()>>) {
    if let Some(Err(error)) = result {
        tracing::debug!(%error, "connection failed");
    }
}

/// Has the end of a connection look like what it is.
struct Farewell<P: Peer> {
    peer: P,
    progress: Progress,
}

impl<P: Peer> Drop for Farewell<P> {
    fn drop(&mut self) {
        if self.progress.is_cut_off() {
            self.peer.reset();
        }
    }
}
