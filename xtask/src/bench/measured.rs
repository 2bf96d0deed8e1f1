//! What the benches leave in files: criterion's samples, and the latencies of single operations where a sample, which
//! is the mean of many, would hide how they are distributed.

use std::collections::HashMap;
use std::fs;
use std::path::Path;
use std::time::SystemTime;

use serde_json::Value;

use crate::failure::{During, Failure, Result};

/// One bench, in nanoseconds.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Measured {
    pub(crate) row: String,
    pub(crate) mode: String,
    /// Median over the samples of time by operation.
    pub(crate) per_operation: f64,
    /// What is compared with bare V8: the median, or the time by operation where many overlap. The former is robust
    /// against whatever else the machine does, the latter is not.
    pub(crate) cost: f64,
    pub(crate) p50: f64,
    pub(crate) p99: f64,
}

/// What was measured since `started`, in the order of the measurements.
pub(crate) fn read(criterion: &Path, latencies: &Path, started: SystemTime) -> Result<Vec<Measured>> {
    let latencies = read_latencies(latencies)?;
    let mut found = Vec::new();
    for row in directories(criterion)? {
        for mode in directories(&row)? {
            let files = mode.join("new");
            let sample = files.join("sample.json");
            let Ok(written) = fs::metadata(&sample).and_then(|metadata| metadata.modified()) else {
                continue;
            };
            if written >= started {
                let measured = measured(&json(&files.join("benchmark.json"))?, &json(&sample)?, &latencies);
                found.push((written, measured.ok_or_else(|| malformed(&sample))?));
            }
        }
    }
    found.sort_by_key(|(written, _)| *written);
    Ok(found.into_iter().map(|(_, measured)| measured).collect())
}

/// Of single operations, by row and mode.
type Latencies = HashMap<(String, String), Latency>;

#[derive(Clone, Copy)]
struct Latency {
    /// Missing where single operations are too short for it: taking the time costs as much as they do.
    p50: Option<f64>,
    p99: f64,
    /// Many were under way at once.
    overlapping: bool,
}

fn read_latencies(directory: &Path) -> Result<Latencies> {
    let mut latencies = Latencies::new();
    for entry in fs::read_dir(directory).during(directory.display())? {
        let file = entry.during(directory.display())?.path();
        let value = json(&file)?;
        let text = |name: &str| value[name].as_str().map(str::to_owned);
        let (Some(row), Some(mode), Some(p99), Some(overlapping)) =
            (text("row"), text("mode"), value["p99_ns"].as_f64(), value["overlapping"].as_bool())
        else {
            return Err(malformed(&file));
        };
        latencies.insert((row, mode), Latency { p50: value["p50_ns"].as_f64(), p99, overlapping });
    }
    Ok(latencies)
}

fn measured(benchmark: &Value, sample: &Value, latencies: &Latencies) -> Option<Measured> {
    let row = benchmark["group_id"].as_str()?.to_owned();
    let mode = benchmark["function_id"].as_str()?.to_owned();
    let times = numbers(&sample["times"])?;
    let iterations = numbers(&sample["iters"])?;
    let mut samples: Vec<_> = times.iter().zip(iterations).map(|(time, count)| time / count).collect();
    samples.sort_by(f64::total_cmp);
    let per_operation = percentile(&samples, 50)?;
    let latency = latencies.get(&(row.clone(), mode.clone()));
    let p50 = latency.and_then(|latency| latency.p50).unwrap_or(per_operation);
    let p99 = latency.map(|latency| latency.p99).or_else(|| percentile(&samples, 99))?;
    let cost = if latency.is_some_and(|latency| latency.overlapping) { per_operation } else { p50 };
    Some(Measured { row, mode, per_operation, cost, p50, p99 })
}

fn numbers(value: &Value) -> Option<Vec<f64>> {
    value.as_array()?.iter().map(Value::as_f64).collect()
}

/// The smallest value that `percent` of them do not exceed.
fn percentile(sorted: &[f64], percent: usize) -> Option<f64> {
    let rank = (sorted.len() * percent).div_ceil(100);
    sorted.get(rank.saturating_sub(1)).copied()
}

fn directories(parent: &Path) -> Result<Vec<std::path::PathBuf>> {
    let entries = fs::read_dir(parent).during(parent.display())?;
    let paths = entries.map(|entry| entry.map(|entry| entry.path()).during(parent.display()));
    paths.filter(|path| path.as_ref().is_ok_and(|path| path.is_dir())).collect()
}

fn json(file: &Path) -> Result<Value> {
    let text = fs::read_to_string(file).during(file.display())?;
    serde_json::from_str(&text).during(file.display())
}

fn malformed(file: &Path) -> Failure {
    Failure::new(format!("{}: not what a bench of this version writes", file.display()))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn benchmark() -> Value {
        json!({ "group_id": "hit", "function_id": "pool" })
    }

    #[test]
    fn samples_are_times_by_operation() {
        let sample = json!({ "times": [10.0, 40.0, 90.0], "iters": [1.0, 2.0, 3.0] });
        let measured = measured(&benchmark(), &sample, &Latencies::new()).unwrap();
        assert_eq!((measured.per_operation, measured.p50, measured.p99), (20.0, 20.0, 30.0));
    }

    #[test]
    fn latencies_of_single_operations_take_precedence() {
        let sample = json!({ "times": [10.0], "iters": [1.0] });
        let key = ("hit".to_owned(), "pool".to_owned());
        let with = |p50, overlapping| {
            let latencies = Latencies::from([(key.clone(), Latency { p50, p99: 70.0, overlapping })]);
            let Measured { per_operation, cost, p50, p99, .. } =
                measured(&benchmark(), &sample, &latencies).unwrap();
            (per_operation, cost, p50, p99)
        };
        assert_eq!(with(Some(7.0), false), (10.0, 7.0, 7.0, 70.0));
        assert_eq!(with(Some(7.0), true), (10.0, 10.0, 7.0, 70.0));
        assert_eq!(with(None, false), (10.0, 10.0, 10.0, 70.0));
    }

    #[test]
    fn files_of_another_kind_are_refused() {
        assert_eq!(measured(&json!({}), &json!({ "times": [], "iters": [] }), &Latencies::new()), None);
        assert_eq!(measured(&benchmark(), &json!({ "times": [], "iters": [] }), &Latencies::new()), None);
    }

    #[test]
    fn percentiles_are_values_that_were_seen() {
        let sorted: Vec<f64> = (1..=100).map(f64::from).collect();
        assert_eq!(percentile(&sorted, 50), Some(50.0));
        assert_eq!(percentile(&sorted, 99), Some(99.0));
        assert_eq!(percentile(&[3.0], 99), Some(3.0));
        assert_eq!(percentile(&[], 50), None);
    }
}
