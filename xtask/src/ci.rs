//! `cargo xtask ci`: everything a change has to pass, the quick checks first, stopping at the first failure.

use std::path::PathBuf;
use std::time::{Duration, Instant};

use crate::failure::{Failure, Result};
use crate::{bench, cargo, layers, loom, memory, output, snapshot, test, tidy};

struct Step {
    name: &'static str,
    run: fn() -> Result,
}

const STEPS: [Step; 13] = [
    Step { name: "format", run: || cargo::run(&mut cargo::cargo(["fmt", "--all", "--check"])) },
    Step { name: "layers", run: layers::run },
    Step { name: "tidy", run: tidy::run },
    Step { name: "bootstrap under Node", run: bootstrap },
    Step { name: "clippy", run: clippy },
    Step { name: "parts of runner", run: layers::check_parts },
    Step { name: "tests", run: test::run },
    Step { name: "loom", run: loom::run },
    Step { name: "snapshot", run: snapshot },
    Step { name: "bench, smoke", run: || bench::run(&bench::Arguments::smoke()) },
    Step { name: "bench http, smoke", run: || bench::run(&bench::Arguments::http_smoke(runner()?)) },
    Step { name: "memory, smoke", run: || memory::run(&memory::Arguments::smoke(runner()?)) },
    Step { name: "bench crypto, smoke", run: || bench::run(&bench::Arguments::crypto_smoke(runner()?)) },
];

pub(crate) fn run() -> Result {
    let mut summary = Vec::new();
    for (number, step) in STEPS.iter().enumerate() {
        output::heading(format_args!("{}/{} {}", number + 1, STEPS.len(), step.name));
        let started = Instant::now();
        let done = (step.run)();
        let duration = started.elapsed();
        summary.push(row(step, if done.is_ok() { "ok" } else { "FAILED" }, duration));
        if let Err(failure) = done {
            output::error(&failure);
            summarise(&summary);
            return Err(Failure::new(format!("{} failed", step.name)));
        }
        output::line(format_args!("ok, {}", seconds(duration)));
    }
    summarise(&summary);
    Ok(())
}

fn summarise(steps: &[Vec<String>]) {
    output::heading("summary");
    output::table(steps, 2);
    for step in &STEPS[steps.len()..] {
        output::line(format_args!("{}: not run", step.name));
    }
}

fn row(step: &Step, result: &str, duration: Duration) -> Vec<String> {
    vec![step.name.to_owned(), result.to_owned(), seconds(duration)]
}

fn seconds(duration: Duration) -> String {
    format!("{:.1} s", duration.as_secs_f64())
}

fn clippy() -> Result {
    let arguments = ["clippy", "--workspace", "--all-targets", "--locked", "--", "--deny", "warnings"];
    cargo::run(&mut cargo::cargo(arguments))
}

/// The tests of the bootstrap JavaScript that need no V8 of ours.
fn bootstrap() -> Result {
    if cargo::read(cargo::program("node").arg("--version")).is_err() {
        output::line("skipped: there is no node on this machine");
        return Ok(());
    }
    cargo::run(cargo::program("node").arg("crates/exec/tests/bootstrap_js/run.mjs"))
}

/// The program that the tests have built, which is the same as `cargo build` makes.
fn runner() -> Result<PathBuf> {
    Ok(cargo::target_directory()?.join("debug").join("runner"))
}

fn snapshot() -> Result {
    let runner = Some(runner()?);
    snapshot::run(&snapshot::Arguments { runner: runner.clone(), ..Default::default() })?;
    snapshot::run(&snapshot::Arguments { check: true, runner, ..Default::default() })
}
