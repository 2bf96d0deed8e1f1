//! The queue alone, one thread, every step by hand.

use std::collections::VecDeque;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Context, Poll, Wake, Waker};

use proptest::prelude::*;

use super::*;

/// Counts how often it is asked to schedule.
struct Owner {
    queue: TurnQueue<u32>,
    scheduled: AtomicUsize,
}

impl Owner {
    fn new() -> Arc<Self> {
        Arc::new(Self { queue: TurnQueue::new(), scheduled: AtomicUsize::new(0) })
    }

    fn push(self: &Arc<Self>, job: u32) -> Result<(), u32> {
        self.queue.push_job(job).map(|next| self.carry_out(next))
    }

    fn release(self: &Arc<Self>) {
        let next = self.queue.release();
        self.carry_out(next);
    }

    fn scheduled(&self) -> usize {
        self.scheduled.load(Ordering::Relaxed)
    }

    /// A turn that starts and ends.
    fn run(self: &Arc<Self>) -> Option<u32> {
        let job = self.queue.start_job();
        if job.is_some() {
            self.release();
        }
        job
    }
}

impl Schedule for Owner {
    type Job = u32;

    fn queue(&self) -> &TurnQueue<u32> {
        &self.queue
    }

    fn schedule(self: &Arc<Self>) {
        self.scheduled.fetch_add(1, Ordering::Relaxed);
    }
}

#[derive(Default)]
struct CountingWaker(AtomicUsize);

impl CountingWaker {
    fn count(&self) -> usize {
        self.0.load(Ordering::Relaxed)
    }
}

impl Wake for CountingWaker {
    fn wake(self: Arc<Self>) {
        self.0.fetch_add(1, Ordering::Relaxed);
    }
}

type Waiting = Pin<Box<TurnWait<Owner>>>;

fn waiter(owner: &Arc<Owner>) -> Waiting {
    Box::pin(TurnWait::new(Arc::clone(owner)))
}

fn poll(wait: &mut Waiting) -> Poll<Result<TurnGuard<Owner>, Closed>> {
    wait.as_mut().poll(&mut Context::from_waker(Waker::noop()))
}

fn turn(wait: &mut Waiting) -> TurnGuard<Owner> {
    match poll(wait) {
        Poll::Ready(Ok(guard)) => guard,
        Poll::Ready(Err(Closed)) => panic!("closed"),
        Poll::Pending => panic!("no turn"),
    }
}

#[test]
fn a_free_turn_is_given_at_once() {
    let owner = Owner::new();
    let first = turn(&mut waiter(&owner));
    let mut second = waiter(&owner);
    assert!(poll(&mut second).is_pending());
    drop(first);
    drop(turn(&mut second));
    assert_eq!(owner.scheduled(), 0);
}

#[test]
fn jobs_and_waiters_take_turns_in_the_order_they_came() {
    let owner = Owner::new();
    owner.push(1).unwrap();
    let mut second = waiter(&owner);
    assert!(poll(&mut second).is_pending());
    owner.push(3).unwrap();
    assert_eq!((owner.scheduled(), owner.queue.len()), (1, 3));
    assert_eq!(owner.run(), Some(1));
    assert_eq!(owner.scheduled(), 1, "job 3 is behind a waiter");
    let guard = turn(&mut second);
    assert_eq!(owner.queue.start_job(), None, "the waiter has the turn");
    drop(guard);
    assert_eq!(owner.scheduled(), 2);
    assert_eq!(owner.run(), Some(3));
}

#[test]
fn a_queue_of_jobs_is_scheduled_once_per_job() {
    let owner = Owner::new();
    for job in 0..5 {
        owner.push(job).unwrap();
    }
    for job in 0..5 {
        assert_eq!(owner.scheduled(), job as usize + 1);
        assert_eq!(owner.run(), Some(job));
    }
    assert_eq!(owner.run(), None);
}

#[test]
fn a_job_passes_the_turn_to_a_job_and_not_past_a_waiter() {
    let owner = Owner::new();
    owner.push(1).unwrap();
    owner.push(2).unwrap();
    let mut third = waiter(&owner);
    assert!(poll(&mut third).is_pending());
    owner.push(4).unwrap();
    assert_eq!(owner.queue.start_job(), Some(1));
    assert_eq!(owner.queue.next_job(), Some(2));
    assert_eq!(owner.queue.next_job(), None, "a waiter is at the front");
    assert!(poll(&mut third).is_pending(), "the turn has not been released");
    owner.release();
    drop(turn(&mut third));
    assert_eq!(owner.run(), Some(4));
}

#[test]
fn a_closed_queue_passes_the_turn_to_nobody() {
    let owner = Owner::new();
    owner.push(1).unwrap();
    owner.push(2).unwrap();
    assert_eq!(owner.queue.start_job(), Some(1));
    assert_eq!(owner.queue.close().0, [2]);
    assert_eq!(owner.queue.next_job(), None);
}

#[test]
fn a_waiter_does_not_overtake_a_scheduled_job() {
    let owner = Owner::new();
    owner.push(1).unwrap();
    let mut second = waiter(&owner);
    assert!(poll(&mut second).is_pending());
    assert_eq!(owner.run(), Some(1));
    drop(turn(&mut second));
}

#[test]
fn lesson_10_a_waiter_dropped_in_the_queue_leaves_no_trace() {
    let owner = Owner::new();
    let first = turn(&mut waiter(&owner));
    let mut second = waiter(&owner);
    let mut third = waiter(&owner);
    assert!(poll(&mut second).is_pending());
    assert!(poll(&mut third).is_pending());
    drop(second);
    assert_eq!(owner.queue.len(), 1);
    drop(first);
    drop(turn(&mut third));
    drop(turn(&mut waiter(&owner)));
}

#[test]
fn lesson_10_a_waiter_dropped_with_an_unnoticed_turn_passes_it_on() {
    let owner = Owner::new();
    let first = turn(&mut waiter(&owner));
    let mut second = waiter(&owner);
    assert!(poll(&mut second).is_pending());
    owner.push(3).unwrap();
    drop(first);
    assert_eq!(owner.scheduled(), 0, "the turn is the waiter's");
    drop(second);
    assert_eq!(owner.scheduled(), 1);
    assert_eq!(owner.run(), Some(3));
}

#[test]
fn a_waiter_that_was_never_polled_is_not_in_the_queue() {
    let owner = Owner::new();
    let guard = turn(&mut waiter(&owner));
    drop(waiter(&owner));
    assert_eq!(owner.queue.len(), 0);
    drop(guard);
}

#[test]
fn the_waker_of_the_last_poll_is_woken() {
    let owner = Owner::new();
    let guard = turn(&mut waiter(&owner));
    let (old, new) = (Arc::new(CountingWaker::default()), Arc::new(CountingWaker::default()));
    let mut wait = waiter(&owner);
    for counter in [&old, &new] {
        let waker = Waker::from(Arc::clone(counter));
        assert!(wait.as_mut().poll(&mut Context::from_waker(&waker)).is_pending());
    }
    drop(guard);
    assert_eq!((old.count(), new.count()), (0, 1));
}

#[test]
fn a_closed_queue_gives_jobs_back_and_errors_to_waiters() {
    let owner = Owner::new();
    let guard = turn(&mut waiter(&owner));
    owner.push(1).unwrap();
    let counter = Arc::new(CountingWaker::default());
    let mut wait = waiter(&owner);
    let waker = Waker::from(Arc::clone(&counter));
    assert!(wait.as_mut().poll(&mut Context::from_waker(&waker)).is_pending());
    owner.push(2).unwrap();
    let (jobs, waiters) = owner.queue.close();
    assert_eq!(jobs, [1, 2]);
    waiters.into_iter().for_each(Waker::wake);
    assert_eq!(counter.count(), 1);
    assert!(matches!(poll(&mut wait), Poll::Ready(Err(Closed))));
    assert_eq!(owner.push(3), Err(3));
    drop(guard);
    drop(wait);
    assert!(matches!(poll(&mut waiter(&owner)), Poll::Ready(Err(Closed))));
    assert_eq!((owner.scheduled(), owner.queue.len()), (0, 0));
    assert!(owner.queue.close().0.is_empty());
}

#[test]
fn a_queue_closed_between_schedule_and_start_starts_nothing() {
    let owner = Owner::new();
    owner.push(1).unwrap();
    assert_eq!(owner.queue.close().0, [1]);
    assert_eq!(owner.queue.start_job(), None);
}

#[derive(Clone, Copy, Debug)]
enum Step {
    Push,
    Wait,
    /// Polls or drops one of the waiters.
    Poll(usize),
    Cancel(usize),
    /// What an isolate thread does with a schedule.
    Start,
    Release,
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let step = prop_oneof![
        Just(Step::Push),
        Just(Step::Wait),
        any::<usize>().prop_map(Step::Poll),
        any::<usize>().prop_map(Step::Cancel),
        Just(Step::Start),
        Just(Step::Release),
    ];
    prop::collection::vec(step, 0..120)
}

/// What the queue has to do, said naively: ids in the order in which they came, and who holds the turn.
#[derive(Default)]
struct Model {
    queue: VecDeque<Party>,
    holder: Option<Party>,
    scheduled: usize,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Party {
    Job(u32),
    Waiter(u32),
}

impl Model {
    fn arrive(&mut self, party: Party) {
        self.queue.push_back(party);
        self.settle();
    }

    fn settle(&mut self) {
        if self.holder.is_none() {
            self.holder = self.queue.pop_front();
            self.scheduled += usize::from(matches!(self.holder, Some(Party::Job(_))));
        }
    }
}

proptest! {
    #[test]
    fn it_behaves_like_a_naive_queue(steps in steps()) {
        let owner = Owner::new();
        let mut model = Model::default();
        let mut waiting: Vec<(u32, Waiting)> = Vec::new();
        let mut guard = None;
        let mut running = None;
        let mut next = 0;
        for step in steps {
            next += 1;
            match step {
                Step::Push => {
                    owner.push(next).unwrap();
                    model.arrive(Party::Job(next));
                }
                Step::Wait => {
                    let mut wait = waiter(&owner);
                    model.arrive(Party::Waiter(next));
                    match poll(&mut wait) {
                        Poll::Ready(turn) => {
                            prop_assert_eq!(model.holder, Some(Party::Waiter(next)));
                            guard = Some(turn.unwrap());
                        }
                        Poll::Pending => {
                            prop_assert_ne!(model.holder, Some(Party::Waiter(next)));
                            waiting.push((next, wait));
                        }
                    }
                }
                Step::Poll(at) if !waiting.is_empty() => {
                    let at = at % waiting.len();
                    let id = waiting[at].0;
                    if let Poll::Ready(turn) = poll(&mut waiting[at].1) {
                        prop_assert_eq!(model.holder, Some(Party::Waiter(id)));
                        guard = Some(turn.unwrap());
                        drop(waiting.remove(at));
                    } else {
                        prop_assert_ne!(model.holder, Some(Party::Waiter(id)));
                    }
                }
                Step::Cancel(at) if !waiting.is_empty() => {
                    let (id, wait) = waiting.remove(at % waiting.len());
                    drop(wait);
                    model.queue.retain(|party| *party != Party::Waiter(id));
                    if model.holder == Some(Party::Waiter(id)) {
                        model.holder = None;
                        model.settle();
                    }
                }
                Step::Start if running.is_none() => {
                    running = owner.queue.start_job();
                    let expected = match model.holder { Some(Party::Job(id)) => Some(id), _ => None };
                    prop_assert_eq!(running, expected);
                }
                Step::Release if guard.is_some() || running.is_some() => {
                    model.holder = None;
                    model.settle();
                    if running.take().is_some() {
                        owner.release();
                    } else {
                        guard = None;
                    }
                }
                _ => {}
            }
            prop_assert_eq!(owner.scheduled(), model.scheduled);
            let scheduled = matches!(model.holder, Some(Party::Job(_))) && running.is_none();
            prop_assert_eq!(owner.queue.len(), model.queue.len() + usize::from(scheduled));
        }
    }
}

/// Comes back to the queue whenever its code runs, and panics after that.
struct Unruly(Arc<Owner>);

impl Unruly {
    fn act(&self) {
        assert!(self.0.queue.len() < 100);
        drop(waiter(&self.0));
    }
}

impl Wake for Unruly {
    fn wake(self: Arc<Self>) {
        self.act();
        panic!("woken");
    }
}

impl Drop for Unruly {
    fn drop(&mut self) {
        self.act();
        if !std::thread::panicking() {
            panic!("dropped");
        }
    }
}

fn wait_with_an_unruly_waker(owner: &Arc<Owner>) -> Waiting {
    let mut wait = waiter(owner);
    let waker = Waker::from(Arc::new(Unruly(Arc::clone(owner))));
    assert!(wait.as_mut().poll(&mut Context::from_waker(&waker)).is_pending());
    // The queue has the only one.
    teller::discard(waker);
    wait
}

#[test]
fn foreign_wakers_run_outside_of_the_lock_and_their_panics_cost_nobody_the_turn() {
    let owner = Owner::new();
    let first = turn(&mut waiter(&owner));
    // Replaced, dropped in the queue, and woken.
    let mut replaced = wait_with_an_unruly_waker(&owner);
    assert!(poll(&mut replaced).is_pending());
    drop(wait_with_an_unruly_waker(&owner));
    let mut woken = wait_with_an_unruly_waker(&owner);
    let mut last = waiter(&owner);
    assert!(poll(&mut last).is_pending());
    assert_eq!(owner.queue.len(), 3);
    drop(first);
    drop(turn(&mut replaced));
    drop(turn(&mut woken));
    drop(turn(&mut last));
    owner.push(1).unwrap();
    assert_eq!(owner.run(), Some(1));
}
