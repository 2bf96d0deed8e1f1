//! What isolate threads take their work from: first in, first out, as far as that pays.
//!
//! Putting a thread to sleep and waking it costs several microseconds, more than a short turn. So a thread that
//! finds the queue empty first **searches**: it yields its core a few times and looks again. At most one thread
//! searches at a time, and while one does, the first entry that comes needs no wake-up. How long it searches depends on
//! whether that paid lately ([`Patience`]): where entries come one by one, with more time between them than a search
//! takes, the search itself would be most of what they cost.
//!
//! A thread that has to wake its callers before it looks counts as searching meanwhile: they often come back with work
//! for it. But wakers are foreign code and may take long. So an entry that was left to such a thread is attended to by
//! the timekeeper: if it still waits at the next tick, another thread is woken ([`attend`](RunQueue::attend)), and the
//! slow one does not count any more.
//!
//! What an isolate used last is in the caches of the core where it had its last turns. So a thread takes an entry that
//! it had last before one that is older, if it is among the [`REACH`] oldest, and not if the oldest has waited for
//! [`MAX_PASSED_OVER`] others. An entry that comes wakes the thread that had it last, if that sleeps; otherwise the one
//! that went to sleep last. No thread sleeps while an entry waits for another.
//!
//! A thread that puts an entry back after its turns takes the next one in the same step
//! ([`exchange`](RunQueue::exchange)). The queue is no longer than before, so nobody needs to be woken; and an
//! isolate that alone has work stays on its thread.
//!
//! # Protocol
//! Everything is decided under the mutex. A searcher clears `searcher` in the same critical section in which it
//! finds the queue still empty and goes to sleep; so an entry that was queued without a wake-up, because
//! there was a searcher, is seen by the searcher's last look or taken by another thread before. A sleeper is taken off
//! the list by whoever wakes it, and only then goes on.

use std::collections::VecDeque;
use std::sync::Arc;

use crate::sync::{Condvar, Mutex, MutexGuard, thread};

/// How often a searching thread looks again at most. A yield with nothing else to run takes about half a microsecond.
const SEARCH_ROUNDS: usize = if cfg!(loom) { 1 } else { 32 };

/// One search in so many is a long one, whatever became of those before: to find out when it pays again.
const LONG_SEARCH_INTERVAL: usize = 16;

/// How many of the oldest entries a thread looks at for one that it had last.
const REACH: usize = 8;

/// How many entries may be taken before the oldest.
const MAX_PASSED_OVER: usize = 4;

pub(crate) struct RunQueue<T> {
    inner: Mutex<Inner<T>>,
    /// The thread that had an entry last.
    last_thread: fn(&T) -> u64,
}

struct Inner<T> {
    entries: VecDeque<T>,
    /// How many were taken before the oldest of them.
    passed_over: usize,
    sleepers: Vec<Sleeper>,
    searcher: Option<Searcher>,
    patience: Patience,
    closed: bool,
}

/// The thread that will look at the queue without being woken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Searcher {
    thread: u64,
    /// It calls wakers before it looks.
    wakes: bool,
}

/// Whether a queued entry needs more than its own push.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use]
pub(crate) enum Pushed {
    /// Somebody takes it.
    Served,
    /// It was left to a thread that calls wakers first: [`RunQueue::attend`] is to be called in a while.
    Unattended,
}

/// How long a search lasts: twice as long as the last one that found something needed, and half as long after each that
/// did not, down to one round.
#[derive(Debug)]
struct Patience {
    rounds: usize,
    searches: usize,
}

impl Patience {
    fn next_rounds(&mut self) -> usize {
        self.searches = self.searches.wrapping_add(1);
        if self.searches.is_multiple_of(LONG_SEARCH_INTERVAL) { SEARCH_ROUNDS } else { self.rounds }
    }

    /// A search has ended, after so many rounds.
    fn learn(&mut self, found: bool, rounds: usize) {
        self.rounds =
            if found { self.rounds.max(2 * rounds).min(SEARCH_ROUNDS) } else { (self.rounds / 2).max(1) };
    }
}

struct Sleeper {
    thread: u64,
    woken: Arc<Condvar>,
}

impl<T> RunQueue<T> {
    pub(crate) fn new(last_thread: fn(&T) -> u64) -> Self {
        let inner = Inner {
            entries: VecDeque::new(),
            passed_over: 0,
            sleepers: Vec::new(),
            searcher: None,
            patience: Patience { rounds: SEARCH_ROUNDS, searches: 0 },
            closed: false,
        };
        Self { inner: Mutex::new(inner), last_thread }
    }

    /// Queues an entry; gives it back if the queue is closed.
    pub(crate) fn push(&self, entry: T) -> Result<Pushed, T> {
        let sleeper = {
            let mut inner = self.inner.lock();
            if inner.closed {
                return Err(entry);
            }
            let thread = (self.last_thread)(&entry);
            inner.entries.push_back(entry);
            match inner.searcher {
                Some(searcher) if inner.entries.len() == 1 => {
                    return Ok(if searcher.wakes { Pushed::Unattended } else { Pushed::Served });
                }
                _ => inner.wake(thread),
            }
        };
        if let Some(sleeper) = sleeper {
            sleeper.woken.notify_one();
        }
        Ok(Pushed::Served)
    }

    /// Wakes a thread for an entry that was left to one that is still calling wakers. To be called once per tick.
    pub(crate) fn attend(&self) {
        let sleeper = {
            let mut inner = self.inner.lock();
            if !inner.searcher.is_some_and(|searcher| searcher.wakes) {
                return;
            }
            let Some(oldest) = inner.entries.front() else { return };
            let thread = (self.last_thread)(oldest);
            inner.searcher = None;
            inner.wake(thread)
        };
        if let Some(sleeper) = sleeper {
            sleeper.woken.notify_one();
        }
    }

    /// Puts an entry at the back and takes one for `thread`, which may be the same; gives it back if the queue is closed.
    pub(crate) fn exchange(&self, thread: u64, entry: T) -> Result<T, T> {
        let mut inner = self.inner.lock();
        if inner.closed {
            return Err(entry);
        }
        match self.take(&mut inner, thread) {
            Some(other) => {
                inner.entries.push_back(entry);
                Ok(other)
            }
            None => Ok(entry),
        }
    }

    /// Calls `first`, and takes an entry for `thread`, waiting for one; `None` when the queue is closed and empty.
    pub(crate) fn next(&self, thread: u64, first: impl FnOnce()) -> Option<T> {
        let mut inner = self.inner.lock();
        inner = self.searching(inner, Searcher { thread, wakes: true }, |inner| self.unlocked(inner, first));
        loop {
            if inner.entries.is_empty() && !inner.closed && inner.searcher.is_none() {
                let looks = Searcher { thread, wakes: false };
                inner = self.searching(inner, looks, |inner| self.search(inner));
            }
            if let Some(entry) = self.take(&mut inner, thread) {
                return Some(entry);
            }
            if inner.closed {
                return None;
            }
            inner = Self::sleep(inner, thread);
        }
    }

    /// The oldest entry, or one of the next that `thread` had last.
    fn take(&self, inner: &mut Inner<T>, thread: u64) -> Option<T> {
        let its_own = |entry: &T| (self.last_thread)(entry) == thread;
        let at = inner.entries.iter().take(REACH).position(its_own).unwrap_or(0);
        if at == 0 || inner.passed_over == MAX_PASSED_OVER {
            inner.passed_over = 0;
            return inner.entries.pop_front();
        }
        inner.passed_over += 1;
        inner.entries.remove(at)
    }

    /// Calls `f` as the searcher, if nobody else is.
    fn searching<'a>(
        &self,
        mut inner: MutexGuard<'a, Inner<T>>,
        searcher: Searcher,
        f: impl FnOnce(MutexGuard<'a, Inner<T>>) -> MutexGuard<'a, Inner<T>>,
    ) -> MutexGuard<'a, Inner<T>> {
        inner.searcher.get_or_insert(searcher);
        inner = f(inner);
        // Another may be it by now.
        inner.searcher.take_if(|current| *current == searcher);
        inner
    }

    fn unlocked<'a>(&'a self, inner: MutexGuard<'a, Inner<T>>, f: impl FnOnce()) -> MutexGuard<'a, Inner<T>> {
        drop(inner);
        f();
        self.inner.lock()
    }

    fn search<'a>(&'a self, mut inner: MutexGuard<'a, Inner<T>>) -> MutexGuard<'a, Inner<T>> {
        let rounds = inner.patience.next_rounds();
        for round in 1..=rounds {
            inner = self.unlocked(inner, thread::yield_now);
            if !inner.entries.is_empty() || inner.closed {
                inner.patience.learn(true, round);
                return inner;
            }
        }
        inner.patience.learn(false, rounds);
        inner
    }

    fn sleep<'a>(mut inner: MutexGuard<'a, Inner<T>>, thread: u64) -> MutexGuard<'a, Inner<T>> {
        let woken = Arc::new(Condvar::new());
        inner.sleepers.push(Sleeper { thread, woken: Arc::clone(&woken) });
        while inner.sleepers.iter().any(|sleeper| Arc::ptr_eq(&sleeper.woken, &woken)) {
            inner = woken.wait(inner);
        }
        inner
    }

    /// No more entries: threads take what is left and end.
    pub(crate) fn close(&self) {
        let sleepers = {
            let mut inner = self.inner.lock();
            inner.closed = true;
            std::mem::take(&mut inner.sleepers)
        };
        for sleeper in sleepers {
            sleeper.woken.notify_one();
        }
    }
}

impl<T> Inner<T> {
    /// Takes a sleeper off the list: `thread`, or the one that went to sleep last.
    fn wake(&mut self, thread: u64) -> Option<Sleeper> {
        match self.sleepers.iter().position(|sleeper| sleeper.thread == thread) {
            Some(at) => Some(self.sleepers.remove(at)),
            None => self.sleepers.pop(),
        }
    }
}

#[cfg(all(test, loom))]
mod model_tests;

#[cfg(all(test, not(loom)))]
mod tests {
    use std::sync::Arc;
    use std::sync::atomic::{AtomicUsize, Ordering};

    use super::*;

    fn nobody<T>(_: &T) -> u64 {
        0
    }

    /// Waits until so many threads sleep.
    fn sleepers<T>(queue: &RunQueue<T>, count: usize) {
        while queue.inner.lock().sleepers.len() < count {
            thread::yield_now();
        }
    }

    #[test]
    fn an_entry_goes_to_the_back_and_the_oldest_comes_out() {
        let queue = RunQueue::new(nobody);
        assert_eq!(queue.exchange(1, 1), Ok(1));
        assert!(queue.push(2).is_ok());
        assert!(queue.push(3).is_ok());
        assert_eq!(queue.exchange(1, 1), Ok(2));
        assert_eq!(queue.exchange(1, 2), Ok(3));
        assert_eq!((queue.next(1, || {}), queue.next(1, || {})), (Some(1), Some(2)));
        queue.close();
        assert_eq!(queue.exchange(1, 4), Err(4));
    }

    #[test]
    fn a_thread_takes_what_it_had_last_but_the_oldest_does_not_wait_for_ever() {
        // Entries say who had them.
        let queue = RunQueue::new(|(thread, _): &(u64, usize)| *thread);
        assert!(queue.push((1, 0)).is_ok());
        for number in 1..=7 {
            assert!(queue.push((2, number)).is_ok());
        }
        let taken: Vec<_> = (0..5).map(|_| queue.next(2, || {}).unwrap().1).collect();
        assert_eq!(taken, [1, 2, 3, 4, 0], "the oldest after four others");
        assert_eq!(queue.next(3, || {}), Some((2, 5)), "the oldest for a thread that has none");
        assert_eq!(queue.exchange(3, (3, 8)), Ok((2, 6)));
        assert_eq!(queue.exchange(3, (9, 9)), Ok((3, 8)));
    }

    #[test]
    fn what_is_out_of_reach_is_not_preferred() {
        let queue = RunQueue::new(|entry: &u64| *entry);
        (1..=9).for_each(|entry| assert!(queue.push(entry).is_ok()));
        assert_eq!(queue.next(9, || {}), Some(1));
        assert_eq!(queue.next(9, || {}), Some(9));
    }

    #[test]
    fn an_entry_wakes_the_thread_that_had_it_last() {
        let queue = Arc::new(RunQueue::new(|entry: &u64| *entry));
        let (sender, taken) = std::sync::mpsc::channel();
        for number in 1..=3 {
            let (shared, sender) = (Arc::clone(&queue), sender.clone());
            thread::spawn(move || sender.send((number, shared.next(number, || {}))));
            sleepers(&queue, number as usize);
        }
        assert!(queue.push(2).is_ok());
        assert_eq!(taken.recv().unwrap(), (2, Some(2)));
        assert!(queue.push(7).is_ok());
        assert_eq!(taken.recv().unwrap(), (3, Some(7)), "the last of the others");
        queue.close();
        assert_eq!(taken.recv().unwrap(), (1, None));
    }

    #[test]
    fn who_fell_asleep_last_is_woken_first() {
        let queue = Arc::new(RunQueue::new(nobody));
        let (sender, taken) = std::sync::mpsc::channel();
        for number in 1..=3 {
            let (shared, sender) = (Arc::clone(&queue), sender.clone());
            thread::spawn(move || sender.send((number, shared.next(number, || {}))));
            sleepers(&queue, number as usize);
        }
        let order: Vec<_> = ["a", "b", "c"]
            .map(|entry| {
                assert!(queue.push(entry).is_ok());
                taken.recv().unwrap()
            })
            .into();
        assert_eq!(order, [(3, Some("a")), (2, Some("b")), (1, Some("c"))]);
    }

    #[test]
    fn an_entry_is_left_to_a_thread_that_calls_wakers_but_not_for_long() {
        let queue = Arc::new(RunQueue::new(nobody));
        let (sender, taken) = std::sync::mpsc::channel();
        for thread in [1, 2] {
            let (shared, sender) = (Arc::clone(&queue), sender.clone());
            thread::spawn(move || {
                while let Some(entry) = shared.next(thread, || {}) {
                    sender.send(entry).unwrap();
                }
            });
        }
        sleepers(&queue, 2);
        let slow_wakers = || {
            assert_eq!(queue.push("left"), Ok(Pushed::Unattended));
            assert_eq!(queue.inner.lock().sleepers.len(), 2, "nobody is woken");
            assert!(taken.try_recv().is_err());
            queue.attend();
            assert_eq!(taken.recv().unwrap(), "left");
            // From now on the others go on without this thread.
            assert_eq!(queue.push("next"), Ok(Pushed::Served));
            assert_eq!(taken.recv().unwrap(), "next");
            queue.attend();
            queue.close();
        };
        assert_eq!(queue.next(3, slow_wakers), None);
    }

    #[test]
    fn searches_that_find_nothing_become_short_and_one_that_pays_makes_them_long_again() {
        let mut patience = Patience { rounds: SEARCH_ROUNDS, searches: 0 };
        let in_vain = |patience: &mut Patience| {
            let rounds = patience.next_rounds();
            patience.learn(false, rounds);
            rounds
        };
        let rounds: Vec<_> = (0..LONG_SEARCH_INTERVAL).map(|_| in_vain(&mut patience)).collect();
        assert_eq!(rounds[..7], [32, 16, 8, 4, 2, 1, 1]);
        assert_eq!(rounds.iter().rev().take(2).collect::<Vec<_>>(), [&32, &1], "now and then a long one");
        patience.learn(true, 12);
        assert_eq!(patience.next_rounds(), 24);
        patience.learn(true, 20);
        assert_eq!(patience.next_rounds(), SEARCH_ROUNDS);
    }

    #[test]
    fn every_entry_is_taken_once_and_closing_ends_the_threads() {
        const ENTRIES: usize = 20_000;
        let queue = Arc::new(RunQueue::new(nobody));
        let taken = Arc::new(AtomicUsize::new(0));
        let threads: Vec<_> = (0..3)
            .map(|number| {
                let (queue, taken) = (Arc::clone(&queue), Arc::clone(&taken));
                thread::spawn(move || {
                    while queue.next(number, || {}).is_some() {
                        taken.fetch_add(1, Ordering::Relaxed);
                    }
                })
            })
            .collect();
        for entry in 0..ENTRIES {
            assert!(queue.push(entry).is_ok());
            if entry % 100 == 0 {
                // Lets the threads find it empty: search, sleep, be woken.
                thread::sleep(std::time::Duration::from_micros(50));
            }
        }
        queue.close();
        for thread in threads {
            thread.join().unwrap();
        }
        assert_eq!(taken.load(Ordering::Relaxed), ENTRIES);
        assert_eq!(queue.push(0), Err(0));
    }
}
