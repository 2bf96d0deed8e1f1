//! The results: a table here and in Markdown, JSON, and a chart.

use std::fs;
use std::path::Path;

use serde_json::{Value, json};

use super::chart;
use super::measure::Bench;
use super::rows::Row;
use crate::bench::figures::Cell;
use crate::bench::tables::{machine, markdown};
use crate::failure::{During, Result};
use crate::output;

const LEGEND: [&str; 3] = [
    "medians of the rounds; spread: the lowest and the highest. CPU: of the server for a request, in the kernel too",
    "rate ×, CPU ×: how many times as much the runner has as the server of the line, within a round",
    "RSS of idle-worker: for each worker; p50 of start: from the start of the process to its first answer",
];

/// Prints the results and writes them to `http.json`, `http.md` and `http.svg` in the directory.
pub(super) fn write(bench: &Bench, results: &[(&Row, Vec<Cell>)], rounds: u32, directory: &Path) -> Result {
    let mut table = vec![Cell::HEADINGS.map(str::to_owned).to_vec()];
    for (row, cells) in results {
        table.extend(cells.iter().map(|cell| cell.cells(row.name, &cells[0])));
    }
    let seconds = bench.durations.measured;
    output::heading(format_args!("http; {rounds} rounds of {seconds} s; {}", machine()));
    LEGEND.iter().for_each(output::line);
    output::table(&table, 2);
    let json = json(bench, results, rounds);
    let files = [
        ("http.json", format!("{json:#}\n")),
        ("http.md", markdown(&table)),
        ("http.svg", chart::svg(results)),
    ];
    for (name, text) in files {
        let file = directory.join(name);
        fs::write(&file, text).during(file.display())?;
        output::line(format_args!("written to {}", file.display()));
    }
    Ok(())
}

fn json(bench: &Bench, results: &[(&Row, Vec<Cell>)], rounds: u32) -> Value {
    let servers =
        bench.programs.iter().map(|program| (program.peer.name().to_owned(), json!(program.version)));
    let row = |(row, cells): &(&Row, Vec<Cell>)| {
        let servers: Vec<_> = cells.iter().map(Cell::to_json).collect();
        json!({ "row": row.name, "connections": row.connections, "flags": row.flags, "servers": servers })
    };
    json!({
        "machine": machine(),
        "servers": serde_json::Map::from_iter(servers),
        "rounds": rounds,
        "seconds": bench.durations.measured,
        "rows": results.iter().map(row).collect::<Vec<_>>(),
    })
}
