//! Isolates that were given up together with a thread, and what they still hold.
//!
//! A thread that V8 parked, or that does not come back from a turn, keeps its isolate: the memory is lost until it comes
//! back, which most never do. A parked thread has measured what it leaves; of one that goes on the most is assumed. The pool counts these bytes, so that its owner can restart the process in time, and
//! [quarantines](crate::quarantine) scripts that go on causing losses.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Weak};
use std::time::{Duration, Instant};

use exec::Script;
use isolate::TurnIsolate;
use parking_lot::Mutex;

use crate::pool_stats::{Lost, Quarantined};
use crate::quarantine::{Quarantine, Suspect};
use crate::worker_isolate::WorkerIsolate;

#[derive(Debug, Default)]
pub(crate) struct Losses {
    /// Whether there has ever been one: most pools never look further. Relaxed: a request that starts while a loss is
    /// being noted may just as well have started before.
    any: AtomicBool,
    inner: Mutex<Inner>,
}

#[derive(Debug, Default)]
struct Inner {
    quarantine: Quarantine,
    refused: u64,
    lost: Vec<LostIsolate>,
}

#[derive(Debug)]
struct LostIsolate {
    /// Dead once the thread has come back and let go of it.
    isolate: Weak<TurnIsolate>,
    /// What it may hold at most, for as long as its thread goes on.
    estimate: u64,
}

impl Losses {
    /// Notes whether an isolate that is about to be dropped is lost.
    pub(crate) fn inspect(&self, retired: &WorkerIsolate) {
        if retired.isolate().has_lost_its_thread() {
            self.note(retired);
        }
    }

    fn note(&self, retired: &WorkerIsolate) {
        let heap = retired.isolate().managed().heap_state();
        // The last sample may be of long before.
        let bytes = retired.isolate().heap_size().max(heap.raised_limit() + heap.buffer_bytes()) as u64;
        let script = retired.last_script();
        let pause = {
            let mut inner = self.inner.lock();
            inner.lost.retain(|lost| lost.isolate.strong_count() > 0);
            inner.lost.push(LostIsolate { isolate: Arc::downgrade(retired.isolate()), estimate: bytes });
            let suspect = script.map(|script| Suspect { worker: retired.worker().clone(), script });
            suspect.and_then(|suspect| inner.quarantine.lost(suspect, Instant::now()))
        };
        self.any.store(true, Ordering::Relaxed);
        tracing::warn!(worker = %retired.worker(), bytes, ?pause, "an isolate and its thread are lost");
    }

    /// How much longer the script of `worker` is refused, if it is.
    pub(crate) fn pause(&self, worker: &str, script: &Script) -> Option<Duration> {
        if !self.any.load(Ordering::Relaxed) {
            return None;
        }
        let mut inner = self.inner.lock();
        if inner.quarantine.is_empty() {
            return None;
        }
        let suspect = Suspect { worker: worker.into(), script: script.fingerprint() };
        let pause = inner.quarantine.pause(&suspect, Instant::now())?;
        inner.refused += 1;
        Some(pause)
    }

    pub(crate) fn stats(&self) -> (Lost, Quarantined) {
        if !self.any.load(Ordering::Relaxed) {
            return Default::default();
        }
        let now = Instant::now();
        let mut inner = self.inner.lock();
        inner.quarantine.forget(now);
        inner.lost.retain(|lost| lost.isolate.strong_count() > 0);
        // Dropped, the last reference runs what must not run under the lock.
        let isolates: Vec<_> = inner.lost.iter().map(|lost| lost.isolate.upgrade()).collect();
        let mut lost = Lost { isolates: inner.lost.len(), ..Lost::default() };
        for (isolate, noted) in isolates.iter().zip(&inner.lost) {
            // Only a thread that is parked has measured it.
            let measured = isolate.as_ref().and_then(|isolate| isolate.lost_memory());
            lost.running += usize::from(measured.is_none());
            lost.bytes += measured.map_or(noted.estimate, |bytes| bytes as u64);
        }
        let quarantined = Quarantined { scripts: inner.quarantine.paused(now), refused: inner.refused };
        drop(inner);
        drop(isolates);
        (lost, quarantined)
    }
}
