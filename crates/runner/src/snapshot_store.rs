//! A startup snapshot in a directory: the first process builds it, those after it read it.
//!
//! # Protocol
//! V8 takes compiled code only with the very snapshot that it was made with, no two that are built are the same, and a
//! process that has built one cannot take another. So of several processes that find none, one builds:
//!
//! 1. The file is read. If it is good, that is all: nobody is locked out or waited for.
//! 2. If it is not there, or not as it was written, the process locks the directory (`flock`), and reads again: whoever had the
//!    lock before has written one.
//! 3. If there is still none, it builds one, writes it under another name, renames it, and lets go of the lock. The system
//!    does that for a process that ends.
//!
//! Who does not get the lock within [`PATIENCE`] builds a snapshot for itself and writes nothing. Where a file system has no
//! locks everybody builds and writes, and the last file stays. Nothing that is wrong with the directory or a file is an
//! error: it costs the time to build one. A directory that cannot be used is a warning if somebody has named it; a damaged
//! file is one in any case. Of one for compiled code it is one line, whoever comes upon it first.
//!
//! # Trust
//! V8 believes a snapshot: whoever can write one decides what runs in every isolate, and its checksum is no signature. A
//! directory that an operator names for compiled code ([`Place::with_code`]) is theirs to protect, and refused if it is another user's, or its group
//! or everybody can write into it; what is above it is not looked at. One that nobody need have looked at ([`Place::private`]) has to be this user's, and neither it nor any
//! directory above it may be writable by others, but for sticky ones (`/tmp`); it is looked at as the system resolves it, and
//! so is what is read. Nothing is made below a directory that fails this.
//!
//! # Which file
//! Beside compiled code there is one file; where it does not fit it is written anew. A private directory may have those of
//! several programs: the name has a hash of what the snapshot depends on (V8, its flags, the processor, the Web APIs), and of
//! the size and the time of the last change of the program itself, whose host functions are no part of that hash. Files that
//! have not been used for longest go when there are more than [`KEPT`].

use std::fmt::Display;
use std::fs::{self, DirBuilder, File, TryLockError};
use std::os::unix::fs::{DirBuilderExt, MetadataExt};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant, SystemTime};
use std::{io, thread};

use isolate::{Snapshot, SnapshotError};

use crate::code_store::directory::{self as code_directory, user};
use crate::program;

/// The name of the file beside compiled code.
const BESIDE_CODE: &str = "snapshot";

/// How the name of a file in a private directory ends.
const ENDING: &str = ".snapshot";

/// Files in a private directory.
const KEPT: usize = 8;

/// How long another process may take to build one.
const PATIENCE: Duration = Duration::from_secs(5);

/// How often is looked whether it has.
const LOOK: Duration = Duration::from_millis(5);

/// Who may write: a group and everybody.
const WRITABLE_BY_OTHERS: u32 = 0o022;

/// Who may remove and rename in a directory: only the owner of what is in it.
const STICKY: u32 = 0o1000;

/// Where the snapshot is.
pub(crate) struct Place<'a> {
    directory: &'a Path,
    name: String,
    is_private: bool,
    named: Named,
}

/// Whether somebody has asked for this very directory, and wants to know that it is of no use.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Named {
    Yes,
    No,
}

impl<'a> Place<'a> {
    /// In a directory of compiled code.
    pub(crate) fn with_code(directory: &'a Path) -> Self {
        Self { directory, name: BESIDE_CODE.to_owned(), is_private: false, named: Named::Yes }
    }

    /// In a directory of this user's. Hashes the bootstrap.
    pub(crate) fn private(directory: &'a Path, named: Named) -> io::Result<Self> {
        let program = program::build()?;
        let environment = exec::code_environment(true);
        let name = format!("{}-{program}{ENDING}", code_directory::hex(&environment.as_bytes()[..16]));
        Ok(Self { directory, name, is_private: true, named })
    }

    /// The directory, if what is in it can be believed; `None` if there is none.
    fn find(&self) -> io::Result<Option<PathBuf>> {
        let found = match fs::canonicalize(self.directory) {
            Ok(found) => found,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(error),
        };
        self.check(&found)?;
        Ok(Some(found))
    }

    /// The same, made if it is not there.
    fn make(&self) -> io::Result<PathBuf> {
        if let Some(found) = self.find()? {
            return Ok(found);
        }
        if self.is_private {
            let path = std::path::absolute(self.directory)?;
            let above = path.ancestors().skip(1).find_map(|above| fs::canonicalize(above).ok());
            check_ways(&above.unwrap_or_else(|| "/".into()))?;
        }
        DirBuilder::new().recursive(true).mode(0o700).create(self.directory)?;
        self.find()?.ok_or_else(|| io::ErrorKind::NotFound.into())
    }

    fn check(&self, found: &Path) -> io::Result<()> {
        // To open a pipe is to wait for whoever has its other end.
        if !fs::metadata(found)?.is_dir() {
            return Err(io::ErrorKind::NotADirectory.into());
        }
        if !self.is_private {
            return code_directory::check(found);
        }
        let own = fs::metadata(found)?;
        if own.uid() != user() {
            return Err(denied(found, "is another user's"));
        }
        if own.mode() & WRITABLE_BY_OTHERS != 0 {
            return Err(denied(found, "can be written into by others"));
        }
        check_ways(found)
    }

    /// Removes what has not been used for longest.
    fn prune(&self, directory: &Path) -> io::Result<()> {
        let mut files = Vec::new();
        for entry in fs::read_dir(directory)? {
            let entry = entry?;
            if entry.file_name().to_string_lossy().ends_with(ENDING) {
                files.push((entry.metadata()?.modified()?, entry.path()));
            }
        }
        files.sort_unstable_by(|a, b| b.cmp(a));
        for (_, path) in files.iter().skip(KEPT) {
            fs::remove_file(path)?;
        }
        Ok(())
    }
}

/// The snapshot that is there, or a new one that is there from now on. Blocks.
pub(crate) fn obtain(place: &Place<'_>) -> Result<Snapshot, SnapshotError> {
    if let Some(snapshot) = read(place, Told::Yes)? {
        return Ok(snapshot);
    }
    let directory = match place.make() {
        Ok(directory) => directory,
        Err(error) => {
            tell_unwritten(place, &error.into());
            return exec::build_snapshot();
        }
    };
    // Held until the snapshot is written.
    let _lock = match lock(&directory) {
        Ok(Some(lock)) => Some(lock),
        Ok(None) => {
            tracing::warn!(directory = %directory.display(), "another process takes long to build a snapshot");
            return exec::build_snapshot();
        }
        Err(error) => {
            tracing::debug!(directory = %directory.display(), %error, "cannot be locked");
            None
        }
    };
    if let Some(snapshot) = read(place, Told::No)? {
        return Ok(snapshot);
    }
    let snapshot = exec::build_snapshot()?;
    let written = snapshot.write(directory.join(&place.name));
    match written {
        Ok(()) if place.is_private => {
            if let Err(error) = place.prune(&directory) {
                tracing::debug!(directory = %directory.display(), %error, "old snapshots cannot be removed");
            }
        }
        Ok(()) => {}
        Err(error) => tell_unwritten(place, &error),
    }
    Ok(snapshot)
}

/// The snapshot in a directory of this user's, or a new one that is there from now on. Blocks.
pub(crate) fn obtain_private(directory: &Path, named: Named) -> Result<Snapshot, SnapshotError> {
    match Place::private(directory, named) {
        Ok(place) => obtain(&place),
        Err(error) => {
            tracing::debug!(%error, "this program cannot be told from others, and keeps no snapshot");
            exec::build_snapshot()
        }
    }
}

/// Whether it is told in the log what is wrong with a file.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Told {
    Yes,
    No,
}

/// The snapshot that is there, if it is good, or the one that this process has.
fn read(place: &Place<'_>, told: Told) -> Result<Option<Snapshot>, SnapshotError> {
    let found = match place.find() {
        Ok(Some(directory)) => read_regular(&directory.join(&place.name)).inspect(|_| {
            if place.is_private {
                // Where nothing can be written nothing is removed, either.
                let file = File::open(directory.join(&place.name));
                let _ = file.and_then(|file| file.set_modified(SystemTime::now()));
            }
        }),
        Ok(None) => return Ok(None),
        Err(error) if place.named == Named::No => {
            tracing::debug!(directory = %place.directory.display(), %error, "no snapshot is kept there");
            return Ok(None);
        }
        Err(error) if !place.is_private => {
            tell_of_code(place, code_directory::UNUSABLE, &error);
            return Ok(None);
        }
        Err(error) => Err(error.into()),
    };
    match found {
        Ok(snapshot) => Ok(Some(snapshot)),
        // Another pool of this process was first; what it uses is used here, too.
        Err(SnapshotError::AnotherInUse) => exec::build_snapshot().map(Some),
        Err(SnapshotError::Io(error)) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => {
            if told == Told::Yes {
                let file = place.directory.join(&place.name);
                tracing::warn!(file = %file.display(), %error, "the snapshot that is kept there is not used");
            }
            Ok(None)
        }
    }
}

fn read_regular(file: &Path) -> Result<Snapshot, SnapshotError> {
    code_directory::readable(&fs::metadata(file)?)?;
    exec::read_snapshot(file)
}

/// Waits for the lock; `None` if it takes too long.
fn lock(directory: &Path) -> io::Result<Option<File>> {
    let file = File::open(directory)?;
    let deadline = Instant::now() + PATIENCE;
    loop {
        match file.try_lock() {
            Ok(()) => return Ok(Some(file)),
            Err(TryLockError::Error(error)) => return Err(error),
            Err(TryLockError::WouldBlock) if Instant::now() > deadline => return Ok(None),
            Err(TryLockError::WouldBlock) => thread::sleep(LOOK),
        }
    }
}

/// If nobody has asked for the directory, that there can be none, in a container perhaps, is nothing to warn of.
fn tell_unwritten(place: &Place<'_>, error: &SnapshotError) {
    if !place.is_private {
        return tell_of_code(place, code_directory::UNWRITABLE, error);
    }
    let directory = place.directory.display();
    match place.named {
        Named::Yes => tracing::warn!(%directory, %error, "the startup snapshot cannot be kept there"),
        Named::No => tracing::debug!(%directory, %error, "the startup snapshot cannot be kept there"),
    }
}

/// Something is wrong with a directory of compiled code, which is told once.
fn tell_of_code(place: &Place<'_>, what: &str, error: &dyn Display) {
    let directory = place.directory.display();
    match code_directory::is_news(place.directory) {
        true => tracing::warn!(%directory, %error, "{what}"),
        false => tracing::debug!(%directory, %error, "{what}"),
    }
}

/// Whether nobody but this user and root can put another directory in the place of this one, which has no symbolic links.
fn check_ways(path: &Path) -> io::Result<()> {
    for above in path.ancestors() {
        let metadata = fs::metadata(above)?;
        if metadata.uid() != 0 && metadata.uid() != user() {
            return Err(denied(above, "is another user's"));
        }
        if metadata.mode() & WRITABLE_BY_OTHERS != 0 && metadata.mode() & STICKY == 0 {
            return Err(denied(above, "can be written into by others"));
        }
    }
    Ok(())
}

fn denied(path: &Path, what: &str) -> io::Error {
    io::Error::new(io::ErrorKind::PermissionDenied, format!("{} {what}", path.display()))
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::{PermissionsExt, symlink};

    use super::*;

    /// A directory that is not there any more after the test.
    struct Temporary(PathBuf);

    impl Temporary {
        fn new(name: &str) -> Self {
            let path = std::env::temp_dir().join(format!("snapshot-store-{name}-{}", std::process::id()));
            let _ = fs::remove_dir_all(&path);
            DirBuilder::new().mode(0o700).create(&path).unwrap();
            Self(path)
        }
    }

    impl Drop for Temporary {
        fn drop(&mut self) {
            let _ = fs::remove_dir_all(&self.0);
        }
    }

    fn mode(path: &Path, mode: u32) {
        fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
    }

    fn place(directory: &Path) -> Place<'_> {
        Place { directory, name: "a.snapshot".to_owned(), is_private: true, named: Named::Yes }
    }

    #[test]
    fn a_private_directory_is_made_for_its_user_only() {
        let temporary = Temporary::new("made");
        let directory = temporary.0.join("a/b");
        assert_eq!(place(&directory).find().unwrap(), None);
        let made = place(&directory).make().unwrap();
        assert_eq!(fs::metadata(&made).unwrap().mode() & 0o777, 0o700);
        assert_eq!(place(&directory).find().unwrap(), Some(made));
    }

    #[test]
    fn what_others_can_write_to_is_not_believed() {
        let temporary = Temporary::new("others");
        let (above, directory) = (temporary.0.join("above"), temporary.0.join("above/own"));
        fs::create_dir_all(&directory).unwrap();
        mode(&above, 0o700);
        for (bad, is_good) in [(0o700, true), (0o755, true), (0o770, false), (0o777, false), (0o1777, false)]
        {
            mode(&directory, bad);
            assert_eq!(place(&directory).find().is_ok(), is_good, "{bad:o}");
        }
        mode(&directory, 0o700);
        // A way to put another one in its place; and one that leads there by another name.
        let link = temporary.0.join("link");
        symlink(&directory, &link).unwrap();
        for (bad, is_good) in [(0o755, true), (0o775, false), (0o777, false), (0o1777, true)] {
            mode(&above, bad);
            assert_eq!(place(&directory).find().is_ok(), is_good, "{bad:o}");
            assert_eq!(place(&link).find().is_ok(), is_good, "{bad:o}");
            let new = above.join(format!("new-{bad:o}/x"));
            assert_eq!((place(&new).make().is_ok(), new.exists()), (is_good, is_good), "{bad:o}");
        }
        mode(&above, 0o700);
        // Somebody else's.
        if user() != 0 {
            assert!(place(Path::new("/usr")).find().is_err());
        }
        fs::write(temporary.0.join("file"), "").unwrap();
        assert!(place(&temporary.0.join("file/below")).make().is_err());
    }

    #[test]
    fn a_pipe_in_place_of_the_directory_or_the_file_is_not_waited_for() {
        let temporary = Temporary::new("pipe");
        let pipe = temporary.0.join("pipe");
        rustix::fs::mkfifoat(rustix::fs::CWD, &pipe, rustix::fs::Mode::RWXU).unwrap();
        assert!(place(&pipe).make().is_err());
        assert!(matches!(read_regular(&pipe), Err(SnapshotError::Io(_))));
    }

    #[test]
    fn the_oldest_files_go_and_nothing_else() {
        let temporary = Temporary::new("pruned");
        for n in 0..KEPT as u64 + 3 {
            let path = temporary.0.join(format!("{n}.snapshot"));
            fs::write(&path, "").unwrap();
            let time = SystemTime::UNIX_EPOCH + Duration::from_secs(1000 - n);
            File::open(path).unwrap().set_modified(time).unwrap();
        }
        fs::write(temporary.0.join("notes.txt"), "").unwrap();
        place(&temporary.0).prune(&temporary.0).unwrap();
        let entries = fs::read_dir(&temporary.0).unwrap().map(|entry| entry.unwrap().file_name());
        let mut names: Vec<_> = entries.map(|name| name.into_string().unwrap()).collect();
        names.sort();
        let expected: Vec<_> =
            (0..KEPT).map(|n| format!("{n}.snapshot")).chain(["notes.txt".to_owned()]).collect();
        assert_eq!(names, expected);
    }

    #[test]
    fn the_lock_is_one_holders() {
        let temporary = Temporary::new("locked");
        let held = lock(&temporary.0).unwrap().unwrap();
        let (directory, began) = (temporary.0.clone(), Instant::now());
        let waiting = thread::spawn(move || lock(&directory).unwrap().is_some());
        assert!(!waiting.is_finished() || began.elapsed() > PATIENCE);
        drop(held);
        assert!(waiting.join().unwrap());
    }
}
