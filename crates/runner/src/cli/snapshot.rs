//! `runner snapshot`.

use std::path::{Path, PathBuf};

use clap::Subcommand;

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
pub(super) enum SnapshotError {
    #[error("snapshots are not available in this version")]
    NotAvailable,
}

pub(super) fn execute(command: SnapshotCommand) -> Result<(), SnapshotError> {
    match command {
        SnapshotCommand::Build { file } => build(&file),
        SnapshotCommand::Inspect { file } => inspect(&file),
    }
}

fn build(_file: &Path) -> Result<(), SnapshotError> {
    Err(SnapshotError::NotAvailable)
}

fn inspect(_file: &Path) -> Result<(), SnapshotError> {
    Err(SnapshotError::NotAvailable)
}
