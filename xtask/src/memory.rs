//! `cargo xtask memory`: what a process, an isolate, a context, a worker, a connection take of the memory, and how long a
//! process takes to its first answer. It writes the tables of `docs/memory.md`.
//!
//! Each part is measured in a process of its own, by the program `memory` of `benches`; the start is that of the server.

mod page;
mod start;
mod table;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::cargo;
use crate::failure::{During, Failure, Result};
use crate::output;
use table::Tables;

/// From the root.
const PAGE: &str = "docs/memory.md";

#[derive(Debug, Default, clap::Args)]
pub(crate) struct Arguments {
    /// Only these parts, separated by commas; a name stands for all that begin with it
    #[arg(long, value_delimiter = ',', value_name = "PARTS")]
    parts: Vec<String>,
    /// Write the tables into docs/memory.md
    #[arg(long, conflicts_with = "parts")]
    update: bool,
    /// A few pieces with the debug build, to see that it works, and that the page has these tables
    #[arg(long, conflicts_with_all = ["parts", "update"])]
    smoke: bool,
    /// The server whose start is measured [default: the release build, which is made]
    #[arg(long, value_name = "FILE")]
    runner: Option<PathBuf>,
    /// The program that measures the other parts [default: the release build, which is made]
    #[arg(long, value_name = "FILE")]
    program: Option<PathBuf>,
}

impl Arguments {
    /// For the gate, with a runner that is there.
    pub(crate) fn smoke(runner: PathBuf) -> Self {
        Self { smoke: true, runner: Some(runner), ..Self::default() }
    }

    fn wants(&self, part: &str) -> bool {
        self.parts.is_empty() || self.parts.iter().any(|name| part.starts_with(name.as_str()))
    }
}

pub(crate) fn run(arguments: &Arguments) -> Result {
    let target = cargo::target_directory()?;
    let mut tables = Tables::default();
    let program = match &arguments.program {
        Some(file) => file.canonicalize().during(file.display())?,
        None => cargo::built("benches", "memory", &target, arguments.smoke)?,
    };
    for part in call(&program, &["parts"])?.lines() {
        let part: String = serde_json::from_str(part).during("the parts of the program")?;
        if arguments.wants(&part) {
            output::line(format_args!("measuring {part}"));
            let smoke = arguments.smoke.then_some("--smoke");
            let words: Vec<_> = std::iter::once(part.as_str()).chain(smoke).collect();
            tables.read(&call(&program, &words)?)?;
        }
    }
    if arguments.wants("start") {
        output::line("measuring start");
        let runner = match &arguments.runner {
            Some(file) => file.canonicalize().during(file.display())?,
            None => cargo::built("runner", "runner", &target, arguments.smoke)?,
        };
        let directory = target.join("memory");
        tables.extend(start::measure(&runner, &directory, if arguments.smoke { 1 } else { start::ROUNDS })?);
    }
    if tables.is_empty() {
        return Err(Failure::new("there is no such part"));
    }
    tables.print();
    let file = cargo::root().join(PAGE);
    let page = fs::read_to_string(&file).during(PAGE)?;
    if arguments.update {
        fs::write(&file, page::with(&page, &tables, &version(&program)?)?).during(PAGE)?;
        output::line(format_args!("\nwritten to {PAGE}"));
    } else if arguments.smoke {
        page::check(&page, &tables)?;
        output::line(format_args!("\n{PAGE} has these tables"));
    }
    Ok(())
}

/// What the figures are of.
fn version(program: &Path) -> Result<String> {
    let commit = cargo::read(cargo::program("git").args(["rev-parse", "--short", "HEAD"]))?;
    let v8 = call(program, &["version"])?;
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    Ok(format!("Measured with {} and V8 {}, on Linux with {cores} cores.", commit.trim(), v8.trim()))
}

/// What the program prints, with as many open files as it may have.
fn call(program: &Path, words: &[&str]) -> Result<String> {
    let mut command = Command::new("sh");
    command.args(["-c", "ulimit -n \"$(ulimit -Hn)\"; exec \"$@\"", "sh"]).arg(program).args(words);
    cargo::read(command.current_dir(cargo::root()))
}
