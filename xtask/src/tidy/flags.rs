//! Every flag of the program is in the page for operators, and every flag that a page names exists.
//!
//! What the program has is read from its help pages, as the tests of `runner` keep them.

use std::collections::BTreeSet;

use crate::failure::{Failure, Result};
use crate::tidy::markdown::Page;
use crate::tree::Tree;

const HELP: &str = "crates/runner/tests/it/snapshots";
const PAGE: &str = "docs/operations.md";

/// The pages that speak of other programs' flags: V8's, cargo's, those of `cargo xtask`.
const OTHER_PROGRAMS: [&str; 9] = [
    "docs/benchmarks.md",
    "docs/dependencies.md",
    "docs/isolate_pool.md",
    "docs/memory.md",
    "docs/performance.md",
    "docs/security.md",
    "docs/snapshots.md",
    "docs/testing.md",
    "CHANGELOG.md",
];

pub(super) fn wrong(pages: &[Page], tree: &Tree) -> Result<Vec<String>> {
    let mut flags = BTreeSet::new();
    for file in tree.below(HELP).filter(|file| file.starts_with("help")) {
        let text = tree.text(&format!("{HELP}/{file}"))?;
        flags.extend(flags_of(&text).map(str::to_owned));
    }
    if flags.is_empty() {
        return Err(Failure::new(format!("there are no help pages in {HELP}")));
    }
    let mut wrong = Vec::new();
    let operations = tree.text(PAGE)?;
    let documented: BTreeSet<_> = flags_of(&operations).collect();
    for flag in flags.iter().filter(|flag| !documented.contains(flag.as_str()) && *flag != "--help") {
        wrong.push(format!("{PAGE} does not have the flag {flag}"));
    }
    for page in pages.iter().filter(|page| !OTHER_PROGRAMS.contains(&page.file.as_str())) {
        for line in &page.lines {
            for (_, code) in line.quoted().filter(|(_, code)| code.starts_with("--")) {
                for flag in flags_of(code).filter(|flag| !flags.contains(*flag)) {
                    wrong.push(page.complain(line, format_args!("there is no flag {flag}")));
                }
            }
        }
    }
    Ok(wrong)
}

fn flags_of(text: &str) -> impl Iterator<Item = &str> {
    text.match_indices("--").filter_map(|(start, _)| {
        let begins = !text[..start].ends_with(|c: char| c.is_alphanumeric() || c == '-');
        let name = &text[start + 2..];
        let end = name.find(|c: char| !(c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-'));
        let end = end.unwrap_or(name.len());
        (begins && name.starts_with(|c: char| c.is_ascii_lowercase())).then(|| &text[start..start + 2 + end])
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn flags_are_told_from_dashes() {
        let text = "| --- | `--log-format json|text`, --a=b -- not --- x--y --Z (--end)";
        assert_eq!(flags_of(text).collect::<Vec<_>>(), ["--log-format", "--a", "--end"]);
    }
}
