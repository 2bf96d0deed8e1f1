//! Connections that make no progress.
//!
//! hyper bounds the time for a request's head once its first byte is there, but neither the time until that
//! byte, nor an HTTP/2 connection that asks for nothing, nor a client that does not read its response. So
//! each connection notes when it last moved a byte, how many requests it waits for, whether it is to end soon, and whether it
//! is one of HTTP/2.

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::task::{Context, Poll};
use std::time::{Duration, Instant};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::sync::Notify;

/// The progress of one connection. Clones share it.
///
/// The atomics are independent of each other and order nothing else, hence `Relaxed`.
#[derive(Clone, Debug)]
pub(super) struct Progress(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    opened: Instant,
    last_moved_ms: AtomicU64,
    in_flight: AtomicUsize,
    /// Answers whose bodies are on their way.
    streaming: AtomicUsize,
    closing: AtomicBool,
    http2: AtomicBool,
    became_http2: Notify,
}

/// A request is being worked on; ends when dropped.
#[derive(Debug)]
pub(super) struct InFlight {
    progress: Progress,
    /// It has its answer, whose body is on its way.
    is_streaming: bool,
}

impl Progress {
    pub(super) fn new() -> Self {
        Self(Arc::new(Inner {
            opened: Instant::now(),
            last_moved_ms: AtomicU64::new(0),
            in_flight: AtomicUsize::new(0),
            streaming: AtomicUsize::new(0),
            closing: AtomicBool::new(false),
            http2: AtomicBool::new(false),
            became_http2: Notify::new(),
        }))
    }

    /// From here on the next answer is to be the last one.
    pub(super) fn close_soon(&self) {
        self.0.closing.store(true, Ordering::Relaxed);
    }

    pub(super) fn begin_request(&self, over_http2: bool) -> InFlight {
        self.0.in_flight.fetch_add(1, Ordering::Relaxed);
        if over_http2 && !self.0.http2.load(Ordering::Relaxed) {
            self.0.http2.store(true, Ordering::Relaxed);
            self.0.became_http2.notify_one();
        }
        InFlight { progress: self.clone(), is_streaming: false }
    }

    /// Returns when there has been a request over HTTP/2. One task of a connection may wait for that.
    pub(super) async fn is_http2(&self) {
        while !self.0.http2.load(Ordering::Relaxed) {
            self.0.became_http2.notified().await;
        }
    }

    /// Returns when no byte has moved for `limit` while no request was in flight, or for `stream_limit` while nothing but
    /// bodies of answers were on their way.
    pub(super) async fn stalled(&self, limit: Duration, stream_limit: Duration) {
        loop {
            let idle = self.0.opened.elapsed().saturating_sub(self.last_moved());
            let limit = if self.0.streaming.load(Ordering::Relaxed) > 0 { stream_limit } else { limit };
            if self.0.in_flight.load(Ordering::Relaxed) > 0 {
                tokio::time::sleep(limit).await;
            } else if idle >= limit {
                return;
            } else {
                tokio::time::sleep(limit - idle).await;
            }
        }
    }

    fn last_moved(&self) -> Duration {
        Duration::from_millis(self.0.last_moved_ms.load(Ordering::Relaxed))
    }

    /// Notes that something happened: the time until [`stalled`](Self::stalled) begins anew.
    pub(super) fn moved(&self) {
        let now = self.0.opened.elapsed().as_millis() as u64;
        self.0.last_moved_ms.store(now, Ordering::Relaxed);
    }

    /// Passes on the result of an I/O operation, noting that it was one.
    fn note<T>(&self, result: Poll<io::Result<T>>) -> Poll<io::Result<T>> {
        if result.is_ready() {
            self.moved();
        }
        result
    }
}

impl InFlight {
    /// Whether the answer is to be the last one of its connection.
    pub(super) fn is_last(&self) -> bool {
        self.progress.0.closing.load(Ordering::Relaxed)
    }

    /// From here on only the body of its answer is on its way.
    pub(super) fn streaming(mut self) -> Self {
        self.progress.0.streaming.fetch_add(1, Ordering::Relaxed);
        self.progress.0.in_flight.fetch_sub(1, Ordering::Relaxed);
        self.is_streaming = true;
        self
    }
}

impl Drop for InFlight {
    fn drop(&mut self) {
        self.progress.moved();
        let counter = if self.is_streaming { &self.progress.0.streaming } else { &self.progress.0.in_flight };
        counter.fetch_sub(1, Ordering::Relaxed);
    }
}

/// A stream that notes its progress.
#[derive(Debug)]
pub(super) struct Tracked<S> {
    pub(super) stream: S,
    pub(super) progress: Progress,
}

impl<S: AsyncRead + Unpin> AsyncRead for Tracked<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let result = Pin::new(&mut self.stream).poll_read(cx, buf);
        self.progress.note(result)
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Tracked<S> {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        let result = Pin::new(&mut self.stream).poll_write(cx, buf);
        self.progress.note(result)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bufs: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let result = Pin::new(&mut self.stream).poll_write_vectored(cx, bufs);
        self.progress.note(result)
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
