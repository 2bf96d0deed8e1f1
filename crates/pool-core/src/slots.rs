//! Who is served next. The rule, which the front page of the crate shows as well:
//!
#![doc = include_str!("fairness.md")]

use std::hash::Hash;
use std::sync::Arc;
use std::time::Duration;

use crate::effects::Effects;
use crate::inner::Inner;
use crate::queue::Queue;
use crate::reaper::RetireReason::Evicted;
use crate::resource::{Entry, KeyState, Life, ResourceId};
use crate::scale::KeyLoad;
use crate::sync::Instant;
use crate::waiters::{Demand, Grant, Ticket};

impl<K: Hash + Eq, T> Inner<K, T> {
    pub(crate) fn free(&self) -> usize {
        self.config.max_size.saturating_sub(self.live())
    }

    /// Rules 3 and 4, for one key whose resources or callers have changed.
    pub(crate) fn serve(&mut self, key: &Arc<K>, now: Instant, fx: &mut Effects<K, T>) {
        while let Some(state) = self.keys.get(&**key)
            && let Some(place) = state.queue.first_place()
            && let Some(id) = self.pick(state)
        {
            let idle = matches!(self.resources.get(&id), Some(Entry { life: Life::Idle { .. }, .. }));
            if idle && self.next_without_slot().is_some_and(|older| older < place) {
                self.retire(id, Evicted, now, fx);
            } else {
                self.grant(id, now, fx);
            }
        }
        self.refresh(key, now);
    }

    /// The oldest place that a slot is asked for with, beyond those whose slots are in the hands of the reaper.
    fn next_without_slot(&self) -> Option<Ticket> {
        self.waiters.slots.keys().nth(self.reaping).copied()
    }

    /// Brings what a key asks for in line with its state, and forgets a key without any.
    pub(crate) fn refresh(&mut self, key: &Arc<K>, now: Instant) {
        let Some(state) = self.keys.get(&**key) else { return };
        let wanted = self.demand_of(state, now);
        let Some(state) = self.keys.get_mut(&**key) else { return };
        if state.demand != wanted {
            self.waiters.set_demand(key, &mut state.demand, wanted);
        }
        if state.is_unused() {
            self.keys.remove(&**key);
        }
    }

    /// The room a key should be asking for.
    pub(crate) fn demand_of(&self, state: &KeyState, now: Instant) -> Option<Demand> {
        let (first, last) = (state.queue.first_place()?, state.queue.last_place()?);
        if state.creating.is_some() {
            return None;
        }
        if state.serving.is_empty() {
            return Some(Demand::Slot { place: first, displaced: state.evicting > 0 });
        }
        let oldest = state.queue.oldest()?;
        let load = KeyLoad {
            waiting: state.queue.len(),
            resources: state.serving.len(),
            max_resources: state.bounds.resources,
            oldest_wait: now.saturating_duration_since(self.waiters.callers.get(&oldest)?.since),
        };
        self.config.scale.grow(load).then_some(Demand::Grow { place: last })
    }

    /// Rules 1, 2 and 5, and the bounds on size and cost. Called at the end of every transition.
    pub(crate) fn settle(&mut self, now: Instant, fx: &mut Effects<K, T>) {
        self.shrink(now, fx);
        if let Some(max) = self.config.max_total_cost {
            while self.total_cost > max
                && let Some(id) = self.lists.victim()
            {
                self.retire(id, Evicted, now, fx);
            }
        }
        loop {
            if self.free() > 0 {
                let Some(key) = self.waiters.next_for_slot() else { break };
                self.start_creation(key, now, fx);
            } else {
                if self.waiters.demands() <= self.reaping {
                    break;
                }
                let Some(id) = self.lists.victim() else { break };
                self.retire(id, Evicted, now, fx);
            }
        }
        self.retire_shared(now, fx);
        self.wake_if_drained(fx);
    }

    /// After `resize`: what exceeds the bound goes, idle first, then what is leased, in its order.
    fn shrink(&mut self, now: Instant, fx: &mut Effects<K, T>) {
        let staying = |pool: &Self| pool.lists.idle_len() + pool.lists.leased_len() + pool.creating;
        while staying(self) > self.config.max_size {
            let victim = self.lists.victim().or_else(|| self.lists.leased_oldest_first().next());
            // All the rest is being created; it is looked at again when it is there.
            let Some(id) = victim else { break };
            self.retire(id, Evicted, now, fx);
        }
    }

    /// Rule 5. O(1) unless resources have to be passed over.
    fn retire_shared(&mut self, now: Instant, fx: &mut Effects<K, T>) {
        let needed = self.waiters.slots.len() - self.waiters.displaced;
        let in_sight = self.reaping + self.evicting + self.lists.leased_alone_len();
        for _ in in_sight..needed {
            let Some(oldest) = self.next_without_slot() else { return };
            let would_come_back = |id: &ResourceId| {
                let key = self.resources.get(id).map(|entry| &*entry.key);
                let state = key.and_then(|key| self.keys.get(key));
                state.and_then(|state| state.queue.first_place()).is_some_and(|place| place < oldest)
            };
            let Some(id) = self.lists.shared_oldest_first().find(|id| !would_come_back(id)) else { return };
            self.retire(id, Evicted, now, fx);
        }
    }

    /// A lease for the next caller of the resource's key. There must be one, and a free lease.
    fn grant(&mut self, id: ResourceId, now: Instant, fx: &mut Effects<K, T>) {
        let Some(held) = self.lease(id) else { return };
        let Some(ticket) = self.take_caller(&held.key, Queue::take_first) else { return };
        self.tally.hits += 1;
        self.give(ticket, now, fx, |waited| Grant::Lease { held, waited });
    }

    /// The room that the key asks for.
    fn start_creation(&mut self, key: Arc<K>, now: Instant, fx: &mut Effects<K, T>) {
        let Some(state) = self.keys.get(&*key) else { return };
        let (shared, grows) = (state.bounds.is_shared(), matches!(state.demand, Some(Demand::Grow { .. })));
        let take = if grows { Queue::take_last } else { Queue::take_first };
        let Some(ticket) = self.take_caller(&key, take) else { return };
        let id = self.new_resource_id();
        let life = Life::Creating { doomed: None };
        self.resources.insert(id, Entry { key: Arc::clone(&key), cost: 0, shared, life });
        self.creating += 1;
        self.tally.misses += 1;
        if let Some(state) = self.keys.get_mut(&*key) {
            state.creating = Some(id);
        }
        self.refresh(&key, now);
        self.give(ticket, now, fx, |waited| Grant::Create { id, waited });
    }

    fn give(
        &mut self,
        ticket: Ticket,
        now: Instant,
        fx: &mut Effects<K, T>,
        grant: impl FnOnce(Duration) -> Grant<K, T>,
    ) {
        let Some(caller) = self.waiters.callers.get_mut(&ticket) else { return };
        let waited = now.saturating_duration_since(caller.since);
        caller.grant = grant(waited);
        if let Some(waker) = caller.waker.take() {
            fx.wake.push(waker);
            self.tally.waited(waited);
        }
    }
}
