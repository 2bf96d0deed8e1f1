//! An isolate and the turns that are to be taken on it.
//!
//! # Giving it up
//! An isolate is condemned in two steps:
//!
//! 1. Its queue is closed, at once. From then on nobody takes a turn; so whoever hears of the loss, or of the end of the
//!    turn that led to it, cannot come back to this isolate.
//! 2. Its tasks are told their loss, and its waiters woken. They run foreign code, which gives leases back and may go on
//!    with other requests on this very thread; so never while the thread has an isolate locked: what is to be told
//!    during a turn goes the way of the [wake-ups](crate::turns::outbox), to be told after it, or by the
//!    [teller](crate::teller) if the turn lasts, panics or never ends.
//!
//! Closing takes the tasks out of the isolate, for the one who closed it to tell: those that have begun out of the map,
//! the others out of the queue. A task that is spawned, or begins, and finds the isolate condemned is told by whoever
//! spawned or began it.

use std::collections::VecDeque;
use std::fmt;
use std::future::Future;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, OnceLock};
use std::task::{Wake, Waker};

use parking_lot::Mutex;
use rustc_hash::FxHashMap;

use crate::isolates::locker_managed_isolate::{IsolateLock, LockerManagedIsolate, ManagedIsolate};
use crate::memory::check;
use crate::memory::gauges::Gauges;
use crate::native::{EnteredIsolate, LostTurn, SharedV8Isolate};
use crate::platform::foreground_tasks::{Attended, TasksState};
use crate::platform::timekeeper::Leftover;
use crate::threads::access::{self, IsolateAccess};
use crate::threads::deadlines::DeadlineWatch;
use crate::threads::idle;
use crate::threads::slice;
use crate::threads::{IsolateThreads, Shared, this_thread};
use crate::turns::conduct::Conduct;
use crate::turns::finished_code::FinishedCode;
use crate::turns::task::{Interruption, IsolateTask, Loss, Requeue, TaskCell, TaskControl};
use crate::turns::turn_queue::{Closed, Next, Schedule, TurnQueue, TurnWait};

/// A [`LockerManagedIsolate`] with its queue of turns, on a set of [`IsolateThreads`].
///
/// This is how an isolate is shared: tasks are [spawned](Self::spawn) on it and proceed one turn at a time, first
/// come, first served; nobody ever waits for the `v8::Locker` itself.
pub struct TurnIsolate {
    isolate: LockerManagedIsolate,
    threads: Arc<Shared>,
    queue: TurnQueue<Arc<TaskCell>>,
    /// The tasks that have begun and not ended, to be told when the isolate is condemned. By address. Those that have
    /// not begun are in the queue.
    tasks: Mutex<FxHashMap<usize, Arc<TaskCell>>>,
    /// What had a turn under the lock of V8 that is held now or was held last, until it is settled.
    ended_turns: Mutex<VecDeque<(Arc<TaskCell>, AfterTurn)>>,
    condemned: OnceLock<Loss>,
    lost_thread: AtomicBool,
    /// What it keeps, once its thread was parked.
    lost_memory: OnceLock<usize>,
    gauges: Gauges,
    conduct: Conduct,
    finished_code: FinishedCode,
    deadline_watch: DeadlineWatch,
}

/// A growth by less is not worth a collection, in bytes.
const GARBAGE_GRAIN: usize = 1 << 20;

/// How a task stands after a turn.
#[derive(Clone, Copy, Debug)]
pub(crate) enum AfterTurn {
    GoesOn,
    Finished,
    Panicked,
    /// It had no turn any more.
    Lost(Loss),
}

impl TurnIsolate {
    /// Puts `isolate` on `threads`.
    pub fn new(isolate: LockerManagedIsolate, threads: &IsolateThreads) -> Arc<Self> {
        let isolate = Arc::new(Self {
            isolate,
            threads: Arc::clone(threads.shared()),
            queue: TurnQueue::new(),
            tasks: Mutex::default(),
            ended_turns: Mutex::default(),
            condemned: OnceLock::new(),
            lost_thread: AtomicBool::new(false),
            lost_memory: OnceLock::new(),
            gauges: Gauges::default(),
            conduct: Conduct::default(),
            finished_code: FinishedCode::default(),
            deadline_watch: DeadlineWatch::default(),
        });
        let attended = Arc::downgrade(&isolate);
        isolate.isolate.foreground_tasks().attach(attended);
        isolate
    }

    /// The isolate without its lock, which only a turn has.
    pub fn managed(&self) -> &ManagedIsolate {
        &self.isolate
    }

    /// Locks the isolate: for whoever has the turn.
    pub(crate) fn lock(&self) -> IsolateLock<'_> {
        self.isolate.lock()
    }

    /// Queues the first turn of `task`. `control` is how others reach it: its limits, and its loss.
    ///
    /// If the isolate is condemned, now or later, `control` is told and the task is dropped.
    pub fn spawn(self: &Arc<Self>, task: Box<dyn IsolateTask>, control: Arc<dyn TaskControl>) {
        let isolate = Arc::downgrade(self);
        self.push(TaskCell::new(isolate, task, control));
    }

    /// Calls `f` with the locked isolate on the **calling** thread, once it is this caller's turn.
    ///
    /// No time limit is enforced, an endless `f` keeps the isolate, and when V8 runs out of memory the calling
    /// thread is parked for ever. The thread must be one that may use V8 (see [`platform`](crate::platform)) and
    /// have no other isolate entered.
    ///
    /// An `f` that panics or hits the heap limit condemns the isolate, as a task would.
    ///
    /// # Errors
    /// [`Closed`] if the isolate has been condemned.
    ///
    /// # Panics
    /// If the thread has an isolate entered, or `f` panics.
    pub async fn with_lock<R>(
        self: &Arc<Self>,
        f: impl FnOnce(&mut EnteredIsolate) -> R,
    ) -> Result<R, Closed> {
        let _turn = TurnWait::new(Arc::clone(self)).await?;
        let _parkable = this_thread::on_callers_thread(self);
        let condemn_on_panic = CondemnOnPanic(self);
        let mut lock = self.isolate.lock();
        lock.inner().cancel_terminate_execution();
        let heap = self.isolate.heap_state();
        let result = {
            let _inside = heap.inside_v8();
            f(&mut lock)
        };
        let look = check::look(lock.inner(), heap);
        self.gauges.set_heap(look.held);
        let exceeded = look.exceeded || self.isolate.memory_limit_hit();
        if exceeded {
            slice::discard_microtasks(lock.inner());
        }
        drop(lock);
        std::mem::forget(condemn_on_panic);
        if exceeded {
            self.condemn(Loss::Memory);
        }
        Ok(result)
    }

    /// Runs the future that `start` makes on isolate threads, with the isolate locked around every poll and not
    /// in between. The future reaches the isolate through the [`IsolateAccess`] it was made with. The limits of
    /// the isolate apply to it.
    ///
    /// What this returns is `Send` and borrows nothing; dropping it drops the future that `start` made. It does
    /// not keep the isolate: when the last reference to that goes, the future is lost.
    ///
    /// # Errors
    /// The [`Loss`], if a limit was exceeded, the isolate was condemned or the future panicked.
    pub fn with_lock_async<S, F, R>(
        self: &Arc<Self>,
        start: S,
    ) -> impl Future<Output = Result<R, Loss>> + Send + use<S, F, R>
    where
        S: FnOnce(IsolateAccess) -> F + Send + 'static,
        F: Future<Output = R> + Send + 'static,
        R: Send + 'static,
    {
        access::run(self, start)
    }

    /// Collects the isolate's garbage on an isolate thread, once it has a turn, and calls `done`; does not collect if
    /// somebody else waits for the isolate then. An isolate that holds more than its limits allow afterwards is given up.
    ///
    /// `done` is called in any case, by an isolate thread or whoever gives the isolate up. It must not block.
    pub fn collect_if_idle(self: &Arc<Self>, done: impl FnOnce() + Send + 'static) {
        idle::collect(self, Box::new(done));
    }

    /// Gives the isolate up: no turn is taken on it any more, and all of its tasks are told `loss`; after the turn, if
    /// the calling thread is taking one, of whatever isolate.
    pub fn condemn(&self, loss: Loss) {
        if let Some(losses) = self.close(loss) {
            losses.tell();
        }
    }

    /// Gives the isolate up because of a turn of `task`, which is told a loss of its own, by this thread.
    fn condemn_because_of(&self, task: &TaskCell, own: Loss, loss: Loss) {
        let others = self.close(loss);
        task.lose(own);
        if let Some(others) = others {
            others.tell();
        }
    }

    /// Takes no more turns, because one does not come back, for `reason`, with its thread. Runs no foreign code.
    pub(crate) fn close_with_thread(&self, reason: Interruption) -> Option<Losses> {
        self.lost_thread.store(true, Ordering::Relaxed);
        self.close(match reason {
            Interruption::Memory => Loss::Memory,
            Interruption::CpuTime | Interruption::WallClock => Loss::Condemned,
        })
    }

    /// The rest of it: tells `task`, whose turn it was, and the others.
    pub(crate) fn tell_with_thread(
        self: &Arc<Self>,
        task: &TaskCell,
        reason: Interruption,
        others: Option<Losses>,
    ) {
        task.lose(Loss::Stuck(reason));
        others.into_iter().for_each(Losses::tell);
        self.settle_ended_turns();
    }

    /// Takes no more turns. Returns who has to be told of that, unless it has been decided before.
    fn close(&self, loss: Loss) -> Option<Losses> {
        self.condemned.set(loss).ok()?;
        self.isolate.foreground_tasks().close();
        let (mut tasks, waiters) = self.queue.close();
        tasks.extend(std::mem::take(&mut *self.tasks.lock()).into_values());
        Some(Losses { tasks, waiters, loss })
    }

    /// Whether the isolate has been given up, and why.
    pub fn condemned(&self) -> Option<Loss> {
        self.condemned.get().copied()
    }

    /// Whether a thread was given up with it. Its memory is not free before that thread comes back, if it ever does.
    pub fn has_lost_its_thread(&self) -> bool {
        self.lost_thread.load(Ordering::Relaxed)
    }

    /// How much memory is lost with it for good, in bytes: its heap, and what could not be given back of its buffers.
    /// Known a moment after its thread was parked; `None` if that has not happened.
    pub fn lost_memory(&self) -> Option<usize> {
        self.lost_memory.get().copied()
    }

    /// How many turns wait.
    pub fn waiting(&self) -> usize {
        self.queue.len()
    }

    /// How many turns have been taken.
    pub fn turns(&self) -> u64 {
        self.gauges.turns()
    }

    /// The size of its heap and of the buffers outside of it, in bytes, as measured at the end of some earlier turn.
    pub fn heap_size(&self) -> usize {
        self.gauges.heap()
    }

    /// Whether it holds so much more than after the last [idle collection](Self::collect_if_idle) that another may be
    /// worth it.
    pub fn may_have_garbage(&self) -> bool {
        self.gauges.heap() > self.gauges.collected().saturating_add(GARBAGE_GRAIN)
    }

    pub(crate) fn gauges(&self) -> &Gauges {
        &self.gauges
    }

    pub(crate) fn conduct(&self) -> &Conduct {
        &self.conduct
    }

    pub(crate) fn finished_code(&self) -> &FinishedCode {
        &self.finished_code
    }

    pub(crate) fn deadline_watch(&self) -> &DeadlineWatch {
        &self.deadline_watch
    }

    pub(crate) fn queue(&self) -> &TurnQueue<Arc<TaskCell>> {
        &self.queue
    }

    pub(crate) fn threads(&self) -> &Arc<Shared> {
        &self.threads
    }

    /// Queues the next turn of a task that counts as queued.
    pub(crate) fn push(self: &Arc<Self>, task: Arc<TaskCell>) {
        task.queued_at().queue();
        match self.queue.push_job(task) {
            Ok(next) => {
                self.carry_out(next);
                self.deadline_watch.watch(self);
            }
            Err(task) => {
                self.tasks.lock().remove(&key(&task));
                let loss = self.condemned().unwrap_or(Loss::Condemned);
                Losses { tasks: vec![task], waiters: Vec::new(), loss }.tell();
            }
        }
    }

    /// To be called before a turn of `task`, which is not in the queue any more: from now on a condemnation finds it.
    pub(crate) fn register(&self, task: &Arc<TaskCell>) -> Result<(), Loss> {
        if task.begins() {
            self.tasks.lock().insert(key(task), Arc::clone(task));
        }
        match self.condemned() {
            None => Ok(()),
            // The condemnation may have come before.
            Some(loss) => Err(loss),
        }
    }

    /// A turn of `task` has ended; V8 is still locked.
    pub(crate) fn turn_ended(&self, task: Arc<TaskCell>, after: AfterTurn) {
        self.ended_turns.lock().push_back((task, after));
    }

    /// After turns, with V8 unlocked: settles the tasks and gives the turn to the next in the queue. Returns whether the
    /// caller has to schedule the isolate again.
    pub(crate) fn settle(self: &Arc<Self>) -> bool {
        if self.isolate.memory_limit_hit() {
            self.condemn(Loss::Memory);
        }
        self.settle_ended_turns();
        if self.isolate.foreground_tasks().is_eventful() {
            self.attend_foreground_tasks();
        }
        match self.queue.release() {
            Next::Schedule => true,
            next => {
                self.carry_out(next);
                false
            }
        }
    }

    fn settle_ended_turns(self: &Arc<Self>) {
        while let Some((task, after)) = self.take_ended_turn() {
            self.settle_task(&task, after);
        }
    }

    fn take_ended_turn(&self) -> Option<(Arc<TaskCell>, AfterTurn)> {
        self.ended_turns.lock().pop_front()
    }

    /// A task that goes on queues behind the others if it was woken meanwhile.
    fn settle_task(self: &Arc<Self>, task: &Arc<TaskCell>, after: AfterTurn) {
        if !matches!(after, AfterTurn::GoesOn) {
            self.tasks.lock().remove(&key(task));
        }
        match after {
            AfterTurn::GoesOn => {
                if task.settle() {
                    self.push(Arc::clone(task));
                }
            }
            AfterTurn::Finished => {
                if catch_unwind(AssertUnwindSafe(|| task.control().finished())).is_err() {
                    tracing::error!(isolate = %self.isolate.id(), "panic after a turn");
                    self.condemn(Loss::Condemned);
                }
            }
            AfterTurn::Panicked => self.condemn_because_of(task, Loss::Panicked, Loss::Condemned),
            AfterTurn::Lost(loss) => task.lose(loss),
        }
    }
}

impl Attended for TurnIsolate {
    fn attend_foreground_tasks(&self) {
        let TasksState { ran, ready } = self.isolate.foreground_tasks().take_state();
        let mut wants_one = ready;
        let to_wake: Vec<_> = {
            let tasks = self.tasks.lock();
            let wanted = |task: &&Arc<TaskCell>| {
                std::mem::take(&mut wants_one) || (ran && task.control().waits_for_platform())
            };
            tasks.values().filter(wanted).cloned().collect()
        };
        to_wake.into_iter().for_each(Wake::wake);
    }
}

impl Requeue for TurnIsolate {
    fn requeue(self: Arc<Self>, task: Arc<TaskCell>) -> Leftover {
        self.push(task);
        self
    }
}

impl LostTurn for TurnIsolate {
    fn isolate(&self) -> &SharedV8Isolate {
        self.isolate.shared()
    }

    fn has_lost_memory(&self, bytes: usize) {
        let _parked_once = self.lost_memory.set(bytes);
    }
}

impl Drop for TurnIsolate {
    /// Nobody can wake the tasks that still wait: whoever waits for them is told.
    fn drop(&mut self) {
        let tasks = std::mem::take(self.tasks.get_mut()).into_values().collect();
        let loss = self.condemned().unwrap_or(Loss::Condemned);
        Losses { tasks, waiters: Vec::new(), loss }.tell();
    }
}

/// Who has to be told that an isolate takes no more turns.
#[must_use]
pub(crate) struct Losses {
    tasks: Vec<Arc<TaskCell>>,
    waiters: Vec<Waker>,
    loss: Loss,
}

impl Losses {
    /// Tells them, when the calling thread has no isolate locked; the timekeeper has them told.
    pub(crate) fn tell(self) {
        let Self { tasks, waiters, loss } = self;
        if !tasks.is_empty() {
            this_thread::wake_after_turn(Arc::new(LostTasks { tasks, loss }).into());
        }
        waiters.into_iter().for_each(this_thread::wake_after_turn);
    }
}

/// The tasks of an isolate that was given up. Waking them tells them.
struct LostTasks {
    tasks: Vec<Arc<TaskCell>>,
    loss: Loss,
}

impl Wake for LostTasks {
    fn wake(self: Arc<Self>) {
        for task in &self.tasks {
            task.lose(self.loss);
        }
    }
}

fn key(task: &Arc<TaskCell>) -> usize {
    Arc::as_ptr(task).addr()
}

/// Condemns the isolate when it is dropped; forgotten when nothing panicked.
struct CondemnOnPanic<'a>(&'a TurnIsolate);

impl Drop for CondemnOnPanic<'_> {
    fn drop(&mut self) {
        self.0.condemn(Loss::Condemned);
    }
}

impl fmt::Debug for TurnIsolate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TurnIsolate")
            .field("isolate", &self.isolate)
            .field("condemned", &self.condemned())
            .finish_non_exhaustive()
    }
}
