//! From files to what a worker runs: its modules, TypeScript and JSX as JavaScript, packages from `node_modules`.
//!
//! ```text
//! main file ─► graph ─┬─► nesting (bounded) ─► parse ─► transform, print with a source map
//!                     ├─► scan: what it imports, what a CommonJS module exports: kept for the next start
//!                     └─► resolve: which file that is; below the root, or an error
//! pack ──────► all of that, made before
//! ```
//!
//! Everything is read before anything is evaluated, and nothing outside of the worker's root is: the directory of the nearest
//! `package.json`, or of the main file if there is none.
//!
//! Everything here blocks, and none of it is for the threads of an async runtime. Parsers are recursive: they run on a thread
//! with a stack of its own ([`nesting`] has what that is enough for).

mod compile;
mod decorators;
mod dialect;
mod graph;
mod kept;
pub(crate) mod maps;
mod names;
mod nesting;
mod pack;
mod resolve;
mod rooted;
mod scan;
mod stack;

use std::io;
use std::path::{Path, PathBuf};

use exec::{Module, WorkerCode};

use crate::workers::{SourceError, WorkerSource};

pub use compile::Transpiled;
pub use dialect::Dialect;
pub use kept::{keep_in, write_kept};
pub use pack::{PackError, pack, unpack};

/// The ending of a file with a pack.
pub const PACK_ENDING: &str = "pack";

/// Whether a file of this name is a pack.
#[must_use]
pub fn is_pack(file: &Path) -> bool {
    file.extension().is_some_and(|ending| ending == PACK_ENDING)
}

/// Loads all modules that a file leads to, or those of a pack, whose name ends with `.pack`. Blocks while files are read and compiled.
///
/// What is wrong with them is an error of the source ([`WorkerSource::error`]), with its place.
///
/// # Errors
/// The file cannot be read, or there is no memory for a thread.
pub fn load(main: &Path) -> io::Result<WorkerSource> {
    load_as(main, main)
}

/// The same with another path to show.
///
/// # Errors
/// As [`load`].
pub fn load_as(main: &Path, shown: impl Into<PathBuf>) -> io::Result<WorkerSource> {
    let shown = shown.into();
    if is_pack(main) {
        let bytes = rooted::read_at_most(main, pack::MAX_BYTES)?;
        let code = unpack(&bytes).map_err(|error| io::Error::new(io::ErrorKind::InvalidData, error))?;
        // Stacks name the main module as a file in the pack.
        return Ok(WorkerSource::of_code(shown.join(code.main().name()), code));
    }
    let loaded = stack::with_deep_stack(|| graph::load(main, &shown.to_string_lossy()))?;
    let graph::Loaded { code, root, files } = loaded?;
    let source = match code {
        Ok(code) => WorkerSource::of_code(shown, code),
        Err(error) => WorkerSource::broken(shown, error),
    };
    Ok(source.read_from(root, files))
}

/// A worker of one text in `dialect`, which is in no file; it can import nothing. Blocks while it is compiled.
pub fn load_text(shown: &str, text: &str, dialect: Dialect) -> WorkerSource {
    match transpile(shown, text, dialect) {
        Ok(Some(Transpiled { code, map })) => {
            WorkerSource::of_code(shown, WorkerCode::new(Module::detected(shown, code).with_map(map)))
        }
        Ok(None) => WorkerSource::new(shown, text),
        Err(error) => WorkerSource::broken(shown, error),
    }
}

/// Makes JavaScript of a text in `dialect`, `None` if it is JavaScript that V8 knows; `file` is what a person is shown. Blocks while it
/// works.
///
/// # Errors
/// The first thing that is wrong with it. What types say of each other is not looked at.
pub fn transpile(file: &str, text: &str, dialect: Dialect) -> Result<Option<Transpiled>, SourceError> {
    let settings = compile::Settings::default();
    let done = stack::with_deep_stack(|| compile::compile(file, text, dialect, &settings));
    match done {
        Ok(compiled) => Ok(compiled?.transpiled),
        Err(error) => {
            let message = format!("there is no thread to compile it: {error}");
            Err(SourceError::new(file, text, 0..0, message))
        }
    }
}
