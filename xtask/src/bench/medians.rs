//! Several rounds of the modes of one row.

use serde_json::{Value, json};

use crate::bench::load::{ComparedBy, Point};
use crate::bench::row::time;

/// What one run of a point measured; what does not apply is missing.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) struct Run {
    p50_ns: Option<f64>,
    p99_ns: Option<f64>,
    per_s: Option<f64>,
    rss_mb: Option<f64>,
}

/// One line of a table, and one object of its file.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Medians {
    point: Point,
    median: Run,
    /// Each round compared with the first mode in the same round; the lowest, the median and the highest of them.
    ratio: Option<[f64; 3]>,
    pub(crate) rounds: usize,
}

impl Run {
    pub(crate) fn from_json(value: &Value) -> Self {
        let number = |name: &str| value[name].as_f64();
        Self {
            p50_ns: number("p50_ns"),
            p99_ns: number("p99_ns"),
            per_s: number("per_s"),
            rss_mb: number("rss_mb"),
        }
    }

    fn ratio(&self, first: &Self, compared_by: ComparedBy) -> Option<f64> {
        match compared_by {
            ComparedBy::Rate => Some(first.per_s? / self.per_s?),
            ComparedBy::Tail => Some(self.p99_ns? / first.p99_ns?),
        }
    }
}

impl Medians {
    pub(crate) const HEADINGS: [&str; 9] =
        ["row", "mode", "settings", "p50", "p99", "per second", "ratio", "spread", "RSS, MB"];

    /// `rounds` has the runs of each round, in the order of the modes.
    pub(crate) fn of_row(row: &[Point], rounds: &[Vec<Run>]) -> Vec<Self> {
        let of_mode = |(mode, point): (usize, &Point)| {
            let runs: Vec<_> = rounds.iter().map(|runs| runs[mode]).collect();
            let ratios = rounds.iter().filter_map(|runs| runs[mode].ratio(&runs[0], point.compared_by));
            let field =
                |field: fn(&Run) -> Option<f64>| middle(runs.iter().filter_map(field)).map(|[_, m, _]| m);
            Self {
                point: point.clone(),
                median: Run {
                    p50_ns: field(|run| run.p50_ns),
                    p99_ns: field(|run| run.p99_ns),
                    per_s: field(|run| run.per_s),
                    rss_mb: field(|run| run.rss_mb),
                },
                ratio: middle(ratios),
                rounds: rounds.len(),
            }
        };
        row.iter().enumerate().map(of_mode).collect()
    }

    pub(crate) fn cells(&self) -> Vec<String> {
        let Self { point, median, ratio, .. } = self;
        let or_dash = |cell: Option<String>| cell.unwrap_or_else(|| "-".to_owned());
        vec![
            point.row.clone(),
            point.mode.clone(),
            point.settings.clone(),
            or_dash(median.p50_ns.map(time)),
            or_dash(median.p99_ns.map(time)),
            or_dash(median.per_s.map(|rate| format!("{rate:.0}"))),
            or_dash(ratio.map(|[_, median, _]| format!("{median:.2}"))),
            or_dash(ratio.map(|[low, _, high]| format!("{low:.2}–{high:.2}"))),
            or_dash(median.rss_mb.map(|megabytes| format!("{megabytes:.0}"))),
        ]
    }

    pub(crate) fn to_json(&self) -> Value {
        let Self { point, median, ratio, .. } = self;
        json!({
            "row": point.row,
            "mode": point.mode,
            "p50_ns": median.p50_ns,
            "p99_ns": median.p99_ns,
            "per_s": median.per_s.map(f64::round),
            "ratio": ratio.map(|[_, median, _]| median),
            "rss_mb": median.rss_mb.map(|megabytes| (megabytes * 10.0).round() / 10.0),
        })
    }
}

/// The lowest value, the median and the highest.
pub(super) fn middle(values: impl Iterator<Item = f64>) -> Option<[f64; 3]> {
    let mut values: Vec<_> = values.collect();
    values.sort_by(f64::total_cmp);
    Some([*values.first()?, *values.get(values.len() / 2)?, *values.last()?])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(compared_by: ComparedBy) -> Vec<Point> {
        let point =
            |mode: &str| Point { row: "row".into(), mode: mode.into(), settings: String::new(), compared_by };
        vec![point("first"), point("other")]
    }

    fn runs(first: f64, other: f64) -> Vec<Run> {
        let run = |per_s| Run { per_s: Some(per_s), p99_ns: Some(1e9 / per_s), ..Run::default() };
        vec![run(first), run(other)]
    }

    #[test]
    fn modes_are_compared_within_a_round() {
        // In the second round the machine was busy.
        let rounds = [runs(100.0, 50.0), runs(10.0, 4.0), runs(100.0, 40.0)];
        let medians = Medians::of_row(&row(ComparedBy::Rate), &rounds);
        let ratios: Vec<_> = medians.iter().map(|medians| medians.ratio).collect();
        assert_eq!(ratios, [Some([1.0, 1.0, 1.0]), Some([2.0, 2.5, 2.5])]);
        assert_eq!(medians[1].median.per_s, Some(40.0));
    }

    #[test]
    fn tails_are_compared_the_other_way_round() {
        let medians = Medians::of_row(&row(ComparedBy::Tail), &[runs(100.0, 50.0)]);
        assert_eq!(medians[1].ratio, Some([2.0, 2.0, 2.0]));
    }

    #[test]
    fn what_was_not_measured_is_null() {
        let medians = Medians::of_row(&row(ComparedBy::Rate), &[vec![Run::default(); 2]]);
        assert_eq!(medians[0].to_json()["per_s"], Value::Null);
        assert_eq!(medians[0].cells()[6], "-");
    }
}
