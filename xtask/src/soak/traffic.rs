//! Good and hostile traffic against the real server, and what of it stays.
//!
//! ```text
//! warm-up (a tenth of the time) ─► idle ─► the first look ─► traffic ─► idle ─► the second look
//! ```
//!
//! After the second time of idling the server must hold no more than after the first one, within the bounds of
//! [`Sample::grown_since`]. It must be the same process, answer the good requests, and end by itself when it is told
//! to.

use std::fs::{self, File};
use std::io::{BufRead, BufReader};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use super::charts;
use super::samples::Sample;
use super::workers::{self, GOOD, HOSTILE, Worker};
use crate::cargo;
use crate::client;
use crate::failure::{During, Failure, Result};
use crate::output;
use crate::process::Owned;

/// Longer than connections, contexts and threads may idle.
const IDLE: Duration = Duration::from_secs(45);

const SAMPLE_EVERY: Duration = Duration::from_secs(1);

const GOOD_CLIENTS: usize = 4;
const HOSTILE_CLIENTS: usize = 3;

/// Small limits, so that much happens in little time.
const FLAGS: [&str; 16] = [
    "--listen",
    "127.0.0.1:0",
    "--fetch",
    "any",
    "--pool-size",
    "20",
    "--heap-mb",
    "32",
    "--cpu-ms",
    "50",
    "--wall-ms",
    "2000",
    "--idle-timeout-ms",
    "5000",
    "--body-timeout-ms",
    "2000",
];

/// What the clients share.
#[derive(Debug, Default)]
struct Traffic {
    /// Whether to make any.
    flows: AtomicBool,
    ended: AtomicBool,
    /// Answers to good and to hostile requests.
    answers: [AtomicUsize; 2],
    /// Good requests that were answered by a refusal; with three tenants that want all, some are.
    refused: AtomicUsize,
    /// Good requests that got no answer, or a wrong one.
    failed: AtomicUsize,
}

pub(super) fn run(minutes: u32, program: Option<&Path>) -> Result {
    let target = cargo::target_directory()?;
    let program = match program {
        Some(program) => program.to_owned(),
        None => {
            cargo::run(&mut cargo::cargo(["build", "--release", "--package", "runner"]))?;
            target.join("release").join("runner")
        }
    };
    let directory = target.join("soak");
    let workers = directory.join("workers");
    workers::write(&workers)?;
    let mut server = Server::start(&program, &workers, &directory.join("server.log"))?;
    let traffic = Traffic::default();
    let watched = thread::scope(|scope| {
        for client in 0..GOOD_CLIENTS + HOSTILE_CLIENTS {
            let (traffic, address) = (&traffic, server.address);
            scope.spawn(move || match client.checked_sub(GOOD_CLIENTS) {
                None => traffic.go_on(|number| traffic.ask_well(client + number, address)),
                Some(client) => traffic.go_on(|number| traffic.ask_badly(client, number, address)),
            });
        }
        let watched = watch(&server, &traffic, Duration::from_secs(u64::from(minutes) * 60));
        traffic.ended.store(true, Ordering::Relaxed);
        watched
    });
    let (samples, phases) = watched?;
    let file = directory.join("soak.svg");
    fs::write(&file, charts::svg(&samples, &phases)).during(file.display())?;
    let ended = server.stop();
    report(&samples, &phases, &traffic);
    output::line(format_args!("charts: {}", file.display()));
    ended?;
    judge(&samples, &phases, &traffic)
}

type Watched = (Vec<Sample>, Vec<(&'static str, f64)>);

/// Goes through the phases and takes samples meanwhile.
fn watch(server: &Server, traffic: &Traffic, length: Duration) -> Result<Watched> {
    let start = Instant::now();
    let (mut samples, mut phases) = (Vec::new(), Vec::new());
    let plan = [
        ("warm-up", true, (length / 10).max(Duration::from_secs(15))),
        ("idle", false, IDLE),
        ("traffic", true, length),
        ("idle again", false, IDLE),
    ];
    for (name, flows, length) in plan {
        output::line(format_args!("{name}: {} s", length.as_secs()));
        phases.push((name, start.elapsed().as_secs_f64()));
        traffic.flows.store(flows, Ordering::Relaxed);
        let end = Instant::now() + length;
        while Instant::now() < end {
            let answers = [0, 1].map(|kind| traffic.answers[kind].load(Ordering::Relaxed));
            samples.push(Sample::take(server.process.0.id(), &server.admin, start, answers)?);
            thread::sleep(SAMPLE_EVERY);
        }
    }
    Ok((samples, phases))
}

/// The last sample before the phase of this number ends.
fn at_end<'a>(samples: &'a [Sample], phases: &[(&str, f64)], number: usize) -> Option<&'a Sample> {
    let end = phases.get(number + 1).map_or(f64::INFINITY, |(_, begin)| *begin);
    samples.iter().rev().find(|sample| sample.at < end)
}

fn report(samples: &[Sample], phases: &[(&str, f64)], traffic: &Traffic) {
    let mut rows =
        vec![["", "MiB resident", "descriptors", "threads", "isolates"].map(str::to_owned).to_vec()];
    for (number, (name, _)) in phases.iter().enumerate() {
        let Some(sample) = at_end(samples, phases, number) else { continue };
        let isolates = sample.isolates.map_or_else(|| "–".to_owned(), |count| format!("{count:.0}"));
        let figures = [sample.rss_mib, sample.descriptors, sample.threads].map(|value| format!("{value:.0}"));
        rows.push([vec![format!("after {name}")], figures.to_vec(), vec![isolates]].concat());
    }
    output::table(&rows, 1);
    let [good, hostile] = traffic.answers.each_ref().map(|count| count.load(Ordering::Relaxed));
    output::line(format_args!(
        "good requests: {good} answered, {} refused, {} failed; hostile ones: {hostile} ended",
        traffic.refused.load(Ordering::Relaxed),
        traffic.failed.load(Ordering::Relaxed),
    ));
}

fn judge(samples: &[Sample], phases: &[(&str, f64)], traffic: &Traffic) -> Result {
    let (Some(before), Some(after)) = (at_end(samples, phases, 1), at_end(samples, phases, 3)) else {
        return Err(Failure::new("there are no samples to compare"));
    };
    let mut faults = after.grown_since(before);
    let failed = traffic.failed.load(Ordering::Relaxed);
    if failed > 0 {
        faults.push(format!("{failed} good requests failed"));
    }
    if traffic.answers[0].load(Ordering::Relaxed) == 0 {
        faults.push("no good request was answered".to_owned());
    }
    if faults.is_empty() { Ok(()) } else { Err(Failure::new(faults.join("; "))) }
}

impl Traffic {
    /// Makes request after request while any are to be made.
    fn go_on(&self, request: impl Fn(usize)) {
        let mut number = 0;
        while !self.ended.load(Ordering::Relaxed) {
            if self.flows.load(Ordering::Relaxed) {
                request(number);
                number += 1;
            } else {
                thread::sleep(Duration::from_millis(50));
            }
        }
    }

    fn ask_well(&self, number: usize, address: SocketAddr) {
        let target = GOOD[number % GOOD.len()].target(number, &address.to_string());
        let count = match client::get(address, &target) {
            Ok((200, body)) if !body.is_empty() => &self.answers[0],
            // The machine may be too small for all that is asked of it: no capacity, no time.
            Ok((429 | 503 | 504, _)) => &self.refused,
            _ => &self.failed,
        };
        count.fetch_add(1, Ordering::Relaxed);
    }

    fn ask_badly(&self, client: usize, number: usize, address: SocketAddr) {
        // Every client has an order of its own, and each worker gets all of its requests in time.
        let worker: &Worker = &HOSTILE[(number + client) % HOSTILE.len()];
        let target = worker.target(number / HOSTILE.len(), &address.to_string());
        // What comes of these is the server's affair.
        let _ = match number % 7 {
            5 => client::abandon(address, &target),
            6 => client::dawdle(address).map(|_| thread::sleep(Duration::from_millis(200))),
            _ => client::get(address, &target).map(drop),
        };
        self.answers[1].fetch_add(1, Ordering::Relaxed);
    }
}

/// The server, killed if it is not stopped.
struct Server {
    process: Owned,
    address: SocketAddr,
    /// The socket of its admin listener.
    admin: PathBuf,
}

impl Server {
    fn start(program: &Path, workers: &Path, log: &Path) -> Result<Self> {
        let admin = log.with_file_name("admin.sock");
        let log = File::create(log).during(log.display())?;
        let mut process = Command::new(program)
            .arg("serve")
            .arg(workers)
            .args(FLAGS)
            .arg(format!("--admin=unix:{}", admin.display()))
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(log)
            .spawn()
            .during(program.display())?;
        let mut line = String::new();
        if let Some(stdout) = process.stdout.take() {
            BufReader::new(stdout).read_line(&mut line).during("the first line of the server")?;
        }
        let address =
            line.trim().strip_prefix("listening on http://").and_then(|address| address.parse().ok());
        let unset = SocketAddr::from(([0, 0, 0, 0], 0));
        let server = Self { process: Owned(process), address: address.unwrap_or(unset), admin };
        if server.address == unset {
            return Err(Failure::new(format!("the server did not start: {line:?}")));
        }
        Ok(server)
    }

    /// Asks it to drain, and waits for its end.
    fn stop(&mut self) -> Result {
        let status = self.process.end(IDLE)?;
        if status.success() { Ok(()) } else { Err(Failure::new(format!("the server ended with {status}"))) }
    }
}
