//! How a pool is configured.

use std::path::PathBuf;
use std::time::Duration;

use derive_setters::Setters;
use exec::{CacheLimits, ProcessLimits, TenantLimits};
use isolate::platform::{Region, RegionError};
use isolate::{IsolateThreads, RuntimeLimits, platform};
use pool_core::PoolConfig;
use serde::{Deserialize, Serialize};

/// Whether a worker's global state survives a request.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
#[cfg_attr(feature = "cli", derive(schemars::JsonSchema))]
#[serde(rename_all = "lowercase")]
pub enum Reuse {
    /// A new context for every request: nothing of one request is left for the next. The context of the next
    /// request is made ready after the answer to the last one has gone out.
    Fresh,
    /// The context of the worker is used again, as on the known platforms: what a script keeps in global variables
    /// is there for its next request.
    #[default]
    Warm,
}

/// Where isolates come from and where they stay.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum ExecutionMode {
    /// One LRU pool for all threads: any thread takes the turns of any isolate.
    #[default]
    Pooled,
    /// A new isolate for every request, disposed after it; `max_size` of them at a time.
    Oneshot,
    /// One LRU pool per thread, an equal share of `max_size` each; a request goes to the threads in turn. A worker
    /// that is asked for often has an isolate on every thread.
    Pinned,
}

/// Where the startup snapshot comes from. A process uses one snapshot only.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum SnapshotChoice {
    /// It is built in memory by the first pool: some tens of milliseconds.
    #[default]
    Build,
    /// It is read from a file that was written by `runner snapshot build` or `cargo xtask snapshot`.
    File(PathBuf),
    /// It is read from this directory, where a process of the same program has left it, or built and left there. The directory
    /// is made if it is not there; it has to be this user's, with no way for others to write into it or to put another one
    /// in its place: else, and for whatever else is wrong with it, the snapshot is built.
    Directory(PathBuf),
    /// The same with a directory that nobody has named, such as that of the user's caches: that it cannot be used is told at
    /// `debug`, and not as a warning at each start.
    DefaultDirectory(PathBuf),
    /// There is none: every context evaluates the Web APIs anew, which costs milliseconds.
    None,
}

/// Configuration of an [`IsolatePool`](crate::IsolatePool).
///
/// What is not said is as in the default, in Rust (`PoolOptions::default().with_max_size(10)`) and where it
/// is deserialised; a name that there is not is an error there.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize, Setters)]
#[serde(default, deny_unknown_fields)]
#[setters(prefix = "with_")]
#[non_exhaustive]
pub struct PoolOptions {
    /// Isolates at most, those being created and those that finish their work included. Default 100.
    pub max_size: usize,
    /// Limits of each isolate and request.
    pub limits: RuntimeLimits,
    /// What all requests of one worker may use together. Default: no limit.
    pub tenant: TenantLimits,
    /// What all workers of the pool may use together. Default: no limit.
    pub process: ProcessLimits,
    /// What workers may keep with `caches`.
    pub caches: CacheLimits,
    /// What happens to the global state between requests. Default [`Reuse::Warm`].
    pub reuse: Reuse,
    /// Default [`ExecutionMode::Pooled`].
    pub mode: ExecutionMode,
    /// Isolate threads; `None` (the default) for the larger of 4 and twice the cores.
    pub threads: Option<usize>,
    /// Requests that may be in flight on one isolate. Default 1: a request has its isolate to itself, and the next
    /// one waits. More is for workers that wait for operations: their turns interleave.
    pub max_concurrent_per_isolate: usize,
    /// Isolates that one worker may have. Those beyond the first are made when its requests queue up: see
    /// [`pool_core::ScalePolicy`]. Default 1.
    pub max_isolates_per_worker: usize,
    /// Memory of all isolates in the pool together, in bytes: heap, buffers and native memory, as looked at after each
    /// turn that may have changed it. While it is more, idle
    /// isolates are evicted. Default `None`: only `max_size` counts.
    pub max_total_heap: Option<usize>,
    /// An isolate that has had no turn for so long is collected in the background, and its free pages go back to the
    /// system. Default 5 s; `None` for never.
    pub idle_collect: Option<Duration>,
    /// An isolate that nobody has had a lease of for so long is evicted. Default `None`: only for another one.
    pub idle_evict: Option<Duration>,
    /// The startup snapshot.
    pub snapshot: SnapshotChoice,
    /// The time zone of `Date` and `Intl`, such as `Europe/Berlin`. Default `None`: UTC, whatever that of the host is. A
    /// process has one: the first pool decides, and one that wants another cannot be made.
    pub time_zone: Option<String>,
    /// The locale of `Intl` and of the `toLocale…` methods where a script names none, such as `de-DE`. Default `None`:
    /// `en-US`, likewise.
    pub locale: Option<String>,
    /// Isolates kept ready for cache misses. They count in the memory of the process, not in `max_size`. Default 2.
    pub spares: usize,
    /// Bytes of compiled code that are kept for contexts which are made later: see [`exec::CodeCache`]. Default 32 MiB; 0
    /// for none.
    pub code_cache_bytes: usize,
    /// A directory for compiled code, which the next process with the same directory takes; it is made if it is not there.
    /// Default `None`. V8 believes what is in it, so whoever can write there can have this process do anything.
    pub code_cache_dir: Option<PathBuf>,
    /// Bytes of all files in that directory. Default 256 MiB.
    pub code_cache_dir_bytes: u64,
    /// Whether the compiled code that comes with the code of a worker ([`WorkerCode::with_code_cache`](exec::WorkerCode::with_code_cache)) is used. V8
    /// believes it, likewise. Default true.
    pub packed_code: bool,
    /// Requests that may wait for an isolate; beyond, they are refused. Default 10,000.
    pub max_waiters: usize,
    /// Requests of one worker that may wait; beyond, they are refused. Default 1,000.
    pub max_waiters_per_worker: usize,
    /// How long a request waits for an isolate at most. Default 30 s.
    pub acquire_timeout: Duration,
}

impl Default for PoolOptions {
    fn default() -> Self {
        let pool = PoolConfig::default();
        Self {
            max_size: pool.max_size,
            limits: RuntimeLimits::default(),
            tenant: TenantLimits::default(),
            process: ProcessLimits::default(),
            caches: CacheLimits::default(),
            reuse: Reuse::default(),
            mode: ExecutionMode::default(),
            threads: None,
            max_concurrent_per_isolate: pool.max_leases_per_resource,
            max_isolates_per_worker: pool.max_resources_per_key,
            max_total_heap: None,
            idle_collect: Some(Duration::from_secs(5)),
            idle_evict: None,
            snapshot: SnapshotChoice::default(),
            time_zone: None,
            locale: None,
            spares: 2,
            code_cache_bytes: 32 << 20,
            code_cache_dir: None,
            code_cache_dir_bytes: 256 << 20,
            packed_code: true,
            max_waiters: pool.max_waiters,
            max_waiters_per_worker: pool.max_waiters_per_key,
            acquire_timeout: pool.acquire_timeout,
        }
    }
}

impl PoolOptions {
    /// Starts V8 in the region that is wanted, if one is.
    pub(crate) fn settle_region(&self) -> Result<(), RegionError> {
        let mut region = Region::default();
        if let Some(time_zone) = &self.time_zone {
            region = region.with_time_zone(time_zone);
        }
        if let Some(locale) = &self.locale {
            region = region.with_locale(locale);
        }
        if self.time_zone.is_none() && self.locale.is_none() {
            return Ok(());
        }
        platform::initialize_in(&region)?;
        match &self.locale {
            // Without a thread to look, there is no pool anyway.
            Some(locale) if !isolate::has_locale(locale).unwrap_or(true) => {
                Err(RegionError::Locale(locale.clone()))
            }
            _ => Ok(()),
        }
    }

    /// How many shards there are, and how many threads each has.
    pub(crate) fn shards(&self) -> (usize, usize) {
        let threads = self.threads.unwrap_or_else(IsolateThreads::default_width).max(1);
        match self.mode {
            ExecutionMode::Pooled | ExecutionMode::Oneshot => (1, threads),
            ExecutionMode::Pinned => (threads.min(self.max_size.max(1)), 1),
        }
    }

    /// The configuration of the pool of shard number `shard` of `shards`.
    pub(crate) fn pool_config(&self, shard: usize, shards: usize) -> PoolConfig {
        let share = |total: usize| total / shards + usize::from(shard < total % shards);
        PoolConfig::default()
            .with_max_size(share(self.max_size))
            .with_max_resources_per_key(self.max_isolates_per_worker)
            .with_max_leases_per_resource(self.max_concurrent_per_isolate)
            .with_max_waiters(self.max_waiters)
            .with_max_waiters_per_key(self.max_waiters_per_worker)
            .with_acquire_timeout(self.acquire_timeout)
            .with_max_total_cost(self.max_total_heap.map(|bytes| share(bytes) as u64))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shards_share_the_isolates_without_rest() {
        let options = PoolOptions {
            mode: ExecutionMode::Pinned,
            threads: Some(4),
            max_size: 10,
            ..PoolOptions::default()
        };
        let (shards, threads) = options.shards();
        assert_eq!((shards, threads), (4, 1));
        let sizes: Vec<_> = (0..shards).map(|shard| options.pool_config(shard, shards).max_size).collect();
        assert_eq!(sizes, [3, 3, 2, 2]);
    }

    #[test]
    fn they_are_read_as_they_are_written() {
        let text = r#"{
            "max_size": 10,
            "reuse": "fresh",
            "mode": "pinned",
            "snapshot": { "file": "snapshot.bin" },
            "limits": { "request": { "cpu_time": { "secs": 0, "nanos": 5000000 } }, "isolate": { "script_bytes": 1 } },
            "tenant": { "operations": 3, "log": { "bytes_per_second": 1, "burst": 2 } },
            "idle_evict": { "secs": 60, "nanos": 0 }
        }"#;
        let options: PoolOptions = serde_json::from_str(text).unwrap();
        let mut expected = PoolOptions {
            max_size: 10,
            reuse: Reuse::Fresh,
            mode: ExecutionMode::Pinned,
            snapshot: SnapshotChoice::File("snapshot.bin".into()),
            idle_evict: Some(Duration::from_secs(60)),
            ..PoolOptions::default()
        };
        expected.limits.request.cpu_time = Duration::from_millis(5);
        expected.limits.isolate.script_bytes = 1;
        expected.tenant.operations = 3;
        expected.tenant.log = Some(exec::LogRate { bytes_per_second: 1, burst: 2 });
        assert_eq!(options, expected);
        let written = serde_json::to_string(&options).unwrap();
        assert_eq!(serde_json::from_str::<PoolOptions>(&written).unwrap(), options);
        for wrong in [r#"{ "max_sise": 1 }"#, r#"{ "limits": { "request": { "cpu": 1 } } }"#] {
            assert!(serde_json::from_str::<PoolOptions>(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn there_are_no_more_shards_than_isolates() {
        let options = PoolOptions {
            mode: ExecutionMode::Pinned,
            threads: Some(8),
            max_size: 3,
            ..PoolOptions::default()
        };
        assert_eq!(options.shards(), (3, 1));
    }
}
