//! Reading the workers again while they are served, and the certificate.
//!
//! SIGHUP, a supervisor that passes it on, and a change of a file all ask for the same: the whole set is read, and what has
//! changed in it is deployed. Requests that come while a reload is under way are one further reload after it.
//!
//! What fails is told whenever somebody asks. After a change of a file it is told only if that is news: the log may be a file
//! among those that are watched, and every line of it a change.

use std::collections::BTreeSet;
use std::sync::Arc;

use runner::server::Tls;
use runner::workers::{ReloadError, ReloadReport, Workers};
use tokio::signal::unix::Signal;
use tokio::sync::Notify;

use super::CliError;
use super::worker_sources::WorkerSources;

/// Who wants a reload.
#[derive(Clone, Debug, Default)]
pub(super) struct Wanted {
    /// Somebody who asked for it.
    pub(super) asked: Arc<Notify>,
    /// A file that changed.
    pub(super) changed: Arc<Notify>,
}

/// Reloads whenever it is `wanted`, for ever.
pub(super) async fn run(workers: Workers, sources: WorkerSources, tls: Option<Tls>, wanted: Wanted) {
    let mut failures = Failures::default();
    loop {
        let was_asked = tokio::select! {
            biased;
            () = wanted.asked.notified() => true,
            () = wanted.changed.notified() => false,
        };
        let (sources, tls) = (sources.clone(), tls.clone());
        let read = move || (tls.map(|tls| tls.reload()), sources.read());
        // A panic was reported, and the next attempt may do.
        let Ok((certificate, set)) = tokio::task::spawn_blocking(read).await else { continue };
        failures.begin(was_asked);
        match certificate {
            Some(Ok(true)) => tracing::info!("the certificate was read again"),
            Some(Ok(false)) | None => {}
            Some(Err(error)) => failures.tell(format!("the certificate goes on as it was: {error}")),
        }
        match set {
            Ok(set) => log(workers.replace_all(set).await, &mut failures),
            Err(error) => {
                failures.tell(format!("nothing was reloaded: {error}"));
                if let CliError::Configuration(report) = error {
                    // An event is one line.
                    report.lines().for_each(|line| failures.tell(line));
                }
            }
        }
    }
}

/// What went wrong in the reload under way, and in the one before.
#[derive(Default)]
struct Failures {
    now: BTreeSet<String>,
    before: BTreeSet<String>,
}

impl Failures {
    fn begin(&mut self, was_asked: bool) {
        self.before = std::mem::take(&mut self.now);
        if was_asked {
            self.before.clear();
        }
    }

    fn tell(&mut self, failure: String) {
        if self.before.contains(&failure) {
            tracing::debug!("{failure}, still");
        } else {
            tracing::error!("{failure}");
        }
        self.now.insert(failure);
    }
}

/// A reload is `wanted` with each signal.
pub(super) async fn on_signal(mut signal: Signal, wanted: Arc<Notify>) {
    while signal.recv().await.is_some() {
        wanted.notify_one();
    }
}

fn log(result: Result<ReloadReport, ReloadError>, failures: &mut Failures) {
    let report = match result {
        Ok(report) => report,
        Err(error) => return failures.tell(format!("nothing was reloaded: {error}")),
    };
    for failed in &report.failed {
        let (worker, error) = (&failed.id, &failed.error);
        failures.tell(match &failed.kept {
            Some(version) => {
                format!("{worker} is not deployed, the last good version goes on ({version}): {error}")
            }
            None => format!("{worker} is not deployed: {error}"),
        });
    }
    for deployed in &report.deployed {
        let (worker, version) = (&deployed.id, &deployed.version);
        if deployed.new_version {
            tracing::info!(%worker, version, "deployed");
        } else {
            tracing::info!(%worker, version, "deployed with other routes or crons");
        }
    }
    for worker in &report.removed {
        tracing::info!(%worker, "removed");
    }
    let (deployed, removed, failed) = (report.deployed.len(), report.removed.len(), report.failed.len());
    if deployed + removed == 0 && failures.now.is_subset(&failures.before) {
        return tracing::debug!(unchanged = report.unchanged, "reloaded, nothing has changed");
    }
    tracing::info!(deployed, removed, failed, unchanged = report.unchanged, "reloaded");
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_failed_before_is_news_only_to_who_asks() {
        let mut failures = Failures::default();
        let mut is_news = |was_asked, failure: &str| {
            failures.begin(was_asked);
            failures.tell(failure.to_owned());
            !failures.now.is_subset(&failures.before)
        };
        assert!(is_news(false, "a"));
        assert!(!is_news(false, "a"));
        assert!(is_news(true, "a"));
        assert!(is_news(false, "b"));
        assert!(is_news(false, "a"));
    }
}
