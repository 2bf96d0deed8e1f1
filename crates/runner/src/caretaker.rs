//! Looks after the isolates that nobody uses.
//!
//! V8 collects garbage when it allocates, so an isolate with nothing to do keeps what its last requests left. One thread
//! for the whole pool has the isolates collected that have had no turn for a while, and evicts those that have been idle
//! for long.
//!
//! # Protocol
//! The thread itself never touches V8, and holds no lease: a collection is a task of the isolate, which takes its turn on
//! an isolate thread and makes way for whoever waits. One is under way at a time. The thread hears of new isolates and of
//! the ends of collections through one channel, looks around once in each period, and keeps neither pool nor isolates: it
//! ends within a period after the pool is gone.

use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::sync::{Arc, Weak};
use std::thread;
use std::time::{Duration, Instant};

use pool_core::RetireReason;

use crate::shard::{Newcomers, Shard};
use crate::worker_isolate::Size;

/// Bounds of how often the thread looks around.
const PERIODS: (Duration, Duration) = (Duration::from_millis(5), Duration::from_secs(1));

/// The caretaker of a pool that is being made.
pub(crate) struct Caretaker {
    collect_after: Option<Duration>,
    evict_after: Option<Duration>,
    sender: Sender<News>,
    news: Receiver<News>,
}

enum News {
    /// A new isolate of this shard.
    Isolate { shard: usize, size: Weak<Size> },
    /// The collection under way has ended.
    Collected,
}

impl Caretaker {
    /// `None` if there is nothing to do.
    pub(crate) fn new(collect_after: Option<Duration>, evict_after: Option<Duration>) -> Option<Self> {
        collect_after.or(evict_after)?;
        let (sender, news) = channel();
        Some(Self { collect_after, evict_after, sender, news })
    }

    /// What tells of the new isolates of a shard.
    pub(crate) fn newcomers(&self, shard: usize) -> Newcomers {
        let sender = self.sender.clone();
        Box::new(move |size| {
            // Nobody listens if the thread could not be started.
            let _ = sender.send(News::Isolate { shard, size: Arc::downgrade(size) });
        })
    }

    /// Starts the thread. A pool without it works; idle isolates keep their garbage then.
    pub(crate) fn start(self, shards: &Arc<[Shard]>) {
        let shortest = self.collect_after.into_iter().chain(self.evict_after).min().unwrap_or_default();
        let round = Round {
            shards: Arc::downgrade(shards),
            period: (shortest / 4).clamp(PERIODS.0, PERIODS.1),
            caretaker: self,
            isolates: Vec::new(),
            under_way: None,
            collected: 0,
        };
        let thread = thread::Builder::new().name("pool-caretaker".into());
        if let Err(error) = thread.spawn(move || round.work()) {
            tracing::warn!(%error, "no thread that looks after idle isolates");
        }
    }
}

/// What the thread knows.
struct Round {
    caretaker: Caretaker,
    shards: Weak<[Shard]>,
    period: Duration,
    isolates: Vec<Known>,
    /// Whose collection is under way.
    under_way: Option<(usize, Weak<Size>)>,
    /// Collections since free memory was given back.
    collected: usize,
}

struct Known {
    shard: usize,
    size: Weak<Size>,
    /// Turns that the isolate had taken when it was last seen to take one.
    turns: u64,
    idle_since: Instant,
}

impl Round {
    fn work(mut self) {
        let mut next_look = Instant::now() + self.period;
        loop {
            let now = Instant::now();
            match self.caretaker.news.recv_timeout(next_look.saturating_duration_since(now)) {
                Ok(News::Isolate { shard, size }) => {
                    self.isolates.push(Known { shard, size, turns: 0, idle_since: now });
                    if now < next_look {
                        continue;
                    }
                }
                Ok(News::Collected) => self.settle(),
                Err(RecvTimeoutError::Timeout | RecvTimeoutError::Disconnected) => {}
            }
            next_look = Instant::now() + self.period;
            let Some(shards) = self.shards.upgrade() else { return };
            if let Some(age) = self.caretaker.evict_after {
                for shard in &*shards {
                    shard.pool().evict_idle_older_than(age);
                }
            }
            drop(shards);
            if let Some(age) = self.caretaker.collect_after {
                self.collect(age);
            }
        }
    }

    /// Has the next isolate collected that has been idle for `age`, unless one is being collected.
    fn collect(&mut self, age: Duration) {
        let now = Instant::now();
        let mut next = None;
        self.isolates.retain_mut(|known| {
            let Some(size) = known.size.upgrade() else { return false };
            let Some(isolate) = size.isolate() else { return false };
            let turns = isolate.turns();
            if turns != known.turns {
                (known.turns, known.idle_since) = (turns, now);
            } else if next.is_none()
                && now.duration_since(known.idle_since) >= age
                && isolate.may_have_garbage()
                && isolate.condemned().is_none()
            {
                next = Some((known.shard, size, isolate));
            }
            true
        });
        if self.under_way.is_some() {
            return;
        }
        match next {
            Some((shard, size, isolate)) => {
                self.under_way = Some((shard, Arc::downgrade(&size)));
                let sender = self.caretaker.sender.clone();
                isolate.collect_if_idle(move || {
                    // The pool, and this thread, may be gone.
                    let _ = sender.send(News::Collected);
                });
            }
            None if self.collected > 0 => {
                self.collected = 0;
                isolate::release_free_memory();
            }
            None => {}
        }
    }

    /// A collection has ended: the pool is told what is left, and gives up an isolate that has too much left.
    fn settle(&mut self) {
        self.collected += 1;
        let Some((shard, size)) = self.under_way.take() else { return };
        let (Some(shards), Some(size)) = (self.shards.upgrade(), size.upgrade()) else { return };
        let (Some(isolate), Some(resource)) = (size.isolate(), size.resource()) else { return };
        let pool = shards[shard].pool();
        if isolate.condemned().is_some() {
            // The reaper disposes it, and not on the thread that has a share of it.
            drop(isolate);
            pool.retire(resource, RetireReason::Condemned);
        } else if let Some(bytes) = size.changed(&isolate) {
            pool.set_cost(resource, bytes);
        }
    }
}
