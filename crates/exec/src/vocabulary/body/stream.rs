//! A body that comes as it is read.

use std::fmt;
use std::future::poll_fn;
use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::{Bytes, BytesMut};
use http_body::{Body, Frame, SizeHint};
use http_body_util::BodyExt;
use http_body_util::combinators::UnsyncBoxBody;

use super::{BodyError, Movement, charged};
use crate::budget::{BytesPermit, TenantBudget};

/// A body that comes as it is read. What is not read is not asked for; dropping it says that nobody wants the rest.
pub struct BodyStream(Box<Inner>);

struct Inner {
    frames: UnsyncBoxBody<Bytes, BodyError>,
    /// What it ended with, found out while there were bytes to be given first.
    failed: Option<BodyError>,
    movement: Option<Movement>,
}

impl BodyStream {
    /// Whatever has frames of bytes.
    pub fn new<B>(body: B) -> Self
    where
        B: Body<Data = Bytes> + Send + 'static,
        B::Error: Into<BodyError>,
    {
        let frames = body.map_err(Into::into).boxed_unsync();
        Self(Box::new(Inner { frames, failed: None, movement: None }))
    }

    pub(super) fn with_movement(mut self, movement: Movement) -> Self {
        self.0.movement = Some(movement);
        self
    }

    /// Where whoever sends it may say that it moves, beyond what it takes of it.
    pub fn movement(&self) -> Option<Movement> {
        self.0.movement.clone()
    }

    /// The next bytes; `None` at the end. Frames without data are passed over.
    ///
    /// # Errors
    /// What the body ended with, if that is no proper end.
    pub async fn chunk(&mut self) -> Result<Option<Bytes>, BodyError> {
        poll_fn(|context| self.poll_chunk(context)).await
    }

    /// The next bytes, together with those that are there already, up to about `enough`; none at the end.
    ///
    /// # Errors
    /// As [`chunk`](Self::chunk); an error after some bytes is for the next call.
    pub(crate) async fn chunks(&mut self, enough: usize) -> Result<Vec<Bytes>, BodyError> {
        let (mut chunks, mut length) = (Vec::new(), 0);
        poll_fn(|context| {
            while length < enough {
                match self.poll_chunk(context) {
                    Poll::Ready(Ok(Some(chunk))) => {
                        length += chunk.len();
                        chunks.push(chunk);
                    }
                    Poll::Ready(Err(error)) if !chunks.is_empty() => {
                        self.fail_later(error);
                        break;
                    }
                    Poll::Ready(Err(error)) => return Poll::Ready(Err(error)),
                    Poll::Pending if chunks.is_empty() => return Poll::Pending,
                    Poll::Ready(Ok(None)) | Poll::Pending => break,
                }
            }
            Poll::Ready(Ok(()))
        })
        .await?;
        Ok(chunks)
    }

    /// It has ended with this, which is for the next call.
    pub(crate) fn fail_later(&mut self, error: BodyError) {
        self.0.failed = Some(error);
    }

    pub(super) fn poll_chunk(&mut self, context: &mut Context<'_>) -> Poll<Result<Option<Bytes>, BodyError>> {
        loop {
            return match Pin::new(&mut *self).poll_frame(context) {
                Poll::Pending => Poll::Pending,
                Poll::Ready(None) => Poll::Ready(Ok(None)),
                Poll::Ready(Some(Err(error))) => Poll::Ready(Err(error)),
                Poll::Ready(Some(Ok(frame))) => match frame.into_data() {
                    Ok(data) if !data.is_empty() => Poll::Ready(Ok(Some(data))),
                    Ok(_) | Err(_) => continue,
                },
            };
        }
    }

    /// All that is left of it.
    pub(crate) async fn collect(&mut self, limit: usize, budget: &TenantBudget) -> Result<Bytes, BodyError> {
        let announced = usize::try_from(self.size_hint().lower()).unwrap_or(usize::MAX);
        if announced > limit {
            return Err(BodyError::TooLarge);
        }
        // All of it at once, so that no two bodies have the room between them that one would need.
        let permit = budget.try_bytes(announced)?;
        if let Some(movement) = &self.0.movement {
            movement.kept_in(budget);
        }
        let mut collected = Collected::new(announced, permit, budget);
        while let Some(chunk) = self.chunk().await? {
            collected.add(chunk, limit)?;
        }
        Ok(collected.finish())
    }
}

/// The bytes of a body that have come so far.
struct Collected<'a> {
    budget: &'a TenantBudget,
    permit: BytesPermit,
    /// What `permit` is for; it counts nothing where there is no limit.
    charged: usize,
    announced: usize,
    length: usize,
    /// The only piece so far: most bodies come in one, which needs no copy.
    single: Option<Bytes>,
    joined: BytesMut,
}

impl<'a> Collected<'a> {
    fn new(announced: usize, permit: BytesPermit, budget: &'a TenantBudget) -> Self {
        let (single, joined) = (None, BytesMut::new());
        Self { budget, permit, charged: announced, announced, length: 0, single, joined }
    }

    fn add(&mut self, chunk: Bytes, limit: usize) -> Result<(), BodyError> {
        self.length += chunk.len();
        if self.length > limit {
            return Err(BodyError::TooLarge);
        }
        if self.single.is_none() && self.joined.is_empty() {
            self.charge(self.length)?;
            self.single = Some(chunk);
            return Ok(());
        }
        if self.joined.capacity() < self.length {
            // As much as is known to come, or else twice as much.
            let capacity =
                if self.length <= self.announced { self.announced } else { (2 * self.length).min(limit) };
            self.charge(capacity)?;
            self.joined.reserve(capacity - self.joined.len());
        }
        if let Some(first) = self.single.take() {
            self.joined.extend_from_slice(&first);
        }
        self.joined.extend_from_slice(&chunk);
        Ok(())
    }

    fn charge(&mut self, bytes: usize) -> Result<(), BodyError> {
        let more = bytes.saturating_sub(self.charged);
        self.permit.grow(self.budget, more)?;
        self.charged += more;
        Ok(())
    }

    fn finish(self) -> Bytes {
        charged(self.single.unwrap_or_else(|| self.joined.freeze()), self.permit)
    }
}

impl Body for BodyStream {
    type Data = Bytes;
    type Error = BodyError;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, BodyError>>> {
        if let Some(error) = self.0.failed.take() {
            return Poll::Ready(Some(Err(error)));
        }
        Pin::new(&mut self.0.frames).poll_frame(context)
    }

    fn is_end_stream(&self) -> bool {
        self.0.failed.is_none() && self.0.frames.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.0.frames.size_hint()
    }
}

impl fmt::Debug for BodyStream {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("BodyStream").field("size_hint", &self.0.frames.size_hint()).finish_non_exhaustive()
    }
}
