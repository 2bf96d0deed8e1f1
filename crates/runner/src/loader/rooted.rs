//! The files of a worker: all below its root, and nothing else.

use std::fs::{self, OpenOptions};
use std::io::{self, Read};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use oxc_resolver::{FileMetadata, FileSystem, ResolveError};

/// Nothing waits for the other side of a pipe.
const NONBLOCK: i32 = rustix::fs::OFlags::NONBLOCK.bits().cast_signed();

/// The largest `package.json` or `tsconfig.json` that is read.
const MAX_DOCUMENT: u64 = 8 << 20;

/// A directory, after all symbolic links in its own path. What is outside of it is not there.
#[derive(Clone, Debug)]
pub(super) struct Rooted {
    root: PathBuf,
}

/// Why a path has no file that may be read.
#[derive(Debug)]
pub(super) enum NoFile {
    /// It leads out of the root.
    Outside,
    Io(io::Error),
}

impl Rooted {
    pub(super) fn new(root: PathBuf) -> Self {
        Self { root }
    }

    pub(super) fn root(&self) -> &Path {
        &self.root
    }

    /// Where the file is, after all symbolic links.
    pub(super) fn real(&self, path: &Path) -> Result<PathBuf, NoFile> {
        let real = fs::canonicalize(path).map_err(NoFile::Io)?;
        if real.starts_with(&self.root) { Ok(real) } else { Err(NoFile::Outside) }
    }

    /// Opens a regular file, and nothing that waits for somebody who writes. Of one that is larger than `max` nothing more is
    /// read.
    pub(super) fn read_at_most(&self, path: &Path, max: u64) -> Result<Vec<u8>, NoFile> {
        let real = self.real(path)?;
        read_at_most(&real, max).map_err(NoFile::Io)
    }

    fn within(&self, path: &Path) -> io::Result<()> {
        if path.starts_with(&self.root) { Ok(()) } else { Err(io::ErrorKind::NotFound.into()) }
    }
}

/// Reads a regular file; [`FileTooLarge`](io::ErrorKind::FileTooLarge) if it has more than `max` bytes. Of one that grows
/// meanwhile no more than that is read.
pub(super) fn read_at_most(path: &Path, max: u64) -> io::Result<Vec<u8>> {
    // A pipe that has come into its place would be waited for.
    let file = OpenOptions::new().read(true).custom_flags(NONBLOCK).open(path)?;
    let metadata = file.metadata()?;
    if !metadata.is_file() {
        return Err(io::Error::new(io::ErrorKind::InvalidInput, "it is no regular file"));
    }
    if metadata.len() > max {
        return Err(io::ErrorKind::FileTooLarge.into());
    }
    let mut bytes = Vec::with_capacity(usize::try_from(metadata.len()).map_or(0, |length| length + 1));
    match file.take(max.saturating_add(1)).read_to_end(&mut bytes)? as u64 > max {
        true => Err(io::ErrorKind::FileTooLarge.into()),
        false => Ok(bytes),
    }
}

impl FileSystem for Rooted {
    fn new() -> Self {
        // Nothing is below it: only a resolver that is given none makes one.
        Self { root: PathBuf::from("/dev/null") }
    }

    fn read(&self, path: &Path) -> io::Result<Vec<u8>> {
        self.within(path)?;
        self.read_at_most(path, MAX_DOCUMENT).map_err(|error| match error {
            NoFile::Outside => io::ErrorKind::NotFound.into(),
            NoFile::Io(error) => error,
        })
    }

    fn read_to_string(&self, path: &Path) -> io::Result<String> {
        String::from_utf8(self.read(path)?).map_err(|_| io::ErrorKind::InvalidData.into())
    }

    fn metadata(&self, path: &Path) -> io::Result<FileMetadata> {
        self.within(path)?;
        fs::metadata(path).map(FileMetadata::from)
    }

    fn symlink_metadata(&self, path: &Path) -> io::Result<FileMetadata> {
        self.within(path)?;
        fs::symlink_metadata(path).map(FileMetadata::from)
    }

    fn read_link(&self, path: &Path) -> Result<PathBuf, ResolveError> {
        self.within(path)?;
        Ok(fs::read_link(path)?)
    }

    fn canonicalize(&self, path: &Path) -> io::Result<PathBuf> {
        self.within(path)?;
        fs::canonicalize(path)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_with_more_in_it_than_it_says_is_read_as_far_as_it_may() {
        // It says that it is empty.
        let grows = Path::new("/proc/self/maps");
        assert_eq!(fs::metadata(grows).unwrap().len(), 0);
        assert_eq!(read_at_most(grows, 10).unwrap_err().kind(), io::ErrorKind::FileTooLarge);
        assert!(read_at_most(grows, 64 << 20).unwrap().len() > 10);
    }
}
