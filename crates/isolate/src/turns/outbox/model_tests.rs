//! The outbox under loom's model checker: its thread and the timekeeper empty it at the same time, and every waker is
//! called once, by whom ever, with the mutex free. (Without V8's start there is no teller, and the timekeeper of the model
//! calls what it takes out by itself.)
//!
//! `RUSTFLAGS="--cfg loom" cargo test -p isolate --lib --target-dir target/loom model_tests`

use std::sync::{Arc, Weak};
use std::task::Wake;

use loom::sync::atomic::{AtomicUsize, Ordering};
use loom::thread;

use super::*;

/// Counts how often it is called, and looks into the outbox: a deadlock if the caller had it locked.
struct Looks {
    outbox: Weak<Outbox>,
    calls: AtomicUsize,
}

impl Wake for Looks {
    fn wake(self: Arc<Self>) {
        let _len = self.outbox.upgrade().map(|outbox| outbox.len());
        self.calls.fetch_add(1, Ordering::Relaxed);
    }
}

fn wakers(outbox: &Arc<Outbox>) -> [Arc<Looks>; 2] {
    [(); 2].map(|()| Arc::new(Looks { outbox: Arc::downgrade(outbox), calls: AtomicUsize::new(0) }))
}

fn assert_called_once(wakers: &[Arc<Looks>]) {
    for waker in wakers {
        assert_eq!(waker.calls.load(Ordering::Relaxed), 1);
    }
}

#[test]
fn what_is_held_back_is_given_out_once_whoever_empties_it() {
    loom::model(|| {
        let outbox = Arc::new(Outbox::default());
        let wakers = wakers(&outbox);
        let shared = Arc::clone(&outbox);
        let timekeeper = thread::spawn(move || {
            shared.empty_elsewhere();
            shared.empty_elsewhere();
        });
        for waker in &wakers {
            outbox.put(Arc::clone(waker).into());
        }
        outbox.empty();
        timekeeper.join().unwrap();
        assert_called_once(&wakers);
    });
}

/// The thread never empties its outbox: its turn does not end.
#[test]
fn the_timekeepers_next_look_gives_out_what_a_turn_put_in() {
    loom::model(|| {
        let outbox = Arc::new(Outbox::default());
        let wakers = wakers(&outbox);
        let turn = {
            let (outbox, wakers) = (Arc::clone(&outbox), wakers.clone());
            thread::spawn(move || wakers.into_iter().for_each(|waker| outbox.put(waker.into())))
        };
        outbox.empty_elsewhere();
        turn.join().unwrap();
        outbox.empty_elsewhere();
        assert_called_once(&wakers);
    });
}
