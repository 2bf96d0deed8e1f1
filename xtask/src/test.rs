//! `cargo xtask test`.

use crate::cargo;
use crate::failure::Result;

pub(crate) fn run() -> Result {
    cargo::run_tests(&mut cargo::cargo(["test", "--workspace"]))
}
