//! The body of a request that is read by its worker, or not.
//!
//! A worker may answer before it has read the upload, and never read it. Then the rest is read here, for a moment: a
//! connection that is closed with unread bytes in it is reset, and the client may lose the answer; and one that has been
//! read to its end serves the next request. A client that waits to be asked (`Expect: 100-continue`) sends nothing that
//! would have to be read; but one that was not asked by the time of its answer may send it or not, so that the connection
//! serves no other request, and the answer says so. (hyper finds out by itself that it has to close, often when the head
//! is out.)
//!
//! Over HTTP/1.1 the connection is told how far the upload is ([`OpenUpload`]): hyper drops the future of a request whose
//! client leaves afterwards, but a client that leaves during the upload is for it no more than an error of the body.

use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;
use exec::BodyError;
use http_body_util::BodyExt;
use hyper::body::{Body, Frame, SizeHint};
use tokio::runtime::Handle;

use super::progress::OpenUpload;
use crate::limited_body::LimitedBody;

/// For how long, and how many bytes of, what nobody wants is read.
const LINGER: Duration = Duration::from_secs(1);
const LINGER_BYTES: usize = 16 << 20;

/// See the [module](self) documentation.
#[derive(Debug)]
pub(super) struct Upload {
    /// Until it has ended.
    body: Option<LimitedBody>,
    /// Its client sends nothing before it is asked to, which it has not been yet: where to say when it is.
    held_back: Option<Arc<AtomicBool>>,
    /// Over HTTP/1.1.
    open: Option<OpenUpload>,
    runtime: Handle,
}

impl Upload {
    /// # Panics
    /// Outside of a tokio runtime.
    pub(super) fn new(
        body: LimitedBody,
        held_back: Option<Arc<AtomicBool>>,
        open: Option<OpenUpload>,
    ) -> Self {
        Self { body: Some(body), held_back, open, runtime: Handle::current() }
    }
}

impl Body for Upload {
    type Data = Bytes;
    type Error = BodyError;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, BodyError>>> {
        let this = &mut *self;
        if let Some(asked) = this.held_back.take() {
            asked.store(true, Ordering::Relaxed);
        }
        let Some(body) = &mut this.body else { return Poll::Ready(None) };
        let polled = Pin::new(&mut *body).poll_frame(context);
        let (has_ended, peer_is_gone) = (body.is_end_stream(), body.peer_is_gone());
        match (&polled, &this.open) {
            (Poll::Pending, _) | (_, None) => {}
            (Poll::Ready(Some(Err(_))), Some(open)) if peer_is_gone => open.broke(),
            (Poll::Ready(None), Some(open)) => open.ended(),
            (Poll::Ready(Some(_)), Some(open)) if has_ended => open.ended(),
            (Poll::Ready(Some(_)), Some(_)) => {}
        }
        if matches!(polled, Poll::Ready(None)) {
            this.body = None;
        }
        polled
    }

    fn is_end_stream(&self) -> bool {
        self.body.as_ref().is_none_or(Body::is_end_stream)
    }

    fn size_hint(&self) -> SizeHint {
        self.body.as_ref().map_or_else(|| SizeHint::with_exact(0), Body::size_hint)
    }
}

impl Drop for Upload {
    fn drop(&mut self) {
        if let Some(unread) =
            self.body.take().filter(|body| self.held_back.is_none() && !body.is_end_stream())
        {
            linger(unread, self.open.take(), &self.runtime);
        }
    }
}

/// Goes on reading for a moment.
pub(super) fn linger(body: LimitedBody, open: Option<OpenUpload>, runtime: &Handle) {
    let mut body = body.into_inner();
    let reading = async move {
        let mut length = 0;
        while length < LINGER_BYTES
            && let Some(Ok(frame)) = body.frame().await
        {
            length += frame.data_ref().map_or(0, Bytes::len);
        }
        if let Some(open) = open.filter(|_| body.is_end_stream()) {
            open.ended();
        }
    };
    runtime.spawn(async { tokio::time::timeout(LINGER, reading).await });
}
