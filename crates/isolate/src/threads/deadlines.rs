//! Deadlines of tasks that wait for a turn.
//!
//! A deadline that passes during a turn is the [timekeeper](crate::platform::timekeeper)'s matter, one that passes while a task
//! sleeps has an alarm of the task's. Both lead to nothing as long as another has the isolate, perhaps for seconds in a
//! built-in that V8 does not interrupt: the task is woken, and queues. But whoever waits for the task need not wait for
//! that turn. So a thread of this module looks at the queues every [`PERIOD`], and tells the tasks in them whose deadline
//! has passed: [`TaskControl::overdue`](crate::TaskControl::overdue).
//!
//! # Protocol
//! An isolate whose queue gets an entry is put on the list, unless its flag says that it is there. The thread clears the
//! flag, looks at the queue, and sets it again if there are entries; who sets the flag has put the isolate on the list,
//! or keeps it there. An entry that comes meanwhile is seen by that look, or finds the flag cleared: both happen after
//! something under the mutex of the queue.
//!
//! So a queue that is never empty costs its isolate one relaxed load for each entry, whatever the number of requests.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Once, Weak};
use std::thread;
use std::time::{Duration, Instant};

use parking_lot::{Condvar, Mutex};

use crate::platform;
use crate::threads::turn_isolate::TurnIsolate;

/// How often the queues are looked at: how late a deadline may be noticed.
const PERIOD: Duration = Duration::from_millis(10);

/// The thread sleeps until it is woken when the list was empty for so many periods: waking it costs a system call.
const PERIODS_TO_LINGER: u32 = 100;

/// Isolates to look at, which the thread takes over.
static ADDED: Mutex<Vec<Weak<TurnIsolate>>> = Mutex::new(Vec::new());
static CHANGED: Condvar = Condvar::new();

/// Whether the isolate that it is part of is on the list.
#[derive(Debug, Default)]
pub(crate) struct DeadlineWatch(AtomicBool);

impl DeadlineWatch {
    /// To be called after an entry was queued on `isolate`, whose watch this is.
    pub(crate) fn watch(&self, isolate: &Arc<TurnIsolate>) {
        if self.0.load(Ordering::Relaxed) || self.0.swap(true, Ordering::SeqCst) {
            return;
        }
        static START: Once = Once::new();
        START.call_once(|| platform::initialize().spawn("v8-deadlines", work));
        ADDED.lock().push(Arc::downgrade(isolate));
        CHANGED.notify_one();
    }

    fn clear(&self) {
        self.0.store(false, Ordering::SeqCst);
    }

    /// Returns whether the caller keeps the isolate on the list: nobody has put it there again.
    fn keep(&self) -> bool {
        !self.0.swap(true, Ordering::SeqCst)
    }
}

fn work() {
    let mut watched: Vec<Weak<TurnIsolate>> = Vec::new();
    let mut idle_periods = 0;
    loop {
        {
            let mut added = ADDED.lock();
            if watched.is_empty() && added.is_empty() && idle_periods >= PERIODS_TO_LINGER {
                CHANGED.wait(&mut added);
            }
            watched.append(&mut added);
        }
        idle_periods = if watched.is_empty() { idle_periods + 1 } else { 0 };
        thread::sleep(PERIOD);
        watched.retain(|isolate| {
            // What is told, and what goes with a last reference, is others' code, of which this thread must not end.
            let look = || isolate.upgrade().is_some_and(|isolate| look_at(&isolate));
            catch_unwind(AssertUnwindSafe(look)).unwrap_or_else(|_| {
                tracing::error!("panic when the deadlines of an isolate were looked at");
                false
            })
        });
    }
}

/// Tells the tasks in the queue whose deadline has passed. Returns whether the isolate stays on the list.
fn look_at(isolate: &TurnIsolate) -> bool {
    let watch = isolate.deadline_watch();
    watch.clear();
    let tasks = isolate.queue().jobs();
    if tasks.is_empty() {
        return false;
    }
    let now = Instant::now();
    for task in tasks {
        let tell = || {
            if task.control().budget().deadline.is_some_and(|deadline| deadline <= now) {
                task.control().overdue();
            }
        };
        // One that panics does not keep the others from being told.
        if catch_unwind(AssertUnwindSafe(tell)).is_err() {
            tracing::error!(isolate = %isolate.managed().id(), "panic when a task was told that it is overdue");
        }
    }
    watch.keep()
}
