//! `runner pack`: a worker as one file.

use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use clap::Args;
use runner::workers::{self, WorkerSource};
use runner::{IsolatePool, loader};
use serde::Deserialize;

use super::flags::{LimitFlags, WorkerFlags};
use super::{CliError, config};

/// What `runner pack --help` ends with.
pub(super) const EXAMPLES: &str = "Examples:
  runner pack . -o worker.pack             The main file of a project, with all that it imports
  runner pack src/index.ts -o shop.pack
  runner pack . --env KEY=value            With the environment that it needs at its top level
  runner serve shop.pack                   A pack is served as a script is";

/// Where a main file is looked for if no configuration and no package.json names it.
const PLACES: [&str; 2] = ["", "src"];

/// Endings of a main file, in this order.
const ENDINGS: [&str; 6] = ["ts", "tsx", "mts", "js", "jsx", "mjs"];

#[derive(Debug, Args)]
pub(super) struct PackArgs {
    /// The main file of the worker, or a directory: its wrangler file, its runner.toml or its package.json names the main
    /// file, or it is index.ts, index.js, or one of them in src
    #[arg(value_name = "PATH")]
    path: PathBuf,
    /// Where the pack is written
    #[arg(short, long, value_name = "FILE", default_value = "worker.pack")]
    output: PathBuf,
    /// Leave out the compiled code, and do not evaluate the worker
    #[arg(long)]
    no_code: bool,
    #[command(flatten, next_help_heading = "Limits")]
    limits: LimitFlags,
    #[command(flatten, next_help_heading = "Workers")]
    worker: WorkerFlags,
}

pub(super) async fn execute(args: PackArgs) -> Result<(), CliError> {
    let main = find_main(&args.path).ok_or_else(|| CliError::NoMain(args.path.clone()))?;
    let source = workers::read_source(&main)?;
    if let Some(error) = source.error() {
        return Err(CliError::Source(Box::new(error.clone())));
    }
    let mut code = source.code().clone();
    if !args.no_code
        && let Some(compiled) = compile(&args, &source).await?
    {
        code = code.with_code_cache(compiled);
    }
    let packed = loader::pack(&code).map_err(|error| CliError::Pack { path: main, error })?;
    write(&args.output, &packed).map_err(|error| CliError::Write { path: args.output.clone(), error })?;
    let (count, bytes) = (source.code().modules().len(), packed.len());
    let mut out = io::stdout().lock();
    let modules = if count == 1 { "module" } else { "modules" };
    let line = writeln!(out, "{}: {count} {modules}, {bytes} bytes", args.output.display());
    line.and_then(|()| out.flush()).map_err(CliError::Output)
}

/// What V8 makes of the worker, with the functions that run at its top level.
async fn compile(args: &PackArgs, source: &WorkerSource) -> Result<Option<Vec<u8>>, CliError> {
    let name = source.path.to_string_lossy();
    let script = source.script().clone().with_name(&*name).with_environment(args.worker.environment());
    let pool = IsolatePool::new(args.limits.pool_options())?;
    let operations = Arc::new(args.worker.operations()(&name, None));
    let evaluated = pool.prepare(&name, &script, operations).await;
    if let Err(termination) = evaluated {
        tracing::warn!(error = %termination, "the pack has no compiled code: the worker cannot be evaluated");
    }
    let compiled = pool.compiled(&script);
    pool.shutdown().await;
    Ok(compiled)
}

/// The main file of a project, or the file that is no directory.
pub(super) fn find_main(path: &Path) -> Option<PathBuf> {
    if path.is_dir() { main_of(path) } else { Some(path.to_owned()) }
}

fn main_of(directory: &Path) -> Option<PathBuf> {
    #[derive(Default, Deserialize)]
    struct Package {
        main: Option<String>,
    }

    let package = fs::read(directory.join("package.json")).unwrap_or_default();
    let Package { main } = serde_json::from_slice(&package).unwrap_or_default();
    let named = main.map(|main| directory.join(main)).filter(|main| main.is_file());
    let mut places = PLACES.iter().flat_map(|place| {
        let index = directory.join(place).join("index");
        ENDINGS.iter().map(move |ending| index.with_extension(ending))
    });
    config::main_in(directory).or(named).or_else(|| places.find(|file| file.is_file()))
}

/// Writes a file that is there as a whole or not at all.
fn write(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let name = path.file_name().ok_or(io::ErrorKind::InvalidInput)?.to_string_lossy();
    let temporary = path.with_file_name(format!(".{name}.{}", std::process::id()));
    let written = fs::write(&temporary, bytes).and_then(|()| fs::rename(&temporary, path));
    if written.is_err() {
        // What failed is what is told.
        let _ = fs::remove_file(&temporary);
    }
    written
}
