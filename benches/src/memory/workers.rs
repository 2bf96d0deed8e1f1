//! Workers in a pool, and their requests.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use exec::{
    Body, Event, FetchRequest, FetchResponse, LogRecord, NoOperations, OperationError, OperationsHandler,
    Script,
};
use runner::{IsolatePool, PoolOptions};
use tokio::runtime::Runtime;

use super::{FIRST, Footprint, Plan, Row};
use crate::{call, pool, rest, runtime, settle, worker_script};

/// When a worker is idle.
const IDLE: Duration = Duration::from_secs(1);

/// Idle workers of which the spaces of the heap are looked at.
const SEEN: usize = 8;

/// A worker that has answered once: at once, idle, and gone.
pub(super) fn measure(plan: &Plan) -> Vec<Row> {
    let pieces = plan.pieces;
    let options = PoolOptions::default().with_spares(0).with_max_size(FIRST + pieces);
    let pool = pool(options.with_idle_collect(plan.is_patient.then_some(IDLE)));
    let (runtime, script) = (runtime(), worker_script());
    let ask = |workers: std::ops::Range<usize>| {
        for worker in workers {
            runtime.block_on(call(&pool, &worker.to_string(), &script));
        }
    };
    ask(0..FIRST);
    plan.rest();
    let before = Footprint::now();
    let grown = || Footprint::now().since(before);
    ask(FIRST..FIRST + pieces);
    let busy = grown();
    collect(&pool, &runtime, FIRST + pieces, plan);
    let idle = grown();
    let mut rows = vec![
        Row::of_pieces("isolates", "worker that has answered once", pieces, busy),
        Row::of_pieces("isolates", "the same, idle", pieces, idle),
    ];
    let spaces = spaces(&pool, &runtime);
    for worker in 0..FIRST + pieces {
        pool.retire(&worker.to_string());
    }
    settle();
    plan.rest();
    rows.push(Row::of_pieces("isolates", "what is left of it when it is gone", pieces, grown()));
    rows.extend(spaces);
    rows
}

/// Has all of them collected, as idle ones are, and waits until what they do not need has been given back.
fn collect(pool: &IsolatePool, runtime: &Runtime, workers: usize, plan: &Plan) {
    if plan.is_patient {
        // One after the other, some 20 ms for each.
        std::thread::sleep(IDLE + Duration::from_millis(40) * u32::try_from(workers).unwrap_or(u32::MAX));
    } else {
        runtime.block_on(async {
            for worker in 0..workers {
                let (done, collected) = tokio::sync::oneshot::channel();
                let lease = pool.acquire(&worker.to_string()).await.expect("the worker has an isolate");
                lease.isolate().collect_if_idle(move || {
                    // This waits for it.
                    let _ = done.send(());
                });
                collected.await.expect("every collection ends");
            }
        });
    }
    plan.rest();
}

/// The heap of an idle worker, space by space.
fn spaces(pool: &IsolatePool, runtime: &Runtime) -> Vec<Row> {
    let mut sums: Vec<(String, f64, f64)> = Vec::new();
    for worker in 0..SEEN {
        let spaces = runtime.block_on(async {
            let lease = pool.acquire(&worker.to_string()).await.expect("the worker has an isolate");
            lease.with_lock(|isolate| isolate.heap_spaces()).await.expect("the isolate is there")
        });
        sums.resize(spaces.len(), (String::new(), 0.0, 0.0));
        for ((name, pages, used), space) in sums.iter_mut().zip(&spaces) {
            *name = space.space_name().to_string_lossy().into_owned();
            *pages += space.physical_space_size() as f64;
            *used += space.space_used_size() as f64;
        }
    }
    let rows = sums.into_iter().filter(|(_, pages, _)| *pages > 0.0);
    rows.map(|(name, pages, used)| Row::new("spaces", name, SEEN, [("pages", pages), ("objects", used)]))
        .collect()
}

/// Requests that wait for a timer, on one worker.
pub(super) fn in_flight(plan: &Plan) -> Vec<Row> {
    const WAITS: &str = "export default {
        async fetch() {
            console.log('begun');
            await new Promise((resolve) => setTimeout(resolve, 600_000));
            return new Response('late');
        },
    }";
    let pieces = plan.many();
    let mut options = PoolOptions::default().with_max_concurrent_per_isolate(FIRST + pieces);
    options.limits.request.wall_clock = Duration::from_secs(600);
    let (pool, script, begun) = (pool(options), Script::new(WAITS), Arc::new(Begun::default()));
    rest(&pool);
    let runtime = runtime();
    let mut wanted = 0;
    let mut begin = |count: usize| {
        wanted += count;
        for _ in 0..count {
            let request = http::Request::get("http://example.com/").body(Body::empty());
            let event = Event::Fetch(request.expect("a valid request"));
            let (pool, script, operations) = (pool.clone(), script.clone(), Arc::clone(&begun));
            runtime.spawn(async move { pool.execute("worker", &script, operations, event).await });
        }
        runtime.block_on(async {
            while begun.0.load(Ordering::Relaxed) < wanted {
                tokio::time::sleep(Duration::from_millis(1)).await;
            }
        });
        Footprint::now()
    };
    let before = begin(FIRST);
    let grown = begin(pieces).since(before);
    vec![Row::of_pieces("connections", "request that waits, in its worker", pieces, grown)]
}

/// Counts the lines that workers log.
#[derive(Debug, Default)]
struct Begun(AtomicUsize);

#[async_trait]
impl OperationsHandler for Begun {
    async fn handle_fetch(&self, request: FetchRequest) -> Result<FetchResponse, OperationError> {
        NoOperations.handle_fetch(request).await
    }

    fn handle_log(&self, _: LogRecord) {
        self.0.fetch_add(1, Ordering::Relaxed);
    }
}
