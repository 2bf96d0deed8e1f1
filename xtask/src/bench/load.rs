//! The tables that are made of load: each point is a process of its own, and all are run in rounds, so that whatever
//! else the machine does meanwhile falls on all modes of a row alike.

use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::bench::medians::{Medians, Run};
use crate::cargo;
use crate::failure::{During, Failure, Result};
use crate::output;

/// Every point is run so often.
const ROUNDS: usize = 5;

const LEGEND: [&str; 4] = [
    "settings: isolates in all × requests in flight on each, and the threads that run them",
    "ratio: how many times as many requests the first mode of the row serves; of a cold worker: how many times as long",
    "       its p99 is as with the first mode. Spread: the lowest and the highest of the rounds",
    "crypto: of a neighbour, as of a cold worker; in place and on a compute thread, the times are those of an operation",
];

/// One row in one mode.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Point {
    pub(crate) row: String,
    pub(crate) mode: String,
    /// What the pool was told.
    pub(crate) settings: String,
    pub(crate) compared_by: ComparedBy,
}

/// What a mode is compared by with the first of its row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ComparedBy {
    /// How many times as many requests the first mode serves.
    Rate,
    /// How many times as long the 99th percentile is.
    Tail,
}

/// The program that runs points.
pub(crate) struct Load {
    program: PathBuf,
    smoke: bool,
}

impl Load {
    /// Builds it.
    pub(crate) fn build(smoke: bool) -> Result<Self> {
        let program = cargo::built("benches", "load", &cargo::target_directory()?, smoke)?;
        Ok(Self { program, smoke })
    }

    /// Runs the points of a table whose `row/mode` contains `filter`.
    pub(crate) fn table(&self, name: &str, filter: &str) -> Result<Vec<Medians>> {
        let points: Vec<Point> = self
            .call(&["list", name])?
            .lines()
            .map(|line| point(line).ok_or_else(|| malformed(line)))
            .collect::<Result<_>>()?;
        let rows: Vec<_> = points
            .chunk_by(|one, other| one.row == other.row)
            .filter(|row| row.iter().any(|Point { row, mode, .. }| format!("{row}/{mode}").contains(filter)))
            .collect();
        let mut runs = vec![Vec::new(); rows.len()];
        for round in 0..if self.smoke { 1 } else { ROUNDS } {
            for (row, runs) in rows.iter().zip(&mut runs) {
                runs.push(self.round(name, row, round)?);
            }
        }
        Ok(rows.iter().zip(runs).flat_map(|(row, runs)| Medians::of_row(row, &runs)).collect())
    }

    /// Runs the modes of a row one after the other, every other time from the last to the first. Returns them in
    /// their own order.
    fn round(&self, table: &str, row: &[Point], round: usize) -> Result<Vec<Run>> {
        let run = |point: &Point| {
            let line = self.call(&["run", table, &point.row, &point.mode])?;
            let value: Value = serde_json::from_str(&line).during("reading what a point measured")?;
            Ok(Run::from_json(&value))
        };
        if round.is_multiple_of(2) {
            return row.iter().map(run).collect();
        }
        let mut runs = row.iter().rev().map(run).collect::<Result<Vec<_>>>()?;
        runs.reverse();
        Ok(runs)
    }

    fn call(&self, arguments: &[&str]) -> Result<String> {
        let mut command = cargo::program(&self.program);
        command.args(arguments);
        if self.smoke {
            command.arg("--smoke");
        }
        cargo::read(&mut command)
    }
}

fn point(line: &str) -> Option<Point> {
    let value: Value = serde_json::from_str(line).ok()?;
    let text = |name: &str| value[name].as_str().map(str::to_owned);
    let compared_by = match value["compared_by"].as_str()? {
        "rate" => ComparedBy::Rate,
        "tail" => ComparedBy::Tail,
        _ => return None,
    };
    Some(Point { row: text("row")?, mode: text("mode")?, settings: text("settings")?, compared_by })
}

fn malformed(line: &str) -> Failure {
    Failure::new(format!("not a point of this version: {line}"))
}

/// Prints a table and writes it to a file.
pub(crate) fn report(name: &str, table: &[Medians], file: &Path) -> Result {
    let rounds = table.iter().map(|medians| medians.rounds).max().unwrap_or(0);
    output::heading(format_args!("{name}; medians of {rounds} rounds"));
    LEGEND.iter().for_each(output::line);
    let mut cells = vec![Medians::HEADINGS.map(str::to_owned).to_vec()];
    cells.extend(table.iter().map(Medians::cells));
    output::table(&cells, 3);
    super::write(table.iter().map(Medians::to_json), file)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn points_are_lines_of_json() {
        let line = r#"{"row":"a","mode":"b","settings":"c","compared_by":"tail"}"#;
        let expected =
            Point { row: "a".into(), mode: "b".into(), settings: "c".into(), compared_by: ComparedBy::Tail };
        assert_eq!(point(line), Some(expected));
        assert_eq!(point(r#"{"row":"a"}"#), None);
        assert_eq!(point("{"), None);
    }
}
