//! Requests of workers, counted by how they ended.
//!
//! Every version of a worker holds the counters of its worker, so that a request finds them without a lock, and an
//! increment is all it costs. The counters of a worker go with its last version. A server with many tenants would have
//! more counters than anybody can store: beyond [`MAX_COUNTED_WORKERS`] workers share theirs.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Weak};

use exec::TerminationReason;
use http::StatusCode;
use parking_lot::Mutex;

use super::name::WorkerName;

/// Workers with counters of their own; those that are deployed beyond are counted together.
pub const MAX_COUNTED_WORKERS: usize = 1000;

/// The label of workers that are counted together. No worker has such a name.
const OTHERS: &str = "(others)";

/// The label of what was not terminated, or has no status.
const NONE: &str = "none";

const CLASSES: [&str; 5] = ["1xx", "2xx", "3xx", "4xx", "5xx"];

/// How the requests of a worker ended. The counters order nothing else, hence `Relaxed`.
#[derive(Debug, Default)]
pub(crate) struct RequestCounts {
    answered: [AtomicU64; CLASSES.len()],
    terminated: [AtomicU64; TerminationReason::ALL.len()],
}

/// How many requests of a worker ended in one way.
#[derive(Clone, Debug)]
pub(crate) struct RequestCount {
    /// Its id.
    pub(crate) worker: Box<str>,
    /// Class of the status of the response; `none` if nobody waited for one.
    pub(crate) status: &'static str,
    /// Name of the reason of a termination; `none` for an answer.
    pub(crate) reason: &'static str,
    pub(crate) count: u64,
}

impl RequestCounts {
    fn answered(&self, status: StatusCode) {
        let class = usize::from(status.as_u16() / 100).clamp(1, CLASSES.len());
        self.answered[class - 1].fetch_add(1, Ordering::Relaxed);
    }

    fn terminated(&self, reason: TerminationReason) {
        // All reasons, in the order of their declaration.
        self.terminated[reason as usize].fetch_add(1, Ordering::Relaxed);
    }

    /// What there is at all.
    fn counts(&self) -> impl Iterator<Item = (&'static str, &'static str, u64)> {
        let answered = CLASSES.iter().zip(&self.answered).map(|(class, count)| (*class, NONE, count));
        let terminated = TerminationReason::ALL.iter().zip(&self.terminated).map(|(reason, count)| {
            let status = match reason {
                TerminationReason::Aborted => NONE,
                reason => CLASSES[usize::from(reason.http_status().as_u16() / 100) - 1],
            };
            (status, reason.name(), count)
        });
        answered
            .chain(terminated)
            .map(|(class, reason, count)| (class, reason, count.load(Ordering::Relaxed)))
            .filter(|(.., count)| *count > 0)
    }
}

/// A request that is counted when it ends: as given up by its client, if nothing else is known.
#[derive(Debug)]
pub(crate) struct CountedRequest<'a>(Option<&'a RequestCounts>);

impl<'a> CountedRequest<'a> {
    pub(crate) fn new(counts: &'a RequestCounts) -> Self {
        Self(Some(counts))
    }

    /// There is a response with this status.
    pub(crate) fn answered(mut self, status: StatusCode) {
        if let Some(counts) = self.0.take() {
            counts.answered(status);
        }
    }

    /// It ended for this reason.
    pub(crate) fn terminated(mut self, reason: TerminationReason) {
        if let Some(counts) = self.0.take() {
            counts.terminated(reason);
        }
    }
}

impl Drop for CountedRequest<'_> {
    fn drop(&mut self) {
        if let Some(counts) = self.0 {
            counts.terminated(TerminationReason::Aborted);
        }
    }
}

/// The counters of all workers.
#[derive(Debug, Default)]
pub(super) struct AllRequestCounts {
    workers: Mutex<BTreeMap<WorkerName, Weak<RequestCounts>>>,
    others: Arc<RequestCounts>,
}

impl AllRequestCounts {
    /// The counters of a worker, for a version of it. Costs a look at all workers, once there are too many.
    pub(super) fn of(&self, worker: &WorkerName) -> Arc<RequestCounts> {
        let mut workers = self.workers.lock();
        if let Some(counts) = workers.get(worker).and_then(Weak::upgrade) {
            return counts;
        }
        if workers.len() >= MAX_COUNTED_WORKERS {
            workers.retain(|_, counts| counts.strong_count() > 0);
            if workers.len() >= MAX_COUNTED_WORKERS {
                return Arc::clone(&self.others);
            }
        }
        let counts = Arc::default();
        workers.insert(worker.clone(), Arc::downgrade(&counts));
        counts
    }

    /// What there is, in the order of the workers' ids.
    pub(super) fn list(&self) -> Vec<RequestCount> {
        let counts: Vec<_> = {
            let workers = self.workers.lock();
            let live =
                workers.iter().filter_map(|(id, counts)| Some((id.as_str().into(), counts.upgrade()?)));
            live.chain([(OTHERS.into(), Arc::clone(&self.others))]).collect()
        };
        let mut list = Vec::new();
        for (worker, counts) in counts {
            let worker: Box<str> = worker;
            list.extend(counts.counts().map(|(status, reason, count)| RequestCount {
                worker: worker.clone(),
                status,
                reason,
                count,
            }));
        }
        list
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn name(name: &str) -> WorkerName {
        WorkerName::new(name).unwrap()
    }

    fn seen(all: &AllRequestCounts) -> Vec<(String, &'static str, &'static str, u64)> {
        let list = all.list().into_iter();
        list.map(|RequestCount { worker, status, reason, count }| (worker.into(), status, reason, count))
            .collect()
    }

    #[test]
    fn each_end_is_counted_once() {
        let all = AllRequestCounts::default();
        let counts = all.of(&name("a"));
        CountedRequest::new(&counts).answered(StatusCode::OK);
        CountedRequest::new(&counts).answered(StatusCode::NO_CONTENT);
        CountedRequest::new(&all.of(&name("a"))).answered(StatusCode::from_u16(999).unwrap());
        for reason in TerminationReason::ALL {
            CountedRequest::new(&counts).terminated(reason);
        }
        drop(CountedRequest::new(&counts));
        let seen = seen(&all);
        assert_eq!(seen[0], ("a".to_owned(), "2xx", "none", 2));
        assert_eq!(seen[1], ("a".to_owned(), "5xx", "none", 1));
        assert_eq!(seen.len(), 2 + TerminationReason::ALL.len());
        for reason in TerminationReason::ALL {
            let of_reason = seen.iter().find(|(.., name, _)| *name == reason.name());
            let (.., status, _, count) = of_reason.unwrap();
            let aborted = reason == TerminationReason::Aborted;
            assert_eq!((*count, *status == "none"), (if aborted { 2 } else { 1 }, aborted), "{reason}");
        }
    }

    #[test]
    fn labels_are_bounded_and_come_free_with_their_workers() {
        let all = AllRequestCounts::default();
        let mut counts: Vec<_> =
            (0..MAX_COUNTED_WORKERS + 2).map(|n| all.of(&name(&format!("w{n:04}")))).collect();
        for counts in &counts {
            CountedRequest::new(counts).answered(StatusCode::OK);
        }
        let list = seen(&all);
        assert_eq!(list.len(), MAX_COUNTED_WORKERS + 1);
        assert_eq!(list.last(), Some(&("(others)".to_owned(), "2xx", "none", 2)));

        counts.remove(0);
        CountedRequest::new(&all.of(&name("late"))).answered(StatusCode::OK);
        assert!(!seen(&all).iter().any(|(worker, ..)| worker == "w0000"));
        assert_eq!(seen(&all).last().unwrap().3, 2, "it had counters of its own");
    }
}
