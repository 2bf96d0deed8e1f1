//! Who waits for a budget, in which order. Policy only: it neither locks nor wakes anybody.

use std::collections::VecDeque;
use std::task::Waker;

/// The place of somebody who waits; never used twice in a queue.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Ticket(u64);

#[derive(Default)]
pub(super) struct Queue {
    next: u64,
    waiting: VecDeque<Waiting>,
    /// Have been served, and do not know yet.
    served: Vec<Ticket>,
}

struct Waiting {
    ticket: Ticket,
    amount: usize,
    /// What he leaves.
    beside: usize,
    waker: Waker,
}

/// What somebody who leaves had.
pub(super) enum Left {
    /// A place in the queue.
    Place(Waker),
    /// What he waited for.
    Amount,
}

impl Queue {
    pub(super) fn len(&self) -> usize {
        self.waiting.len()
    }

    pub(super) fn join(&mut self, amount: usize, beside: usize, waker: Waker) -> Ticket {
        let ticket = Ticket(self.next);
        self.next += 1;
        self.waiting.push_back(Waiting { ticket, amount, beside, waker });
        ticket
    }

    /// Serves those at the front for as long as `take` succeeds, which is given the amount and what is to be
    /// left. Returns their wakers.
    pub(super) fn serve(&mut self, mut take: impl FnMut(usize, usize) -> bool) -> Vec<Waker> {
        let mut wakers = Vec::new();
        while self.waiting.front().is_some_and(|front| take(front.amount, front.beside)) {
            if let Some(Waiting { ticket, waker, .. }) = self.waiting.pop_front() {
                self.served.push(ticket);
                wakers.push(waker);
            }
        }
        wakers
    }

    /// Whether the owner of the ticket has been served; then the ticket is used up. Otherwise `waker` takes the place of
    /// the former, which is returned.
    pub(super) fn collect(&mut self, ticket: Ticket, waker: Waker) -> Result<(), Waker> {
        if let Some(at) = self.served.iter().position(|served| *served == ticket) {
            self.served.swap_remove(at);
            return Ok(());
        }
        match self.waiting.binary_search_by_key(&ticket, |waiting| waiting.ticket) {
            Ok(at) => Err(std::mem::replace(&mut self.waiting[at].waker, waker)),
            Err(_) => Err(waker),
        }
    }

    /// Gives up a ticket that has not been collected.
    pub(super) fn leave(&mut self, ticket: Ticket) -> Left {
        match self.waiting.binary_search_by_key(&ticket, |waiting| waiting.ticket) {
            Ok(at) => match self.waiting.remove(at) {
                Some(waiting) => Left::Place(waiting.waker),
                None => unreachable!("it has just been found"),
            },
            Err(_) => {
                self.served.retain(|served| *served != ticket);
                Left::Amount
            }
        }
    }
}
