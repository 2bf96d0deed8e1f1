//! An isolate and the turns that are to be taken on it.

use std::fmt;
use std::future::Future;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use parking_lot::Mutex;
use rustc_hash::FxHashMap;

use crate::access::{self, IsolateAccess};
use crate::gauges::Gauges;
use crate::locker_managed_isolate::LockerManagedIsolate;
use crate::task::{Interruption, IsolateTask, Loss, TaskCell, TaskControl};
use crate::threads::{self, IsolateThreads, Shared};
use crate::turn_queue::{Closed, Next, Schedule, TurnQueue, TurnWait};

/// A [`LockerManagedIsolate`] with its queue of turns, on a set of [`IsolateThreads`].
///
/// This is how an isolate is shared: tasks are [spawned](Self::spawn) on it and proceed one turn at a time, first
/// come, first served; nobody ever waits for the `v8::Locker` itself.
pub struct TurnIsolate {
    isolate: LockerManagedIsolate,
    threads: Arc<Shared>,
    queue: TurnQueue<Arc<TaskCell>>,
    /// The tasks that have not ended, to be told when the isolate is condemned. By address.
    tasks: Mutex<FxHashMap<usize, Arc<TaskCell>>>,
    condemned: Mutex<Option<Loss>>,
    lost_thread: AtomicBool,
    gauges: Gauges,
}

impl TurnIsolate {
    /// Puts `isolate` on `threads`.
    pub fn new(isolate: LockerManagedIsolate, threads: &IsolateThreads) -> Arc<Self> {
        Arc::new(Self {
            isolate,
            threads: Arc::clone(threads.shared()),
            queue: TurnQueue::new(),
            tasks: Mutex::default(),
            condemned: Mutex::default(),
            lost_thread: AtomicBool::new(false),
            gauges: Gauges::default(),
        })
    }

    /// The isolate itself.
    pub fn managed(&self) -> &LockerManagedIsolate {
        &self.isolate
    }

    /// Queues the first turn of `task`. `control` is how others reach it: its limits, and its loss.
    ///
    /// If the isolate is condemned, now or later, `control` is told and the task is dropped.
    pub fn spawn(self: &Arc<Self>, task: Box<dyn IsolateTask>, control: Arc<dyn TaskControl>) {
        let cell = TaskCell::new(self, task, control);
        // In the map first: a condemnation closes the queue and then empties the map, so that it finds the task
        // in the map, or the push finds the queue closed.
        self.tasks.lock().insert(key(&cell), Arc::clone(&cell));
        self.push(cell);
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
    pub async fn with_lock<R>(self: &Arc<Self>, f: impl FnOnce(&mut v8::Isolate) -> R) -> Result<R, Closed> {
        let _turn = TurnWait::new(Arc::clone(self)).await?;
        let _parkable = threads::on_callers_thread(self);
        let condemn_on_panic = CondemnOnPanic(self);
        let mut lock = self.isolate.lock();
        lock.cancel_terminate_execution();
        let result = f(&mut lock);
        if self.isolate.external_limit_exceeded(&mut lock) || self.isolate.memory_limit_hit() {
            threads::discard_microtasks(&mut lock);
            self.condemn(Loss::Memory);
        }
        drop(lock);
        std::mem::forget(condemn_on_panic);
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

    /// Gives the isolate up: no turn is taken on it any more, and all of its tasks are told `loss`.
    pub fn condemn(&self, loss: Loss) {
        if self.close(loss) {
            self.lose_tasks(loss);
        }
    }

    /// Gives the isolate up together with the thread on which a turn of `task` does not come back.
    pub(crate) fn condemn_with_thread(&self, task: &TaskCell, reason: Interruption) {
        self.lost_thread.store(true, Ordering::Relaxed);
        let loss = match reason {
            Interruption::Memory => Loss::Memory,
            Interruption::CpuTime | Interruption::WallClock => Loss::Condemned,
        };
        // Closed before anybody is told: who hears of the loss may come back at once, and must not come back to this.
        let first = self.close(loss);
        task.lose(Loss::Stuck(reason));
        if first {
            self.lose_tasks(loss);
        }
    }

    /// Takes no more turns. Returns false if that has been decided before.
    fn close(&self, loss: Loss) -> bool {
        {
            let mut condemned = self.condemned.lock();
            if condemned.is_some() {
                return false;
            }
            *condemned = Some(loss);
        }
        drop(self.queue.close());
        true
    }

    fn lose_tasks(&self, loss: Loss) {
        let tasks = std::mem::take(&mut *self.tasks.lock());
        for task in tasks.into_values() {
            task.lose(loss);
        }
    }

    /// Whether the isolate has been given up, and why.
    pub fn condemned(&self) -> Option<Loss> {
        *self.condemned.lock()
    }

    /// Whether a thread was given up with it. Its memory is not free before that thread comes back, if it ever does.
    pub fn has_lost_its_thread(&self) -> bool {
        self.lost_thread.load(Ordering::Relaxed)
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

    pub(crate) fn gauges(&self) -> &Gauges {
        &self.gauges
    }

    pub(crate) fn queue(&self) -> &TurnQueue<Arc<TaskCell>> {
        &self.queue
    }

    pub(crate) fn threads(&self) -> &Arc<Shared> {
        &self.threads
    }

    /// Queues the next turn of a task that counts as queued.
    pub(crate) fn push(self: &Arc<Self>, task: Arc<TaskCell>) {
        match self.queue.push_job(task) {
            Ok(next) => self.carry_out(next),
            Err(task) => {
                self.tasks.lock().remove(&key(&task));
                task.lose(self.condemned().unwrap_or(Loss::Condemned));
            }
        }
    }

    /// Ends a turn of `task`: gives the turn to the next in the queue, behind which the task queues again if it
    /// was woken meanwhile. Returns whether the caller has to schedule the isolate again.
    pub(crate) fn finish_turn(self: &Arc<Self>, task: &Arc<TaskCell>, goes_on: bool) -> bool {
        if !goes_on {
            self.tasks.lock().remove(&key(task));
            task.control().finished();
        } else if task.settle() {
            self.push(Arc::clone(task));
        }
        match self.queue.release() {
            Next::Schedule => true,
            next => {
                self.carry_out(next);
                false
            }
        }
    }
}

impl Drop for TurnIsolate {
    /// Nobody can wake the tasks that still wait: whoever waits for them is told.
    fn drop(&mut self) {
        self.lose_tasks(self.condemned().unwrap_or(Loss::Condemned));
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
