//! What the pages say of the tests is true.

use std::fs;
use std::path::{Path, PathBuf};

fn root() -> &'static Path {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../.."))
}

fn files_below(directory: &Path, files: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(directory).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() { files_below(&path, files) } else { files.push(path) }
    }
}

/// What stands between backticks.
fn quoted(text: &str) -> impl Iterator<Item = &str> {
    text.split('`').skip(1).step_by(2)
}

#[test]
fn the_security_page_names_tests_that_exist() {
    let mut files = Vec::new();
    files_below(&root().join("crates"), &mut files);
    let sources = files.iter().filter(|file| file.extension().is_some_and(|extension| extension == "rs"));
    let sources: Vec<_> = sources.map(|file| fs::read_to_string(file).unwrap()).collect();
    let exists = |name: &str| match name.contains(['/', '.']) {
        true => files.iter().any(|file| file.ends_with(name)),
        false => sources.iter().any(|source| source.contains(&format!("fn {name}("))),
    };

    let page = fs::read_to_string(root().join("docs/security.md")).unwrap();
    let table = page.lines().skip_while(|line| !line.ends_with("| shown by |")).skip(2);
    let rows: Vec<_> = table.take_while(|line| line.starts_with('|')).collect();
    assert!(rows.len() > 20, "the table is found: {rows:?}");
    for row in rows {
        let names: Vec<_> = quoted(row.trim_end_matches(" |").rsplit("| ").next().unwrap()).collect();
        assert!(!names.is_empty(), "a defence that nothing shows: {row}");
        for name in names {
            assert!(exists(name), "{name} does not exist: {row}");
        }
    }
}
