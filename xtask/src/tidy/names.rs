//! Paths, functions and tests that a page names exist.

use std::collections::HashSet;

use crate::failure::Result;
use crate::tidy::markdown::{Line, Page};
use crate::tree::Tree;

/// Where a path from the root begins.
const ROOTS: [&str; 8] = [".ci/", ".cargo/", "benches/", "crates/", "docs/", "examples/", "fuzz/", "xtask/"];

/// A name with so many underscores is that of a test.
const UNDERSCORES_OF_A_TEST: usize = 4;

pub(super) fn wrong(pages: &[Page], tree: &Tree) -> Result<Vec<String>> {
    let tests = tests(tree)?;
    let mut wrong = Vec::new();
    // The changelog speaks of what was, too.
    for page in pages.iter().filter(|page| page.file != "CHANGELOG.md") {
        wrong.extend(wrong_in(page, tree, &tests)?);
    }
    Ok(wrong)
}

fn wrong_in(page: &Page, tree: &Tree, tests: &HashSet<String>) -> Result<Vec<String>> {
    let mut wrong = Vec::new();
    for line in &page.lines {
        for (_, name) in line.quoted() {
            if is_test(name) && !tests.contains(name) {
                wrong.push(page.complain(line, format_args!("there is no test {name}")));
            }
            if is_path(name) && !tree.has(name) && tree.ending_with(name).next().is_none() {
                wrong.push(page.complain(line, format_args!("there is no {name}")));
            }
        }
        for (name, file) in placed(line) {
            let files: Vec<_> = tree.ending_with(file).collect();
            let mut texts = files.iter().map(|file| tree.text(file)).collect::<Result<Vec<_>>>()?.into_iter();
            if !files.is_empty() && !texts.any(|text| has_word(&text, last_segment(name))) {
                wrong.push(page.complain(line, format_args!("there is no {name} in {file}")));
            }
        }
    }
    Ok(wrong)
}

fn is_plain(name: &str) -> bool {
    name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"_-./".contains(&byte))
}

/// A path of this repository: from the root, or of a source file.
fn is_path(name: &str) -> bool {
    let from_root = ROOTS.iter().any(|root| name.starts_with(root));
    is_plain(name) && (from_root || name.ends_with(".rs"))
}

fn is_identifier(name: &str) -> bool {
    name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"_:".contains(&byte))
        && name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
}

fn is_test(name: &str) -> bool {
    let is_lower = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_';
    name.bytes().all(is_lower) && name.matches('_').count() >= UNDERSCORES_OF_A_TEST
}

/// The functions of all sources, as tests are named: the number of the lesson may be left out. A file may be a test too
/// (of what does not compile), and features of dependencies have names that look like one.
fn tests(tree: &Tree) -> Result<HashSet<String>> {
    let mut names = HashSet::new();
    for file in tree.files() {
        if let Some(stem) = file.rsplit('/').next().and_then(|name| name.strip_suffix(".rs")) {
            names.insert(stem.to_owned());
            let text = tree.text(file)?;
            for name in text.split("fn ").skip(1).filter_map(|rest| rest.split(['(', '<']).next()) {
                names.insert(name.to_owned());
                names.extend(without_lesson(name).map(str::to_owned));
            }
        } else if file.ends_with("Cargo.toml") {
            names.extend(tree.text(file)?.split('"').map(str::to_owned));
        }
    }
    Ok(names)
}

fn without_lesson(name: &str) -> Option<&str> {
    let (number, name) = name.strip_prefix("lesson_")?.split_once('_')?;
    number.bytes().all(|byte| byte.is_ascii_digit()).then_some(name)
}

/// What a line says to be in a source file: `a` and `b` in `c.rs`.
fn placed(line: &Line) -> Vec<(&str, &str)> {
    let quoted: Vec<_> = line.quoted().collect();
    let mut placed = Vec::new();
    for (position, (before, file)) in quoted.iter().enumerate() {
        if *before != " in " || !file.ends_with(".rs") {
            continue;
        }
        let mut first = position;
        while first > 0 {
            first -= 1;
            let (separator, name) = quoted[first];
            if is_identifier(name) {
                placed.push((name, *file));
            }
            if ![" and ", ", "].contains(&separator) {
                break;
            }
        }
    }
    placed
}

fn last_segment(name: &str) -> &str {
    name.rsplit("::").next().unwrap_or(name)
}

fn has_word(text: &str, word: &str) -> bool {
    let is_part = |c: char| c.is_alphanumeric() || c == '_';
    text.match_indices(word).any(|(start, _)| {
        !text[..start].ends_with(is_part) && !text[start + word.len()..].starts_with(is_part)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_a_claim_and_what_is_not() {
        assert!(is_path("crates/runner/src") && is_path("src/threads.rs") && is_path("threads.rs"));
        assert!(!is_path("crates/*/src") && !is_path("worker.js") && !is_path("DIR/NAME.js"));
        assert!(is_test("a_turn_that_never_ends") && !is_test("a_turn_is") && !is_test("a::b_c_d_e_f"));
    }

    #[test]
    fn the_number_of_a_lesson_may_be_left_out() {
        assert_eq!(without_lesson("lesson_04_a_lock"), Some("a_lock"));
        assert_eq!(without_lesson("lesson_of_a_lock"), None);
    }

    #[test]
    fn functions_are_looked_for_where_they_are_said_to_be() {
        let page = Page::of("a.md", "`A::one` and `two` in `x/y.rs`, `three` of `z.rs`, `f(x)` in `y.rs`");
        assert_eq!(placed(&page.lines[0]), [("two", "x/y.rs"), ("A::one", "x/y.rs")]);
        assert!(has_word("fn two() {}", "two") && !has_word("fn twofold() {}", "two"));
    }

    #[test]
    fn what_is_not_there_is_told() {
        let tree = Tree::of(["crates/a/src/lib.rs"]);
        let page = Page::of("a.md", "`crates/a/src/lib.rs`, `lib.rs`, `crates/a`\n`crates/b` `gone.rs`\n");
        let wrong = wrong_in(&page, &tree, &HashSet::new()).unwrap();
        assert_eq!(wrong, ["a.md:2: there is no crates/b", "a.md:2: there is no gone.rs"]);
    }
}
