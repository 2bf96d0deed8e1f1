//! Short turns between other work.
//!
//! To hand a turn to an isolate thread and its result back costs two wake-ups of threads, more than a short turn itself. A
//! thread that has work of its own, such as serving connections, can take the turn in between, if that does no harm: the
//! work must not stand still because of a script that computes, and not end with a thread that never comes back. So the
//! work is a *station*. Its [`work`](Station::work) returns when turns are wanted, nothing of it is on the stack
//! then, and any thread of the station can go on with it.
//!
//! # Protocol
//! 1. A station has two threads. One is at its [post](post) and works; the other waits for the post.
//! 2. What the working thread schedules, by spawning tasks or waking them, stays at the station's [desk](desk) if the
//!    isolate's turns have been [short](crate::turns::conduct). Everything else goes to the isolate threads as always.
//! 3. With something at the desk `work` returns. The thread leaves the post, takes those turns, each as a
//!    [slice](super::slice) as an isolate thread does, for [`ROUND`] in all, and comes back. What a turn wakes is woken
//!    when it is done with all of them. An isolate that has more to do than a slice is busy, and goes to the isolate
//!    threads: its turns would wait while the work goes on, and the other stations' requests for it with them.
//! 4. If that takes longer than [`post::PATIENCE`], the timekeeper declares the post vacant, and the other thread takes
//!    it: with the work goes the desk. The first thread goes on with its turn under its limits, like any isolate thread,
//!    and waits for the post when it is back.
//! 5. If it is given up, the station gets another thread.
//!
//! So a turn that turns out to be long costs the work about two milliseconds, one that never ends not more, and the post
//! sees to it that this does not add up.

mod desk;
mod post;

use std::future::poll_fn;
use std::ops::ControlFlow;
use std::sync::Arc;
use std::sync::Weak;
use std::sync::atomic::{AtomicU64, Ordering};
use std::task::Poll;
use std::time::{Duration, Instant};

use self::desk::Desk;
use self::post::Post;
use crate::native;
use crate::platform::timekeeper::Watched;
use crate::platform::{self, timekeeper};
use crate::threads::slice::{After, Slice};
use crate::threads::{giving_up, this_thread};
use crate::turns::thread_slot::{CpuReading, ThreadSlot};

pub(crate) use self::desk::keep;

/// After so much time no other isolate gets a slice.
const ROUND: Duration = Duration::from_micros(200);

/// Work of another kind, between whose steps short turns are taken. See [`man`].
pub trait Station: Send + Sync + 'static {
    /// Works until [turns are wanted](WantedTurns::wanted), or the work is over ([`ControlFlow::Break`]). Called by one
    /// thread at a time, but not always by the same one. Should not panic: after a panic it is called again.
    fn work(&self, turns: &WantedTurns) -> ControlFlow<()>;
}

/// The turns that are to be taken at a station.
#[derive(Debug)]
pub struct WantedTurns(Arc<Desk>);

impl WantedTurns {
    /// Returns when there are turns to be taken; not at the first poll, so that the work gets on between two rounds.
    pub async fn wanted(&self) {
        let mut first = true;
        poll_fn(|cx| {
            let wanted = self.0.poll_wanted(cx);
            if std::mem::take(&mut first) && wanted.is_ready() {
                cx.waker().wake_by_ref();
                return Poll::Pending;
            }
            wanted
        })
        .await;
    }
}

/// Creates threads that do the work of `station` and take short turns in between, until it is over. They are called
/// `name`, and may use V8. Returns at once; a thread that cannot be created now is created as soon as that is possible.
///
/// Turns are expected to be short if those of the isolate before took no more than `short` of CPU time, on average, and
/// hardly one was much longer: see `turns/conduct.rs`.
pub fn man(name: impl Into<String>, short: Duration, station: impl Station) {
    native::give_up_turns_by(giving_up::give_up_current_turn);
    let manned = Arc::new(Manned {
        name: name.into(),
        work: station,
        post: Post::new(),
        turns: WantedTurns(Arc::new(Desk::new(short))),
        leaves: AtomicU64::new(0),
    });
    for _ in 0..2 {
        manned.add_thread();
    }
}

struct Manned<S> {
    name: String,
    work: S,
    post: Post,
    turns: WantedTurns,
    leaves: AtomicU64,
}

/// What became of a thread that took turns.
enum Round {
    /// They took so much CPU time.
    Ended(Duration),
    /// It was given up meanwhile, and another has its place.
    Replaced,
}

impl<S: Station> Manned<S> {
    fn add_thread(self: &Arc<Self>) {
        let manned = Arc::clone(self);
        platform::initialize().spawn(&self.name, move || manned.serve());
    }

    /// One of the threads does not come back.
    fn replace_thread(self: &Arc<Self>) {
        self.post.lost_thread();
        self.add_thread();
    }

    fn serve(self: Arc<Self>) {
        let manned = Arc::downgrade(&self);
        let (slot, reading) =
            ThreadSlot::current(move || manned.upgrade().iter().for_each(Manned::replace_thread));
        let watched = Arc::new(WatchedThread { slot: Arc::clone(&slot), manned: Arc::downgrade(&self) });
        let as_watched = Arc::downgrade(&watched);
        timekeeper::watch(as_watched);
        while self.post.take() {
            let _at_desk = desk::at(&self.turns.0);
            loop {
                if self.work.work(&self.turns).is_break() {
                    self.post.close();
                    return self.clear_desk();
                }
                let number = self.leaves.fetch_add(1, Ordering::Relaxed);
                let Some(leave) = self.post.leave(Instant::now(), number) else {
                    self.clear_desk();
                    continue;
                };
                match self.take_turns(&slot, &reading) {
                    Round::Ended(cpu) if self.post.come_back(leave, cpu) => {}
                    Round::Ended(_) => break,
                    Round::Replaced => return,
                }
            }
        }
    }

    fn take_turns(&self, slot: &Arc<ThreadSlot>, reading: &CpuReading) -> Round {
        let _outbox = this_thread::takes_turns(slot);
        let (before, begun) = (reading.turns(), Instant::now());
        for _ in 0..self.turns.0.len() {
            let Some(isolate) = self.turns.0.take() else { break };
            isolate.threads().count_at_station();
            match Slice::new(&isolate, slot, reading).take() {
                After::Idle => {}
                After::AnotherTurn => isolate.threads().clone().queue(isolate),
                After::Replaced => return Round::Replaced,
            }
            if begun.elapsed() >= ROUND {
                break;
            }
        }
        Round::Ended(reading.turns() - before)
    }

    /// Leaves what is at the desk to the isolate threads.
    fn clear_desk(&self) {
        while let Some(isolate) = self.turns.0.take() {
            isolate.threads().clone().queue(isolate);
        }
    }
}

/// A thread of a station as the timekeeper looks at it.
struct WatchedThread<S> {
    slot: Arc<ThreadSlot>,
    manned: Weak<Manned<S>>,
}

impl<S: Station> Watched for WatchedThread<S> {
    fn look(&self, now: Instant) -> Option<Instant> {
        let vacant = self.manned.upgrade().and_then(|manned| manned.post.relieve(now));
        let turn = giving_up::look_at(&self.slot, now);
        vacant.into_iter().chain(turn).min()
    }
}

#[cfg(all(test, not(loom)))]
mod tests;
