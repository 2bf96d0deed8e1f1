//! Alarms, and what their wakers may do to the timekeeper: nothing.

use std::sync::Arc;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::task::Wake;
use std::thread;
use std::time::{Duration, Instant};

use isolate::{Alarm, Interruption, IsolateOptions, IsolateThreads, TurnIsolate};
use parking_lot::Mutex;

use crate::support::{Budget, PATIENCE, block_on, isolate_with, limits, run, turn_isolate};

/// Foreign code: says where it runs, and goes on when it is told to.
struct Blocks {
    thread: Mutex<Sender<Option<String>>>,
    go_on: Mutex<Receiver<()>>,
}

impl Wake for Blocks {
    fn wake(self: Arc<Self>) {
        self.thread.lock().send(thread::current().name().map(String::from)).unwrap();
        let _told_or_alone = self.go_on.lock().recv_timeout(PATIENCE);
    }
}

#[test]
fn a_waker_that_blocks_keeps_no_limit_from_being_enforced() {
    let (thread, ran_on) = channel();
    let (go_on, told) = channel();
    let waker = Arc::new(Blocks { thread: Mutex::new(thread), go_on: Mutex::new(told) });
    let alarm = Alarm::set(Instant::now(), Arc::clone(&waker).into());
    assert_eq!(ran_on.recv_timeout(PATIENCE).unwrap().as_deref(), Some("isolate-teller"));
    let threads = IsolateThreads::new(1);
    let end = run(&turn_isolate(&threads, 64), "for (;;) ;", Budget::cpu(20));
    assert!(end.is_for(Interruption::CpuTime), "{end:?}");
    go_on.send(()).unwrap();
    drop(alarm);
}

#[test]
fn an_alarm_that_is_dropped_does_not_ring() {
    let (thread, ran_on) = channel();
    let waker = Arc::new(Blocks { thread: Mutex::new(thread), go_on: Mutex::new(channel().1) });
    let alarm = Alarm::set(Instant::now() + PATIENCE, Arc::clone(&waker).into());
    drop((alarm, waker));
    assert!(ran_on.recv().is_err(), "nobody is left who could ring");
}

#[test]
fn no_limit_is_too_large_to_be_kept() {
    let threads = IsolateThreads::new(1);
    let limits = |wall_clock| {
        let mut limits = limits(64);
        limits.request.wall_clock = wall_clock;
        limits.request.cpu_time = wall_clock;
        limits
    };
    for wall_clock in [Duration::MAX, Duration::from_secs(u64::MAX / 4)] {
        let options = IsolateOptions::default().with_limits(limits(wall_clock));
        let isolate = TurnIsolate::new(isolate_with(options), &threads);
        let mut polled = false;
        let twice = move |context: &mut std::task::Context<'_>| {
            context.waker().wake_by_ref();
            match std::mem::replace(&mut polled, true) {
                true => std::task::Poll::Ready(1),
                false => std::task::Poll::Pending,
            }
        };
        let value = isolate.with_lock_async(move |_| std::future::poll_fn(twice));
        assert_eq!(block_on(value), Ok(1));
    }
}
