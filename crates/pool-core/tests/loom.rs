//! Every interleaving of a few threads, explored by loom:
//!
//! ```sh
//! RUSTFLAGS="--cfg loom" CARGO_TARGET_DIR=target/loom cargo test --release -p pool-core --test loom
//! ```
//!
//! A lost wake-up shows as loom's "deadlock" panic. Every test ends with `finish`: what was created is reaped, once, and
//! the recount agrees.
#![cfg(loom)]
#![allow(clippy::unwrap_used, reason = "in a test, a panic is the report")]

use std::future::{Future, poll_fn};
use std::pin::pin;
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use loom::future::block_on;
use loom::sync::Arc;
use loom::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use loom::thread;
use pool_core::{AcquireError, AcquireOptions, Pool, PoolConfig, Priority, RetireReason, ScalePolicy};

type TestPool = Pool<u8, usize>;
type Lease = pool_core::Lease<u8, usize>;
type Result = std::result::Result<Lease, AcquireError<&'static str>>;

struct World {
    pool: TestPool,
    reaped: Arc<AtomicUsize>,
}

impl World {
    fn new(max_size: usize, max_leases_per_resource: usize) -> Self {
        Self::with(
            PoolConfig::default()
                .with_max_size(max_size)
                .with_max_leases_per_resource(max_leases_per_resource),
        )
    }

    /// A pool in which a key gets a second resource as soon as one caller waits.
    fn with_replicas() -> Self {
        let scale = ScalePolicy { depth: 1, age: Duration::MAX };
        Self::with(PoolConfig::default().with_max_size(2).with_max_resources_per_key(2).with_scale(scale))
    }

    fn with(config: PoolConfig) -> Self {
        let reaped = Arc::new(AtomicUsize::new(0));
        let count = Arc::clone(&reaped);
        let pool = Pool::new(config, move |_| {
            count.fetch_add(1, SeqCst);
        })
        .unwrap();
        Self { pool, reaped }
    }

    /// Drops `lease` while `a` and `b` use the pool on threads of their own, and finishes.
    fn race(
        self,
        lease: Lease,
        a: impl FnOnce(&TestPool) + Send + 'static,
        b: impl FnOnce(&TestPool) + Send + 'static,
    ) {
        let (for_a, for_b) = (self.pool.clone(), self.pool.clone());
        let a = thread::spawn(move || a(&for_a));
        let b = thread::spawn(move || b(&for_b));
        drop(lease);
        a.join().unwrap();
        b.join().unwrap();
        self.finish();
    }

    /// Everything is over: closes the pool and counts.
    fn finish(self) {
        self.pool.validate();
        let stats = self.pool.stats();
        assert_eq!((stats.waiting, stats.leased), (0, 0));
        self.pool.close();
        block_on(self.pool.drained());
        assert_eq!(self.reaped.load(SeqCst) as u64, self.pool.stats().created);
    }
}

fn explore(threads_preempted_at_most: usize, test: impl Fn() + Send + Sync + 'static) {
    let mut model = loom::model::Builder::new();
    model.preemption_bound = Some(threads_preempted_at_most);
    model.check(test);
}

async fn acquire(pool: &TestPool, key: u8) -> Result {
    pool.acquire(&key, || std::future::ready(Ok(0))).await
}

/// The creation takes one more poll.
async fn acquire_slowly(pool: &TestPool, key: u8) -> Result {
    pool.acquire(&key, || async {
        let mut polled = false;
        poll_fn(|cx| {
            if std::mem::replace(&mut polled, true) {
                return Poll::Ready(Ok(0));
            }
            cx.waker().wake_by_ref();
            Poll::Pending
        })
        .await
    })
    .await
}

/// Polls a call once, and drops it if that did not end it.
fn poll_once_and_drop(call: impl Future<Output = Result>) {
    let outcome = pin!(call).poll(&mut Context::from_waker(Waker::noop()));
    drop(outcome);
}

#[test]
fn a_hand_off_races_with_the_cancellation_of_its_receiver() {
    explore(3, || {
        let world = World::new(1, 1);
        let lease = block_on(acquire(&world.pool, 1)).unwrap();
        world.race(
            lease,
            |cancelled| poll_once_and_drop(acquire(cancelled, 1)),
            |waiting| assert!(block_on(acquire(waiting, 1)).unwrap().was_hit()),
        );
    });
}

#[test]
fn an_urgent_caller_that_gives_up_races_with_the_hand_off_that_passes_over_another() {
    explore(3, || {
        let world = World::new(1, 1);
        let lease = block_on(acquire(&world.pool, 1)).unwrap();
        world.race(
            lease,
            |urgent| {
                let options = AcquireOptions::default().with_priority(Priority::High);
                poll_once_and_drop(urgent.acquire_with(&1, options, || std::future::ready(Ok(0))));
            },
            |waiting| assert!(block_on(acquire(waiting, 1)).unwrap().was_hit()),
        );
    });
}

#[test]
fn a_slot_hand_off_races_with_the_cancellation_of_its_receiver() {
    explore(3, || {
        let world = World::new(1, 1);
        let lease = block_on(acquire(&world.pool, 1)).unwrap();
        world.race(
            lease,
            |cancelled| poll_once_and_drop(acquire(cancelled, 2)),
            |waiting| drop(block_on(acquire(waiting, 3)).unwrap()),
        );
    });
}

#[test]
fn a_lease_drop_races_with_an_acquire() {
    explore(4, || {
        let world = World::new(1, 1);
        let lease = block_on(acquire(&world.pool, 1)).unwrap();
        let same = world.pool.clone();
        let a = thread::spawn(move || assert!(block_on(acquire(&same, 1)).unwrap().was_hit()));
        drop(lease);
        a.join().unwrap();
        world.finish();
    });
}

#[test]
fn a_lease_drop_races_with_acquires_of_the_same_and_another_key() {
    explore(3, || {
        let world = World::new(1, 1);
        let lease = block_on(acquire(&world.pool, 1)).unwrap();
        world.race(
            lease,
            |same| drop(block_on(acquire(same, 1)).unwrap()),
            |other| drop(block_on(acquire(other, 2)).unwrap()),
        );
    });
}

#[test]
fn a_replica_is_created_while_the_lease_it_is_for_is_dropped() {
    explore(3, || {
        let world = World::with_replicas();
        let lease = block_on(acquire(&world.pool, 1)).unwrap();
        world.race(
            lease,
            |waiting| drop(block_on(acquire_slowly(waiting, 1)).unwrap()),
            |other| drop(block_on(acquire(other, 2)).unwrap()),
        );
    });
}

#[test]
fn a_replica_is_given_up_while_it_is_created() {
    explore(3, || {
        let world = World::with_replicas();
        let lease = block_on(acquire(&world.pool, 1)).unwrap();
        world.race(
            lease,
            |cancelled| poll_once_and_drop(acquire_slowly(cancelled, 1)),
            |waiting| drop(block_on(acquire(waiting, 1)).unwrap()),
        );
    });
}

#[test]
fn single_flight_creates_once() {
    explore(3, || {
        let world = World::new(2, 2);
        let callers: Vec<_> = (0..2)
            .map(|_| {
                let pool = world.pool.clone();
                thread::spawn(move || drop(block_on(acquire_slowly(&pool, 1)).unwrap()))
            })
            .collect();
        callers.into_iter().for_each(|caller| caller.join().unwrap());
        assert_eq!(world.pool.stats().created, 1);
        world.finish();
    });
}

#[test]
fn single_flight_survives_the_cancellation_of_its_leader() {
    explore(3, || {
        let world = World::new(1, 1);
        let (cancelled, pool, other) = (world.pool.clone(), world.pool.clone(), world.pool.clone());
        let a = thread::spawn(move || poll_once_and_drop(acquire_slowly(&cancelled, 1)));
        let b = thread::spawn(move || drop(block_on(acquire_slowly(&pool, 1)).unwrap()));
        drop(block_on(acquire_slowly(&other, 1)).unwrap());
        a.join().unwrap();
        b.join().unwrap();
        assert_eq!(world.pool.stats().created, 1);
        drop(other);
        world.finish();
    });
}

#[test]
fn close_races_with_an_acquire_that_waits() {
    explore(3, || {
        let world = World::new(1, 1);
        let lease = block_on(acquire(&world.pool, 1)).unwrap();
        world.race(
            lease,
            |waiting| match block_on(acquire(waiting, 1)) {
                Ok(_) | Err(AcquireError::Closed) => {}
                Err(error) => panic!("{error}"),
            },
            |closing| closing.close(),
        );
    });
}

#[test]
fn close_races_with_an_acquire_that_creates() {
    explore(4, || {
        let world = World::new(1, 1);
        let creating = world.pool.clone();
        let a = thread::spawn(move || match block_on(acquire_slowly(&creating, 1)) {
            Ok(_) | Err(AcquireError::Closed) => {}
            Err(error) => panic!("{error}"),
        });
        world.pool.close();
        block_on(world.pool.drained());
        a.join().unwrap();
        world.finish();
    });
}

#[test]
fn a_condemnation_races_with_the_release_of_another_lease() {
    explore(3, || {
        let world = World::new(1, 2);
        let first = block_on(acquire(&world.pool, 1)).unwrap();
        let second = block_on(acquire(&world.pool, 1)).unwrap();
        world.race(
            first,
            move |_| second.discard(RetireReason::Condemned),
            |waiting| assert!(!block_on(acquire(waiting, 2)).unwrap().was_hit()),
        );
    });
}
