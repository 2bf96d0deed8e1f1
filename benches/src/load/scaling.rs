//! More and more threads that ask: for one worker, and for a thousand of different popularity.

use std::time::Duration;

use crate::load::Size;
use crate::load::handler::Work;
use crate::load::mode::Mode;
use crate::load::scenario::{Clients, Extent, Scenario, Workers};

const THREADS: [usize; 5] = [1, 2, 4, 8, 16];

const IN_FLIGHT: usize = 32;

pub(crate) fn scaling(size: Size) -> Vec<Scenario> {
    let (threads, duration) = match size {
        Size::Full => (&THREADS[..], Duration::from_millis(600)),
        Size::Smoke => (&THREADS[2..3], Duration::from_millis(50)),
    };
    let mut rows = Vec::new();
    for load in [Load::Cpu, Load::Awaited(5), Load::Awaited(50)] {
        rows.extend(threads.iter().map(|&threads| hot(load, threads, duration)));
    }
    for load in [Load::Cpu, Load::Awaited(5), Load::Awaited(50)] {
        rows.extend(threads.iter().map(|&threads| popular(load, threads, duration)));
    }
    match size {
        Size::Full => rows,
        Size::Smoke => rows.into_iter().step_by(4).collect(),
    }
}

#[derive(Clone, Copy)]
enum Load {
    Cpu,
    /// Milliseconds.
    Awaited(u64),
}

/// One worker, with as many isolates as there are threads for them.
fn hot(load: Load, threads: usize, duration: Duration) -> Scenario {
    Scenario {
        isolates: 4,
        workers: Workers::Spread(1),
        modes: vec![Mode::Pooled, Mode::Replicas, Mode::Pinned],
        ..scenario("hot worker", load, threads, duration)
    }
}

/// Five times as many workers as isolates.
fn popular(load: Load, threads: usize, duration: Duration) -> Scenario {
    Scenario {
        isolates: 200,
        workers: Workers::Popular(1_000),
        modes: vec![Mode::Pooled, Mode::Pinned],
        ..scenario("Zipf, 1,000 workers", load, threads, duration)
    }
}

fn scenario(who: &str, load: Load, threads: usize, duration: Duration) -> Scenario {
    let (name, work, awaited, in_flight) = match load {
        Load::Cpu => ("CPU".to_owned(), Work::Sum { below: 100_000 }, 0, 1),
        Load::Awaited(ms) => (format!("{ms} ms"), Work::Sum { below: 1_000 }, ms, IN_FLIGHT),
    };
    let plural = if threads == 1 { "" } else { "s" };
    Scenario {
        row: format!("{who}, {name}, {threads} thread{plural}"),
        clients: Clients::threads(threads),
        isolates: 0,
        in_flight,
        workers: Workers::Spread(1),
        work,
        awaited: Duration::from_millis(awaited),
        extent: Extent::Time(duration),
        modes: vec![],
    }
}
