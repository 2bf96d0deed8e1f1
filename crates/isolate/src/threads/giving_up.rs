//! Giving up a thread whose turn never comes back: V8 is out of memory or has found a fatal error, and the thread is
//! parked; or a loop does not react to its termination. Whoever notices, the thread itself or the timekeeper,
//!
//! 1. asks for a replacement. If no thread can be created now, the others take all turns until one can;
//! 2. closes the isolate's queue, so that from then on nobody takes a turn;
//! 3. has the tasks told by the [teller](crate::teller): that runs and drops what belongs to others.
//!
//! None of it waits for anything, and the second and the third need no thread that does not exist yet.

use std::sync::{Arc, Weak};
use std::time::Instant;

use crate::isolates::locker_managed_isolate::ManagedIsolate;
use crate::native::LostTurn;
use crate::platform::timekeeper::{TICK, Watched};
use crate::teller;
use crate::threads::turn_isolate::{Losses, TurnIsolate};
use crate::threads::{Shared, this_thread};
use crate::turns::task::{Interruption, TaskCell};
use crate::turns::thread_slot::{Finding, Log, Occupied, Parked, ThreadSlot};

impl Occupied for TurnIsolate {
    fn managed(&self) -> &ManagedIsolate {
        self.managed()
    }

    fn give_up(self: Arc<Self>, task: Arc<TaskCell>, reason: Interruption, log: Log) {
        let others = self.close_with_thread(reason);
        self.threads().count_replacement();
        teller::send(move || {
            self.tell_with_thread(&task, reason, others);
            log(self.managed());
        });
    }
}

/// An isolate thread as the timekeeper looks at it.
pub(crate) struct WatchedThread {
    pub(crate) slot: Arc<ThreadSlot>,
    /// The set that it belongs to. (The last reference to a set runs no foreign code: isolates keep theirs, so no isolate
    /// is in its queue then.)
    pub(crate) threads: Weak<Shared>,
}

impl Watched for WatchedThread {
    fn look(&self, now: Instant) -> Option<Instant> {
        self.threads.upgrade()?.attend();
        look_at(&self.slot, now)
    }
}

/// Enforces the limits of the turn that a thread is taking, and sees to what it keeps back. Returns when to look again if
/// there is a turn.
pub(crate) fn look_at(slot: &ThreadSlot, now: Instant) -> Option<Instant> {
    let finding = slot.inspect(now);
    // After the look at the slot: a thread that was seen without a turn puts nothing in any more.
    slot.outbox().empty_elsewhere();
    match finding {
        Finding::Nothing => None,
        Finding::Running(at) => Some(at),
        Finding::Abandon(turn) => {
            let reason = turn.reason;
            turn.give_up(move |isolate| {
                let isolate = isolate.id();
                tracing::warn!(%isolate, ?reason, "a turn does not react to its termination");
            });
            Some(now + TICK)
        }
    }
}

/// To be called by a thread on which V8 found `fault` and cannot go on. If the thread is in a turn, that is given up, and
/// the thread is to [sleep for ever](crate::native) as it stands. Returns the isolate, which the thread has locked.
pub(crate) fn give_up_current_turn(fault: &str) -> Option<Arc<dyn LostTurn>> {
    let fault = fault.to_owned();
    match this_thread::park() {
        Some(Parked::Now(turn)) => {
            let isolate = Arc::clone(&turn.isolate);
            turn.give_up(move |isolate| log_parked(isolate, &fault));
            Some(isolate)
        }
        Some(Parked::GivenUpBefore(isolate)) => {
            let given_up = Arc::clone(&isolate);
            teller::send(move || log_parked(given_up.managed(), &fault));
            Some(isolate)
        }
        None => give_up_callers_turn(fault),
    }
}

fn give_up_callers_turn(fault: String) -> Option<Arc<dyn LostTurn>> {
    let (isolate, outbox) = this_thread::leave_callers_turn()?;
    let losses = isolate.close_with_thread(Interruption::Memory);
    let given_up = Arc::clone(&isolate);
    teller::send(move || {
        losses.into_iter().for_each(Losses::tell);
        outbox.empty();
        log_parked(given_up.managed(), &fault);
    });
    Some(isolate)
}

fn log_parked(isolate: &ManagedIsolate, fault: &str) {
    tracing::warn!(isolate = %isolate.id(), fault, "V8 cannot go on with a turn: its thread is parked");
}
