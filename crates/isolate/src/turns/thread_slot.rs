//! What an isolate thread is doing, for the timekeeper to watch.
//!
//! # Protocol
//! The isolate thread calls [`begin`](ThreadSlot::begin) before it locks an isolate and
//! [`end`](ThreadSlot::end) before it unlocks it. The timekeeper [inspects](ThreadSlot::inspect) the slot and
//! terminates the turn's JavaScript **while it holds the slot's mutex**; `end` takes the same mutex. So a
//! termination reaches the turn it is meant for or none: after `end`, nobody but the thread itself can set the
//! isolate's termination flag, and the thread clears it before the next turn.
//!
//! # Where it was
//! A termination leaves no stack. So a turn that has reached a limit gets an interrupt that notes the stack and then terminates
//! (`native/limit_stack.rs`); one that does not come to it within [`TO_SHOW_STACK`] of CPU time is
//! terminated without. What is noted and what is asked for ends with the turn.
//!
//! # CPU time
//! Reading a thread's CPU clock is a system call (0.6 µs on a virtual machine), so a short turn is charged
//! with the wall time it took. A turn that took longer than [`SHORT_TURN`] is charged with the CPU time since
//! the thread's last reading, which is never older than [`MAX_READING_AGE`] when a turn begins: the error is at
//! most that, and never more than the turn's wall time.
//!
//! # Giving up
//! An interrupted turn that uses [`GRACE`] of CPU time after that, or sleeps for [`LONGEST_GRACE`], has not reacted: its
//! thread is given up. Not wall time alone, since on a machine with more to do than it can, the thread of a turn whose
//! JavaScript ended long ago may wait for a core as long as it likes; and with it those who wait for the isolate would be
//! lost. So the time counts in which the thread was found asleep, look by look, and no look counts for more than
//! [`LONGEST_LOOK`]: the timekeeper itself may have waited for a core.

use std::cell::Cell;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use parking_lot::Mutex;

use crate::isolates::locker_managed_isolate::ManagedIsolate;
use crate::native::{LostTurn, ThreadClock, ThreadNumber};
use crate::platform::timekeeper::TICK;
use crate::turns::outbox::Outbox;
use crate::turns::task::{Interruption, TaskCell, TurnBudget};

const SHORT_TURN: Duration = Duration::from_micros(100);
const MAX_READING_AGE: Duration = Duration::from_millis(1);

const MIN_TICK: Duration = Duration::from_micros(500);

/// How long a turn may take that begins after its deadline: the last one of its task, which clears away.
const LAST_TURN: Duration = Duration::from_millis(100);

/// CPU time in which an interrupted turn has to come to an interrupt that notes its stack.
const TO_SHOW_STACK: Duration = Duration::from_millis(1);

/// The same for a turn whose thread does not get to run.
const LONGEST_TO_SHOW_STACK: Duration = Duration::from_millis(100);

/// CPU time in which an interrupted turn has to come back before its thread is given up.
const GRACE: Duration = Duration::from_secs(1);

/// The same for a turn that waits for something, and may wait for ever.
const LONGEST_GRACE: Duration = Duration::from_secs(10);

/// What one look at a sleeping thread counts for at most.
const LONGEST_LOOK: Duration = Duration::from_millis(100);

/// The isolate whose turn a thread takes.
pub(crate) trait Occupied: LostTurn + Send + Sync {
    /// What needs no lock of it.
    fn managed(&self) -> &ManagedIsolate;

    /// Gives up a turn of `task`, for `reason`. When this returns the isolate takes no more turns; its
    /// tasks are told a moment later, and then `log` is called. May be called anywhere but while the calling thread holds
    /// a lock of this crate.
    fn give_up(self: Arc<Self>, task: Arc<TaskCell>, reason: Interruption, log: Log);
}

/// Writes to the log that a turn was given up.
pub(crate) type Log = Box<dyn FnOnce(&ManagedIsolate) + Send>;

/// What the timekeeper looks at of one isolate thread.
pub(crate) struct ThreadSlot {
    id: u64,
    clock: ThreadClock,
    number: ThreadNumber,
    active: Mutex<Option<ActiveTurn>>,
    outbox: Outbox,
    replace: Arc<dyn Fn() + Send + Sync>,
}

/// The last reading of the thread's CPU clock; owned by the thread.
pub(crate) struct CpuReading {
    at: Cell<Instant>,
    cpu: Cell<Duration>,
    /// What all turns of the thread have been charged.
    turns: Cell<Duration>,
}

struct ActiveTurn {
    isolate: Arc<dyn Occupied>,
    task: Arc<TaskCell>,
    budget: TurnBudget,
    started: Instant,
    cpu_base: Duration,
    interrupted: Option<Interrupted>,
    abandoned: bool,
    /// The thread sleeps for ever in a handler of V8's fatal errors.
    parked: bool,
}

struct Interrupted {
    reason: Interruption,
    at: Instant,
    /// What the thread's CPU clock showed.
    cpu: Duration,
    looked: Instant,
    /// For how long it was found asleep.
    asleep: Duration,
}

/// What became of a turn.
pub(crate) struct EndedTurn {
    pub(crate) at: Instant,
    /// CPU time to charge.
    pub(crate) cpu: Duration,
    pub(crate) interrupted: bool,
    /// The thread had been given up: the task has been told, and a replacement runs.
    pub(crate) abandoned: bool,
}

/// A turn whose thread is given up.
pub(crate) struct AbandonedTurn {
    pub(crate) isolate: Arc<dyn Occupied>,
    task: Arc<TaskCell>,
    pub(crate) reason: Interruption,
    replace: Arc<dyn Fn() + Send + Sync>,
}

impl AbandonedTurn {
    /// Asks for a replacement of the thread, and gives up its turn: see [`Occupied::give_up`].
    pub(crate) fn give_up(self, log: impl FnOnce(&ManagedIsolate) + Send + 'static) {
        (self.replace)();
        self.isolate.give_up(self.task, self.reason, Box::new(log));
    }
}

/// A turn that will not go on.
pub(crate) enum Parked {
    /// The thread is to be given up.
    Now(AbandonedTurn),
    /// It was, before.
    GivenUpBefore(Arc<dyn Occupied>),
}

/// What the timekeeper found in a slot.
pub(crate) enum Finding {
    Nothing,
    /// Look again at this time.
    Running(Instant),
    Abandon(AbandonedTurn),
}

impl ThreadSlot {
    /// The slot of the calling thread. `replace` asks for another thread in its place; it runs no foreign code, and waits for
    /// nothing.
    pub(crate) fn current(replace: impl Fn() + Send + Sync + 'static) -> (Arc<Self>, CpuReading) {
        let clock = ThreadClock::current();
        let reading =
            CpuReading { at: Cell::new(Instant::now()), cpu: Cell::new(clock.now()), turns: Cell::default() };
        static NEXT_ID: AtomicU64 = AtomicU64::new(1);
        let id = NEXT_ID.fetch_add(1, Ordering::Relaxed);
        let number = ThreadNumber::current();
        let slot = Self {
            id,
            clock,
            number,
            active: Mutex::new(None),
            outbox: Outbox::default(),
            replace: Arc::new(replace),
        };
        (Arc::new(slot), reading)
    }

    /// Identity of the thread in this process, from 1.
    pub(crate) fn id(&self) -> u64 {
        self.id
    }

    /// What the thread wakes after its turn.
    pub(crate) fn outbox(&self) -> &Outbox {
        &self.outbox
    }

    /// Begins a turn. It is now `started`, or hardly later.
    pub(crate) fn begin(
        &self,
        reading: &CpuReading,
        started: Instant,
        isolate: Arc<dyn Occupied>,
        task: &Arc<TaskCell>,
    ) {
        if started.duration_since(reading.at.get()) > MAX_READING_AGE {
            reading.refresh(started, self.clock);
        }
        *self.active.lock() = Some(ActiveTurn {
            isolate,
            task: Arc::clone(task),
            budget: task.control().budget(),
            started,
            cpu_base: reading.cpu.get(),
            interrupted: None,
            abandoned: false,
            parked: false,
        });
    }

    /// Ends the turn. It is now `now`, or hardly later. `None` if it has ended already.
    pub(crate) fn end(&self, reading: &CpuReading, now: Instant) -> Option<EndedTurn> {
        let turn = self.active.lock().take()?;
        let mut cpu = now.duration_since(turn.started);
        if cpu > SHORT_TURN {
            reading.refresh(now, self.clock);
            cpu = cpu.min(reading.cpu.get().saturating_sub(turn.cpu_base));
        }
        reading.turns.set(reading.turns.get() + cpu);
        Some(EndedTurn { at: now, cpu, interrupted: turn.interrupted.is_some(), abandoned: turn.abandoned })
    }

    pub(crate) fn interruption(&self) -> Option<Interruption> {
        self.active.lock().as_ref()?.interrupted.as_ref().map(|interrupted| interrupted.reason)
    }

    /// Enforces the limits of the running turn, if there is one.
    pub(crate) fn inspect(&self, now: Instant) -> Finding {
        let mut active = self.active.lock();
        let Some(turn) = active.as_mut().filter(|turn| !turn.parked) else { return Finding::Nothing };
        let elapsed = now.saturating_duration_since(turn.started);
        if turn.interrupted.is_none() {
            let exceeded = turn.exceeded(now, elapsed, self.clock);
            turn.interrupted = exceeded.map(|reason| Interrupted::new(reason, now, self.clock.now()));
            if exceeded.is_some_and(|reason| reason != Interruption::Memory) {
                turn.isolate.managed().shared().terminate_with_stack();
                return Finding::Running(now + MIN_TICK);
            }
        }
        let Some(interrupted) = &mut turn.interrupted else {
            if elapsed >= TICK {
                turn.isolate.managed().request_memory_check();
            }
            let remaining = turn.budget.cpu.saturating_sub(elapsed);
            return Finding::Running(now + remaining.clamp(MIN_TICK, TICK));
        };
        if !turn.abandoned && interrupted.grace_is_over(now, || self.clock.now(), || self.number.is_asleep())
        {
            let reason = interrupted.reason;
            // It may go on for ever, and nobody waits for it any more. It has not ended: that takes this mutex.
            self.number.demote();
            return Finding::Abandon(turn.abandon(reason, &self.replace));
        }
        if interrupted.may_still_show_its_stack(now, || self.clock.now()) {
            return Finding::Running(now + MIN_TICK);
        }
        // Again at every tick, and after the thread was given up: a termination that met no JavaScript frame is
        // lost, and the turn may come to one later.
        turn.isolate.managed().terminate_execution();
        Finding::Running(now + TICK)
    }

    /// The calling thread's turn, if it is in one, is out of memory or in a fatal error of V8 and will not go on.
    pub(crate) fn park(&self) -> Option<Parked> {
        let mut active = self.active.lock();
        let turn = active.as_mut()?;
        turn.parked = true;
        Some(match turn.abandoned {
            true => Parked::GivenUpBefore(Arc::clone(&turn.isolate)),
            false => Parked::Now(turn.abandon(Interruption::Memory, &self.replace)),
        })
    }
}

impl ActiveTurn {
    fn exceeded(&self, now: Instant, elapsed: Duration, clock: ThreadClock) -> Option<Interruption> {
        // V8 stopped the JavaScript itself; what does not react has the same grace as for other reasons.
        if self.isolate.managed().memory_limit_hit() {
            return Some(Interruption::Memory);
        }
        if self.budget.deadline.is_some_and(|deadline| self.is_past(deadline, now)) {
            return Some(Interruption::WallClock);
        }
        if elapsed < self.budget.cpu {
            return None;
        }
        let cpu = elapsed.min(clock.now().saturating_sub(self.cpu_base));
        (cpu >= self.budget.cpu).then_some(Interruption::CpuTime)
    }

    fn is_past(&self, deadline: Instant, now: Instant) -> bool {
        if self.started >= deadline { now >= self.started + LAST_TURN } else { now >= deadline }
    }

    fn abandon(&mut self, reason: Interruption, replace: &Arc<dyn Fn() + Send + Sync>) -> AbandonedTurn {
        self.abandoned = true;
        let (isolate, task) = (Arc::clone(&self.isolate), Arc::clone(&self.task));
        AbandonedTurn { isolate, task, reason, replace: Arc::clone(replace) }
    }
}

impl Interrupted {
    fn new(reason: Interruption, at: Instant, cpu: Duration) -> Self {
        Self { reason, at, cpu, looked: at, asleep: Duration::ZERO }
    }

    /// Whether it may come to the interrupt that notes its stack.
    fn may_still_show_its_stack(&self, now: Instant, cpu: impl FnOnce() -> Duration) -> bool {
        // What is out of memory was stopped by V8 itself.
        self.reason != Interruption::Memory
            && now.saturating_duration_since(self.at) < LONGEST_TO_SHOW_STACK
            && cpu().saturating_sub(self.cpu) < TO_SHOW_STACK
    }

    /// To be called at each look. `cpu` and `is_asleep` are system calls, and not asked for before they can matter.
    fn grace_is_over(
        &mut self,
        now: Instant,
        cpu: impl FnOnce() -> Duration,
        is_asleep: impl FnOnce() -> bool,
    ) -> bool {
        let since_last_look = now.saturating_duration_since(std::mem::replace(&mut self.looked, now));
        if now.saturating_duration_since(self.at) < GRACE {
            return false;
        }
        if is_asleep() {
            self.asleep += since_last_look.min(LONGEST_LOOK);
        }
        self.asleep >= LONGEST_GRACE || cpu().saturating_sub(self.cpu) >= GRACE
    }
}

impl CpuReading {
    /// What all turns of the thread have been charged.
    pub(crate) fn turns(&self) -> Duration {
        self.turns.get()
    }

    fn refresh(&self, now: Instant, clock: ThreadClock) {
        self.at.set(now);
        self.cpu.set(clock.now());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// When a turn is given up whose thread, at each look, has used this much CPU time since the last one, or sleeps.
    fn given_up_after(looks: u32, every: Duration, cpu: Duration, is_asleep: bool) -> Option<Duration> {
        let at = Instant::now();
        let mut interrupted = Interrupted::new(Interruption::CpuTime, at, Duration::ZERO);
        let given_up = (1..=looks)
            .find(|&look| interrupted.grace_is_over(at + every * look, || cpu * look, || is_asleep));
        given_up.map(|look| every * look)
    }

    #[test]
    fn a_turn_has_little_time_to_show_its_stack() {
        let at = Instant::now();
        let waits = |reason, after: Duration, cpu: Duration| {
            Interrupted::new(reason, at, Duration::ZERO).may_still_show_its_stack(at + after, || cpu)
        };
        assert!(waits(Interruption::CpuTime, MIN_TICK, MIN_TICK));
        // One whose thread waits for a core costs nobody anything.
        assert!(waits(Interruption::WallClock, TICK, Duration::ZERO));
        assert!(!waits(Interruption::CpuTime, TICK, TO_SHOW_STACK));
        assert!(!waits(Interruption::CpuTime, LONGEST_TO_SHOW_STACK, Duration::ZERO));
        assert!(!waits(Interruption::Memory, Duration::ZERO, Duration::ZERO));
    }

    #[test]
    fn a_turn_that_computes_is_given_up_by_its_cpu_time() {
        assert_eq!(given_up_after(1_000, TICK, TICK, false), Some(GRACE));
        assert_eq!(given_up_after(10_000, TICK, TICK / 5, false), Some(5 * GRACE));
    }

    #[test]
    fn a_turn_that_sleeps_is_given_up_by_the_clock() {
        let after = given_up_after(10_000, TICK, Duration::ZERO, true).unwrap();
        assert!(after >= LONGEST_GRACE && after <= LONGEST_GRACE + GRACE, "{after:?}");
    }

    #[test]
    fn a_turn_that_waits_for_a_core_is_not_given_up() {
        let hour = Duration::from_secs(3_600);
        assert_eq!(given_up_after(3_600, Duration::from_secs(1), GRACE / 4_000, false), None);
        // Nor if it sleeps for a moment, and the timekeeper is the one who waits.
        assert_eq!(given_up_after(50, hour, Duration::ZERO, true), None);
    }
}
