//! `cargo xtask bench`: runs the benchmarks and prints what they measured as tables: single operations, measured by
//! criterion; contention, scaling, and what `crypto` computes where, measured under load. `cargo xtask bench http` compares
//! the server with others, `bench crypto` the mathematics, `bench streams` bodies that pass through.

mod crypto;
mod figures;
mod http;
mod load;
mod measured;
mod medians;
mod peers;
mod row;
mod selection;
mod server;
mod sheet;
mod site;
mod streams;
mod tables;

use std::fs;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use crate::cargo;
use crate::failure::{During, Failure, Result};
use crate::output;
use load::Load;
use row::Row;

#[derive(Debug, Default, clap::Args)]
#[command(args_conflicts_with_subcommands = true)]
pub(crate) struct Arguments {
    #[command(subcommand)]
    other: Option<Other>,
    /// The shortest run that still measures something, without optimisation: to see that the benches work
    #[arg(long)]
    smoke: bool,
    /// Only this table; may be given several times
    #[arg(long = "table", value_enum)]
    tables: Vec<Table>,
    /// Only the operations whose `row/mode` matches this regular expression, and the other rows that have this text in it
    filter: Option<String>,
}

#[derive(Debug, clap::Subcommand)]
enum Other {
    /// Compare the server with others, over HTTP
    Http(http::Arguments),
    /// Compare what `crypto.subtle` does with what it does elsewhere
    Crypto(crypto::Arguments),
    /// Compare bodies that pass through the server with those of others (not of workerd, whose network is closed), and of a
    /// proxy in plain hyper
    Streams(streams::Arguments),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
enum Table {
    Operations,
    Contention,
    Scaling,
    Crypto,
}

impl Table {
    const ALL: [Self; 4] = [Self::Operations, Self::Contention, Self::Scaling, Self::Crypto];

    fn name(self) -> &'static str {
        match self {
            Self::Operations => "operations",
            Self::Contention => "contention",
            Self::Scaling => "scaling",
            Self::Crypto => "crypto",
        }
    }
}

/// Criterion's options for a short run.
const SMOKE: [&str; 6] = ["--warm-up-time", "0.2", "--measurement-time", "0.5", "--sample-size", "10"];

/// Tells the benches where to write the latencies of single operations; see `benches::Latencies`.
const LATENCIES: &str = "BENCH_LATENCIES";

impl Arguments {
    pub(crate) fn smoke() -> Self {
        Self { smoke: true, ..Self::default() }
    }

    /// The shortest run of `bench http`.
    pub(crate) fn http_smoke(runner: PathBuf) -> Self {
        Self { other: Some(Other::Http(http::Arguments::smoke(runner))), ..Self::default() }
    }

    /// The shortest run of `bench crypto`.
    pub(crate) fn crypto_smoke(runner: PathBuf) -> Self {
        Self { other: Some(Other::Crypto(crypto::Arguments::smoke(runner))), ..Self::default() }
    }
}

pub(crate) fn run(arguments: &Arguments) -> Result {
    match &arguments.other {
        Some(Other::Http(arguments)) => return http::run(arguments),
        Some(Other::Crypto(arguments)) => return crypto::run(arguments),
        Some(Other::Streams(arguments)) => return streams::run(arguments),
        None => {}
    }
    let target = cargo::target_directory()?;
    let directory = target.join("bench");
    fs::create_dir_all(&directory).during(directory.display())?;
    let mut rows = 0;
    for table in Table::ALL {
        if arguments.tables.is_empty() || arguments.tables.contains(&table) {
            let file = directory.join(table.name()).with_extension("json");
            rows += match table {
                Table::Operations => operations(arguments, &target, &file)?,
                Table::Contention | Table::Scaling | Table::Crypto => under_load(table, arguments, &file)?,
            };
        }
    }
    if rows == 0 {
        return Err(Failure::new("no benchmark was run: nothing matches the filter"));
    }
    Ok(())
}

/// Returns the number of rows, as does [`under_load`].
fn operations(arguments: &Arguments, target: &Path, file: &Path) -> Result<usize> {
    let latencies = target.join("bench").join("latencies");
    let criterion = target.join("criterion");
    if latencies.exists() {
        fs::remove_dir_all(&latencies).during(latencies.display())?;
    }
    for directory in [&latencies, &criterion] {
        fs::create_dir_all(directory).during(directory.display())?;
    }

    let started = SystemTime::now();
    let mut bench = cargo::cargo(["bench"]);
    bench.env("CRITERION_HOME", &criterion).env(LATENCIES, &latencies);
    if arguments.smoke {
        bench.args(cargo::AS_TESTED).args(["--bench", "without_snapshot", "--profile", "dev"]);
        bench.args(["--", "--quiet"]).args(SMOKE);
    } else {
        bench.args(["--package", "benches", "--", "--quiet"]);
    }
    cargo::run(bench.args(&arguments.filter))?;

    let rows = row::with_ratios(measured::read(&criterion, &latencies, started)?);
    if !rows.is_empty() {
        print(&rows);
        write(rows.iter().map(Row::to_json), file)?;
    }
    Ok(rows.len())
}

fn under_load(table: Table, arguments: &Arguments, file: &Path) -> Result<usize> {
    let load = Load::build(arguments.smoke)?;
    let rows = load.table(table.name(), arguments.filter.as_deref().unwrap_or_default())?;
    if !rows.is_empty() {
        load::report(table.name(), &rows, file)?;
    }
    Ok(rows.len())
}

fn print(rows: &[Row]) {
    let mut table = vec![Row::HEADINGS.map(str::to_owned).to_vec()];
    table.extend(rows.iter().map(Row::cells));
    output::heading(
        "operations; ratio: to bare V8 in the same row, by p50 or, with many callers, by time per operation",
    );
    output::table(&table, 2);
}

fn write(rows: impl Iterator<Item = serde_json::Value>, file: &Path) -> Result {
    let json = serde_json::Value::Array(rows.collect());
    fs::write(file, format!("{json:#}\n")).during(file.display())?;
    output::line(format_args!("\nwritten to {}", file.display()));
    Ok(())
}
