//! What comes of a run.

use std::time::Duration;

use serde_json::{Value, json};

use crate::resident::{Resident, mebibytes};

/// One point, run once.
#[derive(Clone, Copy, Debug)]
pub struct Measurement {
    p50: Duration,
    p99: Duration,
    per_second: Option<f64>,
    resident: u64,
}

impl Measurement {
    /// Sums up the latencies of all requests. Reads the memory of the process, so the isolates must still be there.
    pub(crate) fn new(latencies: Vec<Duration>, per_second: f64) -> Self {
        Self { per_second: Some(per_second), ..Self::of_latencies(latencies) }
    }

    /// The same of clients whose rate says nothing.
    pub(crate) fn of_latencies(mut latencies: Vec<Duration>) -> Self {
        latencies.sort_unstable();
        let percentile = |percent: usize| {
            let rank = (latencies.len() * percent).div_ceil(100);
            latencies.get(rank.saturating_sub(1)).copied().unwrap_or_default()
        };
        Self { p50: percentile(50), p99: percentile(99), per_second: None, resident: Resident::now().total }
    }

    /// As `cargo xtask bench` reads it.
    pub fn to_json(self) -> Value {
        json!({
            "p50_ns": u64::try_from(self.p50.as_nanos()).ok(),
            "p99_ns": u64::try_from(self.p99.as_nanos()).ok(),
            "per_s": self.per_second,
            "rss_mb": mebibytes(self.resident),
        })
    }
}
