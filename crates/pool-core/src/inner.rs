//! The state behind the cache lock and its transitions. Nothing here locks, waits, or runs the caller's code.
//!
//! # Protocol
//! Each transition (1) changes the life of one resource or the state of one caller (`callers.rs`), (2) lets the key
//! *serve* its queue, (3) *settles* the slots (both in `slots.rs`). In between transitions these hold, and `validate.rs`
//! recounts them:
//!
//! 1. `live = |resources| + reaping`, and `live <= max_size` unless the pool was shrunk; nothing is created above it.
//! 2. A key with a waiting caller has no free lease.
//! 3. There is a free slot only if no key asks for one. If a slot is asked for beyond those the reaper is about to
//!    return, nothing is idle.
//! 4. A key has at most one creation that is not doomed, and one demand; none while it creates.
//! 5. Lists, queues, counters and lives tell the same story.
//!
//! A retired resource leaves `resources` at once but keeps its slot (`reaping`) until the reaper's call has returned.

use std::collections::{BTreeMap, HashMap};
use std::hash::Hash;
use std::sync::Arc;
use std::task::Waker;
use std::time::Duration;

use rustc_hash::FxHashMap;

use crate::config::{KeyLimits, PoolConfig};
use crate::effects::Effects;
use crate::lists::Lists;
use crate::reaper::RetireReason;
use crate::resource::{Entry, KeyState, Life, ResourceId};
use crate::stats::{CacheStats, Tally};
use crate::sync::Instant;
use crate::waiters::{Grant, Held, Waiters};

pub(crate) struct Inner<K, T> {
    pub(crate) config: PoolConfig,
    pub(crate) resources: FxHashMap<ResourceId, Entry<K, T>>,
    pub(crate) keys: HashMap<Arc<K>, KeyState>,
    pub(crate) lists: Lists,
    pub(crate) waiters: Waiters<K, T>,
    /// Resources in `Creating`.
    pub(crate) creating: usize,
    /// Resources in `Retiring(Evicted)`: slots that will come free for whoever waits for one.
    pub(crate) evicting: usize,
    /// Resources on their way to or in the hands of the reaper.
    pub(crate) reaping: usize,
    pub(crate) total_cost: u64,
    pub(crate) tally: Tally,
    pub(crate) closed: bool,
    drain: BTreeMap<u64, Waker>,
    next_drain: u64,
    next_resource: u64,
}

impl<K: Hash + Eq, T> Inner<K, T> {
    pub(crate) fn new(config: PoolConfig) -> Self {
        Self {
            config,
            resources: FxHashMap::default(),
            keys: HashMap::new(),
            lists: Lists::new(),
            waiters: Waiters::new(),
            creating: 0,
            evicting: 0,
            reaping: 0,
            total_cost: 0,
            tally: Tally::default(),
            closed: false,
            drain: BTreeMap::new(),
            next_drain: 0,
            next_resource: 0,
        }
    }

    pub(crate) fn live(&self) -> usize {
        self.resources.len() + self.reaping
    }

    /// The serving resource of the key with the most room, the oldest of equals; `None` if all are full.
    pub(crate) fn pick(&self, state: &KeyState) -> Option<ResourceId> {
        let leases = |id: &ResourceId| match self.resources.get(id).map(|entry| &entry.life) {
            Some(Life::Idle { .. }) => 0,
            Some(Life::Leased { leases, .. }) => *leases,
            _ => usize::MAX,
        };
        let (least, id) =
            state.serving.iter().map(|id| (leases(id), *id)).min_by_key(|(leases, _)| *leases)?;
        (least < state.bounds.leases).then_some(id)
    }

    /// Counts one more lease on a serving resource.
    pub(crate) fn lease(&mut self, id: ResourceId) -> Option<Held<K, T>> {
        let entry = self.resources.get_mut(&id)?;
        let value = match &mut entry.life {
            Life::Idle { value, .. } => {
                let value = Arc::clone(value);
                entry.life = Life::Leased { value: Arc::clone(&value), leases: 1 };
                value
            }
            Life::Leased { value, leases } => {
                *leases += 1;
                Arc::clone(value)
            }
            Life::Creating { .. } | Life::Retiring { .. } => return None,
        };
        self.lists.lease(id, entry.shared);
        Some(Held { id, key: Arc::clone(&entry.key), value })
    }

    /// A lease ended. Its clone of the resource must be gone already.
    pub(crate) fn release(&mut self, id: ResourceId, now: Instant, fx: &mut Effects<K, T>) {
        let Some(entry) = self.resources.get_mut(&id) else { return };
        let key = Arc::clone(&entry.key);
        let state = self.keys.get(&*key);
        let primary = state.is_some_and(|state| state.serving.first() == Some(&id));
        // Without a queue the key has nobody to serve and nothing to ask for: the common case stays short.
        let queue = state.is_some_and(|state| !state.queue.is_empty());
        match &mut entry.life {
            Life::Leased { leases, .. } if *leases > 1 => {
                *leases -= 1;
                self.lists.touch(id);
            }
            Life::Leased { value, .. } => {
                entry.life = Life::Idle { value: Arc::clone(value), since: now };
                self.lists.idle(id, primary);
            }
            Life::Retiring { leases, .. } if *leases > 1 => {
                *leases -= 1;
                return;
            }
            Life::Retiring { reason, .. } => {
                let reason = *reason;
                self.count_eviction(&key, reason, -1);
                self.hand_over(id, reason, fx);
                self.refresh(&key, now);
            }
            Life::Creating { .. } | Life::Idle { .. } => {
                debug_assert!(false, "released {id} without a lease")
            }
        }
        if queue {
            self.serve(&key, now, fx);
        }
        self.settle(now, fx);
    }

    /// The leader's `create` succeeded: its lease, or nothing if the pool was closed meanwhile.
    pub(crate) fn created(
        &mut self,
        id: ResourceId,
        value: T,
        now: Instant,
        fx: &mut Effects<K, T>,
    ) -> Option<Held<K, T>> {
        self.tally.created += 1;
        let value = Arc::new(value);
        let entry = self.resources.get_mut(&id)?;
        let key = Arc::clone(&entry.key);
        let Life::Creating { doomed } = entry.life else { return None };
        self.creating -= 1;
        let held = if self.closed {
            entry.life = Life::Retiring { value, leases: 0, reason: RetireReason::Shutdown };
            self.hand_over(id, RetireReason::Shutdown, fx);
            None
        } else {
            entry.life = match doomed {
                Some(reason) => Life::Retiring { value: Arc::clone(&value), leases: 1, reason },
                None => Life::Leased { value: Arc::clone(&value), leases: 1 },
            };
            // Whoever finds the key next brings its own limits: it is cold if it was forgotten meanwhile.
            let bounds = self.config.bounds(KeyLimits::default());
            let state = self.keys.entry(Arc::clone(&key)).or_insert_with(|| KeyState::new(bounds));
            match doomed {
                Some(reason) => self.count_eviction(&key, reason, 1),
                None => {
                    state.serving.push(id);
                    self.lists.lease(id, entry.shared);
                }
            }
            Some(Held { id, key: Arc::clone(&key), value })
        };
        self.stop_following(id, &key);
        self.serve(&key, now, fx);
        self.settle(now, fx);
        held
    }

    /// The key's callers no longer count on this creation.
    fn stop_following(&mut self, id: ResourceId, key: &K) {
        if let Some(state) = self.keys.get_mut(key)
            && state.creating == Some(id)
        {
            state.creating = None;
        }
    }

    /// The creation failed or was given up: its slot is free, and the key's next caller may lead.
    pub(crate) fn creation_ended(&mut self, id: ResourceId, now: Instant, fx: &mut Effects<K, T>) {
        let Some(entry) = self.resources.remove(&id) else { return };
        debug_assert!(matches!(entry.life, Life::Creating { .. }), "{id} has been created");
        self.creating -= 1;
        self.tally.creation_failures += 1;
        self.stop_following(id, &entry.key);
        self.refresh(&entry.key, now);
        self.settle(now, fx);
    }

    /// No new lease on this resource; gone at once if it has none. The caller settles.
    pub(crate) fn retire(
        &mut self,
        id: ResourceId,
        reason: RetireReason,
        now: Instant,
        fx: &mut Effects<K, T>,
    ) {
        let Some(entry) = self.resources.get_mut(&id) else { return };
        let key = Arc::clone(&entry.key);
        match &mut entry.life {
            Life::Creating { doomed } => {
                doomed.get_or_insert(reason);
                self.stop_following(id, &key);
            }
            Life::Idle { .. } => {
                self.leave_service(id, &key, now);
                self.hand_over(id, reason, fx);
            }
            Life::Leased { value, leases } => {
                entry.life = Life::Retiring { value: Arc::clone(value), leases: *leases, reason };
                self.leave_service(id, &key, now);
                self.count_eviction(&key, reason, 1);
            }
            // A reason of its own outranks mere lack of room; otherwise the first reason stands.
            Life::Retiring { reason: was, .. } if *was == RetireReason::Evicted => {
                *was = reason;
                self.count_eviction(&key, RetireReason::Evicted, -1);
                self.count_eviction(&key, reason, 1);
            }
            Life::Retiring { .. } => {}
        }
        self.refresh(&key, now);
    }

    pub(crate) fn retire_and_settle(
        &mut self,
        id: ResourceId,
        reason: RetireReason,
        now: Instant,
        fx: &mut Effects<K, T>,
    ) {
        self.retire(id, reason, now, fx);
        self.settle(now, fx);
    }

    fn count_eviction(&mut self, key: &K, reason: RetireReason, by: isize) {
        if reason == RetireReason::Evicted {
            self.evicting = self.evicting.saturating_add_signed(by);
            if let Some(state) = self.keys.get_mut(key) {
                state.evicting = state.evicting.saturating_add_signed(by);
            }
        }
    }

    fn leave_service(&mut self, id: ResourceId, key: &K, now: Instant) {
        self.lists.remove(id);
        let Some(state) = self.keys.get_mut(key) else { return };
        let was_primary = state.serving.first() == Some(&id);
        state.serving.retain(|other| *other != id);
        if was_primary
            && let Some(next) = state.serving.first()
            && let Some(Entry { life: Life::Idle { since, .. }, .. }) = self.resources.get_mut(next)
        {
            *since = now;
            self.lists.promote_replica(*next);
        }
    }

    /// Gives a resource without leases to the reaper, once the lock is free.
    fn hand_over(&mut self, id: ResourceId, reason: RetireReason, fx: &mut Effects<K, T>) {
        let Some(entry) = self.resources.remove(&id) else { return };
        self.total_cost -= entry.cost;
        self.tally.retired.add(reason);
        match entry.life {
            Life::Creating { .. } => debug_assert!(false, "{id} has nothing to hand over"),
            Life::Idle { value, .. } | Life::Leased { value, .. } | Life::Retiring { value, .. } => {
                self.reaping += 1;
                fx.reap.push((entry.key, value, reason));
            }
        }
    }

    pub(crate) fn new_resource_id(&mut self) -> ResourceId {
        self.next_resource += 1;
        ResourceId(self.next_resource)
    }

    // ---- the pool as a whole ----

    pub(crate) fn reaped(&mut self, count: usize, panics: u64, now: Instant, fx: &mut Effects<K, T>) {
        self.reaping -= count;
        self.tally.reaper_panics += panics;
        self.settle(now, fx);
    }

    pub(crate) fn set_cost(&mut self, id: ResourceId, cost: u64, now: Instant, fx: &mut Effects<K, T>) {
        let Some(entry) = self.resources.get_mut(&id) else { return };
        let others = self.total_cost - entry.cost;
        // Saturates at what still fits into the sum, so that taking it off again is exact.
        entry.cost = cost.min(u64::MAX - others);
        self.total_cost = others + entry.cost;
        self.settle(now, fx);
    }

    pub(crate) fn resize(&mut self, max_size: usize, now: Instant, fx: &mut Effects<K, T>) {
        self.config.max_size = max_size;
        self.settle(now, fx);
    }

    pub(crate) fn retire_key(&mut self, key: &K, reason: RetireReason, now: Instant, fx: &mut Effects<K, T>) {
        let Some(state) = self.keys.get(key) else { return };
        let ids: Vec<_> = state.serving.iter().copied().chain(state.creating).collect();
        for id in ids {
            self.retire(id, reason, now, fx);
        }
        self.settle(now, fx);
    }

    pub(crate) fn evict_idle_older_than(
        &mut self,
        age: Duration,
        now: Instant,
        fx: &mut Effects<K, T>,
    ) -> usize {
        let before = fx.reap.len();
        for list in [0, 1] {
            while let Some(id) = self.lists.oldest_idle()[list]
                && let Some(Entry { life: Life::Idle { since, .. }, .. }) = self.resources.get(&id)
                && now.saturating_duration_since(*since) >= age
            {
                self.retire(id, RetireReason::Idle, now, fx);
            }
        }
        self.settle(now, fx);
        fx.reap.len() - before
    }

    pub(crate) fn close(&mut self, now: Instant, fx: &mut Effects<K, T>) {
        self.closed = true;
        let queues: Vec<_> = self
            .keys
            .iter_mut()
            .map(|(key, state)| (Arc::clone(key), std::mem::take(&mut state.queue)))
            .collect();
        for (key, queue) in queues {
            for ticket in queue.callers() {
                self.waiters.waiting -= 1;
                if let Some(caller) = self.waiters.callers.get_mut(&ticket) {
                    caller.grant = Grant::Closed;
                    fx.wake.extend(caller.waker.take());
                }
            }
            self.refresh(&key, now);
        }
        let serving: Vec<_> =
            self.lists.idle_in_order_of_eviction().chain(self.lists.leased_oldest_first()).collect();
        for id in serving {
            self.retire(id, RetireReason::Shutdown, now, fx);
        }
        self.settle(now, fx);
    }

    pub(crate) fn is_drained(&self) -> bool {
        self.closed && self.live() == 0
    }

    /// A place among those who wait for the end of the pool.
    pub(crate) fn new_drain_watch(&mut self) -> u64 {
        self.next_drain += 1;
        self.next_drain
    }

    pub(crate) fn poll_drained(&mut self, watch: u64, waker: Waker, fx: &mut Effects<K, T>) -> bool {
        if self.is_drained() {
            fx.discard.push(waker);
            return true;
        }
        fx.discard.extend(self.drain.insert(watch, waker));
        false
    }

    pub(crate) fn end_drain_watch(&mut self, watch: u64, fx: &mut Effects<K, T>) {
        fx.discard.extend(self.drain.remove(&watch));
    }

    pub(crate) fn wake_if_drained(&mut self, fx: &mut Effects<K, T>) {
        if self.is_drained() {
            fx.wake.extend(std::mem::take(&mut self.drain).into_values());
        }
    }

    pub(crate) fn stats(&self) -> CacheStats {
        let (idle, leased) = (self.lists.idle_len(), self.lists.leased_len());
        let tally = &self.tally;
        CacheStats {
            total: self.config.max_size,
            cached: idle + leased,
            capacity: self.config.max_size.saturating_sub(idle + leased),
            hits: tally.hits,
            misses: tally.misses,
            created: tally.created,
            creation_failures: tally.creation_failures,
            retired: tally.retired,
            reaper_panics: tally.reaper_panics,
            waker_panics: tally.waker_panics,
            live: self.live(),
            idle,
            leased,
            waiting: self.waiters.waiting,
            total_cost: self.total_cost,
            timeouts: tally.timeouts,
            queue_full: tally.queue_full,
            waits: tally.waits,
            wait_total: tally.wait_total,
            wait_max: tally.wait_max,
        }
    }
}
