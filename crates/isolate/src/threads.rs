//! Isolate threads: where all JavaScript runs.
//!
//! A fixed number of threads take isolates that have a turn to be taken from one run queue, first in, first out but for
//! a preference for the thread that had an isolate last. Each entry is good for a [`Slice`]: a turn, and those that
//! follow at once, until about 100 µs are over. An isolate with more to do goes to the back, so that a busy isolate costs
//! the others one slice at a time. More threads than cores, so that the operating system divides the cores between long
//! turns.
//!
//! A thread whose turn never comes back (V8 is out of memory and the thread is parked, or a loop does not react
//! to its termination) is replaced at once; the isolate is condemned and its tasks are told. The replacement does
//! the telling: it runs and drops what belongs to others, which must happen neither on the timekeeper nor on a
//! thread that stands in the middle of an allocation of V8 with the isolate locked.

use std::cell::RefCell;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Weak};
use std::task::Waker;
use std::thread;

use crate::outbox::Outbox;
use crate::platform;
use crate::run_queue::RunQueue;
use crate::slice::{After, Slice};
use crate::task::Loss;
use crate::thread_slot::{AbandonedTurn, ThreadSlot};
use crate::timekeeper;
use crate::turn_isolate::TurnIsolate;
use crate::turn_queue::Schedule;

/// A set of threads that run the turns of isolates.
///
/// Cloning shares the set. When the last clone is gone the threads take the turns that are queued and end; an
/// isolate that asks for another turn after that is condemned.
#[derive(Clone)]
pub struct IsolateThreads {
    handle: Arc<Handle>,
}

/// Ends the threads when the last [`IsolateThreads`] goes.
struct Handle {
    shared: Arc<Shared>,
}

pub(crate) struct Shared {
    run_queue: RunQueue<Arc<TurnIsolate>>,
    width: usize,
    replaced: AtomicU64,
    turns: AtomicU64,
    migrations: AtomicU64,
}

/// Counters of a set of threads.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ThreadStats {
    /// How many threads take turns.
    pub width: usize,
    /// Turns taken so far.
    pub turns: u64,
    /// Turns whose isolate had its last turn on another thread.
    pub migrations: u64,
    /// Threads that were given up and replaced so far.
    pub replaced: u64,
}

thread_local! {
    /// This isolate thread's slot, for the out-of-memory handler.
    static SLOT: RefCell<Option<Arc<ThreadSlot>>> = const { RefCell::new(None) };

    static CALLERS_THREAD: RefCell<CallersThread> = RefCell::default();
}

impl IsolateThreads {
    /// Starts `width` threads (at least one).
    pub fn new(width: usize) -> Self {
        let shared = Arc::new(Shared {
            run_queue: RunQueue::new(|isolate: &Arc<TurnIsolate>| isolate.gauges().last_thread()),
            width: width.max(1),
            replaced: AtomicU64::new(0),
            turns: AtomicU64::new(0),
            migrations: AtomicU64::new(0),
        });
        for _ in 0..shared.width {
            shared.add_thread(|| {});
        }
        Self { handle: Arc::new(Handle { shared }) }
    }

    /// The default number of threads: twice the cores, at least 4.
    pub fn default_width() -> usize {
        let cores = thread::available_parallelism().map_or(1, usize::from);
        (2 * cores).max(4)
    }

    /// The counters.
    pub fn stats(&self) -> ThreadStats {
        let shared = self.shared();
        ThreadStats {
            width: shared.width,
            turns: shared.turns.load(Ordering::Relaxed),
            migrations: shared.migrations.load(Ordering::Relaxed),
            replaced: shared.replaced.load(Ordering::Relaxed),
        }
    }

    pub(crate) fn shared(&self) -> &Arc<Shared> {
        &self.handle.shared
    }
}

impl Drop for Handle {
    fn drop(&mut self) {
        self.shared.run_queue.close();
    }
}

impl Shared {
    /// Starts a thread, which calls `first` before it takes turns.
    fn add_thread(self: &Arc<Self>, first: impl FnOnce() + Send + 'static) {
        let shared = Arc::clone(self);
        platform::initialize().spawn("isolate", move || {
            first();
            shared.work();
        });
    }

    /// Queues one turn of `isolate`; condemns it if there are no threads any more.
    pub(crate) fn schedule(&self, isolate: Arc<TurnIsolate>) {
        if let Err(isolate) = self.run_queue.push(isolate) {
            isolate.condemn(Loss::Condemned);
        }
    }

    fn work(self: Arc<Self>) {
        let (slot, reading) = ThreadSlot::current();
        timekeeper::watch(&slot);
        SLOT.set(Some(Arc::clone(&slot)));
        let mut next = None;
        while let Some(isolate) =
            next.take().or_else(|| self.run_queue.next(slot.id(), || slot.outbox().empty()))
        {
            match Slice::new(&isolate, &slot, &reading).take() {
                After::Idle => {}
                After::AnotherTurn => next = self.exchange(isolate, &slot),
                After::Replaced => return slot.outbox().empty(),
            }
        }
    }

    pub(crate) fn count_turns(&self, turns: u64) {
        self.turns.fetch_add(turns, Ordering::Relaxed);
    }

    pub(crate) fn count_migration(&self) {
        self.migrations.fetch_add(1, Ordering::Relaxed);
    }

    /// Queues another turn of `isolate`, and takes an entry; condemns it if there are no threads any more.
    fn exchange(&self, isolate: Arc<TurnIsolate>, slot: &ThreadSlot) -> Option<Arc<TurnIsolate>> {
        slot.outbox().empty();
        match self.run_queue.exchange(slot.id(), isolate) {
            Ok(next) => Some(next),
            Err(isolate) => {
                isolate.condemn(Loss::Condemned);
                None
            }
        }
    }
}

/// Gives up the thread of `turn`: a replacement takes its place, the isolate is condemned, all of its tasks are
/// told.
pub(crate) fn give_up(turn: AbandonedTurn) {
    let shared = Arc::clone(turn.isolate.threads());
    shared.replaced.fetch_add(1, Ordering::Relaxed);
    shared.add_thread(move || turn.isolate.condemn_with_thread(&turn.task, turn.reason));
}

/// Calls `waker` after the turn that the calling thread is taking, when the isolate is unlocked: together with the
/// wakers of that turn, and of turns of the same isolate that follow at once, within about 100 µs. A turn
/// that takes long does not keep it back for longer than 5 ms. On another thread, calls it after the
/// [`TurnIsolate::with_lock`] that the thread is in, or at once.
pub fn wake_after_turn(waker: Waker) {
    let now = SLOT.with_borrow(|slot| match slot {
        Some(slot) => {
            slot.outbox().put(waker);
            None
        }
        None => CALLERS_THREAD.with_borrow(|callers_thread| {
            if callers_thread.locked.is_empty() {
                return Some(waker);
            }
            callers_thread.outbox.put(waker);
            None
        }),
    });
    if let Some(waker) = now {
        waker.wake();
    }
}

/// What a thread that is not an isolate thread does in [`TurnIsolate::with_lock`].
#[derive(Default)]
struct CallersThread {
    /// More than one only for the moment in which the second panics.
    locked: Vec<Weak<TurnIsolate>>,
    outbox: Outbox,
}

/// To be called before the calling thread locks `isolate`; the result is to be dropped after it has unlocked it. Between
/// them wake-ups are held back, and the out-of-memory handler knows of the isolate.
pub(crate) fn on_callers_thread(isolate: &Arc<TurnIsolate>) -> OnCallersThread {
    CALLERS_THREAD.with_borrow_mut(|callers_thread| callers_thread.locked.push(Arc::downgrade(isolate)));
    OnCallersThread
}

/// See [`on_callers_thread`].
pub(crate) struct OnCallersThread;

impl Drop for OnCallersThread {
    fn drop(&mut self) {
        let outbox = CALLERS_THREAD.with_borrow_mut(|callers_thread| {
            callers_thread.locked.pop();
            let give_out = callers_thread.locked.is_empty() && callers_thread.outbox.len() > 0;
            give_out.then(|| std::mem::take(&mut callers_thread.outbox))
        });
        if let Some(outbox) = outbox {
            outbox.empty();
        }
    }
}

/// The end of a thread on which V8 ran out of memory. V8 would abort the process if its handler returned; so the
/// thread is given up as it stands, with its isolate, and sleeps for ever.
pub(crate) fn park_current_turn(location: &str) -> ! {
    let turn = SLOT.with_borrow(|slot| slot.as_ref().and_then(|slot| slot.park()));
    if let Some(turn) = turn {
        tracing::warn!(isolate = %turn.isolate.managed().id(), location, "V8 is out of memory: its thread is parked");
        give_up(turn);
    } else {
        let CallersThread { mut locked, outbox } = CALLERS_THREAD.take();
        if let Some(isolate) = locked.pop().and_then(|isolate| isolate.upgrade()) {
            tracing::warn!(isolate = %isolate.managed().id(), location, "V8 is out of memory: the caller's thread is parked");
            platform::initialize().spawn("isolate-loss", move || {
                isolate.condemn(Loss::Memory);
                outbox.empty();
            });
        } else {
            tracing::error!(location, "V8 is out of memory outside of a turn: the thread is parked");
        }
    }
    loop {
        thread::park();
    }
}

impl Schedule for TurnIsolate {
    type Job = Arc<crate::task::TaskCell>;

    fn queue(&self) -> &crate::turn_queue::TurnQueue<Self::Job> {
        self.queue()
    }

    fn schedule(self: &Arc<Self>) {
        self.threads().schedule(Arc::clone(self));
    }
}
