//! Making entries of the code cache again: with the functions that only run in requests.
//!
//! # Protocol
//! Making an entry takes about as long as compiling that has, milliseconds for a large module, and no request should wait for
//! it. So it is a task of the isolate, which
//!
//! 1. waits for a [`PAUSE`] first. The turn in which the request ended is long over then, and its caller has the answer;
//! 2. makes entries, one at a time, as long as nobody waits for the isolate. If somebody does, it goes on after another
//!    pause. Pauses get longer, and after [`PAUSES`] in which nothing could be made it gives up; what was claimed may be
//!    claimed by whoever comes next to a stage.
//!
//! The worker pays for the CPU time. The task keeps no realm and no isolate, only the compiled code: an isolate that goes
//! before takes the task along. Where no isolate of a worker lives that long, since there are more workers than places or
//! every request has an isolate of its own, the entries are overdue from then on; the next request that comes to the stage
//! makes them at its end, in its own turn, when its caller has the answer.

use std::sync::{Arc, Weak};
use std::task::{Context, Poll};
use std::time::{Duration, Instant};

use isolate::{Alarm, IsolateTask, Loss, TaskControl, Turn, TurnBudget, TurnIsolate};

use crate::budget::TenantBudget;
use crate::isolate_state::compiled::Refill;
use crate::isolate_state::memory;
use crate::isolate_state::raw_isolate::raw;

/// Before the first entry. Long beside the turns of a request, short beside the life of an isolate.
const PAUSE: Duration = Duration::from_millis(100);

/// Pauses, each twice as long as the one before: six seconds.
const PAUSES: u32 = 6;

/// CPU time that one turn may take. No script that may be evaluated needs as much.
const MAX_CPU: Duration = Duration::from_secs(10);

/// See the [module](self) documentation. `budget` is charged.
pub(super) fn spawn(isolate: &Arc<TurnIsolate>, refill: Refill, budget: TenantBudget) {
    let task = CodeTask { isolate: Arc::downgrade(isolate), refill, pauses: 0, alarm: None };
    isolate.spawn(Box::new(task), Arc::new(CodeControl { budget }));
}

/// Makes all entries now, unless there is no memory for it.
pub(super) fn make_at_once(turn: &mut Turn<'_>, mut refill: Refill) {
    let heap = Arc::clone(turn.managed().heap_state());
    if memory::has_room_for_leavings(raw(turn), &heap) {
        let _inside = turn.inside_v8();
        v8::scope!(let scope, raw(turn));
        while refill.next(scope) {}
    }
}

struct CodeTask {
    /// Not its owner: the task may be in the isolate's own queue.
    isolate: Weak<TurnIsolate>,
    refill: Refill,
    /// Since an entry was made.
    pauses: u32,
    alarm: Option<Alarm>,
}

impl CodeTask {
    fn is_wanted(&self) -> bool {
        self.isolate.upgrade().is_none_or(|isolate| isolate.waiting() > 0)
    }

    /// Makes entries while nobody waits. Returns whether there are more.
    fn make(&mut self, turn: &mut Turn<'_>) -> bool {
        let _inside = turn.inside_v8();
        while !self.is_wanted() {
            v8::scope!(let scope, raw(turn));
            if !self.refill.next(scope) {
                return false;
            }
            self.pauses = 0;
        }
        true
    }
}

impl IsolateTask for CodeTask {
    fn poll_turn(&mut self, turn: &mut Turn<'_>, _: &mut Context<'_>) -> Poll<()> {
        let now = Instant::now();
        if self.alarm.as_ref().is_some_and(|alarm| alarm.at() > now) {
            return Poll::Pending;
        }
        if self.alarm.is_some() {
            let heap = Arc::clone(turn.managed().heap_state());
            // It is not worth a memory limit.
            if !memory::has_room_for_leavings(raw(turn), &heap) || !self.make(turn) {
                return Poll::Ready(());
            }
        }
        if self.pauses == PAUSES {
            return Poll::Ready(());
        }
        self.alarm = Some(turn.alarm(now + PAUSE * (1 << self.pauses)));
        self.pauses += 1;
        Poll::Pending
    }
}

struct CodeControl {
    budget: TenantBudget,
}

impl TaskControl for CodeControl {
    fn budget(&self) -> TurnBudget {
        TurnBudget { cpu: MAX_CPU, deadline: None }
    }

    fn charge(&self, cpu: Duration) {
        self.budget.charge_cpu(cpu);
    }

    fn waits_for_platform(&self) -> bool {
        false
    }

    fn lost(&self, _: Loss) {}
}
