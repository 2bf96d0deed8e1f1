//! The program that runs, as a file.

use std::os::unix::fs::MetadataExt;
use std::{fs, io};

use sha2::{Digest, Sha256};

const PROGRAM: &str = "/proc/self/exe";

/// What two builds of it do not share: its size, and when it was last changed.
pub(crate) fn build() -> io::Result<String> {
    let program = fs::metadata(PROGRAM)?;
    Ok(format!("{:x}-{:x}.{:09}", program.len(), program.mtime(), program.mtime_nsec()))
}

/// The same for what takes a hash.
pub(crate) fn build_digest() -> io::Result<[u8; 32]> {
    build().map(|build| Sha256::digest(build).into())
}
