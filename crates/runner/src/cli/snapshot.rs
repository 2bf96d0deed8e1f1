//! `runner snapshot`.

use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::time::Instant;

use clap::Subcommand;
use isolate::{Snapshot, SnapshotError};

/// What `runner snapshot --help` ends with.
pub(super) const EXAMPLES: &str = "Examples:
  runner snapshot build worker.snapshot     Write one; `--snapshot worker.snapshot` starts faster
  runner snapshot inspect worker.snapshot   Check whether this program can use it";

#[derive(Debug, Subcommand)]
pub(super) enum SnapshotCommand {
    /// Write a startup snapshot with all Web APIs
    Build {
        /// Where to
        file: PathBuf,
    },
    /// Check a snapshot and print its header
    Inspect {
        /// Which one
        file: PathBuf,
    },
}

/// Why a snapshot command failed.
#[derive(Debug, thiserror::Error)]
pub(super) enum SnapshotCommandError {
    #[error("{}: {error}", file.display())]
    Snapshot { file: PathBuf, error: SnapshotError },
    #[error("cannot print: {0}")]
    Output(#[from] io::Error),
}

pub(super) fn execute(command: SnapshotCommand) -> Result<(), SnapshotCommandError> {
    match command {
        SnapshotCommand::Build { file } => {
            let started = Instant::now();
            let snapshot = exec::build_snapshot().and_then(|snapshot| {
                snapshot.write(&file)?;
                Ok(snapshot)
            });
            let elapsed = started.elapsed();
            print(&file, snapshot)?;
            writeln!(io::stdout(), "time        {elapsed:.0?}")?;
        }
        SnapshotCommand::Inspect { file } => print(&file, exec::read_snapshot(&file))?,
    }
    Ok(())
}

/// Prints what a snapshot says of itself, one field a line.
fn print(file: &Path, snapshot: Result<Snapshot, SnapshotError>) -> Result<(), SnapshotCommandError> {
    let snapshot =
        snapshot.map_err(|error| SnapshotCommandError::Snapshot { file: file.to_owned(), error })?;
    let header = snapshot.header();
    let mut out = io::stdout().lock();
    writeln!(out, "file        {}", file.display())?;
    writeln!(out, "size        {} bytes", snapshot.to_bytes().len())?;
    writeln!(out, "format      {}", header.format)?;
    writeln!(out, "v8          {}", header.v8_version)?;
    writeln!(out, "target      {}", header.target)?;
    writeln!(out, "bootstrap   {}", hex(&header.bootstrap))?;
    writeln!(out, "hash        {}", hex(&header.checksum))?;
    Ok(())
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
