//! Clients of a server, in a process of their own, so that what they take is not taken for the server's.
//!
//! They open connections as they are told to by lines on their standard input, `open COUNT`, and answer each with a line
//! when these have what they wanted. At `close` they close all connections. They end with their input.

use std::io::{self, BufRead, Write};
use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;

use bytes::Bytes;
use http::Request;
use http_body_util::{BodyExt, Full};
use hyper::client::conn::{http1, http2};
use hyper_util::rt::{TokioExecutor, TokioIo};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio::task::JoinHandle;
use tokio_rustls::TlsConnector;
use tokio_rustls::rustls::pki_types::pem::PemObject;
use tokio_rustls::rustls::pki_types::{CertificateDer, ServerName};
use tokio_rustls::rustls::{ClientConfig, RootCertStore};

/// What a connection does before it is idle.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Nothing.
    Silent,
    /// A request over HTTP/1.1.
    Http1,
    /// One with a body of [`UPLOAD`] bytes.
    Upload,
    /// One over HTTP/2.
    Http2,
    /// One over HTTP/1.1 with TLS.
    Tls,
}

/// Bytes of the body of an upload.
const UPLOAD: usize = 256 << 10;

impl Kind {
    const ALL: [Self; 5] = [Self::Silent, Self::Http1, Self::Upload, Self::Http2, Self::Tls];

    /// As an argument of the program.
    pub fn name(self) -> &'static str {
        match self {
            Self::Silent => "silent",
            Self::Http1 => "http1",
            Self::Upload => "upload",
            Self::Http2 => "http2",
            Self::Tls => "tls",
        }
    }

    /// The one of this name.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.name() == name)
    }
}

/// What holds a connection: what it is spoken through, and the task that does.
type Held = (Box<dyn Send>, Option<JoinHandle<()>>);

/// Does what the standard input says until it ends. `certificate` is that of the server, for [`Kind::Tls`].
///
/// # Errors
/// A connection failed, or an answer is not what it should be.
pub fn hold(kind: Kind, address: SocketAddr, certificate: Option<&Path>) -> io::Result<()> {
    let runtime = crate::runtime_with_io();
    let tls = certificate.map(connector).transpose()?;
    let mut held: Vec<Held> = Vec::new();
    for line in io::stdin().lock().lines() {
        let line = line?;
        match line.split_once(' ').map(|(order, count)| (order, count.parse::<usize>())) {
            Some(("open", Ok(count))) => {
                for _ in 0..count {
                    held.push(runtime.block_on(open(kind, address, tls.as_ref()))?);
                }
            }
            _ if line == "close" => {
                for (connection, task) in held.drain(..) {
                    drop(connection);
                    if let Some(task) = task {
                        task.abort();
                        // The connection is gone when its task is.
                        let _aborted = runtime.block_on(task);
                    }
                }
            }
            _ => return Err(io::Error::other(format!("not an order: {line}"))),
        }
        let mut stdout = io::stdout().lock();
        writeln!(stdout, "done")?;
        stdout.flush()?;
    }
    Ok(())
}

async fn open(kind: Kind, address: SocketAddr, tls: Option<&TlsConnector>) -> io::Result<Held> {
    let stream = TcpStream::connect(address).await?;
    match (kind, tls) {
        (Kind::Silent, _) => Ok((Box::new(stream), None)),
        (Kind::Tls, Some(tls)) => {
            let name = ServerName::try_from("localhost").map_err(io::Error::other)?;
            over_http1(tls.connect(name, stream).await?, 0).await
        }
        (Kind::Tls, None) => Err(io::Error::other("TLS needs a certificate")),
        (Kind::Http1, _) => over_http1(stream, 0).await,
        (Kind::Upload, _) => over_http1(stream, UPLOAD).await,
        (Kind::Http2, _) => over_http2(stream).await,
    }
}

async fn over_http1<S>(stream: S, bytes: usize) -> io::Result<Held>
where
    S: AsyncRead + AsyncWrite + Send + Unpin + 'static,
{
    let handshake = http1::handshake::<_, Full<Bytes>>(TokioIo::new(stream)).await;
    let (mut sender, connection) = handshake.map_err(io::Error::other)?;
    let task = tokio::spawn(async move { drop(connection.await) });
    let request =
        Request::post("/w/").header("host", "localhost").body(Bytes::from(vec![b'x'; bytes]).into());
    let answer = sender.send_request(request.map_err(io::Error::other)?).await.map_err(io::Error::other)?;
    check(answer).await?;
    Ok((Box::new(sender), Some(task)))
}

async fn over_http2(stream: TcpStream) -> io::Result<Held> {
    let handshake = http2::handshake::<_, _, Full<Bytes>>(TokioExecutor::new(), TokioIo::new(stream)).await;
    let (mut sender, connection) = handshake.map_err(io::Error::other)?;
    let task = tokio::spawn(async move { drop(connection.await) });
    let request = Request::get("http://localhost/w/").body(Full::default()).map_err(io::Error::other)?;
    check(sender.send_request(request).await.map_err(io::Error::other)?).await?;
    Ok((Box::new(sender), Some(task)))
}

async fn check(answer: http::Response<hyper::body::Incoming>) -> io::Result<()> {
    let status = answer.status();
    answer.into_body().collect().await.map_err(io::Error::other)?;
    if status.is_success() { Ok(()) } else { Err(io::Error::other(format!("answered with {status}"))) }
}

fn connector(certificate: &Path) -> io::Result<TlsConnector> {
    let certificate = CertificateDer::from_pem_file(certificate).map_err(io::Error::other)?;
    let mut roots = RootCertStore::empty();
    roots.add(certificate).map_err(io::Error::other)?;
    let config = ClientConfig::builder().with_root_certificates(roots).with_no_client_auth();
    Ok(TlsConnector::from(Arc::new(config)))
}
