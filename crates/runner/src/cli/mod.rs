//! The command line. Results go to stdout, everything else to stderr; the exit code is 2 for a command line
//! that is wrong in itself, 75 for a server that wants to be restarted, 1 for anything else that failed, 0 otherwise.

mod flags;
mod logging;
mod memory;
mod run;
mod serve;
mod snapshot;

use std::net::SocketAddr;
use std::process::ExitCode;

use clap::{Parser, Subcommand};
use runner::http::WorkersError;

/// Runs JavaScript workers in a pool of V8 isolates.
#[derive(Debug, Parser)]
#[command(name = "runner", version)]
struct Cli {
    #[command(subcommand)]
    command: Command,
    #[command(flatten)]
    logging: logging::LoggingFlags,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Serve workers over HTTP
    Serve(serve::ServeArgs),
    /// Run a worker once
    Run(run::RunArgs),
    /// Build or look into a startup snapshot
    #[command(subcommand)]
    Snapshot(snapshot::SnapshotCommand),
}

/// Why a command failed. Its `Display` is the one line that goes to stderr.
#[derive(Debug, thiserror::Error)]
enum CliError {
    #[error(transparent)]
    Workers(#[from] WorkersError),
    #[error("cannot listen on {address}: {error}")]
    Listen { address: SocketAddr, error: std::io::Error },
    #[error("stopped by a second signal before the drain was over")]
    Interrupted,
    #[error("{mib} MiB are lost to scripts that could not be stopped: to be restarted")]
    LostMemory { mib: u64 },
    #[error("cannot start: {0}")]
    Start(std::io::Error),
    #[error("cannot write the result: {0}")]
    Output(std::io::Error),
    #[error("invalid request: {0}")]
    Request(#[from] http::Error),
    #[error(transparent)]
    Termination(#[from] exec::Termination),
    #[error(transparent)]
    Pool(#[from] runner::PoolError),
    #[error(transparent)]
    Snapshot(#[from] snapshot::SnapshotCommandError),
}

impl CliError {
    /// `EX_TEMPFAIL` of `sysexits.h` tells a supervisor that the same again will do.
    fn exit_code(&self) -> ExitCode {
        match self {
            Self::LostMemory { .. } => ExitCode::from(75),
            _ => ExitCode::FAILURE,
        }
    }
}

/// Runs the command that the arguments of this process ask for.
pub(crate) fn main() -> ExitCode {
    let cli = Cli::parse();
    cli.logging.install();
    match execute(cli.command) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error}");
            if let CliError::Termination(exec::Termination { stack: Some(stack), .. }) = &error {
                eprintln!("{stack}");
            }
            error.exit_code()
        }
    }
}

fn execute(command: Command) -> Result<(), CliError> {
    // I/O only: the isolate threads belong to the pool, and V8 never runs on a thread of this runtime.
    let runtime = tokio::runtime::Runtime::new().map_err(CliError::Start)?;
    let result = runtime.block_on(async {
        match command {
            Command::Serve(args) => serve::execute(args).await,
            Command::Run(args) => run::execute(args).await,
            Command::Snapshot(command) => snapshot::execute(command).map_err(CliError::from),
        }
    });
    // A name resolution that hangs must not hold the process back.
    runtime.shutdown_background();
    result
}
