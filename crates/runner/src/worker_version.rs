//! Which isolates belong together: those of one version of a worker.
//!
//! # Protocol
//! A version is entered into the pool once and has a number that no other version gets. Its isolates are keyed by
//! worker and number. Whoever may still ask for one of them (the routing table, each request until it has its lease) has
//! a clone of the [`WorkerVersion`]; isolates have none. So when the last clone is dropped nobody will ask again: what is
//! idle is retired then, what is leased with its last request.

use std::fmt;
use std::sync::Arc;

use isolate::IsolateLimits;

use crate::isolate_pool::WeakPool;
use crate::options::Reuse;
use crate::shard::WorkerId;

/// What isolates are kept under: a worker, and which version of it.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct WorkerKey {
    /// The worker.
    pub worker: Arc<str>,
    /// The number of the version in its pool; 0 for all that is executed by the id of a worker alone.
    pub version: u64,
}

/// What the isolates of a version have in place of what the pool gives to all.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct VersionOptions {
    /// Limits of each isolate. With limits of its own a version takes no spares: each isolate is made when it is wanted.
    pub isolate_limits: Option<IsolateLimits>,
    /// What happens to global state between requests.
    pub reuse: Option<Reuse>,
}

/// A version of a worker in a pool: see [`IsolatePool::enter`](crate::IsolatePool::enter). Clones are the same version;
/// when the last one is dropped, its isolates are retired.
#[derive(Clone)]
pub struct WorkerVersion {
    entry: Arc<Entry>,
}

struct Entry {
    key: WorkerKey,
    options: VersionOptions,
    pool: WeakPool,
}

impl WorkerKey {
    /// Of a worker without versions.
    pub(crate) fn unversioned(worker: &str) -> Self {
        Self { worker: worker.into(), version: 0 }
    }
}

impl fmt::Display for WorkerKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}@{}", self.worker, self.version)
    }
}

impl WorkerVersion {
    pub(crate) fn new(worker: WorkerId, version: u64, options: VersionOptions, pool: WeakPool) -> Self {
        Self { entry: Arc::new(Entry { key: WorkerKey { worker, version }, options, pool }) }
    }

    /// What its isolates are kept under.
    pub fn key(&self) -> &WorkerKey {
        &self.entry.key
    }

    /// What its isolates have of their own.
    pub fn options(&self) -> &VersionOptions {
        &self.entry.options
    }
}

impl fmt::Debug for WorkerVersion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("WorkerVersion").field(self.key()).finish()
    }
}

impl Drop for Entry {
    fn drop(&mut self) {
        self.pool.retire(&self.key);
    }
}
