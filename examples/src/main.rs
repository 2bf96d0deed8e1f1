//! `cargo run -p examples -- NAME`. Each module is a program of its own.

#![allow(clippy::print_stdout, reason = "it is what an example shows")]
#![allow(unreachable_pub, reason = "each module is the main file of a program")]

mod bindings;
mod call_function;
mod embed_axum;
mod pool_core_tcp;
mod template;

use std::error::Error;
use std::process::ExitCode;

type Example = fn() -> Result<(), Box<dyn Error>>;

const EXAMPLES: [(&str, Example); 5] = [
    ("bindings", bindings::main),
    ("call-function", call_function::main),
    ("embed-axum", embed_axum::main),
    ("pool-core-tcp", pool_core_tcp::main),
    ("template", template::main),
];

fn main() -> ExitCode {
    let name = std::env::args().nth(1).unwrap_or_default();
    let Some((_, example)) = EXAMPLES.iter().find(|(known, _)| *known == name) else {
        let names = EXAMPLES.map(|(name, _)| name).join(", ");
        eprintln!("which one? {names}");
        return ExitCode::from(2);
    };
    match example() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}
