//! `cargo xtask bench streams`: bodies that pass through a worker, beside other servers with the same worker, and beside a
//! proxy in plain `hyper`, which is about as fast as a body can be passed on in Rust.
//!
//! ```text
//! this program ◄─► the server that is measured ◄─► the origin, which makes bodies and swallows them
//! ```
//!
//! A row is a way and a worker: down or up, passed on or through a `TransformStream`. Every byte that arrives is compared.
//! The memory of the server is looked at all the time: that it is constant shows in its highest value.

mod transfer;

use std::fs;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use super::figures::{Cell, Figures};
use super::peers::{Peer, Program};
use super::selection::Selection;
use super::server::{self, Server};
use super::sheet::{Column, Sheet, turns};
use super::site::Site;
use crate::cargo;
use crate::failure::{During, Failure, Result};
use crate::output;

const PASSES: &str = include_str!("streams/passes.js");
const TRANSFORMS: &str = include_str!("streams/transforms.js");

/// What stands for the address of the origin in a worker.
const ORIGIN: &str = "ORIGIN";

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Way {
    Down,
    Up,
}

struct Row {
    name: &'static str,
    way: Way,
    worker: &'static str,
    connections: u64,
}

const ROWS: [Row; 8] = [
    Row { name: "download-passed-1", way: Way::Down, worker: PASSES, connections: 1 },
    Row { name: "download-passed-8", way: Way::Down, worker: PASSES, connections: 8 },
    Row { name: "upload-passed-1", way: Way::Up, worker: PASSES, connections: 1 },
    Row { name: "upload-passed-8", way: Way::Up, worker: PASSES, connections: 8 },
    Row { name: "download-transformed-1", way: Way::Down, worker: TRANSFORMS, connections: 1 },
    Row { name: "download-transformed-8", way: Way::Down, worker: TRANSFORMS, connections: 8 },
    Row { name: "upload-transformed-1", way: Way::Up, worker: TRANSFORMS, connections: 1 },
    Row { name: "upload-transformed-8", way: Way::Up, worker: TRANSFORMS, connections: 8 },
];

/// The origin is on this machine, what JavaScript does with so many bytes takes time, and they are more than a body may have.
const FLAGS: [&str; 8] =
    ["--fetch", "any", "--cpu-ms", "600000", "--wall-ms", "600000", "--max-body-mb", "4096"];

/// So much goes through before it is measured.
const WARM_UP: u64 = 16 << 20;

/// How often memory is looked at.
const LOOK: Duration = Duration::from_millis(20);

const COLUMNS: [Column; 8] = [
    ("row", 0),
    ("server", 1),
    ("MiB/s", 2),
    ("spread", 3),
    ("CPU/MiB", 7),
    ("highest RSS, MiB", 8),
    ("rate ×", 9),
    ("CPU ×", 10),
];

const LEGEND: [&str; 3] = [
    "medians of the rounds; spread: the lowest and the highest. CPU: of the server, in the kernel too",
    "rate ×, CPU ×: how many times as much the runner has as the server of the line, within a round",
    "passed: `return fetch(…)`; transformed: through a TransformStream; -1, -8: connections. hyper has no JavaScript: it passes on",
];

#[derive(Debug, Default, clap::Args)]
pub(crate) struct Arguments {
    #[command(flatten)]
    selection: Selection,
    /// How much goes through each time, on all connections together, in MiB
    #[arg(long, value_name = "N", default_value_t = 1024, value_parser = clap::value_parser!(u32).range(8..), conflicts_with = "smoke")]
    mib: u32,
}

struct Bench {
    programs: Vec<Program>,
    directory: PathBuf,
    cores: Option<String>,
    bytes: u64,
    origin: Server,
}

pub(crate) fn run(arguments: &Arguments) -> Result {
    let target = cargo::target_directory()?;
    let rows: Vec<_> = ROWS.iter().filter(|row| arguments.wants(row.name)).collect();
    if rows.is_empty() {
        let names: Vec<_> = ROWS.iter().map(|row| row.name).collect();
        return Err(Failure::new(format!("no such row; there are {}", names.join(", "))));
    }
    // The proxy, and the origin.
    let relay = cargo::built("benches", "relay", &target, arguments.selection.smoke)?;
    let mut programs = arguments.selection.programs(&target)?;
    programs.retain(|program| program.peer != Peer::Workerd);
    programs.insert(1, Program { peer: Peer::Hyper, file: relay.clone(), version: "1".to_owned() });
    let directory = target.join("bench").join("streams");
    fs::create_dir_all(&directory).during(directory.display())?;
    let bench = Bench {
        origin: origin(&relay, &directory)?,
        programs,
        directory,
        cores: arguments.selection.server_cores.clone(),
        bytes: if arguments.selection.smoke { 8 << 20 } else { u64::from(arguments.mib) << 20 },
    };
    let rounds = arguments.selection.rounds();
    let mut results = Vec::new();
    for row in rows {
        output::line(format_args!("{}: {rounds} × {} servers", row.name, bench.programs.len()));
        results.push((row.name, bench.row(row, rounds)?));
    }
    let sheet = Sheet {
        name: "streams",
        columns: &COLUMNS,
        legend: &LEGEND,
        programs: &bench.programs,
        rounds,
        rows: results,
    };
    sheet.write(&target.join("bench"))
}

impl Arguments {
    fn wants(&self, row: &str) -> bool {
        self.selection.wants(row, |row| row.ends_with("-1"))
    }
}

fn origin(relay: &Path, directory: &Path) -> Result<Server> {
    let address = server::free_address()?;
    let mut command = server::command(relay, None);
    command.args(["origin", &address.to_string()]);
    Server::spawn(command, address, &directory.join("origin.log"))
}

impl Bench {
    fn row(&self, row: &Row, rounds: u32) -> Result<Vec<Cell>> {
        let directory = self.directory.join(row.name);
        let origin = self.origin.address.to_string();
        let to_origin = [origin.as_str()];
        let site = Site::One(row.worker.replace(ORIGIN, &origin));
        site.write(&directory)?;
        let mut cells: Vec<_> = self.programs.iter().map(|program| Cell::new(program.peer)).collect();
        for round in 0..rounds {
            for index in turns(cells.len(), round) {
                let (program, cell) = (&self.programs[index], &mut cells[index]);
                if cell.failure.is_some() {
                    continue;
                }
                let flags = if program.peer == Peer::Hyper { &to_origin[..] } else { &FLAGS[..] };
                let figures = Server::start(program, &site, flags, &directory, self.cores.as_deref())
                    .and_then(|server| self.measure(&server, row));
                match figures {
                    Ok(figures) => cell.rounds.push(figures),
                    Err(failure) => cell.failure = Some(failure.to_string()),
                }
            }
        }
        Ok(cells)
    }

    fn measure(&self, server: &Server, row: &Row) -> Result<Figures> {
        transfer(server.address, row.way, 1, WARM_UP.min(self.bytes))?;
        let before = server.usage()?;
        let over = AtomicBool::new(false);
        let started = Instant::now();
        let (time, highest) = thread::scope(|scope| {
            let watching = scope.spawn(|| watch(server, &over));
            let done = transfer(server.address, row.way, row.connections, self.bytes);
            let time = started.elapsed();
            over.store(true, Ordering::Relaxed);
            let highest = watching.join().map_err(|_| Failure::new("nobody has looked at the memory"));
            done.and(highest).map(|highest| (time, highest))
        })?;
        let cpu = server.usage()?.cpu.saturating_sub(before.cpu);
        let mib = self.bytes as f64 / f64::from(1 << 20);
        Ok(Figures {
            per_s: Some(mib / time.as_secs_f64()),
            cpu_ns: Some(cpu.as_nanos() as f64 / mib),
            rss_mib: Some(highest),
            ..Figures::default()
        })
    }
}

/// The highest memory of a server until it is `over`.
fn watch(server: &Server, over: &AtomicBool) -> f64 {
    let mut highest = 0.0_f64;
    while !over.load(Ordering::Relaxed) {
        highest = highest.max(server.usage().map_or(0.0, |usage| usage.rss_mib));
        thread::sleep(LOOK);
    }
    highest
}

/// Has so many bytes go that way, in equal parts on so many connections.
fn transfer(address: SocketAddr, way: Way, connections: u64, bytes: u64) -> Result {
    let part = bytes / connections;
    let one = || match way {
        Way::Down => transfer::download(address, part),
        Way::Up => transfer::upload(address, part),
    };
    thread::scope(|scope| {
        let all: Vec<_> = (0..connections).map(|_| scope.spawn(one)).collect();
        all.into_iter().try_for_each(|one| match one.join() {
            Ok(done) => done,
            Err(_) => Err(Failure::new("a connection panicked")),
        })
    })
}
