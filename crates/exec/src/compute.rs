//! Work that takes long and needs no isolate, on threads of its own: an isolate thread goes on with other requests
//! meanwhile, and the isolate with others of its worker.
//!
//! # Protocol
//! [`run`] queues a closure for a tenant and waits for its result. The queue is the only thing shared: one mutex, held for
//! a few pointer moves, never while a closure runs or is dropped, or a waker is called. The [policy](queue) is apart:
//! tenants take turns, one closure each, and each may have so many queued, and so many running: half of the threads, so that
//! whoever comes beside a tenant with long ones does not wait for the end of one.
//!
//! * **Start.** A thread is made if more is queued than threads wait, up to [`most_threads`]; it ends when there has
//!   been nothing to do for a while. A thread that waits counts itself, and looks at the queue again under the lock
//!   before it waits or ends: a notification that finds nobody has nobody to find. What is queued for a tenant that may
//!   not run more yet waits for one of the threads that run its others: each looks again when it is done.
//! * **Cancellation.** Whoever drops the future no longer wants the result. A thread asks for that just before it starts a
//!   closure, and drops it instead. One that runs cannot be stopped: what may be queued is bounded by its author.
//! * **Accounting.** The thread reads its CPU clock before and after, charges the tenant when the closure has ended,
//!   wanted or not, and sends the time along with the result, which is charged to the request when it is delivered.
//! * **Panics** are caught; whoever waits gets [`NotDone::Panicked`].

mod queue;

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::Duration;

use isolate::thread_cpu_time;
use parking_lot::{Condvar, Mutex};
use tokio::sync::oneshot;

use self::queue::{Bounds, Queue, TenantId};
use crate::budget::TenantBudget;

/// Threads that a process has for this at most, beside those that run JavaScript.
const MOST_THREADS: usize = 4;

/// Closures that one tenant may have queued, beside those that run.
pub(crate) const MOST_QUEUED: usize = 64;

/// Of so many threads one is for each tenant.
const SHARE: usize = 2;

/// How long a thread waits for work before it ends.
const IDLE: Duration = Duration::from_secs(10);

/// What is longer is not digested, signed or encrypted in place. AWS-LC takes less than a millisecond for it with the
/// instructions of a processor of these days: no more than a slice of the isolate's time, while a copy of it for another thread would
/// cost a fifth of that.
static MOST_IN_PLACE: AtomicUsize = AtomicUsize::new(1 << 20);

/// A result, and the CPU time that it took.
#[derive(Debug)]
pub(crate) struct Computed<T> {
    pub(crate) value: T,
    pub(crate) cpu: Duration,
}

/// Why there is no result.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum NotDone {
    #[error("too many operations of this worker wait to be computed")]
    TooMany,
    #[error("internal error")]
    Panicked,
}

type Job = Box<dyn FnOnce() + Send>;

/// The threads of a process.
struct Pool {
    state: Mutex<State>,
    work: Condvar,
}

struct State {
    queue: Queue<Job>,
    threads: usize,
    /// Threads that wait, or have been woken and not run yet.
    waiting: usize,
}

/// Runs `work` on a compute thread, for the tenant of `budget`, and charges it there.
///
/// # Errors
/// [`NotDone`].
pub(crate) async fn run<T: Send + 'static>(
    budget: TenantBudget,
    work: impl FnOnce() -> T + Send + 'static,
) -> Result<Computed<T>, NotDone> {
    let tenant = TenantId::of(&budget);
    let (sender, receiver) = oneshot::channel();
    let job = move || {
        if sender.is_closed() {
            return;
        }
        let before = thread_cpu_time();
        let value = catch_unwind(AssertUnwindSafe(work));
        let cpu = thread_cpu_time().saturating_sub(before);
        budget.charge_cpu(cpu);
        let computed = value.map(|value| Computed { value, cpu }).map_err(|_| NotDone::Panicked);
        // Nobody may be waiting any more.
        drop(sender.send(computed));
    };
    Pool::get().submit(tenant, Box::new(job))?;
    receiver.await.unwrap_or(Err(NotDone::Panicked))
}

/// How many bytes `crypto` digests, signs or encrypts in the turn of a request, for the whole process from now on; for more
/// of them another thread is asked. 1 MiB at first. Less keeps the isolate free for others, and costs each operation a copy and some
/// ten microseconds more.
pub fn set_most_in_place(bytes: usize) {
    MOST_IN_PLACE.store(bytes, Ordering::Relaxed);
}

/// See [`set_most_in_place`].
pub(crate) fn most_in_place() -> usize {
    MOST_IN_PLACE.load(Ordering::Relaxed)
}

/// Computations that wait for a thread, of all tenants.
pub fn pending() -> usize {
    Pool::get().state.lock().queue.len()
}

/// As many as there are cores, within bounds.
fn most_threads() -> usize {
    thread::available_parallelism().map_or(1, usize::from).min(MOST_THREADS)
}

impl Pool {
    fn get() -> &'static Self {
        static POOL: OnceLock<Pool> = OnceLock::new();
        POOL.get_or_init(|| {
            let bounds = Bounds { queued: MOST_QUEUED, running: most_threads().div_ceil(SHARE) };
            let state = State { queue: Queue::new(bounds), threads: 0, waiting: 0 };
            Self { state: Mutex::new(state), work: Condvar::new() }
        })
    }

    fn submit(&'static self, tenant: TenantId, job: Job) -> Result<(), NotDone> {
        let needs_thread = {
            let mut state = self.state.lock();
            if let Err(job) = state.queue.push(tenant, job) {
                drop(state);
                drop(job);
                return Err(NotDone::TooMany);
            }
            if state.waiting > 0 {
                self.work.notify_one();
            }
            let needs_thread = state.queue.len() > state.waiting && state.threads < most_threads();
            state.threads += usize::from(needs_thread);
            needs_thread
        };
        if needs_thread {
            let thread = thread::Builder::new().name("compute".into());
            if let Err(error) = thread.spawn(move || self.work()) {
                tracing::error!(%error, "no thread for computations");
                self.state.lock().threads -= 1;
            }
        }
        Ok(())
    }

    fn work(&self) {
        let mut state = self.state.lock();
        loop {
            if let Some((tenant, job)) = state.queue.pop() {
                drop(state);
                if catch_unwind(AssertUnwindSafe(job)).is_err() {
                    tracing::error!("a computation panicked when it was dropped");
                }
                state = self.state.lock();
                state.queue.ended(tenant);
                continue;
            }
            state.waiting += 1;
            let timed_out = self.work.wait_for(&mut state, IDLE).timed_out();
            state.waiting -= 1;
            if timed_out && state.queue.len() == 0 {
                state.threads -= 1;
                return;
            }
        }
    }
}
