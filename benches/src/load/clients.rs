//! The clients: threads that start together and ask until they are done.

use std::sync::mpsc::channel;
use std::sync::{Arc, Barrier};
use std::time::{Duration, Instant};

use isolate::platform;

use crate::load::Measurement;
use crate::load::backend::Backend;
use crate::load::mode::Mode;
use crate::load::scenario::{Clients, Extent, Scenario, State};
use crate::runtime;

/// What a set of clients has seen.
struct Seen {
    latencies: Vec<Duration>,
    first: Instant,
    last: Instant,
}

/// Runs a scenario.
pub(crate) fn run(scenario: &Scenario, mode: Mode) -> Measurement {
    let passes = match scenario.extent {
        Extent::Passes { passes, .. } => passes,
        Extent::Time(_) => 1,
    };
    let mut latencies = Vec::new();
    let mut rates = Vec::new();
    // The last pass keeps its isolates until the memory has been read.
    let mut last = None;
    for _ in 0..passes {
        drop(last.take());
        crate::settle();
        let backend = Arc::new(Backend::new(scenario, mode));
        let seen = pass(scenario, mode, &backend);
        rates.push(seen.latencies.len() as f64 / (seen.last - seen.first).as_secs_f64());
        latencies.extend(seen.latencies);
        last = Some(backend);
    }
    rates.sort_by(f64::total_cmp);
    let measurement = Measurement::new(latencies, rates[rates.len() / 2]);
    drop(last);
    measurement
}

/// Who blocks its thread needs one for each client.
fn threads(clients: Clients, mode: Mode) -> Clients {
    if mode == Mode::Original { Clients::threads(clients.count()) } else { clients }
}

fn pass(scenario: &Scenario, mode: Mode, backend: &Arc<Backend>) -> Seen {
    let Clients { threads, per_thread } = threads(scenario.clients, mode);
    let start = Arc::new(Barrier::new(threads));
    let (sender, results) = channel();
    for thread in 0..threads {
        let (scenario, backend) = (scenario.clone(), Arc::clone(backend));
        let (start, sender) = (Arc::clone(&start), sender.clone());
        // Any thread will do for a pool. Those that run JavaScript themselves must come from V8's.
        platform::initialize().spawn("client", move || {
            let clients = thread * per_thread..(thread + 1) * per_thread;
            let seen = on_thread(&scenario, mode, &backend, thread, clients, &start);
            sender.send(seen).expect("somebody waits for the clients");
        });
    }
    drop(sender);
    let seen: Vec<Seen> = results.iter().collect();
    assert_eq!(seen.len(), threads, "every client comes to its end");
    merge(seen)
}

fn merge(seen: Vec<Seen>) -> Seen {
    let first = seen.iter().map(|seen| seen.first).min().expect("at least one client");
    let last = seen.iter().map(|seen| seen.last).max().expect("at least one client");
    Seen { latencies: seen.into_iter().flat_map(|seen| seen.latencies).collect(), first, last }
}

fn on_thread(
    scenario: &Scenario,
    mode: Mode,
    backend: &Arc<Backend>,
    thread: usize,
    clients: std::ops::Range<usize>,
    start: &Barrier,
) -> Seen {
    let runtime = runtime();
    if scenario.starts_warm() {
        let Scenario { workers, isolates, .. } = *scenario;
        let count = scenario.clients.count();
        let threads = mode.threads_in_turn(isolates);
        runtime.block_on(async {
            for client in clients.clone() {
                for worker in workers.to_warm(client, count, isolates, threads) {
                    backend.warm(thread, worker).await;
                }
            }
        });
    }
    start.wait();
    let client = |client| one(scenario.clone(), Arc::clone(backend), thread, client);
    if clients.len() == 1 {
        return runtime.block_on(client(clients.start));
    }
    let clients: Vec<_> = clients.map(|number| runtime.spawn(client(number))).collect();
    runtime.block_on(async {
        let mut seen = Vec::new();
        for client in clients {
            seen.push(client.await.expect("a client does not panic"));
        }
        merge(seen)
    })
}

/// One client, from its first request to its last.
async fn one(scenario: Scenario, backend: Arc<Backend>, thread: usize, client: usize) -> Seen {
    let mut latencies = Vec::new();
    let mut workers = scenario.workers.of_client(client);
    let first = Instant::now();
    let mut last = first;
    let goes_on = |done: usize, now: Instant| match scenario.extent {
        Extent::Passes { requests, .. } => done < requests,
        Extent::Time(duration) => now - first < duration,
    };
    while goes_on(latencies.len(), last) {
        let started = last;
        backend.call(thread, workers.next().expect("there is no end")).await;
        last = Instant::now();
        latencies.push(last - started);
    }
    Seen { latencies, first, last }
}

impl Scenario {
    fn starts_warm(&self) -> bool {
        !matches!(self.extent, Extent::Passes { state: State::Cold, .. })
    }
}
