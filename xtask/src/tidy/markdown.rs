//! As much of Markdown as the pages use: what stands outside of code blocks, line by line.

use crate::failure::Result;
use crate::tree::Tree;

/// A page of documentation.
pub(super) struct Page {
    /// From the root.
    pub(super) file: String,
    pub(super) lines: Vec<Line>,
}

/// A line outside of code blocks.
pub(super) struct Line {
    pub(super) number: usize,
    pub(super) text: String,
}

impl Page {
    pub(super) fn read(tree: &Tree, file: &str) -> Result<Self> {
        Ok(Self::of(file, &tree.text(file)?))
    }

    pub(super) fn of(file: &str, text: &str) -> Self {
        let mut in_code = false;
        let mut lines = Vec::new();
        for (number, text) in (1..).zip(text.lines()) {
            if text.trim_start().starts_with("```") {
                in_code = !in_code;
            } else if !in_code {
                lines.push(Line { number, text: text.to_owned() });
            }
        }
        Self { file: file.to_owned(), lines }
    }

    /// The directory it is in; empty for the root.
    pub(super) fn directory(&self) -> &str {
        self.file.rsplit_once('/').map_or("", |(directory, _)| directory)
    }

    /// Where something is wrong, and what.
    pub(super) fn complain(&self, line: &Line, what: impl std::fmt::Display) -> String {
        format!("{}:{}: {what}", self.file, line.number)
    }

    /// The anchors of its headings, as they are made for links.
    pub(super) fn anchors(&self) -> impl Iterator<Item = String> {
        self.lines.iter().filter(|line| line.text.starts_with('#')).map(|line| {
            let heading = line.text.trim_start_matches('#').trim();
            heading
                .chars()
                .filter_map(|c| match c {
                    ' ' => Some('-'),
                    c if c.is_alphanumeric() || c == '-' || c == '_' => Some(c.to_ascii_lowercase()),
                    _ => None,
                })
                .collect()
        })
    }
}

impl Line {
    /// What stands between backticks, each with the text before it, from the end of the one before.
    pub(super) fn quoted(&self) -> impl Iterator<Item = (&str, &str)> {
        let mut parts = self.text.split('`');
        std::iter::from_fn(move || Some((parts.next()?, parts.next()?)))
    }

    /// The targets of its links.
    pub(super) fn links(&self) -> impl Iterator<Item = &str> {
        self.text.split("](").skip(1).filter_map(|rest| rest.split_once(')')).map(|(target, _)| target)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str =
        "# The `code`, and more\n\na `b` c `d`\n```sh\nnot `this`\n```\n[x](y.md#z) [v](https://w)\n";

    #[test]
    fn what_is_in_code_blocks_is_no_claim() {
        let page = Page::of("docs/a.md", TEXT);
        let quoted: Vec<_> = page.lines.iter().flat_map(Line::quoted).collect();
        assert_eq!(quoted, [("# The ", "code"), ("a ", "b"), (" c ", "d")]);
        assert_eq!(page.lines.last().unwrap().number, 7);
    }

    #[test]
    fn anchors_and_links() {
        let page = Page::of("docs/a.md", TEXT);
        assert_eq!(page.anchors().collect::<Vec<_>>(), ["the-code-and-more"]);
        assert_eq!(page.lines.iter().flat_map(Line::links).collect::<Vec<_>>(), ["y.md#z", "https://w"]);
        assert_eq!(page.directory(), "docs");
    }
}
