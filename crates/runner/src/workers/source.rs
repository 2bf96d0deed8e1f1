//! The code of a worker, with the place it is from.

use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use exec::{Module, Script, Termination, TerminationReason, WorkerCode};

use super::source_error::SourceError;
#[cfg(feature = "loader")]
use crate::loader::maps::{Maps, Names};

/// Code with the place it is from. Cloning is cheap.
#[derive(Clone)]
pub struct WorkerSource {
    /// The file of its main module, relative to what is served: what a person is shown. It need not exist.
    pub path: PathBuf,
    script: Script,
    origin: Option<Arc<Origin>>,
    error: Option<Arc<SourceError>>,
    #[cfg(feature = "loader")]
    maps: Arc<Maps>,
}

/// Where modules were read.
#[derive(Debug)]
struct Origin {
    /// What their names are relative to.
    root: PathBuf,
    files: Vec<PathBuf>,
}

impl WorkerSource {
    /// A script of one JavaScript text that is in no file, or whose file has this name.
    pub fn new(path: impl Into<PathBuf>, text: impl Into<Arc<str>>) -> Self {
        Self::of(path.into(), Script::new(text))
    }

    /// The modules of a worker. Hashes all of them.
    pub fn of_code(path: impl Into<PathBuf>, code: WorkerCode) -> Self {
        Self::of(path.into(), Script::from_code(code))
    }

    /// One that cannot be loaded: whoever evaluates it is told why.
    pub fn broken(path: impl Into<PathBuf>, error: SourceError) -> Self {
        // A literal of JSON is one of JavaScript.
        let message = serde_json::Value::from(error.to_string());
        let main = Module::esm("broken.js", format!("throw new SyntaxError({message});"));
        Self { error: Some(Arc::new(error)), ..Self::of_code(path, WorkerCode::new(main)) }
    }

    fn of(path: PathBuf, script: Script) -> Self {
        #[cfg(feature = "loader")]
        let maps = Arc::new(Maps::new(script.code()));
        #[cfg(feature = "loader")]
        let script = if maps.exist() { script.with_source_maps(Arc::clone(&maps) as _) } else { script };
        Self {
            path,
            script,
            origin: None,
            error: None,
            #[cfg(feature = "loader")]
            maps,
        }
    }

    /// The same, read from these files; the names of modules are relative to `root`.
    pub fn read_from(self, root: PathBuf, files: Vec<PathBuf>) -> Self {
        Self { origin: Some(Arc::new(Origin { root, files })), ..self }
    }

    /// The same with another path.
    pub fn with_path(self, path: impl Into<PathBuf>) -> Self {
        Self { path: path.into(), ..self }
    }

    /// What the pool runs, without name, environment and limits.
    pub fn script(&self) -> &Script {
        &self.script
    }

    /// Its modules.
    pub fn code(&self) -> &WorkerCode {
        self.script.code()
    }

    /// The text of its main module, as it runs.
    pub fn text(&self) -> &str {
        self.script.source()
    }

    /// Why it cannot be loaded.
    pub fn error(&self) -> Option<&SourceError> {
        self.error.as_deref()
    }

    /// The file of the module that stacks call `name`, if it was read from one, as somebody in the present directory calls
    /// it.
    pub fn file_of(&self, name: &str) -> Option<PathBuf> {
        let origin = self.origin.as_ref()?;
        let is_main = Path::new(name) == self.path;
        let name = if is_main { self.code().main().name() } else { self.code().module(name)?.name() };
        Some(called(&origin.root.join(name)))
    }

    /// The files that it was read from, if more is known of them than its path.
    pub fn files(&self) -> &[PathBuf] {
        self.origin.as_ref().map_or(&[], |origin| &origin.files)
    }

    /// The text of the module that stacks call `name`, as it was written.
    pub fn original(&self, name: &str) -> Option<&str> {
        #[cfg(feature = "loader")]
        let names = Names { code: self.code(), main: &self.path.to_string_lossy() };
        #[cfg(feature = "loader")]
        if let Some(text) = self.maps.written(names, name) {
            return Some(text);
        }
        match Path::new(name) == self.path {
            true => Some(self.text()),
            false => self.code().module(name)?.source().as_text().map(|text| &**text),
        }
    }

    /// How an evaluation ends, if it cannot be loaded.
    pub(crate) fn termination(&self) -> Option<Termination> {
        let error = self.error()?;
        Some(Termination {
            location: Some(error.location.clone()),
            hint: error.hint.clone(),
            ..Termination::new(TerminationReason::InitializationError, error.message.clone())
        })
    }
}

/// A file as somebody in the present directory calls it.
pub(crate) fn called(file: &Path) -> PathBuf {
    let here = std::env::current_dir().and_then(std::fs::canonicalize);
    let inside = here.ok().and_then(|here| file.strip_prefix(here).map(Path::to_owned).ok());
    inside.unwrap_or_else(|| file.to_owned())
}

impl PartialEq for WorkerSource {
    /// Whether a person would be shown the same, too: paths, errors and source maps count.
    fn eq(&self, other: &Self) -> bool {
        self.path == other.path
            && self.error == other.error
            && self.script.fingerprint() == other.script.fingerprint()
            && self.code().modules().iter().map(Module::map).eq(other
                .code()
                .modules()
                .iter()
                .map(Module::map))
    }
}

impl Eq for WorkerSource {}

impl fmt::Debug for WorkerSource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { path, script, error, .. } = self;
        f.debug_struct("WorkerSource")
            .field("path", path)
            .field("script", script)
            .field("error", error)
            .finish_non_exhaustive()
    }
}
