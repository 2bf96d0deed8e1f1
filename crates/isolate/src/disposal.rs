//! Isolates are disposed in the background: 0.25 ms and more that no request should pay, and work that a thread
//! created before V8 must not do.
//!
//! One thread takes them from a queue. It cannot always keep up with several threads that create isolates while all
//! cores are busy; so whoever creates one first [relieves](relieve) a queue that has grown long. That bounds the
//! memory of isolates that nobody can use any more.

use std::collections::VecDeque;
use std::sync::Once;

use parking_lot::{Condvar, Mutex};

use crate::ffi::SharedV8Isolate;
use crate::platform;

/// A queue longer than this is relieved.
const MAX_BACKLOG: usize = 16;

static QUEUE: Mutex<Queue> = Mutex::new(Queue { isolates: VecDeque::new(), in_hand: 0 });
static ADDED: Condvar = Condvar::new();

struct Queue {
    isolates: VecDeque<SharedV8Isolate>,
    /// Taken out and being disposed.
    in_hand: usize,
}

/// Hands `isolate` to the background thread.
pub(crate) fn dispose(isolate: SharedV8Isolate) {
    static START: Once = Once::new();
    START.call_once(|| {
        platform::initialize().spawn("v8-disposer", || {
            loop {
                dispose_next();
            }
        });
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

fn dispose_next() {
    let isolate = {
        let mut queue = QUEUE.lock();
        while queue.isolates.is_empty() {
            ADDED.wait(&mut queue);
        }
        queue.take()
    };
    finish(isolate);
}

fn finish(isolate: Option<SharedV8Isolate>) {
    if isolate.is_some() {
        drop(isolate);
        QUEUE.lock().in_hand -= 1;
    }
}

impl Queue {
    fn take(&mut self) -> Option<SharedV8Isolate> {
        let isolate = self.isolates.pop_front()?;
        self.in_hand += 1;
        Some(isolate)
    }
}
