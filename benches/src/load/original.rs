//! The locking that this design was first published with, as small as it can be.
//!
//! One mutex guards the cache, and isolates are created and disposed while it is held. A request holds the mutex of its
//! entry and the `v8::Locker` from its beginning to its end, the time it waits for something else included; so it
//! blocks a thread, and there is one for every client.
//!
//! JavaScript is called as barely as it can be, without limits, timers or Web APIs: what the pool does beyond that
//! counts against the pool.

use std::sync::Arc;
use std::thread;
use std::time::Duration;

use isolate::{IsolateOptions, LockerManagedIsolate};
use parking_lot::{Condvar, Mutex};

use crate::bare::{self, BareWorker};
use crate::load::handler::Work;
use crate::settle;

pub(crate) struct Original {
    options: IsolateOptions,
    capacity: usize,
    handler: String,
    answer: String,
    awaited: Duration,
    /// Least recently used first.
    cache: Mutex<Vec<(usize, Arc<Mutex<Entry>>)>>,
    returned: Condvar,
}

struct Entry {
    // Handles go before their isolate.
    worker: BareWorker,
    isolate: LockerManagedIsolate,
}

impl Original {
    pub(crate) fn new(capacity: usize, work: Work, awaited: Duration) -> Self {
        let snapshot = exec::build_snapshot().expect("the Web APIs evaluate");
        Self {
            // Without the context that is made ahead for a worker of the pool: it makes one of its own.
            options: exec::isolate_options(Default::default(), Some(snapshot)).with_prepare(None),
            capacity,
            handler: work.bare_worker(),
            answer: work.answer(),
            awaited,
            cache: Mutex::default(),
            returned: Condvar::new(),
        }
    }

    pub(crate) fn call(&self, worker: usize) {
        self.with_lock(worker, |answer| {
            assert_eq!(answer, self.answer, "the answer of worker {worker}");
            thread::sleep(self.awaited);
        });
    }

    pub(crate) fn warm(&self, worker: usize) {
        self.with_lock(worker, |_| ());
    }

    fn with_lock(&self, worker: usize, rest_of_request: impl FnOnce(&str)) {
        let shared = self.entry(worker);
        {
            let entry = shared.lock();
            let mut lock = bare::shared(&entry.isolate).lock();
            let texts = entry.worker.answer(&mut lock);
            rest_of_request(&texts[0]);
        }
        let _cache = self.cache.lock();
        drop(shared);
        self.returned.notify_one();
    }

    fn entry(&self, worker: usize) -> Arc<Mutex<Entry>> {
        let mut cache = self.cache.lock();
        loop {
            if let Some(at) = cache.iter().position(|(key, _)| *key == worker) {
                let hit = cache.remove(at);
                let entry = Arc::clone(&hit.1);
                cache.push(hit);
                return entry;
            }
            if cache.len() < self.capacity {
                break;
            }
            match cache.iter().position(|(_, entry)| Arc::strong_count(entry) == 1) {
                Some(idle) => {
                    drop(cache.remove(idle));
                    // An isolate disposes itself in the background; here that is waited for.
                    settle();
                }
                None => self.returned.wait(&mut cache),
            }
        }
        let isolate = LockerManagedIsolate::new(&self.options);
        let entry =
            Entry { worker: BareWorker::with_handler(bare::shared(&isolate), &self.handler), isolate };
        let entry = Arc::new(Mutex::new(entry));
        cache.push((worker, Arc::clone(&entry)));
        entry
    }
}
