//! `runner check`, and the same at the start of `runner serve`: every worker is evaluated before its first request.

use std::io::{self, Write};
use std::path::PathBuf;

use clap::Args;
use runner::IsolatePool;
use runner::workers::{self, Ignored, ReloadError, WorkerSet, Workers};
use serde::Serialize;

use super::CliError;
use super::config::Loaded;
use super::flags::{LimitFlags, WorkerFlags};
use super::graph::Graph;
use super::problem::{self, Problem};
use super::worker_sources::WorkerSources;

/// Isolates that a check has at a time.
const ISOLATES: usize = 8;

/// What `runner check --help` ends with.
pub(super) const EXAMPLES: &str = "Examples:
  runner check workers                  All problems, each with its line
  runner check worker.js --json         The same for an editor
  runner check src/index.ts --graph     The modules that it is made of
  runner check --config runner.toml     All workers of a configuration, or of a wrangler file
  runner check workers --env KEY=value  With the environment that scripts need at their top level";

#[derive(Debug, Args)]
pub(super) struct CheckArgs {
    /// Workers, as for `runner serve`
    #[arg(value_name = "PATH")]
    pub(super) paths: Vec<PathBuf>,
    /// Configuration with workers, as for `runner serve`; its limits count here, too
    #[arg(long, value_name = "FILE")]
    pub(super) config: Option<PathBuf>,
    /// Environment of a wrangler file
    #[arg(long, value_name = "NAME")]
    pub(super) env_name: Option<String>,
    /// Print one JSON object to stdout: `workers`, `problems` and `ignored`, with `--graph` also `graphs`
    #[arg(long)]
    json: bool,
    /// Print all modules of each worker: name, kind, bytes, and who imports them
    #[arg(long)]
    graph: bool,
    #[command(flatten, next_help_heading = "Limits")]
    limits: LimitFlags,
    #[command(flatten, next_help_heading = "Workers")]
    worker: WorkerFlags,
    /// What was read of the configuration for the flags.
    #[arg(skip)]
    pub(super) loaded: Loaded,
}

/// What a check has found.
#[derive(Debug, Serialize)]
struct Report {
    /// How many workers there are, good or not.
    workers: usize,
    problems: Vec<Problem>,
    ignored: Vec<IgnoredFile>,
    #[serde(skip_serializing_if = "Option::is_none")]
    graphs: Option<Vec<Graph>>,
}

#[derive(Debug, Serialize)]
struct IgnoredFile {
    path: PathBuf,
    reason: String,
}

pub(super) async fn execute(args: CheckArgs) -> Result<(), CliError> {
    let sources = WorkerSources::new(
        &args.paths,
        args.config.as_deref(),
        args.env_name.as_deref(),
        args.worker.environment(),
    )
    .with_nodejs_compat(args.worker.nodejs_compat())
    .loaded(args.loaded.clone());
    let set = sources.read()?;
    let ignored = set
        .ignored
        .iter()
        .map(|Ignored { path, reason }| IgnoredFile { path: path.clone(), reason: reason.to_string() });
    let mut report = Report {
        workers: set.definitions.len() + set.unread.len(),
        problems: Vec::new(),
        ignored: ignored.collect(),
        graphs: args.graph.then(|| set.definitions.iter().filter_map(Graph::of).collect()),
    };
    let pool = IsolatePool::new(args.limits.pool_options().with_max_size(ISOLATES))?;
    let operations = args.worker.operations();
    let workers = Workers::in_pool(pool.clone(), move |worker| operations(&worker.id, worker.settings.fetch));
    report.problems = evaluate(&workers, set, &sources.roots()).await;
    pool.shutdown().await;
    print(&report, args.json).map_err(CliError::Output)?;
    match report.problems.len() {
        0 => Ok(()),
        problems => Err(CliError::Problems { problems, workers: report.workers }),
    }
}

/// Deploys what can be; the rest are problems.
async fn evaluate(workers: &Workers, mut set: WorkerSet, roots: &[PathBuf]) -> Vec<Problem> {
    // What names no worker would keep the others from being looked at.
    let nameless = set.unread.extract_if(.., |unread| unread.id.is_none());
    let mut problems: Vec<_> = nameless.map(|unread| Problem::plain(unread.error)).collect();
    let definitions = set.definitions.clone();
    match workers.replace_all(set).await {
        Ok(report) => {
            problems
                .extend(report.failed.iter().map(|failed| Problem::of_failed(failed, &definitions, roots)));
        }
        Err(ReloadError::Empty) if !problems.is_empty() => {}
        Err(error) => problems.push(Problem::plain(error)),
    }
    problems
}

fn print(report: &Report, json: bool) -> io::Result<()> {
    let mut out = io::stdout().lock();
    let styled = problem::is_styled(&out);
    if json {
        serde_json::to_writer_pretty(&mut out, report)?;
        writeln!(out)?;
        return out.flush();
    }
    for graph in report.graphs.iter().flatten() {
        writeln!(out, "{}", graph.text())?;
    }
    for problem in &report.problems {
        writeln!(out, "{}", problem.render(styled))?;
    }
    for IgnoredFile { path, reason } in &report.ignored {
        writeln!(out, "ignored: {} ({reason})", path.display())?;
    }
    let count = report.workers;
    if report.problems.is_empty() {
        writeln!(out, "{count} worker{}, no problems", if count == 1 { "" } else { "s" })?;
    }
    out.flush()
}

/// Says once which files beside the workers are left alone.
pub(super) fn log_ignored(ignored: &[Ignored]) {
    if !ignored.is_empty() {
        let files: Vec<_> =
            ignored.iter().map(|file| format!("{} ({})", file.path.display(), file.reason)).collect();
        tracing::info!(count = files.len(), files = files.join(", "), "ignored");
    }
}

/// Makes all workers of `set` answer. Those that do not evaluate are told, and answer with an error, unless `strict`.
///
/// # Errors
/// [`CliError::Problems`] if `strict` and there is one; [`CliError::Worker`] if the settings of one make no sense.
pub(super) async fn start(workers: &Workers, set: WorkerSet, strict: bool) -> Result<(), CliError> {
    let (total, all) = (set.definitions.len(), set.definitions.clone());
    let report = workers.replace_all(set).await?;
    let bad = report.failed.len();
    for failed in report.failed {
        let workers::DeployError::NotEvaluated(termination) = &failed.error else {
            return Err(CliError::Worker(Box::new(failed)));
        };
        let (error, hint) = (termination.to_string(), termination.hint.as_deref());
        let source = all.iter().find(|worker| worker.id == failed.id).map(|worker| &worker.source);
        let file = source.map(|source| tracing::field::display(source.path.display()));
        let worker = &*failed.id;
        tracing::error!(worker, file, error, hint, "the worker cannot be evaluated: it answers with 500");
    }
    if strict && bad > 0 {
        return Err(CliError::Problems { problems: bad, workers: total });
    }
    // Whoever asks for one of those gets to hear what is wrong with it; the others are there already.
    workers.adopt_all(all)?;
    Ok(())
}
