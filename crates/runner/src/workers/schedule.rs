//! Calling the `scheduled` handlers of workers when they are due.
//!
//! # Protocol
//! There is one scheduler for a process. It looks at the crons of all workers, sleeps until the first of them is due, and
//! calls the handlers of all that are due then, each as a task of its own on the version with the largest share. A change of
//! the workers wakes it, and it calls what is due before it looks at the new crons. It never waits for a handler.
//!
//! - A tick is not made up for: one that was due while the process was stopped, or that the scheduler comes to more than
//!   [`LATE`] after its time, is skipped.
//! - Runs do not overlap: a tick of a cron whose last handler has not come to its end is skipped, and logged. `waitUntil`
//!   work does not count.
//! - Each process has its own: where several serve the same workers, each calls the handlers.

use std::collections::HashSet;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use exec::{Event, Outcome, ScheduledEvent, Termination};
use parking_lot::Mutex;

use super::cron::CronTime;
use super::name::WorkerName;
use super::registry::Workers;
use crate::server::Backend;

/// How long after its time a tick still counts.
const LATE: Duration = Duration::from_secs(30);

/// How long to sleep at most: somebody may set the clock.
const LONGEST_SLEEP: Duration = Duration::from_secs(30);

/// Why a cron was not run on demand.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum CronError {
    /// There is no such worker.
    #[error("there is no worker {0:?}")]
    NoWorker(String),
    /// The worker has no such cron, or none at all.
    #[error("the worker has no such cron")]
    NoCron,
    /// The handler did not come to its end.
    #[error(transparent)]
    Termination(#[from] Termination),
}

/// One cron of one worker.
#[derive(Clone, Debug)]
pub(super) struct Entry {
    pub(super) worker: WorkerName,
    pub(super) cron: CronTime,
}

/// All crons, each with the time at which it is due next, if ever.
#[derive(Debug, Default)]
struct Schedule(Vec<(Option<SystemTime>, Entry)>);

impl Schedule {
    fn new(entries: Vec<Entry>, now: SystemTime) -> Self {
        Self(entries.into_iter().map(|entry| (entry.cron.next_after(now), entry)).collect())
    }

    /// When the first of them is due.
    fn first(&self) -> Option<SystemTime> {
        self.0.iter().filter_map(|(time, _)| *time).min()
    }

    /// Those that are due by now, with their times. Each is due again after `now` only.
    fn take_due(&mut self, now: SystemTime) -> Vec<(SystemTime, Entry)> {
        let mut due = Vec::new();
        for (next, entry) in &mut self.0 {
            if let Some(time) = next.filter(|time| *time <= now) {
                due.push((time, entry.clone()));
                *next = entry.cron.next_after(now);
            }
        }
        due
    }
}

impl Workers {
    /// Calls the `scheduled` handlers of the workers when they are due, for ever. Dropping the future stops it;
    /// handlers that are running go on. A process has one of it.
    pub async fn run_crons<B: Backend>(&self, backend: Arc<B>) {
        let (mut changes, running) = (self.changes(), Arc::new(Running::default()));
        let (mut schedule, mut changed) = (Schedule::default(), true);
        let mut last = SystemTime::now();
        loop {
            let now = SystemTime::now();
            let set_back = last.duration_since(now).is_ok_and(|back| back > LATE);
            for (time, entry) in schedule.take_due(now) {
                if now.duration_since(time).is_ok_and(|late| late > LATE) {
                    let (worker, cron) = (&entry.worker, entry.cron.text());
                    tracing::warn!(%worker, cron, "skipped a cron that was due while nobody looked");
                } else {
                    self.begin(&entry, time, &backend, &running);
                }
            }
            if changed || set_back {
                schedule = Schedule::new(self.crons(), now);
            }
            last = now;
            let sleep = async {
                match schedule.first() {
                    Some(time) => {
                        let wait = time.duration_since(now).unwrap_or_default();
                        tokio::time::sleep(wait.min(LONGEST_SLEEP)).await;
                    }
                    None => std::future::pending().await,
                }
            };
            changed = tokio::select! {
                () = sleep => false,
                // The sender is in `self`.
                _ = changes.changed() => true,
            };
        }
    }

    fn begin<B: Backend>(&self, entry: &Entry, time: SystemTime, backend: &Arc<B>, running: &Arc<Running>) {
        let (id, cron) = (entry.worker.clone(), entry.cron.text().to_owned());
        let Some(run) = running.begin(&id, &cron) else {
            return tracing::warn!(worker = %id, cron, "skipped a cron: its last run is not over");
        };
        let (workers, backend) = (self.clone(), Arc::clone(backend));
        tokio::spawn(async move {
            let _run = run;
            match workers.call(&*backend, &id, cron.clone(), time).await {
                Ok(_) => tracing::debug!(worker = %id, cron, "a cron has run"),
                Err(error) => tracing::warn!(worker = %id, cron, %error, "a cron failed"),
            }
        });
    }

    /// Calls the `scheduled` handler of a worker now, as if `cron` were due; without one, as if its first were. Beside
    /// whatever runs already.
    ///
    /// # Errors
    /// [`CronError`].
    pub async fn run_cron<B: Backend>(
        &self,
        backend: &B,
        id: &str,
        cron: Option<&str>,
    ) -> Result<Outcome, CronError> {
        let crons = self.crons_of(id).ok_or_else(|| CronError::NoWorker(id.to_owned()))?;
        let wanted = |known: &String| cron.is_none_or(|cron| known == cron);
        let cron = crons.into_iter().find(wanted).ok_or(CronError::NoCron)?;
        self.call(backend, id, cron, SystemTime::now()).await
    }

    async fn call<B: Backend>(
        &self,
        backend: &B,
        id: &str,
        cron: String,
        scheduled_time: SystemTime,
    ) -> Result<Outcome, CronError> {
        let worker = self.get(id).ok_or_else(|| CronError::NoWorker(id.to_owned()))?;
        let event = Event::Scheduled(ScheduledEvent { cron, scheduled_time });
        Ok(backend.execute(&worker, event).await?)
    }
}

/// The crons whose handlers have not come to their ends.
#[derive(Debug, Default)]
struct Running(Mutex<HashSet<(WorkerName, String)>>);

/// The run of a cron; over when dropped.
struct Run {
    running: Arc<Running>,
    which: (WorkerName, String),
}

impl Running {
    fn begin(self: &Arc<Self>, worker: &WorkerName, cron: &str) -> Option<Run> {
        let which = (worker.clone(), cron.to_owned());
        let first = self.0.lock().insert(which.clone());
        first.then(|| Run { running: Arc::clone(self), which })
    }
}

impl Drop for Run {
    fn drop(&mut self) {
        self.running.0.lock().remove(&self.which);
    }
}

#[cfg(test)]
mod tests {
    use std::time::UNIX_EPOCH;

    use super::*;

    fn entry(worker: &str, cron: &str) -> Entry {
        Entry { worker: WorkerName::new(worker).unwrap(), cron: CronTime::new(cron).unwrap() }
    }

    #[test]
    fn what_is_due_is_due_once() {
        let minute = |minute: u64| UNIX_EPOCH + Duration::from_secs(60 * minute);
        let entries = vec![entry("a", "*/10 * * * *"), entry("b", "*/15 * * * *"), entry("c", "0 0 30 2 *")];
        let mut schedule = Schedule::new(entries, minute(0));
        let mut due = |now| {
            let due = schedule.take_due(minute(now)).into_iter();
            let due: Vec<_> = due.map(|(time, entry)| (time, entry.worker.to_string())).collect();
            (due, schedule.first())
        };
        assert_eq!(due(9), (vec![], Some(minute(10))));
        assert_eq!(due(10), (vec![(minute(10), "a".to_owned())], Some(minute(15))));
        assert_eq!(due(10), (vec![], Some(minute(15))));
        let both = vec![(minute(20), "a".to_owned()), (minute(15), "b".to_owned())];
        assert_eq!(due(47), (both, Some(minute(50))), "what was missed is not made up for");
        assert_eq!(Schedule::default().first(), None);
    }

    #[test]
    fn a_cron_does_not_begin_again_before_its_end() {
        let running = Arc::new(Running::default());
        let [a, b] = ["a", "b"].map(|name| WorkerName::new(name).unwrap());
        let run = running.begin(&a, "x");
        assert!(run.is_some() && running.begin(&a, "x").is_none());
        assert!(running.begin(&a, "y").is_some() && running.begin(&b, "x").is_some());
        drop(run);
        assert!(running.begin(&a, "x").is_some());
    }
}
