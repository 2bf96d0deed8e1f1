//! The pool's rules once more, as plainly as possible: vectors, full scans, everything derived anew each time.
//!
//! Written from the documentation, not from the code. A resource is named by the call that created it, and a ticket is
//! the number of the call. The reaper is thought of as instantaneous.

use std::collections::BTreeMap;

use pool_core::{Priority, RetireReason};

pub(crate) type Key = u8;
pub(crate) type Call = usize;

#[derive(Debug, Clone)]
pub(crate) struct Limits {
    pub(crate) max_size: usize,
    pub(crate) per_key: usize,
    pub(crate) per_resource: usize,
    pub(crate) depth: usize,
    pub(crate) max_waiters: usize,
    pub(crate) max_waiters_per_key: usize,
    /// In place of `per_key` and `per_resource`, for some keys.
    pub(crate) own: BTreeMap<Key, (usize, usize)>,
}

impl Limits {
    fn per_key(&self, key: Key) -> usize {
        self.own.get(&key).map_or(self.per_key, |own| own.0)
    }

    fn per_resource(&self, key: Key) -> usize {
        self.own.get(&key).map_or(self.per_resource, |own| own.1)
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    Creating { doomed: Option<RetireReason> },
    Serving,
    Retiring(RetireReason),
}

#[derive(Debug, Clone)]
struct Resource {
    leader: Call,
    key: Key,
    state: State,
    leases: usize,
    /// Order of becoming able to serve; the lowest of a key is its primary.
    since: u64,
    /// Order of last use.
    used: u64,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Grant {
    Lease { of: Call },
    Create,
    Closed,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Answer {
    Hit { of: Call },
    Wait,
    QueueFull,
    Closed,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Counts {
    pub(crate) hits: u64,
    pub(crate) misses: u64,
    pub(crate) created: u64,
    pub(crate) failures: u64,
    pub(crate) queue_full: u64,
}

#[derive(Debug, Clone, Copy)]
struct Waiting {
    call: Call,
    key: Key,
    priority: Priority,
    /// How often in a row a place went to a younger caller while this one was the oldest.
    passed_over: usize,
}

#[derive(Debug)]
pub(crate) struct Model {
    pub(crate) limits: Limits,
    resources: Vec<Resource>,
    /// In the order in which they came.
    waiting: Vec<Waiting>,
    /// Whom each place belongs to is asked anew each time; in order, too.
    places: Vec<(Call, Key)>,
    /// Grants given and not collected yet.
    pub(crate) granted: Vec<(Call, Grant)>,
    pub(crate) retired: Vec<(Key, Call, RetireReason)>,
    pub(crate) counts: Counts,
    closed: bool,
    clock: u64,
}

impl Model {
    pub(crate) fn new(limits: Limits) -> Self {
        Self {
            limits,
            resources: vec![],
            waiting: vec![],
            places: vec![],
            granted: vec![],
            retired: vec![],
            counts: Counts::default(),
            closed: false,
            clock: 0,
        }
    }

    fn tick(&mut self) -> u64 {
        self.clock += 1;
        self.clock
    }

    fn serving(&self, key: Key) -> Vec<&Resource> {
        let mut of_key: Vec<_> =
            self.resources.iter().filter(|r| r.key == key && r.state == State::Serving).collect();
        of_key.sort_by_key(|r| r.since);
        of_key
    }

    fn creating(&self, key: Key) -> bool {
        self.resources.iter().any(|r| r.key == key && r.state == State::Creating { doomed: None })
    }

    fn queue(&self, key: Key) -> Vec<Waiting> {
        self.waiting.iter().filter(|waiting| waiting.key == key).copied().collect()
    }

    fn places(&self, key: Key) -> Vec<Call> {
        self.places.iter().filter(|(_, k)| *k == key).map(|(place, _)| *place).collect()
    }

    /// In the order of service, if the rule about the oldest were not.
    fn by_priority(&self, key: Key) -> Vec<Waiting> {
        let mut queue = self.queue(key);
        queue.sort_by_key(|waiting| match waiting.priority {
            Priority::High => 0,
            Priority::Normal => 1,
            Priority::Low => 2,
        });
        queue
    }

    fn next(&self, key: Key) -> Call {
        let oldest = self.queue(key)[0];
        if oldest.passed_over == 7 { oldest.call } else { self.by_priority(key)[0].call }
    }

    fn keys_waiting(&self) -> Vec<Key> {
        let mut keys: Vec<_> = self.waiting.iter().map(|waiting| waiting.key).collect();
        keys.sort_unstable();
        keys.dedup();
        keys
    }

    /// Oldest first, by their places.
    fn slot_waiters(&self) -> Vec<(Call, Key)> {
        let mut all: Vec<_> = self
            .keys_waiting()
            .into_iter()
            .filter(|key| self.serving(*key).is_empty() && !self.creating(*key))
            .map(|key| (self.places(key)[0], key))
            .collect();
        all.sort_unstable();
        all
    }

    fn growers(&self) -> Vec<(Call, Key)> {
        let mut all: Vec<_> = self
            .keys_waiting()
            .into_iter()
            .filter(|key| {
                let n = self.serving(*key).len();
                n > 0
                    && n < self.limits.per_key(*key)
                    && !self.creating(*key)
                    && self.queue(*key).len() >= n * self.limits.depth
            })
            .map(|key| (*self.places(key).last().unwrap(), key))
            .collect();
        all.sort_unstable();
        all
    }

    /// In order of eviction: replicas first, then by last use.
    fn idle(&self) -> Vec<(Call, Key)> {
        let mut idle: Vec<_> =
            self.resources.iter().filter(|r| r.state == State::Serving && r.leases == 0).collect();
        idle.sort_by_key(|r| (self.serving(r.key)[0].leader == r.leader, r.used));
        idle.iter().map(|r| (r.leader, r.key)).collect()
    }

    fn is_shared(&self, key: Key) -> bool {
        self.limits.per_resource(key) > 1
    }

    /// Those with one lease at a time first.
    fn leased(&self) -> Vec<(Call, Key)> {
        let mut leased: Vec<_> =
            self.resources.iter().filter(|r| r.state == State::Serving && r.leases > 0).collect();
        leased.sort_by_key(|r| (self.is_shared(r.key), r.used));
        leased.iter().map(|r| (r.leader, r.key)).collect()
    }

    fn best(&self, key: Key) -> Option<(Call, usize)> {
        let least = self.serving(key).into_iter().min_by_key(|r| (r.leases, r.since))?;
        (least.leases < self.limits.per_resource(key)).then_some((least.leader, least.leases))
    }

    fn get(&mut self, leader: Call) -> &mut Resource {
        self.resources.iter_mut().find(|r| r.leader == leader).unwrap()
    }

    fn lease(&mut self, leader: Call) {
        let now = self.tick();
        self.counts.hits += 1;
        let resource = self.get(leader);
        resource.leases += 1;
        resource.used = now;
    }

    fn retire_one(&mut self, leader: Call, reason: RetireReason) {
        let now = self.tick();
        let resource = self.get(leader);
        let key = resource.key;
        match resource.state {
            State::Creating { doomed } => {
                resource.state = State::Creating { doomed: doomed.or(Some(reason)) };
                return;
            }
            State::Retiring(was) => {
                if was == RetireReason::Evicted {
                    resource.state = State::Retiring(reason);
                }
                return;
            }
            State::Serving => {}
        }
        let was_primary = self.serving(key)[0].leader == leader;
        let resource = self.get(leader);
        if resource.leases > 0 {
            resource.state = State::Retiring(reason);
        } else {
            self.gone(leader, reason);
        }
        // A replica that becomes the primary while idle counts as used at that moment.
        if was_primary && let Some((next, 0)) = self.serving(key).first().map(|r| (r.leader, r.leases)) {
            self.get(next).used = now;
        }
    }

    fn gone(&mut self, leader: Call, reason: RetireReason) {
        let at = self.resources.iter().position(|r| r.leader == leader).unwrap();
        let resource = self.resources.remove(at);
        self.retired.push((resource.key, leader, reason));
    }

    fn give(&mut self, call: Call, key: Key, place: Call, grant: Grant) {
        let oldest = self.queue(key)[0].call;
        if call != oldest && place == self.places(key)[0] {
            self.waiting.iter_mut().filter(|waiting| waiting.call == oldest).for_each(|w| w.passed_over += 1);
        }
        self.waiting.retain(|waiting| waiting.call != call);
        self.places.retain(|(taken, _)| *taken != place);
        self.granted.push((call, grant));
    }

    /// One thing at a time until nothing is left to do, in the order of precedence.
    fn settle(&mut self) {
        while self.serve_one() || self.shrink_one() || self.slot_one() {}
        self.retire_shared();
    }

    fn serve_one(&mut self) -> bool {
        for key in self.keys_waiting() {
            let Some((best, leases)) = self.best(key) else { continue };
            let place = self.places(key)[0];
            if leases == 0 && self.slot_waiters().first().is_some_and(|(older, _)| *older < place) {
                self.retire_one(best, RetireReason::Evicted);
            } else {
                self.lease(best);
                self.give(self.next(key), key, place, Grant::Lease { of: best });
            }
            return true;
        }
        false
    }

    fn shrink_one(&mut self) -> bool {
        let staying = self.resources.iter().filter(|r| !matches!(r.state, State::Retiring(_))).count();
        if staying <= self.limits.max_size {
            return false;
        }
        let Some((victim, _)) = self.idle().into_iter().chain(self.leased()).next() else { return false };
        self.retire_one(victim, RetireReason::Evicted);
        true
    }

    fn slot_one(&mut self) -> bool {
        let Some((place, key)) = self.slot_waiters().into_iter().chain(self.growers()).next() else {
            return false;
        };
        let grows = !self.serving(key).is_empty();
        let call = if grows { self.by_priority(key).last().unwrap().call } else { self.next(key) };
        if self.resources.len() >= self.limits.max_size {
            let Some((victim, _)) = self.idle().into_iter().next() else { return false };
            self.retire_one(victim, RetireReason::Evicted);
            return true;
        }
        self.counts.misses += 1;
        let state = State::Creating { doomed: None };
        self.resources.push(Resource { leader: call, key, state, leases: 0, since: 0, used: 0 });
        self.give(call, key, place, Grant::Create);
        true
    }

    fn retire_shared(&mut self) {
        let evicting = |key: Option<Key>| {
            let retiring = |r: &&Resource| r.state == State::Retiring(RetireReason::Evicted);
            self.resources.iter().filter(retiring).filter(|r| key.is_none_or(|key| key == r.key)).count()
        };
        let slot_waiters = self.slot_waiters();
        let needed = slot_waiters.iter().filter(|(_, key)| evicting(Some(*key)) == 0).count();
        let alone = self.leased().iter().filter(|(_, key)| !self.is_shared(*key)).count();
        for _ in evicting(None) + alone..needed {
            let oldest = self.slot_waiters()[0].0;
            let stays_away = |key: &Key| self.places(*key).first().is_none_or(|place| *place > oldest);
            let mut shared = self.leased().into_iter().filter(|(_, key)| self.is_shared(*key));
            let Some((victim, _)) = shared.find(|(_, key)| stays_away(key)) else { return };
            self.retire_one(victim, RetireReason::Evicted);
        }
    }

    // ---- what happens to the pool ----

    pub(crate) fn try_acquire(&mut self, key: Key) -> Option<Call> {
        let (of, _) = self.best(key).filter(|_| self.queue(key).is_empty())?;
        self.lease(of);
        Some(of)
    }

    pub(crate) fn acquire(&mut self, call: Call, key: Key, priority: Priority) -> Answer {
        if self.closed {
            return Answer::Closed;
        }
        if let Some(of) = self.try_acquire(key) {
            return Answer::Hit { of };
        }
        let cold = self.queue(key).is_empty() && self.serving(key).is_empty() && !self.creating(key);
        let room = self.limits.max_size.saturating_sub(self.resources.len()) + self.idle().len();
        let at_once = cold && room > self.slot_waiters().len();
        let full = self.waiting.len() >= self.limits.max_waiters
            || self.queue(key).len() >= self.limits.max_waiters_per_key;
        if full && !at_once {
            self.counts.queue_full += 1;
            return Answer::QueueFull;
        }
        self.waiting.push(Waiting { call, key, priority, passed_over: 0 });
        self.places.push((call, key));
        self.settle();
        Answer::Wait
    }

    /// Takes the call's grant out, if it has one.
    pub(crate) fn collect(&mut self, call: Call) -> Option<Grant> {
        let at = self.granted.iter().position(|(granted, _)| *granted == call)?;
        match self.granted.remove(at).1 {
            Grant::Create if self.closed => {
                self.create_failed(call);
                Some(Grant::Closed)
            }
            grant => Some(grant),
        }
    }

    pub(crate) fn cancel(&mut self, call: Call) {
        if let Some(key) = self.waiting.iter().find(|waiting| waiting.call == call).map(|waiting| waiting.key)
        {
            let rank = self.queue(key).iter().position(|waiting| waiting.call == call).unwrap();
            let place = self.places(key)[rank];
            self.waiting.retain(|waiting| waiting.call != call);
            self.places.retain(|(given_up, _)| *given_up != place);
        }
        if let Some(at) = self.granted.iter().position(|(granted, _)| *granted == call) {
            match self.granted.remove(at).1 {
                Grant::Lease { of } => self.release(of),
                Grant::Create => self.create_failed(call),
                Grant::Closed => {}
            }
        }
        self.settle();
    }

    /// Whether the leader gets its lease.
    pub(crate) fn created(&mut self, call: Call) -> bool {
        self.counts.created += 1;
        let (now, closed) = (self.tick(), self.closed);
        let resource = self.get(call);
        (resource.since, resource.used, resource.leases) = (now, now, 1);
        if closed {
            self.gone(call, RetireReason::Shutdown);
        } else {
            resource.state = match resource.state {
                State::Creating { doomed: Some(reason) } => State::Retiring(reason),
                _ => State::Serving,
            };
        }
        self.settle();
        !closed
    }

    pub(crate) fn create_failed(&mut self, call: Call) {
        self.counts.failures += 1;
        self.resources.retain(|r| r.leader != call);
        self.settle();
    }

    pub(crate) fn release(&mut self, of: Call) {
        let now = self.tick();
        let resource = self.get(of);
        resource.leases -= 1;
        match resource.state {
            State::Retiring(reason) if resource.leases == 0 => self.gone(of, reason),
            _ => resource.used = now,
        }
        self.settle();
    }

    pub(crate) fn condemn(&mut self, of: Call, reason: RetireReason) {
        self.retire_one(of, reason);
        self.settle();
    }

    pub(crate) fn retire_key(&mut self, key: Key, reason: RetireReason) {
        let mut ids: Vec<_> = self.serving(key).iter().map(|r| r.leader).collect();
        let creating = |r: &&Resource| r.key == key && r.state == State::Creating { doomed: None };
        ids.extend(self.resources.iter().filter(creating).map(|r| r.leader));
        ids.into_iter().for_each(|id| self.retire_one(id, reason));
        self.settle();
    }

    pub(crate) fn resize(&mut self, max_size: usize) {
        self.limits.max_size = max_size;
        self.settle();
    }

    pub(crate) fn evict_all_idle(&mut self) {
        // Replicas, then primaries, as they are at the start of each half.
        while let Some((id, _)) =
            self.idle().into_iter().find(|(id, key)| self.serving(*key)[0].leader != *id)
        {
            self.retire_one(id, RetireReason::Idle);
        }
        while let Some((id, _)) = self.idle().first().copied() {
            self.retire_one(id, RetireReason::Idle);
        }
        self.settle();
    }

    pub(crate) fn close(&mut self) {
        self.closed = true;
        self.places.clear();
        for Waiting { call, .. } in std::mem::take(&mut self.waiting) {
            self.granted.push((call, Grant::Closed));
        }
        let all: Vec<_> = self.idle().into_iter().chain(self.leased()).collect();
        all.into_iter().for_each(|(id, _)| self.retire_one(id, RetireReason::Shutdown));
        self.settle();
    }

    // ---- what can be seen of it ----

    pub(crate) fn idle_keys(&self) -> Vec<Key> {
        self.idle().into_iter().map(|(_, key)| key).collect()
    }

    /// live, idle, leased, waiting
    pub(crate) fn gauges(&self) -> [usize; 4] {
        [self.resources.len(), self.idle().len(), self.leased().len(), self.waiting.len()]
    }

    /// How many calls the model still knows of.
    pub(crate) fn is_over(&self) -> bool {
        self.resources.is_empty() && self.waiting.is_empty() && self.granted.is_empty()
    }
}
