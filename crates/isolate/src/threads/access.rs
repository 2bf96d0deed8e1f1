//! Ordinary futures on an isolate.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use std::time::{Duration, Instant};

use parking_lot::Mutex;
use tokio::sync::oneshot;

use crate::isolate_id::IsolateId;
use crate::memory::heap::HeapState;
use crate::native::{self, EnteredIsolate};
use crate::platform::timekeeper::Alarm;
use crate::threads::turn_isolate::TurnIsolate;
use crate::turns::task::{Interruption, IsolateTask, Loss, TaskControl, TurnBudget};
use crate::turns::turn::Turn;

/// How a future given to [`TurnIsolate::with_lock_async`] reaches its isolate.
#[derive(Clone, Debug)]
pub struct IsolateAccess {
    id: IsolateId,
    heap: Arc<HeapState>,
}

impl IsolateAccess {
    /// Calls `f` with the isolate. Handles cannot leave `f`, and no await can happen inside of it.
    ///
    /// # Panics
    /// If it is called anywhere but inside a poll of the future that this access was made for, or from inside
    /// another `enter`.
    pub fn enter<R>(&self, f: impl FnOnce(&mut EnteredIsolate) -> R) -> R {
        let call = |isolate: &mut EnteredIsolate| {
            let _inside = self.heap.inside_v8();
            f(isolate)
        };
        native::with_entered(self.id, call).expect("enter() is for the future that the access was made for")
    }
}

/// See [`TurnIsolate::with_lock_async`].
pub(crate) fn run<S, F, R>(
    isolate: &Arc<TurnIsolate>,
    start: S,
) -> impl Future<Output = Result<R, Loss>> + Send + use<S, F, R>
where
    S: FnOnce(IsolateAccess) -> F + Send + 'static,
    F: Future<Output = R> + Send + 'static,
    R: Send + 'static,
{
    let id = isolate.managed().id();
    let limits = isolate.managed().limits().request;
    let (sender, receiver) = oneshot::channel();
    let control = Arc::new(FutureControl {
        result: Mutex::new(Some(sender)),
        cpu: Mutex::new(limits.cpu_time),
        deadline: Instant::now().checked_add(limits.wall_clock),
    });
    let task = FutureTask {
        id,
        future: Box::pin(start(IsolateAccess { id, heap: Arc::clone(isolate.managed().heap_state()) })),
        control: Arc::clone(&control),
        deadline: None,
    };
    isolate.spawn(Box::new(task), control);
    async move { receiver.await.unwrap_or(Err(Loss::Condemned)) }
}

struct FutureTask<F, R> {
    id: IsolateId,
    future: Pin<Box<F>>,
    control: Arc<FutureControl<R>>,
    /// Wakes a future that waits for something that never comes. Set when it waits for the first time.
    deadline: Option<Alarm>,
}

struct FutureControl<R> {
    result: Mutex<Option<oneshot::Sender<Result<R, Loss>>>>,
    cpu: Mutex<Duration>,
    /// `None` if that is further away than a clock can tell.
    deadline: Option<Instant>,
}

impl<F, R> IsolateTask for FutureTask<F, R>
where
    F: Future<Output = R> + Send + 'static,
    R: Send + 'static,
{
    fn poll_turn(&mut self, turn: &mut Turn<'_>, context: &mut Context<'_>) -> Poll<()> {
        if self.control.poll_abandoned(context).is_ready() {
            return Poll::Ready(());
        }
        if let Some(exceeded) = self.control.exceeded() {
            self.control.finish(Err(Loss::Stuck(exceeded)));
            return Poll::Ready(());
        }
        turn.run_foreground_tasks();
        let polled = native::entered_during(self.id, &mut *turn, || self.future.as_mut().poll(context));
        let result = match (turn.interruption(), polled) {
            (Some(interruption), _) => Err(Loss::Stuck(interruption)),
            (None, Poll::Ready(result)) => Ok(result),
            (None, Poll::Pending) => {
                if self.deadline.is_none() {
                    self.deadline = self.control.deadline.map(|deadline| turn.alarm(deadline));
                }
                return Poll::Pending;
            }
        };
        self.control.finish(result);
        Poll::Ready(())
    }
}

impl<R> FutureControl<R> {
    fn finish(&self, result: Result<R, Loss>) {
        let sender = self.result.lock().take();
        if let Some(sender) = sender {
            // Nobody may be interested any more.
            let _ = sender.send(result);
        }
    }

    /// The limit that leaves nothing for another turn.
    fn exceeded(&self) -> Option<Interruption> {
        if self.cpu.lock().is_zero() {
            Some(Interruption::CpuTime)
        } else {
            let over = self.deadline.is_some_and(|deadline| Instant::now() >= deadline);
            over.then_some(Interruption::WallClock)
        }
    }

    /// Ready when the caller has dropped its future. Then the sender goes too: it keeps the task's waker, which is the
    /// task, which refers to this.
    fn poll_abandoned(&self, context: &mut Context<'_>) -> Poll<()> {
        let mut result = self.result.lock();
        let Some(sender) = result.as_mut() else { return Poll::Ready(()) };
        ready!(sender.poll_closed(context));
        let sender = result.take();
        drop(result);
        drop(sender);
        Poll::Ready(())
    }
}

impl<R: Send + 'static> TaskControl for FutureControl<R> {
    fn budget(&self) -> TurnBudget {
        TurnBudget { cpu: *self.cpu.lock(), deadline: self.deadline }
    }

    fn charge(&self, cpu: Duration) {
        let mut left = self.cpu.lock();
        *left = left.saturating_sub(cpu);
    }

    fn overdue(&self) {
        self.finish(Err(Loss::Stuck(Interruption::WallClock)));
    }

    fn lost(&self, loss: Loss) {
        self.finish(Err(loss));
    }
}

#[allow(dead_code, reason = "checked by the compiler only: what with_lock_async returns can be sent")]
fn with_lock_async_is_send(isolate: &Arc<TurnIsolate>) {
    fn send<T: Send>(_: T) {}
    send(isolate.with_lock_async(|access| async move { access.enter(|_| Interruption::CpuTime) }));
}
