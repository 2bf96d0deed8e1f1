//! Connections that make no progress.
//!
//! Clients may send nothing at all, a head that never ends, nothing but pings over HTTP/2, or not read their response. So
//! each connection notes when it last moved a byte, since when a head has been coming, how many requests it waits for,
//! whether it is to end soon, and whether it is one of HTTP/2. One timer for each connection looks at that, now and then.
//! (A timer for each head, which hyper offers, would be set and cleared with every request.)

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
    /// When the first byte came of a head that has not come as a whole, and one more; 0 if there is none.
    head_since_ms: AtomicU64,
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
            head_since_ms: AtomicU64::new(0),
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
        self.0.head_since_ms.store(0, Ordering::Relaxed);
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

    /// Returns when no byte has moved for `limit` while no request was in flight, or a head has been coming for so long, or
    /// no byte has moved for `stream_limit` while nothing but bodies of answers were on their way.
    pub(super) async fn stalled(&self, limit: Duration, stream_limit: Duration) {
        loop {
            let now = self.0.opened.elapsed();
            let limit = if self.0.streaming.load(Ordering::Relaxed) > 0 { stream_limit } else { limit };
            if self.0.in_flight.load(Ordering::Relaxed) > 0 {
                tokio::time::sleep(limit).await;
                continue;
            }
            let since = self.head_since().unwrap_or(Duration::MAX).min(self.last_moved());
            match limit.checked_sub(now.saturating_sub(since)).filter(|left| !left.is_zero()) {
                Some(left) => tokio::time::sleep(left).await,
                None => return,
            }
        }
    }

    fn head_since(&self) -> Option<Duration> {
        self.0.head_since_ms.load(Ordering::Relaxed).checked_sub(1).map(Duration::from_millis)
    }

    fn last_moved(&self) -> Duration {
        Duration::from_millis(self.0.last_moved_ms.load(Ordering::Relaxed))
    }

    /// The time until [`stalled`](Self::stalled) begins anew.
    pub(super) fn begin_anew(&self) {
        let now = self.now_ms();
        self.0.last_moved_ms.store(now, Ordering::Relaxed);
        if self.head_since().is_some() {
            self.0.head_since_ms.store(now + 1, Ordering::Relaxed);
        }
    }

    /// Notes that something happened.
    fn moved(&self) {
        self.0.last_moved_ms.store(self.now_ms(), Ordering::Relaxed);
    }

    fn now_ms(&self) -> u64 {
        self.0.opened.elapsed().as_millis() as u64
    }

    /// Notes that bytes came: of a head, if no request is in flight and this is not HTTP/2, which has other bytes too.
    fn received(&self) {
        let now = self.now_ms();
        let Inner { last_moved_ms, head_since_ms, in_flight, streaming, http2, .. } = &*self.0;
        last_moved_ms.store(now, Ordering::Relaxed);
        let is_head = head_since_ms.load(Ordering::Relaxed) == 0
            && in_flight.load(Ordering::Relaxed) == 0
            && streaming.load(Ordering::Relaxed) == 0
            && !http2.load(Ordering::Relaxed);
        if is_head {
            head_since_ms.store(now + 1, Ordering::Relaxed);
        }
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
        let before = buf.filled().len();
        let result = Pin::new(&mut self.stream).poll_read(cx, buf);
        if result.is_ready() && buf.filled().len() > before {
            self.progress.received();
        }
        result
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
