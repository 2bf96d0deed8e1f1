//! Whether memory comes back after thousands of isolates have been created and evicted.

use crate::cargo;
use crate::failure::{Failure, Result};
use crate::output;

/// One after the other, and many at a time.
const CALLERS: [u32; 2] = [1, 20];

/// Each number of callers has a process of its own, so that the memory of one is not that of the other. All are run,
/// even if one fails.
pub(super) fn run(cycles: u32) -> Result {
    cargo::run(&mut cargo::cargo(["build", "--release", "--package", "benches", "--bin", "soak"]))?;
    let program = cargo::target_directory()?.join("release").join("soak");
    let mut grown = Vec::new();
    for callers in CALLERS {
        output::heading(format_args!("{} cycles, callers at a time: {callers}", cycles));
        let mut soak = cargo::program(&program);
        if cargo::run(soak.args([cycles, callers].map(|number| number.to_string()))).is_err() {
            grown.push(callers.to_string());
        }
    }
    if !grown.is_empty() {
        return Err(Failure::new(format!("memory grew with callers at a time: {}", grown.join(", "))));
    }
    Ok(())
}
