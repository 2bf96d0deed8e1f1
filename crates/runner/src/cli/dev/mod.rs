//! `runner dev`: a server for the person who writes its workers.
//!
//! ```text
//! notify ─► debounce ─┐
//! key r ──────────────┴► read ─► Project::serve ─► Workers (evaluate, then route)
//! browser ─► Server ─► Answers ─► pool            a fault: page, text, note
//! ```
//!
//! It is the server of `runner serve` with other answers and another log. A save that breaks a worker changes nothing but what
//! is said: see [`project`].

mod accept;
mod address;
mod answers;
mod console;
mod editor;
mod frame;
mod keys;
mod page;
mod project;

use std::io;
use std::os::unix::process::CommandExt;
use std::path::PathBuf;
use std::pin::pin;
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::time::Duration;

use clap::Args;
use runner::server::{AccessLog, Server, ServerOptions};
use runner::workers::{ReloadError, WorkerName, Workers, WorkersError};
use runner::{IsolatePool, Reuse};
use tokio::sync::{Notify, oneshot};
use tokio::task::JoinSet;

use self::answers::Answers;
use self::console::DevOperations;
use self::editor::Editor;
use self::keys::{Key, Keys};
use self::project::{Changes, Project};
use super::config::Loaded;
use super::flags::{LimitFlags, WorkerFlags};
use super::listen::ListenAddress;
use super::logging;
use super::signals::StopSignals;
use super::worker_sources::WorkerSources;
use super::{CliError, check, problem, readiness, watch};

/// Isolates at most: a developer has few workers.
const ISOLATES: usize = 100;

/// How long requests in flight may go on at the end.
const DRAIN: Duration = Duration::from_millis(500);

/// Workers that are listed at the start at most.
const LISTED: usize = 20;

/// Clears a terminal, with what was scrolled away.
const CLEAR: &str = "\u{1b}[2J\u{1b}[3J\u{1b}[H";

/// What `runner dev --help` ends with.
pub(super) const EXAMPLES: &str = "Examples:
  runner dev worker.js --open             Serve a worker, and look at it
  runner dev workers                      workers/NAME.js answers http://localhost:8080/NAME/
  runner dev                              What the runner.toml or wrangler file in this directory says
  runner dev workers --editor 'idea://open?file={path}&line={line}'";

#[derive(Debug, Args)]
pub(super) struct DevArgs {
    /// Workers, as for `runner serve`
    #[arg(value_name = "PATH")]
    pub(super) paths: Vec<PathBuf>,
    /// Configuration: runner.toml, a wrangler file, or a directory with one. Of what it says about the server, limits and log
    /// count here
    #[arg(long, value_name = "FILE")]
    pub(super) config: Option<PathBuf>,
    /// Environment of a wrangler file
    #[arg(long, value_name = "NAME")]
    pub(super) env_name: Option<String>,
    /// Where to listen; forms as for `runner serve` [default: localhost:8080, or the next port that is free]
    #[arg(id = "dev-listen", long = "listen", visible_alias = "port", value_name = "ADDR")]
    listen: Option<ListenAddress>,
    /// Open the browser
    #[arg(long)]
    open: bool,
    /// What links of error pages open: a URL with {path}, {line} and {column}
    #[arg(long, value_name = "URL", default_value = "vscode://file{path}:{line}:{column}")]
    editor: Editor,
    #[command(flatten, next_help_heading = "Limits")]
    limits: LimitFlags,
    #[command(flatten, next_help_heading = "Workers")]
    worker: WorkerFlags,
    /// What was read of the configuration for the flags.
    #[arg(skip)]
    pub(super) loaded: Loaded,
}

pub(super) async fn execute(args: DevArgs) -> Result<(), CliError> {
    let mut signals = StopSignals::new().map_err(CliError::Start)?;
    let styled = problem::is_styled(&io::stderr());
    logging::divert_stderr().map_err(CliError::Start)?;

    let (wanted, seen) = (Arc::new(Notify::new()), Arc::new(Notify::new()));
    let mut attendants = JoinSet::new();
    let sources = WorkerSources::new(
        &args.paths,
        args.config.as_deref(),
        args.env_name.as_deref(),
        args.worker.environment(),
    )
    .with_nodejs_compat(args.worker.nodejs_compat())
    .loaded(args.loaded.clone());
    // Before the first look: what changes afterwards is seen.
    let watch = watch::start(&sources.watched(), Arc::clone(&seen))?;
    let sources = sources.watched_by(watch);
    attendants.spawn(watch::debounce(seen, Arc::clone(&wanted)));
    let set = sources.read()?;
    check::log_ignored(&set.ignored);

    let pool_options =
        args.limits.pool_options().with_max_size(ISOLATES).with_reuse(Reuse::Warm).with_spares(1);
    let limits = pool_options.limits.request;
    let pool = IsolatePool::new(pool_options)?;
    let operations = args.worker.operations();
    let workers = Workers::in_pool(pool.clone(), move |worker| {
        DevOperations::new(operations(&worker.id, worker.settings.fetch), &*worker.id)
    });
    let project = Arc::new(Project::new(sources.roots()));
    let changes = match project.serve(&workers, set).await {
        // The first one is about to be written.
        Err(error @ ReloadError::Read(WorkersError::Empty(_))) => {
            let error = CliError::from(error);
            project.cannot_read(error.report().trim_end());
            logging::say(&error.report());
            Changes::default()
        }
        changes => changes?,
    };

    let listener = address::listen(args.listen.as_ref())?;
    let answers = Answers {
        pool: pool.clone(),
        workers: workers.clone(),
        project: Arc::clone(&project),
        editor: args.editor.clone(),
        styled,
    };
    let options = ServerOptions::default()
        .with_drain(DRAIN)
        .with_linger(Duration::ZERO)
        .with_stream_idle(limits.stream_idle)
        .with_stream_max(limits.stream_max)
        .with_access_log(AccessLog::Query);
    let server =
        Server::from_listener(listener, workers.clone(), answers, options).map_err(CliError::Start)?;
    attendants.spawn({
        let (workers, backend) = (workers.clone(), Arc::new(pool));
        async move { workers.run_crons(backend).await }
    });

    let url = address::url(server.local_address());
    let mut keys = Keys::listen().map_err(CliError::Start)?;
    welcome(url.as_deref(), &workers, &args, keys.are_there());
    tell_faults(&changes, styled);
    readiness::announce(server.local_address(), false)?;
    attendants.spawn(reload_whenever(Arc::clone(&wanted), sources, Arc::clone(&project), workers, styled));
    if args.open {
        open(url.clone());
    }

    let (stop, stopped) = oneshot::channel::<()>();
    let mut running = pin!(server.run(async {
        let _ = stopped.await;
    }));
    loop {
        let key = tokio::select! {
            () = &mut running => return Ok(()),
            () = signals.next() => break,
            key = keys.next() => key,
        };
        match key {
            Key::Help => logging::say(keys::HELP),
            Key::Open => open(url.clone()),
            Key::Reload => {
                project.renew();
                wanted.notify_one();
            }
            Key::Clear => logging::say(CLEAR),
            Key::Quit => break,
        }
    }
    attendants.abort_all();
    drop(stop);
    tokio::select! {
        () = running => Ok(()),
        () = signals.next() => Err(CliError::Interrupted),
    }
}

fn welcome(url: Option<&str>, workers: &Workers, args: &DevArgs, keys: bool) {
    if let Some(config) = &args.config {
        tracing::info!("{}", config.display());
    }
    let entries = answers::entries(workers);
    let base = url.unwrap_or_default();
    for entry in entries.iter().take(LISTED) {
        let place = |route: &String| match route.strip_suffix('*').unwrap_or(route) {
            path if path.starts_with('/') => format!("{base}{path}"),
            other => other.to_owned(),
        };
        let places: Vec<_> = entry.routes.iter().map(place).collect();
        tracing::info!("{}  {}", entry.id, places.join("  "));
    }
    if entries.len() > LISTED {
        tracing::info!("and {} more workers", entries.len() - LISTED);
    }
    args.worker.log_fetch_policy();
    if keys {
        tracing::info!("press h + enter for help");
    }
}

/// Reads and serves what was saved, whenever it is `wanted`, for ever.
async fn reload_whenever(
    wanted: Arc<Notify>,
    sources: WorkerSources,
    project: Arc<Project>,
    workers: Workers,
    styled: bool,
) {
    loop {
        wanted.notified().await;
        let sources = sources.clone();
        let read = match tokio::task::spawn_blocking(move || sources.read()).await {
            Ok(Ok(set)) => project.serve(&workers, set).await.map_err(CliError::from),
            Ok(Err(error)) => Err(error),
            // The panic was reported, and the next attempt may do.
            Err(_) => continue,
        };
        match read {
            Ok(changes) => tell(&changes, styled),
            Err(error) => {
                project.cannot_read(error.report().trim_end());
                logging::say(&error.report());
                tracing::error!("nothing was reloaded");
            }
        }
    }
}

/// Says what a save has changed.
fn tell(changes: &Changes, styled: bool) {
    tell_faults(changes, styled);
    let list = |names: &[WorkerName]| names.iter().map(WorkerName::as_str).collect::<Vec<_>>().join(", ");
    if !changes.deployed.is_empty() {
        tracing::info!("loaded {}", list(&changes.deployed));
    }
    if !changes.removed.is_empty() {
        tracing::info!("removed {}", list(&changes.removed));
    }
    if !changes.mended.is_empty() {
        tracing::info!("good again, as it is served: {}", list(&changes.mended));
    }
}

/// Says which workers do not evaluate.
fn tell_faults(changes: &Changes, styled: bool) {
    for fault in &changes.faults {
        logging::say(&fault.problem.render(styled));
        if let (true, Some(worker)) = (fault.kept, &fault.problem.worker) {
            tracing::warn!("not reloaded, the last good version goes on: {worker}");
        }
    }
}

/// Opens the browser, without waiting for it.
fn open(url: Option<String>) {
    let Some(url) = url else { return tracing::warn!("a browser cannot open a Unix socket") };
    tokio::task::spawn_blocking(move || {
        // `open::that_detached` would start a thread whose stack is too small for an allocator without optimisation.
        let mut commands = open::commands(&url).into_iter();
        let opens = |mut command: Command| {
            let quiet = command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
            // Ctrl-C at the terminal is not for the browser.
            quiet.process_group(0).status().is_ok_and(|status| status.success())
        };
        if !commands.any(opens) {
            tracing::warn!("cannot open {url} in a browser");
        }
    });
}
