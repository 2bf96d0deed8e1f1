//! One call to `acquire`, from the first look to the lease.
//!
//! Two guards make the future safe to drop at every await: [`Queued`] while the call waits for its grant, [`Creation`]
//! while its `create` runs. Whatever the call has been given by then goes back through them, and on to the next.

use std::future::{Future, poll_fn};
use std::hash::Hash;
use std::pin::pin;
use std::task::{Context, Poll};
use std::time::Duration;

use crate::callers::Begin;
use crate::config::AcquireOptions;
use crate::error::{AcquireError, Phase};
use crate::lease::Lease;
use crate::pool::Shared;
use crate::resource::ResourceId;
use crate::sync::{Arc, Instant, NoTimer, Timer, now};
use crate::waiters::{Grant, Held, Ticket};

pub(crate) async fn acquire<K, T, E, Fut>(
    shared: &Arc<Shared<K, T>>,
    key: &K,
    options: AcquireOptions,
    create: impl FnOnce() -> Fut,
) -> Result<Lease<K, T>, AcquireError<E>>
where
    K: Hash + Eq + Clone,
    Fut: Future<Output = Result<T, E>>,
{
    let (ticket, since, may_grow) = match shared.with(|inner, fx| inner.begin(key, options, now, fx)) {
        Begin::Hit(held) => return Ok(Lease::new(shared, held, true, Duration::ZERO)),
        Begin::Wait { ticket, since, may_grow } => (ticket, since, may_grow),
        Begin::Full { scope, limit } => return Err(AcquireError::QueueFull { scope, limit }),
        Begin::Closed => return Err(AcquireError::Closed),
    };
    let deadline = since.checked_add(shared.acquire_timeout);
    let mut queued = Queued {
        shared,
        ticket,
        since,
        deadline,
        grow_at: if may_grow { since.checked_add(shared.grow_after) } else { None },
        timer: Timer::default(),
        collected: false,
    };
    let (id, waited) = match poll_fn(|cx| queued.poll(cx)).await? {
        Grant::Lease { held, waited } => return Ok(Lease::new(shared, held, true, waited)),
        Grant::Create { id, waited } => (id, waited),
        Grant::Waiting | Grant::Closed => return Err(AcquireError::Closed),
    };
    let creation = Creation { shared, id };
    match run(create(), deadline).await.map_err(|NoTimer| AcquireError::NoTimer)? {
        Some(Ok(value)) => match creation.publish(value) {
            Some(held) => Ok(Lease::new(shared, held, false, waited)),
            None => Err(AcquireError::Closed),
        },
        Some(Err(error)) => Err(AcquireError::Create(error)),
        None => {
            shared.with(|inner, _| inner.tally.timeouts += 1);
            let waited = now().saturating_duration_since(since);
            Err(AcquireError::Timeout { phase: Phase::Create, waited })
        }
    }
}

/// The output of `create`, or `None` at the deadline. Either way `create` is dropped when this returns, and so before its
/// slot is free again.
async fn run<F: Future>(create: F, deadline: Option<Instant>) -> Result<Option<F::Output>, NoTimer> {
    let mut create = pin!(create);
    let mut timer = Timer::default();
    poll_fn(|cx| match create.as_mut().poll(cx) {
        Poll::Ready(output) => Poll::Ready(Ok(Some(output))),
        Poll::Pending => timer.poll(cx, deadline).map_ok(|()| None),
    })
    .await
}

/// A drawn ticket.
struct Queued<'a, K: Hash + Eq, T> {
    shared: &'a Arc<Shared<K, T>>,
    ticket: Ticket,
    since: Instant,
    deadline: Option<Instant>,
    /// When to ask the scale policy again, once.
    grow_at: Option<Instant>,
    timer: Timer,
    collected: bool,
}

impl<K: Hash + Eq, T> Queued<'_, K, T> {
    fn poll<E>(&mut self, cx: &mut Context<'_>) -> Poll<Result<Grant<K, T>, AcquireError<E>>> {
        // Cloned before the lock: a waker is the executor's code.
        let (ticket, waker, at) = (self.ticket, cx.waker().clone(), now());
        if let Some(grant) = self.shared.with(|inner, fx| inner.poll_grant(ticket, waker, at, fx)) {
            self.collected = true;
            return Poll::Ready(Ok(grant));
        }
        loop {
            let alarm = self.grow_at.into_iter().chain(self.deadline).min();
            match self.timer.poll(cx, alarm) {
                Poll::Pending => return Poll::Pending,
                Poll::Ready(Ok(())) => {}
                // Its place in the queue goes with the call.
                Poll::Ready(Err(NoTimer)) => return Poll::Ready(Err(AcquireError::NoTimer)),
            }
            let at = now();
            if self.grow_at.is_some() && self.grow_at == alarm {
                self.grow_at = None;
                // If this gives the call its grant, it also wakes it.
                self.shared.with(|inner, fx| inner.reconsider(ticket, at, fx));
                continue;
            }
            self.collected = true;
            let outcome = self.shared.with(|inner, fx| inner.give_up(ticket, at, fx));
            let waited = at.saturating_duration_since(self.since);
            return Poll::Ready(outcome.map_err(|phase| AcquireError::Timeout { phase, waited }));
        }
    }
}

impl<K: Hash + Eq, T> Drop for Queued<'_, K, T> {
    fn drop(&mut self) {
        if !self.collected {
            let at = now();
            self.shared.with(|inner, fx| inner.cancel(self.ticket, at, fx));
        }
    }
}

/// A reserved slot and the lead of its key's creation, given back on drop.
struct Creation<'a, K: Hash + Eq, T> {
    shared: &'a Arc<Shared<K, T>>,
    id: ResourceId,
}

impl<K: Hash + Eq, T> Creation<'_, K, T> {
    fn publish(self, value: T) -> Option<Held<K, T>> {
        let (shared, id, at) = (self.shared, self.id, now());
        // From here on the slot is the resource's, not the creation's.
        std::mem::forget(self);
        shared.with(|inner, fx| inner.created(id, value, at, fx))
    }
}

impl<K: Hash + Eq, T> Drop for Creation<'_, K, T> {
    fn drop(&mut self) {
        let at = now();
        self.shared.with(|inner, fx| inner.creation_ended(self.id, at, fx));
    }
}
