//! Who has an isolate's next turn: a fair queue, apart from V8 and from threads.
//!
//! # Protocol
//! At any time at most one party holds the turn. The queue is first in, first out over two kinds of entries:
//!
//! * a **job** is run by an isolate thread. Whoever brings the queue to a state where a job is at the front and
//!   nobody holds the turn is told to *schedule* the isolate, exactly once; the isolate thread that picks it up
//!   calls [`start_job`](TurnQueue::start_job), runs the job without any lock of this module, goes on with those behind
//!   it as long as it likes ([`next_job`](TurnQueue::next_job)), and calls [`release`](TurnQueue::release).
//! * a **waiter** runs on its own thread or task: it polls [`TurnWait`] until it gets a [`TurnGuard`], whose
//!   drop releases.
//!
//! ```text
//!            push_job / wait          start_job
//!   Idle ───────────────► Scheduled ───────────► Held ──┐
//!     ▲  └── wait ─────────────────────────────►        │ release: next job → Scheduled
//!     └───────────────────── release, queue empty ◄─────┘          next waiter → Held
//! ```
//!
//! A waiter that is dropped while it waits is taken out of the queue; one that is dropped after it was given
//! the turn, but before it noticed, passes it on. A closed queue gives the turn to nobody any more: jobs come
//! back to those who push them, waiters get an error.
//!
//! The mutex is held for a few instructions, never while a job is dropped. Wakers are foreign code: they are cloned,
//! dropped and woken outside of it, and what they panic with when they are woken or dropped is caught
//! ([`teller`](crate::teller)).

use std::collections::VecDeque;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};

use crate::sync::Mutex;
use crate::teller;

/// The queue. See the [module](self) documentation.
#[derive(Debug)]
pub(crate) struct TurnQueue<J> {
    inner: Mutex<Inner<J>>,
}

#[derive(Debug)]
struct Inner<J> {
    holder: Holder,
    entries: VecDeque<Entry<J>>,
    next_ticket: u64,
    closed: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Holder {
    Nobody,
    /// A job is at the front and an isolate thread has been asked to start it.
    Scheduled,
    Job,
    /// The waiter with this ticket.
    Waiter(u64),
}

#[derive(Debug)]
enum Entry<J> {
    Job(J),
    Waiter { ticket: u64, waker: Waker },
}

/// What the caller has to do after it changed the queue.
#[derive(Debug)]
#[must_use]
pub(crate) enum Next {
    Nothing,
    /// Ask an isolate thread to call [`TurnQueue::start_job`].
    Schedule,
    /// Wake this waiter: it has the turn.
    Wake(Waker),
}

/// The queue was closed: the isolate is condemned.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the isolate has been condemned")]
pub struct Closed;

impl<J> TurnQueue<J> {
    pub(crate) fn new() -> Self {
        Self {
            inner: Mutex::new(Inner {
                holder: Holder::Nobody,
                entries: VecDeque::new(),
                next_ticket: 0,
                closed: false,
            }),
        }
    }

    /// Queues a job; gives it back if the queue is closed.
    pub(crate) fn push_job(&self, job: J) -> Result<Next, J> {
        let mut inner = self.inner.lock();
        if inner.closed {
            return Err(job);
        }
        inner.entries.push_back(Entry::Job(job));
        Ok(inner.pass_on_if_free())
    }

    /// Takes the turn for the job at the front. `None` if the queue was closed meanwhile.
    pub(crate) fn start_job(&self) -> Option<J> {
        let mut inner = self.inner.lock();
        if inner.closed || inner.holder != Holder::Scheduled {
            return None;
        }
        let job = inner.pop_job().expect("Scheduled means that a job is at the front");
        inner.holder = Holder::Job;
        Some(job)
    }

    /// Passes the turn from the job that has it to the one at the front. `None` if a waiter is there, or nobody, or the
    /// queue was closed: then the turn is still to be [released](Self::release).
    pub(crate) fn next_job(&self) -> Option<J> {
        let mut inner = self.inner.lock();
        if inner.closed { None } else { inner.pop_job() }
    }

    /// Gives the turn back, from a job or a waiter.
    pub(crate) fn release(&self) -> Next {
        let mut inner = self.inner.lock();
        inner.holder = Holder::Nobody;
        inner.pass_on_if_free()
    }

    /// Closes the queue and takes out the jobs that will not run, and the wakers of those who wait in vain: the
    /// caller is to wake them.
    pub(crate) fn close(&self) -> (Vec<J>, Vec<Waker>) {
        let entries = {
            let mut inner = self.inner.lock();
            inner.closed = true;
            std::mem::take(&mut inner.entries)
        };
        let (mut jobs, mut waiters) = (Vec::new(), Vec::new());
        for entry in entries {
            match entry {
                Entry::Job(job) => jobs.push(job),
                Entry::Waiter { waker, .. } => waiters.push(waker),
            }
        }
        (jobs, waiters)
    }

    /// The jobs that wait.
    pub(crate) fn jobs(&self) -> Vec<J>
    where
        J: Clone,
    {
        let inner = self.inner.lock();
        let jobs = inner.entries.iter().filter_map(|entry| match entry {
            Entry::Job(job) => Some(job.clone()),
            Entry::Waiter { .. } => None,
        });
        jobs.collect()
    }

    /// How many entries wait.
    pub(crate) fn len(&self) -> usize {
        self.inner.lock().entries.len()
    }
}

impl<J> Inner<J> {
    fn pass_on_if_free(&mut self) -> Next {
        if self.closed || self.holder != Holder::Nobody {
            return Next::Nothing;
        }
        match self.entries.front() {
            None => Next::Nothing,
            Some(Entry::Job(_)) => {
                self.holder = Holder::Scheduled;
                Next::Schedule
            }
            Some(Entry::Waiter { .. }) => match self.entries.pop_front() {
                Some(Entry::Waiter { ticket, waker }) => {
                    self.holder = Holder::Waiter(ticket);
                    Next::Wake(waker)
                }
                Some(Entry::Job(_)) | None => unreachable!("a waiter was at the front"),
            },
        }
    }

    /// Takes out the job at the front, if one is there.
    fn pop_job(&mut self) -> Option<J> {
        match self.entries.pop_front()? {
            Entry::Job(job) => Some(job),
            waiter @ Entry::Waiter { .. } => {
                self.entries.push_front(waiter);
                None
            }
        }
    }

    fn waiter_position(&self, wanted: u64) -> Option<usize> {
        self.entries
            .iter()
            .position(|entry| matches!(entry, Entry::Waiter { ticket, .. } if *ticket == wanted))
    }
}

/// Carries out what a change of the queue asks for. Implemented by the queue's owner.
pub(crate) trait Schedule {
    type Job;

    fn queue(&self) -> &TurnQueue<Self::Job>;

    /// Asks an isolate thread to run [`TurnQueue::start_job`].
    fn schedule(self: &Arc<Self>);

    fn carry_out(self: &Arc<Self>, next: Next) {
        match next {
            Next::Nothing => {}
            Next::Schedule => self.schedule(),
            Next::Wake(waker) => teller::wake_all([waker]),
        }
    }
}

/// Waits for the turn.
#[derive(Debug)]
pub(crate) struct TurnWait<S: Schedule> {
    owner: Arc<S>,
    ticket: Option<u64>,
}

impl<S: Schedule> TurnWait<S> {
    pub(crate) fn new(owner: Arc<S>) -> Self {
        Self { owner, ticket: None }
    }
}

/// What a look at the queue finds for a waiter.
enum Found {
    Turn,
    Closed,
    Nothing,
    /// Nothing, and the queue has no waker to tell when that changes, or another's.
    NeedsWaker,
}

impl<S: Schedule> TurnWait<S> {
    /// Looks at the queue. If there is nothing to be had, leaves the waker of `offered` there, and what that replaces in
    /// its place. `current` is what has to be woken.
    fn look(&mut self, current: &Waker, offered: &mut Option<Waker>) -> Found {
        let mut inner = self.owner.queue().inner.lock();
        if inner.closed {
            return Found::Closed;
        }
        let Some(ticket) = self.ticket else {
            let ticket = inner.next_ticket;
            if inner.holder == Holder::Nobody && inner.entries.is_empty() {
                inner.holder = Holder::Waiter(ticket);
            } else if let Some(waker) = offered.take() {
                inner.entries.push_back(Entry::Waiter { ticket, waker });
                self.ticket = Some(ticket);
            } else {
                return Found::NeedsWaker;
            }
            inner.next_ticket += 1;
            return if self.ticket.is_none() { Found::Turn } else { Found::Nothing };
        };
        if inner.holder == Holder::Waiter(ticket) {
            return Found::Turn;
        }
        let position = inner.waiter_position(ticket);
        match position.and_then(|at| inner.entries.get_mut(at)) {
            Some(Entry::Waiter { waker, .. }) if !waker.will_wake(current) => match offered {
                Some(offered) => {
                    std::mem::swap(waker, offered);
                    Found::Nothing
                }
                None => Found::NeedsWaker,
            },
            _ => Found::Nothing,
        }
    }
}

impl<S: Schedule> Future for TurnWait<S> {
    type Output = Result<TurnGuard<S>, Closed>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        let mut offered = None;
        let mut found = self.look(context.waker(), &mut offered);
        if matches!(found, Found::NeedsWaker) {
            offered = Some(context.waker().clone());
            found = self.look(context.waker(), &mut offered);
        }
        let polled = match found {
            Found::Turn => {
                self.ticket = None;
                Poll::Ready(Ok(TurnGuard { owner: Arc::clone(&self.owner) }))
            }
            Found::Closed => Poll::Ready(Err(Closed)),
            Found::Nothing | Found::NeedsWaker => Poll::Pending,
        };
        offered.into_iter().for_each(teller::discard);
        polled
    }
}

impl<S: Schedule> Drop for TurnWait<S> {
    fn drop(&mut self) {
        let Some(ticket) = self.ticket else { return };
        let mut inner = self.owner.queue().inner.lock();
        if inner.holder == Holder::Waiter(ticket) {
            inner.holder = Holder::Nobody;
            let next = inner.pass_on_if_free();
            drop(inner);
            self.owner.carry_out(next);
        } else if let Some(at) = inner.waiter_position(ticket) {
            let removed = inner.entries.remove(at);
            drop(inner);
            if let Some(Entry::Waiter { waker, .. }) = removed {
                teller::discard(waker);
            }
        }
    }
}

/// The turn, held by a waiter. Dropping it gives the turn to the next in the queue.
#[derive(Debug)]
pub(crate) struct TurnGuard<S: Schedule> {
    owner: Arc<S>,
}

impl<S: Schedule> Drop for TurnGuard<S> {
    fn drop(&mut self) {
        let next = self.owner.queue().release();
        self.owner.carry_out(next);
    }
}

#[cfg(all(test, not(loom)))]
mod tests;

#[cfg(all(test, loom))]
mod model_tests;
