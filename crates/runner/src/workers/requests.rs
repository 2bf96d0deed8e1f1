//! Requests of workers, counted by how they ended, with the time that they took.
//!
//! Every version of a worker holds the counters of its worker, so that a request finds them without a lock, and an
//! increment of each is all it costs. The counters of a worker go with its last version. A server with many tenants would have
//! more counters than anybody can store: beyond [`MAX_COUNTED_WORKERS`] workers share theirs.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Weak};
use std::time::{Duration, Instant};

use exec::{Termination, TerminationReason};
use http::{Request, StatusCode};
use parking_lot::Mutex;

use super::feed::FeedEvent;
use super::name::WorkerName;
use super::worker::Worker;
use crate::pool_stats::Durations;

/// Workers with counters of their own; those that are deployed beyond are counted together.
pub const MAX_COUNTED_WORKERS: usize = 1000;

/// The label of workers that are counted together. No worker has such a name.
const OTHERS: &str = "(others)";

/// Characters of a path that readers of a feed get.
const MAX_PATH: usize = 2048;

/// The label of what was not terminated, or has no status.
const NONE: &str = "none";

const CLASSES: [&str; 5] = ["1xx", "2xx", "3xx", "4xx", "5xx"];

/// How the requests of a worker ended. The counters order nothing else, hence `Relaxed`.
#[derive(Debug, Default)]
pub(crate) struct RequestCounts {
    answered: [AtomicU64; CLASSES.len()],
    terminated: [AtomicU64; TerminationReason::ALL.len()],
    /// CPU time, in nanoseconds.
    cpu: AtomicU64,
}

/// How long the requests of all workers took.
#[derive(Debug, Default)]
pub(crate) struct RequestTimes {
    /// From being routed to the answer.
    pub(crate) wall: Durations,
    /// CPU time for the event.
    pub(crate) cpu: Durations,
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

    /// A request used this much CPU time.
    pub(super) fn used(&self, cpu: Duration) {
        self.cpu.fetch_add(u64::try_from(cpu.as_nanos()).unwrap_or(u64::MAX), Ordering::Relaxed);
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

/// A request that is counted when it ends, and told to those who follow its worker: as given up by its client, if nothing
/// else is known.
#[derive(Debug)]
pub(crate) struct CountedRequest<'a> {
    worker: &'a Worker,
    started: Instant,
    /// Method and path, if somebody follows the worker.
    target: Option<(Box<str>, Box<str>)>,
    /// The status of its answer, or why there is none.
    end: Result<StatusCode, TerminationReason>,
}

impl<'a> CountedRequest<'a> {
    pub(crate) fn new<B>(worker: &'a Worker, request: &Request<B>) -> Self {
        let target = worker.feed.is_followed().then(|| {
            let path: String = request.uri().path().chars().take(MAX_PATH).collect();
            (request.method().as_str().into(), path.into())
        });
        Self { worker, started: Instant::now(), target, end: Err(TerminationReason::Aborted) }
    }

    /// There is a response with this status.
    pub(crate) fn answered(mut self, status: StatusCode) {
        self.end = Ok(status);
    }

    /// It ended like this.
    pub(crate) fn terminated(mut self, termination: &Termination) {
        self.worker.feed.tell(&self.worker.version, || FeedEvent::terminated(termination));
        self.end = Err(termination.reason);
    }
}

impl Drop for CountedRequest<'_> {
    fn drop(&mut self) {
        let Worker { requests, times, feed, version, .. } = self.worker;
        let duration = self.started.elapsed();
        times.wall.record(duration);
        match self.end {
            Ok(status) => requests.answered(status),
            Err(reason) => requests.terminated(reason),
        }
        if let Some((method, path)) = self.target.take() {
            let status = match self.end {
                Ok(status) => Some(status),
                Err(TerminationReason::Aborted) => None,
                Err(reason) => Some(reason.http_status()),
            };
            let status = status.map(|status| status.as_u16());
            feed.tell(version, || FeedEvent::Request { method, path, status, duration });
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

    /// How the requests of each worker ended, in the order of the workers' ids.
    pub(super) fn list(&self) -> Vec<RequestCount> {
        let mut list = Vec::new();
        for (worker, counts) in self.all() {
            list.extend(counts.counts().map(|(status, reason, count)| RequestCount {
                worker: worker.clone(),
                status,
                reason,
                count,
            }));
        }
        list
    }

    /// The CPU time that each worker has used, in seconds.
    pub(super) fn cpu(&self) -> Vec<(Box<str>, f64)> {
        let cpu = |counts: &RequestCounts| counts.cpu.load(Ordering::Relaxed) as f64 / 1e9;
        let all = self.all().into_iter().map(|(worker, counts)| (worker, cpu(&counts)));
        all.filter(|(worker, cpu)| *cpu > 0.0 || &**worker != OTHERS).collect()
    }

    fn all(&self) -> Vec<(Box<str>, Arc<RequestCounts>)> {
        let workers = self.workers.lock();
        let live = workers.iter().filter_map(|(id, counts)| Some((id.as_str().into(), counts.upgrade()?)));
        live.chain([(OTHERS.into(), Arc::clone(&self.others))]).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::super::feed::Followed;
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
        let worker = Worker { requests: all.of(&name("a")), ..Worker::for_tests("a", "1") };
        let request = Request::get("/path?query").body(()).unwrap();
        let counted = || CountedRequest::new(&worker, &request);
        counted().answered(StatusCode::OK);
        counted().answered(StatusCode::NO_CONTENT);
        counted().answered(StatusCode::from_u16(999).unwrap());
        for reason in TerminationReason::ALL {
            counted().terminated(&Termination::new(reason, ""));
        }
        drop(counted());
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
        assert_eq!(worker.times.wall.buckets().count, 4 + TerminationReason::ALL.len() as u64);
    }

    #[tokio::test]
    async fn those_who_follow_are_told_each_end() {
        let worker = Worker::for_tests("a", "1");
        let request = Request::post("/path?query").body(()).unwrap();
        let mut follower = worker.feed.follow();
        CountedRequest::new(&worker, &request).answered(StatusCode::OK);
        CountedRequest::new(&worker, &request)
            .terminated(&Termination::new(TerminationReason::WallClockTimeout, "late"));
        drop(CountedRequest::new(&worker, &request));
        let mut seen = Vec::new();
        while seen.len() < 4 {
            let Some(Followed::Line(line)) = follower.next().await else { panic!("a line is missing") };
            assert_eq!(&*line.version, "1");
            seen.push(match &line.event {
                FeedEvent::Request { method, path, status, .. } => format!("{method} {path} {status:?}"),
                FeedEvent::Terminated(termination) => termination.to_string(),
                FeedEvent::Console(record) => panic!("{record:?}"),
            });
        }
        let line = |status: &str| format!("POST /path {status}");
        let terminated = "WallClockTimeout: late".to_owned();
        assert_eq!(seen, [line("Some(200)"), terminated, line("Some(504)"), line("None")]);
    }

    #[test]
    fn labels_are_bounded_and_come_free_with_their_workers() {
        let all = AllRequestCounts::default();
        let mut counts: Vec<_> =
            (0..MAX_COUNTED_WORKERS + 2).map(|n| all.of(&name(&format!("w{n:04}")))).collect();
        for counts in &counts {
            counts.answered(StatusCode::OK);
            counts.used(Duration::from_secs(2));
        }
        assert_eq!(all.cpu().len(), MAX_COUNTED_WORKERS + 1);
        assert_eq!(all.cpu().last(), Some(&("(others)".into(), 4.0)));
        let list = seen(&all);
        assert_eq!(list.len(), MAX_COUNTED_WORKERS + 1);
        assert_eq!(list.last(), Some(&("(others)".to_owned(), "2xx", "none", 2)));

        counts.remove(0);
        all.of(&name("late")).answered(StatusCode::OK);
        assert!(!seen(&all).iter().any(|(worker, ..)| worker == "w0000"));
        assert_eq!(seen(&all).last().unwrap().3, 2, "it had counters of its own");
    }
}
