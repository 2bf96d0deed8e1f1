//! What isolate threads take their work from: first in, first out.
//!
//! Putting a thread to sleep and waking it costs several microseconds, more than a short turn. So a thread that
//! finds the queue empty first **searches**: it yields its core a few times and looks again. At most one thread
//! searches at a time, and while one does, the first entry that comes needs no wake-up. A thread that has to wake its
//! callers before it looks counts as searching meanwhile.
//!
//! Who went to sleep last is woken first: what it did last is still in the caches of its core.
//!
//! A thread that puts an entry back after its turns takes the oldest one in the same step
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

pub(crate) struct RunQueue<T> {
    inner: Mutex<Inner<T>>,
}

struct Inner<T> {
    entries: VecDeque<T>,
    sleepers: Vec<Arc<Condvar>>,
    searching: bool,
    closed: bool,
}

impl<T> RunQueue<T> {
    pub(crate) fn new() -> Self {
        let inner = Inner { entries: VecDeque::new(), sleepers: Vec::new(), searching: false, closed: false };
        Self { inner: Mutex::new(inner) }
    }

    /// Queues an entry; gives it back if the queue is closed.
    pub(crate) fn push(&self, entry: T) -> Result<(), T> {
        let sleeper = {
            let mut inner = self.inner.lock();
            if inner.closed {
                return Err(entry);
            }
            inner.entries.push_back(entry);
            let searcher_takes_it = inner.searching && inner.entries.len() == 1;
            if searcher_takes_it { None } else { inner.sleepers.pop() }
        };
        if let Some(sleeper) = sleeper {
            sleeper.notify_one();
        }
        Ok(())
    }

    /// Puts an entry at the back and takes the oldest, which may be the same; gives it back if the queue is closed.
    pub(crate) fn exchange(&self, entry: T) -> Result<T, T> {
        let mut inner = self.inner.lock();
        if inner.closed {
            return Err(entry);
        }
        match inner.entries.pop_front() {
            Some(oldest) => {
                inner.entries.push_back(entry);
                Ok(oldest)
            }
            None => Ok(entry),
        }
    }

    /// Calls `first`, and takes the oldest entry, waiting for one; `None` when the queue is closed and empty.
    pub(crate) fn next(&self, first: impl FnOnce()) -> Option<T> {
        let mut inner = self.inner.lock();
        Self::searching(&mut inner, |inner| MutexGuard::unlocked(inner, first));
        loop {
            if inner.entries.is_empty() && !inner.closed && !inner.searching {
                Self::searching(&mut inner, Self::search);
            }
            if let Some(entry) = inner.entries.pop_front() {
                return Some(entry);
            }
            if inner.closed {
                return None;
            }
            Self::sleep(&mut inner);
        }
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

    fn sleep(inner: &mut MutexGuard<'_, Inner<T>>) {
        let woken = Arc::new(Condvar::new());
        inner.sleepers.push(Arc::clone(&woken));
        while inner.sleepers.iter().any(|sleeper| Arc::ptr_eq(sleeper, &woken)) {
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
            sleeper.notify_one();
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::sync::atomic::{AtomicUsize, Ordering};

    use super::*;

    #[test]
    fn an_entry_goes_to_the_back_and_the_oldest_comes_out() {
        let queue = RunQueue::new();
        assert_eq!(queue.exchange(1), Ok(1));
        queue.push(2).unwrap();
        queue.push(3).unwrap();
        assert_eq!(queue.exchange(1), Ok(2));
        assert_eq!(queue.exchange(2), Ok(3));
        assert_eq!((queue.next(|| {}), queue.next(|| {})), (Some(1), Some(2)));
        queue.close();
        assert_eq!(queue.exchange(4), Err(4));
    }

    #[test]
    fn who_fell_asleep_last_is_woken_first() {
        let queue = Arc::new(RunQueue::new());
        let (sender, taken) = std::sync::mpsc::channel();
        let asleep = |count| {
            while queue.inner.lock().sleepers.len() < count {
                thread::yield_now();
            }
        };
        for number in 1..=3 {
            let (queue, sender) = (Arc::clone(&queue), sender.clone());
            thread::spawn(move || sender.send((number, queue.next(|| {}))));
            asleep(number);
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
        let queue = Arc::new(RunQueue::new());
        let taken = Arc::new(AtomicUsize::new(0));
        let threads: Vec<_> = (0..3)
            .map(|_| {
                let (queue, taken) = (Arc::clone(&queue), Arc::clone(&taken));
                thread::spawn(move || {
                    while queue.next(|| {}).is_some() {
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
