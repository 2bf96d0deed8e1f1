//! `cargo xtask bench crypto`: `crypto` beside that of others, with the same JavaScript.
//!
//! Each server has a worker that does an operation as often as it is told, one after the other, and the time of such a
//! request is measured from here: there is a server whose clock stands still while a script computes. How often that is,
//! is found out in the first round, for each server and row, so that a request takes about as long everywhere.

use std::fs;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use super::figures::{Cell, Figures};
use super::peers::Program;
use super::selection::Selection;
use super::server::Server;
use super::sheet::{Column, Sheet, turns};
use super::site::Site;
use crate::cargo;
use crate::client;
use crate::failure::{During, Failure, Result};
use crate::output;

const WORKER: &str = include_str!("crypto/worker.js");

/// As `worker.js` has them.
const ROWS: [&str; 17] = [
    "digest-32",
    "digest-1k",
    "digest-1m",
    "hmac-32",
    "hmac-1k",
    "hmac-1m",
    "aes-gcm-1k",
    "aes-gcm-1m",
    "ecdsa-sign",
    "ecdsa-verify",
    "ed25519-sign",
    "ed25519-verify",
    "rsa-sign",
    "rsa-verify",
    "pbkdf2",
    "random-16",
    "random-uuid",
];

/// The row of the shortest run.
const SMOKE: &str = "digest-32";

/// A request computes for as long as it takes; elsewhere there is no such limit.
const FLAGS: [&str; 4] = ["--cpu-ms", "600000", "--wall-ms", "600000"];

const COLUMNS: [Column; 8] = [
    ("row", 0),
    ("server", 1),
    ("operations/s", 2),
    ("spread", 3),
    ("time", 4),
    ("CPU/operation", 7),
    ("rate ×", 9),
    ("CPU ×", 10),
];

const LEGEND: [&str; 2] = [
    "medians of the rounds; spread: the lowest and the highest. Operations one after the other. CPU: of all threads, in the kernel too",
    "rate ×, CPU ×: how many times as much the runner has as the server of the line, within a round",
];

#[derive(Debug, Default, clap::Args)]
pub(crate) struct Arguments {
    #[command(flatten)]
    selection: Selection,
    /// About how long each time, in milliseconds, after a warm-up of a fifth of that
    #[arg(long, value_name = "N", default_value_t = 1000, value_parser = clap::value_parser!(u32).range(1..), conflicts_with = "smoke")]
    millis: u32,
}

/// How often an operation is done in a request, for each row of each server; 0 is not known yet.
type Counts = Vec<[u64; ROWS.len()]>;

struct Bench<'a> {
    arguments: &'a Arguments,
    programs: Vec<Program>,
    directory: PathBuf,
    time: Duration,
}

pub(crate) fn run(arguments: &Arguments) -> Result {
    let target = cargo::target_directory()?;
    let rows: Vec<_> = (0..ROWS.len()).filter(|&row| arguments.wants(ROWS[row])).collect();
    if rows.is_empty() {
        return Err(Failure::new(format!("no such row; there are {}", ROWS.join(", "))));
    }
    let bench = Bench {
        arguments,
        programs: arguments.selection.programs(&target)?,
        directory: target.join("bench").join("crypto"),
        time: Duration::from_millis(if arguments.selection.smoke { 20 } else { arguments.millis.into() }),
    };
    fs::create_dir_all(&bench.directory).during(bench.directory.display())?;
    Site::One(WORKER.to_owned()).write(&bench.directory)?;
    let rounds = arguments.selection.rounds();
    let new_row = |_: &usize| bench.programs.iter().map(|program| Cell::new(program.peer)).collect();
    let mut cells: Vec<Vec<Cell>> = rows.iter().map(new_row).collect();
    let mut counts: Counts = vec![[0; ROWS.len()]; bench.programs.len()];
    for round in 0..rounds {
        output::line(format_args!("round {} of {rounds}: {} rows", round + 1, rows.len()));
        for program in turns(bench.programs.len(), round) {
            let server = bench.start(program);
            for (&row, cells) in rows.iter().zip(&mut cells) {
                let cell = &mut cells[program];
                if cell.failure.is_some() {
                    continue;
                }
                let figures = match &server {
                    Ok(server) => bench.measure(server, ROWS[row], &mut counts[program][row]),
                    Err(failure) => Err(Failure::new(failure.to_string())),
                };
                match figures {
                    Ok(figures) => cell.rounds.push(figures),
                    Err(failure) => cell.failure = Some(failure.to_string()),
                }
            }
        }
    }
    let sheet = Sheet {
        name: "crypto",
        columns: &COLUMNS,
        legend: &LEGEND,
        programs: &bench.programs,
        rounds,
        rows: rows.iter().map(|&row| ROWS[row]).zip(cells).collect(),
    };
    sheet.write(&target.join("bench"))
}

impl Arguments {
    /// For the gate, with a runner that is there.
    pub(crate) fn smoke(runner: PathBuf) -> Self {
        Self { selection: Selection::smoke(runner), ..Self::default() }
    }

    fn wants(&self, row: &str) -> bool {
        self.selection.wants(row, |row| row == SMOKE)
    }
}

impl Bench<'_> {
    fn start(&self, program: usize) -> Result<Server> {
        let cores = self.arguments.selection.server_cores.as_deref();
        let site = Site::One(String::new());
        Server::start(&self.programs[program], &site, &FLAGS, &self.directory, cores)
    }

    /// Measures an operation that is done `count` times in a request, or finds out how often it is to be done.
    fn measure(&self, server: &Server, row: &str, count: &mut u64) -> Result<Figures> {
        if *count == 0 {
            *count = self.calibrate(server, row)?;
        }
        ask(server, row, (*count / 5).max(1))?;
        let before = server.usage()?;
        let time = ask(server, row, *count)?;
        let cpu = server.usage()?.cpu.saturating_sub(before.cpu);
        let operations = *count as f64;
        Ok(Figures {
            per_s: Some(operations / time.as_secs_f64()),
            p50_ns: Some(time.as_nanos() as f64 / operations),
            cpu_ns: Some(cpu.as_nanos() as f64 / operations),
            ..Figures::default()
        })
    }

    /// How often an operation is done in about the time of a request.
    fn calibrate(&self, server: &Server, row: &str) -> Result<u64> {
        // The first one makes the keys.
        ask(server, row, 1)?;
        let mut count = 1;
        loop {
            let time = ask(server, row, count)?;
            if time >= self.time / 4 {
                return Ok(share(count, time, self.time));
            }
            // A short time says little.
            count = share(count, time, self.time / 2).clamp(count * 2, count * 20);
        }
    }
}

/// How many are done in `wanted` if so many are in `time`; at least one.
fn share(count: u64, time: Duration, wanted: Duration) -> u64 {
    ((count as f64 * wanted.as_secs_f64() / time.as_secs_f64().max(1e-9)) as u64).max(1)
}

/// Has an operation done so many times; how long that takes.
fn ask(server: &Server, row: &str, count: u64) -> Result<Duration> {
    let started = Instant::now();
    let (status, body) = client::get(server.address, &format!("/{row}/{count}")).during(row)?;
    let time = started.elapsed();
    let text = String::from_utf8_lossy(&body);
    if status == 200 && text.contains(&format!("done {count}.")) {
        Ok(time)
    } else {
        Err(Failure::new(format!("status {status}: {}", text.lines().next().unwrap_or_default())))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_follow_the_time() {
        assert_eq!(share(10, Duration::from_millis(5), Duration::from_millis(50)), 100);
        assert_eq!(share(1, Duration::from_secs(5), Duration::from_secs(1)), 1);
    }

    #[test]
    fn the_worker_has_all_rows() {
        for row in ROWS {
            assert!(WORKER.contains(&format!("'{row}'")), "{row}");
        }
    }
}
