//! `runner serve`.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::pin::pin;
use std::time::Duration;

use clap::{Args, ValueEnum, value_parser};
use runner::server::{Server, ServerOptions, Workers};
use runner::{ExecutionMode, IsolatePool, PoolOptions, Reuse};
use tokio::sync::oneshot;

use super::budget_flags::BudgetFlags;
use super::flags::{LimitFlags, WorkerFlags};
use super::signals::{self, StopSignals};
use super::supervise::Link;
use super::{CliError, announce, descriptors, logging, memory};

/// How often the server looks at how much memory is lost.
const LOSS_CHECK: Duration = Duration::from_secs(1);

#[derive(Debug, Args)]
pub(super) struct ServeArgs {
    /// Workers: a file is mounted at `/`; of a directory, each NAME.js, NAME.mjs and NAME/index.js is
    /// mounted at `/NAME/`
    #[arg(required = true, value_name = "PATH")]
    paths: Vec<PathBuf>,
    /// Address to listen on
    #[arg(long, value_name = "ADDR", default_value = "127.0.0.1:8787")]
    pub(super) listen: SocketAddr,

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
    /// Heap of all isolates together, in MiB; idle isolates are evicted beyond [default: no limit]
    #[arg(long, value_name = "N", value_parser = value_parser!(u32).range(1..))]
    total_heap_mb: Option<u32>,
    /// After how long without a request an isolate is collected in the background, in milliseconds (0: never)
    #[arg(long, value_name = "N", default_value_t = 5_000)]
    idle_collect_ms: u32,
    /// After how long without a request an isolate is evicted, in milliseconds (0: only for another one)
    #[arg(long, value_name = "N", default_value_t = 0)]
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
    #[command(flatten)]
    limits: LimitFlags,
    #[command(flatten)]
    budgets: BudgetFlags,
    #[command(flatten)]
    worker: WorkerFlags,

    /// Largest request body, in MiB; beyond is answered with 413
    #[arg(long, value_name = "N", default_value_t = 16, value_parser = value_parser!(u32).range(1..=65_536))]
    max_body_mb: u32,
    /// How long a request body may stall, in milliseconds; beyond is answered with 408. And how long a request waits for
    /// room for its body; beyond is answered with 503
    #[arg(long, value_name = "N", default_value_t = 30_000, value_parser = value_parser!(u32).range(1..))]
    body_timeout_ms: u32,
    /// How long a request body may take in all, in milliseconds; beyond is answered with 408
    #[arg(long, value_name = "N", default_value_t = 120_000, value_parser = value_parser!(u32).range(1..))]
    body_deadline_ms: u32,
    /// How long a client may take for the head of a request and a connection may idle, in milliseconds
    #[arg(long, value_name = "N", default_value_t = 30_000, value_parser = value_parser!(u32).range(1..))]
    idle_timeout_ms: u32,
    /// Connections at most
    #[arg(long, value_name = "N", default_value_t = 10_000, value_parser = value_parser!(u32).range(1..))]
    max_connections: u32,
    /// How long requests in flight may go on after SIGTERM or SIGINT, in milliseconds
    #[arg(long, value_name = "N", default_value_t = 10_000)]
    drain_ms: u32,
    /// Drain and exit with status 75 when this much memory, in MiB, is lost to scripts that V8 could not stop: only a
    /// restart brings it back (0: never) [default: half of the memory of the machine]
    #[arg(long, value_name = "N")]
    max_lost_mb: Option<u32>,
    /// Show clients the text of workers' exceptions (for development)
    #[arg(long)]
    expose_errors: bool,

    /// Run the server in a process of its own, start it again when it dies, and start its successor before it ends: on
    /// SIGUSR2 (a new program at the same place), or when too much memory is lost
    #[arg(long)]
    pub(super) supervise: bool,
    /// Be the process that a supervisor starts: the socket to listen on is stdin, stdout is the line to it
    #[arg(long, hide = true, conflicts_with = "supervise")]
    supervised: bool,
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

impl ServeArgs {
    fn server_options(&self) -> ServerOptions {
        let millis = |n: u32| Duration::from_millis(n.into());
        ServerOptions {
            max_body: (self.max_body_mb as usize) << 20,
            body_timeout: millis(self.body_timeout_ms),
            body_deadline: millis(self.body_deadline_ms),
            idle_timeout: millis(self.idle_timeout_ms),
            max_connections: self.max_connections as usize,
            drain: self.drain(),
            linger: ServerOptions::default().linger.min(self.drain() / 2),
            expose_errors: self.expose_errors,
        }
    }

    /// How long requests in flight may go on once the server was told to stop.
    pub(super) fn drain(&self) -> Duration {
        Duration::from_millis(self.drain_ms.into())
    }

    /// Memory that may be lost before the server wants to be restarted, in MiB; 0 for any.
    fn max_lost_mib(&self) -> u64 {
        self.max_lost_mb.map_or_else(|| memory::available().unwrap_or(0) / (2 << 20), u64::from)
    }

    fn pool_options(&self) -> PoolOptions {
        let not_zero = |n: u32| (n > 0).then(|| Duration::from_millis(n.into()));
        PoolOptions {
            max_size: self.pool_size as usize,
            tenant: self.budgets.tenant(),
            process: self.budgets.process(descriptors::left_for_fetches(self.max_connections)),
            reuse: match self.reuse {
                ReuseFlag::Fresh => Reuse::Fresh,
                ReuseFlag::Warm => Reuse::Warm,
            },
            threads: self.threads.map(|n| n as usize),
            max_concurrent_per_isolate: self.concurrency as usize,
            max_isolates_per_worker: self.isolates_per_worker as usize,
            max_total_heap: self.total_heap_mb.map(|mib| (mib as usize) << 20),
            idle_collect: not_zero(self.idle_collect_ms),
            idle_evict: not_zero(self.idle_evict_ms),
            mode: match self.mode {
                ModeFlag::Pooled => ExecutionMode::Pooled,
                ModeFlag::Oneshot => ExecutionMode::Oneshot,
                ModeFlag::Pinned => ExecutionMode::Pinned,
            },
            spares: self.spares as usize,
            max_waiters: self.max_waiters as usize,
            max_waiters_per_worker: self.max_waiters_per_worker as usize,
            acquire_timeout: Duration::from_millis(self.queue_ms.into()),
            ..self.limits.pool_options()
        }
    }
}

pub(super) async fn execute(args: ServeArgs) -> Result<(), CliError> {
    // Before the line that says ready: whoever reads it may send a signal at once.
    let mut signals = StopSignals::new().map_err(CliError::Start)?;
    signals::ignore(&signals::MEANINGLESS).map_err(CliError::Start)?;
    signals::ignore(&[signals::UPGRADE]).map_err(CliError::Start)?;
    let (listener, link) = if args.supervised {
        let (listener, link) = Link::take().map_err(CliError::Start)?;
        (Some(listener), Some(link))
    } else {
        (None, None)
    };
    logging::divert_stderr().map_err(CliError::Start)?;
    descriptors::raise_limit(args.max_connections);

    let workers = Workers::load(&args.paths, &args.worker.environment(), args.worker.operations())?;
    let count = workers.len();
    let pool = IsolatePool::new(args.pool_options())?;
    let options = args.server_options();
    let server = match listener {
        Some(listener) => Server::from_listener(listener, workers, pool.clone(), options),
        None => Server::bind(args.listen, workers, pool.clone(), options).await,
    }
    .map_err(|error| CliError::Listen { address: args.listen, error })?;

    tracing::info!(workers = count, "serving");
    args.worker.log_fetch_policy();
    match &link {
        Some(link) => link.ready(),
        None => announce(server.local_address())?,
    }

    let (stop, stopped) = oneshot::channel::<()>();
    let mut running = pin!(server.run(async {
        let _ = stopped.await;
    }));
    let (mut lost, mut told) = (None, false);
    tokio::select! {
        () = &mut running => return Ok(()),
        () = signals.next() => {
            if let Some(link) = &link {
                link.leaving();
            }
        }
        () = told_to_drain(link.as_ref()) => told = true,
        too_much = lost_too_much(&pool, args.max_lost_mib(), link.as_ref()) => lost = Some(too_much),
    }
    drop(stop);
    let second_signal = async {
        if told {
            // The terminal sends its signal to both, and the supervisor may be faster than this process.
            signals.next().await;
        }
        signals.next().await;
    };
    tokio::select! {
        () = running => {}
        () = second_signal => return Err(CliError::Interrupted),
    }
    lost.map_or(Ok(()), |mib| Err(CliError::LostMemory { mib }))
}

/// Waits until the supervisor wants this server to drain.
async fn told_to_drain(link: Option<&Link>) {
    match link {
        Some(link) => link.drain_wanted().await,
        None => std::future::pending().await,
    }
}

/// Waits until more than `max_mib` are lost, for ever if that is 0, and returns how much it is. Under a supervisor it
/// asks for a successor instead, which ends with the order to drain.
async fn lost_too_much(pool: &IsolatePool, max_mib: u64, link: Option<&Link>) -> u64 {
    if max_mib == 0 {
        std::future::pending::<()>().await;
    }
    let lost = loop {
        let mib = pool.stats().lost.bytes >> 20;
        if mib > max_mib {
            break mib;
        }
        tokio::time::sleep(LOSS_CHECK).await;
    };
    tracing::warn!(lost_mb = lost, "too much memory is lost");
    if let Some(link) = link {
        link.want_successor();
        std::future::pending::<()>().await;
    }
    lost
}
