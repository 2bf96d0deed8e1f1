//! Tasks bound to an isolate.

use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Weak};
use std::task::{Context, Poll, Wake, Waker};
use std::time::{Duration, Instant};

use parking_lot::Mutex;

use crate::platform::timekeeper::{Leftover, Ring};
use crate::turns::task_state::TaskState;
use crate::turns::turn::Turn;
use crate::turns::turn_waits::QueuedAt;

/// Work on an isolate that proceeds in turns.
///
/// Each call of [`poll_turn`](Self::poll_turn) is one turn: it happens on an isolate thread that has locked and
/// entered the isolate, and when it returns the lock goes, at once or after the turns of tasks that were ready behind it.
/// A task that returns [`Poll::Pending`] must have arranged for its waker to be called.
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

    /// Whether the task waits for something that V8 does by itself, and so wants another turn whenever tasks of V8 were
    /// run on the isolate, in whosever turn. Cheap, and calls nothing.
    fn waits_for_platform(&self) -> bool {
        true
    }

    /// The deadline of its [`budget`](Self::budget) has passed while the task waits for a turn: whoever waits for the
    /// task can be told. It still has its turn, to clear away. Called on a thread of its own that may not use V8,
    /// possibly more than once, and possibly while a turn is just beginning.
    fn overdue(&self) {}

    /// The task has taken its last turn, by returning [`Poll::Ready`]; the isolate is unlocked, measured and, if it has to
    /// be, condemned. This is where the use of the isolate ends. Also called after [`lost`](Self::lost), if a turn was
    /// under way.
    fn finished(&self) {}

    /// The task will never be polled again: whoever waits for it must be told. Called at most once, from any
    /// thread that is not itself taking a turn, when the isolate takes no more turns; possibly while a turn of the task is
    /// stuck in JavaScript or is about to return [`Poll::Ready`]; it must not touch the isolate.
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
    /// Its own turn was interrupted and did not come back: it does not react, or is out of memory inside V8.
    /// Also how [`TurnIsolate::with_lock_async`] reports an interruption that had its effect.
    Stuck(Interruption),
    /// Its isolate was condemned because of a memory limit.
    Memory,
    /// Its isolate was condemned for another reason.
    Condemned,
    /// Its own turn panicked.
    Panicked,
}

/// The isolate of a task: where it queues for its turns.
pub(crate) trait Requeue: Send + Sync {
    /// Queues the next turn of `task`, which counts as queued, and runs no foreign code. Returns itself.
    fn requeue(self: Arc<Self>, task: Arc<TaskCell>) -> Leftover;
}

/// A spawned task: the waker of its own turns. [`TaskState`] decides who queues it.
pub(crate) struct TaskCell {
    state: TaskState,
    /// Whether it has had a turn. Written by whoever has the turn.
    begun: AtomicBool,
    queued_at: QueuedAt,
    isolate: Weak<dyn Requeue>,
    /// Empty while the task is polled, so that no lock is held meanwhile, and after its end.
    task: Mutex<Option<Box<dyn IsolateTask>>>,
    control: Arc<dyn TaskControl>,
}

impl TaskCell {
    /// A task that counts as queued; the caller queues it.
    pub(crate) fn new(
        isolate: Weak<dyn Requeue>,
        task: Box<dyn IsolateTask>,
        control: Arc<dyn TaskControl>,
    ) -> Arc<Self> {
        Arc::new(Self {
            state: TaskState::queued(),
            begun: AtomicBool::new(false),
            queued_at: QueuedAt::default(),
            isolate,
            task: Mutex::new(Some(task)),
            control,
        })
    }

    pub(crate) fn control(&self) -> &Arc<dyn TaskControl> {
        &self.control
    }

    /// When it was queued, if it is timed.
    pub(crate) fn queued_at(&self) -> &QueuedAt {
        &self.queued_at
    }

    /// To be called before a turn. Returns whether it is the first.
    pub(crate) fn begins(&self) -> bool {
        let first = !self.begun.load(Ordering::Relaxed);
        self.begun.store(true, Ordering::Relaxed);
        first
    }

    /// Takes one turn. Returns whether the task goes on.
    pub(crate) fn run(self: &Arc<Self>, turn: &mut Turn<'_>) -> bool {
        let Some(mut task) = self.task.lock().take() else { return false };
        if !self.state.start() {
            return false;
        }
        let waker = Waker::from(Arc::clone(self));
        if task.poll_turn(turn, &mut Context::from_waker(&waker)).is_ready() {
            self.state.end();
            return false;
        }
        *self.task.lock() = Some(task);
        if self.state.has_ended() {
            // Lost while it ran. `lose` may have looked for the task before it was put back, and a task may
            // hold its own waker, which would keep it alive for good.
            let task = self.task.lock().take();
            drop(task);
            return false;
        }
        true
    }

    /// After a turn that goes on: whether the task was woken meanwhile and has to be queued again.
    pub(crate) fn settle(&self) -> bool {
        self.state.settle()
    }

    /// Ends the task without another turn and reports the loss. Does not panic, whatever the task does.
    pub(crate) fn lose(&self, loss: Loss) {
        if !self.state.end() {
            return;
        }
        let task = self.task.lock().take();
        for part in [
            catch_unwind(AssertUnwindSafe(|| self.control.lost(loss))),
            catch_unwind(AssertUnwindSafe(|| drop(task))),
        ] {
            if part.is_err() {
                tracing::error!(?loss, "a task panicked when it was told of its loss");
            }
        }
    }
}

impl Ring for TaskCell {
    fn ring(self: Arc<Self>) -> Option<Leftover> {
        if !self.state.wake() {
            return None;
        }
        let isolate = self.isolate.upgrade()?;
        Some(isolate.requeue(self))
    }
}

impl Wake for TaskCell {
    fn wake(self: Arc<Self>) {
        drop(self.ring());
    }
}

impl fmt::Debug for TaskCell {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TaskCell").field("state", &self.state).finish_non_exhaustive()
    }
}
