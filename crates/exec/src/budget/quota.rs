//! So many units of something, taken and given back; with a queue for those who wait for some.
//!
//! # Protocol
//! `used` never exceeds `limit`. Nobody who wants to take touches the mutex unless he has to wait, and nobody who gives
//! back unless somebody waits. So that no wake-up is lost, who is about to wait first makes that known in `waiting` and
//! then looks at `used` once more, while who gives back first changes `used` and then looks at `waiting`; in the one
//! order of sequential consistency one of them sees the other.
//!
//! Who can wait leaves a [reserve](RESERVE) to those who cannot: work that takes what there is and ends soon is not to find
//! nothing for as long as others wait for more. Nor does who waits for the reserve as well wait for those who leave it.
//!
//! Those who have been served own their amount from then on, whether they know it or not: a future that is dropped
//! before it was polled again gives it back.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Context, Poll, Waker};

use parking_lot::Mutex;

use super::queue::{Left, Queue, Ticket};

/// Of so many parts of the limit one is left by those who can wait.
const RESERVE: usize = 8;

/// See the [module](self) documentation. With a limit of `usize::MAX` nothing is counted.
pub(super) struct Quota {
    limit: usize,
    max_waiting: usize,
    used: AtomicUsize,
    /// As many as are in the queue, or about to be.
    waiting: AtomicUsize,
    queue: Mutex<Queue>,
}

/// There is not as much, or will never be.
#[derive(Debug)]
pub(super) struct Refused;

/// What was taken; given back when dropped.
#[must_use]
pub(super) struct Taken<'a> {
    quota: &'a Quota,
    amount: usize,
}

/// See [`Quota::take`].
pub(super) struct Take<'a> {
    quota: &'a Quota,
    amount: usize,
    /// What is to be free besides, and stays so.
    beside: usize,
    ticket: Option<Ticket>,
}

impl Quota {
    pub(super) fn new(limit: usize, max_waiting: usize) -> Self {
        Self {
            limit,
            max_waiting,
            used: AtomicUsize::new(0),
            waiting: AtomicUsize::new(0),
            queue: Mutex::default(),
        }
    }

    pub(super) fn is_unlimited(&self) -> bool {
        self.limit == usize::MAX
    }

    /// How much is taken.
    pub(super) fn used(&self) -> usize {
        self.used.load(Ordering::Relaxed)
    }

    /// Takes `amount` if there is as much, whoever else may wait for it.
    pub(super) fn try_take(&self, amount: usize) -> Result<Taken<'_>, Refused> {
        self.try_take_beside(amount, 0)
    }

    /// As [`try_take`](Self::try_take), but leaves the reserve.
    pub(super) fn try_take_modestly(&self, amount: usize) -> Result<Taken<'_>, Refused> {
        self.try_take_beside(amount, self.reserve(amount))
    }

    fn try_take_beside(&self, amount: usize, beside: usize) -> Result<Taken<'_>, Refused> {
        if self.is_free(amount, beside) { Ok(Taken { quota: self, amount }) } else { Err(Refused) }
    }

    /// Takes `amount` when it is there and all who came before have been served.
    pub(super) fn take(&self, amount: usize) -> Take<'_> {
        Take { quota: self, amount, beside: 0, ticket: None }
    }

    /// As [`take`](Self::take), but leaves the reserve.
    pub(super) fn take_modestly(&self, amount: usize) -> Take<'_> {
        Take { quota: self, amount, beside: self.reserve(amount), ticket: None }
    }

    /// What whoever can wait for `amount` leaves: nothing that would keep him from it for ever.
    fn reserve(&self, amount: usize) -> usize {
        (self.limit / RESERVE).min(self.limit.saturating_sub(amount))
    }

    pub(super) fn give_back(&self, amount: usize) {
        if self.is_unlimited() || amount == 0 {
            return;
        }
        self.used.fetch_sub(amount, Ordering::SeqCst);
        if self.waiting.load(Ordering::SeqCst) > 0 {
            self.serve();
        }
    }

    /// Takes `amount`, if it is there and `beside` too.
    fn is_free(&self, amount: usize, beside: usize) -> bool {
        let most = self.limit.saturating_sub(beside);
        let more = |used: usize| used.checked_add(amount).filter(|used| *used <= most);
        self.is_unlimited() || self.used.fetch_update(Ordering::SeqCst, Ordering::SeqCst, more).is_ok()
    }

    fn serve(&self) {
        let wakers = {
            let mut queue = self.queue.lock();
            let wakers = queue.serve(|amount, beside| self.is_free(amount, beside));
            self.waiting.fetch_sub(wakers.len(), Ordering::SeqCst);
            wakers
        };
        wakers.into_iter().for_each(wake);
    }

    fn poll_take(
        &self,
        (amount, beside): (usize, usize),
        ticket: &mut Option<Ticket>,
        waker: &Waker,
    ) -> Poll<Result<(), Refused>> {
        if ticket.is_none() && self.waiting.load(Ordering::SeqCst) == 0 && self.is_free(amount, beside) {
            return Poll::Ready(Ok(()));
        }
        if amount > self.limit {
            return Poll::Ready(Err(Refused));
        }
        // Others' code, which is not to run under the mutex; likewise when it is dropped.
        let waker = waker.clone();
        let mut queue = self.queue.lock();
        if let Some(own) = *ticket {
            let collected = queue.collect(own, waker);
            drop(queue);
            return match collected {
                Ok(()) => {
                    *ticket = None;
                    Poll::Ready(Ok(()))
                }
                Err(former) => {
                    drop(former);
                    Poll::Pending
                }
            };
        }
        self.waiting.fetch_add(1, Ordering::SeqCst);
        let decided = if queue.is_first(beside) && self.is_free(amount, beside) {
            Some(Ok(()))
        } else if queue.len() >= self.max_waiting {
            Some(Err(Refused))
        } else {
            None
        };
        match decided {
            None => {
                *ticket = Some(queue.join(amount, beside, waker));
                Poll::Pending
            }
            Some(result) => {
                self.waiting.fetch_sub(1, Ordering::SeqCst);
                drop(queue);
                Poll::Ready(result)
            }
        }
    }

    fn leave(&self, ticket: Ticket, amount: usize) {
        let left = {
            let mut queue = self.queue.lock();
            let left = queue.leave(ticket);
            if matches!(left, Left::Place(_)) {
                self.waiting.fetch_sub(1, Ordering::SeqCst);
            }
            left
        };
        match left {
            Left::Amount => self.give_back(amount),
            Left::Place(waker) => {
                drop(waker);
                // Those behind may need less.
                if self.waiting.load(Ordering::SeqCst) > 0 {
                    self.serve();
                }
            }
        }
    }
}

impl Taken<'_> {
    /// Leaves the amount taken; who calls this gives it back.
    pub(super) fn keep(self) {
        std::mem::forget(self);
    }
}

impl Drop for Taken<'_> {
    fn drop(&mut self) {
        self.quota.give_back(self.amount);
    }
}

impl<'a> Future for Take<'a> {
    type Output = Result<Taken<'a>, Refused>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        let Self { quota, amount, beside, ticket } = &mut *self;
        let (quota, amount) = (*quota, *amount);
        quota.poll_take((amount, *beside), ticket, context.waker()).map_ok(|()| Taken { quota, amount })
    }
}

impl Drop for Take<'_> {
    fn drop(&mut self) {
        if let Some(ticket) = self.ticket.take() {
            self.quota.leave(ticket, self.amount);
        }
    }
}

/// Wakes somebody; a panic of his must not cost the others behind him their wake-up.
fn wake(waker: Waker) {
    if catch_unwind(AssertUnwindSafe(|| waker.wake())).is_err() {
        tracing::error!("a waker panicked");
    }
}
