//! What modules and files are called.

use std::path::Path;

/// The name of a module: the path of its file from the root. `None` if that is not UTF-8, or not below it.
pub(super) fn of(root: &Path, file: &Path) -> Option<String> {
    let parts: Option<Vec<_>> = file.strip_prefix(root).ok()?.iter().map(|part| part.to_str()).collect();
    Some(parts?.join("/"))
}
