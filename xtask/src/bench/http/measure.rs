//! Measuring a server in a row.

use std::path::PathBuf;
use std::thread;
use std::time::Duration;

use super::generator::Generator;
use super::rows::{Kind, Row};
use crate::bench::figures::{Cell, Figures};
use crate::bench::peers::{Peer, Program};
use crate::bench::server::Server;
use crate::bench::site::Site;
use crate::client;
use crate::failure::{During, Failure, Result};
use crate::load::{Length, Plan};
use crate::output;
use crate::process::Usage;

/// Longer than it takes until an idle isolate is collected.
const SETTLE: Duration = Duration::from_secs(8);

/// How long things take.
#[derive(Clone, Copy, Debug)]
pub(super) struct Durations {
    warm_up: f64,
    pub(super) measured: f64,
}

impl Durations {
    pub(super) const SMOKE: Self = Self { warm_up: 0.2, measured: 1.0 };

    pub(super) fn of(seconds: u32) -> Self {
        Self { warm_up: f64::from(seconds) / 2.0, measured: f64::from(seconds) }
    }
}

/// What is the same for all rows.
pub(super) struct Bench {
    /// The runner is the first.
    pub(super) programs: Vec<Program>,
    pub(super) generator: Generator,
    pub(super) cores: Option<String>,
    /// Where the sites are written.
    pub(super) directory: PathBuf,
    pub(super) durations: Durations,
}

/// What one run of the load is to be.
#[derive(Clone, Copy, Debug)]
struct Pressure {
    rate: Option<f64>,
    length: Length,
    warm_up: f64,
}

impl Bench {
    /// All rounds of a row with all servers that can have it.
    pub(super) fn row(&self, row: &Row, site: &Site, rounds: u32) -> Result<Vec<Cell>> {
        let directory = self.directory.join(row.name);
        site.write(&directory)?;
        let (able, unable): (Vec<&Program>, Vec<_>) =
            self.programs.iter().partition(|program| can(program.peer, site));
        if !unable.is_empty() {
            let names: Vec<_> = unable.iter().map(|program| program.peer.name()).collect();
            output::line(format_args!("  skipped: {}: one process is one worker", names.join(", ")));
        }
        let mut cells: Vec<_> = able.iter().map(|program| Cell::new(program.peer)).collect();
        for round in 0..rounds {
            let rate = match row.kind {
                Kind::OfRunnersPeak(share) => match self.rate(able[0], row, site, share) {
                    Ok(rate) => Some(rate),
                    Err(failure) => {
                        cells[0].failure = Some(failure.to_string());
                        break;
                    }
                },
                _ => None,
            };
            let mut turns: Vec<_> = able.iter().zip(&mut cells).collect();
            if round % 2 == 1 {
                turns.reverse();
            }
            for (program, cell) in turns.into_iter().filter(|(_, cell)| cell.failure.is_none()) {
                match self.one(program, row, site, rate) {
                    Ok(figures) => cell.rounds.push(figures),
                    Err(failure) => cell.failure = Some(failure.to_string()),
                }
            }
        }
        Ok(cells)
    }

    fn one(&self, program: &Program, row: &Row, site: &Site, rate: Option<f64>) -> Result<Figures> {
        match row.kind {
            Kind::Peak => {
                let server = self.start(program, row, site)?;
                if matches!(site, Site::Many(_)) {
                    server.settle()?;
                    self.ask_each(&server, row)?;
                }
                self.pressed(&server, row, self.pressure(None))
            }
            Kind::OfOwnPeak(share) => {
                let server = self.start(program, row, site)?;
                let peak = self.pressed(&server, row, self.pressure(None))?;
                let rate = peak.per_s.map(|peak| peak * share);
                self.pressed(&server, row, self.pressure(rate))
            }
            Kind::OfRunnersPeak(_) => {
                self.pressed(&self.start(program, row, site)?, row, self.pressure(rate))
            }
            Kind::First { per_second } => {
                let pressure = Pressure { rate: Some(per_second), length: Length::Once, warm_up: 0.0 };
                let server = self.start(program, row, site)?;
                server.settle()?;
                let figures = self.pressed(&server, row, pressure)?;
                // The rate is what was asked for, and says nothing.
                Ok(Figures { per_s: None, ..figures })
            }
            Kind::Start => self.first_answer(program, row, site),
            Kind::Idle => self.idle(program, row, site),
        }
    }

    fn start(&self, program: &Program, row: &Row, site: &Site) -> Result<Server> {
        let directory = self.directory.join(row.name);
        Server::start(program, site, row.flags, &directory, self.cores.as_deref())
    }

    /// For the usual time, at this rate or at none.
    fn pressure(&self, rate: Option<f64>) -> Pressure {
        let Durations { warm_up, measured } = self.durations;
        Pressure { rate, length: Length::Seconds(measured), warm_up }
    }

    /// A share of what a server can do.
    fn rate(&self, program: &Program, row: &Row, site: &Site, share: f64) -> Result<f64> {
        let peak = self.pressed(&self.start(program, row, site)?, row, self.pressure(None))?;
        peak.per_s.map(|peak| peak * share).ok_or_else(|| Failure::new("no peak"))
    }

    /// Makes each request once, so that all workers are there: a warm-up does not get to those that are seldom asked.
    fn ask_each(&self, server: &Server, row: &Row) -> Result {
        let pressure = Pressure { rate: None, length: Length::Once, warm_up: 0.0 };
        let plan = plan(server, row, (0..row.requests.len()).collect(), pressure);
        self.generator.run(&plan, || Ok(())).map(drop)
    }

    fn pressed(&self, server: &Server, row: &Row, pressure: Pressure) -> Result<Figures> {
        let plan = plan(server, row, row.order.clone(), pressure);
        let mut before = Usage::default();
        let measured = self.generator.run(&plan, || {
            before = server.usage()?;
            Ok(())
        })?;
        let after = server.usage()?;
        let cpu = after.cpu.saturating_sub(before.cpu).as_nanos() as f64;
        Ok(Figures {
            per_s: Some(measured.requests as f64 / measured.seconds),
            p50_ns: Some(measured.p50_ns as f64),
            p99_ns: Some(measured.p99_ns as f64),
            p99_9_ns: Some(measured.p99_9_ns as f64),
            cpu_ns: Some(cpu / measured.requests as f64),
            rss_mib: Some(after.rss_mib),
        })
    }

    /// The time from the start of the process to its first answer, as p50.
    fn first_answer(&self, program: &Program, row: &Row, site: &Site) -> Result<Figures> {
        let server = self.start(program, row, site)?;
        let (status, body) = client::get(server.address, "/").during("the first answer")?;
        let time = server.started.elapsed();
        let expected = &row.requests[0].body;
        if status != 200 || !String::from_utf8_lossy(&body).contains(expected) {
            return Err(Failure::new(format!("a wrong answer: status {status}")));
        }
        let usage = server.usage()?;
        Ok(Figures {
            p50_ns: Some(time.as_nanos() as f64),
            cpu_ns: Some(usage.cpu.as_nanos() as f64),
            rss_mib: Some(usage.rss_mib),
            ..Figures::default()
        })
    }

    /// How much more memory a server has with all of its workers than with one, for each of those that came with it.
    fn idle(&self, program: &Program, row: &Row, site: &Site) -> Result<Figures> {
        let alone = Row {
            name: "idle-worker-alone",
            site: Ok(Site::Many(1)),
            requests: row.requests[..1].to_vec(),
            order: vec![0],
            ..*row
        };
        Site::Many(1).write(&self.directory.join(alone.name))?;
        let settled = |row: &Row, site: &Site| {
            let server = self.start(program, row, site)?;
            self.ask_each(&server, row)?;
            thread::sleep(SETTLE);
            server.usage().map(|usage| usage.rss_mib)
        };
        let one = settled(&alone, &Site::Many(1))?;
        let all = settled(row, site)?;
        let more = row.requests.len().saturating_sub(1).max(1);
        Ok(Figures { rss_mib: Some((all - one) / more as f64), ..Figures::default() })
    }
}

fn plan(server: &Server, row: &Row, order: Vec<usize>, pressure: Pressure) -> Plan {
    Plan {
        address: server.address,
        connections: row.connections,
        warm_up_seconds: pressure.warm_up,
        length: pressure.length,
        rate: pressure.rate,
        requests: row.requests.clone(),
        order,
    }
}

fn can(peer: Peer, site: &Site) -> bool {
    matches!(site, Site::One(_)) || peer.has_many_workers()
}
