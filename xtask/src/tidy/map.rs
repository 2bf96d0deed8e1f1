//! The crate map of the architecture page names every file of a crate, and no other.

use std::collections::BTreeSet;

use crate::failure::{Failure, Result};
use crate::tidy::markdown::Page;
use crate::tree::Tree;

const PAGE: &str = "ARCHITECTURE.md";

/// What a crate has in any case.
const OF_ITSELF: [&str; 1] = ["lib.rs"];

pub(super) fn wrong(pages: &[Page], tree: &Tree) -> Result<Vec<String>> {
    let Some(page) = pages.iter().find(|page| page.file == PAGE) else {
        return Err(Failure::new(format!("there is no {PAGE}")));
    };
    let mut wrong = Vec::new();
    let mut maps = 0;
    for (position, heading) in page.lines.iter().enumerate() {
        let Some(directory) = heading.text.strip_prefix("### `").and_then(|text| text.strip_suffix('`'))
        else {
            continue;
        };
        maps += 1;
        let section = page.lines[position + 1..].iter().take_while(|line| !line.text.starts_with('#'));
        let mut named = BTreeSet::new();
        for row in section.filter(|line| line.text.starts_with('|')) {
            let cell = row.text.trim_start_matches('|').split('|').next().unwrap_or_default();
            for name in cell.split('`').skip(1).step_by(2) {
                if !name.contains('*') && !tree.has(&format!("{directory}/{}", name.trim_end_matches('/'))) {
                    wrong.push(page.complain(row, format_args!("there is no {name} in {directory}")));
                }
                named.insert(module(name));
            }
        }
        let there: BTreeSet<_> = tree.below(directory).map(module).collect();
        for missing in there.iter().filter(|name| !named.contains(*name) && !OF_ITSELF.contains(name)) {
            wrong.push(page.complain(heading, format_args!("{missing} is not in the map of {directory}")));
        }
    }
    if maps == 0 {
        wrong.push(format!("{PAGE} has no map of a crate"));
    }
    Ok(wrong)
}

/// The module that a path belongs to: a file and the directory of its parts have one name.
fn module(path: &str) -> &str {
    let first = path.split('/').next().unwrap_or(path);
    first.strip_suffix(".rs").filter(|name| *name != "lib").unwrap_or(first)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_map_is_compared_both_ways() {
        let tree = Tree::of(["c/src/lib.rs", "c/src/a.rs", "c/src/a/b.rs", "c/src/d.rs", "c/src/e/f.rs"]);
        let text = "### `c/src`\n\n| file | what |\n| --- | --- |\n| `a.rs`, `gone.rs` | `x` |\n| `e/` | |\n\n## Next\n";
        let wrong = wrong(&[Page::of(PAGE, text)], &tree).unwrap();
        let expected = [
            "ARCHITECTURE.md:5: there is no gone.rs in c/src",
            "ARCHITECTURE.md:1: d is not in the map of c/src",
        ];
        assert_eq!(wrong, expected);
    }
}
