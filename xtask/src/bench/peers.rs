//! The servers that are measured, and where they come from.

use std::path::{Path, PathBuf};
use std::process::Command;

use crate::cargo;
use crate::failure::{During, Failure, Result};
use crate::output;

/// A server.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub(super) enum Peer {
    Runner,
    Workerd,
    Deno,
    Bun,
    Node,
    /// A proxy in plain `hyper`, which knows no JavaScript: a program of `benches`.
    #[value(skip)]
    Hyper,
}

/// A server that is there.
pub(super) struct Program {
    pub(super) peer: Peer,
    pub(super) file: PathBuf,
    pub(super) version: String,
}

impl Program {
    /// Asks it for its version: it may not be a program for this machine.
    pub(super) fn new(peer: Peer, file: PathBuf) -> Result<Self> {
        let version = cargo::read(Command::new(&file).arg("--version"))?;
        // The first word that begins with a number; `deno` prints more lines, `bun` nothing else.
        let mut words = version.split_whitespace();
        let number =
            words.find(|word| word.trim_start_matches('v').starts_with(|c: char| c.is_ascii_digit()));
        Ok(Self { peer, file, version: number.unwrap_or_default().trim_start_matches('v').to_owned() })
    }
}

impl Peer {
    pub(super) const OTHERS: [Self; 4] = [Self::Workerd, Self::Deno, Self::Bun, Self::Node];

    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Runner => "runner",
            Self::Workerd => "workerd",
            Self::Deno => "deno",
            Self::Bun => "bun",
            Self::Node => "node",
            Self::Hyper => "hyper",
        }
    }

    /// In charts.
    pub(super) fn colour(self) -> &'static str {
        match self {
            Self::Runner => "#c0392b",
            Self::Workerd => "#e59866",
            Self::Deno => "#2471a3",
            Self::Bun => "#7d3c98",
            Self::Node => "#1e8449",
            Self::Hyper => "#7f8c8d",
        }
    }

    /// Whether it serves several workers that know nothing of each other.
    pub(super) fn has_many_workers(self) -> bool {
        matches!(self, Self::Runner | Self::Workerd)
    }

    /// The one of the npm packages in `directory`, which is installed if it is missing.
    pub(super) fn program(self, directory: &Path) -> Result<Program> {
        let file = match self {
            Self::Node => PathBuf::from("node"),
            Self::Workerd => package(directory, "workerd")?.join("bin/workerd"),
            Self::Deno => package(directory, "deno")?.join("deno"),
            Self::Bun => package(directory, "bun")?.join("bin/bun.exe"),
            Self::Runner | Self::Hyper => return Err(Failure::new("the program is no package")),
        };
        Program::new(self, file).map_err(|failure| Failure::new(format!("{}: {failure}", self.name())))
    }
}

/// The programs to measure, the runner first: the release build, which is made, or the one that is given. What cannot be had
/// is told and left out; a `smoke` run has the debug build of the runner and nothing else.
pub(super) fn programs(
    wanted: &[Peer],
    runner: Option<&Path>,
    smoke: bool,
    target: &Path,
) -> Result<Vec<Program>> {
    let runner = match runner {
        Some(file) => file.canonicalize().during(file.display())?,
        None => cargo::built("runner", "runner", target, smoke)?,
    };
    let mut programs = vec![Program::new(Peer::Runner, runner)?];
    let directory = target.join("peers");
    for peer in Peer::OTHERS {
        if smoke || !(wanted.is_empty() || wanted.contains(&peer)) {
            continue;
        }
        match peer.program(&directory) {
            Ok(program) => programs.push(program),
            Err(failure) => output::line(format_args!("skipped: {failure}")),
        }
    }
    Ok(programs)
}

/// The directory of an npm package below `directory`, where it is installed if it is not there.
pub(super) fn package(directory: &Path, name: &str) -> Result<PathBuf> {
    let package = directory.join("node_modules").join(name);
    if !package.is_dir() {
        output::line(format_args!("installing the npm package {name} in {}", directory.display()));
        let mut npm = cargo::program("npm");
        npm.args(["install", "--no-audit", "--no-fund", "--prefix"]).arg(directory).arg(name);
        cargo::run(&mut npm).map_err(|failure| Failure::new(format!("{name} cannot be had: {failure}")))?;
    }
    Ok(package)
}
