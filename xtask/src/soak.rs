//! `cargo xtask soak`: whether memory comes back after thousands of isolates have been created and evicted.

use crate::cargo;
use crate::failure::{Failure, Result};
use crate::output;

#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    /// How many isolates, each time
    #[arg(long, default_value_t = 10_000, value_parser = clap::value_parser!(u32).range(200..))]
    cycles: u32,
}

/// One after the other, and many at a time.
const CALLERS: [u32; 2] = [1, 20];

/// Each number of callers has a process of its own, so that the memory of one is not that of the other. All are run,
/// even if one fails.
pub(crate) fn run(arguments: &Arguments) -> Result {
    cargo::run(&mut cargo::cargo(["build", "--release", "--package", "benches", "--bin", "soak"]))?;
    let program = cargo::target_directory()?.join("release").join("soak");
    let mut grown = Vec::new();
    for callers in CALLERS {
        output::heading(format_args!("{} cycles, callers at a time: {callers}", arguments.cycles));
        let mut soak = cargo::program(&program);
        if cargo::run(soak.args([arguments.cycles, callers].map(|number| number.to_string()))).is_err() {
            grown.push(callers.to_string());
        }
    }
    if !grown.is_empty() {
        return Err(Failure::new(format!("memory grew with callers at a time: {}", grown.join(", "))));
    }
    Ok(())
}
