//! The order of locking and entering, and what must not wait for it.

use std::cell::Cell;
use std::rc::Rc;
use std::sync::Arc;
use std::sync::mpsc::{Sender, channel};
use std::time::Duration;

use isolate::{IsolateThreads, LockerManagedIsolate, Loss, TurnIsolate};

use crate::support::{block_on, eval, isolate, on_v8_thread, turn_isolate, wait_for};

#[test]
fn lesson_01_an_isolate_is_exited_before_its_lock_goes() {
    let isolates = [isolate(64), isolate(64)];
    on_v8_thread(move || {
        for round in 0..100 {
            for isolate in &isolates {
                // Locking panics if the thread still has the other isolate entered.
                let value = isolate.with_lock(|isolate| eval(isolate, &format!("{round} + 1")));
                assert_eq!(value, Ok((round + 1).to_string()));
            }
        }
    });
}

#[test]
fn lesson_01_threads_take_turns_on_one_isolate_without_mixing_their_states() {
    let isolate = Arc::new(isolate(64));
    let workers: Vec<_> = (0..4)
        .map(|worker| {
            let isolate = Arc::clone(&isolate);
            let (done, result) = channel();
            isolate::platform::initialize().spawn("locker", move || {
                let ok = (0..200).all(|round| {
                    let source = format!("[{worker}, {round}].join()");
                    isolate.with_lock(|isolate| eval(isolate, &source)) == Ok(format!("{worker},{round}"))
                });
                let _ = done.send(ok);
            });
            result
        })
        .collect();
    for worker in workers {
        assert!(worker.recv().unwrap());
    }
}

#[test]
fn lesson_03_isolates_of_both_kinds_may_be_dropped_in_any_order() {
    let shared: Vec<LockerManagedIsolate> = (0..6).map(|_| isolate(64)).collect();
    on_v8_thread(move || {
        let mut shared: Vec<_> = shared.into_iter().map(Some).collect();
        for (order, index) in [3, 0, 5, 1].into_iter().enumerate() {
            {
                let mut owned = v8::Isolate::new(v8::CreateParams::default());
                v8::scope!(let scope, &mut owned);
                let context = v8::Context::new(scope, v8::ContextOptions::default());
                let scope = &mut v8::ContextScope::new(scope, context);
                assert!(v8::String::new(scope, "owned").is_some());
            }
            shared[index] = None;
            let left = shared.iter().flatten().count();
            assert_eq!(left, 5 - order);
            for isolate in shared.iter().flatten() {
                assert_eq!(isolate.with_lock(|isolate| eval(isolate, "1 + 1")), Ok("2".into()));
            }
        }
    });
}

#[test]
#[should_panic(expected = "enter() is for the future that the access was made for")]
fn lesson_06_access_to_an_isolate_does_not_outlive_the_poll() {
    let threads = IsolateThreads::new(1);
    let isolate = turn_isolate(&threads, 64);
    let access = block_on(isolate.with_lock_async(|access| async move { access })).unwrap();
    access.enter(|_| ());
}

/// A turn on `isolate` that has begun, and lasts until the sender is used.
fn turn_until_released(
    isolate: &Arc<TurnIsolate>,
) -> (impl Future<Output = Result<(), Loss>> + use<>, Sender<()>) {
    let (release, released) = channel::<()>();
    let (entered, running) = channel();
    let turn = isolate.with_lock_async(move |access| async move {
        access.enter(|_| {
            entered.send(()).unwrap();
            released.recv().unwrap();
        });
    });
    running.recv().unwrap();
    (turn, release)
}

#[test]
fn lesson_08_metadata_does_not_wait_for_a_running_turn() {
    let threads = IsolateThreads::new(1);
    let isolate = turn_isolate(&threads, 64);
    let (turn, release) = turn_until_released(&isolate);
    // The turn ends only after all of this has been read.
    let _read = (isolate.turns(), isolate.heap_size(), isolate.waiting(), isolate.condemned());
    let managed = isolate.managed();
    let _read =
        (managed.id(), managed.limits(), managed.memory_limit_hit(), managed.heap_state().buffer_bytes());
    let _read = threads.stats();
    release.send(()).unwrap();
    block_on(turn).unwrap();
}

#[test]
fn the_wait_for_a_turn_is_measured() {
    const TASKS: usize = 48;
    const HELD: Duration = Duration::from_millis(30);
    let threads = IsolateThreads::new(1);
    let isolate = turn_isolate(&threads, 64);
    let (turn, release) = turn_until_released(&isolate);
    let waiting: Vec<_> = (0..TASKS).map(|_| isolate.with_lock_async(|_| async {})).collect();
    assert_eq!(isolate.waiting(), TASKS);
    std::thread::sleep(HELD);
    release.send(()).unwrap();
    block_on(turn).unwrap();
    for waited in waiting {
        block_on(waited).unwrap();
    }
    let waits = threads.turn_waits();
    assert!((3..=5).contains(&waits.len()), "one in 16: {}", waits.len());
    let held = HELD.as_nanos() as u64;
    // Those behind the turn that was held; it and the thread's other tasks waited for nothing.
    assert!(waits.count_between(held, u64::MAX) >= 3, "{} of {} ns", waits.len(), waits.max());
}

#[test]
fn lesson_09_waiting_for_a_turn_does_not_block_the_runtime() {
    on_v8_thread(a_runtime_of_one_thread_waits_for_a_turn);
}

fn a_runtime_of_one_thread_waits_for_a_turn() {
    let threads = IsolateThreads::new(1);
    let isolate = turn_isolate(&threads, 64);
    let (turn, release) = turn_until_released(&isolate);
    // One thread for both: if the wait blocked it, nobody would release the turn it waits for.
    let waited = Rc::new(Cell::new(false));
    block_on(async {
        let waiter = async {
            let value = isolate.with_lock(|isolate| eval(isolate, "'mine'")).await.unwrap();
            waited.set(true);
            value
        };
        let releaser = async {
            wait_for("the waiter to queue", || isolate.waiting() == 1);
            assert!(!waited.get());
            release.send(()).unwrap();
        };
        let (value, ()) = tokio::join!(waiter, releaser);
        assert_eq!(value, Ok("mine".into()));
    });
    block_on(turn).unwrap();
}
