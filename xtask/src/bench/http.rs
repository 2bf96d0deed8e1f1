//! `cargo xtask bench http`: this server beside those that a user would take instead, over HTTP.
//!
//! ```text
//! row ─► round ─► server: start it, warm it up, measure it, end it ─► the next server ─► the next round ─► the next row
//!                    ▲                       │
//!                    └── `xtask load`, a process of its own that compares every answer
//! ```
//!
//! All servers have the same worker, the same requests and the same cores. The rounds are interleaved, every other one
//! from the last server to the first, so that whatever else the machine does falls on all of them alike.

mod chart;
mod generator;
mod measure;
mod report;
mod rows;

use std::fs;
use std::path::PathBuf;

use super::figures::Cell;
use super::peers::Peer;
use super::selection::Selection;
use crate::cargo;
use crate::failure::{During, Failure, Result};
use crate::output;
use generator::Generator;
use measure::{Bench, Durations};
use rows::Row;

#[derive(Debug, Default, clap::Args)]
pub(crate) struct Arguments {
    #[command(flatten)]
    selection: Selection,
    /// How long each time, after a warm-up of half of that
    #[arg(long, value_name = "N", default_value_t = 5, value_parser = clap::value_parser!(u32).range(1..), conflicts_with = "smoke")]
    seconds: u32,
    /// The cores of the program that makes the requests
    #[arg(long, value_name = "LIST")]
    load_cores: Option<String>,
}

impl Arguments {
    /// For the gate, with a runner that is there.
    pub(crate) fn smoke(runner: PathBuf) -> Self {
        Self { selection: Selection::smoke(runner), ..Self::default() }
    }

    fn wants(&self, row: &str) -> bool {
        self.selection.wants(row, |row| row == rows::SMOKE)
    }

    fn durations(&self) -> Durations {
        if self.selection.smoke { Durations::SMOKE } else { Durations::of(self.seconds) }
    }
}

pub(crate) fn run(arguments: &Arguments) -> Result {
    let target = cargo::target_directory()?;
    let directory = target.join("bench");
    fs::create_dir_all(&directory).during(directory.display())?;
    let rows = rows::all(&target.join("peers"), |name| arguments.wants(name));
    if rows.is_empty() {
        return Err(Failure::new(format!("no such row; there are {}", rows::names().join(", "))));
    }
    let bench = Bench {
        programs: arguments.selection.programs(&target)?,
        generator: Generator::find(&target, arguments.selection.smoke, arguments.load_cores.clone())?,
        cores: arguments.selection.server_cores.clone(),
        directory: directory.join("http"),
        durations: arguments.durations(),
    };
    let rounds = arguments.selection.rounds();
    let results = measure_all(&bench, &rows, rounds)?;
    report::write(&bench, &results, rounds, &directory)?;
    let failed: Vec<_> = results.iter().flat_map(|(row, cells)| failures(row, cells)).collect();
    failed.iter().for_each(|(_, text)| output::line(format_args!("failed: {text}")));
    match failed.iter().filter(|(peer, _)| *peer == Peer::Runner).count() {
        0 => Ok(()),
        count => Err(Failure::new(format!("the runner failed in {count} rows"))),
    }
}

fn measure_all<'a>(bench: &Bench, rows: &'a [Row], rounds: u32) -> Result<Vec<(&'a Row, Vec<Cell>)>> {
    let mut results = Vec::new();
    for row in rows {
        let site = match row.site.as_ref() {
            Ok(site) => site,
            Err(failure) => {
                output::line(format_args!("{}: skipped: {failure}", row.name));
                continue;
            }
        };
        output::line(format_args!("{}: {rounds} × {} servers", row.name, bench.programs.len()));
        results.push((row, bench.row(row, site, rounds)?));
    }
    Ok(results)
}

fn failures<'a>(row: &Row, cells: &'a [Cell]) -> impl Iterator<Item = (Peer, String)> + use<'a> {
    let name = row.name;
    cells.iter().filter_map(move |cell| {
        let failure = cell.failure.as_ref()?;
        Some((cell.peer, format!("{name}, {}: {failure}", cell.peer.name())))
    })
}
