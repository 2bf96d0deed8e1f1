//! `cargo xtask tidy`: what the pages claim about files, functions, tests and flags is true.
//!
//! The pages are Markdown; what they claim stands between backticks or is a link. Each file here looks after one kind of
//! claim, and returns what is wrong in words that name the page.

mod bootstrap;
mod flags;
mod links;
mod map;
mod markdown;
mod names;

use crate::failure::{Failure, Result};
use crate::output;
use crate::tree::Tree;
use markdown::Page;

pub(crate) fn run() -> Result {
    let tree = Tree::read()?;
    let pages = tree.files().filter(|file| file.ends_with(".md")).map(|file| Page::read(&tree, file));
    let pages: Vec<Page> = pages.collect::<Result<_>>()?;
    let mut wrong = Vec::new();
    for page in &pages {
        wrong.extend(links::wrong(page, &pages, &tree));
    }
    wrong.extend(names::wrong(&pages, &tree)?);
    wrong.extend(map::wrong(&pages, &tree)?);
    wrong.extend(flags::wrong(&pages, &tree)?);
    wrong.extend(bootstrap::wrong(&tree)?);
    if !wrong.is_empty() {
        return Err(Failure::new(wrong.join("\nerror: ")));
    }
    output::line(format_args!("{} pages, and what they claim is there", pages.len()));
    Ok(())
}
