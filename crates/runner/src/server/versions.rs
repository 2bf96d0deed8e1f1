//! HTTP/1.1 or HTTP/2 with prior knowledge, whichever a client begins with.

use std::future::Future;
use std::pin::{Pin, pin};

use http::{Request, Response};
use hyper::body::Incoming;
use hyper::rt::Executor;
use hyper::server::conn::{http1, http2};
use hyper::service::Service;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::io::{AsyncRead, AsyncWrite};

use super::io_threads::gather_wakes;
use super::pace::Watch;
use super::served_body::ServedBody;
use super::tracked::Tracked;
use crate::header_fields::MAX_REQUEST_FIELDS;

/// Requests that one HTTP/2 connection may have in flight.
const MAX_CONCURRENT_STREAMS: u32 = 256;

/// Bytes of the head of a request over HTTP/1.1.
const LARGEST_HEAD: usize = 64 << 10;

/// How both are served.
#[derive(Clone, Debug)]
pub(super) struct Versions {
    http1: http1::Builder,
    http2: http2::Builder<StreamExecutor>,
}

/// A connection that can be told to end.
pub(super) trait Connection: Future<Output = hyper::Result<()>> {
    /// The request in flight is its last one; over HTTP/2 the client hears of that.
    fn shut_down(self: Pin<&mut Self>);
}

/// Spawns the streams of HTTP/2 on the current runtime. They are woken through the mailbox of its thread, and reset if a body
/// takes too long.
#[derive(Clone, Copy, Debug)]
pub(super) struct StreamExecutor;

impl<F> Executor<F> for StreamExecutor
where
    F: Future<Output: Send> + Send + 'static,
{
    fn execute(&self, stream: F) {
        tokio::spawn(gather_wakes(async move { Watch::default().over(pin!(stream)).await }));
    }
}

impl Versions {
    pub(super) fn new() -> Self {
        let mut http1 = http1::Builder::new();
        http1
            // The time for a head is looked after by `Progress`.
            .header_read_timeout(None)
            .max_headers(MAX_REQUEST_FIELDS)
            // How much is read at a time is looked after by `Tracked`.
            .max_header_size(LARGEST_HEAD);
        let mut http2 = http2::Builder::new(StreamExecutor);
        http2.timer(TokioTimer::new()).max_concurrent_streams(MAX_CONCURRENT_STREAMS);
        Self { http1, http2 }
    }

    pub(super) fn http1<S, T>(&self, stream: Tracked<S>, service: T) -> impl Connection
    where
        S: AsyncRead + AsyncWrite + Unpin,
        T: Service<Request<Incoming>, Response = Response<ServedBody>>,
        T::Error: std::error::Error + Send + Sync + 'static,
    {
        self.http1.serve_connection(TokioIo::new(stream), service)
    }

    pub(super) fn http2<S, T>(&self, stream: Tracked<S>, service: T) -> impl Connection
    where
        S: AsyncRead + AsyncWrite + Unpin,
        T: Service<Request<Incoming>, Response = Response<ServedBody>>,
        T::Future: Send + 'static,
        T::Error: std::error::Error + Send + Sync + 'static,
    {
        self.http2.serve_connection(TokioIo::new(stream), service)
    }
}

impl<S, T> Connection for http1::Connection<TokioIo<Tracked<S>>, T>
where
    S: AsyncRead + AsyncWrite + Unpin,
    T: Service<Request<Incoming>, Response = Response<ServedBody>>,
    T::Error: std::error::Error + Send + Sync + 'static,
{
    fn shut_down(self: Pin<&mut Self>) {
        self.graceful_shutdown();
    }
}

impl<S, T> Connection for http2::Connection<TokioIo<Tracked<S>>, T, StreamExecutor>
where
    S: AsyncRead + AsyncWrite + Unpin,
    T: Service<Request<Incoming>, Response = Response<ServedBody>>,
    T::Future: Send + 'static,
    T::Error: std::error::Error + Send + Sync + 'static,
{
    fn shut_down(self: Pin<&mut Self>) {
        self.graceful_shutdown();
    }
}
