//! A body that somebody else can break off.

use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::Bytes;
use http_body::{Body as HttpBody, Frame, SizeHint};
use tokio::sync::oneshot;

use super::{Body, BodyError, BodyStream};

/// `body`, which breaks off when a message is sent, and goes on by itself if the sender is dropped.
pub(crate) fn breakable(body: BodyStream) -> (oneshot::Sender<()>, BodyStream) {
    let (sender, receiver) = oneshot::channel();
    (sender, BodyStream::new(Breakable { frames: body, broken: Some(receiver) }))
}

struct Breakable {
    frames: BodyStream,
    /// `None` when nobody can break it off any more.
    broken: Option<oneshot::Receiver<()>>,
}

impl Breakable {
    /// Whether it is to break off now.
    fn poll_broken(&mut self, context: &mut Context<'_>) -> bool {
        let Some(broken) = &mut self.broken else { return false };
        match Pin::new(broken).poll(context) {
            Poll::Pending => false,
            Poll::Ready(message) => {
                self.broken = None;
                message.is_ok()
            }
        }
    }
}

impl HttpBody for Breakable {
    type Data = Bytes;
    type Error = BodyError;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, BodyError>>> {
        if self.poll_broken(context) {
            // Nobody wants the rest of what it is made of.
            self.frames = BodyStream::new(Body::Empty);
            return Poll::Ready(Some(Err(BodyError::broken_off("its signal was aborted"))));
        }
        Pin::new(&mut self.frames).poll_frame(context)
    }

    fn is_end_stream(&self) -> bool {
        self.frames.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.frames.size_hint()
    }
}

#[cfg(test)]
mod tests {
    use super::super::{SenderEvent, channel};
    use super::*;
    use crate::budget::TenantBudget;

    #[tokio::test]
    async fn a_body_breaks_off_when_it_is_told_to_and_lets_go_of_what_it_is_made_of() {
        let (gone, is_gone) = std::sync::mpsc::channel();
        let (sender, stream) =
            channel(100, TenantBudget::unlimited(), move |event| gone.send(event).unwrap());
        let (breaks, mut body) = breakable(stream);
        sender.push(Bytes::from("ab")).unwrap();
        assert_eq!(body.chunk().await.unwrap().unwrap(), "ab");
        let waiting = tokio::spawn(async move { (body.chunk().await, body) });
        tokio::task::yield_now().await;
        breaks.send(()).unwrap();
        let (end, mut body) = waiting.await.unwrap();
        assert!(matches!(end, Err(BodyError::BrokenOff { .. })), "{end:?}");
        assert!(is_gone.try_iter().any(|event| event == SenderEvent::Gone));
        assert!(body.chunk().await.unwrap().is_none());
    }

    #[tokio::test]
    async fn a_body_that_nobody_can_break_off_goes_on() {
        let (sender, stream) = channel(100, TenantBudget::unlimited(), |_| {});
        let (breaks, mut body) = breakable(stream);
        drop(breaks);
        sender.push(Bytes::from("ab")).unwrap();
        sender.finish(Ok(()));
        assert_eq!(body.chunk().await.unwrap().unwrap(), "ab");
        assert!(body.chunk().await.unwrap().is_none());
    }
}
