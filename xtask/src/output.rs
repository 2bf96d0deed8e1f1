//! What the commands print.

use std::fmt::Display;

/// A line of a result.
#[allow(clippy::print_stdout, reason = "the one place where a command line tool prints")]
pub(crate) fn line(text: impl Display) {
    println!("{text}");
}

/// The heading of a step; set off, because the output of other programs is around it.
pub(crate) fn heading(text: impl Display) {
    line(format_args!("\n==> {text}"));
}

/// The reason of a failure.
pub(crate) fn error(text: impl Display) {
    eprintln!("error: {text}");
}

/// Rows in columns: the first `left_aligned` of them to the left, numbers to the right.
pub(crate) fn table(rows: &[Vec<String>], left_aligned: usize) {
    let columns = rows.iter().map(Vec::len).max().unwrap_or(0);
    let width = |column: usize| {
        rows.iter().filter_map(|row| row.get(column)).map(|cell| cell.chars().count()).max().unwrap_or(0)
    };
    let widths: Vec<_> = (0..columns).map(width).collect();
    for row in rows {
        let cells: Vec<_> =
            row.iter()
                .zip(&widths)
                .enumerate()
                .map(|(column, (cell, &width))| {
                    if column < left_aligned { format!("{cell:<width$}") } else { format!("{cell:>width$}") }
                })
                .collect();
        line(cells.join("  ").trim_end());
    }
}
