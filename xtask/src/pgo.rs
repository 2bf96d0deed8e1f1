//! `cargo xtask pgo`: the server, compiled with a profile of what it does under load.
//!
//! ```text
//! a build that counts ─► the load of `bench http` and `bench crypto` ─► counts, merged ─► a build that knows them
//! ```
//!
//! The profile has the functions that ran, and no others (`--sparse`): those are compiled as without a profile, and not as if
//! they never ran.

use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::cargo;
use crate::failure::{During, Failure, Result};
use crate::output;

/// What the counting build has to do: each row's flags of `bench`.
const TRAINING: [&[&str]; 2] = [&["http", "--rows", ROWS, "--seconds"], &["crypto", "--millis"]];

const ROWS: &str = "hello,json-1k,answer-64k,upload-64k,headers,routing-50,stream-1m,await-5ms-256,zipf-100,zipf-1000-pool-200";

/// The variable that tells a counting build where to write. `%m` stands for the build; processes add up there.
const COUNTS: (&str, &str) = ("LLVM_PROFILE_FILE", "%m.profraw");

#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    /// How long each row of the load takes
    #[arg(long, value_name = "N", default_value_t = 3, value_parser = clap::value_parser!(u32).range(1..))]
    seconds: u32,
    /// The profile of cargo: `release`, or `dist` without symbols
    #[arg(long, value_name = "NAME", default_value = "release")]
    profile: String,
    /// LLVM's `llvm-profdata`, of version 19 or later [default: that of the toolchain (`rustup component add llvm-tools`), or
    /// what is in PATH]
    #[arg(long, value_name = "FILE")]
    profdata: Option<PathBuf>,
}

pub(crate) fn run(arguments: &Arguments) -> Result {
    let directory = cargo::target_directory()?.join("pgo");
    let host = Host::find()?;
    let profdata = arguments.profdata.clone().unwrap_or_else(|| host.profdata());
    // Before a quarter of an hour of building.
    cargo::read(Command::new(&profdata).args(["merge", "--help"])).map_err(|failure| {
        let hint = "`rustup component add llvm-tools` brings it, or name one with --profdata";
        Failure::new(format!("no llvm-profdata ({failure}): {hint}"))
    })?;
    let counts = directory.join("counts");
    if counts.exists() {
        fs::remove_dir_all(&counts).during(counts.display())?;
    }
    fs::create_dir_all(&counts).during(counts.display())?;

    let build = Build { directory: &directory, host: &host.name, profile: &arguments.profile };
    let counting = build.with("-Cprofile-generate")?;
    for (flags, length) in TRAINING.into_iter().zip([arguments.seconds, arguments.seconds * 50]) {
        train(&counting, flags, length, &directory, &counts)?;
    }
    let profile = directory.join("runner.profdata");
    let mut merge = Command::new(&profdata);
    cargo::run(merge.args(["merge", "--sparse", "--output"]).arg(&profile).arg(&counts))?;
    let built = build.with(&format!("-Cprofile-use={}", profile.display()))?;
    let program = directory.join("runner");
    fs::copy(&built, &program).during(built.display())?;
    output::line(format_args!("file  {}", program.display()));
    Ok(())
}

/// The machine that builds.
struct Host {
    name: String,
    /// Where the toolchain keeps what is for it.
    directory: PathBuf,
}

impl Host {
    fn find() -> Result<Self> {
        let libraries = cargo::read(cargo::program("rustc").args(["--print", "target-libdir"]))?;
        let directory = Path::new(libraries.trim()).parent().map(Path::to_owned);
        let name =
            directory.as_ref().and_then(|directory| directory.file_name()?.to_str().map(str::to_owned));
        let (Some(directory), Some(name)) = (directory, name) else {
            return Err(Failure::new(format!("rustc's libraries are in {libraries:?}")));
        };
        Ok(Self { name, directory })
    }

    fn profdata(&self) -> PathBuf {
        let own = self.directory.join("bin").join("llvm-profdata");
        if own.exists() { own } else { "llvm-profdata".into() }
    }
}

/// Builds of the server in a directory of their own. Build scripts and macros are built without what is asked for, since the
/// target is named.
struct Build<'a> {
    directory: &'a Path,
    host: &'a str,
    profile: &'a str,
}

impl Build<'_> {
    fn with(&self, flag: &str) -> Result<PathBuf> {
        let mut flags = std::env::var_os("RUSTFLAGS").unwrap_or_default();
        flags.push(OsString::from(format!(" {flag}")));
        let mut build = cargo::cargo(["build", "--package", "runner", "--target", self.host]);
        build.args(["--profile", self.profile]).env("CARGO_TARGET_DIR", self.directory);
        cargo::run(build.env_remove("CARGO_ENCODED_RUSTFLAGS").env("RUSTFLAGS", flags))?;
        Ok(self.directory.join(self.host).join(self.profile).join("runner"))
    }
}

/// Runs a bench with this runner. What the bench writes goes to the directory of this command.
fn train(runner: &Path, flags: &[&str], length: u32, directory: &Path, counts: &Path) -> Result {
    let mut bench = cargo::program(std::env::current_exe().during("the path of this program")?);
    bench.arg("bench").args(flags).arg(length.to_string());
    bench.args(["--peers", "runner", "--rounds", "1", "--runner"]).arg(runner);
    bench.env("CARGO_TARGET_DIR", directory).env(COUNTS.0, counts.join(COUNTS.1));
    cargo::run(&mut bench)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_toolchain_says_for_which_machine_it_is() {
        let host = Host::find().unwrap();
        let version = cargo::read(cargo::program("rustc").arg("-vV")).unwrap();
        assert!(version.contains(&format!("host: {}", host.name)), "{} in {version}", host.name);
    }

    #[test]
    fn without_the_tool_nothing_is_built() {
        let profdata = Some(PathBuf::from("/nowhere/llvm-profdata"));
        let failure = run(&Arguments { seconds: 1, profile: "release".into(), profdata }).unwrap_err();
        let text = failure.to_string();
        assert!(text.contains("rustup component add llvm-tools"), "{text}");
    }
}
