//! The results as an SVG: for each row, requests per second and CPU time for a request, a bar for each server.

use std::fmt::Write as _;

use super::rows::Row;
use crate::bench::figures::{CPU, Cell, Field, PER_S};
use crate::bench::row::time;
use crate::svg;

const WIDTH: f64 = 1000.0;
const MARGIN: f64 = 20.0;
/// Where the bars of the left and of the right column begin, and how long the longest of a row is.
const COLUMNS: [f64; 2] = [215.0, 630.0];
const LONGEST: f64 = 260.0;
const BAR: f64 = 15.0;
const GAP: f64 = 14.0;
const HEAD: f64 = 44.0;

/// A column: what it shows, what of a cell, and how a value is written.
type Column = (&'static str, Field, fn(f64) -> String);

const SHOWN: [Column; 2] = [
    ("requests per second (longer is better)", PER_S, |value| format!("{value:.0}")),
    ("CPU time for a request (shorter is better)", CPU, time),
];

/// The rows that have rates.
pub(super) fn svg(results: &[(&Row, Vec<Cell>)]) -> String {
    let mut content = String::new();
    for (x, (heading, ..)) in COLUMNS.iter().zip(SHOWN) {
        let _ = writeln!(content, "<text x=\"{x}\" y=\"24\" font-weight=\"bold\">{heading}</text>");
    }
    let mut y = HEAD;
    for (row, cells) in
        results.iter().filter(|(_, cells)| cells.iter().any(|cell| cell.median(PER_S).is_some()))
    {
        let _ = writeln!(
            content,
            "<text x=\"{MARGIN}\" y=\"{:.0}\" font-weight=\"bold\">{}</text>",
            y + BAR - 3.0,
            row.name
        );
        for (number, cell) in cells.iter().enumerate() {
            let _ = writeln!(
                content,
                "<text x=\"{:.0}\" y=\"{:.0}\" text-anchor=\"end\">{}</text>",
                COLUMNS[0] - 6.0,
                y + number as f64 * BAR + BAR - 3.0,
                cell.peer.name()
            );
        }
        for (x, (_, field, text)) in COLUMNS.into_iter().zip(SHOWN) {
            bars(&mut content, cells, (x, y), field, text);
        }
        y += cells.len() as f64 * BAR + GAP;
    }
    svg::document(WIDTH, y, &content)
}

/// One bar below the other; the scale is the row's own.
fn bars(content: &mut String, cells: &[Cell], (x, y): (f64, f64), field: Field, text: fn(f64) -> String) {
    let top = cells.iter().filter_map(|cell| cell.median(field)).fold(f64::MIN_POSITIVE, f64::max);
    for (number, cell) in cells.iter().enumerate() {
        let y = y + number as f64 * BAR;
        let (length, text) = match cell.median(field) {
            Some(value) => (value / top * LONGEST, text(value)),
            None => (0.0, "failed".to_owned()),
        };
        let _ = writeln!(
            content,
            "<rect x=\"{x}\" y=\"{y:.0}\" width=\"{length:.1}\" height=\"{:.0}\" fill=\"{}\"/>\
             <text x=\"{:.1}\" y=\"{:.0}\">{text}</text>",
            BAR - 2.0,
            cell.peer.colour(),
            x + length + 5.0,
            y + BAR - 3.0,
        );
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bench::figures::Figures;
    use crate::bench::http::rows;
    use crate::bench::peers::Peer;

    #[test]
    fn every_server_has_a_bar_in_both_columns() {
        let figures = |rate| Figures { per_s: Some(rate), cpu_ns: Some(1e9 / rate), ..Figures::default() };
        let cell = |peer, rate| Cell { rounds: vec![figures(rate)], ..Cell::new(peer) };
        let failed = Cell { failure: Some("status 500".to_owned()), ..Cell::new(Peer::Bun) };
        let row = &rows::all(std::path::Path::new(""), |name| name == rows::SMOKE)[0];
        let svg = svg(&[(row, vec![cell(Peer::Runner, 1000.0), cell(Peer::Deno, 500.0), failed])]);
        // The ground is a rectangle too.
        assert_eq!(svg.matches("<rect").count(), 1 + 6);
        assert!(svg.contains("width=\"260.0\"") && svg.contains("width=\"130.0\""), "{svg}");
        assert_eq!(svg.matches(">failed<").count(), 2);
        assert!(svg.contains(">1.00 ms<") && svg.contains("hello-64") && !svg.contains("NaN"));
    }

    #[test]
    fn rows_without_rates_are_left_out() {
        let row = &rows::all(std::path::Path::new(""), |name| name == rows::SMOKE)[0];
        assert!(!svg(&[(row, vec![Cell::new(Peer::Runner)])]).contains("hello-64"));
    }
}
