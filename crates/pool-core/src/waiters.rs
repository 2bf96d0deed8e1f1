//! Callers that wait, and the room (slots) that their keys ask for.
//!
//! A ticket is in `callers` from the moment its call has to wait until the call has collected its [`Grant`] or is
//! dropped. While its grant is `Waiting` it is also in the queue of its key.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::task::Waker;
use std::time::Duration;

use rustc_hash::FxHashMap;

use crate::resource::ResourceId;
use crate::sync::Instant;

/// A caller's place in line: global, increasing, never reused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct Ticket(pub(crate) u64);

pub(crate) struct Caller<K, T> {
    pub(crate) key: Arc<K>,
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

/// The room a key asks for, in the name of one of its callers. A key asks for one resource at a time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Demand {
    /// The key has nothing to serve its oldest caller with. `displaced`: because its own resource is being evicted.
    Slot { ticket: Ticket, displaced: bool },
    /// The key has resources, and the scale policy wants one more, led by its youngest caller (the older ones are
    /// nearer to a lease). Takes only room that no `Slot` wants.
    Grow { ticket: Ticket },
}

pub(crate) struct Waiters<K, T> {
    next: u64,
    pub(crate) callers: FxHashMap<Ticket, Caller<K, T>>,
    /// Callers whose grant is `Waiting`.
    pub(crate) waiting: usize,
    pub(crate) slots: BTreeSet<Ticket>,
    /// How many of `slots` are displaced.
    pub(crate) displaced: usize,
    pub(crate) growers: BTreeSet<Ticket>,
}

impl<K, T> Waiters<K, T> {
    pub(crate) fn new() -> Self {
        Self {
            next: 0,
            callers: FxHashMap::default(),
            waiting: 0,
            slots: BTreeSet::new(),
            displaced: 0,
            growers: BTreeSet::new(),
        }
    }

    /// The caller must put the ticket into the queue of the key.
    pub(crate) fn enter(&mut self, key: Arc<K>, now: Instant) -> Ticket {
        let ticket = Ticket(self.next);
        self.next += 1;
        self.waiting += 1;
        self.callers.insert(ticket, Caller { key, since: now, waker: None, grant: Grant::Waiting });
        ticket
    }

    pub(crate) fn set_demand(&mut self, stored: &mut Option<Demand>, wanted: Option<Demand>) {
        match *stored {
            Some(Demand::Slot { ticket, displaced }) => {
                self.slots.remove(&ticket);
                self.displaced -= usize::from(displaced);
            }
            Some(Demand::Grow { ticket }) => {
                self.growers.remove(&ticket);
            }
            None => {}
        }
        match wanted {
            Some(Demand::Slot { ticket, displaced }) => {
                self.slots.insert(ticket);
                self.displaced += usize::from(displaced);
            }
            Some(Demand::Grow { ticket }) => {
                self.growers.insert(ticket);
            }
            None => {}
        }
        *stored = wanted;
    }

    /// Who gets the next free slot.
    pub(crate) fn next_for_slot(&self) -> Option<Ticket> {
        self.slots.first().or(self.growers.first()).copied()
    }

    /// Keys asking for room.
    pub(crate) fn demands(&self) -> usize {
        self.slots.len() + self.growers.len()
    }
}
