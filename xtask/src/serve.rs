//! `cargo xtask serve`.

use std::ffi::OsString;

use crate::cargo;
use crate::failure::Result;

#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    /// Arguments of `runner serve`; `examples/workers` if there are none
    #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
    arguments: Vec<OsString>,
}

pub(crate) fn run(arguments: &Arguments) -> Result {
    let mut serve = cargo::cargo(["run", "--release", "--package", "runner", "--", "serve"]);
    if arguments.arguments.is_empty() {
        serve.arg("examples/workers");
    }
    cargo::run(serve.args(&arguments.arguments))
}
