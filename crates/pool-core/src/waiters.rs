//! Callers that wait, and the room (slots) that their keys ask for.
//!
//! A ticket is in `callers` from the moment its call has to wait until the call has collected its [`Grant`] or is
//! dropped. While its grant is `Waiting` it is also in the queue of its key.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::task::Waker;
use std::time::Duration;

use rustc_hash::FxHashMap;

use crate::config::Priority;
use crate::resource::ResourceId;
use crate::sync::Instant;

/// Names a caller, and the place in line that it came with: global, increasing, never reused. A place goes to whoever of
/// its key is next ([`Queue`](crate::queue::Queue)).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct Ticket(pub(crate) u64);

pub(crate) struct Caller<K, T> {
    pub(crate) key: Arc<K>,
    pub(crate) priority: Priority,
    pub(crate) since: Instant,
    pub(crate) waker: Option<Waker>,
    pub(crate) grant: Grant<K, T>,
}

/// How far a caller has come. Everything but `Waiting` is kept until the caller collects it.
pub(crate) enum Grant<K, T> {
    Waiting,
    Lease { held: Held<K, T>, waited: Duration },
    Create { id: ResourceId, waited: Duration },
    Closed,
}

/// One counted lease; whoever holds it must give it back through `Inner::release`.
pub(crate) struct Held<K, T> {
    pub(crate) id: ResourceId,
    pub(crate) key: Arc<K>,
    pub(crate) value: Arc<T>,
}

/// The room a key asks for, with one of its places. A key asks for one resource at a time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Demand {
    /// The key has nothing to serve its callers with. With its oldest place. `displaced`: because its own resource is being
    /// evicted.
    Slot { place: Ticket, displaced: bool },
    /// The key has resources, and the scale policy wants one more, led by the caller that would be served last (the
    /// others are nearer to a lease). With its youngest place. Takes only room that no `Slot` wants.
    Grow { place: Ticket },
}

pub(crate) struct Waiters<K, T> {
    next: u64,
    pub(crate) callers: FxHashMap<Ticket, Caller<K, T>>,
    /// Callers whose grant is `Waiting`.
    pub(crate) waiting: usize,
    /// The keys that ask for a slot, by their places.
    pub(crate) slots: BTreeMap<Ticket, Arc<K>>,
    /// How many of `slots` are displaced.
    pub(crate) displaced: usize,
    pub(crate) growers: BTreeMap<Ticket, Arc<K>>,
}

impl<K, T> Waiters<K, T> {
    pub(crate) fn new() -> Self {
        Self {
            next: 0,
            callers: FxHashMap::default(),
            waiting: 0,
            slots: BTreeMap::new(),
            displaced: 0,
            growers: BTreeMap::new(),
        }
    }

    /// The caller must put the ticket into the queue of the key.
    pub(crate) fn enter(&mut self, key: Arc<K>, priority: Priority, now: Instant) -> Ticket {
        let ticket = Ticket(self.next);
        self.next += 1;
        self.waiting += 1;
        let caller = Caller { key, priority, since: now, waker: None, grant: Grant::Waiting };
        self.callers.insert(ticket, caller);
        ticket
    }

    pub(crate) fn set_demand(&mut self, key: &Arc<K>, stored: &mut Option<Demand>, wanted: Option<Demand>) {
        match *stored {
            Some(Demand::Slot { place, displaced }) => {
                self.slots.remove(&place);
                self.displaced -= usize::from(displaced);
            }
            Some(Demand::Grow { place }) => {
                self.growers.remove(&place);
            }
            None => {}
        }
        match wanted {
            Some(Demand::Slot { place, displaced }) => {
                self.slots.insert(place, Arc::clone(key));
                self.displaced += usize::from(displaced);
            }
            Some(Demand::Grow { place }) => {
                self.growers.insert(place, Arc::clone(key));
            }
            None => {}
        }
        *stored = wanted;
    }

    /// Which key gets the next free slot.
    pub(crate) fn next_for_slot(&self) -> Option<Arc<K>> {
        self.slots.values().next().or_else(|| self.growers.values().next()).cloned()
    }

    /// Keys asking for room.
    pub(crate) fn demands(&self) -> usize {
        self.slots.len() + self.growers.len()
    }
}
