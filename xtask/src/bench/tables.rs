//! Tables in Markdown, and the machine that they are of.

use std::fs;
use std::thread;

/// A table whose first row is its head.
pub(super) fn markdown(table: &[Vec<String>]) -> String {
    let line = |cells: &Vec<String>| format!("| {} |\n", cells.join(" | "));
    let rule = |cells: &Vec<String>| line(&vec!["---".to_owned(); cells.len()]);
    let (head, rows) = table.split_at(1);
    head.iter().flat_map(|cells| [line(cells), rule(cells)]).chain(rows.iter().map(line)).collect()
}

/// The processor and how many cores of it there are.
pub(super) fn machine() -> String {
    let processors = fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let names =
        |line: &str| line.strip_prefix("model name")?.split_once(": ").map(|(_, name)| name.to_owned());
    let name = processors.lines().find_map(names).unwrap_or_else(|| std::env::consts::ARCH.to_owned());
    format!("{} × {name}", thread::available_parallelism().map_or(1, usize::from))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_table_in_markdown_has_a_rule_below_its_head() {
        let cells = |texts: [&str; 2]| texts.map(str::to_owned).to_vec();
        assert_eq!(
            markdown(&[cells(["a", "b"]), cells(["1", "2"])]),
            "| a | b |\n| --- | --- |\n| 1 | 2 |\n"
        );
    }
}
