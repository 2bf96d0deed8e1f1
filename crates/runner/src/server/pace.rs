//! How long the body of an answer may be on its way.
//!
//! Nobody but the server watches over a body that is only passed on, and over what is left of one that its worker has
//! written. A client that does not read it, and an origin that says nothing more, would hold it for ever. So each body has a
//! [`Pace`]: something of it has to move within one time, and all of it within another.
//!
//! # Protocol
//! A body that a client does not read is polled by nobody, so it cannot end itself. Who can is the future that sends it:
//! that of the connection over HTTP/1.1, that of its stream over HTTP/2. These are hyper's, and polled through a
//! [`Watch`]. A body that [begins](Pace::begin) while such a future is polled leaves word in [`BEGUN`], on the thread that
//! polls; the `Watch` takes it from there before it returns, and has a timer for it from then on. The timer is not set anew
//! when something moves: when it goes off it is asked what has moved meanwhile. When time is up the `Watch` says so, first
//! to the body, then to whoever polls, who drops the future with all that is in it: that ends the connection, or resets the
//! stream.

use std::cell::RefCell;
use std::future::poll_fn;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU8, AtomicU64, Ordering};
use std::task::{Context, Poll, ready};
use std::time::Duration;

use exec::{BodyError, Movement};
use tokio::time::{Instant, Sleep, sleep};

use super::progress::Progress;

/// A worker that writes a body is held to the same limits by its request, which can say more about it: it comes first.
const GRACE: Duration = Duration::from_secs(1);

thread_local! {
    /// The body that has begun since the future was polled whose body it is.
    static BEGUN: RefCell<Option<Pace>> = const { RefCell::new(None) };
}

/// What bounds the body of an answer.
#[derive(Clone, Copy, Debug)]
pub(super) struct StreamLimits {
    /// How long nothing may move.
    pub(super) idle: Duration,
    /// How long it may take in all.
    pub(super) max: Duration,
}

/// The pace of one body. Clones share it.
///
/// The atomics are independent of each other and order nothing else, hence `Relaxed`.
#[derive(Clone, Debug)]
pub(super) struct Pace(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    limits: StreamLimits,
    began: Instant,
    /// When some of it was taken by whoever sends it, or was sent, the last time, in milliseconds after that.
    moved_ms: AtomicU64,
    /// To the request of the worker that writes it.
    movement: Option<Movement>,
    /// Over HTTP/1.1: of the connection, on which nothing else is sent meanwhile.
    progress: Option<Progress>,
    state: AtomicU8,
}

/// It is on its way.
const OPEN: u8 = 0;
/// There is nothing more to watch.
const ENDED: u8 = 1;
const STALLED: u8 = 2;
const TOO_SLOW: u8 = 3;

impl Pace {
    /// Of a body that begins now, within a future that a [`Watch`] polls. `progress` is that of the connection, if it has
    /// nothing else to send, `movement` what the body says of itself.
    pub(super) fn begin(
        limits: StreamLimits,
        progress: Option<Progress>,
        movement: Option<Movement>,
    ) -> Self {
        let pace = Self(Arc::new(Inner {
            limits,
            began: Instant::now(),
            moved_ms: AtomicU64::new(0),
            movement,
            progress,
            state: AtomicU8::new(OPEN),
        }));
        BEGUN.set(Some(pace.clone()));
        pace
    }

    /// Something of it was taken by whoever sends it.
    pub(super) fn taken(&self) {
        self.0.moved_ms.store(self.0.began.elapsed().as_millis() as u64, Ordering::Relaxed);
    }

    /// Something of what was taken was sent.
    pub(super) fn sent(&self) {
        self.taken();
        if let Some(movement) = &self.0.movement {
            movement.note();
        }
    }

    /// It is over, as far as it is known here.
    pub(super) fn end(&self) {
        let _ = self.0.state.compare_exchange(OPEN, ENDED, Ordering::Relaxed, Ordering::Relaxed);
    }

    /// What it was ended for, if it was.
    pub(super) fn exceeded(&self) -> Option<BodyError> {
        match self.0.state.load(Ordering::Relaxed) {
            STALLED => Some(BodyError::Stalled),
            TOO_SLOW => Some(BodyError::TooSlow),
            _ => None,
        }
    }

    fn is_open(&self) -> bool {
        self.0.state.load(Ordering::Relaxed) == OPEN
    }

    /// How long it is until it has to be looked at; none if it is to be ended for this.
    fn left(&self) -> Result<Duration, u8> {
        let Inner { limits, began, moved_ms, progress, .. } = &*self.0;
        let elapsed = began.elapsed();
        let moved = elapsed.saturating_sub(Duration::from_millis(moved_ms.load(Ordering::Relaxed)));
        let still = progress.as_ref().map_or(moved, |progress| moved.min(progress.since_sent()));
        let left = |limit: Duration, time| {
            limit.saturating_add(GRACE).checked_sub(time).filter(|left| !left.is_zero())
        };
        let idle = left(limits.idle, still).ok_or(STALLED)?;
        let max = left(limits.max, elapsed).ok_or(TOO_SLOW)?;
        Ok(idle.min(max))
    }

    fn exceed(&self, state: u8) {
        let _ = self.0.state.compare_exchange(OPEN, state, Ordering::Relaxed, Ordering::Relaxed);
    }
}

/// Watches over the bodies that a future sends, one at a time.
#[derive(Debug, Default)]
pub(super) struct Watch(Option<(Pace, Pin<Box<Sleep>>)>);

impl Watch {
    /// What `future` comes to; nothing if a body took too long, which has been told so. It may be called anew with the same
    /// future.
    pub(super) async fn over<F: Future>(&mut self, mut future: Pin<&mut F>) -> Option<F::Output> {
        poll_fn(|context| {
            let polled = future.as_mut().poll(context);
            let begun = BEGUN.take();
            if let Poll::Ready(output) = polled {
                return Poll::Ready(Some(output));
            }
            if let Some(pace) = begun.filter(Pace::is_open) {
                let timer = Box::pin(sleep(pace.left().unwrap_or_default()));
                self.0 = Some((pace, timer));
            }
            self.poll_exceeded(context).map(|()| None)
        })
        .await
    }

    fn poll_exceeded(&mut self, context: &mut Context<'_>) -> Poll<()> {
        let Some((pace, timer)) = self.0.as_mut().filter(|(pace, _)| pace.is_open()) else {
            self.0 = None;
            return Poll::Pending;
        };
        loop {
            ready!(timer.as_mut().poll(context));
            match pace.left() {
                Ok(left) => timer.set(sleep(left)),
                Err(exceeded) => {
                    pace.exceed(exceeded);
                    return Poll::Ready(());
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::future::pending;
    use std::pin::pin;

    use super::*;

    const IDLE: Duration = Duration::from_secs(10);
    const MAX: Duration = Duration::from_secs(60);
    const LIMITS: StreamLimits = StreamLimits { idle: IDLE, max: MAX };

    /// A future that has one body, of which something is taken so often, and so many times.
    async fn sending(period: Duration, times: usize, told: tokio::sync::oneshot::Sender<Pace>) {
        let pace = Pace::begin(LIMITS, None, None);
        let _ = told.send(pace.clone());
        for _ in 0..times {
            tokio::time::sleep(period).await;
            pace.taken();
        }
        pending().await
    }

    /// How long it took until it was ended, and for what.
    async fn ended(period: Duration, times: usize) -> (Duration, BodyError) {
        let (tell, told) = tokio::sync::oneshot::channel();
        let began = Instant::now();
        let future = pin!(sending(period, times, tell));
        assert!(Watch::default().over(future).await.is_none());
        (began.elapsed(), told.await.unwrap().exceeded().unwrap())
    }

    /// Timers go by milliseconds.
    fn is_about(time: Duration, expected: Duration) -> bool {
        time.abs_diff(expected) <= Duration::from_millis(20)
    }

    #[tokio::test(start_paused = true)]
    async fn a_body_is_ended_when_nothing_of_it_moves_or_it_takes_too_long() {
        let (time, error) = ended(IDLE / 2, 3).await;
        assert!(
            is_about(time, 3 * IDLE / 2 + IDLE + GRACE) && matches!(error, BodyError::Stalled),
            "{time:?} {error}"
        );
        let (time, error) = ended(IDLE / 2, usize::MAX).await;
        assert!(is_about(time, MAX + GRACE) && matches!(error, BodyError::TooSlow), "{time:?} {error}");
    }

    #[tokio::test(start_paused = true)]
    async fn what_the_connection_sends_is_movement_too() {
        let progress = Progress::new();
        let future = pin!(async {
            let pace = Pace::begin(LIMITS, Some(progress.clone()), None);
            for _ in 0..4 {
                tokio::time::sleep(IDLE / 2).await;
                let _ = progress.sent(Poll::Ready(Ok(1)));
            }
            assert!(pace.exceeded().is_none());
            pending::<()>().await;
        });
        let began = Instant::now();
        assert!(Watch::default().over(future).await.is_none());
        assert!(is_about(began.elapsed(), 2 * IDLE + IDLE + GRACE), "{:?}", began.elapsed());
    }

    #[tokio::test(start_paused = true)]
    async fn one_that_has_ended_is_not_watched_and_the_next_one_is() {
        let future = pin!(async {
            for _ in 0..2 {
                let pace = Pace::begin(LIMITS, None, None);
                tokio::time::sleep(IDLE / 2).await;
                pace.end();
                tokio::time::sleep(2 * IDLE).await;
            }
            Pace::begin(LIMITS, None, None).end();
            tokio::time::sleep(2 * MAX).await;
        });
        assert_eq!(Watch::default().over(future).await, Some(()));
    }

    #[tokio::test(start_paused = true)]
    async fn it_goes_on_where_it_was_interrupted() {
        let mut watch = Watch::default();
        let mut future = pin!(async {
            let _pace = Pace::begin(LIMITS, None, None);
            pending::<()>().await;
        });
        let began = Instant::now();
        let interrupted = tokio::time::timeout(IDLE / 2, watch.over(future.as_mut())).await;
        assert!(interrupted.is_err());
        assert!(watch.over(future).await.is_none());
        assert!(is_about(began.elapsed(), IDLE + GRACE), "{:?}", began.elapsed());
    }
}
