//! The scenarios that were published of the design with one mutex, in all modes and without the flaws they had: as many
//! isolates in every mode, and clients that ask for the same worker.

use std::time::Duration;

use crate::load::Size;
use crate::load::handler::Work;
use crate::load::mode::Mode;
use crate::load::scenario::{Clients, Extent, Scenario, State, Workers};

const SUM: Work = Work::Sum { below: 1_000 };

/// The server's `--max-concurrent`.
const IN_FLIGHT: usize = 32;

const MODES: [Mode; 5] = [Mode::Pooled, Mode::Oneshot, Mode::Pinned, Mode::Sticky, Mode::Original];

pub(crate) fn contention(size: Size) -> Vec<Scenario> {
    let rows = [published_pool(), published_single(), isolates_by_threads(), interleaving()].concat();
    match size {
        Size::Full => rows,
        Size::Smoke => rows.into_iter().filter_map(smoke).collect(),
    }
}

fn smoke(scenario: Scenario) -> Option<Scenario> {
    let extent = match scenario.extent {
        Extent::Passes { state, .. } => Extent::Passes { passes: 1, requests: 5, state },
        Extent::Time(_) => Extent::Time(Duration::from_millis(50)),
    };
    let chosen = ["4 threads × 20, 5 ids each, pool 20", "8 threads / 1 isolate, 5 ms"];
    chosen.contains(&scenario.row.as_str()).then_some(Scenario { extent, ..scenario })
}

/// Four threads on a pool that is empty at first.
fn published_pool() -> Vec<Scenario> {
    let row = |row: &str, workers| Scenario {
        row: row.to_owned(),
        clients: Clients::threads(4),
        isolates: 20,
        in_flight: 1,
        workers,
        work: SUM,
        awaited: Duration::ZERO,
        extent: Extent::Passes { passes: 10, requests: 20, state: State::Cold },
        modes: MODES.to_vec(),
    };
    vec![
        row("4 threads × 20, 5 ids each, pool 20", Workers::Own(5)),
        row("4 threads × 20, 20 shared ids, pool 20", Workers::Shared(20)),
        row("4 threads × 20, Zipf over 40 ids, pool 20", Workers::Popular(40)),
    ]
}

/// One thread, one worker.
fn published_single() -> Vec<Scenario> {
    let row = |row: &str, work, awaited_ms, requests, state| Scenario {
        row: row.to_owned(),
        clients: Clients::threads(1),
        isolates: 100,
        in_flight: if awaited_ms == 0 { 1 } else { IN_FLIGHT },
        workers: Workers::Spread(1),
        work,
        awaited: Duration::from_millis(awaited_ms),
        extent: Extent::Passes { passes: 5, requests, state },
        modes: MODES.to_vec(),
    };
    vec![
        row("CPU, 1 thread × 30, pool 100", Work::SqrtSin { below: 10_000 }, 0, 30, State::Cold),
        row("5 ms sleep, 1 thread × 20, pool 100", SUM, 5, 20, State::Cold),
        row("warm, 1 thread × 50, pool 100", SUM, 0, 50, State::Warm),
    ]
}

/// One worker for every isolate.
fn isolates_by_threads() -> Vec<Scenario> {
    let row = |threads, per_thread, isolates: usize, awaited_ms: u64| {
        let clients = Clients { threads, per_thread };
        let who = match per_thread {
            1 => format!("{threads} threads"),
            _ => format!("{threads} threads × {per_thread} clients"),
        };
        let isolate = if isolates == 1 { "isolate" } else { "isolates" };
        Scenario {
            row: format!("{who} / {isolates} {isolate}, {awaited_ms} ms"),
            clients,
            isolates,
            in_flight: IN_FLIGHT,
            workers: Workers::Spread(isolates),
            work: SUM,
            awaited: Duration::from_millis(awaited_ms),
            extent: Extent::Time(Duration::from_secs(1)),
            modes: MODES.into_iter().chain([Mode::Exclusive]).collect(),
        }
    };
    // With one client on each of eight threads, nothing can serve more than eight times as many requests as a lock that
    // has them wait one after the other. With eight on each there are more clients than one isolate serves at a time.
    vec![
        row(8, 1, 4, 0),
        row(8, 1, 1, 0),
        row(8, 1, 1, 5),
        row(8, 8, 1, 5),
        row(4, 1, 4, 2),
        row(8, 1, 2, 2),
        row(4, 1, 2, 20),
    ]
}

/// One thread, many requests at once.
fn interleaving() -> Vec<Scenario> {
    let row = |requests, awaited_ms, isolates: usize| Scenario {
        row: format!("interleaving, {requests} requests × {awaited_ms} ms, pool {isolates}"),
        clients: Clients { threads: 1, per_thread: requests },
        isolates,
        in_flight: IN_FLIGHT,
        workers: Workers::Spread(isolates),
        work: SUM,
        awaited: Duration::from_millis(awaited_ms),
        extent: Extent::Passes { passes: 4, requests: 1, state: State::Cold },
        modes: MODES.into_iter().chain([Mode::Exclusive]).collect(),
    };
    vec![row(10, 50, 10), row(50, 20, 5)]
}
