//! `memory parts` names what can be measured, `memory PART` measures it: a line of JSON for each row.
//!
//! `cargo xtask memory` runs the parts and makes the page. The program starts itself with `clients` where a part needs
//! others to talk to.

use std::fmt::Display;
use std::io;
use std::path::Path;
use std::process::ExitCode;

use benches::memory::{self, Kind, Plan};
use isolate::platform;
use serde_json::json;

const USAGE: &str = "usage: memory parts
       memory version
       memory PART [--smoke]
       memory clients KIND ADDRESS [CERTIFICATE]";

fn main() -> ExitCode {
    isolate::use_jemalloc_as_meter();
    let words: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<_> = words.iter().map(String::as_str).collect();
    let done = match words[..] {
        ["parts"] => {
            memory::PARTS.iter().for_each(|(name, _)| print(json!(name)));
            Ok(true)
        }
        ["version"] => {
            print(platform::v8_version());
            Ok(true)
        }
        ["clients", kind, address] => clients(kind, address, None),
        ["clients", kind, address, certificate] => clients(kind, address, Some(Path::new(certificate))),
        [part] => Ok(measure(part, &Plan::FULL)),
        [part, "--smoke"] => Ok(measure(part, &Plan::QUICK)),
        _ => Ok(false),
    };
    match done {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => {
            eprintln!("{USAGE}");
            ExitCode::FAILURE
        }
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

/// Whether there is such a part.
fn measure(part: &str, plan: &Plan) -> bool {
    let Some((_, measure)) = memory::PARTS.into_iter().find(|(name, _)| *name == part) else { return false };
    measure(plan).iter().for_each(|row| print(row.to_json()));
    true
}

/// Whether there are such clients.
fn clients(kind: &str, address: &str, certificate: Option<&Path>) -> io::Result<bool> {
    match (Kind::named(kind), address.parse()) {
        (Some(kind), Ok(address)) => memory::hold(kind, address, certificate).map(|()| true),
        _ => Ok(false),
    }
}

#[allow(clippy::print_stdout, reason = "what the program is for")]
fn print(line: impl Display) {
    println!("{line}");
}
