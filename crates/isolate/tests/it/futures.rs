//! `with_lock_async`.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use isolate::{Interruption, IsolateOptions, IsolateThreads, Loss, RuntimeLimits, TurnIsolate};
use parking_lot::Mutex;
use tokio::sync::oneshot;

use crate::support::{
    Budget, End, PATIENCE, block_on, eval, isolate_with, limits, run, turn_isolate, wait_for,
};

#[test]
fn lesson_02_futures_of_one_isolate_interleave_at_awaits() {
    let threads = IsolateThreads::new(2);
    let isolate = turn_isolate(&threads, 64);
    let log = Arc::new(Mutex::new(String::new()));
    let (to_first, from_second) = oneshot::channel();
    let (to_second, from_first) = oneshot::channel();
    let (one, two) = (Arc::clone(&log), Arc::clone(&log));
    let first = isolate.with_lock_async(|access| async move {
        access.enter(|isolate| one.lock().push_str(&eval(isolate, "'a'").unwrap()));
        to_second.send(()).unwrap();
        from_second.await.unwrap();
        access.enter(|isolate| one.lock().push_str(&eval(isolate, "'c'").unwrap()));
    });
    let second = isolate.with_lock_async(|access| async move {
        from_first.await.unwrap();
        access.enter(|isolate| two.lock().push_str(&eval(isolate, "'b'").unwrap()));
        to_first.send(()).unwrap();
    });
    assert_eq!(block_on(first), Ok(()));
    assert_eq!(block_on(second), Ok(()));
    assert_eq!(*log.lock(), "abc");
}

#[test]
fn lesson_02_another_isolate_runs_on_the_thread_of_one_that_awaits() {
    // One thread: what awaits must not occupy it, nor leave its isolate entered.
    let threads = IsolateThreads::new(1);
    let (one, two) = (turn_isolate(&threads, 64), turn_isolate(&threads, 64));
    for _ in 0..50 {
        let (sender, receiver) = oneshot::channel();
        let waiting = one.with_lock_async(|access| async move {
            let before = access.enter(|isolate| eval(isolate, "1"));
            receiver.await.unwrap();
            (before, access.enter(|isolate| eval(isolate, "3")))
        });
        let other = two.with_lock_async(|access| async move { access.enter(|isolate| eval(isolate, "2")) });
        assert_eq!(block_on(other), Ok(Ok("2".into())));
        sender.send(()).unwrap();
        assert_eq!(block_on(waiting), Ok((Ok("1".into()), Ok("3".into()))));
    }
}

/// Says when it is dropped.
struct Flag(Arc<AtomicBool>);

impl Drop for Flag {
    fn drop(&mut self) {
        self.0.store(true, Ordering::SeqCst);
    }
}

#[test]
fn lesson_32_a_future_that_nobody_waits_for_is_dropped() {
    let threads = IsolateThreads::new(1);
    let isolate = turn_isolate(&threads, 64);
    let dropped = Arc::new(AtomicBool::new(false));
    let flag = Flag(Arc::clone(&dropped));
    let waiting = isolate.with_lock_async(|_| async move {
        let _flag = flag;
        std::future::pending::<()>().await;
    });
    wait_for("the first turn", || isolate.turns() == 1);
    assert!(!dropped.load(Ordering::SeqCst));
    drop(waiting);
    wait_for("the future to be dropped", || dropped.load(Ordering::SeqCst));
    assert_eq!(run(&isolate, "1", Budget::GENEROUS), End::value("1"));
}

#[test]
fn a_future_lost_while_it_ran_is_dropped_though_it_holds_its_own_waker() {
    let threads = IsolateThreads::new(1);
    let isolate = turn_isolate(&threads, 64);
    let dropped = Arc::new(AtomicBool::new(false));
    let flag = Flag(Arc::clone(&dropped));
    let inner = Arc::clone(&isolate);
    let lost = isolate.with_lock_async(|_| async move {
        let _flag = flag;
        let (_sender, receiver) = oneshot::channel::<()>();
        inner.condemn(Loss::Condemned);
        // Both ends are in this future, and its waker is in the channel.
        let _ = receiver.await;
    });
    assert_eq!(block_on(lost), Err(Loss::Condemned));
    wait_for("the future to be dropped", || dropped.load(Ordering::SeqCst));
}

#[test]
fn a_panic_condemns_only_its_isolate() {
    let threads = IsolateThreads::new(1);
    let (isolate, neighbour) = (turn_isolate(&threads, 64), turn_isolate(&threads, 64));
    let waiting = isolate.with_lock_async(|_| std::future::pending::<()>());
    let panicking =
        isolate.with_lock_async(|access| async move { access.enter(|_| -> () { panic!("on purpose") }) });
    assert_eq!(block_on(panicking), Err(Loss::Panicked));
    assert_eq!(block_on(waiting), Err(Loss::Condemned));
    assert_eq!(isolate.condemned(), Some(Loss::Condemned));
    assert_eq!(run(&neighbour, "1", Budget::GENEROUS), End::value("1"));
}

#[test]
fn access_is_refused_outside_of_the_future() {
    let threads = IsolateThreads::new(1);
    let (isolate, other) = (turn_isolate(&threads, 64), turn_isolate(&threads, 64));
    let access = block_on(isolate.with_lock_async(|access| async move { access })).unwrap();
    let here = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| access.enter(|_| ())));
    assert!(here.is_err());
    let foreign = other.with_lock_async(|_| async move { access.enter(|_| ()) });
    assert_eq!(block_on(foreign), Err(Loss::Panicked));
    let nested = isolate.with_lock_async(|access| async move { access.enter(|_| access.enter(|_| ())) });
    assert_eq!(block_on(nested), Err(Loss::Panicked));
}

fn limited(threads: &IsolateThreads, limits: RuntimeLimits) -> Arc<TurnIsolate> {
    TurnIsolate::new(isolate_with(IsolateOptions::default().with_limits(limits)), threads)
}

#[test]
fn lesson_21_a_future_that_waits_for_ever_is_cut_at_its_deadline() {
    let threads = IsolateThreads::new(1);
    let limits = limits(64).with_wall_clock(Duration::from_millis(50));
    let isolate = limited(&threads, limits);
    let parked = isolate.with_lock_async(|_| std::future::pending::<()>());
    assert_eq!(block_on(parked), Err(Loss::Stuck(Interruption::WallClock)));
    assert_eq!(isolate.condemned(), None);
}

#[test]
fn a_future_that_spends_its_cpu_time_in_small_turns_is_cut() {
    let threads = IsolateThreads::new(1);
    let limits = limits(64).with_cpu_time(Duration::from_millis(20));
    let isolate = limited(&threads, limits);
    let busy = isolate.with_lock_async(|_| async {
        loop {
            tokio::task::yield_now().await;
        }
    });
    // A loop that never waits: its turns are microseconds, and each queues behind the others'.
    assert_eq!(block_on(busy), Err(Loss::Stuck(Interruption::CpuTime)));
}

#[test]
fn any_runtime_can_wait_for_a_future_on_an_isolate() {
    let threads = IsolateThreads::new(2);
    let isolates: Vec<_> = (0..4).map(|_| turn_isolate(&threads, 64)).collect();
    let runtime =
        tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_time().build().unwrap();
    runtime.block_on(async {
        let calls: Vec<_> = (0..200_usize)
            .map(|at| {
                let isolate = Arc::clone(&isolates[at % isolates.len()]);
                tokio::spawn(async move {
                    isolate
                        .with_lock_async(move |access| async move {
                            access.enter(|isolate| eval(isolate, &format!("{at} * 2")))
                        })
                        .await
                })
            })
            .collect();
        for (at, call) in calls.into_iter().enumerate() {
            let value = tokio::time::timeout(PATIENCE, call).await.unwrap().unwrap();
            assert_eq!(value, Ok(Ok((at * 2).to_string())));
        }
    });
}
