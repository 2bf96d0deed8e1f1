//! A version of a worker that is routed to.

use std::fmt;
use std::sync::Arc;

use exec::{OperationsHandler, Script};

use super::feed::Feed;
use super::name::WorkerName;
use super::requests::{RequestCounts, RequestTimes};
use super::source::WorkerSource;
use crate::worker_version::WorkerVersion;

/// A version of a worker that a server can call. Requests hold the one that they were routed to until they have ended;
/// when nobody has it any more, its isolates are given up.
#[derive(Clone)]
pub struct Worker {
    pub(super) name: WorkerName,
    pub(super) version: Arc<str>,
    pub(super) source: WorkerSource,
    pub(super) script: Script,
    pub(super) operations: Arc<dyn OperationsHandler>,
    /// Its isolates in the pool; without one, versions of a worker share them.
    pub(super) place: Option<WorkerVersion>,
    /// Those of the worker, which its versions share.
    pub(super) requests: Arc<RequestCounts>,
    /// Those of all workers.
    pub(super) times: Arc<RequestTimes>,
    /// That of the worker, which its versions share.
    pub(super) feed: Arc<Feed>,
}

impl Worker {
    /// Whose version it is.
    pub fn id(&self) -> &str {
        &self.name
    }

    /// The name of the version.
    pub fn version(&self) -> &str {
        &self.version
    }

    /// What it runs.
    pub fn script(&self) -> &Script {
        &self.script
    }

    /// Where its code is from.
    pub fn source(&self) -> &WorkerSource {
        &self.source
    }

    /// What it may do outside of its isolate.
    pub fn operations(&self) -> Arc<dyn OperationsHandler> {
        Arc::clone(&self.operations)
    }

    /// Where its isolates are in the pool, if the registry has one.
    pub fn place(&self) -> Option<&WorkerVersion> {
        self.place.as_ref()
    }

    #[cfg(test)]
    pub(super) fn for_tests(name: &str, version: &str) -> Self {
        Self {
            name: WorkerName::new(name).expect("a name"),
            version: version.into(),
            source: WorkerSource::new("w.js", version),
            script: Script::new(version),
            operations: Arc::new(exec::NoOperations),
            place: None,
            requests: Arc::default(),
            times: Arc::default(),
            feed: Arc::default(),
        }
    }
}

impl fmt::Debug for Worker {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Worker")
            .field("id", &self.name)
            .field("version", &self.version)
            .field("script", &self.script)
            .finish_non_exhaustive()
    }
}
