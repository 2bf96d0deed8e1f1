//! Running tests: each in a program of its own, several at a time.

use std::fs;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError, mpsc};
use std::thread;
use std::time::Duration;

use serde_json::Value;

use super::checkout::{Checkout, Test};
use super::results::FileResult;
use super::server::Server;
use super::worker;
use crate::cargo;
use crate::failure::{During, Failure, Result};

/// Wide enough for what no worker may, and tests do. Their patience is their own affair.
const LIMITS: [&str; 14] = [
    "--fetch",
    "any",
    "--cpu-ms",
    "600000",
    "--startup-cpu-ms",
    "60000",
    "--wall-ms",
    "600000",
    "--heap-mb",
    "1024",
    "--script-mb",
    "64",
    "--log",
    "error",
];

/// All that it has, and nothing of the directory that it is started in.
const DENO_FLAGS: [&str; 6] =
    ["--allow-all", "--no-config", "--no-lock", "--no-check", "--quiet", "--unstable-broadcast-channel"];

/// What a program may take beyond the patience of its test: a machine may be busy.
const GRACE: Duration = Duration::from_secs(60);

/// What calls a worker under Deno.
const DENO: &str = include_str!("deno.js");

/// What runs a worker, and where it finds it.
#[derive(Debug)]
pub(super) struct Program {
    file: PathBuf,
    directory: PathBuf,
    kind: Kind,
}

#[derive(Debug)]
enum Kind {
    Runner { snapshot: PathBuf },
    Deno { main: PathBuf },
}

/// A test for each core.
pub(super) fn cores() -> usize {
    thread::available_parallelism().map_or(1, usize::from)
}

impl Program {
    /// The runner, with a directory for its workers, and the startup snapshot that all of them share.
    pub(super) fn runner(file: PathBuf, directory: &Path) -> Result<Self> {
        let directory = own_directory(directory)?;
        let snapshot = directory.join("snapshot");
        cargo::read(cargo::program(&file).args(["snapshot", "build"]).arg(&snapshot))?;
        Ok(Self { file, directory, kind: Kind::Runner { snapshot } })
    }

    /// Deno, with a directory for the workers.
    pub(super) fn deno(file: PathBuf, directory: &Path) -> Result<Self> {
        let directory = own_directory(directory)?;
        let main = directory.join("main.mjs");
        fs::write(&main, DENO).during(main.display())?;
        Ok(Self { file, directory, kind: Kind::Deno { main } })
    }

    /// Calls a worker once and returns the body of its answer; `Err` says why there is none.
    pub(super) fn call(
        &self,
        name: &str,
        text: &str,
        limit: Duration,
    ) -> std::result::Result<Vec<u8>, String> {
        let file = self.directory.join(name).with_extension("js");
        let done = fs::write(&file, text).map_err(|error| format!("{}: {error}", file.display()));
        let answer = done.and_then(|()| {
            let mut command = Command::new(&self.file);
            match &self.kind {
                Kind::Runner { snapshot } => {
                    command.arg("run").arg(&file).arg("--snapshot").arg(snapshot).args(LIMITS)
                }
                Kind::Deno { main } => command.arg("run").args(DENO_FLAGS).arg(main).arg(&file),
            };
            command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
            let child = command.spawn().map_err(|error| format!("{}: {error}", self.file.display()))?;
            body(&output(child, limit)?)
        });
        // It may not have come to be.
        let _ = fs::remove_file(&file);
        answer
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        // Below cargo's target directory, where a rest harms nobody.
        let _ = fs::remove_dir_all(&self.directory);
    }
}

fn own_directory(directory: &Path) -> Result<PathBuf> {
    let directory = directory.join(std::process::id().to_string());
    fs::create_dir_all(&directory).during(directory.display())?;
    Ok(directory)
}

/// What a program wrote before it ended.
struct Output {
    out: Vec<u8>,
    err: Vec<u8>,
}

/// Waits for a program to end, and ends it when it does not.
fn output(mut child: Child, limit: Duration) -> std::result::Result<Output, String> {
    let (mut stdout, mut stderr) = (child.stdout.take(), child.stderr.take());
    let (told, ended) = mpsc::channel();
    thread::scope(|scope| {
        let err = scope.spawn(move || read(stderr.as_mut()));
        scope.spawn(move || told.send(read(stdout.as_mut())));
        let out = ended.recv_timeout(limit);
        if out.is_err() {
            // It may have ended by itself just now.
            let _ = child.kill();
        }
        let status = child.wait().map_err(|error| error.to_string())?;
        let err = err.join().unwrap_or_default();
        match out {
            Ok(out) if status.success() => Ok(Output { out, err }),
            Ok(_) => Err(format!("the program ended with {status}: {}", last_line(&err))),
            Err(_) => Err(format!("the program did not end within {} s", limit.as_secs())),
        }
    })
}

fn read(pipe: Option<&mut impl Read>) -> Vec<u8> {
    let mut bytes = Vec::new();
    if let Some(pipe) = pipe {
        // What was read until an error is what there is.
        let _ = pipe.read_to_end(&mut bytes);
    }
    bytes
}

/// The body of the response that `runner run` prints.
fn body(output: &Output) -> std::result::Result<Vec<u8>, String> {
    let end = output.out.windows(2).position(|bytes| bytes == b"\n\n");
    end.map(|end| output.out[end + 2..].to_vec())
        .ok_or_else(|| format!("the program printed no response: {}", last_line(&output.err)))
}

fn last_line(text: &[u8]) -> String {
    let text = String::from_utf8_lossy(text);
    let line = text.lines().rev().map(str::trim).find(|line| !line.is_empty());
    line.unwrap_or("it said nothing").to_owned()
}

/// The results of all tests, in their order.
pub(super) fn all(
    program: &Program,
    checkout: &Checkout,
    server: &Server,
    tests: &[Test],
    jobs: usize,
) -> Result<Vec<FileResult>> {
    let next = AtomicUsize::new(0);
    let results = Mutex::new(Vec::with_capacity(tests.len()));
    thread::scope(|scope| {
        for _ in 0..jobs.max(1) {
            scope.spawn(|| {
                loop {
                    let number = next.fetch_add(1, Ordering::Relaxed);
                    let Some(test) = tests.get(number) else { break };
                    let result = one(program, checkout, server, test, number);
                    results.lock().unwrap_or_else(PoisonError::into_inner).push((number, result));
                }
            });
        }
    });
    let mut results = results.into_inner().unwrap_or_else(PoisonError::into_inner);
    if results.len() != tests.len() {
        return Err(Failure::new("not all tests were run"));
    }
    results.sort_by_key(|(number, _)| *number);
    Ok(results.into_iter().map(|(_, result)| result).collect())
}

fn one(program: &Program, checkout: &Checkout, server: &Server, test: &Test, number: usize) -> FileResult {
    let text = match worker::text(checkout, test, server.ports()) {
        Ok(text) => text,
        Err(error) => return FileResult::broken(test.name(), error.to_string()),
    };
    let limit = Duration::from_millis(u64::from(worker::patience(test))) + GRACE;
    let answer = program.call(&number.to_string(), &text, limit);
    let answer = answer.map(|body| server.ports().replaced(&String::from_utf8_lossy(&body)));
    match answer.and_then(|body| serde_json::from_str::<Value>(&body).map_err(|error| error.to_string())) {
        Ok(answer) => FileResult::of_answer(test.name(), &answer),
        Err(why) => FileResult::broken(test.name(), why),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shell(text: &str) -> Child {
        let mut command = Command::new("sh");
        command.args(["-c", text]).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap()
    }

    #[test]
    fn the_body_of_an_answer_is_taken_out() {
        let printed = output(shell("printf 'HTTP/1.1 200 OK\\na: b\\n\\n{}'"), GRACE).unwrap();
        assert_eq!(body(&printed).unwrap(), b"{}");
    }

    #[test]
    fn programs_that_fail_or_stay_are_told() {
        let failed = output(shell("echo first >&2; echo why >&2; exit 3"), GRACE).err().unwrap();
        assert!(failed.ends_with(": why"), "{failed}");
        let stayed = output(shell("exec sleep 600"), Duration::from_millis(100)).err().unwrap();
        assert!(stayed.contains("did not end"), "{stayed}");
    }
}
