//! Tables, as the parts fill them.

use serde_json::Value;

use crate::failure::{During, Failure, Result};
use crate::output;

/// All tables, in the order in which they were begun.
#[derive(Debug, Default)]
pub(super) struct Tables(Vec<Table>);

/// A table.
#[derive(Debug, PartialEq)]
pub(super) struct Table {
    pub(super) name: String,
    /// Names of the figures.
    columns: Vec<String>,
    rows: Vec<(String, Vec<Option<f64>>)>,
}

impl Tables {
    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = &Table> {
        self.0.iter()
    }

    /// Takes what a part has printed.
    pub(super) fn read(&mut self, lines: &str) -> Result {
        lines.lines().try_for_each(|line| {
            let row: Value = serde_json::from_str(line).during("a row of the program")?;
            self.take(&row).ok_or_else(|| Failure::new(format!("not a row: {line}")))
        })
    }

    fn take(&mut self, row: &Value) -> Option<()> {
        let figures = row["figures"].as_array()?.iter();
        let figures = figures.map(|figure| Some((figure[0].as_str()?, figure[1].as_f64()?)));
        let figures = figures.collect::<Option<Vec<_>>>()?;
        self.add(row["table"].as_str()?, row["name"].as_str()?, &figures);
        Some(())
    }

    /// Adds a row.
    pub(super) fn add(&mut self, table: &str, row: &str, figures: &[(&str, f64)]) {
        let number = self.0.iter().position(|known| known.name == table).unwrap_or_else(|| {
            self.0.push(Table { name: table.to_owned(), columns: Vec::new(), rows: Vec::new() });
            self.0.len() - 1
        });
        let Table { columns, rows, .. } = &mut self.0[number];
        let mut cells = vec![None; columns.len()];
        for (name, value) in figures {
            match columns.iter().position(|column| column == name) {
                Some(column) => cells[column] = Some(*value),
                None => {
                    columns.push((*name).to_owned());
                    cells.push(Some(*value));
                }
            }
        }
        rows.push((row.to_owned(), cells));
    }

    pub(super) fn extend(&mut self, others: Self) {
        self.0.extend(others.0);
    }

    pub(super) fn print(&self) {
        for table in &self.0 {
            output::heading(&table.name);
            output::table(&table.cells(), 1);
        }
    }
}

impl Table {
    /// The heading, then the rows.
    fn cells(&self) -> Vec<Vec<String>> {
        let heading = std::iter::once(String::new()).chain(self.columns.iter().cloned()).collect();
        let row = |(name, cells): &(String, Vec<Option<f64>>)| {
            let cell = |column: usize| cells.get(column).copied().flatten().map_or_else(String::new, number);
            std::iter::once(name.clone()).chain((0..self.columns.len()).map(cell)).collect()
        };
        std::iter::once(heading).chain(self.rows.iter().map(row)).collect()
    }

    /// Lines of Markdown.
    pub(super) fn lines(&self) -> Vec<String> {
        let line = |cells: Vec<String>| format!("| {} |", cells.join(" | "));
        let mut lines: Vec<_> = self.cells().into_iter().map(line).collect();
        lines.insert(1, format!("| --- |{}", " ---: |".repeat(self.columns.len())));
        lines
    }
}

/// What a table has beside its figures: the heading, and the first cell of each row.
pub(super) fn shape<'a>(lines: impl IntoIterator<Item = &'a str>) -> Vec<String> {
    let mut lines = lines.into_iter().filter(|line| line.starts_with('|'));
    let heading = lines.next().map(str::to_owned);
    let first = |line: &str| line.split('|').nth(1).unwrap_or_default().trim().to_owned();
    heading.into_iter().chain(lines.map(first)).collect()
}

/// Three digits, or all of them before the point.
fn number(value: f64) -> String {
    match value.abs() {
        size if size < 0.05 => "0".to_owned(),
        size if size < 10.0 => format!("{value:.1}"),
        _ => {
            let digits = format!("{:.0}", value.abs());
            let mut grouped = String::new();
            for (place, digit) in digits.chars().enumerate() {
                if place > 0 && (digits.len() - place) % 3 == 0 {
                    grouped.push(',');
                }
                grouped.push(digit);
            }
            if value < 0.0 { format!("-{grouped}") } else { grouped }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_are_put_into_their_tables() {
        let mut tables = Tables::default();
        let lines = r#"{"table":"a","name":"one","pieces":2,"figures":[["RSS",1524.2],["others",0.01]]}
{"table":"b","name":"two","pieces":2,"figures":[["RSS",3.25]]}
{"table":"a","name":"three","pieces":2,"figures":[["others",-12345.0],["more",12.0]]}"#;
        tables.read(lines).unwrap();
        let a = tables.iter().next().unwrap().lines();
        assert_eq!(
            a,
            [
                "|  | RSS | others | more |",
                "| --- | ---: | ---: | ---: |",
                "| one | 1,524 | 0 |  |",
                "| three |  | -12,345 | 12 |",
            ]
        );
        assert_eq!(
            shape(a.iter().map(String::as_str)),
            ["|  | RSS | others | more |", "---", "one", "three"]
        );
        assert!(tables.read("{}").is_err() && tables.read("no").is_err());
    }
}
