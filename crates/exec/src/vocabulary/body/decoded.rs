//! A body without its content codings, which are undone as it is read.
//!
//! Much can come of little. A piece is made when somebody asks for one and not before, so that whoever reads is held to
//! what it may keep as with any other body; what the decoder itself holds is charged to the budget. The thread that polls
//! is another's too: after some pieces in a row it is given back for a moment.

use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::{Buf, Bytes};
use http_body::{Body, Frame};

use super::{BodyError, BodyStream};
use crate::budget::{BytesPermit, TenantBudget};
use crate::codings::{Codings, ContentDecoder, Corrupt};

/// Bytes of a piece at most.
const PIECE: usize = 32 << 10;
/// Steps until others have their turn on the thread.
const STEPS: usize = 32;

/// `body` without `codings`. What its decoders hold is charged to `budget`.
pub(crate) fn decoded(body: BodyStream, codings: &Codings, budget: &TenantBudget) -> BodyStream {
    codings
        .decoders()
        .fold(body, |body, decoder| BodyStream::new(Decoded::new(body, decoder, budget.clone())))
}

struct Decoded {
    source: BodyStream,
    source_has_ended: bool,
    decoder: ContentDecoder,
    budget: TenantBudget,
    /// For what the decoder holds; `None` at the end.
    permit: Option<BytesPermit>,
    /// What the permit is for; it counts nothing where there is no limit.
    charged: usize,
    /// What has come, and is to be decoded.
    input: Bytes,
    /// Where the decoder writes.
    buffer: Vec<u8>,
    /// It may have more to give without more input.
    is_full: bool,
    steps: usize,
    has_ended: bool,
}

impl Decoded {
    fn new(source: BodyStream, decoder: ContentDecoder, budget: TenantBudget) -> Self {
        Self {
            source,
            source_has_ended: false,
            decoder,
            budget,
            permit: None,
            charged: 0,
            input: Bytes::new(),
            buffer: Vec::new(),
            is_full: false,
            steps: 0,
            has_ended: false,
        }
    }

    /// The next piece; none if it takes more input.
    fn decode(&mut self) -> Result<Option<Bytes>, BodyError> {
        self.buffer.resize(PIECE, 0);
        let (taken, written) = self.decoder.step(&self.input, &mut self.buffer)?;
        if (taken, written) == (0, 0) && !self.input.is_empty() {
            return Err(Corrupt.into());
        }
        self.input.advance(taken);
        self.is_full = written == PIECE;
        self.charge(PIECE + self.decoder.memory())?;
        Ok((written > 0).then(|| Bytes::copy_from_slice(&self.buffer[..written])))
    }

    fn charge(&mut self, held: usize) -> Result<(), BodyError> {
        let more = held.saturating_sub(self.charged);
        match &mut self.permit {
            Some(permit) => permit.grow(&self.budget, more)?,
            None => self.permit = Some(self.budget.try_bytes(more)?),
        }
        self.charged += more;
        Ok(())
    }

    fn poll_piece(&mut self, context: &mut Context<'_>) -> Poll<Result<Option<Bytes>, BodyError>> {
        loop {
            if self.is_full || !self.input.is_empty() {
                if self.steps == STEPS {
                    self.steps = 0;
                    context.waker().wake_by_ref();
                    return Poll::Pending;
                }
                self.steps += 1;
                match self.decode()? {
                    Some(piece) => return Poll::Ready(Ok(Some(piece))),
                    None => continue,
                }
            }
            if self.source_has_ended {
                self.decoder.finish()?;
                return Poll::Ready(Ok(None));
            }
            match self.source.poll_chunk(context)? {
                Poll::Ready(Some(chunk)) => self.input = chunk,
                Poll::Ready(None) => self.source_has_ended = true,
                Poll::Pending => {
                    self.steps = 0;
                    return Poll::Pending;
                }
            }
        }
    }
}

impl Body for Decoded {
    type Data = Bytes;
    type Error = BodyError;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, BodyError>>> {
        if self.has_ended {
            return Poll::Ready(None);
        }
        let polled = self.poll_piece(context);
        if matches!(polled, Poll::Ready(Ok(None) | Err(_))) {
            self.has_ended = true;
            self.permit = None;
        }
        polled.map(|piece| piece.map(|piece| piece.map(Frame::data)).transpose())
    }

    fn is_end_stream(&self) -> bool {
        self.has_ended
    }
}

impl From<Corrupt> for BodyError {
    fn from(_: Corrupt) -> Self {
        Self::Corrupt
    }
}

#[cfg(test)]
mod tests {
    use http::HeaderMap;

    use super::*;
    use crate::budget::{ProcessBudget, TenantLimits};
    use crate::codings::Format;
    use crate::codings::tests::{compressed, sample};
    use crate::vocabulary::body::{Body, channel};

    fn codings(value: &'static str) -> Codings {
        let mut headers = HeaderMap::new();
        headers.insert("content-encoding", value.parse().unwrap());
        Codings::of(&headers).unwrap()
    }

    fn budget(bytes: usize) -> TenantBudget {
        TenantBudget::new(TenantLimits { bytes, ..TenantLimits::default() }, &ProcessBudget::default())
    }

    fn whole(bytes: Vec<u8>) -> BodyStream {
        BodyStream::new(Body::from(bytes))
    }

    #[tokio::test]
    async fn pieces_come_as_their_input_does() {
        let sample = sample();
        let input = compressed(Format::Brotli, &compressed(Format::Gzip, &sample));
        let (sender, stream) = channel(1 << 20, TenantBudget::unlimited(), |_| {});
        let budget = budget(8 << 20);
        let body = Body::Stream(decoded(stream, &codings("gzip, br"), &budget));
        let reading = tokio::spawn(async move { body.collect(usize::MAX).await });
        for chunk in input.chunks(100) {
            sender.push(chunk.to_vec().into()).unwrap();
            tokio::task::yield_now().await;
        }
        sender.finish(Ok(()));
        assert!(reading.await.unwrap().unwrap() == sample);
        assert_eq!(budget.usage().bytes, 0);
    }

    #[tokio::test]
    async fn what_is_cut_off_or_wrong_ends_with_an_error_after_what_was_fine() {
        let input = compressed(Format::Gzip, &sample());
        let cut = input[..input.len() / 2].to_vec();
        let mut wrong = input.clone();
        *wrong.last_mut().unwrap() ^= 1;
        for input in [cut, wrong] {
            let mut body = decoded(whole(input), &codings("gzip"), &TenantBudget::unlimited());
            let mut length = 0;
            let end = loop {
                match body.chunk().await {
                    Ok(Some(chunk)) => length += chunk.len(),
                    end => break end,
                }
            };
            assert!(matches!(end, Err(BodyError::Corrupt)) && length > 1000, "{end:?} after {length}");
            assert!(body.chunk().await.unwrap().is_none());
        }
    }

    #[tokio::test]
    async fn a_bomb_is_as_large_as_somebody_reads_of_it() {
        let bomb = compressed(Format::Gzip, &vec![0; 4 << 20]);
        let budget = budget(1 << 20);
        let mut body = decoded(whole(bomb.clone()), &codings("gzip"), &budget);
        let mut length = 0;
        while let Some(chunk) = body.chunk().await.unwrap() {
            length += chunk.len();
            assert!(chunk.len() <= PIECE && budget.usage().bytes < 256 << 10);
        }
        assert_eq!((length, budget.usage().bytes), (4 << 20, 0));
        let body = |budget| Body::Stream(decoded(whole(bomb.clone()), &codings("gzip"), budget));
        let collected = body(&budget).collect_charged(usize::MAX, &budget).await;
        assert!(matches!(collected, Err(BodyError::OverBudget(_))), "{collected:?}");
        assert!(matches!(body(&budget).collect(1 << 20).await, Err(BodyError::TooLarge)));
        assert_eq!(budget.usage().bytes, 0);
    }

    #[tokio::test]
    async fn what_a_decoder_holds_needs_room_in_the_budget() {
        let input = compressed(Format::Brotli, &sample());
        let mut body = decoded(whole(input), &codings("br"), &budget(64 << 10));
        assert!(matches!(body.chunk().await, Err(BodyError::OverBudget(_))));
    }
}
