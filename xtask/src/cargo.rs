//! Running cargo and other programs, from the root of the workspace.

use std::ffi::OsStr;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use crate::failure::{During, Failure, Result};
use crate::output;

/// The root of the workspace.
pub(crate) fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap_or(Path::new("."))
}

/// The cargo that runs this program, without the variables it has set for it.
///
/// Build scripts watch some of those (`CARGO_PKG_NAME` for one), and would run again for every command that is
/// given once by hand and once through here.
pub(crate) fn cargo<S: AsRef<OsStr>>(arguments: impl IntoIterator<Item = S>) -> Command {
    let mut command = program(std::env::var_os("CARGO").unwrap_or("cargo".into()));
    for (name, _) in std::env::vars_os() {
        let set_for_this_program = name
            .to_str()
            .is_some_and(|name| name.starts_with("CARGO_PKG_") || name.starts_with("CARGO_MANIFEST_"));
        if set_for_this_program {
            command.env_remove(name);
        }
    }
    command.args(arguments);
    command
}

/// A program to be run in the root of the workspace.
pub(crate) fn program(name: impl AsRef<OsStr>) -> Command {
    let mut command = Command::new(name);
    command.current_dir(root());
    command
}

/// Selects what `cargo test --workspace` has built the dependencies for: with other features the gate would compile them twice.
pub(crate) const AS_TESTED: [&str; 3] = ["--workspace", "--bench", "operations"];

/// Where cargo builds.
pub(crate) fn target_directory() -> Result<PathBuf> {
    let metadata = read(&mut cargo(["metadata", "--format-version", "1", "--no-deps"]))?;
    let metadata: serde_json::Value = serde_json::from_str(&metadata).during("reading cargo's metadata")?;
    let directory = metadata["target_directory"].as_str();
    directory.map(PathBuf::from).ok_or_else(|| Failure::new("cargo does not say where it builds"))
}

/// Builds a program of a package and returns where it is: the release build, or that of a smoke run.
pub(crate) fn built(package: &str, name: &str, target: &Path, smoke: bool) -> Result<PathBuf> {
    let (selection, profile): (&[&str], _) =
        if smoke { (&AS_TESTED, "debug") } else { (&["--release", "--package", package], "release") };
    run(cargo(["build", "--bin", name]).args(selection))?;
    Ok(target.join(profile).join(name))
}

/// Runs a command that prints for itself.
pub(crate) fn run(command: &mut Command) -> Result {
    let status = command.status().during(describe(command))?;
    if status.success() { Ok(()) } else { Err(Failure::new(format!("{}: {status}", describe(command)))) }
}

/// Runs a command and returns what it writes to its standard output.
pub(crate) fn read(command: &mut Command) -> Result<String> {
    let done = command.stderr(Stdio::inherit()).output().during(describe(command))?;
    if !done.status.success() {
        return Err(Failure::new(format!("{}: {}", describe(command), done.status)));
    }
    String::from_utf8(done.stdout).during(describe(command))
}

/// Runs tests and passes on what they print. A run in which no test passed is a failure: a filter that fits nothing
/// would go unnoticed otherwise.
pub(crate) fn run_tests(command: &mut Command) -> Result {
    let mut child = command.stdout(Stdio::piped()).spawn().during(describe(command))?;
    let mut passed = 0;
    if let Some(stdout) = child.stdout.take() {
        for line in BufReader::new(stdout).lines() {
            let line = line.during("reading the output of the tests")?;
            passed += passed_tests(&line);
            output::line(line);
        }
    }
    let status = child.wait().during(describe(command))?;
    if !status.success() {
        return Err(Failure::new(format!("{}: {status}", describe(command))));
    }
    if passed == 0 {
        return Err(Failure::new(format!("{}: no test ran", describe(command))));
    }
    Ok(())
}

/// The number in `test result: ok. 9 passed; …`.
fn passed_tests(line: &str) -> u64 {
    let counts = line.strip_prefix("test result: ok. ");
    counts.and_then(|counts| counts.split_once(" passed")?.0.parse().ok()).unwrap_or(0)
}

fn describe(command: &Command) -> String {
    let name = Path::new(command.get_program()).file_stem().unwrap_or_default();
    let words: Vec<_> = std::iter::once(name)
        .chain(command.get_args())
        .map(|word| word.to_string_lossy().into_owned())
        .collect();
    words.join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_passed_tests() {
        assert_eq!(passed_tests("test result: ok. 12 passed; 0 failed; 0 ignored"), 12);
        assert_eq!(passed_tests("test a ... ok"), 0);
    }
}
