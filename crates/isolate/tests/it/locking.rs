//! Turns on the callers' own threads, and what is dropped without the lock.

use std::future::Future;
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Context, Waker};

use isolate::{Closed, IsolateThreads, Loss};
use parking_lot::Mutex;

use crate::support::{Budget, End, block_on, eval, isolate, on_v8_thread, raw, run, turn_isolate, wait_for};

#[test]
fn threads_take_turns_with_one_isolate() {
    let threads = IsolateThreads::new(2);
    let isolate = turn_isolate(&threads, 64);
    let inside = Arc::new(AtomicUsize::new(0));
    let (sender, done) = std::sync::mpsc::channel();
    for _ in 0..6 {
        let (isolate, inside, sender) = (Arc::clone(&isolate), Arc::clone(&inside), sender.clone());
        isolate::platform::initialize().spawn("caller", move || {
            for _ in 0..20 {
                let value = block_on(isolate.with_lock(|isolate| {
                    assert_eq!(inside.fetch_add(1, Ordering::SeqCst), 0, "two threads in one isolate");
                    let value = eval(isolate, "1 + 1");
                    inside.fetch_sub(1, Ordering::SeqCst);
                    value
                }));
                sender.send(value).unwrap();
            }
        });
    }
    drop(sender);
    let values: Vec<_> = done.iter().collect();
    assert_eq!(values.len(), 120);
    assert!(values.iter().all(|value| *value == Ok(Ok("2".into()))));
}

#[test]
fn callers_and_tasks_are_served_first_come_first_served() {
    let threads = IsolateThreads::new(2);
    let isolate = turn_isolate(&threads, 64);
    let order = Arc::new(Mutex::new(Vec::new()));
    on_v8_thread(move || {
        let mut waits = Vec::new();
        let mut tasks = Vec::new();
        block_on(isolate.with_lock(|_| {
            for at in 0..6 {
                let order = Arc::clone(&order);
                if at % 2 == 0 {
                    let shared = Arc::clone(&isolate);
                    let mut wait = Box::pin(async move { shared.with_lock(|_| order.lock().push(at)).await });
                    assert!(wait.as_mut().poll(&mut Context::from_waker(Waker::noop())).is_pending());
                    waits.push(wait);
                } else {
                    tasks.push(isolate.with_lock_async(move |_| async move { order.lock().push(at) }));
                }
            }
            assert_eq!(isolate.waiting(), 6);
        }))
        .unwrap();
        for (wait, task) in waits.into_iter().zip(tasks) {
            block_on(wait).unwrap();
            block_on(task).unwrap();
        }
        assert_eq!(*order.lock(), [0, 1, 2, 3, 4, 5]);
    });
}

#[test]
fn lesson_10_a_cancelled_wait_does_not_keep_the_turn() {
    let threads = IsolateThreads::new(1);
    let isolate = turn_isolate(&threads, 64);
    on_v8_thread(move || {
        block_on(isolate.with_lock(|_| {
            for _ in 0..3 {
                let mut wait = pin!(isolate.with_lock(|_| ()));
                assert!(wait.as_mut().poll(&mut Context::from_waker(Waker::noop())).is_pending());
            }
            assert_eq!(isolate.waiting(), 0);
        }))
        .unwrap();
        // The turn is given to a waiter that goes before it notices.
        let mut noticed_too_late = Box::pin(isolate.with_lock(|_| ()));
        block_on(isolate.with_lock(|_| {
            let mut context = Context::from_waker(Waker::noop());
            assert!(noticed_too_late.as_mut().poll(&mut context).is_pending());
        }))
        .unwrap();
        let behind = isolate.with_lock_async(|_| async {});
        drop(noticed_too_late);
        assert_eq!(block_on(behind), Ok(()));
    });
}

#[test]
fn a_condemned_isolate_refuses_everyone() {
    let threads = IsolateThreads::new(1);
    let isolate = turn_isolate(&threads, 64);
    isolate.condemn(Loss::Memory);
    isolate.condemn(Loss::Condemned);
    assert_eq!(isolate.condemned(), Some(Loss::Memory), "the first reason stays");
    assert_eq!(run(&isolate, "1", Budget::GENEROUS), End::Lost(Loss::Memory));
    assert_eq!(block_on(isolate.with_lock(|_| ())), Err(Closed));
    assert_eq!(block_on(isolate.with_lock_async(|_| async {})), Err(Loss::Memory));
}

#[test]
fn a_caller_that_panics_condemns_only_its_isolate() {
    let threads = IsolateThreads::new(1);
    let (isolate, neighbour) = (turn_isolate(&threads, 64), turn_isolate(&threads, 64));
    let panicking = Arc::clone(&isolate);
    let panicked = isolate::platform::initialize()
        .run(move || block_on(panicking.with_lock(|_| -> () { panic!("on purpose") })));
    assert!(panicked.is_err());
    wait_for("the isolate to be condemned", || isolate.condemned() == Some(Loss::Condemned));
    assert_eq!(run(&neighbour, "1", Budget::GENEROUS), End::value("1"));
}

#[test]
fn without_threads_tasks_are_told_at_once() {
    let threads = IsolateThreads::new(2);
    let isolate = turn_isolate(&threads, 64);
    assert_eq!(run(&isolate, "1", Budget::GENEROUS), End::value("1"));
    drop(threads);
    assert_eq!(run(&isolate, "1", Budget::GENEROUS), End::Lost(Loss::Condemned));
}

#[test]
fn tasks_of_a_dropped_isolate_are_told() {
    let threads = IsolateThreads::new(1);
    let isolate = turn_isolate(&threads, 64);
    // It waits for a sender that its own future keeps alive: nobody else will ever end it.
    let waiting = isolate.with_lock_async(|_| async {
        let (sender, receiver) = tokio::sync::oneshot::channel::<()>();
        let _ = receiver.await;
        drop(sender);
    });
    wait_for("the first turn", || isolate.turns() == 1);
    drop(isolate);
    assert_eq!(block_on(waiting), Err(Loss::Condemned));
}

#[test]
fn lesson_11_globals_may_be_dropped_on_any_thread() {
    let managed = Arc::new(isolate(64));
    let held = Arc::clone(&managed);
    let globals: Vec<v8::Global<v8::Value>> = on_v8_thread(move || {
        held.with_lock(|isolate| {
            v8::scope!(let scope, raw(isolate));
            let context = v8::Context::new(scope, v8::ContextOptions::default());
            let scope = &mut v8::ContextScope::new(scope, context);
            (0..1000)
                .map(|_| {
                    let object: v8::Local<v8::Value> = v8::Object::new(scope).into();
                    v8::Global::new(scope, object)
                })
                .collect()
        })
    });
    let used = |managed: &Arc<isolate::LockerManagedIsolate>| {
        let managed = Arc::clone(managed);
        on_v8_thread(move || {
            managed.with_lock(|isolate| isolate.heap_statistics().used_global_handles_size())
        })
    };
    let before = used(&managed);
    let mut globals = globals.into_iter();
    let late: Vec<_> = globals.by_ref().take(10).collect();
    // This thread holds no lock. Half of them go while another thread has it.
    let (sender, locked) = std::sync::mpsc::channel();
    let (release, released) = std::sync::mpsc::channel::<()>();
    let holder = Arc::clone(&managed);
    isolate::platform::initialize().spawn("holder", move || {
        holder.with_lock(|_| {
            sender.send(()).unwrap();
            let _released = released.recv();
        });
    });
    locked.recv().unwrap();
    drop(globals);
    release.send(()).unwrap();
    assert!(used(&managed) < before, "the handles were not released at the next lock");
    drop(managed);
    wait_for("the disposal", || isolate::pending_disposals() == 0);
    // Their isolate is gone.
    drop(late);
}

#[test]
fn deferred_destruction_happens_under_the_lock() {
    let threads = IsolateThreads::new(1);
    let isolate = turn_isolate(&threads, 64);
    let done = Arc::new(Mutex::new(Vec::new()));
    let queue = isolate.managed().deferred_destruction_queue();
    for at in 0..3 {
        let done = Arc::clone(&done);
        queue.push(move |isolate| done.lock().push((at, eval(isolate, "1 + 2").unwrap())));
    }
    assert_eq!(queue.len(), 3);
    assert_eq!(run(&isolate, "1", Budget::GENEROUS), End::value("1"));
    assert!(queue.is_empty());
    assert_eq!(*done.lock(), [(0, "3".into()), (1, "3".into()), (2, "3".into())]);
}

#[test]
fn a_destruction_that_panics_costs_its_isolate_and_no_thread() {
    let threads = IsolateThreads::new(1);
    let (isolate, neighbour) = (turn_isolate(&threads, 64), turn_isolate(&threads, 64));
    isolate.managed().deferred_destruction_queue().push(|_| panic!("on purpose"));
    assert_eq!(run(&isolate, "1", Budget::GENEROUS), End::Lost(Loss::Panicked));
    assert_eq!(run(&neighbour, "1", Budget::GENEROUS), End::value("1"));
}

#[test]
#[should_panic(expected = "the lock must be of the isolate")]
fn a_heap_limit_is_not_restored_on_another_isolate() {
    let (one, other) = (isolate(64), isolate(64));
    let panicked = std::thread::scope(|scope| {
        scope
            .spawn(|| one.restore_heap_limit(&mut other.lock()))
            .join()
            .map_err(|payload| payload.downcast_ref::<String>().cloned().unwrap_or_default())
    });
    if let Err(message) = panicked {
        panic!("{message}");
    }
}
