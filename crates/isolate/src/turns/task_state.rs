//! Who may queue, run and end a task: one atomic byte.
//!
//! ```text
//!            start               settle
//!   QUEUED ─────────► RUNNING ─────────► IDLE ──┐
//!     ▲                  │ wake                 │ wake: the caller queues the task
//!     │ settle:          ▼                      │
//!     ├─────────── RUNNING_AND_WOKEN            │
//!     └─────────────────────────────────────────┘      end, from any state: DONE
//! ```
//!
//! Whoever moves the state to `QUEUED` puts the task into its isolate's queue, nobody else does. So a task is in
//! the queue at most once, and a wake-up during a turn leads to another turn. `DONE` is never left, and only one
//! caller is told that it was the one who ended the task.

use std::fmt;

use crate::sync::atomic::{AtomicU8, Ordering};

const IDLE: u8 = 0;
const QUEUED: u8 = 1;
const RUNNING: u8 = 2;
const RUNNING_AND_WOKEN: u8 = 3;
const DONE: u8 = 4;

/// See the [module](self) documentation.
pub(crate) struct TaskState(AtomicU8);

impl TaskState {
    /// The state of a task that its maker queues.
    pub(crate) fn queued() -> Self {
        Self(AtomicU8::new(QUEUED))
    }

    /// Wakes the task. Returns whether the caller has to queue it.
    pub(crate) fn wake(&self) -> bool {
        let before = self.0.fetch_update(Ordering::AcqRel, Ordering::Acquire, |state| match state {
            // Written even where it stays as it is: the turn that follows must see what the waker wrote before.
            IDLE | QUEUED => Some(QUEUED),
            RUNNING | RUNNING_AND_WOKEN => Some(RUNNING_AND_WOKEN),
            _ => None,
        });
        before == Ok(IDLE)
    }

    /// Starts a turn of a queued task. False if it has ended.
    pub(crate) fn start(&self) -> bool {
        self.0.compare_exchange(QUEUED, RUNNING, Ordering::AcqRel, Ordering::Acquire).is_ok()
    }

    /// Ends a turn of a task that goes on. Returns whether the caller has to queue it again.
    pub(crate) fn settle(&self) -> bool {
        let before = self.0.fetch_update(Ordering::AcqRel, Ordering::Acquire, |state| match state {
            RUNNING => Some(IDLE),
            RUNNING_AND_WOKEN => Some(QUEUED),
            _ => None,
        });
        before == Ok(RUNNING_AND_WOKEN)
    }

    /// Ends the task. Returns whether it was the caller who ended it.
    pub(crate) fn end(&self) -> bool {
        self.0.swap(DONE, Ordering::AcqRel) != DONE
    }

    /// Whether the task has ended.
    pub(crate) fn has_ended(&self) -> bool {
        self.0.load(Ordering::Acquire) == DONE
    }
}

impl fmt::Debug for TaskState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self.0.load(Ordering::Relaxed) {
            IDLE => "idle",
            QUEUED => "queued",
            RUNNING => "running",
            RUNNING_AND_WOKEN => "running and woken",
            _ => "done",
        })
    }
}

#[cfg(all(test, loom))]
mod model_tests;
