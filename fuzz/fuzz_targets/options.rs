//! Any command line: it is understood, or refused with a message.

#![no_main]

// The command is a program, not a library.
#[allow(dead_code, reason = "only the parser is called")]
#[path = "../../crates/runner/src/cli/mod.rs"]
mod cli;

use clap::Parser;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    let line = String::from_utf8_lossy(data);
    let arguments = std::iter::once("runner").chain(line.split('\n'));
    if let Err(error) = cli::Cli::try_parse_from(arguments) {
        assert!(!error.to_string().is_empty());
    }
});
