//! Isolates are disposed on one background thread: 0.25 ms and more that no request should pay, and work that
//! a thread created before V8 must not do.

use std::sync::OnceLock;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{Sender, channel};

use crate::ffi::SharedV8Isolate;
use crate::platform;

static DISPOSER: OnceLock<Sender<SharedV8Isolate>> = OnceLock::new();
static PENDING: AtomicUsize = AtomicUsize::new(0);

/// Hands `isolate` to the background thread.
pub(crate) fn dispose(isolate: SharedV8Isolate) {
    let disposer = DISPOSER.get_or_init(|| {
        let (sender, isolates) = channel::<SharedV8Isolate>();
        platform::initialize().spawn("v8-disposer", move || {
            for isolate in isolates {
                drop(isolate);
                PENDING.fetch_sub(1, Ordering::Release);
            }
        });
        sender
    });
    PENDING.fetch_add(1, Ordering::Relaxed);
    if let Err(returned) = disposer.send(isolate) {
        // The thread is gone only if disposing panicked; leaking is the safe end for its successors.
        std::mem::forget(returned);
    }
}

/// How many isolates wait for their disposal.
pub fn pending_disposals() -> usize {
    PENDING.load(Ordering::Acquire)
}
