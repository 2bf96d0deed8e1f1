//! Code of others that the pool calls: the reaper and the wakers of callers.
//!
//! One rule for wakers: they are cloned, dropped and woken outside of every lock, and their panics are caught. A waker
//! may do anything, use the pool included; and a panic that came out of the pool would take along what a transition had
//! just given to its caller, or the wake-ups of others.

use std::panic::{AssertUnwindSafe, catch_unwind};

/// Calls `f`, and returns whether it panicked. Unwind safety is asserted: `f` holds no state of the pool.
pub(crate) fn panics(f: impl FnOnce()) -> bool {
    let Err(payload) = catch_unwind(AssertUnwindSafe(f)) else { return false };
    // What it panicked with is theirs, too.
    if let Err(again) = catch_unwind(AssertUnwindSafe(|| drop(payload))) {
        std::mem::forget(again);
    }
    true
}
