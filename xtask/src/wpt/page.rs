//! `docs/web-apis.md`.

use std::collections::BTreeMap;
use std::fmt::Write;

use super::beside::Beside;
use super::expectations::Expectations;
use super::interfaces::Interface;
use super::results::{self, Counts, FileResult};

const HEAD: &str = "\
# Web APIs, by the standards

<!-- Written by `cargo xtask wpt DIR --update`. -->

What of ECMA-429 (Minimum Common Web API) a worker finds, what it has besides, and how the web platform tests come out. How the
APIs deviate is in [workers.md](workers.md#web-apis); how the tests are run, in [testing.md](testing.md#web-platform-tests).

## Interfaces

| interface | members that are there | missing |
| --- | --- | --- |
";

const TESTS: &str = "
## Web platform tests

Subtests of the files that run in a worker (`.any.js`, `.worker.js`).

";

const BESIDE: &str = "
The last column is what Deno passes of the same tests, run in the same way.
";

const REASONS: &str = "
## What fails

| subtests and files | why |
| ---: | --- |
";

pub(super) fn text(
    interfaces: &[Interface],
    results: &[FileResult],
    counts: &BTreeMap<String, Counts>,
    beside: Option<&Beside>,
    expectations: &Expectations,
) -> String {
    let mut page = HEAD.to_owned();
    for interface in interfaces {
        let members = |there: bool| {
            let members = interface.members.iter().filter(|(_, is_there)| *is_there == there);
            members.map(|(name, _)| format!("`{name}`")).collect::<Vec<_>>().join(", ")
        };
        let name = &interface.name;
        let row = if interface.is_there {
            format!("| `{name}` | {} | {} |", members(true), members(false))
        } else {
            format!("| `{name}` | | all of it |")
        };
        line(&mut page, row);
    }
    page.push_str(TESTS);
    let mut rows = results::table(counts, beside).into_iter();
    let mut row = |row: Vec<String>| line(&mut page, format_args!("| {} |", row.join(" | ")));
    if let Some(head) = rows.next() {
        let rule = (0..head.len()).map(|column| if column == 0 { "---" } else { "---:" }.to_owned());
        let rule = rule.collect();
        row(head);
        row(rule);
    }
    rows.for_each(row);
    if beside.is_some() {
        page.push_str(BESIDE);
    }
    page.push_str(REASONS);
    for (count, reason) in expectations.reasons(results) {
        line(&mut page, format_args!("| {count} | {} |", reason.replace('|', "\\|")));
    }
    page
}

fn line(page: &mut String, text: impl std::fmt::Display) {
    // A string takes everything.
    let _ = writeln!(page, "{text}");
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_missing_is_said() {
        let member = |name: &str, is_there| (name.to_owned(), is_there);
        let interfaces = [
            Interface {
                name: "A".into(),
                members: vec![member("b", true), member(".c", false)],
                is_there: true,
            },
            Interface { name: "D".into(), members: vec![member("e", false)], is_there: false },
        ];
        let counts = BTreeMap::from([("x".to_owned(), Counts { files: 1, passed: 1, all: 2 })]);
        let page = text(&interfaces, &[], &counts, None, &Expectations::default());
        for row in [
            "| `A` | `b` | `.c` |",
            "| `D` | | all of it |",
            "| directory | files | passed | of | % |",
            "| --- | ---: | ---: | ---: | ---: |",
            "| x | 1 | 1 | 2 | 50.0 |",
            "| all | 1 | 1 | 2 | 50.0 |",
        ] {
            assert!(page.contains(&format!("\n{row}\n")), "{page}");
        }
    }
}
