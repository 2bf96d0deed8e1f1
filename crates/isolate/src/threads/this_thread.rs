//! What the calling thread is doing: taking turns as an isolate thread, or holding an isolate in
//! [`TurnIsolate::with_lock`]; and the wake-ups that are held back meanwhile.

use std::cell::RefCell;
use std::sync::{Arc, Weak};
use std::task::Waker;

use crate::platform::timekeeper;
use crate::teller;
use crate::threads::turn_isolate::TurnIsolate;
use crate::turns::outbox::Outbox;
use crate::turns::thread_slot::{Parked, ThreadSlot};

thread_local! {
    /// This isolate thread's slot.
    static SLOT: RefCell<Option<Arc<ThreadSlot>>> = const { RefCell::new(None) };

    static CALLERS_THREAD: RefCell<CallersThread> = RefCell::default();
}

/// The calling thread is an isolate thread, with this slot.
pub(crate) fn is_isolate_thread(slot: Arc<ThreadSlot>) {
    SLOT.set(Some(slot));
}

/// The calling thread, which is none otherwise, takes turns with this slot as an isolate thread does, until the result is
/// dropped. Then what they wake is woken.
pub(crate) fn takes_turns(slot: &Arc<ThreadSlot>) -> TakesTurns<'_> {
    SLOT.set(Some(Arc::clone(slot)));
    TakesTurns(slot)
}

/// See [`takes_turns`].
pub(crate) struct TakesTurns<'a>(&'a ThreadSlot);

impl Drop for TakesTurns<'_> {
    fn drop(&mut self) {
        SLOT.set(None);
        self.0.outbox().empty();
    }
}

/// The turn of an isolate thread that will not go on, if the calling thread is in one.
pub(crate) fn park() -> Option<Parked> {
    SLOT.with_borrow(|slot| slot.as_ref().and_then(|slot| slot.park()))
}

/// The isolate that the calling thread, no isolate thread, has locked and will not unlock; and what it has held back.
pub(crate) fn leave_callers_turn() -> Option<(Arc<TurnIsolate>, Outbox)> {
    let CallersThread { mut locked, outbox } = CALLERS_THREAD.take();
    Some((locked.pop()?.upgrade()?, outbox))
}

/// Calls `waker` after the turn that the calling thread is taking, when the isolate is unlocked: together with the
/// wakers of that turn, and of turns of the same isolate that follow at once, within about 100 µs. A turn
/// that takes long does not keep it back for longer than 5 ms. On another thread, calls it after the
/// [`TurnIsolate::with_lock`] that the thread is in, or at once. (Where no foreign code may run, it is called elsewhere.)
pub fn wake_after_turn(waker: Waker) {
    let now = SLOT.with_borrow(|slot| match slot {
        Some(slot) => {
            slot.outbox().put(waker);
            None
        }
        None => CALLERS_THREAD.with_borrow(|callers_thread| {
            if callers_thread.locked.is_empty() {
                return Some(waker);
            }
            callers_thread.outbox.put(waker);
            None
        }),
    });
    match now {
        Some(waker) if timekeeper::is_this_thread() => teller::send(move || teller::wake_all([waker])),
        Some(waker) => teller::wake_all([waker]),
        None => {}
    }
}

/// What a thread that is not an isolate thread does in [`TurnIsolate::with_lock`].
#[derive(Default)]
struct CallersThread {
    /// More than one only for the moment in which the second panics.
    locked: Vec<Weak<TurnIsolate>>,
    outbox: Outbox,
}

/// To be called before the calling thread locks `isolate`; the result is to be dropped after it has unlocked it. Between
/// them wake-ups are held back, and the isolate is known if V8 fails.
pub(crate) fn on_callers_thread(isolate: &Arc<TurnIsolate>) -> OnCallersThread {
    CALLERS_THREAD.with_borrow_mut(|callers_thread| callers_thread.locked.push(Arc::downgrade(isolate)));
    OnCallersThread
}

/// See [`on_callers_thread`].
pub(crate) struct OnCallersThread;

impl Drop for OnCallersThread {
    fn drop(&mut self) {
        let outbox = CALLERS_THREAD.with_borrow_mut(|callers_thread| {
            callers_thread.locked.pop();
            let give_out = callers_thread.locked.is_empty() && callers_thread.outbox.len() > 0;
            give_out.then(|| std::mem::take(&mut callers_thread.outbox))
        });
        if let Some(outbox) = outbox {
            outbox.empty();
        }
    }
}
