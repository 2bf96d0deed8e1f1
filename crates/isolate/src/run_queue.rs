//! What isolate threads take their work from: first in, first out, as far as that pays.
//!
//! Putting a thread to sleep and waking it costs several microseconds, more than a short turn. So a thread that
//! finds the queue empty first **searches**: it yields its core a few times and looks again. At most one thread
//! searches at a time, and while one does, the first entry that comes needs no wake-up. A thread that has to wake its
//! callers before it looks counts as searching meanwhile.
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
//! Everything is decided under the mutex. A searcher clears `searching` in the same critical section in which it
//! finds the queue still empty and goes to sleep; so an entry that was queued without a wake-up, because
//! `searching` was set, is seen by the searcher's last look or taken by another thread before. A sleeper is taken off
//! the list by whoever wakes it, and only then goes on.

use std::collections::VecDeque;
use std::sync::Arc;
use std::thread;

use parking_lot::{Condvar, Mutex, MutexGuard};

/// How often a searching thread looks again. A yield with nothing else to run takes about half a microsecond.
const SEARCH_ROUNDS: usize = 32;

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
    searching: bool,
    closed: bool,
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
            searching: false,
            closed: false,
        };
        Self { inner: Mutex::new(inner), last_thread }
    }

    /// Queues an entry; gives it back if the queue is closed.
    pub(crate) fn push(&self, entry: T) -> Result<(), T> {
        let sleeper = {
            let mut inner = self.inner.lock();
            if inner.closed {
                return Err(entry);
            }
            let thread = (self.last_thread)(&entry);
            inner.entries.push_back(entry);
            let searcher_takes_it = inner.searching && inner.entries.len() == 1;
            if searcher_takes_it { None } else { inner.wake(thread) }
        };
        if let Some(sleeper) = sleeper {
            sleeper.woken.notify_one();
        }
        Ok(())
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
        Self::searching(&mut inner, |inner| MutexGuard::unlocked(inner, first));
        loop {
            if inner.entries.is_empty() && !inner.closed && !inner.searching {
                Self::searching(&mut inner, Self::search);
            }
            if let Some(entry) = self.take(&mut inner, thread) {
                return Some(entry);
            }
            if inner.closed {
                return None;
            }
            Self::sleep(&mut inner, thread);
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
    fn searching<'a>(inner: &mut MutexGuard<'a, Inner<T>>, f: impl FnOnce(&mut MutexGuard<'a, Inner<T>>)) {
        let becomes_searcher = !inner.searching;
        inner.searching = true;
        f(inner);
        if becomes_searcher {
            inner.searching = false;
        }
    }

    fn search(inner: &mut MutexGuard<'_, Inner<T>>) {
        for _ in 0..SEARCH_ROUNDS {
            MutexGuard::unlocked(inner, thread::yield_now);
            if !inner.entries.is_empty() || inner.closed {
                break;
            }
        }
    }

    fn sleep(inner: &mut MutexGuard<'_, Inner<T>>, thread: u64) {
        let woken = Arc::new(Condvar::new());
        inner.sleepers.push(Sleeper { thread, woken: Arc::clone(&woken) });
        while inner.sleepers.iter().any(|sleeper| Arc::ptr_eq(&sleeper.woken, &woken)) {
            woken.wait(inner);
        }
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

#[cfg(test)]
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
        queue.push(2).unwrap();
        queue.push(3).unwrap();
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
        queue.push((1, 0)).unwrap();
        for number in 1..=7 {
            queue.push((2, number)).unwrap();
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
        (1..=9).for_each(|entry| queue.push(entry).unwrap());
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
        queue.push(2).unwrap();
        assert_eq!(taken.recv().unwrap(), (2, Some(2)));
        queue.push(7).unwrap();
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
                queue.push(entry).unwrap();
                taken.recv().unwrap()
            })
            .into();
        assert_eq!(order, [(3, Some("a")), (2, Some("b")), (1, Some("c"))]);
    }

    #[test]
    fn every_entry_is_taken_once_and_closing_ends_the_threads() {
        const ENTRIES: usize = 20_000;
        let queue = Arc::new(RunQueue::new(nobody));
        let taken = Arc::new(AtomicUsize::new(0));
        let threads: Vec<_> = (0..3)
            .map(|_| {
                let (queue, taken) = (Arc::clone(&queue), Arc::clone(&taken));
                thread::spawn(move || {
                    while queue.next(1, || {}).is_some() {
                        taken.fetch_add(1, Ordering::Relaxed);
                    }
                })
            })
            .collect();
        for entry in 0..ENTRIES {
            queue.push(entry).unwrap();
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
