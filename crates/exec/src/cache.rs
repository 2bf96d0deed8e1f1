//! Responses that workers keep with `caches`: outside of isolates, in memory.
//!
//! A [`CacheStore`] has the caches of all workers of a pool. A worker finds its own by its id, whatever isolates and versions
//! it has, and nobody else's; they stay when its isolates are evicted, and end with the process.
//!
//! # What is kept, and for how long
//! A response is kept until it is deleted, replaced or evicted, or until its `Cache-Control` or `Expires` says that it is
//! stale: see [freshness]. What says that it must not be kept is not.
//!
//! # Fairness
//! A worker has bounds of its own; beyond them its least recently used responses go, and nobody else's. All workers together
//! have one too. When a response takes them beyond it, the worker with the *most* bytes gives up its least recently used
//! one, again and again until there is room. It may be the one that has just put something: so a worker loses nothing for the
//! sake of one that would then have more than it. However much a worker puts, those with an equal share of the room
//! or less keep what they have (max-min fairness). What nobody uses any more is no special case: a worker that does nothing has its share
//! until others, all of them with less, need it.
//!
//! # Protocol
//! Two kinds of mutex, never held at the same time by who reads or writes a response: that of a worker's [shelf], with its
//! responses and how recently they were used, and that of the [ledger], with how many bytes each worker has. Reading takes
//! the shelf's only. Whoever has changed what is on a shelf tells the ledger the *difference*, afterwards; since differences
//! may arrive in any order the ledger's sums may be off for a moment, either way, but each comes right when the last one
//! has arrived, and *every* arrival is followed by evictions until the sum is within its bound. So at rest it is. Neither
//! lock is held while a response is dropped.
//!
//! The table of workers has a mutex as well, which is held when an isolate is made, and is taken before that of a shelf.
//!
//! # Accounting
//! The bytes of a response are those of its body, heads and key, and an allowance for the store's own. A body is handed out
//! without a copy: it is charged to the worker's [`TenantBudget`] while somebody has it, once however many do, since it may
//! have been evicted meanwhile.

mod conditions;
mod entry;
mod fields;
mod freshness;
mod ledger;
mod shelf;
#[cfg(test)]
mod tests;

use std::collections::HashMap;
use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Instant, SystemTime};

use bytes::Bytes;
use derive_setters::Setters;
#[cfg(test)]
use http::HeaderMap;
use parking_lot::Mutex;
use serde::{Deserialize, Serialize};

pub(crate) use self::conditions::Answer;
pub(crate) use self::entry::{Entry, Origin, Put};
pub(crate) use self::freshness::Verdict;
use self::ledger::Ledger;
use self::shelf::Shelf;
pub(crate) use self::shelf::{Key, Options, Which};
#[cfg(test)]
use crate::budget::TenantBudget;

/// How much workers may keep with `caches`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize, Setters)]
#[serde(default, deny_unknown_fields)]
#[setters(prefix = "with_")]
#[non_exhaustive]
pub struct CacheLimits {
    /// Bytes of all workers together. Default 256 MiB; 0 for no caches: nothing that is put is kept.
    pub bytes: usize,
    /// Bytes of one worker. Default 64 MiB.
    pub worker_bytes: usize,
    /// Responses of one worker. Default 10,000.
    pub worker_entries: usize,
    /// Bytes of one response; what has more is not kept. Default 16 MiB.
    pub entry_bytes: usize,
    /// Named caches of one worker. Default 100.
    pub worker_caches: usize,
}

impl Default for CacheLimits {
    fn default() -> Self {
        Self {
            bytes: 256 << 20,
            worker_bytes: 64 << 20,
            worker_entries: 10_000,
            entry_bytes: 16 << 20,
            worker_caches: 100,
        }
    }
}

/// Counters and gauges of a [`CacheStore`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct CacheStats {
    /// Bytes of all responses.
    pub bytes: usize,
    /// Responses.
    pub entries: usize,
    /// How often one was found.
    pub hits: u64,
    /// How often none was found.
    pub misses: u64,
    /// Responses that had to go for others.
    pub evictions: u64,
    /// Responses that were put and not kept: their headers said so, or they are too large.
    pub refused: u64,
}

/// The caches of all workers of a pool. Cloning is cheap and shares them. See the [module](self) documentation.
#[derive(Clone)]
pub struct CacheStore {
    shared: Arc<Shared>,
}

/// The caches of one worker. Cloning is cheap and shares them. The default keeps nothing.
#[derive(Clone, Default)]
pub struct WorkerCaches(Option<Mine>);

#[derive(Clone)]
struct Mine {
    shared: Arc<Shared>,
    worker: Arc<Worker>,
}

struct Shared {
    limits: CacheLimits,
    table: Mutex<Table>,
    ledger: Mutex<Ledger<Arc<Worker>>>,
    counters: Counters,
}

#[derive(Default)]
struct Table {
    workers: HashMap<Box<str>, Arc<Worker>>,
    last_number: u64,
    sweep_at: usize,
}

struct Worker {
    /// Used once.
    number: u64,
    shelf: Mutex<Shelf>,
}

#[derive(Default)]
struct Counters {
    hits: AtomicU64,
    misses: AtomicU64,
    evictions: AtomicU64,
    refused: AtomicU64,
}

/// The table is not swept below this number of workers.
const MIN_SWEEP: usize = 64;

/// The name of a cache may have this many bytes at most.
const MAX_NAME: usize = 4 << 10;

/// Why there is no such cache.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum OpenError {
    #[error("the name of a cache must not be longer than 4 KiB")]
    NameTooLong,
    #[error("the worker has too many caches")]
    TooMany,
}

fn count(counter: &AtomicU64, by: usize) {
    counter.fetch_add(by as u64, Ordering::Relaxed);
}

impl CacheStore {
    /// Empty caches within these limits.
    pub fn new(limits: CacheLimits) -> Self {
        let worker_bytes = limits.worker_bytes.min(limits.bytes);
        let limits =
            CacheLimits { worker_bytes, entry_bytes: limits.entry_bytes.min(worker_bytes), ..limits };
        let shared = Shared {
            limits,
            table: Mutex::default(),
            ledger: Mutex::new(Ledger::new(limits.bytes)),
            counters: Counters::default(),
        };
        Self { shared: Arc::new(shared) }
    }

    /// The caches of the worker with this id.
    pub fn of(&self, worker: &str) -> WorkerCaches {
        let shared = Arc::clone(&self.shared);
        if shared.limits.bytes == 0 {
            return WorkerCaches::default();
        }
        let worker = shared.table.lock().worker(worker, shared.limits);
        WorkerCaches(Some(Mine { shared, worker }))
    }

    /// Counters and gauges.
    pub fn stats(&self) -> CacheStats {
        let Shared { ledger, counters, .. } = &*self.shared;
        let (bytes, entries) = {
            let ledger = ledger.lock();
            (ledger.bytes(), ledger.entries())
        };
        let read = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
        CacheStats {
            bytes,
            entries,
            hits: read(&counters.hits),
            misses: read(&counters.misses),
            evictions: read(&counters.evictions),
            refused: read(&counters.refused),
        }
    }
}

impl Table {
    fn worker(&mut self, id: &str, limits: CacheLimits) -> Arc<Worker> {
        if let Some(worker) = self.workers.get(id) {
            return Arc::clone(worker);
        }
        if self.workers.len() >= self.sweep_at.max(MIN_SWEEP) {
            // Nobody else can have one that only the table has.
            self.workers.retain(|_, worker| Arc::strong_count(worker) > 1 || !worker.shelf.lock().is_empty());
            self.sweep_at = 2 * self.workers.len();
        }
        self.last_number += 1;
        let worker = Arc::new(Worker { number: self.last_number, shelf: Mutex::new(Shelf::new(limits)) });
        self.workers.insert(id.into(), Arc::clone(&worker));
        worker
    }
}

impl WorkerCaches {
    /// Bytes that a body may have, to be kept.
    pub(crate) fn longest_body(&self) -> usize {
        self.0.as_ref().map_or(0, |mine| mine.shared.limits.entry_bytes)
    }

    /// Sees to it that there is a cache of this name.
    pub(crate) fn open(&self, name: &str) -> Result<(), OpenError> {
        if name.len() > MAX_NAME {
            return Err(OpenError::NameTooLong);
        }
        self.0.as_ref().map_or(Ok(()), |mine| mine.worker.shelf.lock().open(name))
    }

    /// Whether there is a cache of this name.
    pub(crate) fn has(&self, name: &str) -> bool {
        self.0.as_ref().is_some_and(|mine| mine.worker.shelf.lock().has(name))
    }

    /// The names of the caches, in the order in which they were opened.
    pub(crate) fn names(&self) -> Vec<Arc<str>> {
        self.0.as_ref().map_or_else(Vec::new, |mine| mine.worker.shelf.lock().names())
    }

    /// Deletes a cache with all that is in it; whether there was one.
    pub(crate) fn delete(&self, name: &str) -> bool {
        let Some(mine) = &self.0 else { return false };
        let (was, gone) = mine.worker.shelf.lock().delete(name);
        mine.dropped(&gone);
        was
    }

    /// Whether `put` may be kept, by what it says of itself. What may is without the headers that are not for keeping.
    pub(crate) fn judge(&self, put: &mut Put) -> Verdict {
        let verdict =
            if self.0.is_some() { freshness::judge(put, SystemTime::now()) } else { Verdict::Refused };
        if let (Some(mine), Verdict::Refused) = (&self.0, verdict) {
            count(&mine.shared.counters.refused, 1);
        }
        verdict
    }

    /// A response was put that is too large.
    pub(crate) fn refuse(&self) {
        if let Some(mine) = &self.0 {
            count(&mine.shared.counters.refused, 1);
        }
    }

    /// Keeps a response under a key, in place of those that match it, unless it is too large.
    pub(crate) fn put(&self, which: &Which, put: Put, body: Bytes) {
        let Some(mine) = &self.0 else { return };
        let now = Instant::now();
        // The difference between the two is what it says itself; it is fresh, or it would not be here.
        let entry = Entry::new(put, body, now);
        if entry.weight() > mine.shared.limits.entry_bytes {
            return count(&mine.shared.counters.refused, 1);
        }
        let (replaced, evicted, change) = {
            let mut shelf = mine.worker.shelf.lock();
            let before = shelf.size();
            let (replaced, evicted) = shelf.put(which, entry);
            (replaced, evicted, shelf.size() - before)
        };
        count(&mine.shared.counters.evictions, evicted.len());
        drop((replaced, evicted));
        mine.changed(change);
    }

    /// The first response of those that match and are fresh, as the answer to this request.
    pub(crate) fn find(&self, which: &Which, key: &Key, options: Options) -> Option<Answer> {
        let mine = self.0.as_ref()?;
        let now = Instant::now();
        let (found, stale) = mine.worker.shelf.lock().find(which, key, options, now);
        mine.dropped(&stale);
        let counters = &mine.shared.counters;
        count(if found.is_some() { &counters.hits } else { &counters.misses }, 1);
        found.map(|entry| conditions::answer(entry, &key.headers, now))
    }

    /// All that match, or all, in the order in which they were put.
    pub(crate) fn find_all(&self, which: &Which, key: Option<&Key>, options: Options) -> Vec<Arc<Entry>> {
        let Some(mine) = &self.0 else { return Vec::new() };
        let (found, stale) = mine.worker.shelf.lock().find_all(which, key, options, Instant::now());
        mine.dropped(&stale);
        found
    }

    /// Deletes those that match; whether there were any.
    pub(crate) fn remove(&self, which: &Which, key: &Key, options: Options) -> bool {
        let Some(mine) = &self.0 else { return false };
        let (found, stale) = mine.worker.shelf.lock().remove(which, key, options, Instant::now());
        mine.dropped(&stale);
        mine.dropped(&found);
        !found.is_empty()
    }
}

impl Mine {
    /// These are not on the shelf any more.
    fn dropped(&self, gone: &[Arc<Entry>]) {
        if !gone.is_empty() {
            self.changed(gone.iter().map(|entry| shelf::Size::of(entry)).sum::<shelf::Size>().negated());
        }
    }

    /// The shelf has changed by so much: see the protocol.
    fn changed(&self, change: shelf::Size) {
        let mut victim = self.shared.ledger.lock().change(self.worker.number, &self.worker, change);
        while let Some(worker) = victim {
            let Some(evicted) = worker.shelf.lock().evict() else {
                // Somebody else has emptied it, and is about to say so.
                return;
            };
            count(&self.shared.counters.evictions, 1);
            let change = shelf::Size::of(&evicted).negated();
            drop(evicted);
            victim = self.shared.ledger.lock().change(worker.number, &worker, change);
        }
    }
}

impl fmt::Debug for CacheStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CacheStore").field("stats", &self.stats()).finish_non_exhaustive()
    }
}

impl fmt::Debug for WorkerCaches {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("WorkerCaches").field("keeps", &self.0.is_some()).finish_non_exhaustive()
    }
}
