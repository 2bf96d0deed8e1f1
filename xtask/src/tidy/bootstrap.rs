//! The bootstrap is the same for the snapshot, for the tests under Node and in its directory.

use std::collections::BTreeSet;

use crate::failure::Result;
use crate::tree::Tree;

const DIRECTORY: &str = "crates/exec/src/bootstrap";
const LIST: &str = "files.txt";
const RUST: &str = "crates/exec/src/bootstrap.rs";

/// The files of parts that are evaluated when they are first used.
const PARTS: &str = "crates/exec/src/vocabulary/parts.rs";

/// Is run to build the snapshot, and no part of it.
const REHEARSAL: &str = "rehearsal.js";

/// Where the built-in modules are, below the directory, and the table of them.
const BUILT_IN: &str = "node/";
const TABLE: &str = "crates/exec/src/vocabulary/built_in.rs";

pub(super) fn wrong(tree: &Tree) -> Result<Vec<String>> {
    let list = tree.text(&format!("{DIRECTORY}/{LIST}"))?;
    let listed: Vec<_> = list.lines().collect();
    let rust = tree.text(RUST)?;
    let mut wrong = Vec::new();
    if scripts_of(&rust) != listed {
        wrong.push(format!("the files of {RUST} are not those of {LIST}, or in another order"));
    }
    let scripts = tree.below(DIRECTORY).filter(|file| file.ends_with(".js") && *file != REHEARSAL);
    let (built_in, there): (BTreeSet<_>, BTreeSet<_>) = scripts.partition(|file| file.starts_with(BUILT_IN));
    let table = tree.text(TABLE)?;
    let unlisted = built_in.iter().filter_map(|file| file.strip_prefix(BUILT_IN));
    let unlisted = unlisted.filter(|file| !table.contains(&format!(" \"{file}\"")));
    wrong.extend(unlisted.map(|file| format!("{TABLE} does not list {file}")));
    let parts = tree.text(PARTS)?;
    let of_parts = scripts_in(&parts);
    if there != listed.iter().copied().chain(of_parts).collect() {
        wrong.push(format!("{LIST} and {PARTS} do not list the files of {DIRECTORY}"));
    }
    Ok(wrong)
}

/// What the source names in the lines that are nothing but a file's name.
fn scripts_of(rust: &str) -> Vec<&str> {
    let names = rust.lines().filter_map(|line| line.trim().strip_prefix('"')?.strip_suffix('"'));
    names.filter(|name| name.ends_with(".js")).collect()
}

/// All names of scripts in the source.
fn scripts_in(rust: &str) -> impl Iterator<Item = &str> {
    rust.split('"').filter(|text| text.ends_with(".js") && !text.contains(char::is_whitespace))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_files_are_read_in_their_order() {
        let rust = "const FILES: &[Source] = files! {\n    \"b.js\"\n    \"a.js\"\n};\nlet x = \"c.js\";\n";
        assert_eq!(scripts_of(rust), ["b.js", "a.js"]);
    }
}
