//! Real threads, real scheduler: the bounds hold at every moment and nothing is lost.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering::SeqCst};
use std::time::Duration;

use pool_core::{AcquireError, BackgroundReaper, Pool, PoolConfig, RetireReason, Retired, ScalePolicy};

const MAX_SIZE: usize = 8;
const TASKS: u64 = 64;
const ROUNDS: u64 = 300;

#[derive(Default)]
struct Census {
    live: AtomicUsize,
    most: AtomicUsize,
    dropped: AtomicU64,
}

/// Counts itself, and how many use it.
struct Resource {
    key: u64,
    census: Arc<Census>,
    users: AtomicUsize,
}

impl Resource {
    fn new(key: u64, census: &Arc<Census>) -> Self {
        census.most.fetch_max(census.live.fetch_add(1, SeqCst) + 1, SeqCst);
        Self { key, census: Arc::clone(census), users: AtomicUsize::new(0) }
    }
}

impl Drop for Resource {
    fn drop(&mut self) {
        assert_eq!(*self.users.get_mut(), 0, "dropped in use");
        self.census.live.fetch_sub(1, SeqCst);
        self.census.dropped.fetch_add(1, SeqCst);
    }
}

/// Small and repeatable; each task has its own.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % sides
    }
}

async fn user(pool: Pool<u64, Resource>, census: Arc<Census>, max_leases: usize, seed: u64) {
    let mut dice = Dice(seed);
    for _ in 0..ROUNDS {
        // Half of the calls go to two hot keys.
        let key = if dice.roll(2) == 0 { dice.roll(2) } else { 2 + dice.roll(20) };
        let (slow, fails) = (dice.roll(4) == 0, dice.roll(20) == 0);
        let create = || async {
            if slow {
                tokio::task::yield_now().await;
            }
            if fails { Err("no luck") } else { Ok(Resource::new(key, &census)) }
        };
        let cancel_after = dice.roll(8);
        let call = pool.acquire(&key, create);
        let result = if cancel_after < 3 {
            tokio::select! {
                biased;
                () = async { for _ in 0..cancel_after { tokio::task::yield_now().await } } => continue,
                result = call => result,
            }
        } else {
            call.await
        };
        match result {
            Ok(lease) => {
                assert_eq!((lease.key, *lease.key()), (key, key));
                assert!(lease.users.fetch_add(1, SeqCst) < max_leases, "more leases than allowed");
                if dice.roll(3) == 0 {
                    tokio::task::yield_now().await;
                }
                lease.users.fetch_sub(1, SeqCst);
                if dice.roll(50) == 0 {
                    lease.discard(RetireReason::Condemned);
                }
            }
            Err(AcquireError::Create("no luck") | AcquireError::QueueFull { .. }) => {}
            Err(error) => panic!("{error}"),
        }
        match dice.roll(500) {
            0 => pool.retire_key(&key, RetireReason::Replaced),
            1 => drop(pool.evict_idle_older_than(Duration::ZERO)),
            2 => pool.validate(),
            _ => {}
        }
    }
}

async fn stress(max_leases: usize, max_per_key: usize) {
    let census = Arc::new(Census::default());
    let config = PoolConfig::default()
        .with_max_size(MAX_SIZE)
        .with_max_resources_per_key(max_per_key)
        .with_max_leases_per_resource(max_leases)
        .with_max_waiters(48)
        .with_scale(ScalePolicy { depth: 3, age: Duration::from_millis(1) });
    let pool = Pool::new(config, |retired: Retired<u64, Resource>| drop(retired)).unwrap();
    let users: Vec<_> = (0..TASKS)
        .map(|seed| tokio::spawn(user(pool.clone(), Arc::clone(&census), max_leases, seed)))
        .collect();
    for user in users {
        user.await.unwrap();
    }
    pool.validate();
    pool.close();
    pool.drained().await;
    let stats = pool.stats();
    assert_eq!(census.live.load(SeqCst), 0, "every resource was dropped");
    assert_eq!(census.dropped.load(SeqCst), stats.retired.total());
    assert_eq!(stats.created, stats.retired.total());
    assert_eq!(stats.timeouts, 0, "nobody starved");
    assert!(census.most.load(SeqCst) <= MAX_SIZE, "{} live at once", census.most.load(SeqCst));
    assert!(stats.hits > 0 && stats.waits > 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn exclusive_resources_under_load() {
    stress(1, 1).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn shared_and_replicated_resources_under_load() {
    stress(3, 2).await;
}

/// Leases dropped by threads that know nothing of the runtime, and a reaper of its own.
#[test]
fn plain_threads_and_a_background_reaper() {
    let census = Arc::new(Census::default());
    let reaper = BackgroundReaper::spawn("stress-reaper", drop::<Retired<u64, Resource>>).unwrap();
    let config = PoolConfig::default().with_max_size(2).with_acquire_timeout(Duration::MAX);
    let pool = Pool::new(config, reaper.sink()).unwrap();
    std::thread::scope(|scope| {
        for seed in 0..4 {
            let (pool, census) = (pool.clone(), Arc::clone(&census));
            scope.spawn(move || {
                let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
                runtime.block_on(async {
                    let mut dice = Dice(seed);
                    for _ in 0..2_000 {
                        let key = dice.roll(4);
                        let create = || async { Ok::<_, ()>(Resource::new(key, &census)) };
                        assert_eq!(pool.acquire(&key, create).await.unwrap().key, key);
                    }
                });
            });
        }
    });
    pool.close();
    assert!(pool.is_drained());
    drop(reaper);
    assert_eq!(census.live.load(SeqCst), 0);
}
