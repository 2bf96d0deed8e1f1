//! What several programs did in several rows, as a table here and in Markdown, and as JSON.

use std::fs;
use std::path::Path;

use serde_json::json;

use super::figures::Cell;
use super::peers::Program;
use super::tables::{machine, markdown};
use crate::failure::{During, Failure, Result};
use crate::output;

/// A column: its heading, and which of a [`Cell`]'s own it is.
pub(super) type Column = (&'static str, usize);

/// The results of a comparison. The first program of each row is the one that the others are compared with.
pub(super) struct Sheet<'a> {
    /// Of its files.
    pub(super) name: &'static str,
    pub(super) columns: &'a [Column],
    pub(super) legend: &'a [&'a str],
    pub(super) programs: &'a [Program],
    pub(super) rounds: u32,
    pub(super) rows: Vec<(&'static str, Vec<Cell>)>,
}

impl Sheet<'_> {
    /// Prints it, and writes it to files in a directory.
    ///
    /// # Errors
    /// The first program has failed in a row, or a file cannot be written.
    pub(super) fn write(&self, directory: &Path) -> Result {
        let mut table = vec![self.columns.iter().map(|(heading, _)| (*heading).to_owned()).collect()];
        for (row, cells) in &self.rows {
            for cell in cells {
                let all = cell.cells(row, &cells[0]);
                table.push(self.columns.iter().map(|(_, column)| all[*column].clone()).collect::<Vec<_>>());
            }
        }
        output::heading(format_args!("{}; {} rounds; {}", self.name, self.rounds, machine()));
        self.legend.iter().for_each(output::line);
        output::table(&table, 2);
        let json = self.to_json();
        for (extension, text) in [("json", format!("{json:#}\n")), ("md", markdown(&table))] {
            let file = directory.join(self.name).with_extension(extension);
            fs::write(&file, text).during(file.display())?;
            output::line(format_args!("written to {}", file.display()));
        }
        self.failures()
    }

    fn to_json(&self) -> serde_json::Value {
        let programs =
            self.programs.iter().map(|program| (program.peer.name().to_owned(), json!(program.version)));
        let rows = self.rows.iter().map(|(row, cells)| {
            json!({ "row": row, "servers": cells.iter().map(Cell::to_json).collect::<Vec<_>>() })
        });
        json!({
            "machine": machine(),
            "servers": serde_json::Map::from_iter(programs),
            "rounds": self.rounds,
            "rows": rows.collect::<Vec<_>>(),
        })
    }

    fn failures(&self) -> Result {
        let mut of_first = 0;
        for (row, cells) in &self.rows {
            for (index, cell) in cells.iter().enumerate() {
                if let Some(failure) = &cell.failure {
                    output::line(format_args!("failed: {row}, {}: {failure}", cell.peer.name()));
                    of_first += usize::from(index == 0);
                }
            }
        }
        match of_first {
            0 => Ok(()),
            count => Err(Failure::new(format!("the runner failed in {count} rows"))),
        }
    }
}

/// In which order programs have their turns in a round: every other time from the last to the first.
pub(super) fn turns(count: usize, round: u32) -> Vec<usize> {
    if round.is_multiple_of(2) { (0..count).collect() } else { (0..count).rev().collect() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bench::figures::Figures;
    use crate::bench::peers::Peer;

    #[test]
    fn the_runner_must_not_fail_and_others_may() {
        let cell = |peer, failure: Option<&str>| Cell {
            rounds: vec![Figures { per_s: Some(1.0), ..Figures::default() }],
            failure: failure.map(str::to_owned),
            ..Cell::new(peer)
        };
        let sheet = |cells| Sheet {
            name: "sheet",
            columns: &[],
            legend: &[],
            programs: &[],
            rounds: 1,
            rows: vec![("row", cells)],
        };
        let others = sheet(vec![cell(Peer::Runner, None), cell(Peer::Deno, Some("status 500"))]);
        assert!(others.failures().is_ok());
        assert_eq!(others.to_json()["rows"][0]["servers"][1]["failure"], "status 500");
        let runner = sheet(vec![cell(Peer::Runner, Some("status 500"))]);
        assert_eq!(runner.failures().unwrap_err().to_string(), "the runner failed in 1 rows");
    }

    #[test]
    fn every_other_round_begins_with_the_last() {
        assert_eq!((turns(3, 0), turns(3, 1)), (vec![0, 1, 2], vec![2, 1, 0]));
    }
}
