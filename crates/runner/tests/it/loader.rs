//! From files to workers: TypeScript, modules, packs, and the places in what was written.

mod bad;
mod bounds;
mod decorators;
mod graph;
mod handbook;
mod pack;
mod stacks;
mod typescript;

use std::path::{Path, PathBuf};

use runner::exec::WorkerCode;
use runner::loader;
use runner::workers::{SourceError, WorkerSource};

/// A directory of the fixtures.
fn fixture(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures").join(name)
}

fn load(main: &Path) -> WorkerSource {
    loader::load(main).unwrap()
}

/// The modules that a file leads to; fails with what is wrong with them.
fn code(main: &Path) -> WorkerCode {
    let source = load(main);
    assert!(source.error().is_none(), "{}", source.error().unwrap());
    source.code().clone()
}

/// What is wrong with the modules that a file leads to.
fn error(main: &Path) -> SourceError {
    load(main).error().expect("an error").clone()
}

/// A directory with these files, in directories of their own.
fn project(files: &[(&str, &[u8])]) -> crate::support::Directory {
    let directory = crate::support::Directory::new(&[]);
    for (name, text) in files {
        let file = directory.path().join(name);
        std::fs::create_dir_all(file.parent().unwrap()).unwrap();
        std::fs::write(file, text).unwrap();
    }
    directory
}
