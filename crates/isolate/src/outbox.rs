//! Wake-ups that wait for the end of a turn.
//!
//! Waking a thread that sleeps costs more than a short turn. A thread that wakes its callers one by one, while they
//! have nothing else to do, pays that for every answer; so the wake-ups of a turn are held back and given out together
//! after it. By then the isolate is unlocked and what the turn had leased has been given back: a caller that comes again
//! at once finds it free.
//!
//! # Protocol
//! Every isolate thread has an outbox, into which only the thread itself puts something, during a turn. Whoever comes
//! first empties it:
//!
//! * the thread after the turn, unless another turn of the same isolate follows at once and the outbox is neither
//!   [full](MAX_HELD) nor [old](MAX_AGE): so an answer may wait for turns of its own worker, never for another's;
//! * the timekeeper at each of its ticks, so that a turn that takes long, or never ends, keeps nothing back.
//!
//! Nobody holds the mutex while a waker runs.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::task::Waker;
use std::time::{Duration, Instant};

use parking_lot::Mutex;

/// Wake-ups that are held back at most while further turns follow.
const MAX_HELD: usize = 16;

/// How long they are held back at most, as far as the turns between which this is looked at are short.
const MAX_AGE: Duration = Duration::from_micros(50);

/// See the [module](self) documentation.
#[derive(Default)]
pub(crate) struct Outbox {
    held: Mutex<Held>,
}

#[derive(Default)]
struct Held {
    wakers: Vec<Waker>,
    /// When the turn ended after which the first of them was kept.
    since: Option<Instant>,
}

impl Outbox {
    pub(crate) fn put(&self, waker: Waker) {
        self.held.lock().wakers.push(waker);
    }

    /// Another turn of the same isolate follows.
    pub(crate) fn rest(&self) {
        {
            let mut held = self.held.lock();
            if held.wakers.is_empty() {
                return;
            }
            let now = Instant::now();
            let since = *held.since.get_or_insert(now);
            if held.wakers.len() < MAX_HELD && now.duration_since(since) < MAX_AGE {
                return;
            }
        }
        self.empty();
    }

    /// Gives out what is held back.
    pub(crate) fn empty(&self) {
        let mut wakers = {
            let mut held = self.held.lock();
            if held.wakers.is_empty() {
                return;
            }
            held.since = None;
            std::mem::take(&mut held.wakers)
        };
        for waker in wakers.drain(..) {
            // A waker is foreign code, and neither an isolate thread nor the timekeeper may end of it.
            if catch_unwind(AssertUnwindSafe(|| waker.wake())).is_err() {
                tracing::error!("a waker panicked");
            }
        }
        let mut held = self.held.lock();
        if held.wakers.capacity() == 0 {
            held.wakers = wakers;
        }
    }
}

#[cfg(test)]
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
    fn wake_ups_are_held_back_until_the_outbox_is_full() {
        let (outbox, woken) = (Outbox::default(), Arc::new(Woken::default()));
        for _ in 0..MAX_HELD {
            assert_eq!(woken.0.load(Ordering::Relaxed), 0);
            outbox.put(Arc::clone(&woken).into());
        }
        outbox.rest();
        assert_eq!(woken.0.load(Ordering::Relaxed), MAX_HELD);
        outbox.empty();
        assert_eq!(woken.0.load(Ordering::Relaxed), MAX_HELD);
    }

    #[test]
    fn wake_ups_are_not_held_back_for_long() {
        let (outbox, woken) = (Outbox::default(), Arc::new(Woken::default()));
        outbox.put(Arc::clone(&woken).into());
        outbox.rest();
        std::thread::sleep(MAX_AGE);
        outbox.rest();
        assert_eq!(woken.0.load(Ordering::Relaxed), 1);
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
