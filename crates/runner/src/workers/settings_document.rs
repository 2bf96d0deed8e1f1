//! Settings as they are written: in a configuration, in a request to the admin listener. The names have their units.

use std::fmt;
use std::num::NonZeroU32;
use std::str::FromStr;
use std::time::Duration;

use exec::{CpuRate, LogRate};
#[cfg(feature = "cli")]
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::settings::WorkerSettings;
use crate::Reuse;
#[cfg(feature = "fetch")]
use crate::operations::FetchPolicy;

/// What a worker may use, in place of the server's defaults.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
#[cfg_attr(feature = "cli", derive(JsonSchema))]
#[serde(deny_unknown_fields, default)]
#[non_exhaustive]
pub struct SettingsDocument {
    /// CPU time of a request, in milliseconds.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "cli", schemars(with = "NonZeroU32"))]
    pub cpu_ms: Option<NonZeroU32>,
    /// CPU time of the evaluation of the script, in milliseconds.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "cli", schemars(with = "NonZeroU32"))]
    pub startup_cpu_ms: Option<NonZeroU32>,
    /// Time a request may take, in milliseconds.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "cli", schemars(with = "NonZeroU32"))]
    pub wall_ms: Option<NonZeroU32>,
    /// Maximum heap of an isolate, in MiB.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "cli", schemars(with = "u32", range(min = 8, max = 65_536)))]
    pub heap_mb: Option<HeapMb>,
    /// Isolates that each of its versions may have.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "cli", schemars(with = "NonZeroU32"))]
    pub isolates: Option<NonZeroU32>,
    /// Requests that may be in flight on one isolate.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "cli", schemars(with = "NonZeroU32"))]
    pub concurrency: Option<NonZeroU32>,
    /// Whether global state survives a request.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "cli", schemars(with = "Reuse"))]
    pub reuse: Option<Reuse>,
    /// Where `fetch()` may connect to.
    #[cfg(feature = "fetch")]
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "cli", schemars(with = "FetchPolicy"))]
    pub fetch: Option<FetchPolicy>,
    /// What it may log, in KiB per second, and four times as much at once.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "cli", schemars(with = "NonZeroU32"))]
    pub log_kb_per_s: Option<NonZeroU32>,
    /// CPU time of all its requests: `RATE` or `RATE,BURST`, in milliseconds per second, and at once.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "cli", schemars(with = "String"))]
    pub cpu_rate: Option<WrittenCpuRate>,
    /// Whether it has the globals of Node.js: `Buffer`, `process`, `global`, `setImmediate`, `clearImmediate`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "cli", schemars(with = "bool"))]
    pub nodejs_compat: Option<bool>,
}

/// The maximum heap of an isolate, in MiB: 8 to 65,536.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(try_from = "u32", into = "u32")]
pub struct HeapMb(u32);

/// A size of the heap that no isolate can have.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a heap of {0} MiB: expected 8 to 65536")]
pub struct InvalidHeap(u32);

/// A rate of CPU time as text: `RATE` or `RATE,BURST`, in milliseconds per second, and at once. Without a burst it is as
/// much as in ten seconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(try_from = "String", into = "String")]
pub struct WrittenCpuRate(pub CpuRate);

/// A text that is no rate.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("expected {0}")]
pub struct InvalidCpuRate(&'static str);

impl SettingsDocument {
    /// For how many seconds' worth of log a silent worker may write at once.
    pub const LOG_BURST_SECONDS: u64 = 4;
}

impl TryFrom<u32> for HeapMb {
    type Error = InvalidHeap;

    fn try_from(mib: u32) -> Result<Self, InvalidHeap> {
        if (8..=65_536).contains(&mib) { Ok(Self(mib)) } else { Err(InvalidHeap(mib)) }
    }
}

impl From<HeapMb> for u32 {
    fn from(heap: HeapMb) -> Self {
        heap.0
    }
}

impl FromStr for WrittenCpuRate {
    type Err = InvalidCpuRate;

    fn from_str(text: &str) -> Result<Self, InvalidCpuRate> {
        let millis = |text: &str| match text.trim().parse::<u64>() {
            Ok(0) => Err(InvalidCpuRate("more than 0 milliseconds")),
            Ok(millis) => Ok(millis),
            Err(_) => Err(InvalidCpuRate("RATE or RATE,BURST in milliseconds")),
        };
        let (rate, burst) = match text.split_once(',') {
            Some((rate, burst)) => (millis(rate)?, millis(burst)?),
            None => (millis(text)?, millis(text)?.saturating_mul(10)),
        };
        Ok(Self(CpuRate { per_second: Duration::from_millis(rate), burst: Duration::from_millis(burst) }))
    }
}

impl TryFrom<String> for WrittenCpuRate {
    type Error = InvalidCpuRate;

    fn try_from(text: String) -> Result<Self, InvalidCpuRate> {
        text.parse()
    }
}

impl fmt::Display for WrittenCpuRate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{},{}", self.0.per_second.as_millis(), self.0.burst.as_millis())
    }
}

impl From<WrittenCpuRate> for String {
    fn from(rate: WrittenCpuRate) -> Self {
        rate.to_string()
    }
}

/// ```
/// use runner::workers::{SettingsDocument, WorkerSettings};
///
/// let written: SettingsDocument = serde_json::from_str(r#"{ "cpu_ms": 20, "cpu_rate": "100,500" }"#)?;
/// let settings = WorkerSettings::from(written);
/// assert_eq!(settings.cpu, Some(std::time::Duration::from_millis(20)));
/// assert!(serde_json::from_str::<SettingsDocument>(r#"{ "cpu": 20 }"#).is_err());
/// # Ok::<_, serde_json::Error>(())
/// ```
impl From<SettingsDocument> for WorkerSettings {
    fn from(written: SettingsDocument) -> Self {
        let millis = |n: NonZeroU32| Duration::from_millis(n.get().into());
        let count = |n: NonZeroU32| n.get() as usize;
        let log_rate = |kib: NonZeroU32| {
            let bytes_per_second = u64::from(kib.get()) << 10;
            LogRate { bytes_per_second, burst: SettingsDocument::LOG_BURST_SECONDS * bytes_per_second }
        };
        Self {
            cpu: written.cpu_ms.map(millis),
            startup_cpu: written.startup_cpu_ms.map(millis),
            wall: written.wall_ms.map(millis),
            heap: written.heap_mb.map(|HeapMb(mib)| (mib as usize) << 20),
            isolates: written.isolates.map(count),
            concurrency: written.concurrency.map(count),
            reuse: written.reuse,
            #[cfg(feature = "fetch")]
            fetch: written.fetch,
            log_rate: written.log_kb_per_s.map(log_rate),
            cpu_rate: written.cpu_rate.map(|WrittenCpuRate(rate)| rate),
            nodejs_compat: written.nodejs_compat,
        }
    }
}

/// In whole units: what is less than one is one, and what is beyond the largest number is that.
impl From<WorkerSettings> for SettingsDocument {
    fn from(settings: WorkerSettings) -> Self {
        let whole =
            |n: u128| NonZeroU32::new(u32::try_from(n).unwrap_or(u32::MAX)).unwrap_or(NonZeroU32::MIN);
        let millis = |time: Duration| whole(time.as_millis());
        let count = |n: usize| whole(n as u128);
        Self {
            cpu_ms: settings.cpu.map(millis),
            startup_cpu_ms: settings.startup_cpu.map(millis),
            wall_ms: settings.wall.map(millis),
            heap_mb: settings.heap.map(|bytes| HeapMb(count(bytes >> 20).get())),
            isolates: settings.isolates.map(count),
            concurrency: settings.concurrency.map(count),
            reuse: settings.reuse,
            #[cfg(feature = "fetch")]
            fetch: settings.fetch,
            log_kb_per_s: settings.log_rate.map(|rate| whole(u128::from(rate.bytes_per_second >> 10))),
            cpu_rate: settings.cpu_rate.map(WrittenCpuRate),
            nodejs_compat: settings.nodejs_compat,
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_was_written_is_shown_again() {
        let written = json!({
            "cpu_ms": 20, "startup_cpu_ms": 300, "wall_ms": 5000, "heap_mb": 64, "isolates": 2, "concurrency": 8,
            "reuse": "fresh", "log_kb_per_s": 10, "cpu_rate": "100,500",
            "nodejs_compat": true,
        });
        let document: SettingsDocument = serde_json::from_value(written.clone()).unwrap();
        let settings = WorkerSettings::from(document);
        assert_eq!(settings.heap, Some(64 << 20));
        assert_eq!(settings.log_rate, Some(LogRate { bytes_per_second: 10_240, burst: 40_960 }));
        assert_eq!(settings.check(), Ok(()));
        assert_eq!(serde_json::to_value(SettingsDocument::from(settings)).unwrap(), written);
        assert_eq!(serde_json::to_value(SettingsDocument::default()).unwrap(), json!({}));
    }

    #[test]
    fn what_no_worker_can_have_is_refused() {
        for bad in [
            json!({ "cpu_ms": 0 }),
            json!({ "heap_mb": 7 }),
            json!({ "heap_mb": 65_537 }),
            json!({ "reuse": "never" }),
            json!({ "cpu_rate": "0" }),
            json!({ "cpu_rate": 100 }),
            json!({ "cpu": 20 }),
        ] {
            assert!(serde_json::from_value::<SettingsDocument>(bad.clone()).is_err(), "{bad}");
        }
    }

    #[test]
    fn a_cpu_rate_has_a_burst_of_its_own_or_of_ten_seconds() {
        let parsed = |text: &str| {
            text.parse().map(|WrittenCpuRate(rate)| (rate.per_second.as_millis(), rate.burst.as_millis()))
        };
        assert_eq!(parsed("100"), Ok((100, 1000)));
        assert_eq!(parsed("100, 50"), Ok((100, 50)));
        for bad in ["", "0", "100,0", "x", "1,2,3", "-1"] {
            assert!(parsed(bad).is_err(), "{bad}");
        }
    }
}
