//! The body of an answer on its way to the client.
//!
//! One that is there as a whole is forgotten once hyper has it. One that streams keeps its request open: the line in the
//! access log is written, and the connection may be taken for idle, only when it has ended, or the client is gone. It gives
//! nothing while enough of it waits for a client that does not read.

use std::fmt;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use bytes::Bytes;
use exec::{Body, BodyError};
use hyper::body::{Frame, SizeHint};

use super::access_log::AccessLine;
use super::progress::InFlight;
use crate::workers::Worker;

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
    in_flight: Option<InFlight>,
    worker: Option<Arc<Worker>>,
    bytes: u64,
}

impl ServedBody {
    /// Who makes it.
    pub(super) fn of_worker(mut self, worker: &Arc<Worker>) -> Self {
        if let Some(open) = &mut self.open {
            open.worker = Some(Arc::clone(worker));
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

    /// The request is in flight until the body has ended: until now, if it is here as a whole.
    pub(super) fn hold(&mut self, in_flight: InFlight) {
        match &mut self.open {
            Some(open) => open.in_flight = Some(in_flight.streaming()),
            None => drop(in_flight),
        }
    }

    /// In its place, for a client that wants none.
    pub(super) fn without_bytes(self) -> Self {
        Self::default()
    }

    fn failed(&mut self, error: &BodyError) {
        let Some(open) = &mut self.open else { return };
        let worker = open.worker.as_deref().map(Worker::id);
        let detail = error.detail();
        tracing::warn!(worker, %error, detail, bytes = open.bytes, "a body broke off");
    }
}

impl From<Body> for ServedBody {
    fn from(body: Body) -> Self {
        let open = matches!(body, Body::Stream(_)).then(Box::default);
        Self { body, open }
    }
}

impl hyper::body::Body for ServedBody {
    type Data = Bytes;
    type Error = BodyError;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, BodyError>>> {
        let in_flight = self.open.as_ref().and_then(|open| open.in_flight.as_ref());
        if let Some(in_flight) = in_flight {
            ready!(in_flight.poll_room(context));
        }
        let polled = Pin::new(&mut self.body).poll_frame(context);
        match (&polled, &mut self.open) {
            (Poll::Ready(Some(Ok(frame))), Some(open)) => {
                let bytes = frame.data_ref().map_or(0, Bytes::len);
                open.bytes += bytes as u64;
                if let Some(in_flight) = &open.in_flight {
                    in_flight.queued(bytes);
                }
            }
            (Poll::Ready(Some(Err(error))), Some(_)) => self.failed(error),
            _ => {}
        }
        polled
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

impl Drop for Open {
    fn drop(&mut self) {
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
