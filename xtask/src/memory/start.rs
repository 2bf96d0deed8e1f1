//! The start of the server: from `exec` to its first answer.

use std::fs;
use std::io::{BufRead, BufReader};
use std::net::SocketAddr;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use super::table::Tables;
use crate::client;
use crate::failure::{During, Failure, Result};
use crate::process::Owned;

/// How often each is started.
pub(super) const ROUNDS: usize = 15;

const TABLE: &str = "start";

const WORKER: &str = "export default { fetch() { return new Response('hello') } };\n";

/// Starts it in several ways, in turns.
pub(super) fn measure(runner: &Path, directory: &Path, rounds: usize) -> Result<Tables> {
    if directory.exists() {
        fs::remove_dir_all(directory).during(directory.display())?;
    }
    fs::create_dir_all(directory).during(directory.display())?;
    let file = |name: &str| directory.join(name).to_string_lossy().into_owned();
    let [worker, snapshot, kept, code] = ["hello.js", "worker.snapshot", "kept", "code"].map(file);
    fs::write(&worker, WORKER).during(&worker)?;
    end(Command::new(runner).args(["snapshot", "build", &snapshot]))?;
    let serve = [
        vec!["--no-snapshot-cache"],
        vec!["--snapshot-cache", &kept],
        vec!["--snapshot", &snapshot],
        vec!["--code-cache", &code],
    ];
    // The first with a directory fills it.
    for flags in &serve {
        answer(runner, &worker, flags)?;
    }

    let mut times: [Vec<Duration>; 10] = Default::default();
    for _ in 0..rounds {
        times[0].push(end(Command::new(runner).arg("--version"))?);
        times[1].push(end(Command::new(runner).args(["snapshot", "inspect", &snapshot]))?);
        for (flags, times) in serve.iter().zip(times[2..].chunks_mut(2)) {
            for (time, times) in answer(runner, &worker, flags)?.into_iter().zip(times) {
                times.push(time);
            }
        }
    }
    let names = [
        "`runner --version`, to its end",
        "`runner snapshot inspect`, to its end",
        "with `--no-snapshot-cache`, to its line \"listening\"",
        "the same with `--no-snapshot-cache`, to its first answer",
        "with a kept snapshot, the default, to its line \"listening\"",
        "the same with a kept snapshot, to its first answer",
        "with `--snapshot`, to its line \"listening\"",
        "the same with `--snapshot`, to its first answer",
        "with `--code-cache`, to its line \"listening\"",
        "the same with `--code-cache`, to its first answer",
    ];
    let mut tables = Tables::default();
    for (name, mut times) in names.into_iter().zip(times) {
        times.sort_unstable();
        let ms = |time: Option<&Duration>| time.map_or(0.0, |time| time.as_secs_f64() * 1e3);
        let (median, least) = (ms(times.get(times.len() / 2)), ms(times.first()));
        tables.add(TABLE, name, &[("median, ms", median), ("least, ms", least)]);
    }
    Ok(tables)
}

/// How long a command takes.
fn end(command: &mut Command) -> Result<Duration> {
    let started = Instant::now();
    let status = command.stdout(Stdio::null()).status().during("the runner")?;
    let time = started.elapsed();
    if status.success() { Ok(time) } else { Err(Failure::new(format!("the runner: {status}"))) }
}

/// How long the server takes until it says that it listens, and until its first answer is there.
fn answer(runner: &Path, worker: &str, flags: &[&str]) -> Result<[Duration; 2]> {
    let mut command = Command::new(runner);
    command.args(["serve", worker, "--listen", "127.0.0.1:0", "--log", "warn"]).args(flags);
    let started = Instant::now();
    let child = command.stdin(Stdio::null()).stdout(Stdio::piped()).spawn().during("the runner")?;
    let mut process = Owned(child);
    let mut line = String::new();
    if let Some(stdout) = process.0.stdout.take() {
        BufReader::new(stdout).read_line(&mut line).during("the first line of the server")?;
    }
    let listening = started.elapsed();
    let address: Option<SocketAddr> =
        line.trim().strip_prefix("listening on http://").and_then(|address| address.parse().ok());
    let address = address.ok_or_else(|| Failure::new(format!("the server did not start: {line:?}")))?;
    let (status, body) = client::get(address, "/").during("the first request")?;
    let answered = started.elapsed();
    if (status, &body[..]) != (200, b"hello") {
        return Err(Failure::new(format!("the first answer is {status}")));
    }
    Ok([listening, answered])
}
