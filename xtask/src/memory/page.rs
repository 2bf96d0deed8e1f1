//! `docs/memory.md`: prose, with tables between marks.
//!
//! ```text
//! <!-- table: NAME -->
//! the table
//! <!-- end -->
//! ```

use super::table::{self, Tables};
use crate::failure::{Failure, Result};

/// Where the line stands that says what was measured.
const VERSION: &str = "version";

const END: &str = "<!-- end -->";

fn begin(name: &str) -> String {
    format!("<!-- table: {name} -->")
}

/// The lines between the marks of this name, and the text before and behind them.
fn parts<'a>(page: &'a str, name: &str) -> Result<(&'a str, &'a str, &'a str)> {
    let begin = begin(name);
    let missing = || Failure::new(format!("{}: there is no {begin} with its {END}", super::PAGE));
    let start = page.find(&begin).ok_or_else(missing)? + begin.len();
    let length = page[start..].find(END).ok_or_else(missing)?;
    Ok((&page[..start], &page[start..start + length], &page[start + length..]))
}

/// The page with these tables in the place of those that are there.
pub(super) fn with(page: &str, tables: &Tables, version: &str) -> Result<String> {
    let lines = tables.iter().map(|table| (table.name.as_str(), table.lines().join("\n")));
    let all = std::iter::once((VERSION, version.to_owned())).chain(lines);
    all.into_iter().try_fold(page.to_owned(), |page, (name, text)| {
        let (before, _, behind) = parts(&page, name)?;
        Ok(format!("{before}\n{text}\n{behind}"))
    })
}

/// Whether the page has these tables and no others, whatever their figures are.
pub(super) fn check(page: &str, tables: &Tables) -> Result {
    for measured in tables.iter() {
        let (_, there, _) = parts(page, &measured.name)?;
        let lines = measured.lines();
        let (there, wanted) = (table::shape(there.lines()), table::shape(lines.iter().map(String::as_str)));
        if there != wanted {
            let name = &measured.name;
            return Err(Failure::new(format!(
                "{}, {name}: the page has\n  {}\nand what is measured is\n  {}\nrun `cargo xtask memory --update`",
                super::PAGE,
                there.join("\n  "),
                wanted.join("\n  "),
            )));
        }
    }
    let marks = page.matches("<!-- table: ").count();
    if marks != tables.iter().count() + 1 {
        return Err(Failure::new(format!("{} has a table that is not measured", super::PAGE)));
    }
    parts(page, VERSION).map(drop)
}

#[cfg(test)]
mod tests {
    use super::*;

    const PAGE: &str =
        "# Memory\n\n<!-- table: version -->\n<!-- end -->\n\n<!-- table: a -->\nold\n<!-- end -->\nmore\n";

    fn tables(row: &str, figure: f64) -> Tables {
        let mut tables = Tables::default();
        tables.add("a", row, &[("RSS", figure)]);
        tables
    }

    #[test]
    fn tables_are_put_in_their_places_and_the_rest_stays() {
        let page = with(PAGE, &tables("one", 1.0), "1.0").unwrap();
        let expected = "# Memory\n\n<!-- table: version -->\n1.0\n<!-- end -->\n\n<!-- table: a -->\n\
                        |  | RSS |\n| --- | ---: |\n| one | 1.0 |\n<!-- end -->\nmore\n";
        assert_eq!(page, expected);
        assert_eq!(with(&page, &tables("one", 1.0), "1.0").unwrap(), expected);
        assert!(with("", &tables("one", 1.0), "1.0").is_err());
    }

    #[test]
    fn the_shape_counts_and_not_the_figures() {
        let page = with(PAGE, &tables("one", 1.0), "1.0").unwrap();
        check(&page, &tables("one", 2.0)).unwrap();
        assert!(check(&page, &tables("two", 1.0)).is_err());
        assert!(check(PAGE, &tables("one", 1.0)).is_err());
        assert!(check(&format!("{page}<!-- table: b --><!-- end -->"), &tables("one", 2.0)).is_err());
    }
}
