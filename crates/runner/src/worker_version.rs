//! Which isolates belong together: those of one version of a worker.
//!
//! # Protocol
//! A version is entered into the pool once and has a number that no other version gets. Its isolates are keyed by
//! worker and number. Whoever may still ask for one of them (the routing table, each request until it has its lease) has
//! a clone of the [`WorkerVersion`]; isolates have none. So when the last clone is dropped nobody will ask again: what is
//! idle is retired then, what is leased with its last request.

use std::fmt;
use std::num::NonZeroUsize;
use std::sync::Arc;

use derive_setters::Setters;
use exec::TenantBudget;
use isolate::IsolateLimits;
use pool_core::KeyLimits;
use serde::{Deserialize, Serialize};

use crate::isolate_pool::WeakPool;
use crate::options::Reuse;

/// What isolates are kept under: a worker, and which version of it.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct WorkerKey {
    /// The worker.
    pub worker: Arc<str>,
    /// The number of the version in its pool; 0 for all that is executed by the id of a worker alone.
    pub version: u64,
}

/// What the isolates of a version have in place of what the pool gives to all.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, Serialize, Setters)]
#[serde(default, deny_unknown_fields)]
#[setters(prefix = "with_")]
#[non_exhaustive]
pub struct VersionOptions {
    /// Limits of each isolate. With limits of its own a version takes no spares: each isolate is made when it is wanted.
    pub isolate_limits: Option<IsolateLimits>,
    /// What happens to global state between requests.
    pub reuse: Option<Reuse>,
    /// Isolates that the version may have, in each shard of the pool.
    pub max_isolates: Option<NonZeroUsize>,
    /// Requests that may be in flight on one isolate. Without effect where every request has an isolate of its own.
    pub max_concurrent_per_isolate: Option<NonZeroUsize>,
}

impl VersionOptions {
    /// What they mean for the pool.
    pub(crate) fn key_limits(&self) -> KeyLimits {
        KeyLimits::default()
            .with_max_resources(self.max_isolates)
            .with_max_leases_per_resource(self.max_concurrent_per_isolate)
    }
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
    /// The worker's, kept so that a request need not look for it.
    budget: TenantBudget,
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
    pub(crate) fn new(key: WorkerKey, options: VersionOptions, budget: TenantBudget, pool: WeakPool) -> Self {
        Self { entry: Arc::new(Entry { key, options, budget, pool }) }
    }

    /// What its isolates are kept under.
    pub fn key(&self) -> &WorkerKey {
        &self.entry.key
    }

    /// The budget of its worker, which its versions share.
    pub fn budget(&self) -> &TenantBudget {
        &self.entry.budget
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
