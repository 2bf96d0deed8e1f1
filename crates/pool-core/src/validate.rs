//! Recounts the state from scratch; for tests.

use std::collections::BTreeSet;
use std::hash::Hash;

use crate::inner::Inner;
use crate::reaper::RetireReason;
use crate::resource::{Life, ResourceId};
use crate::sync::now;
use crate::waiters::{Demand, Grant, Ticket};

impl<K: Hash + Eq, T> Inner<K, T> {
    /// Panics if one of the invariants at the head of `inner.rs` does not hold.
    pub(crate) fn validate(&self) {
        self.validate_resources();
        self.validate_keys();
        self.validate_waiters();
    }

    fn validate_resources(&self) {
        let (mut idle, mut leased) = (BTreeSet::new(), BTreeSet::new());
        let (mut creating, mut evicting, mut cost, mut shared) = (0, 0, 0, 0);
        for (id, entry) in &self.resources {
            cost += entry.cost;
            let state = self.keys.get(&*entry.key);
            let serving = state.is_some_and(|state| state.serving.contains(id));
            match &entry.life {
                Life::Creating { doomed } => {
                    creating += 1;
                    let followed = state.is_some_and(|state| state.creating == Some(*id));
                    assert_eq!(followed, doomed.is_none(), "{id}: doomed creations have no followers");
                }
                Life::Idle { .. } => {
                    assert!(idle.insert(*id) && serving && !self.closed);
                    let primary = state.is_some_and(|state| state.serving.first() == Some(id));
                    assert_eq!(self.lists.is_idle_primary(*id), primary, "{id}");
                }
                Life::Leased { leases, .. } => {
                    let bounds = state.map(|state| state.bounds);
                    assert!(bounds.is_some_and(|bounds| (1..=bounds.leases).contains(leases)));
                    assert!(bounds.is_some_and(|bounds| bounds.is_shared() == entry.shared));
                    shared += usize::from(entry.shared);
                    assert!(leased.insert(*id) && serving && !self.closed);
                }
                Life::Retiring { leases, reason, .. } => {
                    assert!(*leases > 0 && !serving);
                    evicting += usize::from(*reason == RetireReason::Evicted);
                }
            }
        }
        let listed: BTreeSet<ResourceId> = self.lists.idle_in_order_of_eviction().collect();
        assert_eq!(listed, idle);
        assert_eq!(self.lists.idle_len(), idle.len());
        assert_eq!(self.lists.leased_oldest_first().collect::<BTreeSet<_>>(), leased);
        assert_eq!(self.lists.leased_len(), leased.len());
        assert_eq!(self.lists.leased_alone_len(), leased.len() - shared);
        assert_eq!((self.creating, self.evicting, self.total_cost), (creating, evicting, cost));
        assert!(self.config.max_total_cost.is_none_or(|max| cost <= max || idle.is_empty()));
    }

    fn validate_keys(&self) {
        let (mut waiting, mut evicting) = (0, 0);
        for (key, state) in &self.keys {
            assert!(!state.is_unused(), "an unused key is forgotten");
            assert!(state.serving.len() + usize::from(state.creating.is_some()) <= state.bounds.resources);
            state.queue.validate();
            waiting += state.queue.len();
            evicting += state.evicting;
            assert!(
                state.queue.is_empty() || self.pick(state).is_none(),
                "a caller waits beside a free lease"
            );
            // Time alone may turn "no" into "grow"; the caller's own timer asks again.
            let wanted = self.demand_of(state, now());
            let grew_old = state.demand.is_none() && matches!(wanted, Some(Demand::Grow { .. }));
            assert!(state.demand == wanted || grew_old, "{:?} is not {wanted:?}", state.demand);
            let (slots, growers) = (&self.waiters.slots, &self.waiters.growers);
            let listed = match &state.demand {
                Some(Demand::Slot { place, .. }) => slots.get(place),
                Some(Demand::Grow { place }) => growers.get(place),
                None => Some(key),
            };
            assert!(listed.is_some_and(|listed| **listed == **key), "{:?} is not listed", state.demand);
        }
        assert_eq!((self.waiters.waiting, self.evicting), (waiting, evicting));
        let demands = self.keys.values().filter(|state| state.demand.is_some()).count();
        assert_eq!(self.waiters.demands(), demands);
        let displaced =
            |demand: &Option<Demand>| matches!(demand, Some(Demand::Slot { displaced: true, .. }));
        assert_eq!(self.waiters.displaced, self.keys.values().filter(|s| displaced(&s.demand)).count());
        assert!(self.free() == 0 || demands == 0, "a slot is free and wanted");
        assert!(
            demands <= self.reaping || self.lists.idle_len() == 0,
            "a slot is wanted and something is idle"
        );
    }

    fn validate_waiters(&self) {
        for (ticket, caller) in &self.waiters.callers {
            let state = self.keys.get(&*caller.key);
            let queued = state.is_some_and(|state| state.queue.contains(*ticket, caller.priority));
            assert_eq!(queued, matches!(caller.grant, Grant::Waiting), "{ticket:?}");
            match &caller.grant {
                Grant::Create { id, .. } => {
                    assert!(matches!(self.resources[id].life, Life::Creating { .. }));
                }
                Grant::Lease { held, .. } => {
                    let life = &self.resources[&held.id].life;
                    assert!(matches!(life, Life::Leased { .. } | Life::Retiring { .. }));
                }
                Grant::Waiting => assert!(!self.closed),
                Grant::Closed => assert!(self.closed),
            }
        }
        let queued = self.keys.values().flat_map(|state| state.queue.callers()).collect::<BTreeSet<Ticket>>();
        assert_eq!(queued.len(), self.waiters.waiting, "no ticket is in two queues");
    }
}
