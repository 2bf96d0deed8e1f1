//! The body of an answer on its way to the client.
//!
//! One that is there as a whole is forgotten once hyper has it, unless it is a long one over HTTP/2. One that streams keeps
//! its request open: the line in the access log is written, and the connection may be taken for idle, only when it has
//! ended, or the client is gone. It gives nothing while enough of it waits for a client that does not read, and is held to
//! its [`Pace`].
//!
//! What hyper has of an answer, its head included, it drops when the body fails. So an error is told one poll later than it is
//! known: until then what came before is written, as far as the client takes it.

use std::fmt;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use bytes::Bytes;
use exec::{Body, BodyError};
use http::Version;
use hyper::body::{Frame, SizeHint};

use super::access_log::AccessLine;
use super::pace::{Pace, StreamLimits};
use super::piece::Piece;
use super::progress::InFlight;
use super::request::UploadFate;
use crate::limited_body;
use crate::workers::Worker;

/// Bytes that are given at a time over HTTP/2: what fits into one frame. More is asked for once they have been sent, so that the
/// body is there until nearly all of it was, and its pace.
const PIECE: usize = 16 << 10;

/// A body that is there as a whole, and longer, is sent like one that streams over HTTP/2: a client that does not read it would
/// keep it as long as it reads others.
const LONG: usize = 64 << 10;

/// See the [module](self) documentation.
#[derive(Default)]
pub(super) struct ServedBody {
    body: Body,
    open: Option<Box<Open>>,
}

/// What lasts as long as a body that streams.
#[derive(Default)]
struct Open {
    access: Option<AccessLine>,
    on_its_way: Option<OnItsWay>,
    worker: Option<Arc<Worker>>,
    upload: UploadFate,
    bytes: u64,
    /// What came with the last piece.
    rest: Bytes,
    /// What it ends with, once what came before has had a chance to be sent.
    failed: Option<BodyError>,
    has_ended: bool,
}

struct OnItsWay {
    in_flight: InFlight,
    pace: Pace,
    /// Its end is to be seen by its length, or not.
    has_length: bool,
}

impl ServedBody {
    /// For a client that asked over this version of HTTP.
    pub(super) fn new(body: Body, version: Version) -> Self {
        let is_open = match &body {
            Body::Empty => false,
            Body::Full(bytes) => version == Version::HTTP_2 && bytes.len() > LONG,
            Body::Stream(_) => true,
        };
        Self { body, open: is_open.then(Box::default) }
    }

    /// Asks for its first bytes. If it is made of an upload whose client waits to be asked for it, that is asked before the head of
    /// the answer is there, after which nobody can.
    pub(super) async fn begin(&mut self) {
        let Body::Stream(stream) = &self.body else { return };
        // One that a worker writes begins by itself.
        if stream.movement().is_none() {
            self.body = limited_body::begun(std::mem::take(&mut self.body)).await;
        }
        // Whoever reads the connection does so when it hears that somebody asks.
        tokio::task::yield_now().await;
    }

    /// Who makes it, and what becomes of the upload that it may be made of.
    pub(super) fn of_worker(mut self, worker: &Arc<Worker>, upload: UploadFate) -> Self {
        if let Some(open) = &mut self.open {
            open.worker = Some(Arc::clone(worker));
            open.upload = upload;
        }
        self
    }

    /// The line is written when the body has ended: now, if it is here as a whole.
    pub(super) fn log(&mut self, access: AccessLine) {
        match &mut self.open {
            Some(open) => open.access = Some(access),
            None => drop(access),
        }
    }

    /// The request is in flight until the body has ended: until now, if it is here as a whole. Called by the future that sends
    /// it, which is [watched over](super::pace).
    pub(super) fn hold(&mut self, in_flight: InFlight, limits: StreamLimits) {
        let has_length = self.body.len().is_some();
        match &mut self.open {
            Some(open) => {
                let in_flight = in_flight.streaming();
                let alone = (in_flight.version() < Version::HTTP_2).then(|| in_flight.progress().clone());
                let movement = match &self.body {
                    Body::Stream(stream) => stream.movement(),
                    Body::Empty | Body::Full(_) => None,
                };
                let pace = Pace::begin(limits, alone, movement);
                open.on_its_way = Some(OnItsWay { in_flight, pace, has_length });
            }
            None => drop(in_flight),
        }
    }

    /// Bytes that were taken from the body, and not given yet.
    fn rest(&self) -> usize {
        self.open.as_ref().map_or(0, |open| open.rest.len())
    }

    /// Whether there is an error to be told.
    fn has_failed(&self) -> bool {
        self.open.as_ref().is_some_and(|open| open.failed.is_some())
    }

    /// In its place, for a client that wants none.
    pub(super) fn without_bytes(self) -> Self {
        Self::default()
    }
}

/// An answer of the server's own.
impl From<String> for ServedBody {
    fn from(text: String) -> Self {
        Self { body: text.into(), open: None }
    }
}

impl hyper::body::Body for ServedBody {
    type Data = Piece;
    type Error = BodyError;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Piece>, BodyError>>> {
        let Self { body, open } = &mut *self;
        let Some(open) = open else {
            let polled = ready!(Pin::new(body).poll_frame(context));
            return Poll::Ready(polled.map(|frame| Ok(frame?.map_data(Piece::from))));
        };
        if let Some(error) = open.failed.take() {
            return Poll::Ready(Some(Err(error)));
        }
        if let Some(OnItsWay { in_flight, .. }) = &open.on_its_way {
            ready!(in_flight.poll_room(context));
        }
        let polled = if open.rest.is_empty() {
            ready!(Pin::new(&mut *body).poll_frame(context))
        } else {
            Some(Ok(Frame::data(std::mem::take(&mut open.rest))))
        };
        let polled = match polled {
            Some(Err(error)) => {
                open.broke_off(&error);
                open.failed = Some(error);
                context.waker().wake_by_ref();
                return Poll::Pending;
            }
            Some(Ok(frame)) => Some(Ok(open.given(frame))),
            None => None,
        };
        open.has_ended = open.rest.is_empty() && (polled.is_none() || body.is_end_stream());
        Poll::Ready(polled)
    }

    fn is_end_stream(&self) -> bool {
        !self.has_failed() && self.rest() == 0 && self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        let (hint, rest) = (self.body.size_hint(), self.rest() as u64);
        let mut all = SizeHint::new();
        all.set_lower(hint.lower() + rest);
        if let Some(upper) = hint.upper() {
            all.set_upper(upper + rest);
        }
        all
    }
}

impl Open {
    /// What is given of a frame; the rest is kept.
    fn given(&mut self, frame: Frame<Bytes>) -> Frame<Piece> {
        let Some(OnItsWay { in_flight, pace, .. }) = &self.on_its_way else {
            return frame.map_data(Piece::from);
        };
        pace.taken();
        let over_http2 = in_flight.version() == Version::HTTP_2;
        frame.map_data(|mut data| {
            if over_http2 && data.len() > PIECE {
                self.rest = data.split_off(PIECE);
            }
            self.bytes += data.len() as u64;
            in_flight.queued(data.len());
            if over_http2 { Piece::paced(data, pace.clone()) } else { data.into() }
        })
    }

    fn broke_off(&self, error: &BodyError) {
        let worker = self.worker.as_deref().map(Worker::id);
        let (detail, bytes) = (error.detail(), self.bytes);
        if matches!(self.upload.error(), Some(BodyError::Transport { .. })) {
            tracing::debug!(worker, %error, detail, bytes, "a client left during its upload");
        } else {
            tracing::warn!(worker, %error, detail, bytes, "a body broke off");
        }
    }
}

impl Drop for Open {
    fn drop(&mut self) {
        if let Some(OnItsWay { in_flight, pace, has_length }) = &self.on_its_way {
            pace.end();
            if let Some(error) = pace.exceeded() {
                self.broke_off(&error);
            }
            if !self.has_ended && !has_length {
                in_flight.cut_off();
            }
        }
        if let Some(access) = &mut self.access {
            access.sent(self.bytes);
        }
    }
}

impl fmt::Debug for ServedBody {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.body.fmt(f)
    }
}
