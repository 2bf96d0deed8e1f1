//! The rows of the table.

use serde_json::{Value, json};

use crate::bench::measured::Measured;

/// The mode that the others of a row are compared with.
const BARE: &str = "bare";

/// One line of the table, and one object of the file.
pub(crate) struct Row {
    measured: Measured,
    /// Cost, relative to bare V8.
    ratio: Option<f64>,
}

/// Puts each measurement beside the bare one of its row.
pub(crate) fn with_ratios(all: Vec<Measured>) -> Vec<Row> {
    let bare: Vec<_> = all.iter().filter(|measured| measured.mode == BARE).cloned().collect();
    let ratio = |measured: &Measured| {
        let bare = bare.iter().find(|bare| bare.row == measured.row)?;
        Some(measured.cost / bare.cost)
    };
    all.into_iter().map(|measured| Row { ratio: ratio(&measured), measured }).collect()
}

impl Row {
    pub(crate) const HEADINGS: [&str; 6] = ["operation", "mode", "p50", "p99", "per second", "ratio"];

    pub(crate) fn cells(&self) -> Vec<String> {
        let Self { measured, ratio } = self;
        vec![
            measured.row.clone(),
            measured.mode.clone(),
            time(measured.p50),
            time(measured.p99),
            format!("{:.0}", self.per_second()),
            ratio.map_or_else(|| "-".to_owned(), |ratio| format!("{ratio:.3}")),
        ]
    }

    /// `rss_mb` is for runs that have a process to themselves; single operations share one.
    pub(crate) fn to_json(&self) -> Value {
        let Self { measured, ratio } = self;
        json!({
            "row": measured.row,
            "mode": measured.mode,
            "p50_ns": measured.p50.round(),
            "p99_ns": measured.p99.round(),
            "per_s": self.per_second().round(),
            "ratio": ratio,
            "rss_mb": null,
        })
    }

    fn per_second(&self) -> f64 {
        1e9 / self.measured.per_operation
    }
}

pub(crate) fn time(nanoseconds: f64) -> String {
    match nanoseconds {
        n if n < 1e3 => format!("{n:.0} ns"),
        n if n < 1e6 => format!("{:.2} µs", n / 1e3),
        n => format!("{:.2} ms", n / 1e6),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn measured(row: &str, mode: &str, cost: f64) -> Measured {
        Measured { row: row.into(), mode: mode.into(), per_operation: 1.0, cost, p50: 1.0, p99: 1.0 }
    }

    #[test]
    fn ratios_are_to_the_bare_mode_of_the_same_row() {
        let all = vec![measured("a", "pool", 30.0), measured("a", "bare", 10.0), measured("b", "pool", 5.0)];
        let ratios: Vec<_> = with_ratios(all).into_iter().map(|row| row.ratio).collect();
        assert_eq!(ratios, [Some(3.0), Some(1.0), None]);
    }

    #[test]
    fn times_have_units() {
        assert_eq!(time(120.4), "120 ns");
        assert_eq!(time(1_500.0), "1.50 µs");
        assert_eq!(time(2_000_000.0), "2.00 ms");
    }
}
