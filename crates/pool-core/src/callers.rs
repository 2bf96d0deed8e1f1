//! The transitions of a caller: from its first look at the pool until it has what it came for or is gone.

use std::hash::Hash;
use std::sync::Arc;
use std::task::Waker;

use crate::config::AcquireOptions;
use crate::effects::Effects;
use crate::error::{Phase, QueueScope};
use crate::inner::Inner;
use crate::queue::Queue;
use crate::resource::KeyState;
use crate::sync::Instant;
use crate::waiters::{Grant, Held, Ticket};

/// The outcome of the first look at the pool.
pub(crate) enum Begin<K, T> {
    Hit(Held<K, T>),
    Wait {
        ticket: Ticket,
        since: Instant,
        /// Whether the key may get a further resource.
        may_grow: bool,
    },
    Full {
        scope: QueueScope,
        limit: usize,
    },
    Closed,
}

impl<K: Hash + Eq, T> Inner<K, T> {
    /// A lease at once, if the key has a free one. It overtakes nobody: a key with a free lease has no queue (2).
    pub(crate) fn try_hit(&mut self, key: &K) -> Option<Held<K, T>> {
        let held = self.lease(self.pick(self.keys.get(key)?)?)?;
        self.tally.hits += 1;
        Some(held)
    }

    pub(crate) fn begin(
        &mut self,
        key: &K,
        options: AcquireOptions,
        clock: fn() -> Instant,
        fx: &mut Effects<K, T>,
    ) -> Begin<K, T>
    where
        K: Clone,
    {
        if self.closed {
            return Begin::Closed;
        }
        if let Some(held) = self.try_hit(key) {
            return Begin::Hit(held);
        }
        if let Some((scope, limit)) = self.refusal(key) {
            self.tally.queue_full += 1;
            return Begin::Full { scope, limit };
        }
        let since = clock();
        let key = match self.keys.get_key_value(key) {
            Some((key, _)) => Arc::clone(key),
            None => Arc::new(key.clone()),
        };
        let AcquireOptions { limits, priority } = options;
        let ticket = self.waiters.enter(Arc::clone(&key), priority, since);
        let bounds = self.config.bounds(limits);
        let state = self.keys.entry(Arc::clone(&key)).or_insert_with(|| KeyState::new(bounds));
        if state.is_cold() {
            state.bounds = bounds;
        }
        state.queue.enter(ticket, priority);
        let may_grow = state.bounds.resources > 1;
        self.refresh(&key, since);
        self.settle(since, fx);
        Begin::Wait { ticket, since, may_grow }
    }

    /// Which bound forbids this call to wait, if it has to wait at all.
    fn refusal(&self, key: &K) -> Option<(QueueScope, usize)> {
        let state = self.keys.get(key);
        let nothing_of_its_own = state.is_none_or(KeyState::is_cold);
        let slots_at_once = self.free() + self.reaping + self.lists.idle_len();
        if nothing_of_its_own && slots_at_once > self.waiters.slots.len() {
            return None;
        }
        let (max, max_per_key) = (self.config.max_waiters, self.config.max_waiters_per_key);
        if self.waiters.waiting >= max {
            Some((QueueScope::Pool, max))
        } else if state.map_or(0, |s| s.queue.len()) >= max_per_key {
            Some((QueueScope::Key, max_per_key))
        } else {
            None
        }
    }

    /// Collects the caller's grant, or leaves its waker.
    pub(crate) fn poll_grant(
        &mut self,
        ticket: Ticket,
        waker: Waker,
        now: Instant,
        fx: &mut Effects<K, T>,
    ) -> Option<Grant<K, T>> {
        let Some(caller) = self.waiters.callers.get_mut(&ticket) else { return Some(Grant::Closed) };
        if matches!(caller.grant, Grant::Waiting) {
            fx.discard.extend(caller.waker.replace(waker));
            return None;
        }
        fx.discard.push(waker);
        Some(self.collect(ticket, now, fx))
    }

    fn collect(&mut self, ticket: Ticket, now: Instant, fx: &mut Effects<K, T>) -> Grant<K, T> {
        let Some(caller) = self.waiters.callers.remove(&ticket) else { return Grant::Closed };
        fx.discard.extend(caller.waker);
        match caller.grant {
            Grant::Create { id, .. } if self.closed => {
                self.creation_ended(id, now, fx);
                Grant::Closed
            }
            grant => grant,
        }
    }

    /// The caller's time is up: its grant if that came first, else what it was waiting for.
    pub(crate) fn give_up(
        &mut self,
        ticket: Ticket,
        now: Instant,
        fx: &mut Effects<K, T>,
    ) -> Result<Grant<K, T>, Phase> {
        let Some(caller) = self.waiters.callers.get(&ticket) else { return Ok(Grant::Closed) };
        if !matches!(caller.grant, Grant::Waiting) {
            return Ok(self.collect(ticket, now, fx));
        }
        let phase = match self.keys.get(&*caller.key) {
            Some(state) if !state.serving.is_empty() => Phase::Lease,
            Some(state) if state.creating.is_some() => Phase::Create,
            _ => Phase::Slot,
        };
        self.tally.timeouts += 1;
        self.cancel(ticket, now, fx);
        Err(phase)
    }

    /// The caller is gone; what it was given goes to the next.
    pub(crate) fn cancel(&mut self, ticket: Ticket, now: Instant, fx: &mut Effects<K, T>) {
        let Some(caller) = self.waiters.callers.remove(&ticket) else { return };
        fx.discard.extend(caller.waker);
        match caller.grant {
            Grant::Waiting => {
                self.take_caller(&caller.key, |queue| {
                    queue.remove(ticket, caller.priority).then_some(ticket)
                });
                self.refresh(&caller.key, now);
                self.settle(now, fx);
            }
            Grant::Lease { held, .. } => {
                let Held { id, value, .. } = held;
                drop(value);
                self.release(id, now, fx);
            }
            Grant::Create { id, .. } => self.creation_ended(id, now, fx),
            Grant::Closed => {}
        }
    }

    /// A caller has waited long enough for the scale policy to be asked again.
    pub(crate) fn reconsider(&mut self, ticket: Ticket, now: Instant, fx: &mut Effects<K, T>) {
        let Some(caller) = self.waiters.callers.get(&ticket) else { return };
        let key = Arc::clone(&caller.key);
        self.refresh(&key, now);
        self.settle(now, fx);
    }

    /// Takes out of the key's queue who `take` says.
    pub(crate) fn take_caller(
        &mut self,
        key: &K,
        take: impl FnOnce(&mut Queue) -> Option<Ticket>,
    ) -> Option<Ticket> {
        let ticket = take(&mut self.keys.get_mut(key)?.queue)?;
        self.waiters.waiting -= 1;
        Some(ticket)
    }
}
