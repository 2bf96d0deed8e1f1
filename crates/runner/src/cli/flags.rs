//! Flags that several commands have.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Duration;

use clap::{Args, ValueEnum, value_parser};
use isolate::RuntimeLimits;
use runner::operations::{FetchClient, FetchOptions, FetchPolicy, HttpOperations};
use runner::{PoolOptions, Reuse, SnapshotChoice};

/// What a worker may use.
#[derive(Debug, Args)]
pub(super) struct LimitFlags {
    /// Maximum heap of an isolate, in MiB [default: 128]
    #[arg(long, value_name = "N", value_parser = value_parser!(u32).range(8..=65_536))]
    heap_mb: Option<u32>,
    /// Largest module, in MiB; its parser may take 400 times as much memory [default: 4]
    #[arg(long, value_name = "N", value_parser = value_parser!(u32).range(1..=64))]
    script_mb: Option<u32>,
    /// CPU time of a request, in milliseconds [default: 200]
    #[arg(long, value_name = "N", value_parser = value_parser!(u32).range(1..))]
    cpu_ms: Option<u32>,
    /// CPU time of the evaluation of a worker's script, in milliseconds [default: 1000]
    #[arg(long, value_name = "N", value_parser = value_parser!(u32).range(1..))]
    startup_cpu_ms: Option<u32>,
    /// Time a request may take, in milliseconds [default: 30000]
    #[arg(long, value_name = "N", value_parser = value_parser!(u32).range(1..))]
    wall_ms: Option<u32>,
    /// How long nothing may move of an answer whose body is on its way, in milliseconds; the time that a request may take
    /// is until then [default: 300000]
    #[arg(long, value_name = "N", value_parser = value_parser!(u32).range(1..))]
    stream_idle_ms: Option<u32>,
    /// How long the body of an answer may be on its way in all, in milliseconds [default: as long as something moves]
    #[arg(long, value_name = "N", value_parser = value_parser!(u32).range(1..))]
    stream_max_ms: Option<u32>,
    /// How much of a body is kept between a worker and its client, in KiB; who writes more has to wait [default: 64]
    #[arg(long, value_name = "N", value_parser = value_parser!(u32).range(1..=65_536))]
    stream_buffer_kb: Option<u32>,
    /// Startup snapshot, made by `runner snapshot build` [default: the one in --code-cache, else in --snapshot-cache]
    #[arg(long, value_name = "FILE", help_heading = "Pool")]
    snapshot: Option<PathBuf>,
    /// Directory, yours alone, where the startup snapshot is kept once it has been built [default: isolate-pool in
    /// $XDG_CACHE_HOME, else in ~/.cache]
    #[arg(long, value_name = "DIR", help_heading = "Pool")]
    snapshot_cache: Option<PathBuf>,
    /// Build the startup snapshot at each start, and keep it nowhere
    #[arg(long, help_heading = "Pool")]
    no_snapshot_cache: bool,
    /// Time zone of `Date` and `Intl`, whatever that of the host is, such as Europe/Berlin [default: UTC]
    #[arg(long, value_name = "NAME", help_heading = "Pool")]
    time_zone: Option<String>,
    /// Locale of `Intl` where a script names none, such as de-DE [default: en-US]
    #[arg(long, value_name = "TAG", help_heading = "Pool")]
    locale: Option<String>,
}

/// Of a request, if no flag says otherwise: more than the library's default, since the first request of a context
/// compiles what it calls, and packages as they are published come to 200 ms then (`docs/compatibility.md`).
const CPU_TIME: Duration = Duration::from_millis(200);

impl LimitFlags {
    /// The options of a pool for one event; a server widens them.
    pub(super) fn pool_options(&self) -> PoolOptions {
        PoolOptions::default()
            .with_max_size(1)
            .with_limits(self.limits())
            .with_reuse(Reuse::Fresh)
            .with_snapshot(self.snapshot())
            .with_time_zone(self.time_zone.clone())
            .with_locale(self.locale.clone())
            .with_spares(0)
    }

    fn snapshot(&self) -> SnapshotChoice {
        if let Some(file) = &self.snapshot {
            return SnapshotChoice::File(file.clone());
        }
        match (self.no_snapshot_cache, &self.snapshot_cache) {
            (true, _) => SnapshotChoice::Build,
            (false, Some(named)) => SnapshotChoice::Directory(named.clone()),
            (false, None) => {
                cache_directory().map_or(SnapshotChoice::Build, SnapshotChoice::DefaultDirectory)
            }
        }
    }

    fn limits(&self) -> RuntimeLimits {
        let RuntimeLimits { mut isolate, mut request, .. } = RuntimeLimits::default();
        if let Some(mib) = self.heap_mb {
            isolate = isolate.with_heap_max((mib as usize) << 20);
        }
        if let Some(mib) = self.script_mb {
            isolate.script_bytes = (mib as usize) << 20;
        }
        let millis = |flag: Option<u32>, default| flag.map_or(default, |n| Duration::from_millis(n.into()));
        request.cpu_time = millis(self.cpu_ms, CPU_TIME);
        request.startup_cpu = millis(self.startup_cpu_ms, request.startup_cpu);
        request.wall_clock = millis(self.wall_ms, request.wall_clock);
        request.stream_idle = millis(self.stream_idle_ms, request.stream_idle);
        request.stream_max = millis(self.stream_max_ms, request.stream_max);
        if let Some(kib) = self.stream_buffer_kb {
            request.stream_buffer = (kib as usize) << 10;
        }
        RuntimeLimits::default().with_isolate(isolate).with_request(request).normalized()
    }
}

/// Where this user's programs keep what they can make again, by the XDG base directory specification: relative paths do not
/// count.
fn cache_directory() -> Option<PathBuf> {
    let absolute = |name: &str| std::env::var_os(name).map(PathBuf::from).filter(|path| path.is_absolute());
    let caches = absolute("XDG_CACHE_HOME").or_else(|| Some(absolute("HOME")?.join(".cache")))?;
    Some(caches.join("isolate-pool"))
}

/// What surrounds a worker.
#[derive(Debug, Args)]
pub(super) struct WorkerFlags {
    /// A variable of the workers' environment; can be given several times
    #[arg(long = "env", value_name = "KEY=VALUE", value_parser = parse_variable)]
    environment: Vec<(String, String)>,
    /// Where `fetch()` may connect to; ports that browsers block are blocked in any case
    #[arg(long = "fetch", value_enum, default_value_t = FetchFlag::Public, help_heading = "Limits")]
    fetch: FetchFlag,
    /// Give the workers the globals of Node.js: `Buffer`, `process`, `global`, `setImmediate`, `clearImmediate`
    #[arg(long)]
    nodejs_compat: bool,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum FetchFlag {
    /// Anywhere, this machine and its network included
    Any,
    /// Public addresses only: neither this machine nor its network
    Public,
    /// Nowhere
    None,
}

impl WorkerFlags {
    pub(super) fn environment(&self) -> BTreeMap<String, String> {
        self.environment.iter().cloned().collect()
    }

    pub(super) fn nodejs_compat(&self) -> bool {
        self.nodejs_compat
    }

    /// One line about what `fetch()` may reach, for those who wonder why theirs does not.
    pub(super) fn log_fetch_policy(&self) {
        match self.fetch {
            FetchFlag::Any => {
                tracing::info!("fetch() may connect to this machine and its network (--fetch any)")
            }
            FetchFlag::Public => {
                tracing::info!("fetch() may connect to public addresses only; --fetch any allows all");
            }
            FetchFlag::None => tracing::info!("fetch() is switched off (--fetch none)"),
        }
    }

    /// Makes the operations of a worker from its id and its own policy, if it has one; all of them share one resolver.
    pub(super) fn operations(&self) -> impl Fn(&str, Option<FetchPolicy>) -> HttpOperations + use<> {
        let policy = match self.fetch {
            FetchFlag::Any => FetchPolicy::Any,
            FetchFlag::Public => FetchPolicy::Public,
            FetchFlag::None => FetchPolicy::None,
        };
        let client = FetchClient::new(FetchOptions::default().with_policy(policy));
        move |worker, policy| match policy {
            Some(policy) => HttpOperations::new(&client.with_policy(policy), worker),
            None => HttpOperations::new(&client, worker),
        }
    }
}

fn parse_variable(text: &str) -> Result<(String, String), &'static str> {
    match text.split_once('=') {
        Some((key, value)) if !key.is_empty() => Ok((key.to_owned(), value.to_owned())),
        _ => Err("expected KEY=VALUE"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn variables_are_split_at_the_first_equals_sign() {
        assert_eq!(parse_variable("A=b=c"), Ok(("A".to_owned(), "b=c".to_owned())));
        assert_eq!(parse_variable("A="), Ok(("A".to_owned(), String::new())));
        assert!(parse_variable("A").is_err() && parse_variable("=b").is_err());
    }
}
