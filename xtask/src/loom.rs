//! `cargo xtask loom`: the tests that explore every interleaving of a few threads.
//!
//! They are built with `--cfg loom`, which replaces the locks and atomics of the two crates, so in a target directory
//! of their own.

use crate::cargo;
use crate::failure::Result;

/// The commands at the head of the tests: one file with the public interface only, one crate from the inside.
const COMMANDS: [&[&str]; 2] = [
    &["test", "--release", "--package", "pool-core", "--test", "loom"],
    &["test", "--package", "isolate", "--lib", "model_tests"],
];

pub(crate) fn run() -> Result {
    let flags = match std::env::var("RUSTFLAGS") {
        Ok(flags) => format!("{flags} --cfg loom"),
        Err(_) => "--cfg loom".to_owned(),
    };
    let target = cargo::target_directory()?.join("loom");
    for arguments in COMMANDS {
        let mut test = cargo::cargo(arguments);
        cargo::run_tests(test.env("RUSTFLAGS", &flags).env("CARGO_TARGET_DIR", &target))?;
    }
    Ok(())
}
