//! Reading the workers again while they are served, and the certificate.
//!
//! SIGHUP, a supervisor that passes it on, and a change of a file all ask for the same: the whole set is read, and what has
//! changed in it is deployed. Requests that come while a reload is under way are one further reload after it.

use std::sync::Arc;

use runner::server::Tls;
use runner::workers::{ReloadError, ReloadReport, Workers};
use tokio::signal::unix::Signal;
use tokio::sync::Notify;

use super::worker_sources::WorkerSources;

/// Reloads whenever it is `wanted`, for ever.
pub(super) async fn run(workers: Workers, sources: WorkerSources, tls: Option<Tls>, wanted: Arc<Notify>) {
    loop {
        wanted.notified().await;
        let (sources, tls) = (sources.clone(), tls.clone());
        let read = move || {
            if let Some(tls) = tls {
                renew(&tls);
            }
            sources.read()
        };
        match tokio::task::spawn_blocking(read).await {
            Ok(Ok(set)) => log(workers.replace_all(set).await),
            Ok(Err(error)) => tracing::error!(error = error.report().trim_end(), "nothing was reloaded"),
            // The panic was reported, and the next attempt may do.
            Err(_) => {}
        }
    }
}

/// A reload is `wanted` with each signal.
pub(super) async fn on_signal(mut signal: Signal, wanted: Arc<Notify>) {
    while signal.recv().await.is_some() {
        wanted.notify_one();
    }
}

fn renew(tls: &Tls) {
    match tls.reload() {
        Ok(true) => tracing::info!("the certificate was read again"),
        Ok(false) => {}
        Err(error) => tracing::error!(%error, "the certificate goes on as it was"),
    }
}

fn log(result: Result<ReloadReport, ReloadError>) {
    let report = match result {
        Ok(report) => report,
        Err(error) => return tracing::error!(%error, "nothing was reloaded"),
    };
    for failed in &report.failed {
        let (worker, error) = (&failed.id, failed.error.to_string());
        match &failed.kept {
            Some(version) => {
                tracing::error!(%worker, error, version, "not deployed, the last good version goes on")
            }
            None => tracing::error!(%worker, error, "not deployed"),
        }
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
    if deployed + removed + failed == 0 {
        return tracing::debug!(unchanged = report.unchanged, "reloaded, nothing has changed");
    }
    tracing::info!(deployed, removed, failed, unchanged = report.unchanged, "reloaded");
}
