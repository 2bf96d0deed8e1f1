//! The thread that runs others' code for those who must not.
//!
//! Wakers, tasks that hear of their loss, and the destructors of both are foreign code: it may take long, panic, or come
//! back into this crate. Three kinds of threads must not run it:
//!
//! * the **timekeeper**, on whom all limits depend;
//! * a thread that V8 has **parked**, in the middle of an allocation and with its isolate locked;
//! * one that is **in a turn**, whose isolate is locked: there it waits for the end of the turn, or comes here if that
//!   takes too long.
//!
//! They close what has to be closed by themselves, at once, and [send](send) the rest here. The thread exists from V8's
//! start on: what has to be told never depends on a thread that would have to be created first. It is told in the order
//! in which it was sent. Log lines of those threads are written here too, after those that wait have been told: a log
//! may be slow.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::OnceLock;
use std::sync::mpsc::{Sender, channel};
use std::task::Waker;
use std::{io, thread};

type Errand = Box<dyn FnOnce() + Send>;

static ERRANDS: OnceLock<Sender<Errand>> = OnceLock::new();

/// Starts the thread, as a child of the calling one. To be called once.
pub(crate) fn start() -> io::Result<()> {
    let (sender, errands) = channel::<Errand>();
    thread::Builder::new().name("isolate-teller".into()).spawn(move || errands.iter().for_each(attempt))?;
    let _called_once = ERRANDS.set(sender);
    Ok(())
}

/// Runs `errand`, and drops what it holds, on the teller's thread. Never blocks. If there is none, because V8 was never
/// started, nobody can wait for anything: then it runs here.
pub(crate) fn send(errand: impl FnOnce() + Send + 'static) {
    let errand: Errand = Box::new(errand);
    match ERRANDS.get() {
        // The thread never ends.
        Some(errands) => drop(errands.send(errand)),
        None => attempt(errand),
    }
}

/// Calls all of them, whatever each of them does.
pub(crate) fn wake_all(wakers: impl IntoIterator<Item = Waker>) {
    for waker in wakers {
        if !survives(|| waker.wake()) {
            tracing::error!("a waker panicked");
        }
    }
}

/// Drops a waker, whatever it does then.
pub(crate) fn discard(waker: Waker) {
    if !survives(|| drop(waker)) {
        tracing::error!("a waker panicked when it was dropped");
    }
}

fn attempt(errand: Errand) {
    if !survives(errand) {
        survives(|| tracing::error!("a panic while a loss was told"));
    }
}

/// Whether `f` returns. No thread that serves others may end of a panic; nor of what it panicked with, which can panic
/// when it is dropped.
fn survives(f: impl FnOnce()) -> bool {
    catch_unwind(AssertUnwindSafe(f)).map_err(std::mem::forget).is_ok()
}
