//! Flags of the pool: how many isolates, where they come from, who waits for them.

use std::path::{Path, PathBuf};
use std::time::Duration;

use clap::{ArgAction, Args, ValueEnum, value_parser};
use runner::{ExecutionMode, PoolOptions, Reuse, SnapshotChoice};

use super::{CliError, memory};

/// What the pool of a server is like.
#[derive(Debug, Args)]
pub(super) struct PoolFlags {
    /// Isolates at most
    #[arg(long, value_name = "N", default_value_t = 100, value_parser = value_parser!(u32).range(1..))]
    pool_size: u32,
    /// Whether a worker's global state survives a request
    #[arg(long, value_enum, default_value_t = ReuseFlag::Warm)]
    reuse: ReuseFlag,
    /// Threads that run JavaScript [default: the larger of 4 and twice the cores]
    #[arg(long, value_name = "N", value_parser = value_parser!(u32).range(1..=1024))]
    threads: Option<u32>,
    /// Requests that may be in flight on one isolate
    #[arg(long, value_name = "N", default_value_t = 1_000, value_parser = value_parser!(u32).range(1..))]
    concurrency: u32,
    /// Isolates that one busy worker may have
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = value_parser!(u32).range(1..))]
    isolates_per_worker: u32,
    /// Memory of all isolates together, in MiB (0: no limit); idle isolates are evicted beyond [default: half of the memory
    /// of the machine]
    #[arg(long, value_name = "N")]
    total_heap_mb: Option<u32>,
    /// After how long without a turn an isolate is collected in the background, in milliseconds (0: never)
    #[arg(long, value_name = "N", default_value_t = 5_000)]
    idle_collect_ms: u32,
    /// After how long without a request an isolate is evicted, in milliseconds (0: only for another one)
    #[arg(long, value_name = "N", default_value_t = 600_000)]
    idle_evict_ms: u32,
    /// Where isolates come from
    #[arg(long, value_enum, default_value_t = ModeFlag::Pooled)]
    mode: ModeFlag,
    /// Requests that may wait for an isolate; more are refused with 503
    #[arg(long, value_name = "N", default_value_t = 10_000)]
    max_waiters: u32,
    /// Requests of one worker that may wait for an isolate; more are refused with 503
    #[arg(long, value_name = "N", default_value_t = 1_000)]
    max_waiters_per_worker: u32,
    /// How long a request may wait for an isolate, in milliseconds; then it is refused with 503
    #[arg(long, value_name = "N", default_value_t = 30_000, value_parser = value_parser!(u32).range(1..))]
    queue_ms: u32,
    /// Isolates kept ready for workers without one
    #[arg(long, value_name = "N", default_value_t = 2, value_parser = value_parser!(u32).range(0..=1024))]
    spares: u32,
    /// Compiled code that is kept for contexts which are made later, in MiB (0: none)
    #[arg(long, value_name = "N", default_value_t = 32, value_parser = value_parser!(u32).range(0..=65_536))]
    code_cache_mb: u32,
    /// Directory for compiled code: a server that is started again takes it from there. Who can write there can have the
    /// server do anything
    #[arg(long, value_name = "DIR")]
    code_cache: Option<PathBuf>,
    /// Size of that directory, in MiB
    #[arg(long, value_name = "N", default_value_t = 256, value_parser = value_parser!(u32).range(1..=1_048_576))]
    code_cache_disk_mb: u32,
    /// Use the compiled code in packs. Who made such a pack can have the server do anything
    #[arg(long, value_name = "BOOL", default_value_t = true, action = ArgAction::Set)]
    packed_code: bool,
    /// Prepare so many workers in the background after the start, those that had the most requests in the last run; needs
    /// --code-cache, where that is kept
    #[arg(long, value_name = "N", default_value_t = 0)]
    warm: u32,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum ReuseFlag {
    /// A new context for every request
    Fresh,
    /// The context of the worker is used again
    Warm,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum ModeFlag {
    /// One pool for all threads
    Pooled,
    /// A new isolate for every request
    Oneshot,
    /// One pool per thread
    Pinned,
}

impl PoolFlags {
    /// How many workers are prepared, and where it is kept which ones.
    ///
    /// # Errors
    /// There is no such place.
    pub(super) fn warm(&self) -> Result<Option<(usize, &Path)>, CliError> {
        match (self.warm.min(self.pool_size), self.code_cache.as_deref()) {
            (0, _) => Ok(None),
            (_, None) => Err(CliError::MissingFlag { given: "--warm", missing: "--code-cache" }),
            (count, Some(directory)) => Ok(Some((count as usize, directory))),
        }
    }

    /// Where compiled code is kept, if it is.
    pub(super) fn directory_of_code(&self) -> Option<&Path> {
        self.code_cache.as_deref().filter(|_| self.code_cache_mb > 0)
    }

    /// Bytes that all isolates may have together.
    fn total_heap(&self) -> Option<usize> {
        let mib = self
            .total_heap_mb
            .map(u64::from)
            .or_else(|| memory::available().map(|bytes| (bytes >> 21).max(1)));
        mib.filter(|mib| *mib > 0).map(|mib| usize::try_from(mib << 20).unwrap_or(usize::MAX))
    }

    /// These flags, and for the rest `others`.
    pub(super) fn options(&self, others: PoolOptions) -> PoolOptions {
        let not_zero = |n: u32| (n > 0).then(|| Duration::from_millis(n.into()));
        // Code is of use only with the snapshot that it was made with, so they are kept together.
        let snapshot = match others.snapshot {
            SnapshotChoice::Directory(_) | SnapshotChoice::DefaultDirectory(_)
                if self.directory_of_code().is_some() =>
            {
                SnapshotChoice::Build
            }
            ref other => other.clone(),
        };
        others
            .with_snapshot(snapshot)
            .with_max_size(self.pool_size as usize)
            .with_reuse(match self.reuse {
                ReuseFlag::Fresh => Reuse::Fresh,
                ReuseFlag::Warm => Reuse::Warm,
            })
            .with_threads(self.threads.map(|n| n as usize))
            .with_max_concurrent_per_isolate(self.concurrency as usize)
            .with_max_isolates_per_worker(self.isolates_per_worker as usize)
            .with_max_total_heap(self.total_heap())
            .with_idle_collect(not_zero(self.idle_collect_ms))
            .with_idle_evict(not_zero(self.idle_evict_ms))
            .with_mode(match self.mode {
                ModeFlag::Pooled => ExecutionMode::Pooled,
                ModeFlag::Oneshot => ExecutionMode::Oneshot,
                ModeFlag::Pinned => ExecutionMode::Pinned,
            })
            .with_spares(self.spares as usize)
            .with_code_cache_bytes((self.code_cache_mb as usize) << 20)
            .with_code_cache_dir(self.code_cache.clone())
            .with_code_cache_dir_bytes(u64::from(self.code_cache_disk_mb) << 20)
            .with_packed_code(self.packed_code)
            .with_max_waiters(self.max_waiters as usize)
            .with_max_waiters_per_worker(self.max_waiters_per_worker as usize)
            .with_acquire_timeout(Duration::from_millis(self.queue_ms.into()))
    }
}
