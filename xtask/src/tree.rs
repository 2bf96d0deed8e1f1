//! The files of the repository.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;
use std::rc::Rc;

use crate::cargo;
use crate::failure::{During, Result};

/// Directories that are hidden and yet belong to it.
const HIDDEN: [&str; 2] = [".ci", ".cargo"];

/// Where programs put what they make.
const MADE: [&str; 4] = ["target", "artifacts", "corpus", "node_modules"];

/// All files, as paths from the root, with `/`.
pub(crate) struct Tree {
    files: BTreeSet<String>,
    /// What was read.
    texts: RefCell<BTreeMap<String, Rc<str>>>,
}

impl Tree {
    pub(crate) fn read() -> Result<Self> {
        let mut files = Vec::new();
        walk(cargo::root(), "", &mut files)?;
        Ok(Self::of(files.iter().map(String::as_str)))
    }

    pub(crate) fn of<'a>(files: impl IntoIterator<Item = &'a str>) -> Self {
        Self { files: files.into_iter().map(str::to_owned).collect(), texts: RefCell::default() }
    }

    pub(crate) fn files(&self) -> impl Iterator<Item = &str> {
        self.files.iter().map(String::as_str)
    }

    /// Those below a directory, as paths from there.
    pub(crate) fn below<'a>(&'a self, directory: &str) -> impl Iterator<Item = &'a str> {
        let prefix = format!("{}/", directory.trim_end_matches('/'));
        self.files().filter_map(move |file| file.strip_prefix(&prefix))
    }

    /// Whether there is a file of this path, or a directory with anything in it.
    pub(crate) fn has(&self, path: &str) -> bool {
        self.files.contains(path) || self.below(path).next().is_some()
    }

    /// The files whose path ends like this, from the beginning of a name on.
    pub(crate) fn ending_with<'a>(&'a self, path: &str) -> impl Iterator<Item = &'a str> {
        self.files().filter(move |file| {
            file.strip_suffix(path).is_some_and(|before| before.is_empty() || before.ends_with('/'))
        })
    }

    /// The text of a file.
    pub(crate) fn text(&self, file: &str) -> Result<Rc<str>> {
        if let Some(text) = self.texts.borrow().get(file) {
            return Ok(Rc::clone(text));
        }
        let text: Rc<str> = fs::read_to_string(cargo::root().join(file)).during(file)?.into();
        self.texts.borrow_mut().insert(file.to_owned(), Rc::clone(&text));
        Ok(text)
    }
}

/// Adds the files of a directory, which has this path from the root.
fn walk(directory: &Path, path: &str, files: &mut Vec<String>) -> Result {
    for entry in fs::read_dir(directory).during(directory.display())? {
        let entry = entry.during(directory.display())?;
        let name = entry.file_name().to_string_lossy().into_owned();
        let path = if path.is_empty() { name.clone() } else { format!("{path}/{name}") };
        if entry.file_type().during(&path)?.is_dir() {
            let hidden = name.starts_with('.') && !HIDDEN.contains(&name.as_str());
            if !hidden && !MADE.contains(&name.as_str()) {
                walk(&entry.path(), &path, files)?;
            }
        } else {
            files.push(path);
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_and_directories_are_found_by_whole_names() {
        let tree = Tree::of(["a/b/c.rs", "a/bc.rs"]);
        assert!(tree.has("a/b/c.rs") && tree.has("a/b") && tree.has("a/b/"));
        assert!(!tree.has("a/b/c") && !tree.has("b"));
        assert_eq!(tree.ending_with("c.rs").collect::<Vec<_>>(), ["a/b/c.rs"]);
        assert_eq!(tree.below("a/b").collect::<Vec<_>>(), ["c.rs"]);
    }
}
