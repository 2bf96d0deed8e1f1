//! What all cores share, used by nobody but one thread and by two at once, which do nothing else: the rate that is left is
//! where the lock ends, however many cores there are.

use std::hint::black_box;
use std::sync::Arc;
use std::task::Waker;
use std::thread;
use std::time::{Duration, Instant};

use benches::{BARE, Kind, Row};
use criterion::Criterion;
use isolate::Alarm;
use pool_core::{Pool, PoolConfig};

/// A time that no alarm of the bench reaches.
const FAR: Duration = Duration::from_secs(3600);

/// Keys of the pool.
const KEYS: usize = 1_000;

pub(crate) fn bench(criterion: &mut Criterion) {
    shared(criterion, "lease and give back", || {
        let pool = full_pool();
        move |number| drop(black_box(pool.try_acquire(&(number % KEYS))))
    });
    shared(criterion, "set and drop an alarm", || {
        let at = Instant::now() + FAR;
        move |_| drop(black_box(Alarm::set(at, Waker::noop().clone())))
    });
}

/// A row for an operation that threads share a lock for.
fn shared<F>(criterion: &mut Criterion, name: &'static str, operation: impl Fn() -> F)
where
    F: Fn(usize) + Send + Sync + 'static,
{
    let mut row = Row::new(criterion, name);
    for (mode, threads) in [(BARE, 1), ("2 threads", 2)] {
        row.custom(
            mode,
            Kind::Tail,
            || Arc::new(operation()),
            |operation, count, latencies| {
                let took = in_threads(threads, count, operation);
                let single = Instant::now();
                operation(0);
                latencies.push(single.elapsed());
                took
            },
        );
    }
    row.finish();
}

/// The time in which so many threads do an operation `count` times in all.
fn in_threads(
    threads: usize,
    count: u64,
    operation: &Arc<impl Fn(usize) + Send + Sync + 'static>,
) -> Duration {
    let each = usize::try_from(count).expect("it fits") / threads;
    let started = Instant::now();
    let running: Vec<_> = (0..threads)
        .map(|thread| {
            let operation = Arc::clone(operation);
            thread::spawn(move || (0..each).for_each(|number| operation(number * threads + thread)))
        })
        .collect();
    for thread in running {
        thread.join().expect("it does not panic");
    }
    started.elapsed()
}

/// A pool that has something for each of its keys.
fn full_pool() -> Pool<usize, ()> {
    let config = PoolConfig::default().with_max_size(KEYS);
    let pool = Pool::new(config, |_| {}).expect("a sound configuration");
    let runtime = benches::runtime();
    for key in 0..KEYS {
        let lease = runtime.block_on(pool.acquire(&key, async || Ok::<_, std::convert::Infallible>(())));
        drop(lease.expect("there is room"));
    }
    pool
}
