//! Where the border lies between what `crypto` computes in the turn of a request and what it has another thread compute:
//! the same work both ways, in all sizes, by one client. In place it is faster until so much is to be done that whoever
//! waits for the isolate would notice; the other way shows what that costs.

use std::time::{Duration, Instant};

use exec::{Script, set_most_in_place};
use isolate::RuntimeLimits;
use runner::PoolOptions;

use crate::load::{ComparedBy, Measurement, Point, Size};
use crate::{call, pool, rest, runtime};

const SIZES: [(usize, &str); 9] = [
    (32, "32 B"),
    (1 << 10, "1 KiB"),
    (4 << 10, "4 KiB"),
    (16 << 10, "16 KiB"),
    (64 << 10, "64 KiB"),
    (128 << 10, "128 KiB"),
    (256 << 10, "256 KiB"),
    (1 << 20, "1 MiB"),
    (4 << 20, "4 MiB"),
];

/// A name, how the key is made, and what is measured.
const WORK: [(&str, &str, &str); 3] = [
    ("SHA-256", "null", "subtle.digest('SHA-256', data)"),
    (
        "HMAC-SHA-256",
        "subtle.generateKey({ name: 'HMAC', hash: 'SHA-256' }, false, ['sign'])",
        "subtle.sign('HMAC', key, data)",
    ),
    (
        "AES-256-GCM",
        "subtle.generateKey({ name: 'AES-GCM', length: 256 }, false, ['encrypt'])",
        "subtle.encrypt({ name: 'AES-GCM', iv }, key, data)",
    ),
];

/// About so many bytes are worked on in a request, and no more operations than this.
const BYTES: usize = 4 << 20;
const MOST_OPERATIONS: usize = 256;

#[derive(Clone, Copy)]
enum Where {
    InPlace,
    Elsewhere,
}

pub(crate) fn points(size: Size) -> Vec<Point> {
    let (sizes, time) = match size {
        Size::Full => (&SIZES[..], Duration::from_secs(1)),
        Size::Smoke => (&SIZES[4..5], Duration::from_millis(50)),
    };
    let mut points = Vec::new();
    for (name, key, operation) in WORK {
        for &(bytes, named) in sizes {
            for (mode, place) in [("in place", Where::InPlace), ("compute thread", Where::Elsewhere)] {
                let operations = (BYTES / bytes).clamp(1, MOST_OPERATIONS);
                let source = worker(key, operation, bytes, operations);
                points.push(Point {
                    row: format!("{name}, {named}"),
                    mode,
                    settings: format!("{operations} in a request"),
                    compared_by: ComparedBy::Rate,
                    run: Box::new(move || run(place, &source, operations, time)),
                });
            }
        }
    }
    points
}

fn worker(key: &str, operation: &str, bytes: usize, operations: usize) -> String {
    format!(
        "const {{ subtle }} = crypto;
        const data = new Uint8Array({bytes});
        const iv = new Uint8Array(12);
        export default {{
            async fetch() {{
                const key = await (globalThis.made ??= {key});
                for (let i = 0; i < {operations}; i++) await {operation};
                return new Response('done');
            }}
        }}"
    )
}

fn run(place: Where, source: &str, operations: usize, time: Duration) -> Measurement {
    set_most_in_place(match place {
        Where::InPlace => usize::MAX,
        Where::Elsewhere => 0,
    });
    let limits = RuntimeLimits::default().with_cpu_time(Duration::from_secs(60));
    let pool = pool(PoolOptions::default().with_max_size(1).with_limits(limits));
    rest(&pool);
    let script = Script::new(source);
    runtime().block_on(async {
        let started = Instant::now();
        while started.elapsed() < time / 4 {
            call(&pool, "worker", &script).await;
        }
        let mut latencies = Vec::new();
        let started = Instant::now();
        while started.elapsed() < time {
            let begin = Instant::now();
            call(&pool, "worker", &script).await;
            latencies.push(begin.elapsed() / operations as u32);
        }
        let done = (latencies.len() * operations) as f64;
        Measurement::new(latencies, done / started.elapsed().as_secs_f64())
    })
}
