//! Links lead to files that are there, and to headings that are in them.

use crate::tidy::markdown::Page;
use crate::tree::Tree;

pub(super) fn wrong(page: &Page, pages: &[Page], tree: &Tree) -> Vec<String> {
    let mut wrong = Vec::new();
    for line in &page.lines {
        for target in line.links().filter(|target| !target.contains(':')) {
            if let Err(what) = follow(page, pages, tree, target) {
                wrong.push(page.complain(line, what));
            }
        }
    }
    wrong
}

fn follow(page: &Page, pages: &[Page], tree: &Tree, target: &str) -> Result<(), String> {
    let (path, anchor) = target.split_once('#').map_or((target, None), |(path, anchor)| (path, Some(anchor)));
    let file = if path.is_empty() { page.file.clone() } else { resolve(page.directory(), path) };
    if !tree.has(&file) {
        return Err(format!("{target} leads nowhere: there is no {file}"));
    }
    let Some(anchor) = anchor else { return Ok(()) };
    match pages.iter().find(|page| page.file == file) {
        Some(there) if there.anchors().any(|heading| heading == anchor) => Ok(()),
        _ => Err(format!("{target}: {file} has no heading #{anchor}")),
    }
}

/// A relative path from a directory, as one from the root.
fn resolve(directory: &str, path: &str) -> String {
    let mut parts: Vec<&str> = directory.split('/').filter(|part| !part.is_empty()).collect();
    for part in path.split('/') {
        match part {
            ".." => {
                parts.pop();
            }
            "." | "" => {}
            part => parts.push(part),
        }
    }
    parts.join("/")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn links_are_followed() {
        let tree = Tree::of(["docs/a.md", "docs/b.md", "README.md"]);
        let text = "# One\n[1](b.md) [2](../README.md) [3](#one) [4](https://example.com/x)\n";
        let text = format!("{text}[5](c.md) [6](#two) [7](b.md#one)\n");
        let pages = [Page::of("docs/a.md", &text), Page::of("docs/b.md", "")];
        let wrong = wrong(&pages[0], &pages, &tree);
        assert_eq!(wrong.len(), 3, "{wrong:?}");
        assert_eq!(wrong[0], "docs/a.md:3: c.md leads nowhere: there is no docs/c.md");
    }
}
