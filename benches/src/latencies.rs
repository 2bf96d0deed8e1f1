//! Times of single operations.

use std::path::Path;
use std::time::{Duration, Instant};
use std::{env, fs};

use serde_json::json;

/// Names the directory that the latencies are written to. `cargo xtask bench` sets it and reads the files.
const DIRECTORY: &str = "BENCH_LATENCIES";

/// The first operations of a bench find cold caches and code that is not compiled yet.
const WARM_UP: Duration = Duration::from_millis(200);

/// More do not make the percentiles better.
const ENOUGH: usize = 2_000_000;

/// Times of single operations, for percentiles that a sample of criterion, the mean of many, does not show.
#[derive(Debug)]
pub struct Latencies {
    created: Instant,
    nanoseconds: Vec<u64>,
    kind: Kind,
}

/// How the operations were timed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// One after the other, each for itself.
    Single,
    /// As `Single`, but taking the time costs as much as the operation. So only what is far above that says something:
    /// the tail.
    Tail,
    /// Many at once: an operation's time contains that of others.
    Overlapping,
}

impl Latencies {
    pub(crate) fn new(kind: Kind) -> Self {
        Self { created: Instant::now(), nanoseconds: Vec::new(), kind }
    }

    /// Notes what one operation took.
    pub fn push(&mut self, latency: Duration) {
        if self.nanoseconds.len() < ENOUGH && self.created.elapsed() >= WARM_UP {
            self.nanoseconds.push(u64::try_from(latency.as_nanos()).unwrap_or(u64::MAX));
        }
    }

    /// Notes what several operations took.
    pub fn extend(&mut self, latencies: impl IntoIterator<Item = Duration>) {
        latencies.into_iter().for_each(|latency| self.push(latency));
    }

    /// Writes p50 and p99 for `cargo xtask bench`, if that is what started the bench.
    pub(crate) fn write(mut self, row: &str, mode: &str) {
        let Some(directory) = env::var_os(DIRECTORY) else { return };
        if self.nanoseconds.is_empty() {
            return;
        }
        self.nanoseconds.sort_unstable();
        let percentile = |percent: usize| {
            let rank = (self.nanoseconds.len() * percent).div_ceil(100);
            self.nanoseconds[rank.saturating_sub(1)]
        };
        let json = json!({
            "row": row,
            "mode": mode,
            "p50_ns": (self.kind != Kind::Tail).then(|| percentile(50)),
            "p99_ns": percentile(99),
            "overlapping": self.kind == Kind::Overlapping,
        });
        let file = Path::new(&directory).join(format!("{row}, {mode}.json").replace('/', "_"));
        fs::write(&file, json.to_string()).unwrap_or_else(|error| panic!("{}: {error}", file.display()));
    }
}
