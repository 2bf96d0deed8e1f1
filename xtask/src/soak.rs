//! `cargo xtask soak`: whether what a server takes comes back.

mod charts;
mod cycles;
mod samples;
mod traffic;
mod workers;

use std::path::PathBuf;

use crate::failure::Result;

#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    /// Create and evict this many isolates, each time
    #[arg(long, default_value_t = 10_000, value_parser = clap::value_parser!(u32).range(200..))]
    cycles: u32,
    /// Instead of that: good and hostile traffic for so long, against a real server
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..), conflicts_with = "cycles")]
    minutes: Option<u32>,
    /// The server to try [default: the release build, which is made]
    #[arg(long, value_name = "FILE", requires = "minutes")]
    program: Option<PathBuf>,
}

pub(crate) fn run(arguments: &Arguments) -> Result {
    match arguments.minutes {
        Some(minutes) => traffic::run(minutes, arguments.program.as_deref()),
        None => cycles::run(arguments.cycles),
    }
}
