//! A body that a worker's JavaScript makes, on its way out.
//!
//! # Who touches what
//! The [`BodySender`] is on the worker's side: host functions [`push`](BodySender::push) chunks and
//! [`finish`](BodySender::finish) it, in turns; it is finished as broken off when it is closed, wherever that happens. The
//! other half is a [`BodyStream`], polled and dropped by whoever sends the body on. Both see one state behind a mutex that
//! is held for a few instructions, never while a waker is called, cloned or dropped, a chunk is freed or the sender's
//! side is told something.
//!
//! # Backpressure
//! Bytes are counted from `push` until they are taken out. A push is never refused for lack of room; it *says* that there
//! is none, and then the sender's side is [told](SenderEvent::Room) once when half of the room is free again. A worker
//! that pushes on nevertheless is stopped by its budget, which every chunk is charged to until its last copy is gone. What a chunk
//! takes beside its bytes is charged to nobody, so it [counts](BESIDE) for the room, and empty chunks are dropped.
//!
//! The sender's side is told more: that something was [taken](SenderEvent::Taken), and that [nobody wants](SenderEvent::Gone)
//! the rest. A chunk is taken in [pieces](PIECE), so that of a large one, too, it is known whether it moves; whoever sees the bytes
//! of a piece go one after the other can [say so](Movement).
//!
//! # When the budget is used up
//! A chunk for which there is no room in the budget is left with the sender's side, if that can [wait](Pushed::Waits). Who
//! gets room for it, or for a [part](PART) of it, is the other half, when it is polled and has nothing else to give: so a
//! body that nobody reads takes no room from those that are read, and whoever waits holds nothing of the body but what is
//! on its way. What it got is kept for the next push, and the sender's side is told of room. If who reads keeps all of it
//! ([`BodyStream::collect`]), reading makes no room: then there is some at once, or the body is refused.

use std::collections::VecDeque;
use std::fmt;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};

use bytes::Bytes;
use http_body::{Body, Frame, SizeHint};
use isolate::wake_after_turn;
use parking_lot::Mutex;

use super::{BodyError, BodyStream, charged};
use crate::budget::{BudgetExceeded, BytesPermit, TenantBudget};

/// Bytes that are taken at a time.
const PIECE: usize = 16 << 10;

/// Bytes that are waited for at a time. Who waits for more keeps those from room who come after it.
const PART: usize = 64 << 10;

/// What a chunk counts for beside its bytes. Of small ones that is most of what they take.
const BESIDE: usize = 64;

/// The worker's half. See the [module](self) documentation.
pub(crate) struct BodySender(Arc<Shared>);

/// What became of a chunk.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Pushed {
    /// It was taken, and there is room for more.
    Room,
    /// The next should wait for [`SenderEvent::Room`], or [`SenderEvent::Gone`], which is on its way if nobody wants this.
    Full,
    /// It was not taken. After the same a part of it is to be pushed, of [`PART`] bytes at most.
    Waits,
    /// The body has ended before.
    Ended,
}

/// What the sender's side is told, on any thread.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum SenderEvent {
    /// Some of it was taken.
    Taken,
    /// There is room again, after [`Pushed::Full`].
    Room,
    /// The other half was dropped before the end.
    Gone,
}

type Tell = Box<dyn Fn(SenderEvent) + Send + Sync>;

struct Shared {
    capacity: usize,
    budget: TenantBudget,
    tell: Tell,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    chunks: VecDeque<Bytes>,
    buffered: usize,
    /// How many bytes are still to be taken, if that was announced.
    left: Option<u64>,
    /// Nothing is pushed any more; the error is for after the chunks.
    end: Option<Result<(), BodyError>>,
    /// The other half waits.
    reader: Option<Waker>,
    reader_is_gone: bool,
    /// The sender's side waits for room, or has not heard yet that there is some.
    wants_room: bool,
    /// It has been told.
    told_of_room: bool,
    /// So many bytes are wanted of the budget for the next push.
    wanted: Option<usize>,
    /// What came of that.
    granted: Option<Result<BytesPermit, BudgetExceeded>>,
    /// Who reads keeps what he reads, in the same budget.
    is_kept: bool,
}

/// A body with room for about `capacity` bytes, charged to `budget`. `tell` must neither block nor use V8.
pub(crate) fn channel(
    capacity: usize,
    budget: TenantBudget,
    tell: impl Fn(SenderEvent) + Send + Sync + 'static,
) -> (BodySender, BodyStream) {
    let shared = Shared { capacity, budget, tell: Box::new(tell), state: Mutex::default() };
    let shared = Arc::new(shared);
    let movement = Movement(Arc::clone(&shared));
    let stream = BodyStream::new(Receiver { shared: Arc::clone(&shared), asking: None });
    (BodySender(shared), stream.with_movement(movement))
}

impl BodySender {
    /// Hands over a chunk.
    ///
    /// # Errors
    /// The budget has no room for it.
    pub(crate) fn push(&self, chunk: Bytes) -> Result<Pushed, BudgetExceeded> {
        let permit = match self.granted(chunk.len())? {
            Some(permit) => permit,
            None => self.0.budget.try_bytes(chunk.len())?,
        };
        Ok(self.hand_over(charged(chunk, permit)))
    }

    /// As [`push`](Self::push), but if the budget has no room for the chunk it is to wait.
    ///
    /// # Errors
    /// It has waited in vain.
    pub(crate) fn push_or_wait(&self, chunk: Bytes) -> Result<Pushed, BudgetExceeded> {
        let length = chunk.len();
        let permit = match self.granted(length)? {
            None => self.0.budget.bytes_now(length),
            granted => granted,
        };
        Ok(match permit {
            Some(permit) => self.hand_over(charged(chunk, permit)),
            None => self.wait_for(length),
        })
    }

    /// What the other half got for a chunk of this length.
    fn granted(&self, length: usize) -> Result<Option<BytesPermit>, BudgetExceeded> {
        let granted = self.0.state.lock().granted.take().transpose()?;
        let mut permit = granted.filter(|permit| permit.bytes() >= length);
        if let Some(permit) = &mut permit {
            permit.shrink_to(length);
        }
        Ok(permit)
    }

    fn hand_over(&self, chunk: Bytes) -> Pushed {
        let length = chunk.len();
        let (pushed, unused, reader) = {
            let mut state = self.0.state.lock();
            state.wanted = None;
            let granted = state.granted.take();
            if state.end.is_some() {
                (Pushed::Ended, (Some(chunk), granted), None)
            } else if state.reader_is_gone {
                (Pushed::Full, (Some(chunk), granted), None)
            } else {
                let reader = if length > 0 {
                    state.chunks.push_back(chunk);
                    state.buffered += length;
                    state.reader.take()
                } else {
                    None
                };
                let is_full = state.held() >= self.0.capacity;
                state.wants_room |= is_full;
                let pushed = if is_full { Pushed::Full } else { Pushed::Room };
                (pushed, (None, granted), reader)
            }
        };
        drop(unused);
        if let Some(reader) = reader {
            wake_after_turn(reader);
        }
        pushed
    }

    fn wait_for(&self, length: usize) -> Pushed {
        let reader = {
            let mut state = self.0.state.lock();
            if state.end.is_some() {
                return Pushed::Ended;
            }
            state.wants_room = true;
            state.wanted = Some(length.min(PART));
            state.reader.take()
        };
        if let Some(reader) = reader {
            wake_after_turn(reader);
        }
        Pushed::Waits
    }

    /// It has so many bytes in all, which whoever reads it may rely on.
    pub(crate) fn announce(&self, length: u64) {
        self.0.state.lock().left = Some(length);
    }

    /// The body ends here, after what was pushed. The first end stands.
    pub(crate) fn finish(&self, end: Result<(), BodyError>) {
        let (reader, granted) = {
            let mut state = self.0.state.lock();
            if state.end.is_some() || state.reader_is_gone {
                return;
            }
            let is_long = state.left.is_none_or(|left| left == state.buffered as u64);
            state.end = Some(match end {
                Ok(()) if !is_long => Err(BodyError::broken_off("it is not as long as was announced")),
                end => end,
            });
            state.wants_room = false;
            state.wanted = None;
            (state.reader.take(), state.granted.take())
        };
        drop(granted);
        if let Some(reader) = reader {
            wake_after_turn(reader);
        }
    }

    /// Whether it waits for whoever reads the body: since a push filled it, until it has [heard](Self::heard) more.
    pub(crate) fn waits(&self) -> bool {
        self.0.state.lock().wants_room
    }

    /// Whether it waits for room in the budget.
    pub(crate) fn waits_for_budget(&self) -> bool {
        self.0.state.lock().wanted.is_some()
    }

    /// The sender's side has taken note of what it was told. Apart from the telling, so that at no time it seems to wait
    /// for nothing.
    pub(crate) fn heard(&self) {
        let mut state = self.0.state.lock();
        state.wants_room = false;
        state.told_of_room = false;
    }
}

impl Drop for BodySender {
    fn drop(&mut self) {
        self.finish(Err(BodyError::broken_off("its sender ended before it")));
    }
}

impl fmt::Debug for BodySender {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("BodySender").field("buffered", &self.0.state.lock().buffered).finish_non_exhaustive()
    }
}

/// Tells the request that makes a body that some of what was taken of it has gone to its client: see
/// [`BodyStream::movement`].
#[derive(Clone)]
pub struct Movement(Arc<Shared>);

impl Movement {
    /// Some of it went just now.
    pub fn note(&self) {
        (self.0.tell)(SenderEvent::Taken);
    }

    /// From now on who reads it keeps what he reads, charged to `budget`.
    pub(super) fn kept_in(&self, budget: &TenantBudget) {
        if budget.address() == self.0.budget.address() {
            self.0.state.lock().is_kept = true;
        }
    }
}

impl fmt::Debug for Movement {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Movement").finish_non_exhaustive()
    }
}

/// What [`BodyStream`] reads from.
struct Receiver {
    shared: Arc<Shared>,
    /// Waits for room in the budget.
    asking: Option<Asking>,
}

type Asking = Pin<Box<dyn Future<Output = Result<BytesPermit, BudgetExceeded>> + Send>>;

/// The result of a look at the state.
enum Taken {
    Chunk(Bytes, bool),
    End(Result<(), BodyError>),
    Nothing,
}

impl State {
    /// What counts for the room.
    fn held(&self) -> usize {
        self.buffered + self.chunks.len() * BESIDE
    }

    fn take(&mut self, capacity: usize) -> Taken {
        if let Some(mut chunk) = self.chunks.pop_front() {
            if chunk.len() > PIECE {
                self.chunks.push_front(chunk.split_off(PIECE));
            }
            self.buffered -= chunk.len();
            self.left = self.left.map(|left| left.saturating_sub(chunk.len() as u64));
            let room_again = self.wants_room && !self.told_of_room && self.held() <= capacity / 2;
            self.told_of_room |= room_again;
            return Taken::Chunk(chunk, room_again);
        }
        match &mut self.end {
            // An error is told once.
            Some(end) => Taken::End(std::mem::replace(end, Ok(()))),
            None => Taken::Nothing,
        }
    }
}

impl Receiver {
    /// What the poll comes to, if that does not have to wait.
    fn take(&self) -> Option<Option<Result<Frame<Bytes>, BodyError>>> {
        let taken = self.shared.state.lock().take(self.shared.capacity);
        match taken {
            Taken::Chunk(chunk, room_again) => {
                (self.shared.tell)(if room_again { SenderEvent::Room } else { SenderEvent::Taken });
                Some(Some(Ok(Frame::data(chunk))))
            }
            Taken::End(end) => Some(end.err().map(Err)),
            Taken::Nothing => None,
        }
    }

    /// Gets room in the budget for the sender's side, if that wants some.
    fn ask(&mut self, context: &mut Context<'_>) {
        let (wanted, is_kept) = {
            let state = self.shared.state.lock();
            (state.wanted, state.is_kept)
        };
        let Some(wanted) = wanted else {
            self.asking = None;
            return;
        };
        let granted = if is_kept {
            self.shared.budget.try_bytes(wanted)
        } else {
            let asking = self.asking.get_or_insert_with(|| {
                let budget = self.shared.budget.clone();
                Box::pin(async move { budget.bytes_modestly(wanted).await })
            });
            let Poll::Ready(granted) = asking.as_mut().poll(context) else { return };
            granted
        };
        self.asking = None;
        let (unused, room_again) = {
            let mut state = self.shared.state.lock();
            match state.wanted.take() {
                Some(_) => {
                    let room_again = state.wants_room && !state.told_of_room;
                    state.told_of_room |= room_again;
                    (state.granted.replace(granted), room_again)
                }
                // It has ended meanwhile, or found room by itself.
                None => (Some(granted), false),
            }
        };
        drop(unused);
        if room_again {
            (self.shared.tell)(SenderEvent::Room);
        }
    }
}

impl Body for Receiver {
    type Data = Bytes;
    type Error = BodyError;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, BodyError>>> {
        loop {
            if let Some(taken) = self.take() {
                return Poll::Ready(taken);
            }
            self.ask(context);
            let waker = context.waker().clone();
            let (registered, unused) = {
                let mut state = self.shared.state.lock();
                let is_asking = state.wanted.is_some() == self.asking.is_some();
                match state.chunks.is_empty() && state.end.is_none() && is_asking {
                    true => (true, state.reader.replace(waker)),
                    false => (false, Some(waker)),
                }
            };
            drop(unused);
            if registered {
                return Poll::Pending;
            }
        }
    }

    fn is_end_stream(&self) -> bool {
        let state = self.shared.state.lock();
        state.chunks.is_empty() && matches!(state.end, Some(Ok(())))
    }

    fn size_hint(&self) -> SizeHint {
        let state = self.shared.state.lock();
        match state.end {
            Some(Ok(())) => SizeHint::with_exact(state.buffered as u64),
            Some(Err(_)) | None => state.left.map_or_else(SizeHint::default, SizeHint::with_exact),
        }
    }
}

impl Drop for Receiver {
    fn drop(&mut self) {
        let (unread, granted, waker, too_early) = {
            let mut state = self.shared.state.lock();
            state.reader_is_gone = true;
            state.wanted = None;
            (
                std::mem::take(&mut state.chunks),
                state.granted.take(),
                state.reader.take(),
                state.end.is_none(),
            )
        };
        drop((unread, granted, waker));
        if too_early {
            (self.shared.tell)(SenderEvent::Gone);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc;
    use std::time::Duration;

    use tokio::time::timeout;

    use super::*;
    use crate::budget::{ProcessBudget, TenantLimits};

    fn of(
        capacity: usize,
        bytes: usize,
    ) -> (BodySender, BodyStream, mpsc::Receiver<SenderEvent>, TenantBudget) {
        let limits = TenantLimits { bytes, ..TenantLimits::default() };
        let budget = TenantBudget::new(limits, &ProcessBudget::default());
        let (tell, told) = mpsc::channel();
        let (sender, stream) = channel(capacity, budget.clone(), move |event| {
            let _ = tell.send(event);
        });
        (sender, stream, told, budget)
    }

    /// Room for so many bytes in so many chunks.
    fn room(bytes: usize, chunks: usize) -> usize {
        bytes + chunks * BESIDE
    }

    #[tokio::test]
    async fn small_chunks_are_bounded_in_number_and_empty_ones_are_dropped() {
        let (sender, mut stream, told, budget) = of(room(0, 10), 100);
        for _ in 0..100 {
            assert_eq!(sender.push(Bytes::new()), Ok(Pushed::Room));
        }
        assert_eq!(sender.0.state.lock().chunks.len(), 0);
        let full = (1..100).find(|_| sender.push("a".into()) == Ok(Pushed::Full));
        assert_eq!((full, budget.usage().bytes), (Some(10), 10));
        assert_eq!(sender.push(Bytes::new()), Ok(Pushed::Full), "room is waited for");
        for left in (0..10).rev() {
            assert_eq!(stream.chunk().await.unwrap().unwrap(), "a");
            let expected = if left == 4 { SenderEvent::Room } else { SenderEvent::Taken };
            assert_eq!(told.try_recv(), Ok(expected), "{left}");
        }
    }

    #[tokio::test]
    async fn who_pushes_hears_of_room_once_when_half_of_it_is_free() {
        let (sender, mut stream, told, budget) = of(room(4, 2), 100);
        assert_eq!(sender.push("abc".into()), Ok(Pushed::Room));
        assert_eq!(sender.push("d".into()), Ok(Pushed::Full));
        assert!(sender.waits() && told.try_recv().is_err());
        assert_eq!(budget.usage().bytes, 4);
        assert_eq!(stream.chunk().await.unwrap().unwrap(), "abc");
        assert_eq!(told.try_recv(), Ok(SenderEvent::Room));
        assert_eq!(stream.chunk().await.unwrap().unwrap(), "d");
        assert_eq!(told.try_recv(), Ok(SenderEvent::Taken));
        assert!(sender.waits());
        sender.heard();
        assert!(!sender.waits());
        assert_eq!(budget.usage().bytes, 0);
    }

    #[tokio::test]
    async fn the_end_comes_after_the_chunks() {
        let (sender, mut stream, told, _) = of(4, 100);
        let reading = tokio::spawn(async move { (stream.chunk().await, stream.chunk().await, stream) });
        tokio::task::yield_now().await;
        sender.push("ab".into()).unwrap();
        sender.finish(Ok(()));
        sender.finish(Err(BodyError::Stalled));
        let (first, end, stream) = reading.await.unwrap();
        assert_eq!((first.unwrap().unwrap(), told.try_recv()), ("ab".into(), Ok(SenderEvent::Taken)));
        assert!(end.unwrap().is_none() && stream.is_end_stream());
        assert_eq!(sender.push("c".into()), Ok(Pushed::Ended));
        drop(stream);
        assert!(told.try_recv().is_err(), "it had ended");
    }

    #[tokio::test]
    async fn each_piece_of_a_large_chunk_is_told_of() {
        let (sender, mut stream, told, _) = of(4 * PIECE, 4 * PIECE);
        sender.push(vec![b'a'; 2 * PIECE + 1].into()).unwrap();
        sender.push("b".into()).unwrap();
        for length in [PIECE, PIECE, 1, 1] {
            assert_eq!(stream.chunk().await.unwrap().unwrap().len(), length);
            assert_eq!(told.try_recv(), Ok(SenderEvent::Taken));
        }
        assert!(told.try_recv().is_err());
    }

    #[tokio::test]
    async fn that_what_was_taken_moves_on_is_told_as_long_as_somebody_sees_it() {
        let (sender, mut stream, told, _) = of(4, 100);
        let movement = stream.movement().unwrap();
        sender.push("ab".into()).unwrap();
        stream.chunk().await.unwrap();
        assert_eq!(told.try_iter().count(), 1);
        drop(stream);
        assert_eq!(told.try_recv(), Ok(SenderEvent::Gone));
        movement.note();
        assert_eq!(told.try_recv(), Ok(SenderEvent::Taken));
        assert!(BodyStream::new(crate::vocabulary::body::Body::Empty).movement().is_none());
    }

    #[tokio::test]
    async fn a_sender_that_goes_away_breaks_it_off() {
        let (sender, mut stream, _told, _) = of(4, 100);
        sender.push("ab".into()).unwrap();
        drop(sender);
        assert_eq!(stream.chunk().await.unwrap().unwrap(), "ab");
        assert!(matches!(stream.chunk().await, Err(BodyError::BrokenOff { .. })));
    }

    #[test]
    fn a_reader_that_goes_away_is_told_and_what_it_left_is_freed() {
        let (sender, stream, told, budget) = of(4, 100);
        sender.push("abcd".into()).unwrap();
        drop(stream);
        assert_eq!(told.try_recv(), Ok(SenderEvent::Gone));
        assert_eq!((sender.push("e".into()), budget.usage().bytes), (Ok(Pushed::Full), 0));
        sender.heard();
        assert!(!sender.waits());
    }

    #[tokio::test]
    async fn what_the_budget_has_no_room_for_is_refused() {
        let (sender, mut stream, _told, _) = of(room(4, 1), 5);
        assert_eq!(sender.push("abcd".into()), Ok(Pushed::Full));
        assert!(sender.push("ef".into()).is_err());
        assert_eq!(stream.chunk().await.unwrap().unwrap(), "abcd");
        assert_eq!(sender.push("ef".into()), Ok(Pushed::Room));
    }

    #[tokio::test]
    async fn who_waits_for_the_budget_gets_room_when_the_body_is_read() {
        let (sender, mut stream, told, budget) = of(100, 5);
        let others = budget.try_bytes(3).unwrap();
        let abc = || Bytes::from("abc");
        assert_eq!((sender.push_or_wait(abc()), sender.waits()), (Ok(Pushed::Waits), true));
        assert_eq!(budget.usage().refused, 0);
        // Nobody reads, so there is nobody to wait.
        drop(others);
        assert_eq!((budget.usage().bytes, told.try_recv().ok()), (0, None));
        let others = budget.try_bytes(3).unwrap();
        let reading = tokio::spawn(async move { (stream.chunk().await, stream) });
        tokio::task::yield_now().await;
        assert!(told.try_recv().is_err());
        drop(others);
        tokio::task::yield_now().await;
        assert_eq!((budget.usage().bytes, told.try_recv()), (3, Ok(SenderEvent::Room)));
        sender.heard();
        assert_eq!(sender.push_or_wait(abc()), Ok(Pushed::Room));
        let (chunk, stream) = reading.await.unwrap();
        assert_eq!(chunk.unwrap().unwrap(), abc());
        assert_eq!(budget.usage().bytes, 0);
        assert!(!sender.waits_for_budget() && !sender.waits());
        drop(stream);
    }

    #[tokio::test]
    async fn a_reader_that_waits_already_asks_for_room_too() {
        let (sender, mut stream, told, budget) = of(100, 2);
        let others = budget.try_bytes(2).unwrap();
        let reading = tokio::spawn(async move { stream.chunk().await });
        tokio::task::yield_now().await;
        assert_eq!(sender.push_or_wait("ab".into()), Ok(Pushed::Waits));
        tokio::task::yield_now().await;
        drop(others);
        tokio::task::yield_now().await;
        assert_eq!(told.try_recv(), Ok(SenderEvent::Room));
        sender.heard();
        assert_eq!(sender.push_or_wait("ab".into()), Ok(Pushed::Room));
        assert_eq!(reading.await.unwrap().unwrap().unwrap(), "ab");
    }

    #[tokio::test]
    async fn what_was_got_for_a_chunk_is_given_back_with_either_half() {
        for sender_first in [true, false] {
            let (sender, mut stream, told, budget) = of(100, 2);
            let others = budget.try_bytes(2).unwrap();
            assert_eq!(sender.push_or_wait("ab".into()), Ok(Pushed::Waits));
            assert!(timeout(Duration::ZERO, stream.chunk()).await.is_err());
            drop(others);
            assert!(timeout(Duration::ZERO, stream.chunk()).await.is_err());
            assert_eq!((budget.usage().bytes, told.try_recv()), (2, Ok(SenderEvent::Room)));
            match sender_first {
                true => drop(sender),
                false => drop(stream),
            }
            assert_eq!(budget.usage().bytes, 0, "{sender_first}");
        }
    }

    #[tokio::test]
    async fn what_is_waited_for_in_vain_is_refused() {
        let (sender, mut stream, told, budget) = of(100, 2);
        assert_eq!(sender.push_or_wait("abc".into()), Ok(Pushed::Waits));
        assert!(timeout(Duration::ZERO, stream.chunk()).await.is_err());
        assert_eq!(told.try_recv(), Ok(SenderEvent::Room));
        assert!(sender.push_or_wait("abc".into()).is_err());
        assert_eq!((budget.usage().bytes, budget.usage().refused), (0, 1));
    }

    #[tokio::test]
    async fn who_keeps_what_he_reads_is_not_waited_for() {
        let (sender, mut stream, told, budget) = of(100, 8);
        assert_eq!(sender.push("abcd".into()), Ok(Pushed::Room));
        assert_eq!(sender.push_or_wait("efghi".into()), Ok(Pushed::Waits));
        let reading = tokio::spawn({
            let budget = budget.clone();
            async move { stream.collect(100, &budget).await }
        });
        tokio::task::yield_now().await;
        assert_eq!(told.try_iter().last(), Some(SenderEvent::Room), "what there is not is said");
        let refused = sender.push_or_wait("efghi".into()).unwrap_err();
        sender.finish(Err(refused.into()));
        assert!(matches!(reading.await.unwrap(), Err(BodyError::OverBudget(_))));
        assert_eq!(budget.usage().bytes, 0);
    }

    #[tokio::test]
    async fn what_waits_leaves_room_to_what_cannot() {
        let (sender, mut stream, told, budget) = of(100, 16);
        let others = budget.try_bytes(12).unwrap();
        assert_eq!(sender.push_or_wait("abc".into()), Ok(Pushed::Waits));
        let reading = tokio::spawn(async move { (stream.chunk().await, stream) });
        tokio::task::yield_now().await;
        assert!(told.try_recv().is_err(), "14 of 16 are for what waits");
        drop(budget.try_bytes(4).unwrap());
        assert!(told.try_recv().is_err(), "what was given back is not for what waits");
        drop(others);
        tokio::task::yield_now().await;
        assert_eq!(told.try_recv(), Ok(SenderEvent::Room));
        sender.heard();
        assert_eq!(sender.push_or_wait("abc".into()), Ok(Pushed::Room));
        assert_eq!(reading.await.unwrap().0.unwrap().unwrap(), "abc");
    }

    #[tokio::test]
    async fn parts_are_waited_for_of_what_is_long() {
        // Two parts, and what they leave.
        let (sender, mut stream, told, budget) = of(4 * PART, 2 * PART + PART / 2);
        let long = Bytes::from(vec![0; 3 * PART]);
        let others = budget.try_bytes(2 * PART).unwrap();
        assert_eq!(sender.push_or_wait(long.clone()), Ok(Pushed::Waits));
        assert!(timeout(Duration::ZERO, stream.chunk()).await.is_err());
        drop(others);
        assert!(timeout(Duration::ZERO, stream.chunk()).await.is_err());
        assert_eq!((budget.usage().bytes, told.try_recv()), (PART, Ok(SenderEvent::Room)));
        sender.heard();
        for _ in 0..2 {
            assert_eq!(sender.push_or_wait(long.slice(..PART)), Ok(Pushed::Room));
        }
        assert_eq!(sender.push_or_wait(long.slice(..PART)), Ok(Pushed::Waits));
        assert_eq!(stream.chunk().await.unwrap().unwrap().len(), PIECE);
    }

    #[tokio::test]
    async fn a_length_that_was_announced_is_kept_or_the_body_fails() {
        for (chunks, is_good) in [(&["ab", "c"][..], true), (&["ab"], false), (&["abc", "d"], false)] {
            let (sender, mut stream, _told, _) = of(room(4, 2), 100);
            sender.announce(3);
            for chunk in chunks {
                assert_eq!(stream.size_hint().exact(), Some(3), "{chunks:?}");
                sender.push(Bytes::from(*chunk)).unwrap();
            }
            sender.finish(Ok(()));
            let all = stream.collect(100, &TenantBudget::unlimited()).await;
            assert_eq!(all.is_ok(), is_good, "{chunks:?}");
        }
    }
}
