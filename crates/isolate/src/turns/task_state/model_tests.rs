//! The task's state under loom's model checker. How to run it: see the tests of the turn queue.

use std::sync::Arc;

use loom::sync::atomic::AtomicUsize;
use loom::thread;

use super::*;

/// A task whose queue is a counter: how often it is queued at this time.
struct Task {
    state: TaskState,
    queued: AtomicUsize,
    /// Wake-ups that no turn has seen.
    woken: AtomicUsize,
    ended: AtomicUsize,
}

impl Task {
    fn new() -> Arc<Self> {
        Arc::new(Self {
            state: TaskState::queued(),
            queued: AtomicUsize::new(1),
            woken: AtomicUsize::new(0),
            ended: AtomicUsize::new(0),
        })
    }

    fn push(&self) {
        assert_eq!(self.queued.fetch_add(1, Ordering::AcqRel), 0, "queued twice");
    }

    fn wake(&self) {
        self.woken.fetch_add(1, Ordering::AcqRel);
        if self.state.wake() {
            self.push();
        }
    }

    fn end(&self) {
        if self.state.end() {
            self.ended.fetch_add(1, Ordering::AcqRel);
        }
    }

    /// Takes the turns that are queued; the task never ends by itself.
    fn work(&self) {
        while self
            .queued
            .fetch_update(Ordering::AcqRel, Ordering::Acquire, |queued| queued.checked_sub(1))
            .is_ok()
        {
            if !self.state.start() {
                assert!(self.state.has_ended(), "a queued task did not start");
                return;
            }
            self.woken.store(0, Ordering::Release);
            if self.state.settle() {
                self.push();
            }
        }
    }
}

/// With at most two preemptions per run: without a bound these models take many minutes.
fn check(model: impl Fn() + Send + Sync + 'static) {
    let mut builder = loom::model::Builder::new();
    builder.preemption_bound = Some(2);
    builder.check(model);
}

#[test]
fn no_wake_up_is_lost_and_none_queues_twice() {
    check(|| {
        let task = Task::new();
        let wakers: Vec<_> = (0..2)
            .map(|_| {
                let task = Arc::clone(&task);
                thread::spawn(move || task.wake())
            })
            .collect();
        task.work();
        for waker in wakers {
            waker.join().unwrap();
        }
        task.work();
        assert_eq!(task.woken.load(Ordering::Acquire), 0, "a wake-up led to no turn");
        assert_eq!(task.queued.load(Ordering::Acquire), 0);
    });
}

#[test]
fn a_task_is_ended_once_and_for_good() {
    check(|| {
        let task = Task::new();
        let others = [
            {
                let task = Arc::clone(&task);
                thread::spawn(move || {
                    task.wake();
                    task.end();
                })
            },
            {
                let task = Arc::clone(&task);
                thread::spawn(move || task.end())
            },
        ];
        task.work();
        for other in others {
            other.join().unwrap();
        }
        task.work();
        assert_eq!(task.ended.load(Ordering::Acquire), 1);
        assert!(task.state.has_ended());
        assert!(!task.state.wake() && !task.state.start() && !task.state.settle());
    });
}
