//! `runner man`.

use std::fs;
use std::path::PathBuf;

use clap::Args;

use super::CliError;

/// What `runner man --help` ends with.
pub(super) const EXAMPLES: &str = "Examples:
  runner man ~/.local/share/man/man1
  man runner-serve";

#[derive(Debug, Args)]
pub(super) struct ManArgs {
    /// The directory that they are written to; it is made if it is not there
    directory: PathBuf,
}

pub(super) fn execute(args: &ManArgs) -> Result<(), CliError> {
    fs::create_dir_all(&args.directory)
        .and_then(|()| clap_mangen::generate_to(super::command(), &args.directory))
        .map_err(|error| CliError::Write { path: args.directory.clone(), error })
}
