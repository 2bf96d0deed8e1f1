//! `cargo xtask bench`: runs the criterion benches and prints what they measured as one table.

mod measured;
mod row;

use std::fs;
use std::path::Path;
use std::time::SystemTime;

use crate::cargo;
use crate::failure::{During, Failure, Result};
use crate::output;
use row::Row;

#[derive(Debug, Default, clap::Args)]
pub(crate) struct Arguments {
    /// The shortest run that still measures something: to see that the benches work
    #[arg(long)]
    smoke: bool,
    /// Only the benches whose `row/mode` matches this regular expression
    filter: Option<String>,
}

/// Criterion's options for a short run.
const SMOKE: [&str; 6] = ["--warm-up-time", "0.2", "--measurement-time", "0.5", "--sample-size", "10"];

/// Tells the benches where to write the latencies of single operations; see `benches::Latencies`.
const LATENCIES: &str = "BENCH_LATENCIES";

impl Arguments {
    pub(crate) fn smoke() -> Self {
        Self { smoke: true, filter: None }
    }
}

pub(crate) fn run(arguments: &Arguments) -> Result {
    let target = cargo::target_directory()?;
    let directory = target.join("bench");
    let latencies = directory.join("latencies");
    let criterion = target.join("criterion");
    if latencies.exists() {
        fs::remove_dir_all(&latencies).during(latencies.display())?;
    }
    fs::create_dir_all(&latencies).during(latencies.display())?;

    let started = SystemTime::now();
    let mut bench = cargo::cargo(["bench", "--package", "benches", "--"]);
    bench.env("CRITERION_HOME", &criterion).env(LATENCIES, &latencies).arg("--quiet");
    if arguments.smoke {
        bench.args(SMOKE);
    }
    cargo::run(bench.args(&arguments.filter))?;

    let rows = row::with_ratios(measured::read(&criterion, &latencies, started)?);
    if rows.is_empty() {
        return Err(Failure::new("no benchmark was run: nothing matches the filter"));
    }
    print(&rows);
    write(&rows, &directory.join("operations.json"))
}

fn print(rows: &[Row]) {
    let mut table = vec![Row::HEADINGS.map(str::to_owned).to_vec()];
    table.extend(rows.iter().map(Row::cells));
    output::heading(
        "operations; ratio: to bare V8 in the same row, by p50 or, with many callers, by time per operation",
    );
    output::table(&table, 2);
}

fn write(rows: &[Row], file: &Path) -> Result {
    let json = serde_json::Value::Array(rows.iter().map(Row::to_json).collect());
    fs::write(file, format!("{json:#}\n")).during(file.display())?;
    output::line(format_args!("\nwritten to {}", file.display()));
    Ok(())
}
