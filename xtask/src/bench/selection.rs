//! What all benches beside other servers are asked for: which rows and servers, and how often.

use std::path::{Path, PathBuf};

use super::peers::{self, Peer, Program};
use crate::failure::Result;

#[derive(Debug, Default, clap::Args)]
pub(super) struct Selection {
    /// Only these rows, separated by commas; a name stands for all that begin with it
    #[arg(long, value_delimiter = ',', value_name = "ROWS")]
    rows: Vec<String>,
    /// Only these servers beside the runner, which is always measured
    #[arg(long, value_enum, value_delimiter = ',', value_name = "SERVERS")]
    peers: Vec<Peer>,
    /// How often each row is measured
    #[arg(long, value_name = "N", default_value_t = 5, value_parser = clap::value_parser!(u32).range(1..))]
    rounds: u32,
    /// The runner to measure [default: the release build, which is made]
    #[arg(long, value_name = "FILE")]
    runner: Option<PathBuf>,
    /// The cores of the servers, as `taskset -c` has them [default: all]
    #[arg(long, value_name = "LIST")]
    pub(super) server_cores: Option<String>,
    /// The shortest run, with the debug build of the runner alone: to see that it works
    #[arg(long, conflicts_with_all = ["rows", "peers", "rounds"])]
    pub(super) smoke: bool,
}

impl Selection {
    /// For the gate, with a runner that is there.
    pub(super) fn smoke(runner: PathBuf) -> Self {
        Self { smoke: true, runner: Some(runner), ..Self::default() }
    }

    /// Whether the row is wanted; in a smoke run, those are for which `in_smoke` says so.
    pub(super) fn wants(&self, row: &str, in_smoke: impl FnOnce(&str) -> bool) -> bool {
        let named = || self.rows.iter().any(|name| row.starts_with(name.as_str()));
        if self.smoke { in_smoke(row) } else { self.rows.is_empty() || named() }
    }

    pub(super) fn rounds(&self) -> u32 {
        if self.smoke { 1 } else { self.rounds }
    }

    /// See [`peers::programs`].
    pub(super) fn programs(&self, target: &Path) -> Result<Vec<Program>> {
        peers::programs(&self.peers, self.runner.as_deref(), self.smoke, target)
    }
}
