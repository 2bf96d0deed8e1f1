//! The turns that an isolate thread takes of an isolate, once it has it from the run queue.
//!
//! # Protocol
//! 1. The isolate's queue gives the turn to the task at its front, and V8 is locked.
//! 2. The task takes its turn. If a task is at the front of the queue then, it takes its turn under the same lock, and
//!    so on, until the slice is used up ([`SLICE`], [`MAX_HELD_BACK`]), or something is amiss with the isolate. Nothing
//!    is awaited with V8 locked, each turn is watched and charged by itself, and a waiter that comes to the front gets
//!    the isolate next.
//! 3. V8 is unlocked.
//! 4. The tasks that had a turn are settled: they are queued again, give back what they held, or hear of a loss. That
//!    is others' code, which may start the next request on this thread, so it never runs with V8 locked.
//! 5. The queue gives the turn to the next.
//!
//! Between 2 and 4 the tasks are in the isolate's list of ended turns. If a later turn under the same lock never comes
//! back, whoever replaces the thread settles them.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::time::{Duration, Instant};

use crate::isolates::locker_managed_isolate::IsolateLock;
use crate::memory::check;
use crate::platform::timekeeper;
use crate::threads::turn_isolate::{AfterTurn, TurnIsolate};
use crate::turns::task::{Loss, TaskCell};
use crate::turns::thread_slot::{CpuReading, EndedTurn, ThreadSlot};
use crate::turns::turn::Turn;

/// No turn follows another of the same isolate once so much time has passed since the first began. Long enough that
/// changing isolates does not dominate short turns, short enough to be nothing beside a thread's wake-up.
const SLICE: Duration = Duration::from_micros(100);

/// Nor once so many wake-ups are held back.
const MAX_HELD_BACK: usize = 32;

/// What follows the turns of an isolate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum After {
    /// The isolate has nothing more to do.
    Idle,
    /// The isolate is to be scheduled again.
    AnotherTurn,
    /// The thread was given up while it was away: a replacement has its place.
    Replaced,
}

/// See the [module](self) documentation.
pub(crate) struct Slice<'a> {
    isolate: &'a Arc<TurnIsolate>,
    slot: &'a ThreadSlot,
    reading: &'a CpuReading,
    /// Known once the first turn has begun.
    end: Option<Instant>,
    /// Turns taken.
    turns: u64,
}

/// What became of a turn.
struct TurnEnd {
    after: AfterTurn,
    at: Instant,
    /// The JavaScript was stopped, or the isolate is not to be used any more.
    amiss: bool,
    abandoned: bool,
}

impl<'a> Slice<'a> {
    pub(crate) fn new(isolate: &'a Arc<TurnIsolate>, slot: &'a ThreadSlot, reading: &'a CpuReading) -> Self {
        Self { isolate, slot, reading, end: None, turns: 0 }
    }

    /// Takes turns until the isolate has nothing more to do or the slice is used up.
    pub(crate) fn take(mut self) -> After {
        let after = catch_unwind(AssertUnwindSafe(|| self.take_turns())).unwrap_or_else(|_| {
            tracing::error!(isolate = %self.isolate.managed().id(), "panic after a turn");
            self.isolate.condemn(Loss::Condemned);
            self.isolate.settle();
            After::Idle
        });
        self.isolate.threads().count_turns(self.turns);
        after
    }

    fn take_turns(&mut self) -> After {
        while let Some(task) = self.isolate.queue().start_job() {
            let Some(last) = self.turns_under_one_lock(task) else { return After::Replaced };
            if !self.isolate.settle() {
                break;
            }
            if self.is_used_up(last) {
                return After::AnotherTurn;
            }
        }
        After::Idle
    }

    fn is_used_up(&self, now: Instant) -> bool {
        self.end.is_none_or(|end| now >= end) || self.slot.outbox().len() >= MAX_HELD_BACK
    }

    /// The turns of `task` and of those that are ready behind it. Returns when the last one ended; `None` if the thread
    /// was given up meanwhile.
    fn turns_under_one_lock(&mut self, mut task: Arc<TaskCell>) -> Option<Instant> {
        let isolate = self.isolate;
        let mut lock = None;
        let mut now = Instant::now();
        loop {
            let turn = self.turn(&mut lock, &task, now);
            if turn.abandoned {
                return None;
            }
            isolate.turn_ended(task, turn.after);
            if turn.amiss || self.is_used_up(turn.at) {
                return Some(turn.at);
            }
            now = turn.at;
            match isolate.queue().next_job() {
                Some(next) => task = next,
                None => return Some(now),
            }
        }
    }

    fn turn(&mut self, lock: &mut Option<IsolateLock<'a>>, task: &Arc<TaskCell>, now: Instant) -> TurnEnd {
        self.turns += 1;
        if let Some(waited) = task.queued_at().waited(now) {
            self.isolate.threads().note_turn_wait(waited);
        }
        if let Err(loss) = self.isolate.register(task) {
            return TurnEnd { after: AfterTurn::Lost(loss), at: now, amiss: true, abandoned: false };
        }
        catch_unwind(AssertUnwindSafe(|| self.run(lock, task, now))).unwrap_or_else(|_| {
            tracing::error!(isolate = %self.isolate.managed().id(), "a turn panicked");
            let abandoned = self.slot.end(self.reading, Instant::now()).is_some_and(|ended| ended.abandoned);
            TurnEnd { after: AfterTurn::Panicked, at: Instant::now(), amiss: true, abandoned }
        })
    }

    /// The part of a turn that calls the task, and may panic.
    fn run(&mut self, lock: &mut Option<IsolateLock<'a>>, task: &Arc<TaskCell>, began: Instant) -> TurnEnd {
        let Self { isolate, slot, .. } = *self;
        slot.begin(self.reading, began, Arc::clone(isolate) as _, task);
        self.end.get_or_insert(began + SLICE);
        timekeeper::rouse();
        if isolate.gauges().turn_begins(slot.id()) {
            isolate.threads().count_migration();
        }
        let managed = isolate.managed();
        let lock = lock.get_or_insert_with(|| {
            let mut lock = isolate.lock();
            // A termination that was meant for what ran here before.
            lock.inner().cancel_terminate_execution();
            if isolate.finished_code().is_wanted(began) {
                managed.shared().ask_for_finished_code();
            }
            lock
        });
        let mut turn = Turn { lock, isolate: managed, slot, task, began, ran_foreground_tasks: None };
        let goes_on = task.run(&mut turn);
        if turn.ran_foreground_tasks.is_none() {
            turn.run_foreground_tasks();
        }
        let mut now = Instant::now();
        let look = check::after_turn(turn.inner(), managed.heap_state(), isolate.gauges(), now - began);
        if look.is_some() {
            now = Instant::now();
        }
        let exceeded = look.is_some_and(|exceeded| exceeded);
        let EndedTurn { at, cpu, interrupted, abandoned } =
            slot.end(self.reading, now).expect("it has begun above");
        let amiss = exceeded || interrupted || managed.memory_limit_hit();
        if amiss {
            discard_microtasks(turn.inner());
        }
        if interrupted {
            managed.shared().limit_stack().forget();
        }
        isolate.conduct().turn_took(cpu);
        task.control().charge(cpu);
        let after = if goes_on { AfterTurn::GoesOn } else { AfterTurn::Finished };
        TurnEnd { after, at, amiss, abandoned }
    }
}

/// After an interruption: throws away the microtasks of the interrupted code, and clears the termination so that
/// it does not reach the next turn.
pub(crate) fn discard_microtasks(isolate: &mut v8::Isolate) {
    isolate.terminate_execution();
    isolate.perform_microtask_checkpoint();
    isolate.cancel_terminate_execution();
}
