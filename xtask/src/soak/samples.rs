//! What a server holds, once a second.

use std::fs;
use std::path::Path;
use std::time::Instant;

use serde_json::Value;

use crate::client;
use crate::failure::{During, Result};
use crate::process::field;

/// Growth that is nobody's fault: pages of allocators, pools at their size.
const RSS_SLACK_MIB: f64 = 16.0;

/// Connections that are about to be closed, and the one that asks for the statistics.
const DESCRIPTOR_SLACK: f64 = 8.0;

/// Threads that start and end by themselves: those of the name resolution and of the blocking pools.
const THREAD_SLACK: f64 = 4.0;

/// One look at the server.
#[derive(Clone, Copy, Debug)]
pub(super) struct Sample {
    /// Seconds since the start.
    pub(super) at: f64,
    pub(super) rss_mib: f64,
    pub(super) descriptors: f64,
    pub(super) threads: f64,
    /// Isolates in the pool, as `GET /pool` says; none while the server has no time to say it.
    pub(super) isolates: Option<f64>,
    pub(super) leased: Option<f64>,
    /// Requests that wait for an isolate.
    pub(super) waiting: Option<f64>,
    /// Answers to good and to hostile requests so far.
    pub(super) answers: [f64; 2],
}

impl Sample {
    pub(super) fn take(process: u32, admin: &Path, start: Instant, answers: [usize; 2]) -> Result<Self> {
        let status = fs::read_to_string(format!("/proc/{process}/status")).during("the server is gone")?;
        let descriptors = fs::read_dir(format!("/proc/{process}/fd")).during("the server is gone")?.count();
        let stats = client::get_at(admin, "/pool").ok();
        let stats: Option<Value> = stats.and_then(|(_, body)| serde_json::from_slice(&body).ok());
        let stat = |name: &str| stats.as_ref().and_then(|stats| stats[name].as_f64());
        Ok(Self {
            at: start.elapsed().as_secs_f64(),
            rss_mib: field(&status, "VmRSS:")? / 1024.0,
            descriptors: descriptors as f64,
            threads: field(&status, "Threads:")?,
            isolates: stat("cached"),
            leased: stat("leased"),
            waiting: stat("waiting"),
            answers: answers.map(|count| count as f64),
        })
    }

    /// What this one has that `before` had not, beyond what is allowed.
    pub(super) fn grown_since(&self, before: &Self) -> Vec<String> {
        let bounds = [
            ("MiB resident", before.rss_mib, self.rss_mib, before.rss_mib * 1.1 + RSS_SLACK_MIB),
            ("descriptors", before.descriptors, self.descriptors, before.descriptors + DESCRIPTOR_SLACK),
            ("threads", before.threads, self.threads, before.threads + THREAD_SLACK),
        ];
        let grown = bounds.into_iter().filter(|(_, _, after, bound)| after > bound);
        grown
            .map(|(what, before, after, bound)| {
                format!("{what}: {before:.0} before, {after:.0} after, {bound:.0} allowed")
            })
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sample(rss_mib: f64, descriptors: f64, threads: f64) -> Sample {
        let (isolates, leased, waiting) = (None, None, None);
        Sample { at: 0.0, rss_mib, descriptors, threads, isolates, leased, waiting, answers: [0.0; 2] }
    }

    #[test]
    fn growth_beyond_the_bounds_is_named() {
        let before = sample(100.0, 20.0, 10.0);
        assert!(sample(126.0, 28.0, 14.0).grown_since(&before).is_empty());
        let grown = sample(127.0, 29.0, 15.0).grown_since(&before);
        assert_eq!(grown.len(), 3, "{grown:?}");
        assert!(grown[1].starts_with("descriptors: 20 before, 29 after"));
    }
}
