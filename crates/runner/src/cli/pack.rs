//! `runner pack`: a worker as one file.

use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use clap::Args;
use runner::loader;
use runner::workers;
use serde::Deserialize;

use super::CliError;

/// What `runner pack --help` ends with.
pub(super) const EXAMPLES: &str = "Examples:
  runner pack . -o worker.pack             The main file of a project, with all that it imports
  runner pack src/index.ts -o shop.pack
  runner serve shop.pack                   A pack is served as a script is";

/// Where a main file is looked for if no package.json names it.
const PLACES: [&str; 2] = ["", "src"];

/// Endings of a main file, in this order.
const ENDINGS: [&str; 6] = ["ts", "tsx", "mts", "js", "jsx", "mjs"];

#[derive(Debug, Args)]
pub(super) struct PackArgs {
    /// The main file of the worker, or a directory: its package.json names the main file, or it is index.ts, index.js, or one of
    /// them in src
    #[arg(value_name = "PATH")]
    path: PathBuf,
    /// Where the pack is written
    #[arg(short, long, value_name = "FILE", default_value = "worker.pack")]
    output: PathBuf,
}

pub(super) fn execute(args: &PackArgs) -> Result<(), CliError> {
    let main = if args.path.is_dir() { main_of(&args.path)? } else { args.path.clone() };
    let source = workers::read_source(&main)?;
    if let Some(error) = source.error() {
        return Err(CliError::Source(Box::new(error.clone())));
    }
    let packed = loader::pack(source.code()).map_err(|error| CliError::Pack { path: main, error })?;
    write(&args.output, &packed).map_err(|error| CliError::Write { path: args.output.clone(), error })?;
    let (count, bytes) = (source.code().modules().len(), packed.len());
    let mut out = io::stdout().lock();
    let modules = if count == 1 { "module" } else { "modules" };
    let line = writeln!(out, "{}: {count} {modules}, {bytes} bytes", args.output.display());
    line.and_then(|()| out.flush()).map_err(CliError::Output)
}

fn main_of(directory: &Path) -> Result<PathBuf, CliError> {
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
    named.or_else(|| places.find(|file| file.is_file())).ok_or_else(|| CliError::NoMain(directory.to_owned()))
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
