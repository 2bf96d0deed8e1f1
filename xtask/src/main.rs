//! Project automation: `cargo xtask COMMAND`. It runs the programs of the workspace and depends on none of its crates.

#![forbid(unsafe_code)]

mod bench;
mod cargo;
mod ci;
mod client;
mod failure;
mod layers;
mod load;
mod loom;
mod memory;
mod output;
mod pgo;
mod process;
mod serve;
mod snapshot;
mod soak;
mod svg;
mod test;
mod tidy;
mod tree;
mod wpt;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

#[derive(Debug, Parser)]
#[command(name = "cargo xtask", about = "Project automation", version)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Build the startup snapshot, or check the one that is there
    Snapshot(snapshot::Arguments),
    /// Run the benchmarks and print their tables; `bench http`, `bench crypto`, `bench streams`: compare with others
    Bench(bench::Arguments),
    /// See whether memory comes back: after thousands of isolates, or after minutes of hostile traffic
    Soak(soak::Arguments),
    /// Measure what isolates, workers and connections take of the memory, and how long the server takes to start
    Memory(memory::Arguments),
    /// Run all tests: `cargo test --workspace`
    Test,
    /// Run the tests under loom's model checker
    Loom,
    /// Build the server with a profile of what it does under load: a tenth or two less CPU time, for two builds
    Pgo(pgo::Arguments),
    /// Serve workers with the release build
    Serve(serve::Arguments),
    /// Check that the crates depend on what they may depend on
    Layers,
    /// Check what the pages claim about files, functions, tests and flags
    Tidy,
    /// Run the web platform tests from a checkout of them, and compare with what is expected
    Wpt(wpt::Arguments),
    /// Make HTTP requests by the plan on the standard input; a part of `bench http`
    #[command(hide = true)]
    Load,
    /// Everything a change has to pass; what `.ci/run` runs
    Ci,
}

fn main() -> ExitCode {
    let done = match Arguments::parse().command {
        Command::Snapshot(arguments) => snapshot::run(&arguments),
        Command::Bench(arguments) => bench::run(&arguments),
        Command::Soak(arguments) => soak::run(&arguments),
        Command::Memory(arguments) => memory::run(&arguments),
        Command::Test => test::run(),
        Command::Loom => loom::run(),
        Command::Pgo(arguments) => pgo::run(&arguments),
        Command::Serve(arguments) => serve::run(&arguments),
        Command::Layers => layers::run(),
        Command::Tidy => tidy::run(),
        Command::Wpt(arguments) => wpt::run(&arguments),
        Command::Load => load::run(),
        Command::Ci => ci::run(),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            output::error(&failure);
            ExitCode::FAILURE
        }
    }
}
