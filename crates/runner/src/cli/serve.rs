//! `runner serve`.

use std::convert::Infallible;
use std::path::{Path, PathBuf};
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use clap::{ArgAction, Args};
use isolate::WasmTable;
use runner::server::{Pulse, Server};
use runner::workers::Workers;
use runner::{IsolatePool, PoolOptions};
use tokio::signal::unix::signal;
use tokio::sync::{Notify, oneshot};
use tokio::task::JoinSet;

use super::admin::Seat;
use super::budget_flags::BudgetFlags;
use super::config::Loaded;
use super::flags::{LimitFlags, WorkerFlags};
use super::pool_flags::PoolFlags;
use super::reload::{self, Wanted};
use super::server_flags::ServerFlags;
use super::signals::{self, StopSignals};
use super::supervise::{Link, Order};
use super::warm::Usage;
use super::worker_sources::WorkerSources;
use super::{CliError, check, descriptors, logging, readiness, watch};

/// How often the server looks at how much memory is lost.
const LOSS_CHECK: Duration = Duration::from_secs(1);

/// Types of Wasm in all workers of which a server wants to be restarted: half of those after which nobody may compile any more.
const MANY_WASM_TYPES: WasmTable =
    WasmTable { types: WasmTable::MOST.types / 2, bytes: WasmTable::MOST.bytes / 2 };

/// What `runner serve --help` ends with.
pub(super) const EXAMPLES: &str = "Examples:
  runner serve workers                         workers/NAME.js answers http://127.0.0.1:8787/NAME/
  runner serve --config runner.toml            What the file says; see `runner config`
  runner serve                                 What the runner.toml or wrangler file in this directory says
  runner serve worker.js --listen 8080         One worker for all paths
  runner serve workers --watch                 Read again what is saved
  runner serve workers --listen 0.0.0.0:80     Every interface
  runner serve workers --listen unix:/run/runner.sock --supervise
  runner serve workers --env GREETING=hello --cpu-ms 20 --fetch none";

#[derive(Debug, Args)]
pub(super) struct ServeArgs {
    /// Workers: a file is mounted at `/`; of a directory, each NAME.js, NAME.mjs and NAME/index.js is
    /// mounted at `/NAME/`. Without one and without --config: the configuration that is in the present directory
    #[arg(value_name = "PATH")]
    pub(super) paths: Vec<PathBuf>,
    /// Configuration: runner.toml, a wrangler file, or a directory with one. A flag goes before its variable (RUNNER_LISTEN
    /// for --listen), and that before the file
    #[arg(long, value_name = "FILE")]
    pub(super) config: Option<PathBuf>,
    /// Environment of a wrangler file
    #[arg(long, value_name = "NAME")]
    pub(super) env_name: Option<String>,

    #[command(flatten, next_help_heading = "Server")]
    pub(super) server: ServerFlags,
    /// Read the workers again when a file changes, as on SIGHUP. A worker that does not evaluate goes on as it was
    #[arg(long, value_name = "BOOL", num_args = 0..=1, require_equals = true)]
    #[arg(default_value_t = false, default_missing_value = "true", action = ArgAction::Set)]
    watch: bool,
    /// Run the server in a process of its own, start it again when it dies, and start its successor before it ends: on
    /// SIGUSR2 (a new program at the same place), or when too much memory is lost
    #[arg(long)]
    pub(super) supervise: bool,
    /// Be the process that a supervisor starts: the socket to listen on is stdin, stdout is the line to it
    #[arg(long, hide = true, conflicts_with = "supervise")]
    pub(super) supervised: bool,

    #[command(flatten, next_help_heading = "Pool")]
    pool: PoolFlags,
    #[command(flatten, next_help_heading = "Limits")]
    limits: LimitFlags,
    #[command(flatten, next_help_heading = "Budgets")]
    budgets: BudgetFlags,
    #[command(flatten, next_help_heading = "Workers")]
    worker: WorkerFlags,
    /// Do not start if a worker cannot be evaluated; without this the others are served, and it answers with 500
    #[arg(long, help_heading = "Workers", conflicts_with = "no_check")]
    strict: bool,
    /// Do not evaluate workers before their first request
    #[arg(long, help_heading = "Workers")]
    no_check: bool,
    /// What was read of the configuration for the flags.
    #[arg(skip)]
    pub(super) loaded: Loaded,
}

impl ServeArgs {
    /// Whether what the flags name is there and makes sense, as far as that can be said without listening.
    pub(super) fn check(&self) -> Result<(), CliError> {
        self.server.tls.read()?;
        self.pool.warm()?;
        self.server.admin.check()
    }

    /// Where compiled code is kept, if it is.
    pub(super) fn directory_of_code(&self) -> Option<&Path> {
        self.pool.directory_of_code()
    }

    /// What `--watch` watches: what workers are read from, and the certificate.
    fn watched(&self, sources: &WorkerSources) -> Vec<PathBuf> {
        sources.watched().into_iter().chain(self.server.tls.files()).collect()
    }

    fn pool_options(&self) -> PoolOptions {
        let sockets = descriptors::left_for_fetches(self.server.max_connections);
        self.pool
            .options(self.limits.pool_options())
            .with_tenant(self.budgets.tenant())
            .with_process(self.budgets.process(sockets))
            .with_caches(self.budgets.caches())
    }
}

pub(super) async fn execute(args: ServeArgs) -> Result<(), CliError> {
    let warm = args.pool.warm()?.map(|(count, directory)| (count, directory.to_owned()));
    // Before the line that says ready: whoever reads it may send a signal at once.
    let mut signals = StopSignals::new().map_err(CliError::Start)?;
    let hangup = signal(signals::RELOAD).map_err(CliError::Start)?;
    signals::ignore(&signals::MEANINGLESS).map_err(CliError::Start)?;
    signals::ignore(&[signals::UPGRADE]).map_err(CliError::Start)?;
    signals::survive_full_files().map_err(CliError::Start)?;
    let (inherited, link) = if args.supervised {
        let (listener, link) = Link::take().map_err(CliError::Start)?;
        (Some(listener), Some(link))
    } else {
        (None, None)
    };
    logging::divert_stderr().map_err(CliError::Start)?;
    descriptors::raise_limit(args.server.max_connections);
    let tls = args.server.tls.read()?;

    let reload = Wanted::default();
    let mut attendants = JoinSet::new();
    let mut sources = WorkerSources::new(
        &args.paths,
        args.config.as_deref(),
        args.env_name.as_deref(),
        args.worker.environment(),
    )
    .with_nodejs_compat(args.worker.nodejs_compat())
    .mounted(args.server.mount.clone())
    .loaded(args.loaded.clone());
    // Before the first look: what changes afterwards is seen.
    if args.watch {
        let seen = Arc::new(Notify::new());
        attendants.spawn(watch::debounce(Arc::clone(&seen), Arc::clone(&reload.changed)));
        let watch = watch::start(&args.watched(&sources), seen)?;
        sources = sources.watched_by(watch);
    }
    let set = sources.read()?;
    check::log_ignored(&set.ignored);
    let defaults = set.defaults.clone().unwrap_or_default();
    let definitions = set.complete()?;
    let pool_options = args.pool_options();
    let limits = pool_options.limits.request;
    let pool = IsolatePool::new(pool_options)?;
    let operations = args.worker.operations();
    let workers = Workers::in_pool(pool.clone(), move |worker| operations(&worker.id, worker.settings.fetch));
    workers.set_defaults(defaults);
    if !args.no_check {
        check::start(&workers, definitions.into(), args.strict).await?;
    } else if let Some(failed) = workers.adopt_all(definitions)?.failed.into_iter().next() {
        return Err(CliError::Worker(Box::new(failed)));
    }
    let count = workers.len();
    let listener = inherited.map_or_else(|| args.server.bind(), Ok)?;
    let options = args.server.options(&limits);
    let server = Server::from_listener(listener, workers.clone(), pool.clone(), options);
    let mut server = server.map_err(|error| args.server.listen_error(error))?;
    if let Some(tls) = &tls {
        server = server.with_tls(tls.clone());
    }
    let mut admin = Seat::take(&args.server.admin, &pool, &workers, server.readiness(), args.supervised)?;
    attendants.spawn(reload::on_signal(hangup, Arc::clone(&reload.asked)));
    attendants.spawn({
        let (workers, backend) = (workers.clone(), Arc::new(pool.clone()));
        async move { workers.run_crons(backend).await }
    });
    attendants.spawn(reload::run(workers.clone(), sources, tls, reload.clone()));
    let usage = match warm {
        Some((count, directory)) => {
            let usage = tokio::task::spawn_blocking(move || Usage::read(&directory)).await;
            let usage = usage.map_err(|error| CliError::Start(error.into()))?;
            attendants.spawn(usage.clone().warm(count, workers.clone(), pool.clone()));
            attendants.spawn(usage.clone().keep(workers.clone()));
            Some(usage)
        }
        None => None,
    };

    let config = args.config.as_ref().map(|path| tracing::field::display(path.display()));
    tracing::info!(workers = count, config, "serving");
    args.worker.log_fetch_policy();
    match &link {
        Some(link) => link.ready(),
        None => readiness::announce(server.local_address(), args.server.tls.is_https())?,
    }

    let pulse = server.pulse();
    let (stop, stopped) = oneshot::channel::<()>();
    let mut running = pin!(server.run(async {
        let _ = stopped.await;
    }));
    let (mut lost, mut told) = (None, false);
    tokio::select! {
        () = &mut running => return Ok(()),
        () = signals.next() => own_will(link.as_ref()),
        () = admin.drain_wanted() => own_will(link.as_ref()),
        () = told_to_drain(link.as_ref(), &reload.asked) => told = true,
        never = keep_saying_alive(link.as_ref(), &pulse) => match never {},
        too_much = lost_too_much(&pool, args.server.max_lost_mib(), link.as_ref()) => lost = Some(too_much),
    }
    if link.is_none() {
        readiness::stopping();
    }
    admin.leave();
    // What is served stays as it is.
    attendants.abort_all();
    drop(stop);
    if let Some(usage) = usage {
        usage.save(&workers).await;
    }
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
    lost.map_or(Ok(()), Err)
}

/// Tells the supervisor that this server drains without having been told by it.
fn own_will(link: Option<&Link>) {
    if let Some(link) = link {
        link.leaving();
    }
}

/// Waits until the supervisor wants this server to drain, and has the workers read again whenever it wants that.
async fn told_to_drain(link: Option<&Link>, reload: &Notify) {
    let Some(link) = link else { return std::future::pending().await };
    while link.next_order().await == Order::Reload {
        reload.notify_one();
    }
}

/// Tells the supervisor, if there is one, that this server is able to serve.
async fn keep_saying_alive(link: Option<&Link>, pulse: &Pulse) -> Infallible {
    match link {
        Some(link) => link.keep_saying_alive(pulse).await,
        None => std::future::pending().await,
    }
}

/// Waits until more than `max_mib` are lost, which never is the case if that is 0. Under a supervisor it asks for a successor
/// instead, which ends with the order to drain; and also where V8 knows too many types of Wasm, which without a supervisor is no reason
/// to end: all else goes on.
async fn lost_too_much(pool: &IsolatePool, max_mib: u64, link: Option<&Link>) -> CliError {
    let platform = isolate::platform::initialize();
    let mut told_of_types = false;
    loop {
        let mib = if max_mib == 0 { 0 } else { pool.lost().bytes >> 20 };
        if mib > max_mib {
            tracing::warn!(lost_mb = mib, "too much memory is lost");
            return match link {
                Some(link) => successor(link).await,
                None => CliError::LostMemory { mib },
            };
        }
        let WasmTable { types, bytes } = platform.wasm_table();
        let too_many = types > MANY_WASM_TYPES.types || bytes > MANY_WASM_TYPES.bytes;
        if too_many && !told_of_types {
            told_of_types = true;
            tracing::warn!(
                types,
                mb = bytes >> 20,
                "V8 knows many types of Wasm, and forgets none: the server should be restarted"
            );
            if let Some(link) = link {
                return successor(link).await;
            }
        }
        tokio::time::sleep(LOSS_CHECK).await;
    }
}

/// Asks for a successor, and waits for the order to drain, which ends this.
async fn successor<T>(link: &Link) -> T {
    link.want_successor();
    std::future::pending().await
}
