//! Bodies from the network: how long they may be, and how long their peer may keep everybody waiting.
//!
//! Time counts only while somebody waits for the peer. A worker that reads slowly, or not at all, holds up the peer, and
//! that is no fault of the peer's.

use std::error::Error;
use std::fmt;
use std::future::poll_fn;
use std::io::{self, ErrorKind};
use std::pin::Pin;
use std::sync::{Arc, OnceLock};
use std::task::{Context, Poll, ready};
use std::time::Duration;
use std::vec;

use bytes::{Bytes, BytesMut};
use exec::{Body, BodyError, TenantBudget};
use http::Version;
use hyper::body::{Frame, Incoming, SizeHint};
use tokio::time::{Instant, Sleep, sleep, timeout};

/// What a body may take.
#[derive(Clone, Copy, Debug)]
pub(crate) struct BodyLimits {
    /// Bytes at most.
    pub(crate) max_bytes: u64,
    /// How long the peer may send nothing.
    pub(crate) stall: Duration,
    /// How long it may be waited for the peer in all.
    pub(crate) patience: Duration,
}

/// Bytes that are read ahead of whoever wants them: a body that is there with its head goes on as a whole.
const AHEAD: usize = 64 << 10;

/// A body within its limits.
pub(crate) struct LimitedBody {
    body: Incoming,
    is_http2: bool,
    limits: BodyLimits,
    /// Bytes that have come.
    length: u64,
    /// For how long the peer has been waited for.
    waited: Duration,
    waiting: Option<Waiting>,
    failed: Arc<OnceLock<BodyError>>,
    peer_is_gone: bool,
}

struct Waiting {
    since: Instant,
    until: Pin<Box<Sleep>>,
}

impl LimitedBody {
    /// Of a message of this version.
    pub(crate) fn new(body: Incoming, version: Version, limits: BodyLimits) -> Self {
        let is_http2 = version == Version::HTTP_2;
        Self {
            body,
            is_http2,
            limits,
            length: 0,
            waited: Duration::ZERO,
            waiting: None,
            failed: Arc::default(),
            peer_is_gone: false,
        }
    }

    /// Without its limits.
    #[cfg(feature = "server")]
    pub(crate) fn into_inner(self) -> Incoming {
        self.body
    }

    /// Whether it announces more than it may have.
    pub(crate) fn is_too_large(&self) -> bool {
        hyper::body::Body::size_hint(&self.body).lower() > self.limits.max_bytes
    }

    /// Where it says what it fails with, if it does.
    #[cfg(feature = "server")]
    pub(crate) fn failure(&self) -> Arc<OnceLock<BodyError>> {
        Arc::clone(&self.failed)
    }

    /// Whether it failed because its peer has left, as far as that is to be known: over HTTP/1.1.
    #[cfg(feature = "server")]
    pub(crate) fn peer_is_gone(&self) -> bool {
        self.peer_is_gone
    }

    /// The peer has nothing to give at the moment.
    fn poll_patience(&mut self, context: &mut Context<'_>) -> Poll<BodyError> {
        let (limits, waited) = (self.limits, self.waited);
        let waiting = self.waiting.get_or_insert_with(|| {
            let since = Instant::now();
            let left = limits.patience.saturating_sub(waited);
            Waiting { since, until: Box::pin(sleep(left.min(limits.stall))) }
        });
        ready!(waiting.until.as_mut().poll(context));
        let is_stalled = waiting.since.elapsed() >= limits.stall;
        Poll::Ready(if is_stalled { BodyError::Stalled } else { BodyError::TooSlow })
    }

    fn moved(&mut self) {
        if let Some(waiting) = self.waiting.take() {
            self.waited += waiting.since.elapsed();
        }
    }

    fn count(&mut self, frame: &Frame<Bytes>) -> Result<(), BodyError> {
        self.length += frame.data_ref().map_or(0, |data| data.len() as u64);
        if self.length > self.limits.max_bytes { Err(BodyError::TooLarge) } else { Ok(()) }
    }
}

impl hyper::body::Body for LimitedBody {
    type Data = Bytes;
    type Error = BodyError;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, BodyError>>> {
        let this = &mut *self;
        let error = match Pin::new(&mut this.body).poll_frame(context) {
            Poll::Pending => ready!(this.poll_patience(context)),
            // A reset without an error is an end to hyper. It is none of a message (RFC 9113, 8.1).
            Poll::Ready(None) if this.is_http2 && !this.body.is_end_stream() => {
                BodyError::transport("the stream was reset")
            }
            Poll::Ready(None) => return Poll::Ready(None),
            Poll::Ready(Some(Err(error))) => {
                this.peer_is_gone = is_of_connection(&error);
                BodyError::transport(error)
            }
            // Trailers belong to a connection like the headers that announce them, and end here.
            Poll::Ready(Some(Ok(frame))) if frame.is_trailers() => return self.poll_frame(context),
            Poll::Ready(Some(Ok(frame))) => {
                this.moved();
                match this.count(&frame) {
                    Ok(()) => return Poll::Ready(Some(Ok(frame))),
                    Err(error) => error,
                }
            }
        };
        let _ = this.failed.set(error.clone());
        Poll::Ready(Some(Err(error)))
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

impl fmt::Debug for LimitedBody {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LimitedBody").field("length", &self.length).finish_non_exhaustive()
    }
}

/// Whether it was the connection that failed, or ended, and not what came over it.
fn is_of_connection(error: &hyper::Error) -> bool {
    let cause = error.source().and_then(|cause| cause.downcast_ref::<io::Error>());
    cause.is_some_and(|cause| !matches!(cause.kind(), ErrorKind::InvalidInput | ErrorKind::InvalidData))
}

/// `body` as a whole if all of it has come with its head, charged to `budget`, whose room it may wait for; otherwise as it
/// comes. An error that `is_for_reader` is told where it is read, after what came before.
///
/// # Errors
/// What the body ends with; [`BodyError::OverBudget`] if there is no room within `patience`.
pub(crate) async fn take_in<B>(
    mut body: B,
    budget: &TenantBudget,
    patience: Duration,
    is_for_reader: fn(&BodyError) -> bool,
) -> Result<Body, BodyError>
where
    B: hyper::body::Body<Data = Bytes, Error = BodyError> + Send + Unpin + 'static,
{
    let mut ahead = Vec::new();
    let mut length = 0;
    let mut has_yielded = false;
    while length < AHEAD {
        match poll_once(&mut body).await {
            Poll::Ready(Some(Ok(frame))) => {
                if let Ok(data) = frame.into_data() {
                    length += data.len();
                    ahead.push(data);
                }
            }
            Poll::Ready(Some(Err(error))) if is_for_reader(&error) => {
                return Ok(Body::stream(Ahead { chunks: ahead.into_iter(), failed: Some(error), body }));
            }
            Poll::Ready(Some(Err(error))) => return Err(error),
            Poll::Ready(None) => {
                // At last once more, out of turn: there is room, or it is known whose there is none of.
                let waited = timeout(patience, budget.bytes(length)).await;
                let room = waited.unwrap_or_else(|_| budget.try_bytes(length))?;
                return Ok(Body::charged(joined(ahead, length), room));
            }
            // Whoever reads the connection does so when it hears that somebody asks.
            Poll::Pending if !has_yielded => {
                has_yielded = true;
                tokio::task::yield_now().await;
            }
            Poll::Pending => break,
        }
    }
    Ok(Body::stream(Ahead { chunks: ahead.into_iter(), failed: None, body }))
}

/// `body`, of which the first bytes have been asked for.
#[cfg(feature = "server")]
pub(crate) async fn begun(mut body: Body) -> Body {
    let (chunks, failed) = match poll_once(&mut body).await {
        Poll::Ready(Some(Ok(frame))) => (Vec::from_iter(frame.into_data()), None),
        Poll::Ready(Some(Err(error))) => (Vec::new(), Some(error)),
        Poll::Ready(None) | Poll::Pending => return body,
    };
    Body::stream(Ahead { chunks: chunks.into_iter(), failed, body })
}

async fn poll_once<B: hyper::body::Body + Unpin>(
    body: &mut B,
) -> Poll<Option<Result<Frame<B::Data>, B::Error>>> {
    poll_fn(|context| Poll::Ready(Pin::new(&mut *body).poll_frame(context))).await
}

fn joined(mut chunks: Vec<Bytes>, length: usize) -> Bytes {
    if chunks.len() == 1 {
        return chunks.swap_remove(0);
    }
    let mut joined = BytesMut::with_capacity(length);
    chunks.iter().for_each(|chunk| joined.extend_from_slice(chunk));
    joined.freeze()
}

/// A body of which some has been read ahead.
struct Ahead<B> {
    chunks: vec::IntoIter<Bytes>,
    /// What it ended with meanwhile.
    failed: Option<BodyError>,
    body: B,
}

impl<B> hyper::body::Body for Ahead<B>
where
    B: hyper::body::Body<Data = Bytes, Error = BodyError> + Unpin,
{
    type Data = Bytes;
    type Error = BodyError;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, BodyError>>> {
        if let Some(chunk) = self.chunks.next() {
            return Poll::Ready(Some(Ok(Frame::data(chunk))));
        }
        match self.failed.take() {
            Some(error) => Poll::Ready(Some(Err(error))),
            None => Pin::new(&mut self.body).poll_frame(context),
        }
    }

    fn is_end_stream(&self) -> bool {
        self.chunks.as_slice().is_empty() && self.failed.is_none() && self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        let ahead = self.chunks.as_slice().iter().map(|chunk| chunk.len() as u64).sum::<u64>();
        let rest = self.body.size_hint();
        let mut hint = SizeHint::new();
        hint.set_lower(rest.lower().saturating_add(ahead));
        if let Some(upper) = rest.upper().and_then(|upper| upper.checked_add(ahead)) {
            hint.set_upper(upper);
        }
        hint
    }
}
