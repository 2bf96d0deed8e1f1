//! `xtask load`: makes HTTP/1.1 requests of a server and tells what they took. `cargo xtask bench http` runs it, as a
//! process of its own that is built with optimisation.
//!
//! ```text
//! stdin: the plan, as JSON          stdout: `begun` when the warm-up is over, then what was measured, as JSON
//! ```
//!
//! One thread does everything: it waits for all connections together, and each answer is compared, status and every
//! byte of its body, with the one that is expected. The first that differs ends the run.

mod answer;
mod connection;
mod pace;
mod plan;
mod run;

use std::io::{self, Write as _};

use crate::failure::{During, Result};
use crate::output;
pub(crate) use plan::{Length, Measured, Plan, Request};

/// What is printed when the warm-up is over and measuring begins.
pub(crate) const BEGUN: &str = "begun";

/// Reads a plan from the standard input, carries it out and prints what was measured.
pub(crate) fn run() -> Result {
    let plan: Plan = serde_json::from_reader(io::stdin()).during("reading the plan")?;
    let measured = run::run(&plan, || {
        output::line(BEGUN);
        io::stdout().flush().during("saying that it has begun")
    })?;
    output::line(serde_json::to_string(&measured).during("writing what was measured")?);
    Ok(())
}
