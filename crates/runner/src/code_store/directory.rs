//! The files of compiled code, and of what was found in sources: a bounded directory.
//!
//! A file is written beside its place and renamed, so nobody reads half of one. Files that have not been used for longest are
//! removed once all together are beyond the bound; other processes' count, too.

use std::collections::HashSet;
use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io::{self, Read, Write};
use std::os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, SystemTime};

/// How the name of a file with compiled code ends.
pub(crate) const CODE: &str = ".code";

/// How the name of a file ends that has what was found in the modules of a worker.
#[cfg(feature = "loader")]
pub(crate) const MODULES: &str = ".modules";

/// How the name of the file ends with the code of the Web APIs and of built-in modules.
pub(super) const BUILT_IN: &str = ".built-in";

/// How the names of files end that count.
const ENDINGS: &[&str] = &[
    CODE,
    BUILT_IN,
    #[cfg(feature = "loader")]
    MODULES,
];

/// How the name of a file ends that is being written.
const UNFINISHED: &str = ".tmp";

/// A file that has been written for so long is nobody's.
const ABANDONED: Duration = Duration::from_secs(3600);

/// Bytes of one file at most.
const MAX_FILE: u64 = 256 << 20;

/// Who else than its owner may write into a directory: everybody.
const WRITABLE_BY_ALL: u32 = 0o002;

/// A directory of files, each of a script with this digest.
pub(crate) struct Directory {
    path: PathBuf,
    max_bytes: u64,
    ending: &'static str,
    /// What the names of files begin with that this program can use.
    prefix: String,
    /// What all files have together, as far as is known.
    bytes: u64,
}

/// What there is of a script.
pub(crate) enum Found {
    Bytes(Vec<u8>),
    Nothing,
}

/// A file of the directory.
struct Entry {
    path: PathBuf,
    name: String,
    bytes: u64,
    used: SystemTime,
}

impl Directory {
    /// Those of its files whose names have this ending. They belong to an environment, which is part of their names.
    pub(crate) fn new(path: &Path, max_bytes: u64, ending: &'static str, environment: &[u8; 32]) -> Self {
        let prefix = format!("{}-", hex(&environment[..8]));
        Self { path: path.to_owned(), max_bytes, ending, prefix, bytes: 0 }
    }

    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// What all files have together, as far as is known.
    pub(super) fn bytes(&self) -> u64 {
        self.bytes
    }

    /// Makes the directory if need be, and returns of which scripts there are files.
    pub(super) fn open(&mut self) -> io::Result<HashSet<[u8; 32]>> {
        make(&self.path)?;
        let entries = self.prune()?;
        Ok(entries.iter().filter_map(|entry| self.digest_of(&entry.name)).collect())
    }

    /// The file of a script, which counts as used.
    pub(crate) fn read(&self, digest: &[u8; 32]) -> io::Result<Found> {
        let path = self.place(digest);
        let metadata = match fs::symlink_metadata(&path) {
            Ok(metadata) => metadata,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Found::Nothing),
            Err(error) => return Err(error),
        };
        if !metadata.is_file() {
            return Err(io::Error::new(io::ErrorKind::InvalidInput, "it is no regular file"));
        }
        if metadata.len() > MAX_FILE {
            return Err(io::ErrorKind::FileTooLarge.into());
        }
        let file = File::open(&path)?;
        let mut bytes = Vec::with_capacity(usize::try_from(metadata.len()).unwrap_or(0));
        (&file).take(MAX_FILE).read_to_end(&mut bytes)?;
        // Where nothing can be written nothing is removed, either.
        let _ = file.set_modified(SystemTime::now());
        Ok(Found::Bytes(bytes))
    }

    /// Writes the file of a script; returns of which scripts the files had to go for it.
    pub(crate) fn write(&mut self, digest: &[u8; 32], bytes: &[u8]) -> io::Result<Vec<[u8; 32]>> {
        let length = bytes.len() as u64;
        if length > self.max_bytes.min(MAX_FILE) {
            return Err(io::ErrorKind::FileTooLarge.into());
        }
        make(&self.path)?;
        let path = self.place(digest);
        let before = fs::symlink_metadata(&path).map_or(0, |metadata| metadata.len());
        // Another pool of this process may write the same.
        static WRITTEN: AtomicU64 = AtomicU64::new(0);
        let number = WRITTEN.fetch_add(1, Ordering::Relaxed);
        let temporary = path.with_extension(format!("{}.{number}{UNFINISHED}", std::process::id()));
        let written = write_new(&temporary, bytes).and_then(|()| fs::rename(&temporary, &path));
        if written.is_err() {
            // What failed is what is told.
            let _ = fs::remove_file(&temporary);
        }
        written?;
        self.bytes = (self.bytes + length).saturating_sub(before);
        if self.bytes <= self.max_bytes {
            return Ok(Vec::new());
        }
        let all: HashSet<_> = self.list()?.iter().filter_map(|entry| self.digest_of(&entry.name)).collect();
        let left: HashSet<_> = self.prune()?.iter().filter_map(|entry| self.digest_of(&entry.name)).collect();
        Ok(all.difference(&left).copied().collect())
    }

    /// Removes the file of a script, if it can be.
    pub(crate) fn remove(&mut self, digest: &[u8; 32]) {
        let path = self.place(digest);
        let bytes = fs::symlink_metadata(&path).map_or(0, |metadata| metadata.len());
        if fs::remove_file(&path).is_ok() {
            self.bytes = self.bytes.saturating_sub(bytes);
        }
    }

    /// Removes what has not been used for longest, as far as there is too much; returns what is left.
    fn prune(&mut self) -> io::Result<Vec<Entry>> {
        let mut entries = self.list()?;
        let abandoned = |entry: &mut Entry| {
            entry.name.ends_with(UNFINISHED) && entry.used.elapsed().is_ok_and(|age| age > ABANDONED)
        };
        for entry in entries.extract_if(.., abandoned) {
            let _ = fs::remove_file(entry.path);
        }
        entries.retain(|entry| is_whole(&entry.name));
        entries.sort_by_key(|entry| std::cmp::Reverse(entry.used));
        self.bytes = entries.iter().map(|entry| entry.bytes).sum();
        while self.bytes > self.max_bytes
            && let Some(oldest) = entries.pop()
        {
            // Another process may have been faster.
            match fs::remove_file(&oldest.path) {
                Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
                _ => self.bytes -= oldest.bytes,
            }
        }
        Ok(entries)
    }

    /// All files that are of this kind, and those that are being written.
    fn list(&self) -> io::Result<Vec<Entry>> {
        let mut entries = Vec::new();
        for entry in fs::read_dir(&self.path)? {
            let entry = entry?;
            let Ok(name) = entry.file_name().into_string() else { continue };
            let Ok(metadata) = entry.metadata() else { continue };
            if metadata.is_file() && (is_whole(&name) || name.ends_with(UNFINISHED)) {
                let used = metadata.modified().unwrap_or(SystemTime::UNIX_EPOCH);
                entries.push(Entry { path: entry.path(), name, bytes: metadata.len(), used });
            }
        }
        Ok(entries)
    }

    fn place(&self, digest: &[u8; 32]) -> PathBuf {
        self.path.join(format!("{}{}{}", self.prefix, hex(digest), self.ending))
    }

    /// Of which script a file with this name is, if this program can use it.
    fn digest_of(&self, name: &str) -> Option<[u8; 32]> {
        let digits = name.strip_prefix(&self.prefix)?.strip_suffix(self.ending)?;
        let mut digest = [0; 32];
        if digits.len() != 2 * digest.len() || !digits.is_ascii() {
            return None;
        }
        for (at, byte) in digest.iter_mut().enumerate() {
            *byte = u8::from_str_radix(&digits[2 * at..2 * at + 2], 16).ok()?;
        }
        Some(digest)
    }
}

/// Whether a file of this name is one that was written to its end.
fn is_whole(name: &str) -> bool {
    ENDINGS.iter().any(|ending| name.ends_with(ending))
}

/// Makes the directory if it is not there.
fn make(path: &Path) -> io::Result<()> {
    DirBuilder::new().recursive(true).mode(0o700).create(path)?;
    check(path)
}

/// Whether what is in the directory can be believed: V8 runs it without a further look at it.
pub(crate) fn check(path: &Path) -> io::Result<()> {
    if fs::metadata(path)?.mode() & WRITABLE_BY_ALL != 0 {
        return Err(io::Error::new(io::ErrorKind::PermissionDenied, "everybody can write into it"));
    }
    Ok(())
}

fn write_new(path: &Path, bytes: &[u8]) -> io::Result<()> {
    OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(path)?.write_all(bytes)
}

pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::{PermissionsExt, symlink};

    use super::*;

    /// A directory that is not there any more after the test.
    struct Place(PathBuf);

    impl Place {
        fn new(name: &str) -> Self {
            let path = std::env::temp_dir().join(format!("code-store-{name}-{}", std::process::id()));
            let _ = fs::remove_dir_all(&path);
            Self(path)
        }

        fn directory(&self, max_bytes: u64) -> Directory {
            Directory::new(&self.0.join("a/b"), max_bytes, CODE, &[1; 32])
        }

        fn names(&self) -> Vec<String> {
            let entries = fs::read_dir(self.0.join("a/b")).unwrap();
            entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect()
        }
    }

    impl Drop for Place {
        fn drop(&mut self) {
            let _ = fs::remove_dir_all(&self.0);
        }
    }

    fn bytes(directory: &Directory, n: u8) -> Option<Vec<u8>> {
        match directory.read(&[n; 32]).unwrap() {
            Found::Bytes(bytes) => Some(bytes),
            Found::Nothing => None,
        }
    }

    fn age(directory: &Directory, n: u8, seconds: u64) {
        let used = SystemTime::now() - Duration::from_secs(seconds);
        File::options().write(true).open(directory.place(&[n; 32])).unwrap().set_modified(used).unwrap();
    }

    #[test]
    fn what_was_written_is_there_for_the_next_and_no_other_program() {
        let place = Place::new("write");
        let mut directory = place.directory(100);
        assert!(directory.open().unwrap().is_empty());
        assert_eq!(bytes(&directory, 1), None);
        assert!(directory.write(&[1; 32], b"one").unwrap().is_empty());
        directory.write(&[1; 32], b"other").unwrap();
        assert_eq!((bytes(&directory, 1).as_deref(), directory.bytes()), (Some(&b"other"[..]), 5));
        assert_eq!(place.names().len(), 1);
        let mut next = place.directory(100);
        assert_eq!(next.open().unwrap(), HashSet::from([[1; 32]]));
        let mut other = Directory::new(&next.path, 100, CODE, &[2; 32]);
        assert!(other.open().unwrap().is_empty());
        assert_eq!(other.bytes(), 5);
        next.remove(&[1; 32]);
        assert_eq!((next.bytes(), place.names().len()), (0, 0));
        let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
        assert_eq!(mode(&next.path), 0o700);
    }

    #[test]
    fn what_was_not_used_for_longest_goes_first() {
        let place = Place::new("bound");
        let mut directory = place.directory(10);
        directory.open().unwrap();
        for n in 1..=3 {
            directory.write(&[n; 32], &[n; 3]).unwrap();
            age(&directory, n, 100 - u64::from(n));
        }
        // It is used.
        assert!(bytes(&directory, 1).is_some());
        assert_eq!(directory.write(&[4; 32], &[4; 4]).unwrap(), [[2; 32]]);
        assert_eq!(directory.bytes(), 10);
        assert_eq!(place.directory(10).open().unwrap(), HashSet::from([[1; 32], [3; 32], [4; 32]]));
        assert_eq!(place.directory(4).open().unwrap().len(), 1);
        assert!(directory.write(&[5; 32], &[5; 11]).is_err());
    }

    #[test]
    fn other_files_are_left_alone_and_abandoned_ones_are_not() {
        let place = Place::new("others");
        let mut directory = place.directory(100);
        directory.open().unwrap();
        let path = directory.path.clone();
        fs::write(path.join("notes.txt"), [0; 200]).unwrap();
        fs::create_dir(path.join("directory.code")).unwrap();
        for (name, seconds) in [("old.1.tmp", 2 * ABANDONED.as_secs()), ("new.2.tmp", 1)] {
            let used = SystemTime::now() - Duration::from_secs(seconds);
            File::create(path.join(name)).unwrap().set_modified(used).unwrap();
        }
        directory.open().unwrap();
        let mut names = place.names();
        names.sort();
        assert_eq!(names, ["directory.code", "new.2.tmp", "notes.txt"]);
    }

    #[test]
    fn what_is_no_file_is_not_read_and_what_all_can_write_not_used() {
        let place = Place::new("bad");
        let mut directory = place.directory(100);
        directory.open().unwrap();
        fs::create_dir(directory.place(&[1; 32])).unwrap();
        symlink("/etc/passwd", directory.place(&[2; 32])).unwrap();
        for n in [1, 2] {
            assert!(directory.read(&[n; 32]).is_err());
        }
        fs::set_permissions(&directory.path, fs::Permissions::from_mode(0o777)).unwrap();
        assert!(directory.open().is_err() && directory.write(&[3; 32], b"x").is_err());
        let file = place.0.join("file");
        fs::write(&file, "").unwrap();
        assert!(Directory::new(&file, 100, CODE, &[1; 32]).open().is_err());
    }
}
