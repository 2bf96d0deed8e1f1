//! `cargo xtask snapshot`.

use std::fs;
use std::path::{Path, PathBuf};

use crate::cargo;
use crate::failure::{During, Failure, Result};
use crate::output;

#[derive(Debug, Default, clap::Args)]
pub(crate) struct Arguments {
    /// Check that the snapshot that is there is the one the present sources make
    #[arg(long)]
    pub(crate) check: bool,
    /// With the release build of the runner
    #[arg(long)]
    pub(crate) release: bool,
    /// With this program instead of one that is built now
    #[arg(skip)]
    pub(crate) runner: Option<PathBuf>,
}

pub(crate) fn run(arguments: &Arguments) -> Result {
    let directory = cargo::target_directory()?.join("snapshot");
    let file = directory.join("isolate-pool.snapshot");
    fs::create_dir_all(&directory).during(directory.display())?;
    if arguments.check { check(&file, arguments) } else { build(&file, arguments) }
}

fn build(file: &Path, arguments: &Arguments) -> Result {
    let report = runner("build", file, arguments)?;
    output::line(format_args!("file  {}", file.display()));
    for field in ["size", "hash", "time"] {
        output::line(format_args!("{field}  {}", report.field(field)?));
    }
    Ok(())
}

/// The runner must accept the file, and a new one must be of the same bootstrap. Their bytes may differ: V8 does not
/// promise that two snapshots of one source are equal.
fn check(file: &Path, arguments: &Arguments) -> Result {
    if !file.exists() {
        let message = format!("{} does not exist; `cargo xtask snapshot` builds it", file.display());
        return Err(Failure::new(message));
    }
    let stored = runner("inspect", file, arguments).map_err(|failure| {
        Failure::new(format!("the runner refuses {}; build it again ({failure})", file.display()))
    })?;
    let temporary = file.with_extension(format!("check-{}", std::process::id()));
    let rebuilt = runner("build", &temporary, arguments);
    // It may not have come to be.
    let _ = fs::remove_file(&temporary);
    let rebuilt = rebuilt?;
    for field in ["format", "v8", "target", "bootstrap"] {
        let (stored, rebuilt) = (stored.field(field)?, rebuilt.field(field)?);
        if stored != rebuilt {
            return Err(Failure::new(format!(
                "{} is out of date: its {field} is {stored}, that of a new one {rebuilt}; build it again",
                file.display()
            )));
        }
    }
    output::line(format_args!("{} is up to date", file.display()));
    output::line(format_args!("bootstrap  {}", stored.field("bootstrap")?));
    Ok(())
}

/// What `runner snapshot` prints: a name and a value on each line.
struct Report(String);

impl Report {
    fn field(&self, name: &str) -> Result<&str> {
        let value = self.0.lines().find_map(|line| {
            let (field, value) = line.split_once(char::is_whitespace)?;
            (field == name).then(|| value.trim())
        });
        value.ok_or_else(|| Failure::new(format!("`runner snapshot` printed no {name}:\n{}", self.0)))
    }
}

fn runner(action: &str, file: &Path, arguments: &Arguments) -> Result<Report> {
    let mut run = if let Some(runner) = &arguments.runner {
        cargo::program(runner)
    } else {
        let mut run = cargo::cargo(["run", "--quiet", "--package", "runner"]);
        if arguments.release {
            run.arg("--release");
        }
        run.arg("--");
        run
    };
    run.args(["snapshot", action]).arg(file);
    cargo::read(&mut run).map(Report)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_of_a_report() {
        let report = Report("file        a b\nsize        12 bytes\nhash        ab\n".into());
        assert_eq!(report.field("size").unwrap(), "12 bytes");
        assert_eq!(report.field("file").unwrap(), "a b");
        assert!(report.field("time").is_err());
    }
}
