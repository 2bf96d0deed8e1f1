//! What was measured of a server in a row: each round, and what they come to.

use serde_json::{Value, json};

use super::peers::Peer;
use crate::bench::medians::middle;
use crate::bench::row::time;

/// One round; what does not apply is missing.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct Figures {
    pub(super) per_s: Option<f64>,
    pub(super) p50_ns: Option<f64>,
    pub(super) p99_ns: Option<f64>,
    pub(super) p99_9_ns: Option<f64>,
    /// CPU time for a request: of the server, in the kernel too.
    pub(super) cpu_ns: Option<f64>,
    pub(super) rss_mib: Option<f64>,
}

/// One server in one row.
#[derive(Clone, Debug)]
pub(super) struct Cell {
    pub(super) peer: Peer,
    pub(super) rounds: Vec<Figures>,
    /// Why there are no more rounds; a row that has failed once has no figures.
    pub(super) failure: Option<String>,
}

/// A figure of a round.
pub(super) type Field = fn(&Figures) -> Option<f64>;

pub(super) const PER_S: Field = |figures| figures.per_s;
pub(super) const CPU: Field = |figures| figures.cpu_ns;

impl Cell {
    pub(super) const HEADINGS: [&str; 11] = [
        "row",
        "server",
        "requests/s",
        "spread",
        "p50",
        "p99",
        "p99.9",
        "CPU/request",
        "RSS, MiB",
        "rate ×",
        "CPU ×",
    ];

    pub(super) fn new(peer: Peer) -> Self {
        Self { peer, rounds: Vec::new(), failure: None }
    }

    /// The lowest, the median and the highest of the rounds.
    pub(super) fn middle(&self, field: Field) -> Option<[f64; 3]> {
        if self.failure.is_some() {
            return None;
        }
        middle(self.rounds.iter().filter_map(field))
    }

    pub(super) fn median(&self, field: Field) -> Option<f64> {
        self.middle(field).map(|[_, median, _]| median)
    }

    /// How many times as much the runner has of something, compared within each round; the median.
    fn ratio(&self, runner: &Self, field: Field) -> Option<f64> {
        if self.failure.is_some() || runner.failure.is_some() {
            return None;
        }
        let rounds = runner.rounds.iter().zip(&self.rounds);
        middle(rounds.filter_map(|(runner, own)| Some(field(runner)? / field(own)?)))
            .map(|[_, median, _]| median)
    }

    /// A line of the table.
    pub(super) fn cells(&self, row: &str, runner: &Self) -> Vec<String> {
        let or_dash = |cell: Option<String>| cell.unwrap_or_else(|| "–".to_owned());
        let time_of = |field: Field| or_dash(self.median(field).map(time));
        let ratio = |field: Field| or_dash(self.ratio(runner, field).map(|ratio| format!("{ratio:.2}")));
        let spread = self.middle(PER_S).map(|[low, _, high]| format!("{low:.0}–{high:.0}"));
        vec![
            row.to_owned(),
            self.peer.name().to_owned(),
            match &self.failure {
                Some(_) => "failed".to_owned(),
                None => or_dash(self.median(PER_S).map(|rate| format!("{rate:.0}"))),
            },
            or_dash(spread),
            time_of(|figures| figures.p50_ns),
            time_of(|figures| figures.p99_ns),
            time_of(|figures| figures.p99_9_ns),
            time_of(CPU),
            or_dash(self.median(|figures| figures.rss_mib).map(memory)),
            ratio(PER_S),
            ratio(CPU),
        ]
    }

    pub(super) fn to_json(&self) -> Value {
        let spread = |field: Field| {
            self.middle(field)
                .map(|[low, median, high]| json!({ "low": low, "median": median, "high": high }))
        };
        json!({
            "server": self.peer.name(),
            "failure": self.failure,
            "per_s": spread(PER_S),
            "p50_ns": spread(|figures| figures.p50_ns),
            "p99_ns": spread(|figures| figures.p99_ns),
            "p99_9_ns": spread(|figures| figures.p99_9_ns),
            "cpu_ns": spread(CPU),
            "rss_mib": spread(|figures| figures.rss_mib),
        })
    }
}

fn memory(mib: f64) -> String {
    if mib < 10.0 { format!("{mib:.2}") } else { format!("{mib:.0}") }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cell(peer: Peer, rates: &[f64]) -> Cell {
        let figures = |rate: &f64| Figures { per_s: Some(*rate), ..Figures::default() };
        Cell { rounds: rates.iter().map(figures).collect(), ..Cell::new(peer) }
    }

    #[test]
    fn servers_are_compared_within_a_round() {
        let runner = cell(Peer::Runner, &[100.0, 10.0, 100.0]);
        let other = cell(Peer::Deno, &[50.0, 4.0, 40.0]);
        let cells = other.cells("hello", &runner);
        assert_eq!(cells[..4], ["hello", "deno", "40", "4–50"]);
        assert_eq!(cells[9..], ["2.50", "–"]);
        assert_eq!(other.to_json()["per_s"]["high"], 50.0);
        assert_eq!(other.to_json()["p99_ns"], Value::Null);
    }

    #[test]
    fn a_row_that_failed_has_no_figures() {
        let mut failed = cell(Peer::Bun, &[50.0]);
        failed.failure = Some("status 500".to_owned());
        assert_eq!(failed.cells("hello", &cell(Peer::Runner, &[1.0]))[2..4], ["failed", "–"]);
        assert_eq!(failed.to_json()["per_s"], Value::Null);
        assert_eq!(failed.to_json()["failure"], "status 500");
    }
}
