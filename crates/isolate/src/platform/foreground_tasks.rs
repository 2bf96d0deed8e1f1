//! What V8 itself wants done on an isolate: results of asynchronous Wasm compilation, timeouts of `Atomics.waitAsync`,
//! callbacks of `FinalizationRegistry`, steps of its garbage collector.
//!
//! V8 calls these *foreground tasks*. They arrive like any other event of an isolate: whoever has work in flight on it
//! gets a turn, and runs them at the beginning of that turn, under its limits.
//!
//! # Protocol
//! 1. V8 **posts** a task, on whatever thread, perhaps with locks of its own held. It is put into the queue of its
//!    isolate, [`READY`] is set, and if it was not set before, the queue is handed to the *attendant*. Nothing else
//!    happens on that thread, and none of our callers' code runs there.
//! 2. The **attendant**, a thread of this module, asks the isolate to
//!    [see to it](Attended): that wakes one of its tasks that have begun.
//!    It also sets the alarm for the earliest delayed task.
//! 3. A **turn** that finds [`READY`] clears it, runs what is ready then, sets [`RAN`], and goes on with its own work. It
//!    holds the isolate, is on an isolate thread, is watched, and no JavaScript is on its stack.
//! 4. **After the turns** of a slice the isolate looks at both: after [`RAN`] it wakes the tasks that
//!    [wait for the platform](crate::TaskControl::waits_for_platform), after [`READY`] one that has begun, since the one
//!    that the attendant woke may have ended.
//!
//! When nothing is in flight, the tasks stay where they are until the next turn: an idle isolate is not woken for its
//! garbage collector. A task that begins after (2) found nobody sees [`READY`] in its first turn: it registers under the
//! mutex that (2) looks under.
//!
//! A queue belongs to its isolate. V8 names isolates by their address, which may be used again, so the registry forgets
//! the address before the isolate is disposed, and what is posted for an unknown address is dropped, as is what is posted
//! for an isolate that takes no more turns, and what goes beyond [`MAX_TASKS`].

use std::cell::RefCell;
use std::collections::{BTreeMap, VecDeque};
use std::ffi::c_void;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicU8, Ordering};
use std::sync::mpsc::{Sender, channel};
use std::sync::{Arc, OnceLock, Weak};
use std::task::Wake;
use std::time::{Duration, Instant};

use parking_lot::{Mutex, RwLock};
use rustc_hash::FxHashMap;

use crate::platform;
use crate::platform::timekeeper::Alarm;

/// More than these do not wait on one isolate. A script cannot have so many compilations under way within its limits,
/// and V8 posts each of its other tasks once at a time.
const MAX_TASKS: usize = 1 << 16;

/// Tasks are ready to be run.
const READY: u8 = 1;
/// Tasks were run since somebody was told of it.
const RAN: u8 = 2;

/// A delay that V8 asks for is no longer than this.
const LONGEST_DELAY: Duration = Duration::from_secs(365 * 24 * 3600);

/// An isolate whose turns run the tasks.
pub(crate) trait Attended: Send + Sync {
    /// Gives turns to those that want one after tasks of V8 were run, and to one for tasks that are ready.
    fn attend_foreground_tasks(&self);
}

/// The queue of one isolate. See the [module](self) documentation.
#[derive(Debug)]
pub(crate) struct ForegroundTasks {
    state: AtomicU8,
    queue: Mutex<Queue>,
    /// Whose turns run them. Not there for an isolate that nobody shares.
    isolate: OnceLock<Weak<dyn Attended>>,
}

#[derive(Default)]
struct Queue {
    ready: VecDeque<v8::Task>,
    delayed: BTreeMap<(Instant, u64), Delayed>,
    next: u64,
    alarm: Option<Alarm>,
    closed: bool,
}

struct Delayed {
    task: v8::Task,
    /// Posted as one that must not run inside of another. Of V8's delayed tasks only those are for scripts, besides some
    /// that the garbage collector wants done within 10 ms.
    non_nestable: bool,
}

static REGISTRY: OnceLock<RwLock<FxHashMap<usize, Arc<ForegroundTasks>>>> = OnceLock::new();

thread_local! {
    /// The queue of the isolate that this thread is creating, whose address is not known yet.
    static CREATING: RefCell<Option<Arc<ForegroundTasks>>> = const { RefCell::new(None) };
}

fn registry() -> &'static RwLock<FxHashMap<usize, Arc<ForegroundTasks>>> {
    REGISTRY.get_or_init(RwLock::default)
}

/// Receives V8's foreground tasks for all isolates.
pub(crate) struct TaskReceiver;

impl v8::PlatformImpl for TaskReceiver {
    fn post_task(&self, isolate: *mut c_void, task: v8::Task) {
        post(isolate, task, None, false);
    }

    fn post_non_nestable_task(&self, isolate: *mut c_void, task: v8::Task) {
        // Tasks are never nested.
        post(isolate, task, None, true);
    }

    fn post_delayed_task(&self, isolate: *mut c_void, task: v8::Task, delay_in_seconds: f64) {
        post(isolate, task, Some(delay_in_seconds), false);
    }

    fn post_non_nestable_delayed_task(&self, isolate: *mut c_void, task: v8::Task, delay_in_seconds: f64) {
        post(isolate, task, Some(delay_in_seconds), true);
    }

    /// V8 was told that there are none.
    fn post_idle_task(&self, _isolate: *mut c_void, _task: v8::IdleTask) {}
}

fn post(isolate: *mut c_void, task: v8::Task, delay: Option<f64>, non_nestable: bool) {
    let address = isolate.addr();
    let known = registry().read().get(&address).cloned();
    let tasks = known.or_else(|| {
        let creating = CREATING.with_borrow(Clone::clone)?;
        registry().write().insert(address, Arc::clone(&creating));
        Some(creating)
    });
    if let Some(tasks) = tasks {
        tasks.push(task, delay, non_nestable);
    }
}

/// The queue of an isolate that the calling thread is about to create: what is posted for an address that nobody knows
/// goes there.
pub(crate) struct NewQueue(Arc<ForegroundTasks>);

impl NewQueue {
    pub(crate) fn new() -> Self {
        attendant();
        let tasks = Arc::new(ForegroundTasks {
            state: AtomicU8::new(0),
            queue: Mutex::default(),
            isolate: OnceLock::new(),
        });
        CREATING.set(Some(Arc::clone(&tasks)));
        Self(tasks)
    }

    /// The isolate has been created, and has this address.
    pub(crate) fn of_isolate_at(self, address: usize) -> ForegroundTasksOwner {
        registry().write().insert(address, Arc::clone(&self.0));
        ForegroundTasksOwner { address, tasks: Arc::clone(&self.0) }
    }
}

impl Drop for NewQueue {
    fn drop(&mut self) {
        CREATING.set(None);
    }
}

/// Ends the queue when it is dropped, which must be before the isolate is disposed.
#[derive(Debug)]
pub(crate) struct ForegroundTasksOwner {
    address: usize,
    tasks: Arc<ForegroundTasks>,
}

impl ForegroundTasksOwner {
    pub(crate) fn tasks(&self) -> &Arc<ForegroundTasks> {
        &self.tasks
    }
}

impl Drop for ForegroundTasksOwner {
    fn drop(&mut self) {
        registry().write().remove(&self.address);
        self.tasks.close();
        let left = {
            let mut queue = self.tasks.queue.lock();
            (std::mem::take(&mut queue.ready), std::mem::take(&mut queue.delayed))
        };
        drop(left);
    }
}

impl ForegroundTasks {
    /// `isolate` is whose turns run the tasks from now on.
    pub(crate) fn attach(&self, isolate: Weak<dyn Attended>) {
        let _attached_once = self.isolate.set(isolate);
    }

    /// Takes no more tasks: no turn will run them. Those that wait go with the isolate.
    pub(crate) fn close(&self) {
        let alarm = {
            let mut queue = self.queue.lock();
            queue.closed = true;
            queue.alarm.take()
        };
        drop(alarm);
    }

    fn push(self: &Arc<Self>, task: v8::Task, delay: Option<f64>, non_nestable: bool) {
        let mut queue = self.queue.lock();
        if queue.closed || queue.ready.len() + queue.delayed.len() >= MAX_TASKS {
            drop(queue);
            drop(task);
            return;
        }
        let attend = match delay {
            None => {
                queue.ready.push_back(task);
                self.state.fetch_or(READY, Ordering::SeqCst) & READY == 0
            }
            Some(seconds) => {
                let delay = Duration::try_from_secs_f64(seconds).unwrap_or(LONGEST_DELAY).min(LONGEST_DELAY);
                let key = (Instant::now() + delay, queue.next);
                queue.next += 1;
                queue.delayed.insert(key, Delayed { task, non_nestable });
                queue.delayed.first_key_value().is_some_and(|(first, _)| *first == key)
            }
        };
        drop(queue);
        if attend {
            self.hand_to_attendant();
        }
    }

    fn hand_to_attendant(self: &Arc<Self>) {
        if attendant().send(Arc::clone(self)).is_err() {
            tracing::error!("the attendant of V8's tasks is gone");
        }
    }

    /// On the attendant's thread: see to what has become ready, and to the next alarm.
    fn attend(self: &Arc<Self>) {
        let alarm = {
            let mut queue = self.queue.lock();
            if queue.closed {
                return;
            }
            if queue.take_due(Instant::now()) {
                self.state.fetch_or(READY, Ordering::SeqCst);
            }
            match queue.delayed.first_key_value().map(|((at, _), _)| *at) {
                Some(at) if queue.alarm.as_ref().is_none_or(|alarm| alarm.at() != at) => {
                    queue.alarm.replace(Alarm::set(at, Arc::clone(self).into()))
                }
                Some(_) => None,
                None => queue.alarm.take(),
            }
        };
        drop(alarm);
        if let Some(isolate) = self.isolate.get().and_then(Weak::upgrade) {
            isolate.attend_foreground_tasks();
        }
    }

    /// Runs what is ready on the isolate, which the calling thread has locked and entered without JavaScript on its
    /// stack; not more once `stop` holds. Returns whether anything was run.
    pub(crate) fn run(&self, stop: impl Fn() -> bool) -> bool {
        if self.state.load(Ordering::Relaxed) & READY == 0 {
            return false;
        }
        let mut tasks = {
            let mut queue = self.queue.lock();
            self.state.fetch_and(!READY, Ordering::SeqCst);
            queue.take_due(Instant::now());
            std::mem::take(&mut queue.ready)
        };
        let mut ran = false;
        while let Some(task) = tasks.pop_front() {
            ran = true;
            task.run();
            if stop() {
                break;
            }
        }
        if !tasks.is_empty() {
            let mut queue = self.queue.lock();
            tasks.append(&mut queue.ready);
            queue.ready = tasks;
            self.state.fetch_or(READY, Ordering::SeqCst);
        }
        if ran {
            self.state.fetch_or(RAN, Ordering::SeqCst);
        }
        ran
    }

    /// Whether there is something to do after turns: tasks were run, or are ready. See [`take_state`](Self::take_state).
    pub(crate) fn is_eventful(&self) -> bool {
        self.state.load(Ordering::Relaxed) != 0
    }

    /// Whether tasks were run since the last call, and whether some are ready.
    pub(crate) fn take_state(&self) -> TasksState {
        let state = self.state.fetch_and(!RAN, Ordering::SeqCst);
        TasksState { ran: state & RAN != 0, ready: state & READY != 0 }
    }

    /// Whether tasks are ready, or will be at a certain time, that a script may be waiting for.
    pub(crate) fn is_expected(&self) -> bool {
        let queue = self.queue.lock();
        !queue.ready.is_empty() || queue.delayed.values().any(|delayed| delayed.non_nestable)
    }
}

/// See [`ForegroundTasks::take_state`].
#[derive(Clone, Copy, Debug)]
pub(crate) struct TasksState {
    pub(crate) ran: bool,
    pub(crate) ready: bool,
}

impl Queue {
    /// Moves what is due to the tasks that are ready. Returns whether there was anything.
    fn take_due(&mut self, now: Instant) -> bool {
        let mut any = false;
        while let Some(first) = self.delayed.first_entry().filter(|first| first.key().0 <= now) {
            self.ready.push_back(first.remove().task);
            any = true;
        }
        any
    }
}

/// The alarm of a delayed task rings, on the timekeeper.
impl Wake for ForegroundTasks {
    fn wake(self: Arc<Self>) {
        self.hand_to_attendant();
    }
}

/// The way to the attendant, which is started by the first isolate.
fn attendant() -> &'static Sender<Arc<ForegroundTasks>> {
    static ATTENDANT: OnceLock<Sender<Arc<ForegroundTasks>>> = OnceLock::new();
    ATTENDANT.get_or_init(|| {
        let (sender, receiver) = channel::<Arc<ForegroundTasks>>();
        platform::initialize().spawn("v8-tasks", move || {
            for tasks in receiver {
                // What is woken may tell the loss of an isolate, which is others' code.
                if catch_unwind(AssertUnwindSafe(|| tasks.attend())).is_err() {
                    tracing::error!("panic while a task of V8 was attended to");
                }
            }
        });
        sender
    })
}

impl std::fmt::Debug for Queue {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Queue")
            .field("ready", &self.ready.len())
            .field("delayed", &self.delayed.len())
            .field("closed", &self.closed)
            .finish_non_exhaustive()
    }
}
