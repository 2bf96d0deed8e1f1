//! Wake-ups that wait for the end of a turn.
//!
//! Waking a thread that sleeps costs more than a short turn. A thread that wakes its callers one by one, while they
//! have nothing else to do, pays that for every answer; so the wake-ups of a turn are held back and given out together
//! after it. By then the isolate is unlocked and what the turn had leased has been given back: a caller that comes again
//! at once finds it free. Tasks that are lost because of a turn are told in the same way, and for that reason: see
//! [`turn_isolate`](crate::threads::turn_isolate).
//!
//! # Protocol
//! Every isolate thread has an outbox, into which only the thread itself puts something, during its turns and when it
//! settles what had them. Whoever comes first empties it:
//!
//! * the thread, when it is done with the isolate for now: an answer may wait for turns of its own worker, about
//!   100 µs, never for another's;
//! * the timekeeper at each of its ticks, so that a turn that takes long, or never ends, keeps nothing back. The wakers
//!   are called by the [teller](teller) then: they are foreign code, for which the timekeeper has no time.
//!
//! A caller of [`TurnIsolate::with_lock`](crate::TurnIsolate::with_lock) has one on its own thread, which it empties when
//! it has unlocked the isolate.
//!
//! Nobody holds the mutex while a waker runs.

use std::task::Waker;

use crate::sync::Mutex;
use crate::teller;

/// See the [module](self) documentation.
#[derive(Default)]
pub(crate) struct Outbox {
    held: Mutex<Vec<Waker>>,
}

impl Outbox {
    pub(crate) fn put(&self, waker: Waker) {
        self.held.lock().push(waker);
    }

    pub(crate) fn len(&self) -> usize {
        self.held.lock().len()
    }

    /// Gives out what is held back.
    pub(crate) fn empty(&self) {
        let mut wakers = Vec::new();
        loop {
            // The room of the one is used again by the other.
            std::mem::swap(&mut wakers, &mut *self.held.lock());
            if wakers.is_empty() {
                return;
            }
            teller::wake_all(wakers.drain(..));
        }
    }

    /// The same, on the [teller](teller)'s thread.
    pub(crate) fn empty_elsewhere(&self) {
        let wakers = std::mem::take(&mut *self.held.lock());
        if !wakers.is_empty() {
            teller::send(move || teller::wake_all(wakers));
        }
    }
}

#[cfg(all(test, loom))]
mod model_tests;

#[cfg(all(test, not(loom)))]
mod tests {
    use std::sync::Arc;
    use std::sync::atomic::{AtomicUsize, Ordering};
    use std::task::Wake;

    use super::*;

    #[derive(Default)]
    struct Woken(AtomicUsize);

    impl Wake for Woken {
        fn wake(self: Arc<Self>) {
            self.0.fetch_add(1, Ordering::Relaxed);
        }
    }

    struct Panics;

    impl Wake for Panics {
        fn wake(self: Arc<Self>) {
            panic!("a waker that panics");
        }
    }

    #[test]
    fn wake_ups_are_held_back_and_given_out_once() {
        let (outbox, woken) = (Outbox::default(), Arc::new(Woken::default()));
        outbox.put(Arc::clone(&woken).into());
        outbox.put(Arc::clone(&woken).into());
        assert_eq!((outbox.len(), woken.0.load(Ordering::Relaxed)), (2, 0));
        outbox.empty();
        outbox.empty();
        assert_eq!((outbox.len(), woken.0.load(Ordering::Relaxed)), (0, 2));
    }

    #[test]
    fn a_waker_that_panics_does_not_keep_the_others_from_being_called() {
        let (outbox, woken) = (Outbox::default(), Arc::new(Woken::default()));
        outbox.put(Arc::new(Panics).into());
        outbox.put(Arc::clone(&woken).into());
        outbox.empty();
        assert_eq!(woken.0.load(Ordering::Relaxed), 1);
    }
}
