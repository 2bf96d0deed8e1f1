//! The body of an answer that a worker fetched.

use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use bytes::Bytes;
use exec::BodyError;
use hyper::body::{Body, Frame, SizeHint};

use super::connections::{Connection, Connections};
use crate::limited_body::LimitedBody;

/// A body, and the connection that it comes over. That is given back when the body has been read to its end, and closed
/// if nobody wants the rest.
pub(super) struct FetchedBody {
    body: LimitedBody,
    connection: Option<(Connection, Arc<Connections>)>,
}

impl FetchedBody {
    pub(super) fn new(body: LimitedBody, connection: Connection, home: &Arc<Connections>) -> Self {
        Self { body, connection: Some((connection, Arc::clone(home))) }
    }

    fn give_back(&mut self) {
        if let Some((connection, home)) = self.connection.take() {
            home.give_back(connection);
        }
    }
}

impl Body for FetchedBody {
    type Data = Bytes;
    type Error = BodyError;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, BodyError>>> {
        let polled = Pin::new(&mut self.body).poll_frame(context);
        match &polled {
            Poll::Ready(None) => self.give_back(),
            Poll::Ready(Some(Err(_))) => self.connection = None,
            Poll::Ready(Some(Ok(_))) | Poll::Pending => {}
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

impl Drop for FetchedBody {
    fn drop(&mut self) {
        // Who knows the length need not ask for the end.
        if self.body.is_end_stream() {
            self.give_back();
        }
    }
}
