//! The command line. Results go to stdout, everything else to stderr; the exit code is 2 for a command line
//! or a configuration that is wrong in itself, 75 for a server that wants to be restarted, 1 for anything else that failed, 0 otherwise.

mod admin;
mod budget_flags;
mod check;
mod completions;
mod config;
mod ctl;
mod descriptors;
mod dev;
mod environment;
mod flags;
mod graph;
mod listen;
mod logging;
mod man;
mod memory;
mod mount;
mod pack;
mod pool_flags;
mod problem;
mod readiness;
mod reload;
mod run;
mod serve;
mod server_flags;
mod signals;
mod snapshot;
mod supervise;
mod tls;
mod warm;
mod watch;
mod worker_sources;

use std::io::{self, IsTerminal, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::{Duration, SystemTime};

use clap::{CommandFactory, FromArgMatches, Parser, Subcommand};
use config::{Configuration, Loaded, Reading};
use listen::ListenAddress;
use logging::Audience;
use runner::workers::{Failed, ReloadError, SourceError, WorkersError};

/// Runs JavaScript workers in a pool of V8 isolates.
#[derive(Debug, Parser)]
#[command(name = "runner", version = version(), after_help = EXAMPLES)]
pub(crate) struct Cli {
    #[command(subcommand)]
    command: Command,
    #[command(flatten)]
    logging: logging::LoggingFlags,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Serve workers over HTTP
    #[command(after_help = serve::EXAMPLES)]
    Serve(Box<serve::ServeArgs>),
    /// Serve workers to the person who writes them: reload on save, error pages, a log for people
    #[command(after_help = dev::EXAMPLES)]
    Dev(dev::DevArgs),
    /// Look whether workers can be served
    #[command(after_help = check::EXAMPLES)]
    Check(check::CheckArgs),
    /// Put a worker with all that it imports into one file
    #[command(after_help = pack::EXAMPLES)]
    Pack(pack::PackArgs),
    /// Run a worker once
    #[command(after_help = run::EXAMPLES)]
    Run(run::RunArgs),
    /// Check a configuration, or print its schema
    #[command(subcommand, after_help = config::EXAMPLES)]
    Config(config::ConfigCommand),
    /// Build or look into a startup snapshot
    #[command(subcommand, after_help = snapshot::EXAMPLES)]
    Snapshot(snapshot::SnapshotCommand),
    /// Ask the admin listener of a server: deploy, weigh, roll back, drain
    #[command(after_help = ctl::EXAMPLES)]
    Ctl(ctl::CtlArgs),
    /// Print a script that completes commands and flags in a shell
    #[command(after_help = completions::EXAMPLES)]
    Completions(completions::CompletionsArgs),
    /// Write the manual pages of all commands
    #[command(after_help = man::EXAMPLES)]
    Man(man::ManArgs),
}

/// Why a command failed. Its `Display` is the one line that goes to stderr.
#[derive(Debug, thiserror::Error)]
enum CliError {
    #[error(transparent)]
    Workers(#[from] WorkersError),
    #[error(transparent)]
    Deployment(#[from] ReloadError),
    #[error("worker {}: {}", .0.id, .0.error)]
    Worker(Box<Failed>),
    #[error("{0}")]
    Arguments(clap::Error),
    #[error("the configuration is no good")]
    Configuration(Box<config::Report>),
    #[error("cannot listen on {address}: {error}")]
    Listen { address: ListenAddress, error: std::io::Error },
    #[error(transparent)]
    Tls(#[from] runner::server::TlsError),
    #[error("no PATH of workers is given, and this directory has no {}", config::names())]
    NoSource,
    #[error("{given} needs {missing}, too")]
    MissingFlag { given: &'static str, missing: &'static str },
    #[error("{problems} of {workers} workers cannot be served")]
    Problems { problems: usize, workers: usize },
    #[error("cannot listen on {address} for administrators: {error}{}", match error {
        runner::admin::AdminError::NoToken(_) => " (--admin-token-file FILE)",
        _ => "",
    })]
    Admin { address: ListenAddress, error: runner::admin::AdminError },
    #[error(transparent)]
    Token(#[from] runner::admin::TokenError),
    #[error(transparent)]
    Ctl(#[from] ctl::CtlError),
    #[error("cannot watch the workers for changes: {0}")]
    Watch(#[from] notify::Error),
    #[error("stopped by a second signal before the drain was over")]
    Interrupted,
    #[error("{mib} MiB are lost to scripts that could not be stopped: to be restarted")]
    LostMemory { mib: u64 },
    #[error("cannot start: {0}")]
    Start(std::io::Error),
    #[error("cannot write the result: {0}")]
    Output(std::io::Error),
    #[error("the answer is not complete: {error}{}", .error.detail().map(|detail| format!(": {detail}")).unwrap_or_default())]
    Body {
        #[from]
        error: exec::BodyError,
    },
    #[error("invalid request: {0}")]
    Request(#[from] http::Error),
    #[error(transparent)]
    Termination(#[from] exec::Termination),
    #[error(transparent)]
    Source(Box<SourceError>),
    #[error("cannot pack {}: {error}", .path.display())]
    Pack { path: PathBuf, error: runner::loader::PackError },
    #[error("there is no main file in {}: no `main` in a wrangler file, a runner.toml with one worker or a package.json, no index.ts or index.js, there or in src", .0.display())]
    NoMain(PathBuf),
    #[error("cannot write {}: {error}", .path.display())]
    Write { path: PathBuf, error: io::Error },
    #[error(transparent)]
    Pool(#[from] runner::PoolError),
    #[error(transparent)]
    Snapshot(#[from] snapshot::SnapshotCommandError),
}

impl From<config::Report> for CliError {
    fn from(report: config::Report) -> Self {
        Self::Configuration(Box::new(report))
    }
}

impl CliError {
    /// `EX_TEMPFAIL` of `sysexits.h` tells a supervisor that the same again will do.
    fn exit_code(&self) -> ExitCode {
        match self {
            Self::LostMemory { .. } => ExitCode::from(75),
            // As clap has it for a command line.
            Self::Configuration(_) | Self::NoSource | Self::MissingFlag { .. } => ExitCode::from(2),
            _ => ExitCode::FAILURE,
        }
    }

    /// What goes to stderr, with its line ends.
    fn report(&self) -> String {
        match self {
            Self::Configuration(report) => report.render(io::stderr().is_terminal()),
            Self::Termination(termination) => {
                let frame = problem::Problem::of_run(termination).render(problem::is_styled(&io::stderr()));
                let stack = termination.stack.as_ref().map(|stack| format!("{stack}\n"));
                frame + stack.as_deref().unwrap_or_default()
            }
            Self::Source(error) => {
                problem::Problem::of_source(error).render(problem::is_styled(&io::stderr()))
            }
            _ => {
                let file = self.without_workers().and_then(config::in_directory);
                let hint = file.map_or_else(String::new, |file| {
                    format!("; a project is served by its configuration: --config {}", file.display())
                });
                format!("error: {self}{hint}\n")
            }
        }
    }

    /// The directory that has no workers, if that is what is wrong.
    fn without_workers(&self) -> Option<&Path> {
        match self {
            Self::Workers(WorkersError::Empty(directory))
            | Self::Deployment(ReloadError::Read(WorkersError::Empty(directory))) => Some(directory),
            _ => None,
        }
    }
}

/// How long the end of the process waits for a reader of stderr.
const AT_EXIT: Duration = Duration::from_secs(1);

/// What `runner --help` ends with.
const EXAMPLES: &str = "Examples:
  runner dev worker.js --open              Write a worker, and look at it
  runner serve examples/workers            Serve the workers of a directory
  runner run worker.js --url http://a.b/c  Call a worker once
  runner serve --config runner.toml        Serve what a configuration says
  runner help serve                        All flags of a command";

/// The version of this program, and of V8: bugs, features and snapshots depend on both.
fn version() -> String {
    format!("{} (V8 {})", env!("CARGO_PKG_VERSION"), isolate::platform::v8_version())
}

/// The command line as clap knows it, without what files and variables say.
fn command() -> clap::Command {
    // A developer runs code of their own, against services of their own.
    Cli::command().mut_subcommand("dev", |dev| dev.mut_arg("fetch", |fetch| fetch.default_value("any")))
}

/// Reads the arguments, their variables of the environment, and the configuration that is behind them.
///
/// The file's values are defaults of the command line, so it is parsed again once they are known.
fn parse() -> Result<Cli, CliError> {
    let line = config::with_environment(command());
    let mut cli = of_arguments(line.clone());
    if let Command::Serve(args) = &cli.command
        && let Some(directory) = args.directory_of_code()
    {
        runner::loader::keep_in(directory);
    }
    let serves = matches!(cli.command, Command::Serve(_));
    let Some(Source { paths, config, env_name, .. }) = cli.command.source() else { return Ok(cli) };
    let path = match config {
        Some(path) => path.clone(),
        None if paths.is_empty() => config::in_directory(Path::new(".")).ok_or(CliError::NoSource)?,
        None if env_name.is_some() => {
            return Err(CliError::MissingFlag { given: "--env-name", missing: "--config" });
        }
        None => return Ok(cli),
    };
    let keep_in = |directory| {
        if serves {
            runner::loader::keep_in(directory);
        }
    };
    let began = SystemTime::now();
    let (configuration, report) = Configuration::load_with(&command(), &path, env_name.as_deref(), keep_in)?;
    let mut cli = of_arguments(configuration.with_defaults(line));
    if let Some(Source { config, loaded, .. }) = cli.command.source() {
        *config = Some(path);
        // What there is to say about a good file is said when its workers are wanted.
        *loaded = Loaded::new(Reading { configuration, report, began });
    }
    Ok(cli)
}

/// Where a command finds its workers.
struct Source<'a> {
    paths: &'a [PathBuf],
    config: &'a mut Option<PathBuf>,
    env_name: &'a Option<String>,
    loaded: &'a mut Loaded,
}

impl Command {
    /// Where it finds its workers, if it may find them in a configuration.
    fn source(&mut self) -> Option<Source<'_>> {
        let (paths, config, env_name, loaded) = match self {
            Self::Serve(args) => (&args.paths, &mut args.config, &args.env_name, &mut args.loaded),
            Self::Dev(args) => (&args.paths, &mut args.config, &args.env_name, &mut args.loaded),
            Self::Check(args) => (&args.paths, &mut args.config, &args.env_name, &mut args.loaded),
            _ => return None,
        };
        Some(Source { paths, config, env_name, loaded })
    }
}

/// Ends the process if the arguments are no good, or ask for help.
fn of_arguments(mut line: clap::Command) -> Cli {
    let matches = line.try_get_matches_from_mut(std::env::args_os());
    let matches = matches.unwrap_or_else(|mut error| {
        environment::name_variable(&mut error, &line);
        error.exit()
    });
    Cli::from_arg_matches(&matches).unwrap_or_else(|error| error.exit())
}

/// Runs the command that the arguments ask for.
pub(crate) fn main() -> ExitCode {
    let cli = match parse() {
        Ok(cli) => cli,
        Err(error) => {
            // There is no log yet.
            let _ = io::stderr().write_all(error.report().as_bytes());
            return error.exit_code();
        }
    };
    let audience = match &cli.command {
        Command::Dev(_) | Command::Run(_) => Audience::Developer,
        _ => Audience::Operator,
    };
    let log = match cli.logging.install(audience) {
        Ok(log) => log,
        Err(error) => {
            // Nobody hears of it where stderr is what failed.
            let _ = writeln!(io::stderr(), "error: {}", CliError::Start(error));
            return ExitCode::FAILURE;
        }
    };
    // A supervisor says it for its servers.
    if matches!(&cli.command, Command::Dev(_))
        || matches!(&cli.command, Command::Serve(args) if !args.supervised)
    {
        for (given, meant) in environment::slips(|| config::with_environment(command())) {
            tracing::warn!("the variable {given} stands for no flag; did you mean {meant}?");
        }
    }
    let result = execute(cli.command);
    if let Err(error) = &result {
        log.say("runner", &error.report());
    }
    log.flush(AT_EXIT);
    result.unwrap_or_else(|error| error.exit_code())
}

fn execute(command: Command) -> Result<ExitCode, CliError> {
    if let Command::Serve(args) = &command
        && args.supervise
    {
        return supervise::execute(&args.server);
    }
    // I/O only: the isolate threads belong to the pool, and V8 never runs on a thread of this runtime.
    let runtime = tokio::runtime::Runtime::new().map_err(CliError::Start)?;
    let result = runtime.block_on(async {
        match command {
            Command::Serve(args) => serve::execute(*args).await,
            Command::Dev(args) => dev::execute(args).await,
            Command::Check(args) => check::execute(args).await,
            Command::Run(args) => run::execute(args).await,
            Command::Pack(args) => pack::execute(args).await,
            Command::Snapshot(command) => snapshot::execute(command).map_err(CliError::from),
            Command::Ctl(args) => ctl::execute(args).await.map_err(CliError::from),
            Command::Completions(args) => completions::execute(&args),
            Command::Man(args) => man::execute(&args),
            Command::Config(args) => config::execute(args, &self::command()),
        }
    });
    // A name resolution that hangs must not hold the process back.
    runtime.shutdown_background();
    result.map(|()| ExitCode::SUCCESS)
}
