//! Isolate threads: where all JavaScript runs.
//!
//! A fixed number of threads take isolates that have a turn to be taken from one run queue, first in, first out but for
//! a preference for the thread that had an isolate last. Each entry is good for a [`Slice`]: a turn, and those that
//! follow at once, until about 100 µs are over. An isolate with more to do goes to the back, so that a busy isolate costs
//! the others one slice at a time. More threads than cores, so that the operating system divides the cores between long
//! turns.
//!
//! A thread whose turn never comes back is [given up](giving_up).
//!
//! Short turns may be taken by [threads that have other work](station) too.

pub(crate) mod access;
mod deadlines;
pub(crate) mod eval;
mod giving_up;
pub(crate) mod idle;
pub(crate) mod run_queue;
mod slice;
pub mod station;
pub(crate) mod this_thread;
pub(crate) mod turn_isolate;

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::thread;

use hdrhistogram::Histogram;

use crate::native;
use crate::platform::{self, timekeeper};
use crate::threads::giving_up::WatchedThread;
use crate::threads::run_queue::{Pushed, RunQueue};
use crate::threads::slice::{After, Slice};
use crate::threads::turn_isolate::TurnIsolate;
use crate::turns::task::{Loss, TaskCell};
use crate::turns::thread_slot::ThreadSlot;
use crate::turns::turn_queue::{Schedule, TurnQueue};
use crate::turns::turn_waits::TurnWaits;

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
    /// Threads that are wanted and do not run yet.
    missing: AtomicUsize,
    replaced: AtomicU64,
    turns: AtomicU64,
    migrations: AtomicU64,
    at_stations: AtomicU64,
    turn_waits: TurnWaits,
}

/// Counters of a set of threads.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct ThreadStats {
    /// How many threads are to take turns.
    pub width: usize,
    /// How many of them do not run yet: they have just been asked for, or cannot be created, which is tried again
    /// until it succeeds.
    pub missing: usize,
    /// Turns taken so far.
    pub turns: u64,
    /// Turns whose isolate had its last turn on another thread.
    pub migrations: u64,
    /// How often a thread of a [station](station) took turns of an isolate of this set.
    pub at_stations: u64,
    /// Threads that were given up and replaced so far, with a turn of an isolate of this set.
    pub replaced: u64,
}

impl IsolateThreads {
    /// Starts `width` threads (at least one).
    pub fn new(width: usize) -> Self {
        native::give_up_turns_by(giving_up::give_up_current_turn);
        let shared = Arc::new(Shared {
            run_queue: RunQueue::new(|isolate: &Arc<TurnIsolate>| isolate.gauges().last_thread()),
            width: width.max(1),
            missing: AtomicUsize::new(0),
            replaced: AtomicU64::new(0),
            turns: AtomicU64::new(0),
            migrations: AtomicU64::new(0),
            at_stations: AtomicU64::new(0),
            turn_waits: TurnWaits::new(),
        });
        for _ in 0..shared.width {
            shared.add_thread();
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
            missing: shared.missing.load(Ordering::Relaxed),
            turns: shared.turns.load(Ordering::Relaxed),
            migrations: shared.migrations.load(Ordering::Relaxed),
            at_stations: shared.at_stations.load(Ordering::Relaxed),
            replaced: shared.replaced.load(Ordering::Relaxed),
        }
    }

    /// How long tasks waited for their turns, in nanoseconds: from being queued to the beginning of the turn. One in 16 is
    /// measured. A copy of 26 KiB.
    pub fn turn_waits(&self) -> Histogram<u64> {
        self.shared().turn_waits.snapshot()
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
    /// Asks for a thread.
    fn add_thread(self: &Arc<Self>) {
        self.missing.fetch_add(1, Ordering::Relaxed);
        let shared = Arc::clone(self);
        platform::initialize().spawn("isolate", move || {
            shared.missing.fetch_sub(1, Ordering::Relaxed);
            shared.work();
        });
    }

    /// Queues one turn of `isolate`, at the station that the calling thread is at or for the isolate threads.
    pub(crate) fn schedule(&self, isolate: Arc<TurnIsolate>) {
        if let Err(isolate) = station::keep(isolate) {
            self.queue(isolate);
        }
    }

    /// Queues one turn of `isolate` for the isolate threads; condemns it if there are none any more.
    pub(crate) fn queue(&self, isolate: Arc<TurnIsolate>) {
        match self.run_queue.push(isolate) {
            Ok(Pushed::Served) => {}
            Ok(Pushed::Unattended) => timekeeper::rouse(),
            Err(isolate) => isolate.condemn(Loss::Condemned),
        }
    }

    /// At each tick of the timekeeper: sees to it that no isolate waits for a thread that is busy with others' wakers.
    pub(crate) fn attend(&self) {
        self.run_queue.attend();
    }

    fn work(self: Arc<Self>) {
        let threads = Arc::downgrade(&self);
        let (slot, reading) =
            ThreadSlot::current(move || threads.upgrade().iter().for_each(Shared::add_thread));
        // For as long as the thread works.
        let watched = Arc::new(WatchedThread { slot: Arc::clone(&slot), threads: Arc::downgrade(&self) });
        let as_watched = Arc::downgrade(&watched);
        timekeeper::watch(as_watched);
        this_thread::is_isolate_thread(Arc::clone(&slot));
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

    pub(crate) fn note_turn_wait(&self, nanos: u64) {
        self.turn_waits.note(nanos);
    }

    pub(crate) fn count_replacement(&self) {
        self.replaced.fetch_add(1, Ordering::Relaxed);
    }

    pub(crate) fn count_at_station(&self) {
        self.at_stations.fetch_add(1, Ordering::Relaxed);
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

impl Schedule for TurnIsolate {
    type Job = Arc<TaskCell>;

    fn queue(&self) -> &TurnQueue<Self::Job> {
        self.queue()
    }

    fn schedule(self: &Arc<Self>) {
        self.threads().schedule(Arc::clone(self));
    }
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc::channel;
    use std::task::{Context, Poll};
    use std::time::{Duration, Instant};

    use super::*;
    use crate::isolates::locker_managed_isolate::{IsolateOptions, LockerManagedIsolate};
    use crate::platform::thread_factory::refusal;
    use crate::turns::task::{Interruption, IsolateTask, TaskControl, TurnBudget};
    use crate::turns::turn::Turn;

    const PATIENCE: Duration = Duration::from_secs(60);

    /// A task whose turn never comes back: V8 fails in it.
    struct Fails;

    impl IsolateTask for Fails {
        fn poll_turn(&mut self, _: &mut Turn<'_>, _: &mut Context<'_>) -> Poll<()> {
            crate::native::park("on purpose")
        }
    }

    struct Control(std::sync::mpsc::Sender<(Loss, Option<String>)>);

    impl TaskControl for Control {
        fn budget(&self) -> TurnBudget {
            TurnBudget { cpu: PATIENCE, deadline: None }
        }

        fn charge(&self, _: Duration) {}

        fn lost(&self, loss: Loss) {
            self.0.send((loss, thread::current().name().map(String::from))).unwrap();
        }
    }

    fn isolate(threads: &IsolateThreads) -> Arc<TurnIsolate> {
        let isolate = platform::initialize().run(|| LockerManagedIsolate::new(&IsolateOptions::default()));
        TurnIsolate::new(isolate.unwrap(), threads)
    }

    fn wait_for(what: &str, condition: impl Fn() -> bool) {
        let start = Instant::now();
        while !condition() {
            assert!(start.elapsed() < PATIENCE, "waited in vain: {what}");
            thread::sleep(Duration::from_millis(2));
        }
    }

    #[test]
    fn a_thread_that_cannot_be_replaced_keeps_no_loss_back_and_comes_later() {
        let threads = IsolateThreads::new(2);
        wait_for("the threads", || threads.stats().missing == 0);
        refusal::refuse(Some("isolate"));
        let lost = isolate(&threads);
        let (sender, told) = channel();
        lost.spawn(Box::new(Fails), Arc::new(Control(sender)));
        let told = told.recv_timeout(PATIENCE).unwrap();
        assert_eq!(told, (Loss::Stuck(Interruption::Memory), Some("isolate-teller".into())));
        assert_eq!(lost.condemned(), Some(Loss::Memory));
        wait_for("the measure", || lost.lost_memory().is_some_and(|bytes| bytes > 1 << 19));
        let stats = threads.stats();
        assert_eq!((stats.width, stats.missing, stats.replaced), (2, 1, 1));

        // One thread does the work of two meanwhile.
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        let turns = |isolate: Arc<TurnIsolate>| runtime.block_on(isolate.with_lock_async(|_| async { 1 }));
        for _ in 0..10 {
            assert_eq!(turns(isolate(&threads)), Ok(1));
        }
        assert_eq!(threads.stats().missing, 1);

        refusal::refuse(None);
        wait_for("the replacement", || threads.stats().missing == 0);
        assert_eq!(turns(isolate(&threads)), Ok(1));
    }
}
