//! Reading paths into definitions of workers.
//!
//! A file is mounted at `/`; in a directory each `NAME.js` and `NAME/index.js` is the worker `NAME`, mounted at `/NAME/`.
//! Other endings that do: `.mjs`, and with the feature `loader` `.ts`, `.mts`, `.tsx`, `.jsx` and `.pack`. A worker sees the path without its prefix. What could be a worker and is none is told.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::{fs, io};

use isolate::IsolateLimits;

use super::defaults::WorkerDefaults;
use super::definition::WorkerDefinition;
use super::name::WorkerName;
use super::route::{Route, RouteError};
use super::source::WorkerSource;

/// Endings of workers.
#[cfg(feature = "loader")]
const SCRIPTS: [&str; 7] = ["js", "mjs", "ts", "mts", "tsx", "jsx", crate::loader::PACK_ENDING];
#[cfg(not(feature = "loader"))]
const SCRIPTS: [&str; 2] = ["js", "mjs"];

/// Why something cannot be served.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum WorkersError {
    /// A file or directory could not be read.
    #[error("cannot read {}: {error}", path.display())]
    Read {
        /// Which.
        path: PathBuf,
        /// Why.
        error: io::Error,
    },
    /// A directory without a worker.
    #[error("no worker ({}) in {}", names_of_workers(), .0.display())]
    Empty(PathBuf),
    /// The name does not fit into a URL as it is.
    #[error(
        "{}: not a name for a worker (letters, digits, '-', '_', '.' and '~', not '.' or '_' first)",
        .0.display()
    )]
    Name(PathBuf),
    /// The name does not fit into the name of a host.
    #[error("{id} cannot be asked at a host: {error}")]
    Host {
        /// The worker.
        id: WorkerName,
        /// Why not.
        error: RouteError,
    },
    /// Two files want the same place.
    #[error("{} and {} are both mounted at {mount}", first.display(), second.display())]
    Duplicate {
        /// The place.
        mount: String,
        /// The file that came first.
        first: PathBuf,
        /// The other one.
        second: PathBuf,
    },
}

/// What was read: the workers, and what could not be read.
#[derive(Debug, Default)]
pub struct WorkerSet {
    /// The workers that could be read.
    pub definitions: Vec<WorkerDefinition>,
    /// The rest.
    pub unread: Vec<Unread>,
    /// What looks as if it could be a worker, and is none.
    pub ignored: Vec<Ignored>,
    /// What workers have that are deployed from elsewhere, if that is said with these.
    pub defaults: Option<WorkerDefaults>,
}

/// A file or directory beside the workers that is left alone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ignored {
    /// Relative to what is served.
    pub path: PathBuf,
    /// Why.
    pub reason: IgnoredReason,
}

/// Why something in a directory of workers is left alone.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, thiserror::Error)]
#[non_exhaustive]
pub enum IgnoredReason {
    /// The name begins with a dot.
    #[error("hidden")]
    Hidden,
    /// The name begins with an underscore: what workers share, for a bundler.
    #[error("begins with an underscore")]
    Underscore,
    /// `NAME.config.js` and its like.
    #[error("the configuration of a tool")]
    Configuration,
    /// `NAME.test.js` and its like.
    #[error("a test")]
    Test,
    /// A dialect of JavaScript that has to be compiled, or another kind of module.
    #[error("not supported: bundle it into one .js file")]
    Ending,
}

impl IgnoredReason {
    /// Endings of what would be a worker elsewhere, or with the feature `loader`.
    const ENDINGS: [&str; 6] = ["ts", "tsx", "jsx", "mts", "cts", "cjs"];

    /// Why a file with this name is ignored, if it is one that could be a worker.
    fn of(file: &Path) -> Option<Self> {
        let name = file.file_name()?.to_str()?;
        let ending = file.extension().and_then(|ending| ending.to_str()).unwrap_or_default();
        let supported = SCRIPTS.contains(&ending);
        if !supported && !Self::ENDINGS.contains(&ending) {
            return None;
        }
        let inner = file.file_stem().and_then(|stem| Path::new(stem).extension()?.to_str());
        match (name.as_bytes().first(), inner) {
            (Some(b'.'), _) => Some(Self::Hidden),
            (Some(b'_'), _) => Some(Self::Underscore),
            (_, Some("config")) => Some(Self::Configuration),
            (_, Some("test" | "spec")) => Some(Self::Test),
            _ => (!supported).then_some(Self::Ending),
        }
    }

    /// Why a directory with this name is ignored.
    fn of_directory(name: &str) -> Option<Self> {
        match name.as_bytes().first() {
            Some(b'.') => Some(Self::Hidden),
            Some(b'_') => Some(Self::Underscore),
            _ => None,
        }
    }
}

/// Something that could not be read.
#[derive(Debug)]
pub struct Unread {
    /// The worker that it would have been; `None` if it could be any number of them.
    pub id: Option<WorkerName>,
    /// Why not.
    pub error: WorkersError,
}

impl WorkerSet {
    /// The workers, if all could be read.
    ///
    /// # Errors
    /// The first one that could not.
    pub fn complete(self) -> Result<Vec<WorkerDefinition>, WorkersError> {
        match self.unread.into_iter().next() {
            Some(unread) => Err(unread.error),
            None => Ok(self.definitions),
        }
    }
}

impl From<Vec<WorkerDefinition>> for WorkerSet {
    fn from(definitions: Vec<WorkerDefinition>) -> Self {
        Self { definitions, ..Self::default() }
    }
}

/// Reads the workers of all `paths`, each of which is a file or a directory. Every worker gets the variables of
/// `environment`. Blocks while files are read.
pub fn read<P: AsRef<Path>>(
    paths: impl IntoIterator<Item = P>,
    environment: &BTreeMap<String, String>,
) -> WorkerSet {
    let mut reading = Reading { environment, files: BTreeMap::new(), set: WorkerSet::default() };
    for path in paths {
        let path = path.as_ref();
        match fs::metadata(path) {
            Err(error) => reading.fail(None, read_error(path, error)),
            Ok(metadata) if metadata.is_dir() => reading.directory(path),
            Ok(_) => {
                let shown = path.file_name().unwrap_or(path.as_os_str()).into();
                reading.worker(WorkerName::root(), Route::everything(), path, shown);
            }
        }
    }
    reading.set
}

/// Reads the source of a worker: with the feature `loader`, all modules that the file leads to, in any language of the
/// module `loader`. Blocks while files are read and compiled.
///
/// What is wrong with them is an error of the source ([`WorkerSource::error`]).
///
/// # Errors
/// [`WorkersError::Read`], also for a text that is not UTF-8, or larger than
/// [`MAX_SCRIPT`](isolate::IsolateLimits::MAX_SCRIPT), of which nothing more is read.
pub fn read_source(path: &Path) -> Result<WorkerSource, WorkersError> {
    read_source_as(path, path)
}

/// The same with another path to show.
pub fn read_source_as(path: &Path, shown: impl Into<PathBuf>) -> Result<WorkerSource, WorkersError> {
    #[cfg(feature = "loader")]
    // What is no regular file, such as a pipe, is read once, from its beginning to its end.
    if fs::metadata(path).is_ok_and(|metadata| metadata.is_file()) {
        return crate::loader::load_as(path, shown).map_err(|error| read_error(path, error));
    }
    match read_text(path) {
        Ok(text) => Ok(WorkerSource::new(shown, text)),
        Err(error) => Err(read_error(path, error)),
    }
}

/// Reads a text file whose size nobody has promised, a script or what surrounds one.
///
/// # Errors
/// It cannot be read, is not UTF-8, or is larger than [`MAX_SCRIPT`](isolate::IsolateLimits::MAX_SCRIPT).
pub fn read_text(path: &Path) -> io::Result<String> {
    const MAX: u64 = IsolateLimits::MAX_SCRIPT as u64;
    let file = File::open(path)?;
    if file.metadata()?.is_dir() {
        return Err(io::ErrorKind::IsADirectory.into());
    }
    let mut text = String::new();
    match file.take(MAX + 1).read_to_string(&mut text)? as u64 > MAX {
        true => Err(io::ErrorKind::FileTooLarge.into()),
        false => Ok(text),
    }
}

struct Reading<'a> {
    environment: &'a BTreeMap<String, String>,
    /// Where each worker is from, for the error that names both.
    files: BTreeMap<WorkerName, PathBuf>,
    set: WorkerSet,
}

impl Reading<'_> {
    fn directory(&mut self, directory: &Path) {
        let found = match scan(directory) {
            Ok((found, ignored)) => {
                self.set.ignored.extend(ignored);
                found
            }
            Err(error) => return self.fail(None, read_error(directory, error)),
        };
        if found.is_empty() {
            return self.fail(None, WorkersError::Empty(directory.to_owned()));
        }
        for (name, file) in found {
            let mounted = name.and_then(|name| {
                Some((WorkerName::new(&name).ok()?, Route::mount(&format!("/{name}")).ok()?))
            });
            match mounted {
                Some((id, route)) => {
                    let shown = file.strip_prefix(directory).unwrap_or(&file).to_owned();
                    self.worker(id, route, &file, shown);
                }
                None => self.fail(None, WorkersError::Name(file)),
            }
        }
    }

    fn worker(&mut self, id: WorkerName, route: Route, file: &Path, shown: PathBuf) {
        if let Some(first) = self.files.get(&id) {
            let error = WorkersError::Duplicate {
                mount: if &*id == "/" { "/".to_owned() } else { format!("/{id}/") },
                first: first.clone(),
                second: file.to_owned(),
            };
            self.set.definitions.retain(|definition| definition.id != id);
            return self.fail(Some(id), error);
        }
        self.files.insert(id.clone(), file.to_owned());
        match read_source_as(file, shown) {
            Ok(source) => self.set.definitions.push(WorkerDefinition {
                environment: self.environment.clone(),
                routes: vec![route],
                ..WorkerDefinition::new(id, source)
            }),
            Err(error) => self.fail(Some(id), error),
        }
    }

    fn fail(&mut self, id: Option<WorkerName>, error: WorkersError) {
        self.set.unread.push(Unread { id, error });
    }
}

fn names_of_workers() -> &'static str {
    match cfg!(feature = "loader") {
        true => "NAME.js, NAME.ts or NAME/index.js",
        false => "NAME.js, NAME.mjs or NAME/index.js",
    }
}

fn read_error(path: &Path, error: io::Error) -> WorkersError {
    WorkersError::Read { path: path.to_owned(), error }
}

/// Files of workers with their names; without a name if it is not UTF-8.
type Found = Vec<(Option<String>, PathBuf)>;

/// The workers of a directory, by file name, and what is left alone there.
fn scan(directory: &Path) -> io::Result<(Found, Vec<Ignored>)> {
    let (mut found, mut ignored) = (Vec::new(), Vec::new());
    for entry in fs::read_dir(directory)? {
        let path = entry?.path();
        let name = if path.is_dir() { path.file_name() } else { path.file_stem() };
        let name = name.and_then(|name| name.to_str()).map(str::to_owned);
        let (file, reason) = if path.is_dir() {
            let hidden = name.as_deref().and_then(IgnoredReason::of_directory);
            let index =
                |ending: &&str| Some(path.join("index").with_extension(ending)).filter(|file| file.is_file());
            // A directory of another kind is nobody's business.
            match (SCRIPTS.iter().find_map(index), IgnoredReason::ENDINGS.iter().find_map(index)) {
                (Some(file), _) => (file, hidden),
                (None, Some(other)) => (other, hidden.or(Some(IgnoredReason::Ending))),
                (None, None) => continue,
            }
        } else {
            let reason = IgnoredReason::of(&path);
            (path, reason)
        };
        let is_script = file
            .extension()
            .and_then(|ending| ending.to_str())
            .is_some_and(|ending| SCRIPTS.contains(&ending));
        match reason {
            Some(reason) => {
                let path = file.strip_prefix(directory).unwrap_or(&file).to_owned();
                ignored.push(Ignored { path, reason });
            }
            None if is_script && file.is_file() => found.push((name, file)),
            None => {}
        }
    }
    found.sort();
    ignored.sort_by(|a, b| (a.reason, &a.path).cmp(&(b.reason, &b.path)));
    Ok((found, ignored))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A directory of its own for each test, removed at its end.
    struct Directory(PathBuf);

    impl Directory {
        fn new(test: &str, files: &[&str]) -> Self {
            let path = std::env::temp_dir().join(format!("runner-workers-{}-{test}", std::process::id()));
            let _ = fs::remove_dir_all(&path);
            fs::create_dir_all(&path).unwrap();
            for file in files {
                let file = path.join(file);
                fs::create_dir_all(file.parent().unwrap()).unwrap();
                fs::write(file, "").unwrap();
            }
            Self(path)
        }

        fn set(&self, paths: &[&str]) -> WorkerSet {
            let environment = [("A".to_owned(), "b".to_owned())].into();
            read(paths.iter().map(|path| self.0.join(path)), &environment)
        }

        fn read(&self, paths: &[&str]) -> Result<Vec<WorkerDefinition>, WorkersError> {
            self.set(paths).complete()
        }
    }

    impl Drop for Directory {
        fn drop(&mut self) {
            let _ = fs::remove_dir_all(&self.0);
        }
    }

    #[test]
    fn a_directory_mounts_each_worker_under_its_name() {
        let directory = Directory::new("names", &["a.js", "b.mjs", "c/index.js", "d/other.js", "README.md"]);
        let workers = directory.read(&["."]).unwrap();
        let seen: Vec<_> = workers
            .iter()
            .map(|worker| (&*worker.id, worker.source.path.to_str().unwrap(), worker.routes[0].to_string()))
            .collect();
        let mount = str::to_owned;
        assert_eq!(
            seen,
            [("a", "a.js", mount("/a/")), ("b", "b.mjs", mount("/b/")), ("c", "c/index.js", mount("/c/"))]
        );
        assert!(workers.iter().all(|worker| worker.environment["A"] == "b" && worker.routes.len() == 1));
    }

    #[test]
    fn a_file_is_mounted_at_the_root() {
        let directory = Directory::new("root", &["main.js", "more/a.js"]);
        let workers = directory.read(&["main.js", "more"]).unwrap();
        assert_eq!((&*workers[0].id, &*workers[0].routes), ("/", &[Route::everything()][..]));
        assert_eq!(&*workers[1].id, "a");
    }

    #[test]
    fn what_cannot_be_served_is_refused_with_its_path() {
        let directory =
            Directory::new("bad", &["two/a.js", "two/a.mjs", "odd/a b.js", "own/_pool.js", "x.js", "y.js"]);
        fs::create_dir(directory.0.join("empty")).unwrap();
        fs::write(directory.0.join("latin.js"), b"// \xe9").unwrap();
        assert!(matches!(directory.read(&["two"]), Err(WorkersError::Duplicate { .. })));
        assert!(matches!(directory.read(&["x.js", "y.js"]), Err(WorkersError::Duplicate { .. })));
        assert!(matches!(directory.read(&["odd"]), Err(WorkersError::Name(_))));
        assert!(matches!(directory.read(&["own"]), Err(WorkersError::Empty(_))));
        assert!(matches!(directory.read(&["empty"]), Err(WorkersError::Empty(_))));
        assert!(matches!(directory.read(&["missing"]), Err(WorkersError::Read { .. })));
        let error = directory.read(&["latin.js"]).unwrap_err().to_string();
        assert!(error.contains("latin.js") && error.contains("UTF-8"), "{error}");
    }

    #[test]
    fn what_is_left_alone_is_told() {
        let files = [
            "a.js",
            ".hidden.js",
            "_shared.js",
            "vite.config.js",
            "a.test.js",
            "b.cts",
            "c/index.cjs",
            "_d/index.js",
            "README.md",
            "e/other.js",
            ".git/HEAD",
        ];
        let set = Directory::new("ignored", &files).set(&["."]);
        assert_eq!(set.definitions.len(), 1);
        let ignored = set.ignored.iter().map(|ignored| (ignored.path.to_str().unwrap(), ignored.reason));
        use IgnoredReason::{Configuration, Ending, Hidden, Test, Underscore};
        assert_eq!(
            ignored.collect::<Vec<_>>(),
            [
                (".hidden.js", Hidden),
                ("_d/index.js", Underscore),
                ("_shared.js", Underscore),
                ("vite.config.js", Configuration),
                ("a.test.js", Test),
                ("b.cts", Ending),
                ("c/index.cjs", Ending),
            ]
        );
    }

    #[test]
    fn one_bad_file_does_not_hide_the_others() {
        let directory = Directory::new("some", &["a.js", "b.js", "b.mjs", "d.js"]);
        fs::write(directory.0.join("c.js"), b"// \xe9").unwrap();
        let set = directory.set(&["."]);
        let read: Vec<_> = set.definitions.iter().map(|worker| &*worker.id).collect();
        let unread: Vec<_> = set.unread.iter().map(|unread| unread.id.as_deref().unwrap()).collect();
        assert_eq!((read, unread), (vec!["a", "d"], vec!["b", "c"]));
    }

    #[test]
    fn a_file_that_no_isolate_would_take_is_not_read() {
        let directory = Directory::new("huge", &["a.js"]);
        let file = directory.0.join("a.js");
        // It takes no room on the disk.
        File::options().write(true).open(&file).unwrap().set_len(1 << 40).unwrap();
        assert_eq!(read_text(&file).unwrap_err().kind(), io::ErrorKind::FileTooLarge);
    }
}
