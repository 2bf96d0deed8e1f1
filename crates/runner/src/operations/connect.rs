//! Opening a connection: name, policy, TCP, TLS, HTTP.
//!
//! Here and nowhere else a socket is made for a worker, and the policy is asked about the very addresses that are
//! connected to: a name that is public when somebody checks it and an inner one a moment later gains nothing.
//!
//! Connections speak HTTP/1.1, so that each serves one request at a time and the number of a worker's sockets is the
//! number of its requests under way.

use std::convert::Infallible;
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use exec::Body;
use hyper::client::conn::http1;
use hyper_util::rt::TokioIo;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
use tokio::sync::oneshot;
use tokio::time::Instant;
use tokio_rustls::TlsConnector;
use tokio_rustls::rustls::client::Resumption;
use tokio_rustls::rustls::pki_types::ServerName;
use tokio_rustls::rustls::{ClientConfig, RootCertStore};
use url::{Host, Url};

use super::error::FetchError;
use super::policy::{FetchPolicy, is_public};
use super::resolver::Names;
use crate::header_fields::MAX_ANSWER_FIELDS;

/// The end of a connection that sends requests. When it is dropped nobody wants anything of the connection any more.
#[derive(Debug)]
pub(super) struct Sender {
    pub(super) requests: http1::SendRequest<Body>,
    _wanted: oneshot::Sender<Infallible>,
}

/// How long a connection that nobody wants may take to close. One whose server does not read what is being sent to it never
/// would.
const LINGER: Duration = Duration::from_secs(1);

/// TLS sessions that a worker may resume.
const TLS_SESSIONS: usize = 32;

/// Opens the connections of one worker.
pub(super) struct Connector {
    policy: FetchPolicy,
    timeout: Duration,
    names: Names,
    tls: TlsConnector,
}

impl Connector {
    /// `tls` is as all workers have it; the sessions that can be resumed are this one's own, since a server recognises
    /// by them who has been there before.
    pub(super) fn new(policy: FetchPolicy, timeout: Duration, names: Names, tls: &ClientConfig) -> Self {
        let mut tls = tls.clone();
        tls.resumption = Resumption::in_memory_sessions(TLS_SESSIONS);
        Self { policy, timeout, names, tls: Arc::new(tls).into() }
    }

    /// Connects to the origin of `url`. The socket holds `permit` until it is closed.
    pub(super) async fn connect<P: Send + 'static>(
        &self,
        url: &Url,
        permit: P,
    ) -> Result<Sender, FetchError> {
        let addresses = self.addresses(url).await?;
        let began = Instant::now();
        let stream = first_reachable(&addresses, began, self.timeout).await?;
        let stream = Counted { stream, _permit: permit };
        if url.scheme() != "https" {
            return handshake(stream).await;
        }
        let name = server_name(url)?;
        let left = self.timeout.saturating_sub(began.elapsed());
        let stream = tokio::time::timeout(left, self.tls.connect(name, stream))
            .await
            .unwrap_or_else(|_| Err(io::ErrorKind::TimedOut.into()))
            .map_err(FetchError::Tls)?;
        handshake(stream).await
    }

    /// The addresses of the URL's host that the policy allows.
    async fn addresses(&self, url: &Url) -> Result<Vec<SocketAddr>, FetchError> {
        let port = url.port_or_known_default().unwrap_or(80);
        let addresses = match url.host() {
            Some(Host::Domain(name)) => self
                .names
                .resolve(name)
                .await
                .map_err(|error| FetchError::Resolve { name: name.to_owned(), error })?,
            Some(Host::Ipv4(address)) => [address.into()].into(),
            Some(Host::Ipv6(address)) => [address.into()].into(),
            None => return Err(FetchError::BadUrl(url.to_string())),
        };
        let allowed = |address: &&IpAddr| match self.policy {
            FetchPolicy::Any => true,
            FetchPolicy::Public => is_public(**address),
            FetchPolicy::None => false,
        };
        let addresses: Vec<_> =
            addresses.iter().filter(allowed).map(|address| (*address, port).into()).collect();
        if addresses.is_empty() { Err(FetchError::Refused(url.to_string())) } else { Ok(addresses) }
    }
}

/// TLS as every worker has it: the roots of webpki, HTTP/1.1.
pub(super) fn tls_config() -> ClientConfig {
    let roots = RootCertStore { roots: webpki_roots::TLS_SERVER_ROOTS.to_vec() };
    let mut config = ClientConfig::builder().with_root_certificates(roots).with_no_client_auth();
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    config
}

fn server_name(url: &Url) -> Result<ServerName<'static>, FetchError> {
    let bad_url = || FetchError::BadUrl(url.to_string());
    match url.host() {
        Some(Host::Domain(name)) => ServerName::try_from(name.to_owned()).map_err(|_| bad_url()),
        Some(Host::Ipv4(address)) => Ok(IpAddr::from(address).into()),
        Some(Host::Ipv6(address)) => Ok(IpAddr::from(address).into()),
        None => Err(bad_url()),
    }
}

/// Tries one address after the other, and never two at once: a permit is for one socket. Each gets an equal share of
/// the time that is left of `limit`.
async fn first_reachable(
    addresses: &[SocketAddr],
    began: Instant,
    limit: Duration,
) -> Result<TcpStream, FetchError> {
    let mut last = io::ErrorKind::AddrNotAvailable.into();
    for (tried, address) in addresses.iter().enumerate() {
        let left = limit.saturating_sub(began.elapsed());
        let share = left / (addresses.len() - tried) as u32;
        match tokio::time::timeout(share, TcpStream::connect(address)).await {
            Ok(Ok(stream)) => {
                // Without it all would work, if slower.
                let _ = stream.set_nodelay(true);
                return Ok(stream);
            }
            Ok(Err(error)) => last = error,
            Err(_) => last = io::ErrorKind::TimedOut.into(),
        }
    }
    Err(FetchError::Connect(last))
}

async fn handshake<S>(stream: S) -> Result<Sender, FetchError>
where
    S: AsyncRead + AsyncWrite + Send + Unpin + 'static,
{
    let (requests, connection) = http1::Builder::new()
        .max_headers(MAX_ANSWER_FIELDS)
        // Whoever passes an answer on must make one line of those (RFC 9112, 5.2), or refuse it.
        .allow_obsolete_multiline_headers_in_responses(true)
        .handshake(TokioIo::new(stream))
        .await
        .map_err(FetchError::Http)?;
    let (wanted, unwanted) = oneshot::channel();
    // Ends when the sender is dropped or the server hangs up, and closes the socket then.
    tokio::spawn(async move {
        let mut connection = pin!(connection);
        let ended = tokio::select! {
            ended = &mut connection => ended,
            _ = unwanted => tokio::time::timeout(LINGER, connection).await.unwrap_or(Ok(())),
        };
        if let Err(error) = ended {
            tracing::debug!(%error, "outgoing connection failed");
        }
    });
    Ok(Sender { requests, _wanted: wanted })
}

/// A socket with the permit for it.
struct Counted<P> {
    stream: TcpStream,
    _permit: P,
}

// The permit is never pinned.
impl<P> Unpin for Counted<P> {}

impl<P> AsyncRead for Counted<P> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_read(cx, buf)
    }
}

impl<P> AsyncWrite for Counted<P> {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write(cx, buf)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bufs: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write_vectored(cx, bufs)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}

impl std::fmt::Debug for Connector {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Connector").field("policy", &self.policy).finish_non_exhaustive()
    }
}
