//! The run queue under loom's model checker: no entry is lost, none is taken twice, and no thread sleeps while an entry
//! waits for another. The queue is closed only once everything has been taken: so a lost wake-up shows as loom's
//! "deadlock" panic.
//!
//! `RUSTFLAGS="--cfg loom" cargo test -p isolate --lib --target-dir target/loom model_tests`

use std::sync::Arc;

use loom::thread::{self, JoinHandle};

use super::*;

fn explore(threads_preempted_at_most: usize, test: impl Fn() + Send + Sync + 'static) {
    let mut model = loom::model::Builder::new();
    model.preemption_bound = Some(threads_preempted_at_most);
    model.check(test);
}

/// A queue, and what its workers took.
struct World {
    queue: RunQueue<u64>,
    taken: Mutex<Vec<u64>>,
    more: Condvar,
}

impl World {
    fn new() -> Arc<Self> {
        Arc::new(Self { queue: RunQueue::new(|_| 0), taken: Mutex::new(Vec::new()), more: Condvar::new() })
    }

    /// Runs `run` on a thread of the model.
    fn spawn(self: &Arc<Self>, run: impl FnOnce(&Self) + 'static) -> JoinHandle<()> {
        let world = Arc::clone(self);
        thread::spawn(move || run(&world))
    }

    /// A thread that takes entries until the queue is closed.
    fn worker(self: &Arc<Self>, thread: u64) -> JoinHandle<()> {
        self.spawn(move |world| {
            while let Some(entry) = world.queue.next(thread, || {}) {
                world.took(entry);
            }
        })
    }

    fn took(&self, entry: u64) {
        self.taken.lock().push(entry);
        self.more.notify_one();
    }

    /// Waits until so many have been taken. For one thread of the model.
    fn wait_for(&self, count: usize) {
        let mut taken = self.taken.lock();
        while taken.len() < count {
            taken = self.more.wait(taken);
        }
    }

    fn push(&self, entry: u64) {
        assert!(self.queue.push(entry).is_ok());
    }

    /// Everything has been pushed: it is taken, each once, and the workers end.
    fn finish(&self, entries: &[u64], workers: impl IntoIterator<Item = JoinHandle<()>>) {
        self.wait_for(entries.len());
        self.queue.close();
        workers.into_iter().for_each(|worker| worker.join().unwrap());
        let mut taken = self.taken.lock().clone();
        taken.sort_unstable();
        assert_eq!(taken, entries);
    }
}

#[test]
fn entries_that_come_while_a_thread_searches_or_falls_asleep_are_taken() {
    explore(3, || {
        let world = World::new();
        let worker = world.worker(1);
        world.push(1);
        world.push(2);
        world.finish(&[1, 2], [worker]);
    });
}

#[test]
fn two_threads_share_what_comes() {
    explore(2, || {
        let world = World::new();
        let workers = [world.worker(1), world.worker(2)];
        world.push(1);
        world.push(2);
        world.finish(&[1, 2], workers);
    });
}

#[test]
fn an_exchange_races_with_a_push_and_a_thread_that_sleeps() {
    explore(2, || {
        let world = World::new();
        let worker = world.worker(1);
        let pusher = world.spawn(|world| world.push(2));
        let mine = world.queue.exchange(3, 1).unwrap();
        world.took(mine);
        pusher.join().unwrap();
        world.finish(&[1, 2], [worker]);
    });
}

/// An entry that is left to a thread whose wakers do not return before it has been taken.
#[test]
fn an_entry_left_to_a_slow_thread_is_attended_to() {
    explore(2, || {
        let world = World::new();
        let other = world.worker(1);
        let pusher = world.spawn(|world| {
            if world.queue.push(7).unwrap() == Pushed::Unattended {
                world.queue.attend();
            }
        });
        let closes = || {
            world.wait_for(1);
            world.queue.close();
        };
        assert_eq!(world.queue.next(2, closes), None);
        pusher.join().unwrap();
        other.join().unwrap();
        assert_eq!(*world.taken.lock(), [7]);
    });
}
