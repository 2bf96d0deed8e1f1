//! How tasks and waiters hear that their isolate was given up: each once, when it takes no more turns, on a thread that
//! has no isolate locked.

use std::future::Future;
use std::pin::pin;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::task::{Context, Poll, Wake, Waker};
use std::time::{Duration, Instant};

use isolate::{
    Closed, IsolateOptions, IsolateTask, IsolateThreads, Loss, TaskControl, Turn, TurnBudget, TurnIsolate,
};
use parking_lot::Mutex;

use crate::support::{
    PATIENCE, block_on, eval, has_nothing_locked, isolate_with, limits, on_v8_thread, turn_isolate, wait_for,
};

/// What someone was told, a waiter without a reason; what the isolate was condemned for by then; and whether the thread
/// had an isolate locked.
type Heard = (Option<Loss>, Option<Loss>, bool);

/// Waits on an isolate, as a task or as somebody's waker, to hear of its end.
struct Neighbour {
    isolate: Arc<TurnIsolate>,
    heard: Mutex<Sender<Heard>>,
}

impl Neighbour {
    fn new(isolate: &Arc<TurnIsolate>, heard: &Sender<Heard>) -> Arc<Self> {
        Arc::new(Self { isolate: Arc::clone(isolate), heard: Mutex::new(heard.clone()) })
    }

    fn spawn(isolate: &Arc<TurnIsolate>, heard: &Sender<Heard>) {
        isolate.spawn(Box::new(Forever), Self::new(isolate, heard));
    }

    fn hears(&self, loss: Option<Loss>) {
        self.heard.lock().send((loss, self.isolate.condemned(), !has_nothing_locked())).unwrap();
    }
}

impl TaskControl for Neighbour {
    fn budget(&self) -> TurnBudget {
        TurnBudget { cpu: PATIENCE, deadline: None }
    }

    fn charge(&self, _: Duration) {}

    fn lost(&self, loss: Loss) {
        self.hears(Some(loss));
    }
}

impl Wake for Neighbour {
    fn wake(self: Arc<Self>) {
        self.hears(None);
    }
}

struct Forever;

impl IsolateTask for Forever {
    fn poll_turn(&mut self, _: &mut Turn<'_>, _: &mut Context<'_>) -> Poll<()> {
        Poll::Pending
    }
}

/// A task that has had its turn.
fn neighbour(isolate: &Arc<TurnIsolate>) -> (Sender<Heard>, Receiver<Heard>) {
    let (sender, heard) = channel();
    let turns = isolate.turns();
    Neighbour::spawn(isolate, &sender);
    wait_for("the neighbour's turn", || isolate.turns() > turns);
    (sender, heard)
}

/// Waits until nobody is left who could hear more: so many tasks and waiters have heard, each of them once.
#[track_caller]
fn assert_heard(heard: &Receiver<Heard>, tasks: usize, waiters: usize) {
    let mut all = Vec::new();
    loop {
        match heard.recv_timeout(PATIENCE) {
            Ok(heard) => all.push(heard),
            Err(RecvTimeoutError::Disconnected) => break,
            Err(RecvTimeoutError::Timeout) => panic!("somebody has not been told: {all:?}"),
        }
    }
    let condemned = Some(Loss::Memory);
    let count = |who| all.iter().filter(|heard| **heard == (who, condemned, false)).count();
    assert_eq!((count(condemned), count(None), all.len()), (tasks, waiters, tasks + waiters), "{all:?}");
}

/// Condemns `isolate` out of a turn of it, with a waiter there, and a task that comes too late.
fn condemn_in_turn(isolate: &Arc<TurnIsolate>, heard: &Sender<Heard>) {
    let waker = Waker::from(Neighbour::new(isolate, heard));
    let mut wait = pin!(isolate.with_lock(|_| ()));
    assert!(wait.as_mut().poll(&mut Context::from_waker(&waker)).is_pending());
    isolate.condemn(Loss::Memory);
    Neighbour::spawn(isolate, heard);
    let polled = wait.poll(&mut Context::from_waker(Waker::noop()));
    assert_eq!(polled, Poll::Ready(Err(Closed)), "closed at once");
}

#[test]
fn a_turn_that_condemns_its_isolate_is_over_when_others_hear_of_it() {
    let threads = IsolateThreads::new(2);
    for panics in [false, true] {
        let isolate = turn_isolate(&threads, 64);
        let (sender, heard) = neighbour(&isolate);
        let inner = Arc::clone(&isolate);
        let turn = isolate.with_lock_async(move |_| async move {
            condemn_in_turn(&inner, &sender);
            assert!(!panics, "on purpose");
        });
        let _lost_if_the_turn_was_slow = block_on(turn);
        assert_heard(&heard, 2, 1);
    }
}

struct Panics;

impl IsolateTask for Panics {
    fn poll_turn(&mut self, _: &mut Turn<'_>, _: &mut Context<'_>) -> Poll<()> {
        panic!("on purpose");
    }
}

#[test]
fn a_task_that_panics_hears_of_it_when_its_isolate_takes_no_more_turns() {
    let threads = IsolateThreads::new(1);
    let isolate = turn_isolate(&threads, 64);
    let (sender, heard) = channel();
    isolate.spawn(Box::new(Panics), Neighbour::new(&isolate, &sender));
    let told = heard.recv_timeout(PATIENCE).unwrap();
    assert_eq!(told, (Some(Loss::Panicked), Some(Loss::Condemned), false));
}

#[test]
fn a_turn_that_never_ends_keeps_no_loss_back() {
    let threads = IsolateThreads::new(1);
    let limits = limits(64).with_wall_clock(Duration::from_millis(50));
    let isolate = TurnIsolate::new(isolate_with(IsolateOptions::default().with_limits(limits)), &threads);
    let (sender, heard) = neighbour(&isolate);
    let (inner, stats) = (Arc::clone(&isolate), threads.clone());
    let turn = isolate.with_lock_async(move |_| async move {
        condemn_in_turn(&inner, &sender);
        drop(sender);
        let began = Instant::now();
        while stats.stats().replaced == 0 {
            assert!(began.elapsed() < PATIENCE, "the thread is not given up");
        }
    });
    assert!(block_on(turn).is_err());
    assert_heard(&heard, 2, 1);
}

#[test]
fn a_turn_that_condemns_another_isolate_is_over_when_that_hears_of_it() {
    let threads = IsolateThreads::new(1);
    let (isolate, other) = (turn_isolate(&threads, 64), turn_isolate(&threads, 64));
    let (sender, heard) = neighbour(&other);
    drop(sender);
    let turn = isolate.with_lock_async(move |_| async move { other.condemn(Loss::Memory) });
    block_on(turn).unwrap();
    assert_heard(&heard, 1, 0);
}

#[test]
fn a_caller_that_hits_the_heap_limit_has_unlocked_when_others_hear_of_it() {
    let threads = IsolateThreads::new(1);
    let isolate = turn_isolate(&threads, 64);
    let (sender, heard) = neighbour(&isolate);
    drop(sender);
    on_v8_thread(move || {
        let source = "const kept = []; while (true) kept.push(new Array(1000).fill(kept.length))";
        let grown = block_on(isolate.with_lock(|isolate| eval(isolate, source)));
        assert_eq!(grown, Ok(Err("terminated".into())));
    });
    assert_heard(&heard, 1, 0);
}

#[test]
fn a_caller_that_condemns_has_unlocked_when_others_hear_of_it() {
    let threads = IsolateThreads::new(1);
    let isolate = turn_isolate(&threads, 64);
    let (sender, heard) = neighbour(&isolate);
    on_v8_thread(move || block_on(isolate.with_lock(|_| condemn_in_turn(&isolate, &sender)))).unwrap();
    assert_heard(&heard, 2, 1);
}
