//! Tasks bound to an isolate.

use std::fmt;
use std::sync::atomic::{AtomicU8, Ordering};
use std::sync::{Arc, Weak};
use std::task::{Context, Poll, Wake, Waker};
use std::time::{Duration, Instant};

use parking_lot::Mutex;

use crate::turn::Turn;
use crate::turn_isolate::TurnIsolate;

/// Work on an isolate that proceeds in turns.
///
/// Each call of [`poll_turn`](Self::poll_turn) is one turn: it happens on an isolate thread that has locked and
/// entered the isolate, and the lock goes when it returns. A task that returns [`Poll::Pending`] must have
/// arranged for its waker to be called.
pub trait IsolateTask: Send + 'static {
    /// Takes one turn.
    fn poll_turn(&mut self, turn: &mut Turn<'_>, context: &mut Context<'_>) -> Poll<()>;
}

/// The part of a task that others may use at any time, without the isolate.
pub trait TaskControl: Send + Sync + 'static {
    /// What the next turn may use.
    fn budget(&self) -> TurnBudget;

    /// A turn has used this much CPU time.
    fn charge(&self, cpu: Duration);

    /// The task will never be polled again: whoever waits for it must be told. Called at most once, from any
    /// thread, possibly while a turn of the task is stuck in JavaScript; it must not touch the isolate.
    fn lost(&self, loss: Loss);
}

/// How long a turn may last.
#[derive(Clone, Copy, Debug)]
pub struct TurnBudget {
    /// CPU time.
    pub cpu: Duration,
    /// The end of its wall clock time.
    pub deadline: Option<Instant>,
}

/// Why a turn was interrupted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Interruption {
    /// Its CPU time was used up.
    CpuTime,
    /// Its deadline has passed.
    WallClock,
    /// A memory limit was hit.
    Memory,
}

/// Why a task was lost.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Loss {
    /// Its own turn did not come back: interrupted without effect, or out of memory inside V8.
    Stuck(Interruption),
    /// Its isolate was condemned because of a memory limit.
    Memory,
    /// Its isolate was condemned for another reason.
    Condemned,
    /// Its own turn panicked.
    Panicked,
}

const IDLE: u8 = 0;
const QUEUED: u8 = 1;
const RUNNING: u8 = 2;
const RUNNING_AND_WOKEN: u8 = 3;
const DONE: u8 = 4;

/// A spawned task: the waker of its own turns.
///
/// `state` decides who queues it: a wake moves `IDLE → QUEUED` and pushes the task to its isolate's queue, or
/// `RUNNING → RUNNING_AND_WOKEN`, upon which the thread that runs the turn pushes it again. So a task is in the
/// queue at most once.
pub(crate) struct TaskCell {
    state: AtomicU8,
    isolate: Weak<TurnIsolate>,
    /// Empty while the task is polled, so that no lock is held meanwhile, and after its end.
    task: Mutex<Option<Box<dyn IsolateTask>>>,
    control: Arc<dyn TaskControl>,
}

impl TaskCell {
    /// A task that counts as queued; the caller queues it.
    pub(crate) fn new(
        isolate: &Arc<TurnIsolate>,
        task: Box<dyn IsolateTask>,
        control: Arc<dyn TaskControl>,
    ) -> Arc<Self> {
        Arc::new(Self {
            state: AtomicU8::new(QUEUED),
            isolate: Arc::downgrade(isolate),
            task: Mutex::new(Some(task)),
            control,
        })
    }

    pub(crate) fn control(&self) -> &Arc<dyn TaskControl> {
        &self.control
    }

    /// Takes one turn. Returns whether the task goes on.
    pub(crate) fn run(self: &Arc<Self>, turn: &mut Turn<'_>) -> bool {
        let Some(mut task) = self.task.lock().take() else { return false };
        if self.state.compare_exchange(QUEUED, RUNNING, Ordering::AcqRel, Ordering::Acquire).is_err() {
            return false;
        }
        let waker = Waker::from(Arc::clone(self));
        if task.poll_turn(turn, &mut Context::from_waker(&waker)).is_ready() {
            self.state.store(DONE, Ordering::Release);
            return false;
        }
        *self.task.lock() = Some(task);
        true
    }

    /// After a turn that goes on: whether the task was woken meanwhile and has to be queued again.
    pub(crate) fn settle(&self) -> bool {
        match self.state.compare_exchange(RUNNING, IDLE, Ordering::AcqRel, Ordering::Acquire) {
            Ok(_) => false,
            Err(RUNNING_AND_WOKEN) => {
                self.state.store(QUEUED, Ordering::Release);
                true
            }
            Err(_) => false,
        }
    }

    /// Ends the task without another turn and reports the loss.
    pub(crate) fn lose(&self, loss: Loss) {
        if self.state.swap(DONE, Ordering::AcqRel) != DONE {
            let task = self.task.lock().take();
            self.control.lost(loss);
            drop(task);
        }
    }
}

impl Wake for TaskCell {
    fn wake(self: Arc<Self>) {
        let queued = self.state.fetch_update(Ordering::AcqRel, Ordering::Acquire, |state| match state {
            IDLE => Some(QUEUED),
            RUNNING => Some(RUNNING_AND_WOKEN),
            _ => None,
        });
        if queued == Ok(IDLE)
            && let Some(isolate) = self.isolate.upgrade()
        {
            isolate.push(self);
        }
    }
}

impl fmt::Debug for TaskCell {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TaskCell").field("state", &self.state).finish_non_exhaustive()
    }
}
