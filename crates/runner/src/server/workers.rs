//! The routing table: which worker answers which path.
//!
//! A file is mounted at `/`; in a directory each `NAME.js`, `NAME.mjs` and `NAME/index.js` is the worker
//! `NAME`, mounted at `/NAME/`. A worker sees the path without its prefix.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::{fs, io};

use exec::{OperationsHandler, Script};

/// A worker that the server can call.
#[derive(Clone)]
pub struct Worker {
    id: Arc<str>,
    script: Script,
    operations: Arc<dyn OperationsHandler>,
}

impl Worker {
    /// The id under which the pool keeps its isolates.
    pub fn id(&self) -> &str {
        &self.id
    }

    /// What it runs.
    pub fn script(&self) -> &Script {
        &self.script
    }

    /// What it may do outside of its isolate.
    pub fn operations(&self) -> Arc<dyn OperationsHandler> {
        self.operations.clone()
    }
}

impl fmt::Debug for Worker {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Worker").field("id", &self.id).field("script", &self.script).finish_non_exhaustive()
    }
}

/// Why a set of paths cannot be served.
#[derive(Debug, thiserror::Error)]
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
    #[error("no worker (NAME.js, NAME.mjs or NAME/index.js) in {}", .0.display())]
    Empty(PathBuf),
    /// The name does not fit into a URL as it is.
    #[error(
        "{}: not a name for a worker (letters, digits, '-', '_', '.' and '~', not '.' or '_' first)",
        .0.display()
    )]
    Name(PathBuf),
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

/// All workers of a server.
///
/// The path of the file is kept for error messages only.
#[derive(Debug, Default)]
pub struct Workers {
    root: Option<(Worker, PathBuf)>,
    named: BTreeMap<String, (Worker, PathBuf)>,
}

impl Workers {
    /// The id of the worker at `/`; no name of a directory's worker can be the same.
    const ROOT_ID: &str = "/";

    /// Reads the workers of all `paths`, each of which is a file or a directory. `operations` makes the
    /// operations of a worker from its id; every worker gets the variables of `environment`.
    pub fn load<P: AsRef<Path>, O: OperationsHandler>(
        paths: impl IntoIterator<Item = P>,
        environment: &BTreeMap<String, String>,
        operations: impl Fn(&str) -> O,
    ) -> Result<Self, WorkersError> {
        let mut workers = Self::default();
        let mut add = |name: Option<String>, path: PathBuf| {
            let id: Arc<str> = name.as_deref().unwrap_or(Self::ROOT_ID).into();
            let script = read_script(&path)?.with_environment(environment.clone());
            let worker = Worker { script, operations: Arc::new(operations(&id)), id };
            workers.insert(name, worker, path)
        };
        for path in paths {
            let path = path.as_ref();
            let metadata = fs::metadata(path).map_err(|error| read_error(path, error))?;
            if !metadata.is_dir() {
                add(None, path.to_owned())?;
                continue;
            }
            let found = scan(path)?;
            if found.is_empty() {
                return Err(WorkersError::Empty(path.to_owned()));
            }
            for (name, file) in found {
                add(Some(name), file)?;
            }
        }
        Ok(workers)
    }

    fn insert(&mut self, name: Option<String>, worker: Worker, path: PathBuf) -> Result<(), WorkersError> {
        let taken = match name {
            None => self.root.replace((worker, path.clone())).map(|(_, first)| ("/".to_owned(), first)),
            Some(name) => match self.named.entry(name) {
                Entry::Vacant(entry) => {
                    entry.insert((worker, path.clone()));
                    None
                }
                Entry::Occupied(entry) => Some((format!("/{}/", entry.key()), entry.get().1.clone())),
            },
        };
        match taken {
            None => Ok(()),
            Some((mount, first)) => Err(WorkersError::Duplicate { mount, first, second: path }),
        }
    }

    /// The worker for a path and query, and what of it the worker sees.
    pub(super) fn find<'a>(&self, path_and_query: &'a str) -> Option<(&Worker, std::borrow::Cow<'a, str>)> {
        let rest = path_and_query.strip_prefix('/')?;
        let (name, tail) = rest.split_at(rest.find(['/', '?']).unwrap_or(rest.len()));
        if let Some((worker, _)) = self.named.get(name) {
            let tail = if tail.starts_with('/') { tail.into() } else { format!("/{tail}").into() };
            return Some((worker, tail));
        }
        self.root.as_ref().map(|(worker, _)| (worker, path_and_query.into()))
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.named.len() + usize::from(self.root.is_some())
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

/// Reads the source of a worker.
pub fn read_script(path: &Path) -> Result<Script, WorkersError> {
    fs::read_to_string(path).map(Script::new).map_err(|error| read_error(path, error))
}

fn read_error(path: &Path, error: io::Error) -> WorkersError {
    WorkersError::Read { path: path.to_owned(), error }
}

/// The workers of a directory, by file name.
fn scan(directory: &Path) -> Result<Vec<(String, PathBuf)>, WorkersError> {
    let error = |error| read_error(directory, error);
    let mut found = Vec::new();
    for entry in fs::read_dir(directory).map_err(error)? {
        let path = entry.map_err(error)?.path();
        let (name, file) = if path.is_dir() {
            (path.file_name(), path.join("index.js"))
        } else {
            (path.file_stem(), path.clone())
        };
        let is_script = file.extension().is_some_and(|extension| extension == "js" || extension == "mjs");
        if !is_script || !file.is_file() {
            continue;
        }
        match name.and_then(|name| name.to_str()).filter(|name| is_valid_name(name)) {
            Some(name) => found.push((name.to_owned(), file)),
            None => return Err(WorkersError::Name(path)),
        }
    }
    found.sort();
    Ok(found)
}

/// Whether a name stands in a URL as it is, and leaves `_pool` and its like to the server.
fn is_valid_name(name: &str) -> bool {
    !name.starts_with(['.', '_'])
        && !name.is_empty()
        && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_.~".contains(&byte))
}

#[cfg(test)]
mod tests {
    use exec::NoOperations;

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

        fn load(&self, paths: &[&str]) -> Result<Workers, WorkersError> {
            let paths = paths.iter().map(|path| self.0.join(path));
            Workers::load(paths, &BTreeMap::new(), |_| NoOperations)
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
        let workers = directory.load(&["."]).unwrap();
        assert_eq!(workers.len(), 3);
        for (path, id, rest) in [
            ("/a/x/y?z", "a", "/x/y?z"),
            ("/a", "a", "/"),
            ("/b?q=/c", "b", "/?q=/c"),
            ("/c/", "c", "/"),
            ("/c//x", "c", "//x"),
        ] {
            let (worker, seen) = workers.find(path).unwrap();
            assert_eq!((worker.id(), &*seen), (id, rest), "{path}");
        }
        for path in ["/", "/d", "/ab/", "/A/", "/README", "*"] {
            assert!(workers.find(path).is_none(), "{path}");
        }
    }

    #[test]
    fn a_file_is_mounted_at_the_root_and_gets_what_no_other_takes() {
        let directory = Directory::new("root", &["main.js", "more/a.js"]);
        let workers = directory.load(&["main.js", "more"]).unwrap();
        assert_eq!(workers.find("/a/x").unwrap().0.id(), "a");
        let (worker, seen) = workers.find("/b/x?y").unwrap();
        assert_eq!((worker.id(), &*seen), ("/", "/b/x?y"));
    }

    #[test]
    fn what_cannot_be_served_is_refused_with_its_path() {
        let directory =
            Directory::new("bad", &["two/a.js", "two/a.mjs", "odd/a b.js", "own/_pool.js", "x.js", "y.js"]);
        fs::create_dir(directory.0.join("empty")).unwrap();
        fs::write(directory.0.join("latin.js"), b"// \xe9").unwrap();
        assert!(matches!(directory.load(&["two"]), Err(WorkersError::Duplicate { .. })));
        assert!(matches!(directory.load(&["x.js", "y.js"]), Err(WorkersError::Duplicate { .. })));
        assert!(matches!(directory.load(&["odd"]), Err(WorkersError::Name(_))));
        assert!(matches!(directory.load(&["own"]), Err(WorkersError::Name(_))));
        assert!(matches!(directory.load(&["empty"]), Err(WorkersError::Empty(_))));
        assert!(matches!(directory.load(&["missing"]), Err(WorkersError::Read { .. })));
        let error = directory.load(&["latin.js"]).unwrap_err().to_string();
        assert!(error.contains("latin.js") && error.contains("UTF-8"), "{error}");
    }
}
