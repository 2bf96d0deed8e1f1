//! What one worker may use, in place of the server's defaults.

use std::num::NonZeroUsize;
use std::time::Duration;

use derive_setters::Setters;
use exec::{CpuRate, LogRate};
use isolate::{IsolateLimits, RequestLimits};

#[cfg(feature = "fetch")]
use crate::operations::FetchPolicy;
use crate::{Reuse, VersionOptions};

/// The settings of a worker. `None` is the default of the server (or of the pool).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Setters)]
#[setters(prefix = "with_")]
#[non_exhaustive]
pub struct WorkerSettings {
    /// CPU time of a request.
    pub cpu: Option<Duration>,
    /// CPU time of the evaluation of the script.
    pub startup_cpu: Option<Duration>,
    /// How long a request may take.
    pub wall: Option<Duration>,
    /// Maximum heap of an isolate, in bytes, and as much again for buffers and for native memory.
    pub heap: Option<usize>,
    /// Isolates that each version may have.
    pub isolates: Option<usize>,
    /// Requests that may be in flight on one isolate.
    pub concurrency: Option<usize>,
    /// Whether global state survives a request.
    pub reuse: Option<Reuse>,
    /// Where `fetch()` may connect to. It is up to whoever makes the operations of the workers.
    #[cfg(feature = "fetch")]
    pub fetch: Option<FetchPolicy>,
    /// What it may log. The rates of a worker are those of its current version, and its versions share them.
    pub log_rate: Option<LogRate>,
    /// CPU time of all its requests together.
    pub cpu_rate: Option<CpuRate>,
    /// Whether it has the globals of Node.js: see [`Script::with_nodejs_compat`](exec::Script::with_nodejs_compat).
    pub nodejs_compat: Option<bool>,
}

/// A setting that makes no sense.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SettingsError {
    /// It is less than an isolate starts with.
    #[error("a heap of {0} bytes is too small: {min} are needed", min = IsolateLimits::MIN_HEAP)]
    SmallHeap(usize),
    /// It is zero.
    #[error("`{0}` must be above zero")]
    Zero(&'static str),
}

impl WorkerSettings {
    /// The limits of a worker's requests, if it has limits of its own: its settings over `defaults`.
    pub(super) fn request_limits(&self, defaults: RequestLimits) -> Option<RequestLimits> {
        let Self { cpu, startup_cpu, wall, .. } = *self;
        if (cpu, startup_cpu, wall) == (None, None, None) {
            return None;
        }
        Some(
            defaults
                .with_cpu_time(cpu.unwrap_or(defaults.cpu_time))
                .with_startup_cpu(startup_cpu.unwrap_or(defaults.startup_cpu))
                .with_wall_clock(wall.unwrap_or(defaults.wall_clock)),
        )
    }

    /// What the isolates of a version have in place of the pool's defaults.
    pub(super) fn version_options(&self, defaults: IsolateLimits) -> VersionOptions {
        VersionOptions {
            isolate_limits: self.heap.map(|bytes| defaults.with_heap_max(bytes).normalized()),
            reuse: self.reuse,
            max_isolates: self.isolates.and_then(NonZeroUsize::new),
            max_concurrent_per_isolate: self.concurrency.and_then(NonZeroUsize::new),
        }
    }

    /// Refuses what makes no sense.
    ///
    /// # Errors
    /// [`SettingsError`], with the name of the first such setting.
    pub fn check(&self) -> Result<(), SettingsError> {
        let Self { cpu, startup_cpu, wall, isolates, concurrency, log_rate, cpu_rate, .. } = *self;
        let is_zero = |time: Option<Duration>| time.is_some_and(|time| time.is_zero());
        let zeros = [
            ("cpu", is_zero(cpu)),
            ("startup_cpu", is_zero(startup_cpu)),
            ("wall", is_zero(wall)),
            ("isolates", isolates == Some(0)),
            ("concurrency", concurrency == Some(0)),
            ("log_rate", log_rate.is_some_and(|rate| rate.bytes_per_second == 0)),
            ("cpu_rate", is_zero(cpu_rate.map(|rate| rate.per_second))),
        ];
        if let Some((name, _)) = zeros.into_iter().find(|(_, zero)| *zero) {
            return Err(SettingsError::Zero(name));
        }
        if let Some(heap) = self.heap
            && heap < IsolateLimits::MIN_HEAP
        {
            return Err(SettingsError::SmallHeap(heap));
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_set_is_the_default() {
        let defaults = RequestLimits::default().with_timers(7);
        assert_eq!(WorkerSettings::default().request_limits(defaults), None);
        let wall = Duration::from_secs(3);
        let limits = WorkerSettings { wall: Some(wall), ..Default::default() }.request_limits(defaults);
        assert_eq!(limits, Some(defaults.with_wall_clock(wall)));
    }

    #[test]
    fn what_makes_no_sense_is_refused_by_its_name() {
        let zero = WorkerSettings { wall: Some(Duration::ZERO), ..Default::default() };
        assert_eq!(zero.check(), Err(SettingsError::Zero("wall")));
        let isolates = WorkerSettings { isolates: Some(0), ..Default::default() };
        assert_eq!(isolates.check(), Err(SettingsError::Zero("isolates")));
        let silent = LogRate { bytes_per_second: 0, burst: 1 };
        let silent = WorkerSettings { log_rate: Some(silent), ..Default::default() };
        assert_eq!(silent.check(), Err(SettingsError::Zero("log_rate")));
        let heap = WorkerSettings { heap: Some(1 << 20), ..Default::default() };
        assert_eq!(heap.check(), Err(SettingsError::SmallHeap(1 << 20)));
        assert_eq!(WorkerSettings::default().check(), Ok(()));
    }
}
