//! Isolates are disposed in the background: 0.25 ms and more that no request should pay, and work that a thread
//! created before V8 must not do.
//!
//! One thread takes them from a queue. It cannot always keep up with several threads that create isolates while all
//! cores are busy; so whoever creates one first [relieves](relieve) a queue that has grown long. That bounds the
//! memory of isolates that nobody can use any more.

use std::collections::VecDeque;
use std::sync::Once;
use std::time::Duration;

use parking_lot::{Condvar, Mutex};

use crate::native::{self, SharedV8Isolate};
use crate::platform;
use crate::platform::foreground_tasks::ForegroundTasksOwner;

/// A queue longer than this is relieved.
const MAX_BACKLOG: usize = 16;

/// When nothing was disposed for [`QUIET`] and this many isolates were before, the C library's allocator is asked to give
/// free memory back to the system. Isolates are made and disposed on different threads, and leave their memory
/// scattered over the allocator's arenas, which keep it otherwise.
const DISPOSALS_PER_TRIM: usize = 64;
const QUIET: Duration = Duration::from_secs(1);

static QUEUE: Mutex<Queue> = Mutex::new(Queue { isolates: VecDeque::new(), in_hand: 0 });
static ADDED: Condvar = Condvar::new();

struct Queue {
    isolates: VecDeque<Disposable>,
    /// Taken out and being disposed.
    in_hand: usize,
}

/// An isolate with what V8 posts to it.
#[derive(Debug)]
pub(crate) struct Disposable {
    // Field order is drop order: no task may be posted to an isolate that is gone.
    pub(crate) tasks: ForegroundTasksOwner,
    pub(crate) isolate: SharedV8Isolate,
}

/// Hands `isolate` to the background thread.
pub(crate) fn dispose(isolate: Disposable) {
    static START: Once = Once::new();
    START.call_once(|| {
        platform::initialize().spawn("v8-disposer", work);
    });
    QUEUE.lock().isolates.push_back(isolate);
    ADDED.notify_one();
}

/// Disposes one isolate on this thread, which must be one that may use V8, if too many wait.
pub(crate) fn relieve() {
    let isolate = {
        let mut queue = QUEUE.lock();
        if queue.isolates.len() <= MAX_BACKLOG {
            return;
        }
        queue.take()
    };
    finish(isolate);
}

/// How many isolates wait for their disposal, or are being disposed.
pub fn pending_disposals() -> usize {
    let queue = QUEUE.lock();
    queue.isolates.len() + queue.in_hand
}

/// The background thread.
fn work() {
    let mut since_trim = 0;
    loop {
        match next(since_trim >= DISPOSALS_PER_TRIM) {
            Some(isolate) => {
                finish(Some(isolate));
                since_trim += 1;
            }
            None => {
                native::trim_heap();
                since_trim = 0;
            }
        }
    }
}

/// Waits for the next isolate; with `watch_quiet` not longer than [`QUIET`].
fn next(watch_quiet: bool) -> Option<Disposable> {
    let mut queue = QUEUE.lock();
    while queue.isolates.is_empty() {
        if !watch_quiet {
            ADDED.wait(&mut queue);
        } else if ADDED.wait_for(&mut queue, QUIET).timed_out() && queue.isolates.is_empty() {
            return None;
        }
    }
    queue.take()
}

fn finish(isolate: Option<Disposable>) {
    if isolate.is_some() {
        drop(isolate);
        QUEUE.lock().in_hand -= 1;
    }
}

impl Queue {
    fn take(&mut self) -> Option<Disposable> {
        let isolate = self.isolates.pop_front()?;
        self.in_hand += 1;
        Some(isolate)
    }
}
