//! The files of compiled code, and of what was found in sources: a bounded directory.
//!
//! A file is written beside its place and renamed, so nobody reads half of one. Files that have not been used for longest are
//! removed once all together are beyond the bound; other processes' count, too.
//!
//! V8 believes what it is given, so the directory has to be this user's or root's, and writable for nobody else. Whatever is wrong with a
//! directory is one line in the log, whoever of its users comes upon it: [`is_news`].

use std::collections::{BTreeSet, HashSet};
use std::fs::{self, DirBuilder, Metadata, OpenOptions};
use std::io::{self, Read, Write};
use std::os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, SystemTime};

use parking_lot::Mutex;
use rustix::fs::OFlags;

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

/// Who else than its owner may write into a directory.
const WRITABLE_BY_ALL: u32 = 0o002;
const WRITABLE_BY_GROUP: u32 = 0o020;

/// What is said of a directory that cannot be used, and of one that nothing can be written into.
pub(crate) const UNUSABLE: &str = "the directory of the code cache cannot be used";
pub(crate) const UNWRITABLE: &str = "no file of the code cache can be written";

/// Directories that something is wrong with, which has been told.
static TOLD: Mutex<BTreeSet<PathBuf>> = Mutex::new(BTreeSet::new());

/// Whether nothing has been told of a directory since it last worked; it has, from now on.
pub(crate) fn is_news(path: &Path) -> bool {
    TOLD.lock().insert(path.to_owned())
}

/// The directory works: what is wrong with it after that is told again.
pub(super) fn works(path: &Path) {
    TOLD.lock().remove(path);
}

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

/// What is in a directory.
pub(super) struct Contents {
    /// The scripts that there are files of.
    pub(super) known: HashSet<[u8; 32]>,
    /// What has the place of a file that this program could use, and is none: its name, and why.
    pub(super) odd: Vec<(String, io::Error)>,
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

    /// Makes the directory if need be, and looks at what is there.
    pub(super) fn open(&mut self) -> io::Result<Contents> {
        make(&self.path)?;
        let odd = self.odd()?;
        let entries = self.prune()?;
        Ok(Contents { known: entries.iter().filter_map(|entry| self.digest_of(&entry.name)).collect(), odd })
    }

    /// What could not be read as a file of a script.
    fn odd(&self) -> io::Result<Vec<(String, io::Error)>> {
        let mut odd = Vec::new();
        for entry in fs::read_dir(&self.path)? {
            let entry = entry?;
            let Ok(name) = entry.file_name().into_string() else { continue };
            if self.digest_of(&name).is_some()
                && let Ok(metadata) = entry.metadata()
                && let Err(error) = readable(&metadata)
            {
                odd.push((name, error));
            }
        }
        Ok(odd)
    }

    /// The file of a script, which counts as used.
    pub(crate) fn read(&self, digest: &[u8; 32]) -> io::Result<Found> {
        let path = self.place(digest);
        match fs::symlink_metadata(&path) {
            Ok(metadata) => readable(&metadata)?,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Found::Nothing),
            Err(error) => return Err(error),
        }
        // Something else may be there by now: no pipe is waited for, and no link followed.
        let flags = (OFlags::NOFOLLOW | OFlags::NONBLOCK).bits().cast_signed();
        let file = OpenOptions::new().read(true).custom_flags(flags).open(&path)?;
        let metadata = file.metadata()?;
        readable(&metadata)?;
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
        // Nothing else has to go for what would never have room.
        let bound = self.max_bytes.min(MAX_FILE);
        for entry in entries.extract_if(.., |entry| entry.bytes > bound) {
            let _ = fs::remove_file(entry.path);
        }
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
    match check(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            DirBuilder::new().recursive(true).mode(0o700).create(path)?;
            check(path)
        }
        checked => checked,
    }
}

/// Whether what is in the directory can be believed: V8 runs it without a further look at it.
pub(crate) fn check(path: &Path) -> io::Result<()> {
    let metadata = fs::metadata(path)?;
    if !metadata.is_dir() {
        return Err(io::Error::new(io::ErrorKind::NotADirectory, "it is no directory"));
    }
    let denied = |what: &str| Err(io::Error::new(io::ErrorKind::PermissionDenied, what));
    if metadata.uid() != 0 && metadata.uid() != user() {
        return denied("it is another user's");
    }
    if metadata.mode() & WRITABLE_BY_ALL != 0 {
        return denied("everybody can write into it, but not into one that is made in it");
    }
    if metadata.mode() & WRITABLE_BY_GROUP != 0 {
        return denied("its group can write into it, but not into one that is made in it");
    }
    Ok(())
}

/// The user that this process acts for.
pub(crate) fn user() -> u32 {
    rustix::process::geteuid().as_raw()
}

/// Whether something can be a file that is kept in such a directory.
pub(crate) fn readable(metadata: &Metadata) -> io::Result<()> {
    if !metadata.is_file() {
        return Err(io::Error::new(io::ErrorKind::InvalidInput, "it is no regular file"));
    }
    if metadata.len() > MAX_FILE {
        return Err(io::Error::new(io::ErrorKind::FileTooLarge, "it is too large"));
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
    use std::fs::File;
    use std::os::unix::fs::{PermissionsExt, chown, symlink};

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
        assert!(directory.open().unwrap().known.is_empty());
        assert_eq!(bytes(&directory, 1), None);
        assert!(directory.write(&[1; 32], b"one").unwrap().is_empty());
        directory.write(&[1; 32], b"other").unwrap();
        assert_eq!((bytes(&directory, 1).as_deref(), directory.bytes()), (Some(&b"other"[..]), 5));
        assert_eq!(place.names().len(), 1);
        let mut next = place.directory(100);
        assert_eq!(next.open().unwrap().known, HashSet::from([[1; 32]]));
        let mut other = Directory::new(&next.path, 100, CODE, &[2; 32]);
        assert!(other.open().unwrap().known.is_empty());
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
        assert_eq!(place.directory(10).open().unwrap().known, HashSet::from([[1; 32], [3; 32], [4; 32]]));
        assert_eq!(place.directory(4).open().unwrap().known.len(), 1);
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
        let odd = directory.open().unwrap().odd;
        assert_eq!(odd.len(), 2, "{odd:?}");
        for (mode, what) in
            [(0o777, "everybody can write into it"), (0o1777, "everybody can"), (0o770, "its group can")]
        {
            fs::set_permissions(&directory.path, fs::Permissions::from_mode(mode)).unwrap();
            let error = directory.open().err().unwrap().to_string();
            assert!(error.contains(what), "{mode:o}: {error}");
            assert!(directory.write(&[3; 32], b"x").is_err(), "{mode:o}");
        }
        fs::set_permissions(&directory.path, fs::Permissions::from_mode(0o755)).unwrap();
        assert!(directory.open().is_ok());
        // Only root can give something away.
        if user() == 0 {
            chown(&directory.path, Some(4242), None).unwrap();
            assert_eq!(directory.open().err().unwrap().to_string(), "it is another user's");
        }
        let file = place.0.join("file");
        fs::write(&file, "").unwrap();
        assert!(Directory::new(&file, 100, CODE, &[1; 32]).open().is_err());
    }

    #[test]
    fn nothing_goes_for_what_has_no_room() {
        let place = Place::new("room");
        let mut directory = place.directory(10);
        directory.open().unwrap();
        directory.write(&[1; 32], &[1; 5]).unwrap();
        // It has no bytes on the disk.
        File::create(directory.place(&[2; 32])).unwrap().set_len(3 << 30).unwrap();
        let found = directory.open().unwrap();
        assert_eq!((found.known, directory.bytes()), (HashSet::from([[1; 32]]), 5));
        assert_eq!(found.odd.len(), 1, "{:?}", found.odd);
        assert_eq!(found.odd[0].1.to_string(), "it is too large");
        assert_eq!(place.names().len(), 1);
    }

    #[test]
    fn a_directory_is_news_until_it_has_been_told_of() {
        let path = Path::new("/of/this/test");
        assert_eq!([is_news(path), is_news(path)], [true, false]);
        works(path);
        assert!(is_news(path) && is_news(Path::new("/of/this/test/alone")));
    }
}
