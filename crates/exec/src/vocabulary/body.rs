//! Bodies of requests and responses: none, in memory, or coming as they are read.

mod breakable;
mod channel;
mod decoded;
mod error;
mod stream;

use std::convert::Infallible;
use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::Bytes;
use http_body::{Body as _, Frame, SizeHint};

use crate::budget::{BudgetExceeded, BytesPermit, TenantBudget};

pub(crate) use self::breakable::breakable;
pub use self::channel::Movement;
pub(crate) use self::channel::{BodySender, Pushed, SenderEvent, channel};
pub(crate) use self::decoded::decoded;
pub use self::error::BodyError;
pub use self::stream::BodyStream;

/// A body, as a worker gets it or makes it.
///
/// It implements [`http_body::Body`], so that whoever sends it on need not know which kind it is.
#[derive(Debug, Default)]
pub enum Body {
    /// None: no bytes, and no end to wait for.
    #[default]
    Empty,
    /// All bytes are there. Without any it is a body nonetheless: of an upload of no bytes `request.body` is a stream, and it is sent
    /// with a length of 0.
    Full(Bytes),
    /// The bytes come as they are read; the end may be an error.
    Stream(BodyStream),
}

impl Body {
    /// A body without bytes.
    pub fn empty() -> Self {
        Self::Empty
    }

    /// A body that is read as it is needed, and dropped when nobody needs it any more.
    pub fn stream<B>(body: B) -> Self
    where
        B: http_body::Body<Data = Bytes> + Send + 'static,
        B::Error: Into<BodyError>,
    {
        Self::Stream(BodyStream::new(body))
    }

    /// A [`Full`](Self::Full) body whose bytes are charged to a budget until the last copy of them is gone.
    pub fn charged(bytes: impl Into<Bytes>, permit: BytesPermit) -> Self {
        Self::Full(charged(bytes.into(), permit))
    }

    /// The same, whatever kind it is, to be read.
    pub(crate) fn into_stream(self) -> BodyStream {
        match self {
            Self::Stream(stream) => stream,
            whole => BodyStream::new(whole),
        }
    }

    /// How many bytes it has, if that is known before it is read.
    pub fn len(&self) -> Option<u64> {
        self.size_hint().exact()
    }

    /// Whether it is known to have no bytes.
    pub fn is_empty(&self) -> bool {
        self.is_end_stream()
    }

    /// The bytes, if all of them are there.
    pub fn as_bytes(&self) -> Option<&[u8]> {
        match self {
            Self::Empty => Some(&[]),
            Self::Full(bytes) => Some(bytes),
            Self::Stream(_) => None,
        }
    }

    /// All bytes, read to the end. What is there already is given without a copy. The bytes of a stream are charged to
    /// nobody: see [`collect_charged`](Self::collect_charged).
    ///
    /// # Errors
    /// [`BodyError::TooLarge`] if there are more than `limit`; what the stream ended with, if that is no proper end.
    pub async fn collect(self, limit: usize) -> Result<Bytes, BodyError> {
        self.collect_charged(limit, &TenantBudget::unlimited()).await
    }

    /// As [`collect`](Self::collect), charged to `budget` until the last copy of the bytes is gone. What a stream announces
    /// is charged before any of it is read, what comes unannounced as it comes.
    ///
    /// # Errors
    /// As [`collect`](Self::collect); [`BodyError::OverBudget`].
    pub async fn collect_charged(self, limit: usize, budget: &TenantBudget) -> Result<Bytes, BodyError> {
        match self {
            Self::Empty => Ok(Bytes::new()),
            Self::Full(bytes) if bytes.len() > limit => Err(BodyError::TooLarge),
            Self::Full(bytes) => Ok(bytes),
            Self::Stream(mut stream) => stream.collect(limit, budget).await,
        }
    }
}

/// `bytes` with the permit for them.
pub(crate) fn charged(bytes: Bytes, permit: BytesPermit) -> Bytes {
    if permit.bytes() == 0 {
        return bytes;
    }
    Bytes::from_owner(Charged { bytes, _permit: permit })
}

/// `bytes`, charged to `budget` if there is room in it.
pub(crate) fn charge(bytes: Bytes, budget: &TenantBudget) -> Result<Bytes, BudgetExceeded> {
    let permit = budget.try_bytes(bytes.len())?;
    Ok(charged(bytes, permit))
}

struct Charged {
    bytes: Bytes,
    _permit: BytesPermit,
}

impl AsRef<[u8]> for Charged {
    fn as_ref(&self) -> &[u8] {
        &self.bytes
    }
}

impl<T: Into<Bytes>> From<T> for Body {
    fn from(bytes: T) -> Self {
        let bytes = bytes.into();
        if bytes.is_empty() { Self::Empty } else { Self::Full(bytes) }
    }
}

impl From<Infallible> for BodyError {
    fn from(never: Infallible) -> Self {
        match never {}
    }
}

impl http_body::Body for Body {
    type Data = Bytes;
    type Error = BodyError;

    fn poll_frame(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, BodyError>>> {
        let this = self.get_mut();
        match this {
            Self::Empty => Poll::Ready(None),
            Self::Full(bytes) => {
                let bytes = std::mem::take(bytes);
                *this = Self::Empty;
                Poll::Ready((!bytes.is_empty()).then(|| Ok(Frame::data(bytes))))
            }
            Self::Stream(stream) => Pin::new(stream).poll_frame(context),
        }
    }

    fn is_end_stream(&self) -> bool {
        match self {
            Self::Empty => true,
            Self::Full(bytes) => bytes.is_empty(),
            Self::Stream(stream) => stream.is_end_stream(),
        }
    }

    fn size_hint(&self) -> SizeHint {
        match self {
            Self::Empty => SizeHint::with_exact(0),
            Self::Full(bytes) => SizeHint::with_exact(bytes.len() as u64),
            Self::Stream(stream) => stream.size_hint(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::budget::{ProcessBudget, TenantLimits};

    fn budget(bytes: usize) -> TenantBudget {
        let limits = TenantLimits { bytes, ..TenantLimits::default() };
        TenantBudget::new(limits, &ProcessBudget::default())
    }

    #[tokio::test]
    async fn bytes_are_charged_until_the_last_copy_is_gone() {
        let budget = budget(10);
        let body = Body::charged("abcdef", budget.try_bytes(6).unwrap());
        let part = body.collect(6).await.unwrap().slice(2..4);
        assert_eq!((&part[..], budget.usage().bytes), (&b"cd"[..], 6));
        drop(part);
        assert_eq!(budget.usage().bytes, 0);
    }

    #[tokio::test]
    async fn a_stream_is_collected_within_its_limit_and_the_budget() {
        let of = |chunks: &[&'static str]| {
            let (sender, stream) = channel(1000, TenantBudget::unlimited(), |_| {});
            chunks.iter().for_each(|chunk| assert_eq!(sender.push(Bytes::from(*chunk)), Ok(Pushed::Room)));
            sender.finish(Ok(()));
            Body::Stream(stream)
        };
        let room = budget(8);
        let whole = of(&["ab", "", "cdef"]).collect_charged(6, &room).await.unwrap();
        assert_eq!((&whole[..], room.usage().bytes), (&b"abcdef"[..], 6));
        drop(whole);
        assert_eq!(room.usage().bytes, 0);
        let single = of(&["abcdef"]).collect_charged(6, &room).await.unwrap();
        assert_eq!((&single[..], room.usage().bytes), (&b"abcdef"[..], 6));
        assert!(matches!(of(&["ab", "cdef"]).collect(5).await, Err(BodyError::TooLarge)));
        let none = of(&["abcd", "ef"]).collect_charged(6, &budget(5)).await;
        assert!(matches!(none, Err(BodyError::OverBudget(_))), "{none:?}");
    }

    #[tokio::test]
    async fn kinds_that_are_there_end_at_once() {
        assert!(Body::empty().is_end_stream() && Body::from("").is_empty());
        assert_eq!(Body::from("ab").len(), Some(2));
        assert!(matches!(Body::from("ab").collect(1).await, Err(BodyError::TooLarge)));
    }
}
