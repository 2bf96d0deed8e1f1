//! Who waits for a budget, in which order. Policy only: it neither locks nor wakes anybody.

use std::collections::VecDeque;
use std::task::Waker;

/// The place of somebody who waits; never used twice in a queue.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Ticket(u64);

/// Those who leave a reserve come after all others: what they leave is for these.
#[derive(Default)]
pub(super) struct Queue {
    next: u64,
    waiting: VecDeque<Waiting>,
    modest: VecDeque<Waiting>,
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
        self.waiting.len() + self.modest.len()
    }

    /// Whether nobody comes before somebody who leaves so much.
    pub(super) fn is_first(&self, beside: usize) -> bool {
        self.waiting.is_empty() && (beside == 0 || self.modest.is_empty())
    }

    pub(super) fn join(&mut self, amount: usize, beside: usize, waker: Waker) -> Ticket {
        let ticket = Ticket(self.next);
        self.next += 1;
        let queue = if beside == 0 { &mut self.waiting } else { &mut self.modest };
        queue.push_back(Waiting { ticket, amount, beside, waker });
        ticket
    }

    /// Serves those at the front for as long as `take` succeeds, which is given the amount and what is to be
    /// left. Returns their wakers.
    pub(super) fn serve(&mut self, mut take: impl FnMut(usize, usize) -> bool) -> Vec<Waker> {
        let mut wakers = Vec::new();
        for queue in [&mut self.waiting, &mut self.modest] {
            while queue.front().is_some_and(|front| take(front.amount, front.beside)) {
                if let Some(Waiting { ticket, waker, .. }) = queue.pop_front() {
                    self.served.push(ticket);
                    wakers.push(waker);
                }
            }
            if !queue.is_empty() {
                break;
            }
        }
        wakers
    }

    /// The queue that the ticket is in, and where.
    fn place(&mut self, ticket: Ticket) -> Option<(&mut VecDeque<Waiting>, usize)> {
        [&mut self.waiting, &mut self.modest].into_iter().find_map(|queue| {
            let at = queue.binary_search_by_key(&ticket, |waiting| waiting.ticket).ok()?;
            Some((queue, at))
        })
    }

    /// Whether the owner of the ticket has been served; then the ticket is used up. Otherwise `waker` takes the place of
    /// the former, which is returned.
    pub(super) fn collect(&mut self, ticket: Ticket, waker: Waker) -> Result<(), Waker> {
        if let Some(at) = self.served.iter().position(|served| *served == ticket) {
            self.served.swap_remove(at);
            return Ok(());
        }
        match self.place(ticket) {
            Some((queue, at)) => Err(std::mem::replace(&mut queue[at].waker, waker)),
            None => Err(waker),
        }
    }

    /// Gives up a ticket that has not been collected.
    pub(super) fn leave(&mut self, ticket: Ticket) -> Left {
        match self.place(ticket).and_then(|(queue, at)| queue.remove(at)) {
            Some(waiting) => Left::Place(waiting.waker),
            None => {
                self.served.retain(|served| *served != ticket);
                Left::Amount
            }
        }
    }
}
