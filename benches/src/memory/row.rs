//! What was measured, as `cargo xtask memory` reads it.

use serde_json::{Map, Value, json};

use super::footprint::Difference;

/// A row of a table.
#[derive(Debug)]
pub struct Row {
    table: &'static str,
    name: String,
    pieces: usize,
    /// In KiB, for one piece.
    figures: Vec<(&'static str, f64)>,
}

impl Row {
    /// A row of `table`: figures in bytes, of so many pieces together.
    pub fn new(
        table: &'static str,
        name: impl Into<String>,
        pieces: usize,
        figures: impl IntoIterator<Item = (&'static str, f64)>,
    ) -> Self {
        let each = |(name, bytes): (&'static str, f64)| (name, bytes / 1024.0 / pieces as f64);
        Self { table, name: name.into(), pieces, figures: figures.into_iter().map(each).collect() }
    }

    /// A row with what came of `pieces` that are alike.
    pub fn of_pieces(table: &'static str, name: impl Into<String>, pieces: usize, grown: Difference) -> Self {
        Self::new(
            table,
            name,
            pieces,
            [("RSS", grown.resident), ("V8's pages", grown.v8), ("others", grown.other)],
        )
    }

    /// The same with a further figure, in bytes for one piece.
    pub fn with(mut self, name: &'static str, bytes: f64) -> Self {
        self.figures.push((name, bytes / 1024.0));
        self
    }

    /// As JSON.
    pub fn to_json(&self) -> Value {
        let figures: Vec<_> = self.figures.iter().map(|(name, kib)| json!([name, kib])).collect();
        let mut row = Map::new();
        row.insert("table".into(), self.table.into());
        row.insert("name".into(), self.name.as_str().into());
        row.insert("pieces".into(), self.pieces.into());
        row.insert("figures".into(), figures.into());
        row.into()
    }
}
