//! The one thread of the process that watches the clock: alarms of waiting tasks, limits of running turns, wake-ups
//! that running turns hold back.
//!
//! All limits depend on it. So it exists from V8's start on, runs no foreign code, and waits for nothing that foreign
//! code may hold: it wakes tasks, which is a matter of this crate, and has the [teller](crate::teller) call other wakers,
//! drop what rang, tell of losses, and write to the log.
//!
//! While turns run, it [looks](Watched) at every thread that takes them once per tick. When nothing has run for
//! a while it sleeps until the next alarm; then the thread that begins a turn wakes it. `watching` says which:
//! the timekeeper clears it and then looks at all threads once more before it sleeps; a thread that begins a turn
//! says so where it is looked at, and then reads `watching`. One of the two sees the other.

use std::any::Any;
use std::cell::Cell;
use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Weak};
use std::task::Waker;
use std::time::{Duration, Instant};
use std::{io, thread};

use parking_lot::{Condvar, Mutex};

use crate::{platform, teller};

/// How often a running turn is looked at.
pub(crate) const TICK: Duration = Duration::from_millis(5);

/// How long the timekeeper goes on ticking after the last turn it saw.
const LINGER: Duration = Duration::from_secs(1);

struct Timekeeper {
    inner: Mutex<Inner>,
    changed: Condvar,
    watching: AtomicBool,
}

struct Inner {
    alarms: BTreeMap<AlarmKey, Target>,
    next_alarm: u64,
    watched: Vec<Weak<dyn Watched>>,
    /// Set when the thread must not sleep on what it knew.
    roused: bool,
}

type AlarmKey = (Instant, u64);

/// What is looked at once per tick: a thread that takes turns.
pub(crate) trait Watched: Send + Sync {
    /// Enforces its limits, and sees to what else must not wait for the thread. Returns when it has to be looked at again,
    /// `None` if no turn runs. Runs no foreign code, waits for nothing, and writes no log.
    fn look(&self, now: Instant) -> Option<Instant>;
}

/// Perhaps the last reference to something, which is to be dropped where foreign code may run.
pub(crate) type Leftover = Arc<dyn Any + Send + Sync>;

/// A task that an alarm can wake.
pub(crate) trait Ring: Send + Sync {
    /// Wakes it, and runs no foreign code.
    #[must_use]
    fn ring(self: Arc<Self>) -> Option<Leftover>;
}

/// Who is woken by an alarm.
enum Target {
    Task(Arc<dyn Ring>),
    /// Foreign code.
    Other(Waker),
}

static TIMEKEEPER: Timekeeper = Timekeeper {
    inner: Mutex::new(Inner { alarms: BTreeMap::new(), next_alarm: 0, watched: Vec::new(), roused: false }),
    changed: Condvar::new(),
    watching: AtomicBool::new(false),
};

thread_local! {
    static IS_TIMEKEEPER: Cell<bool> = const { Cell::new(false) };
}

/// Starts the thread, as a child of the calling one. To be called once.
pub(crate) fn start() -> io::Result<()> {
    thread::Builder::new().name("v8-timekeeper".into()).spawn(|| {
        IS_TIMEKEEPER.set(true);
        TIMEKEEPER.run();
    })?;
    Ok(())
}

/// Whether the calling thread is the timekeeper.
pub(crate) fn is_this_thread() -> bool {
    IS_TIMEKEEPER.get()
}

/// A waker that will be called at a certain time, unless this is dropped before.
#[derive(Debug)]
pub struct Alarm {
    key: AlarmKey,
}

impl Alarm {
    /// Calls `waker` at `at`, or as soon as possible after. Starts V8, without which there is no timekeeper, if that has
    /// not happened yet. A task is better served by [`Turn::alarm`](crate::Turn::alarm).
    pub fn set(at: Instant, waker: Waker) -> Self {
        platform::initialize();
        Self::with_target(at, Target::Other(waker))
    }

    /// Wakes `task`.
    pub(crate) fn of_task(at: Instant, task: Arc<dyn Ring>) -> Self {
        Self::with_target(at, Target::Task(task))
    }

    fn with_target(at: Instant, target: Target) -> Self {
        let mut inner = TIMEKEEPER.inner.lock();
        let key = (at, inner.next_alarm);
        inner.next_alarm += 1;
        let first = inner.alarms.first_key_value().is_none_or(|(first, _)| key < *first);
        inner.alarms.insert(key, target);
        if first {
            inner.roused = true;
            TIMEKEEPER.changed.notify_one();
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
        let removed = TIMEKEEPER.inner.lock().alarms.remove(&self.key);
        drop(removed);
    }
}

/// Looks at `watched` for as long as it is there.
pub(crate) fn watch(watched: Weak<dyn Watched>) {
    TIMEKEEPER.inner.lock().watched.push(watched);
}

/// To be called after a turn has begun, or whenever else there is something to look at.
pub(crate) fn rouse() {
    if !TIMEKEEPER.watching.load(Ordering::SeqCst) {
        TIMEKEEPER.inner.lock().roused = true;
        TIMEKEEPER.changed.notify_one();
    }
}

impl Timekeeper {
    fn run(&self) {
        let mut last_activity = Instant::now();
        let mut rung = Rung::default();
        loop {
            let now = Instant::now();
            let (next_alarm, watched) = self.ring(now, &mut rung);
            let next_look = look_at(watched, now);
            if next_look.is_some() {
                last_activity = now;
            }
            let linger = now.duration_since(last_activity) < LINGER;
            let next_look = next_look.or_else(|| linger.then(|| now + TICK));
            let was_watching = self.watching.swap(next_look.is_some(), Ordering::SeqCst);
            if next_look.is_none() && was_watching {
                continue;
            }
            rung.pass_on(now, next_look.is_none());
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

    /// Rings what is due. Returns the time of the next alarm, and what to look at.
    fn ring(&self, now: Instant, rung: &mut Rung) -> (Option<Instant>, Vec<Arc<dyn Watched>>) {
        let mut inner = self.inner.lock();
        let later = inner.alarms.split_off(&(now, u64::MAX));
        let due = std::mem::replace(&mut inner.alarms, later);
        let next = inner.alarms.first_key_value().map(|((at, _), _)| *at);
        inner.watched.retain(|watched| watched.strong_count() > 0);
        let watched = inner.watched.iter().filter_map(Weak::upgrade).collect();
        drop(inner);
        for target in due.into_values() {
            rung.ring(target);
        }
        (next, watched)
    }
}

/// What has rung and is to be passed on to the teller.
#[derive(Default)]
struct Rung {
    /// To be called, at once.
    wakers: Vec<Waker>,
    /// To be dropped, some time: dropping the last reference runs foreign code.
    tasks: Vec<(Arc<dyn Ring>, Option<Leftover>)>,
    passed_on: Option<Instant>,
}

impl Rung {
    fn ring(&mut self, target: Target) {
        match target {
            Target::Task(task) => {
                let isolate = Arc::clone(&task).ring();
                self.tasks.push((task, isolate));
            }
            Target::Other(waker) => self.wakers.push(waker),
        }
    }

    /// Passes on what has to be: tasks only once per tick, or when `all` is, before the timekeeper sleeps.
    fn pass_on(&mut self, now: Instant, all: bool) {
        let recently = self.passed_on.is_some_and(|before| now.duration_since(before) < TICK);
        let tasks_wait = self.tasks.is_empty() || (recently && !all);
        if self.wakers.is_empty() && tasks_wait {
            return;
        }
        self.passed_on = Some(now);
        let (wakers, tasks) = (std::mem::take(&mut self.wakers), std::mem::take(&mut self.tasks));
        teller::send(move || {
            teller::wake_all(wakers);
            drop(tasks);
        });
    }
}

/// Looks at all of them; returns when the next has to be looked at, `None` if no turn runs.
fn look_at(watched: Vec<Arc<dyn Watched>>, now: Instant) -> Option<Instant> {
    watched.into_iter().filter_map(|watched| watched.look(now)).min()
}
