//! What a read of a body takes.
//!
//! Each read is a turn of the isolate. A body that comes in small pieces, each packet or each chunk of the chunked coding by
//! itself, would take a turn for each of them. So what comes together crosses together: a read that finds little less than
//! [`APART`] after the last one ended waits for more until then. What comes slower than that is given at once, and nothing
//! waits for longer.
//!
//! A peer that waits for an answer to each piece sends no more meanwhile. Where waiting was in vain, the next reads do not
//! wait: one the first time, twice as many each time after that.

use std::future::poll_fn;
use std::pin::pin;
use std::task::Poll;
use std::time::{Duration, Instant};

use bytes::Bytes;
use isolate::Alarm;

use crate::budget::TenantBudget;
use crate::vocabulary::body::{BodyError, BodyStream, charge};

/// How far reads are apart at least that find little.
const APART: Duration = Duration::from_millis(1);

/// So many bytes are worth a turn.
const WORTH: usize = 16 << 10;

/// Reads that do not wait after one that did in vain, at most.
const MOST_SKIPPED: u32 = 64;

/// What a read of a body came to: the chunks that were there, none at the end.
pub(crate) type Read = Result<Vec<Bytes>, BodyError>;

/// How the reads of one body follow each other.
#[derive(Clone, Copy, Debug)]
pub(super) struct Pace {
    apart: Duration,
    /// When the last one ended.
    last: Option<Instant>,
    /// So many that would wait do not.
    skipped: u32,
    /// The last waits were in vain, and so many were skipped after them.
    in_vain: u32,
}

impl Default for Pace {
    fn default() -> Self {
        Self { apart: APART, last: None, skipped: 0, in_vain: 0 }
    }
}

impl Pace {
    /// Until when a read that has found little `now` waits for more.
    fn patience(&mut self, now: Instant) -> Option<Instant> {
        let until = self.last? + self.apart;
        if until <= now {
            return None;
        }
        match self.skipped.checked_sub(1) {
            None => Some(until),
            Some(left) => {
                self.skipped = left;
                None
            }
        }
    }

    /// A read has waited, and more came or not.
    fn waited(&mut self, came: bool) {
        self.in_vain = if came { 0 } else { (2 * self.in_vain).clamp(1, MOST_SKIPPED) };
        self.skipped = self.in_vain;
    }
}

/// Reads what is there, up to about `enough`: `least` bytes at least if there are as many to come, and otherwise at this pace.
pub(super) async fn read_some(
    stream: &mut BodyStream,
    least: usize,
    enough: usize,
    pace: &mut Pace,
    budget: &TenantBudget,
) -> Read {
    let mut read = Pieces { chunks: Vec::new(), length: 0, budget };
    while read.add(stream.chunks(enough).await?)? && read.length < least {}
    if least == 0
        && (1..WORTH.min(enough)).contains(&read.length)
        && let Some(until) = pace.patience(Instant::now())
    {
        let before = read.length;
        let gathered = by(until, gather(stream, enough, &mut read)).await;
        pace.waited(read.length > before);
        gathered.unwrap_or(Ok(()))?;
    }
    pace.last = Some(Instant::now());
    Ok(read.chunks)
}

/// Reads until there is enough, or nothing more.
async fn gather(stream: &mut BodyStream, enough: usize, read: &mut Pieces<'_>) -> Result<(), BodyError> {
    while read.length < enough {
        match stream.chunks(enough - read.length).await {
            Ok(chunks) => {
                if !read.add(chunks)? {
                    break;
                }
            }
            // What came before it is given first.
            Err(error) => {
                stream.fail_later(error);
                break;
            }
        }
    }
    Ok(())
}

struct Pieces<'a> {
    chunks: Vec<Bytes>,
    length: usize,
    budget: &'a TenantBudget,
}

impl Pieces<'_> {
    /// Charges and keeps them. Returns whether there were any.
    fn add(&mut self, chunks: Vec<Bytes>) -> Result<bool, BodyError> {
        let some = !chunks.is_empty();
        for chunk in chunks {
            self.length += chunk.len();
            self.chunks.push(charge(chunk, self.budget)?);
        }
        Ok(some)
    }
}

/// What `future` returns, if it does so by then.
async fn by<F: Future>(until: Instant, future: F) -> Option<F::Output> {
    let mut future = pin!(future);
    let mut alarm = None;
    poll_fn(|cx| {
        if let Poll::Ready(output) = future.as_mut().poll(cx) {
            return Poll::Ready(Some(output));
        }
        if until <= Instant::now() {
            return Poll::Ready(None);
        }
        // It is a task that is polled here, whose waker stays the same.
        alarm.get_or_insert_with(|| Alarm::set(until, cx.waker().clone()));
        Poll::Pending
    })
    .await
}

#[cfg(test)]
mod tests {
    use std::collections::VecDeque;
    use std::pin::Pin;
    use std::task::Context;

    use http_body::Frame;

    use super::*;

    const LONG: Duration = Duration::from_secs(3600);

    /// Pieces that come one after the other, each only when the last one was taken, and then the end or an error. Without
    /// more to come, nothing comes.
    struct Coming {
        pieces: VecDeque<Bytes>,
        end: Option<Result<(), BodyError>>,
        is_there: bool,
    }

    impl http_body::Body for Coming {
        type Data = Bytes;
        type Error = BodyError;

        fn poll_frame(
            mut self: Pin<&mut Self>,
            cx: &mut Context<'_>,
        ) -> Poll<Option<Result<Frame<Bytes>, BodyError>>> {
            let this = &mut *self;
            if this.pieces.is_empty() && this.end.is_none() {
                return Poll::Pending;
            }
            this.is_there = !this.is_there;
            if this.is_there {
                cx.waker().wake_by_ref();
                return Poll::Pending;
            }
            match this.pieces.pop_front() {
                Some(piece) => Poll::Ready(Some(Ok(Frame::data(piece)))),
                None => Poll::Ready(this.end.clone().and_then(Result::err).map(Err)),
            }
        }
    }

    fn coming(pieces: usize, end: Option<Result<(), BodyError>>) -> BodyStream {
        let pieces = (0..pieces).map(|_| Bytes::from_static(&[b'x'; 100])).collect();
        BodyStream::new(Coming { pieces, end, is_there: false })
    }

    /// How many bytes a read takes that may take 1,000.
    async fn read(stream: &mut BodyStream, pace: &mut Pace, least: usize) -> Result<usize, BodyError> {
        let read = read_some(stream, least, 1000, pace, &TenantBudget::unlimited()).await?;
        Ok(read.iter().map(Bytes::len).sum())
    }

    #[tokio::test]
    async fn the_first_piece_is_given_at_once_and_those_that_follow_it_together() {
        let (mut stream, mut pace) = (coming(25, Some(Ok(()))), Pace { apart: LONG, ..Pace::default() });
        for expected in [100, 1000, 1000, 400, 0] {
            assert_eq!(read(&mut stream, &mut pace, 0).await.unwrap(), expected);
        }
    }

    #[tokio::test]
    async fn pieces_that_come_slowly_are_given_at_once() {
        let (mut stream, mut pace) = (coming(3, None), Pace { apart: Duration::ZERO, ..Pace::default() });
        for _ in 0..3 {
            assert_eq!(read(&mut stream, &mut pace, 0).await.unwrap(), 100);
        }
    }

    #[tokio::test]
    async fn an_error_comes_after_what_came_before_it() {
        let error = BodyError::transport("gone");
        let (mut stream, mut pace) = (coming(4, Some(Err(error))), Pace { apart: LONG, ..Pace::default() });
        assert_eq!(read(&mut stream, &mut pace, 0).await.unwrap(), 100);
        assert_eq!(read(&mut stream, &mut pace, 0).await.unwrap(), 300);
        assert!(matches!(read(&mut stream, &mut pace, 0).await, Err(BodyError::Transport { .. })));
    }

    #[tokio::test]
    async fn what_is_given_late_is_given_when_nothing_more_comes() {
        let (mut stream, mut pace) = (coming(2, None), Pace::default());
        assert_eq!(read(&mut stream, &mut pace, 0).await.unwrap(), 100);
        // However slow this is, the last read has just ended.
        pace.apart = Duration::from_millis(50);
        pace.last = Some(Instant::now());
        assert_eq!(read(&mut stream, &mut pace, 0).await.unwrap(), 100);
    }

    #[tokio::test]
    async fn who_wants_so_many_bytes_gets_no_more() {
        let (mut stream, mut pace) = (coming(9, Some(Ok(()))), Pace { apart: LONG, ..Pace::default() });
        for expected in [300, 300, 300, 0] {
            assert_eq!(read(&mut stream, &mut pace, 250).await.unwrap(), expected);
        }
    }

    #[test]
    fn after_waits_in_vain_more_and_more_reads_do_not_wait() {
        let start = Instant::now();
        let mut pace = Pace::default();
        assert_eq!(pace.patience(start), None, "the first");
        pace.last = Some(start);
        assert_eq!(pace.patience(start + APART), None, "they are apart");
        let until = Some(start + APART);
        let skipped = |pace: &mut Pace| (0..1000).find(|_| pace.patience(start) == until).unwrap();
        assert_eq!(skipped(&mut pace), 0);
        for expected in [1, 2, 4, 8, 16, 32, 64, 64] {
            pace.waited(false);
            assert_eq!(skipped(&mut pace), expected);
        }
        pace.waited(true);
        assert_eq!(skipped(&mut pace), 0);
        pace.waited(false);
        assert_eq!(skipped(&mut pace), 1);
    }
}
