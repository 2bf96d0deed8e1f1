//! The program that makes the requests: `xtask load`, optimised.

use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::Stdio;

use crate::bench::server;
use crate::cargo;
use crate::failure::{During, Failure, Result};
use crate::load::{self, Measured, Plan};
use crate::process::Owned;

/// How to run it.
pub(super) struct Generator {
    program: PathBuf,
    cores: Option<String>,
}

impl Generator {
    /// This program itself if it is optimised, or if that does not matter.
    pub(super) fn find(target: &Path, smoke: bool, cores: Option<String>) -> Result<Self> {
        let program = if smoke || !cfg!(debug_assertions) {
            std::env::current_exe().during("the path of this program")?
        } else {
            cargo::built("xtask", "xtask", target, false)?
        };
        Ok(Self { program, cores })
    }

    /// Carries out a plan. `begun` is called when the warm-up is over.
    pub(super) fn run(&self, plan: &Plan, begun: impl FnOnce() -> Result) -> Result<Measured> {
        let mut command = server::command(&self.program, self.cores.as_deref());
        command.arg("load").stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = Owned(command.spawn().during(self.program.display())?);
        let pipes = (child.0.stdin.take(), child.0.stdout.take(), child.0.stderr.take());
        let (Some(stdin), Some(stdout), Some(stderr)) = pipes else {
            return Err(Failure::new("a process without pipes"));
        };
        // It reads all of the plan before it says anything.
        serde_json::to_writer(stdin, plan).during("handing over the plan")?;
        let mut lines = BufReader::new(stdout).lines();
        let mut line =
            || lines.next().transpose().during("reading from the load").map(Option::unwrap_or_default);
        let mut said = line()?;
        if said == load::BEGUN {
            begun()?;
            said = line()?;
        }
        if said.is_empty() {
            let why = BufReader::new(stderr).lines().map_while(std::result::Result::ok).collect::<Vec<_>>();
            return Err(Failure::new(why.join("; ").trim_start_matches("error: ")));
        }
        serde_json::from_str(&said).during("what the load has measured")
    }
}
