//! `load list TABLE` names the points of a table, `load run TABLE ROW MODE` runs one of them: a line of JSON each.
//!
//! `cargo xtask bench` runs the points in rounds and makes the tables.

use std::process::ExitCode;

use benches::load::{self, Point, Size};
use isolate::platform;
use serde_json::{Value, json};

const USAGE: &str = "usage: load list TABLE [--smoke]
       load run TABLE ROW MODE [--smoke]
where TABLE is contention, scaling or crypto";

fn main() -> ExitCode {
    let mut arguments: Vec<String> = std::env::args().skip(1).collect();
    let given = arguments.len();
    arguments.retain(|argument| argument != "--smoke");
    let size = if arguments.len() < given { Size::Smoke } else { Size::Full };
    let words: Vec<_> = arguments.iter().map(String::as_str).collect();
    let done = match words[..] {
        ["list", table] => list(table, size),
        ["run", table, row, mode] => run(table, size, row, mode),
        _ => None,
    };
    match done {
        Some(()) => ExitCode::SUCCESS,
        None => {
            eprintln!("{USAGE}");
            ExitCode::FAILURE
        }
    }
}

fn list(table: &str, size: Size) -> Option<()> {
    for Point { row, mode, settings, compared_by, .. } in load::points(table, size)? {
        let compared_by = compared_by.name();
        print(&json!({ "row": row, "mode": mode, "settings": settings, "compared_by": compared_by }));
    }
    Some(())
}

fn run(table: &str, size: Size, row: &str, mode: &str) -> Option<()> {
    let chosen = |point: &Point| point.row == row && point.mode == mode;
    let point = load::points(table, size)?.into_iter().find(chosen)?;
    platform::initialize();
    print(&point.run().to_json());
    Some(())
}

#[allow(clippy::print_stdout, reason = "what the program is for")]
fn print(line: &Value) {
    println!("{line}");
}
