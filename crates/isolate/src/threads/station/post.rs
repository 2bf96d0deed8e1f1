//! Who is at a station: one of its threads at a time.
//!
//! # Protocol
//! ```text
//!              take                leave
//!   Vacant ───────────► Manned ────────────► Away
//!     ▲                    ▲                  │ │
//!     │                    └──── come_back ───┘ │
//!     └───────────── relieve, if it takes long ─┘
//! ```
//! A thread that is at the post works there; what belongs to the work is touched by no other. It leaves for a moment, to
//! take turns, only while another waits for the post, and does not touch the work meanwhile. If the moment gets long the
//! timekeeper declares the post vacant, and the one that waits takes it. Whoever comes back first, the one that left or
//! the timekeeper, decides: a thread that was relieved learns of it when it comes back, and waits like the other.
//!
//! # How often
//! Nobody does the work for as long as somebody is away for too long, so that is bounded too: the CPU time of those who
//! were adds up, a [part](REPAID) of the time that passes is taken off, and while more than [`TOLERATED`] is left nobody
//! leaves. Not the time on the clock: a thread may be away because the system gave its core to another.

use std::time::{Duration, Instant};

use crate::sync::{Condvar, Mutex};

/// How long one may be away before the post is declared vacant.
pub(super) const PATIENCE: Duration = Duration::from_millis(2);

/// What counts as long.
const LONG: Duration = Duration::from_millis(1);

/// What a thread that never comes back counts for.
const WHOLE_THREAD: Duration = Duration::from_secs(1);

/// What may have been lost, lately.
const TOLERATED: Duration = Duration::from_millis(20);

/// One in so many milliseconds may be lost in the long run.
const REPAID: u32 = 50;

/// See the [module](self) documentation.
#[derive(Debug)]
pub(super) struct Post {
    inner: Mutex<Inner>,
    vacant: Condvar,
}

#[derive(Debug)]
struct Inner {
    state: State,
    /// How many wait in [`Post::take`].
    waiting: usize,
    lost: Duration,
    /// When something was taken off what was lost.
    repaid: Instant,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    Vacant,
    Manned,
    Away(Leave),
    /// The work is over.
    Closed,
}

/// One time that a thread is away.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Leave {
    since: Instant,
    /// Of those that left before.
    number: u64,
}

impl Post {
    pub(super) fn new() -> Self {
        let inner = Inner { state: State::Vacant, waiting: 0, lost: Duration::ZERO, repaid: Instant::now() };
        Self { inner: Mutex::new(inner), vacant: Condvar::new() }
    }

    /// Waits for the post. Returns whether the caller is at it, which it is not if the work is over.
    pub(super) fn take(&self) -> bool {
        let mut inner = self.inner.lock();
        inner.waiting += 1;
        while matches!(inner.state, State::Manned | State::Away(_)) {
            inner = self.vacant.wait(inner);
        }
        inner.waiting -= 1;
        if inner.state == State::Closed {
            return false;
        }
        inner.state = State::Manned;
        true
    }

    /// The thread at the post leaves it; `number` is another each time. `None`: it has to stay.
    pub(super) fn leave(&self, now: Instant, number: u64) -> Option<Leave> {
        let mut inner = self.inner.lock();
        if inner.waiting == 0 || inner.lost_lately(now) > TOLERATED {
            return None;
        }
        let leave = Leave { since: now, number };
        inner.state = State::Away(leave);
        Some(leave)
    }

    /// The thread that left is back, after so much CPU time. Returns whether it is at the post again.
    pub(super) fn come_back(&self, leave: Leave, cpu: Duration) -> bool {
        let mut inner = self.inner.lock();
        if cpu >= LONG {
            inner.lost += cpu;
        }
        let is_its_own = inner.state == State::Away(leave);
        if is_its_own {
            inner.state = State::Manned;
        }
        is_its_own
    }

    /// A thread that left will not come back.
    pub(super) fn lost_thread(&self) {
        self.inner.lock().lost += WHOLE_THREAD;
    }

    /// Declares the post vacant if the thread has been away for too long. Returns when to look again if it is away.
    pub(super) fn relieve(&self, now: Instant) -> Option<Instant> {
        let mut inner = self.inner.lock();
        let State::Away(leave) = inner.state else { return None };
        let away = now.saturating_duration_since(leave.since);
        if away < PATIENCE {
            return Some(leave.since + PATIENCE);
        }
        inner.state = State::Vacant;
        drop(inner);
        self.vacant.notify_one();
        None
    }

    /// The work is over: nobody gets the post any more.
    pub(super) fn close(&self) {
        let waiting = {
            let mut inner = self.inner.lock();
            inner.state = State::Closed;
            inner.waiting
        };
        (0..waiting).for_each(|_| self.vacant.notify_one());
    }
}

impl Inner {
    /// What was lost, without what has been repaid since.
    fn lost_lately(&mut self, now: Instant) -> Duration {
        if !self.lost.is_zero() {
            self.lost = self.lost.saturating_sub(now.saturating_duration_since(self.repaid) / REPAID);
        }
        self.repaid = now;
        self.lost
    }
}

#[cfg(all(test, loom))]
mod model_tests;

#[cfg(all(test, not(loom)))]
mod tests {
    use std::sync::Arc;
    use std::thread;

    use super::*;

    /// A post with a thread that waits for it while the caller is at it. The thread returns what it got.
    fn with_another() -> (Arc<Post>, thread::JoinHandle<bool>) {
        let post = Arc::new(Post::new());
        assert!(post.take());
        let other = Arc::clone(&post);
        let other = thread::spawn(move || other.take());
        while post.inner.lock().waiting == 0 {
            thread::yield_now();
        }
        (post, other)
    }

    #[test]
    fn nobody_leaves_when_nobody_could_take_the_post() {
        let post = Post::new();
        assert!(post.take());
        assert_eq!(post.leave(Instant::now(), 0), None);
    }

    #[test]
    fn who_comes_back_in_time_is_at_the_post_again() {
        let (post, other) = with_another();
        let now = Instant::now();
        for number in 0..3 {
            let leave = post.leave(now, number).unwrap();
            assert_eq!(post.relieve(now + PATIENCE / 2), Some(now + PATIENCE));
            assert!(post.come_back(leave, Duration::ZERO));
            assert_eq!(post.relieve(now + 2 * PATIENCE), None);
        }
        post.close();
        assert!(!other.join().unwrap());
    }

    #[test]
    fn who_stays_away_is_relieved() {
        let (post, other) = with_another();
        let now = Instant::now();
        let leave = post.leave(now, 0).unwrap();
        assert_eq!(post.relieve(now + PATIENCE), None);
        assert!(other.join().unwrap());
        assert!(!post.come_back(leave, Duration::ZERO));
        // Nor does it come back to the place of another that is away.
        let third = thread::scope(|scope| {
            let waits = scope.spawn(|| post.take());
            while post.inner.lock().waiting == 0 {
                thread::yield_now();
            }
            let others = post.leave(now, 1).unwrap();
            assert!(!post.come_back(leave, Duration::ZERO));
            assert!(post.come_back(others, Duration::ZERO));
            post.close();
            waits.join().unwrap()
        });
        assert!(!third);
    }

    #[test]
    fn who_was_away_for_long_stays_for_a_while() {
        let (post, other) = with_another();
        let mut now = Instant::now();
        for number in 0..10 {
            let leave = post.leave(now, number).expect("tolerated");
            now += TOLERATED / 10;
            assert!(post.come_back(leave, TOLERATED / 9));
        }
        assert_eq!(post.leave(now, 10), None);
        now += TOLERATED * REPAID / 4;
        let leave = post.leave(now, 11).expect("repaid");
        assert!(post.come_back(leave, LONG / 2));
        assert!(post.leave(now, 12).is_some(), "a short leave costs nothing");
        post.lost_thread();
        assert_eq!(post.leave(now, 13), None);
        post.close();
        assert!(!other.join().unwrap());
    }
}
