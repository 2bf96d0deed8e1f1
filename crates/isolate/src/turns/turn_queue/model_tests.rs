//! The queue under loom's model checker: every interleaving of a few threads.
//!
//! `RUSTFLAGS="--cfg loom" cargo test -p isolate --lib --target-dir target/loom model_tests`

use std::future::Future;
use std::pin::pin;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};

use loom::future::block_on;
use loom::sync::atomic::{AtomicUsize, Ordering};
use loom::thread;

use super::*;

/// An owner whose "isolate thread" is whoever picks up a schedule.
struct Owner {
    queue: TurnQueue<usize>,
    /// Schedules that nobody has picked up.
    scheduled: AtomicUsize,
    holders: AtomicUsize,
    ran: loom::sync::Mutex<Vec<usize>>,
}

impl Owner {
    fn new() -> Arc<Self> {
        Arc::new(Self {
            queue: TurnQueue::new(),
            scheduled: AtomicUsize::new(0),
            holders: AtomicUsize::new(0),
            ran: loom::sync::Mutex::new(Vec::new()),
        })
    }

    fn push(self: &Arc<Self>, job: usize) -> bool {
        match self.queue.push_job(job) {
            Ok(next) => {
                self.carry_out(next);
                true
            }
            Err(_) => false,
        }
    }

    /// What an isolate thread does until there is nothing left for it. Returns how many turns it took.
    fn work(self: &Arc<Self>) -> usize {
        let mut turns = 0;
        while self
            .scheduled
            .fetch_update(Ordering::AcqRel, Ordering::Acquire, |schedules| schedules.checked_sub(1))
            .is_ok()
        {
            let Some(job) = self.queue.start_job() else { continue };
            self.hold(|| self.ran.lock().unwrap().push(job));
            turns += 1;
            while let Some(job) = self.queue.next_job() {
                self.hold(|| self.ran.lock().unwrap().push(job));
                turns += 1;
            }
            let next = self.queue.release();
            self.carry_out(next);
        }
        turns
    }

    /// Fails if two hold the turn.
    fn hold(&self, during: impl FnOnce()) {
        assert_eq!(self.holders.fetch_add(1, Ordering::AcqRel), 0, "two hold the turn");
        during();
        self.holders.fetch_sub(1, Ordering::AcqRel);
    }

    fn wait_and_hold(self: &Arc<Self>) -> Result<(), Closed> {
        let guard = block_on(TurnWait::new(Arc::clone(self)))?;
        self.hold(|| {});
        drop(guard);
        Ok(())
    }

    fn assert_free(self: &Arc<Self>) {
        assert_eq!(self.queue.len(), 0);
        let mut wait = pin!(TurnWait::new(Arc::clone(self)));
        let polled = wait.as_mut().poll(&mut Context::from_waker(Waker::noop()));
        assert!(matches!(polled, Poll::Ready(Ok(_))), "the turn was lost");
    }
}

impl Schedule for Owner {
    type Job = usize;

    fn queue(&self) -> &TurnQueue<usize> {
        &self.queue
    }

    fn schedule(self: &Arc<Self>) {
        self.scheduled.fetch_add(1, Ordering::AcqRel);
    }
}

#[test]
fn the_turn_goes_from_waiter_to_waiter() {
    loom::model(|| {
        let owner = Owner::new();
        let other = {
            let owner = Arc::clone(&owner);
            thread::spawn(move || owner.wait_and_hold().unwrap())
        };
        owner.wait_and_hold().unwrap();
        other.join().unwrap();
        owner.assert_free();
    });
}

/// Lesson 10: the hand-over races with the cancellation of the one it goes to.
#[test]
fn a_cancelled_waiter_passes_the_turn_on() {
    loom::model(|| {
        let owner = Owner::new();
        let guard = block_on(TurnWait::new(Arc::clone(&owner))).unwrap();
        let mut cancelled = Box::pin(TurnWait::new(Arc::clone(&owner)));
        assert!(cancelled.as_mut().poll(&mut Context::from_waker(Waker::noop())).is_pending());
        assert!(owner.push(1));
        let other = thread::spawn(move || drop(cancelled));
        drop(guard);
        other.join().unwrap();
        assert_eq!(owner.work(), 1, "the job behind the waiter was not scheduled");
        owner.assert_free();
    });
}

/// As above, with a waiter instead of a job behind, which sleeps until it is woken.
#[test]
fn a_cancelled_waiter_wakes_the_one_behind() {
    loom::model(|| {
        let owner = Owner::new();
        let guard = block_on(TurnWait::new(Arc::clone(&owner))).unwrap();
        let mut cancelled = Box::pin(TurnWait::new(Arc::clone(&owner)));
        assert!(cancelled.as_mut().poll(&mut Context::from_waker(Waker::noop())).is_pending());
        let behind = {
            let owner = Arc::clone(&owner);
            thread::spawn(move || owner.wait_and_hold().unwrap())
        };
        let canceller = thread::spawn(move || drop(cancelled));
        drop(guard);
        canceller.join().unwrap();
        behind.join().unwrap();
        owner.assert_free();
    });
}

#[test]
fn every_job_is_scheduled_exactly_once() {
    loom::model(|| {
        let owner = Owner::new();
        let other = {
            let owner = Arc::clone(&owner);
            thread::spawn(move || {
                assert!(owner.push(1));
                owner.work()
            })
        };
        assert!(owner.push(2));
        assert!(owner.push(3));
        let turns = owner.work() + other.join().unwrap() + owner.work();
        assert_eq!(turns, 3);
        let ran = owner.ran.lock().unwrap().clone();
        let (second, third) = (ran.iter().position(|job| *job == 2), ran.iter().position(|job| *job == 3));
        assert!(second < third, "jobs of one thread ran out of order");
        assert_eq!(owner.scheduled.load(Ordering::Acquire), 0);
        owner.assert_free();
    });
}

#[test]
fn jobs_and_waiters_share_the_turn() {
    loom::model(|| {
        let owner = Owner::new();
        let worker = {
            let owner = Arc::clone(&owner);
            thread::spawn(move || {
                assert!(owner.push(1));
                owner.work()
            })
        };
        owner.wait_and_hold().unwrap();
        let turns = owner.work() + worker.join().unwrap() + owner.work();
        assert_eq!(turns, 1);
        owner.assert_free();
    });
}

/// A job goes back to the one who pushes it, or comes out of `close`, or runs: one of the three.
#[test]
fn a_job_is_not_lost_when_the_queue_closes() {
    loom::model(|| {
        let owner = Owner::new();
        let closer = {
            let owner = Arc::clone(&owner);
            thread::spawn(move || owner.queue.close().0.len())
        };
        let refused = usize::from(!owner.push(1));
        let ran = owner.work();
        let returned = closer.join().unwrap();
        assert_eq!(refused + ran + returned, 1);
    });
}

#[test]
fn no_waiter_sleeps_through_the_closing() {
    loom::model(|| {
        let owner = Owner::new();
        let guard = block_on(TurnWait::new(Arc::clone(&owner))).unwrap();
        let waiter = {
            let owner = Arc::clone(&owner);
            thread::spawn(move || owner.wait_and_hold())
        };
        let (jobs, waiters) = owner.queue.close();
        assert!(jobs.is_empty());
        waiters.into_iter().for_each(Waker::wake);
        drop(guard);
        assert_eq!(waiter.join().unwrap(), Err(Closed));
    });
}
