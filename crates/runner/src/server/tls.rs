//! TLS: the certificate of a server, and the handshakes of its clients.
//!
//! # Protocol
//! A handshake belongs to the task of its connection. So the loop that accepts waits for none, and a client in its
//! handshake has a connection's place and nothing else. It gives that up after [`HANDSHAKE`] at the latest, and in a drain
//! when connections without a request do. A handshake takes the configuration that is current when it begins; a reload
//! swaps it as a whole and touches no connection.

use std::fmt;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use arc_swap::ArcSwap;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::sync::watch;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::crypto::aws_lc_rs;
use tokio_rustls::rustls::pki_types::pem::{self, PemObject};
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer};
use tokio_rustls::rustls::{self, ServerConfig};
use tokio_rustls::server::TlsStream;

use super::connection::{Phase, Protocol};

/// How long a handshake may take.
const HANDSHAKE: Duration = Duration::from_secs(10);

/// The protocols that a client may choose from, the preferred one first.
const ALPN: [&[u8]; 2] = [b"h2", b"http/1.1"];

/// A certificate with its key, for a [`Server`](super::Server) of HTTPS. Clones are of the same one, and see its reload.
#[derive(Clone)]
pub struct Tls {
    inner: Arc<Inner>,
}

struct Inner {
    certificate: PathBuf,
    key: PathBuf,
    current: ArcSwap<Current>,
}

/// What was read last.
struct Current {
    chain: Vec<CertificateDer<'static>>,
    key: PrivateKeyDer<'static>,
    acceptor: TlsAcceptor,
}

/// Why a certificate cannot be used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum TlsError {
    /// A file cannot be read, or is no PEM.
    #[error("cannot read {}: {error}", path.display())]
    Read {
        /// Which.
        path: PathBuf,
        /// Why.
        error: pem::Error,
    },
    /// A file has nothing of what it is for.
    #[error("{} has no {what} in PEM", path.display())]
    Missing {
        /// Which.
        path: PathBuf,
        /// What it is for.
        what: &'static str,
    },
    /// They are of no use together, or at all.
    #[error("cannot use the certificate {} with the key {}: {error}", certificate.display(), key.display())]
    Pair {
        /// The file of the certificate.
        certificate: PathBuf,
        /// The file of the key.
        key: PathBuf,
        /// Why.
        error: rustls::Error,
    },
}

impl Tls {
    /// Reads a certificate, which those between it and the root follow in its file, and its private key: PKCS #8, PKCS #1
    /// or SEC 1, all in PEM. Blocks while files are read.
    ///
    /// # Errors
    /// [`TlsError`].
    pub fn read(certificate: impl Into<PathBuf>, key: impl Into<PathBuf>) -> Result<Self, TlsError> {
        let (certificate, key) = (certificate.into(), key.into());
        let current = ArcSwap::from_pointee(Current::read(&certificate, &key)?);
        Ok(Self { inner: Arc::new(Inner { certificate, key, current }) })
    }

    /// Reads the files again, for handshakes that begin from now on. Whether they have changed. Blocks while files are
    /// read.
    ///
    /// # Errors
    /// [`TlsError`]; the certificate is the one that it was.
    pub fn reload(&self) -> Result<bool, TlsError> {
        let Inner { certificate, key, current } = &*self.inner;
        let read = Current::read(certificate, key)?;
        let before = current.load();
        let changed = (&read.chain, &read.key) != (&before.chain, &before.key);
        if changed {
            current.store(Arc::new(read));
        }
        Ok(changed)
    }

    /// The inside of a connection, if its client gets through the handshake in time.
    pub(super) async fn handshake<S>(
        &self,
        stream: S,
        protocol: &Protocol,
        phase: &mut watch::Receiver<Phase>,
    ) -> Option<TlsStream<S>>
    where
        S: AsyncRead + AsyncWrite + Unpin,
    {
        let handshake = self.inner.current.load().acceptor.accept(stream);
        let limit = HANDSHAKE.min(protocol.idle_timeout());
        let result = tokio::select! {
            result = handshake => result,
            () = tokio::time::sleep(limit) => Err(io::ErrorKind::TimedOut.into()),
            () = protocol.end_of_linger(phase) => Err(io::ErrorKind::ConnectionAborted.into()),
        };
        result.inspect_err(|error| tracing::debug!(%error, "a TLS handshake failed")).ok()
    }
}

impl Current {
    fn read(certificate: &Path, key: &Path) -> Result<Self, TlsError> {
        let read_error = |path: &Path| {
            let path = path.to_owned();
            move |error| TlsError::Read { path, error }
        };
        let missing = |path: &Path, what| TlsError::Missing { path: path.to_owned(), what };
        let chain = CertificateDer::pem_file_iter(certificate).map_err(read_error(certificate))?;
        let chain = chain.collect::<Result<Vec<_>, _>>().map_err(read_error(certificate))?;
        if chain.is_empty() {
            return Err(missing(certificate, "certificate"));
        }
        let private = match PrivateKeyDer::from_pem_file(key) {
            Err(pem::Error::NoItemsFound) => return Err(missing(key, "private key")),
            read => read.map_err(read_error(key))?,
        };
        let config = config(chain.clone(), private.clone_key()).map_err(|error| TlsError::Pair {
            certificate: certificate.to_owned(),
            key: key.to_owned(),
            error,
        })?;
        Ok(Self { chain, key: private, acceptor: Arc::new(config).into() })
    }
}

/// TLS 1.2 and 1.3 with the provider that `fetch()` has, whatever else is in the process. Sessions are resumed by tickets,
/// which cost the server no memory.
fn config(
    chain: Vec<CertificateDer<'static>>,
    key: PrivateKeyDer<'static>,
) -> Result<ServerConfig, rustls::Error> {
    let mut config = ServerConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
        .with_safe_default_protocol_versions()?
        .with_no_client_auth()
        .with_single_cert(chain, key)?;
    config.alpn_protocols = ALPN.map(<[u8]>::to_vec).into();
    config.ticketer = aws_lc_rs::Ticketer::new()?;
    Ok(config)
}

/// Nothing of the key.
impl fmt::Debug for Tls {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Tls").field("certificate", &self.inner.certificate).finish_non_exhaustive()
    }
}
