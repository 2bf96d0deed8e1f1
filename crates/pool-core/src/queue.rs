//! The callers of one key that wait, and the places in line that they have between them.
//!
//! A place is a ticket that one of them drew. Keys compete with their places; which of its callers takes a place is a
//! matter of the key alone, and of priorities. So priorities change nothing between keys. The rule is in `fairness.md`.

use std::collections::VecDeque;

use crate::config::Priority;
use crate::waiters::Ticket;

/// After how many places in a row that went to younger callers the oldest one has the next.
const PASSED_OVER_AT_MOST: u32 = 7;

/// An empty queue keeps no more room than this.
const KEPT: usize = 64;

/// Tickets increase, so that all of these are in order.
#[derive(Default)]
pub(crate) struct Queue {
    /// As many as there are callers, the oldest first.
    places: VecDeque<Ticket>,
    /// The callers of each priority, the oldest first.
    levels: [VecDeque<Ticket>; 3],
    /// How many places in a row the caller that is the oldest now has not got.
    passed_over: u32,
}

impl Queue {
    pub(crate) fn len(&self) -> usize {
        self.places.len()
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.places.is_empty()
    }

    /// What the key competes with for room.
    pub(crate) fn first_place(&self) -> Option<Ticket> {
        self.places.front().copied()
    }

    pub(crate) fn last_place(&self) -> Option<Ticket> {
        self.places.back().copied()
    }

    /// The caller that has waited longest.
    pub(crate) fn oldest(&self) -> Option<Ticket> {
        self.levels.iter().filter_map(VecDeque::front).min().copied()
    }

    /// A caller with the ticket that was drawn last of all.
    pub(crate) fn enter(&mut self, ticket: Ticket, priority: Priority) {
        self.places.push_back(ticket);
        self.levels[priority as usize].push_back(ticket);
    }

    /// The oldest place, for the caller that is served next.
    pub(crate) fn take_first(&mut self) -> Option<Ticket> {
        let oldest = self.oldest()?;
        let due = self.passed_over >= PASSED_OVER_AT_MOST;
        let mut levels = self.levels.iter_mut();
        let level = levels.find(|level| level.front().is_some_and(|front| !due || *front == oldest))?;
        let caller = level.pop_front()?;
        self.passed_over = if caller == oldest { 0 } else { self.passed_over + 1 };
        self.places.pop_front();
        self.give_room_back();
        Some(caller)
    }

    /// The youngest place, for the caller that would be served last.
    pub(crate) fn take_last(&mut self) -> Option<Ticket> {
        let oldest = self.oldest()?;
        let caller = self.levels.iter_mut().rev().find_map(VecDeque::pop_back)?;
        if caller == oldest {
            self.passed_over = 0;
        }
        self.places.pop_back();
        self.give_room_back();
        Some(caller)
    }

    /// The caller goes, and with it the place of its rank: the n-th oldest of the places for the n-th oldest of the callers.
    /// O(callers), as a move within a slice.
    pub(crate) fn remove(&mut self, ticket: Ticket, priority: Priority) -> bool {
        let Ok(at) = self.levels[priority as usize].binary_search(&ticket) else { return false };
        let rank: usize =
            self.levels.iter().map(|level| level.partition_point(|caller| *caller < ticket)).sum();
        if rank == 0 {
            self.passed_over = 0;
        }
        self.levels[priority as usize].remove(at);
        self.places.remove(rank);
        self.give_room_back();
        true
    }

    fn give_room_back(&mut self) {
        if self.places.is_empty() && self.places.capacity() > KEPT {
            *self = Self::default();
        }
    }

    /// In no particular order.
    pub(crate) fn callers(&self) -> impl Iterator<Item = Ticket> {
        self.levels.iter().flatten().copied()
    }

    pub(crate) fn contains(&self, ticket: Ticket, priority: Priority) -> bool {
        self.levels[priority as usize].binary_search(&ticket).is_ok()
    }

    /// For tests: panics if the callers and the places do not agree.
    pub(crate) fn validate(&self) {
        assert_eq!(self.places.len(), self.callers().count());
        assert!(self.passed_over <= PASSED_OVER_AT_MOST && (self.passed_over == 0 || !self.is_empty()));
        for tickets in self.levels.iter().chain([&self.places]) {
            assert!(tickets.iter().is_sorted(), "{tickets:?}");
        }
    }
}
