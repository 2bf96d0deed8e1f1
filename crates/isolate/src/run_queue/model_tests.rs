//! The run queue under loom's model checker: no entry is lost, none is taken twice, and no thread sleeps for ever while an
//! entry waits. A lost wake-up shows as loom's "deadlock" panic.
//!
//! `RUSTFLAGS="--cfg loom" cargo test -p isolate --lib --target-dir target/loom model_tests`

use std::sync::Arc;

use loom::thread;

use super::*;

fn explore(threads_preempted_at_most: usize, test: impl Fn() + Send + Sync + 'static) {
    let mut model = loom::model::Builder::new();
    model.preemption_bound = Some(threads_preempted_at_most);
    model.check(test);
}

fn queue() -> Arc<RunQueue<u64>> {
    Arc::new(RunQueue::new(|_| 0))
}

/// A thread that takes entries until the queue is closed.
fn worker(queue: &Arc<RunQueue<u64>>, thread: u64) -> thread::JoinHandle<Vec<u64>> {
    let queue = Arc::clone(queue);
    thread::spawn(move || std::iter::from_fn(|| queue.next(thread, || {})).collect())
}

fn all(taken: impl IntoIterator<Item = Vec<u64>>) -> Vec<u64> {
    let mut taken: Vec<_> = taken.into_iter().flatten().collect();
    taken.sort_unstable();
    taken
}

#[test]
fn entries_that_come_while_a_thread_searches_or_falls_asleep_are_taken_once() {
    explore(3, || {
        let queue = queue();
        let worker = worker(&queue, 1);
        for entry in [1, 2] {
            assert!(queue.push(entry).is_ok());
        }
        queue.close();
        assert_eq!(all([worker.join().unwrap()]), [1, 2]);
    });
}

#[test]
fn two_threads_share_what_comes() {
    explore(2, || {
        let queue = queue();
        let workers = [worker(&queue, 1), worker(&queue, 2)];
        for entry in [1, 2] {
            assert!(queue.push(entry).is_ok());
        }
        queue.close();
        assert_eq!(all(workers.map(|worker| worker.join().unwrap())), [1, 2]);
    });
}

#[test]
fn an_exchange_races_with_a_push_and_a_thread_that_sleeps() {
    explore(2, || {
        let queue = queue();
        let worker = worker(&queue, 1);
        let pushing = Arc::clone(&queue);
        let pusher = thread::spawn(move || assert!(pushing.push(2).is_ok()));
        let mine = queue.exchange(3, 1).unwrap();
        pusher.join().unwrap();
        queue.close();
        assert_eq!(all([vec![mine], worker.join().unwrap()]), [1, 2]);
    });
}

/// What is left to a thread that calls wakers is taken by another once the timekeeper has looked, even if the wakers
/// last until then.
#[test]
fn an_entry_left_to_a_slow_thread_is_attended_to() {
    explore(3, || {
        let queue = queue();
        let other = worker(&queue, 1);
        let (pushing, attending) = (Arc::clone(&queue), Arc::clone(&queue));
        let slow = Arc::clone(&queue);
        let slow = thread::spawn(move || {
            std::iter::from_fn(|| {
                slow.next(2, || {
                    thread::yield_now();
                })
            })
            .collect::<Vec<_>>()
        });
        let pusher = thread::spawn(move || {
            if pushing.push(7) == Ok(Pushed::Unattended) {
                attending.attend();
            }
        });
        pusher.join().unwrap();
        queue.close();
        assert_eq!(all([other.join().unwrap(), slow.join().unwrap()]), [7]);
    });
}
