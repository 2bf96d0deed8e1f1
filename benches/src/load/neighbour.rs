//! What a worker notices of a tenant that asks for a thousand derivations of PBKDF2 at once, again and again: one that only
//! answers, and one that derives a key itself. What a busy core costs by necessity is seen beside as many threads as the
//! tenant may have of those that compute, which only loop.

use std::hint::spin_loop;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use exec::{Script, TenantLimits};
use isolate::RuntimeLimits;
use runner::{IsolatePool, PoolOptions};

use crate::load::{ComparedBy, Measurement, Point, Size};
use crate::{call, pool, rest, runtime};

const PAUSE: Duration = Duration::from_millis(10);

/// How many threads the tenant may have compute, on two to four cores.
const LOOPS: usize = 1;

const DERIVE: &str = "
    const derive = async (iterations) => {
        const key = await (globalThis.made ??= crypto.subtle.importKey(
            'raw', new Uint8Array(8), 'PBKDF2', false, ['deriveBits']));
        return crypto.subtle.deriveBits(
            { name: 'PBKDF2', hash: 'SHA-256', salt: new Uint8Array(16), iterations }, key, 256);
    };";

/// A derivation takes some 30 ms: what a request of a login form asks for, a thousand times.
const TENANT: &str = "
    export default {
        async fetch() {
            await Promise.allSettled(Array.from({ length: 1000 }, () => derive(100_000)));
            return new Response('done');
        }
    }";

#[derive(Clone, Copy)]
enum Beside {
    Nothing,
    Tenant,
    Loops,
}

pub(crate) fn points(size: Size) -> Vec<Point> {
    let requests = match size {
        Size::Full => 500,
        Size::Smoke => 5,
    };
    let answers = "export default { fetch() { return new Response('hello') } }".to_owned();
    let derives = format!(
        "{DERIVE} export default {{ async fetch() {{ await derive(5_000); return new Response('done') }} }}"
    );
    let mut points = Vec::new();
    for (row, source) in
        [("neighbour that answers, every 10 ms", answers), ("neighbour that derives, every 10 ms", derives)]
    {
        for (mode, beside) in [
            ("idle machine", Beside::Nothing),
            ("beside a thousand derivations", Beside::Tenant),
            ("beside a bare loop", Beside::Loops),
        ] {
            let source = source.clone();
            points.push(Point {
                row: row.to_owned(),
                mode,
                settings: "10 isolates × 1".to_owned(),
                compared_by: ComparedBy::Tail,
                run: Box::new(move || run(&source, beside, requests)),
            });
        }
    }
    points
}

fn run(source: &str, beside: Beside, requests: usize) -> Measurement {
    // The tenant may go on as long as it wants: what is measured is the order, not a limit.
    let limits = RuntimeLimits::default()
        .with_cpu_time(Duration::from_secs(600))
        .with_wall_clock(Duration::from_secs(600));
    // Workers without any budget are one tenant.
    let tenant = TenantLimits::default().with_operations(10_000);
    let pool = pool(PoolOptions::default().with_max_size(10).with_limits(limits).with_tenant(tenant));
    let neighbour = Script::new(source);
    runtime().block_on(call(&pool, "neighbour", &neighbour));
    rest(&pool);

    let done = AtomicBool::new(false);
    thread::scope(|scope| {
        match beside {
            Beside::Nothing => {}
            Beside::Tenant => _ = scope.spawn(|| ask_for_all(&pool, &done)),
            Beside::Loops => {
                for _ in 0..LOOPS {
                    scope.spawn(|| {
                        while !done.load(Ordering::Relaxed) {
                            spin_loop();
                        }
                    });
                }
            }
        }
        // What is to be busy is busy by then.
        thread::sleep(Duration::from_millis(200));
        let latencies = scope.spawn(|| latencies(&pool, &neighbour, requests)).join();
        done.store(true, Ordering::Relaxed);
        Measurement::of_latencies(latencies.expect("the worker answers"))
    })
}

/// A thousand derivations at once, then the next thousand, until it is `done`.
fn ask_for_all(pool: &IsolatePool, done: &AtomicBool) {
    let script = Script::new(format!("{DERIVE}{TENANT}"));
    let over = async {
        while !done.load(Ordering::Relaxed) {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    let asking = async {
        loop {
            call(pool, "tenant", &script).await;
        }
    };
    runtime().block_on(async {
        tokio::select! { () = over => {}, () = asking => {} }
    });
}

fn latencies(pool: &IsolatePool, script: &Script, requests: usize) -> Vec<Duration> {
    runtime().block_on(async {
        let mut latencies = Vec::with_capacity(requests);
        for _ in 0..requests {
            tokio::time::sleep(PAUSE).await;
            let started = Instant::now();
            call(pool, "neighbour", script).await;
            latencies.push(started.elapsed());
        }
        latencies
    })
}
