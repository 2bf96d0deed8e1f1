//! The one thread of the process that watches the clock: alarms of waiting tasks, limits of running turns, wake-ups
//! that running turns hold back.
//!
//! While turns run, it looks at every [thread slot](crate::thread_slot) once per tick. When nothing has run for
//! a while it sleeps until the next alarm; then the thread that begins a turn wakes it. `watching` says which:
//! the timekeeper clears it and then looks at all slots once more before it sleeps; a thread that begins a turn
//! fills its slot and then reads it. One of the two sees the other.

use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, OnceLock, Weak};
use std::task::Waker;
use std::time::{Duration, Instant};

use parking_lot::{Condvar, Mutex};

use crate::platform;
use crate::thread_slot::{AbandonedTurn, Finding, TICK, ThreadSlot};
use crate::threads;

/// How long the timekeeper goes on ticking after the last turn it saw.
const LINGER: Duration = Duration::from_secs(1);

#[derive(Default)]
struct Timekeeper {
    inner: Mutex<Inner>,
    changed: Condvar,
    watching: AtomicBool,
}

#[derive(Default)]
struct Inner {
    alarms: BTreeMap<AlarmKey, Waker>,
    next_alarm: u64,
    slots: Vec<Weak<ThreadSlot>>,
    /// Set when the thread must not sleep on what it knew.
    roused: bool,
}

type AlarmKey = (Instant, u64);

static TIMEKEEPER: OnceLock<Timekeeper> = OnceLock::new();

fn timekeeper() -> &'static Timekeeper {
    let mut start = false;
    let timekeeper = TIMEKEEPER.get_or_init(|| {
        start = true;
        Timekeeper::default()
    });
    if start {
        platform::initialize().spawn("v8-timekeeper", move || timekeeper.run());
    }
    timekeeper
}

/// A waker that will be called at a certain time, unless this is dropped before.
#[derive(Debug)]
pub struct Alarm {
    key: AlarmKey,
}

impl Alarm {
    /// Calls `waker` at `at`, or as soon as possible after.
    pub fn set(at: Instant, waker: Waker) -> Self {
        let timekeeper = timekeeper();
        let mut inner = timekeeper.inner.lock();
        let key = (at, inner.next_alarm);
        inner.next_alarm += 1;
        let first = inner.alarms.first_key_value().is_none_or(|(first, _)| key < *first);
        inner.alarms.insert(key, waker);
        if first {
            inner.roused = true;
            timekeeper.changed.notify_one();
        }
        Self { key }
    }

    /// When it rings.
    pub fn at(&self) -> Instant {
        self.key.0
    }
}

impl Drop for Alarm {
    fn drop(&mut self) {
        let removed = timekeeper().inner.lock().alarms.remove(&self.key);
        drop(removed);
    }
}

/// Watches the turns of a thread for as long as `slot` lives.
pub(crate) fn watch(slot: &Arc<ThreadSlot>) {
    timekeeper().inner.lock().slots.push(Arc::downgrade(slot));
}

/// To be called after a turn has begun.
pub(crate) fn turn_began() {
    let timekeeper = timekeeper();
    if !timekeeper.watching.load(Ordering::SeqCst) {
        timekeeper.inner.lock().roused = true;
        timekeeper.changed.notify_one();
    }
}

impl Timekeeper {
    fn run(&self) {
        let mut last_activity = Instant::now();
        loop {
            let now = Instant::now();
            let (next_alarm, slots) = self.ring(now);
            let next_look = inspect(&slots, now);
            if next_look.is_some() {
                last_activity = now;
            }
            let linger = now.duration_since(last_activity) < LINGER;
            let next_look = next_look.or_else(|| linger.then(|| now + TICK));
            let was_watching = self.watching.swap(next_look.is_some(), Ordering::SeqCst);
            if next_look.is_none() && was_watching {
                continue;
            }
            let until = next_look.into_iter().chain(next_alarm).min();
            let mut inner = self.inner.lock();
            if !inner.roused {
                match until {
                    Some(until) => drop(self.changed.wait_until(&mut inner, until)),
                    None => self.changed.wait(&mut inner),
                }
            }
            if std::mem::take(&mut inner.roused) {
                last_activity = Instant::now();
            }
        }
    }

    /// Rings what is due. Returns the time of the next alarm, and the slots to look at.
    fn ring(&self, now: Instant) -> (Option<Instant>, Vec<Arc<ThreadSlot>>) {
        let mut inner = self.inner.lock();
        let later = inner.alarms.split_off(&(now, u64::MAX));
        let due = std::mem::replace(&mut inner.alarms, later);
        let next = inner.alarms.first_key_value().map(|((at, _), _)| *at);
        inner.slots.retain(|slot| slot.strong_count() > 0);
        let slots = inner.slots.iter().filter_map(Weak::upgrade).collect();
        drop(inner);
        for waker in due.into_values() {
            // A waker is foreign code, and this thread must not end.
            if catch_unwind(AssertUnwindSafe(|| waker.wake())).is_err() {
                tracing::error!("the waker of an alarm panicked");
            }
        }
        (next, slots)
    }
}

/// Looks at all slots, and has the wake-ups given out that are held back there; returns when the next has to be looked
/// at, `None` if no turn runs.
fn inspect(slots: &[Arc<ThreadSlot>], now: Instant) -> Option<Instant> {
    let mut next: Option<Instant> = None;
    for slot in slots {
        let finding = slot.inspect(now);
        // After the look at the slot: a thread that was seen without a turn puts nothing in any more.
        slot.outbox().empty_elsewhere();
        match finding {
            Finding::Nothing => {}
            Finding::Running(at) => next = Some(next.map_or(at, |next| next.min(at))),
            Finding::Abandon(turn) => {
                next = Some(now + TICK);
                abandon(turn);
            }
        }
    }
    next
}

fn abandon(turn: AbandonedTurn) {
    tracing::warn!(isolate = %turn.isolate.managed().id(), reason = ?turn.reason, "a turn does not react to its termination");
    threads::give_up(turn);
}
