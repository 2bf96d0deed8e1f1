//! What a worker that is asked for now and then notices of one that is asked for all the time.
//!
//! The busy one has 32 clients on one thread, and one isolate, so one thread takes its turns: two threads in all that
//! always want a core. A machine with two has none left, whoever keeps them busy. What that costs by necessity is seen
//! beside as many threads that only loop, and have nothing to do with the pool.

use std::hint::spin_loop;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use exec::Script;
use runner::{IsolatePool, PoolOptions};

use crate::load::handler::Work;
use crate::load::{ComparedBy, Measurement, Point, Size};
use crate::{call, pool, rest, runtime};

const ROW: &str = "cold worker, every 20 ms";
const PAUSE: Duration = Duration::from_millis(20);
const HOT_CLIENTS: usize = 32;
const ISOLATES: usize = 10;

#[derive(Clone, Copy)]
enum Beside {
    Nothing,
    HotWorker { in_flight: usize },
    Loops,
}

pub(crate) fn points(size: Size) -> Vec<Point> {
    let requests = match size {
        Size::Full => 200,
        Size::Smoke => 5,
    };
    let point = |mode, beside, settings: &str| Point {
        row: ROW.to_owned(),
        mode,
        settings: settings.to_owned(),
        compared_by: ComparedBy::Tail,
        run: Box::new(move || run(beside, requests)),
    };
    let hot = |in_flight| Beside::HotWorker { in_flight };
    vec![
        point("idle machine", Beside::Nothing, "10 isolates × 1"),
        point("beside a hot worker", hot(1), "10 isolates × 1"),
        point("beside a hot worker, 32 in flight", hot(32), "10 isolates × 32"),
        point("beside 2 bare loops", Beside::Loops, "10 isolates × 1"),
    ]
}

fn run(beside: Beside, requests: usize) -> Measurement {
    let in_flight = match beside {
        Beside::HotWorker { in_flight } => in_flight,
        Beside::Nothing | Beside::Loops => 1,
    };
    let pool =
        pool(PoolOptions::default().with_max_size(ISOLATES).with_max_concurrent_per_isolate(in_flight));
    let script = Script::new(Work::Sum { below: 1_000 }.worker(Duration::ZERO));
    runtime().block_on(call(&pool, "cold", &script));
    rest(&pool);

    let done = Arc::new(AtomicBool::new(false));
    let (threads, busy): (_, fn(&IsolatePool, &Script, &Arc<AtomicBool>)) = match beside {
        Beside::Nothing => (0, |_, _, _| ()),
        Beside::HotWorker { .. } => (1, hot),
        Beside::Loops => (2, bare_loop),
    };
    thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(|| busy(&pool, &script, &done));
        }
        // What is to be busy is busy by then.
        thread::sleep(Duration::from_millis(200));
        let latencies = scope.spawn(|| cold(&pool, &script, requests)).join();
        done.store(true, Ordering::Relaxed);
        Measurement::of_latencies(latencies.expect("the worker answers"))
    })
}

fn cold(pool: &IsolatePool, script: &Script, requests: usize) -> Vec<Duration> {
    runtime().block_on(async {
        let mut latencies = Vec::with_capacity(requests);
        for _ in 0..requests {
            tokio::time::sleep(PAUSE).await;
            let started = Instant::now();
            call(pool, "cold", script).await;
            latencies.push(started.elapsed());
        }
        latencies
    })
}

fn hot(pool: &IsolatePool, script: &Script, done: &Arc<AtomicBool>) {
    let runtime = runtime();
    let client = || {
        let (pool, script, done) = (pool.clone(), script.clone(), Arc::clone(done));
        async move {
            while !done.load(Ordering::Relaxed) {
                call(&pool, "hot", &script).await;
            }
        }
    };
    let clients: Vec<_> = (0..HOT_CLIENTS).map(|_| runtime.spawn(client())).collect();
    runtime.block_on(async {
        for client in clients {
            client.await.expect("the worker answers");
        }
    });
}

fn bare_loop(_: &IsolatePool, _: &Script, done: &Arc<AtomicBool>) {
    while !done.load(Ordering::Relaxed) {
        spin_loop();
    }
}
