//! Resources that one caller has to himself.

use std::convert::Infallible;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use pool_core::{AcquireError, ConfigError, ExclusivePool, PoolConfig, RetireReason, Retired};

/// A connection that counts those who use it at the same time.
#[derive(Debug, Default)]
struct Connection {
    sent: Vec<usize>,
}

type Reaped = Arc<std::sync::Mutex<Vec<(RetireReason, usize)>>>;

fn pool(config: PoolConfig) -> (ExclusivePool<u8, Connection>, Reaped) {
    let reaped = Reaped::default();
    let seen = Arc::clone(&reaped);
    let pool = ExclusivePool::new(config, move |retired: Retired<u8, Connection>| {
        seen.lock().unwrap().push((retired.reason, retired.resource.sent.len()));
    });
    (pool.unwrap(), reaped)
}

async fn connect() -> Result<Connection, Infallible> {
    Ok(Connection::default())
}

#[tokio::test]
async fn what_one_caller_leaves_the_next_finds_and_the_reaper_gets() {
    let (pool, reaped) = pool(PoolConfig::default());
    let mut lease = pool.acquire(&1, connect).await.unwrap();
    lease.sent.push(1);
    assert!(pool.try_acquire(&1).is_none(), "it is taken");
    drop(lease);
    let mut lease = pool.try_acquire(&1).unwrap();
    assert!(lease.was_hit());
    lease.sent.push(2);
    assert_eq!(lease.sent, [1, 2]);
    lease.discard(RetireReason::Condemned);
    assert_eq!(*reaped.lock().unwrap(), [(RetireReason::Condemned, 2)]);
    assert!(!pool.acquire(&1, connect).await.unwrap().was_hit());
    pool.close();
    pool.drained().await;
    assert_eq!(reaped.lock().unwrap()[1..], [(RetireReason::Shutdown, 0)]);
    assert!(matches!(pool.acquire(&1, connect).await, Err(AcquireError::Closed)));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn no_two_callers_have_the_same_resource() {
    let config = PoolConfig::default().with_max_size(3).with_max_resources_per_key(2);
    let (pool, reaped) = pool(config);
    let calls = Arc::new(AtomicUsize::new(0));
    let tasks: Vec<_> = (0..64_u8)
        .map(|task| {
            let (pool, calls) = (pool.clone(), Arc::clone(&calls));
            tokio::spawn(async move {
                for _ in 0..20 {
                    let mut lease = pool.acquire(&(task % 2), connect).await.unwrap();
                    let before = lease.sent.len();
                    lease.sent.push(calls.fetch_add(1, Ordering::Relaxed));
                    tokio::task::yield_now().await;
                    assert_eq!(lease.sent.len(), before + 1, "somebody else has it too");
                }
            })
        })
        .collect();
    for task in tasks {
        task.await.unwrap();
    }
    pool.close();
    pool.drained().await;
    let sent: usize = reaped.lock().unwrap().iter().map(|(_, sent)| sent).sum();
    assert_eq!((sent, calls.load(Ordering::Relaxed)), (64 * 20, 64 * 20));
}

#[tokio::test]
async fn a_caller_that_panics_gives_it_back() {
    let (pool, _) = pool(PoolConfig::default());
    let user = pool.clone();
    let panicked = tokio::spawn(async move {
        let mut lease = user.acquire(&1, connect).await.unwrap();
        lease.sent.push(1);
        panic!("as it should");
    });
    assert!(panicked.await.unwrap_err().is_panic());
    assert_eq!(pool.try_acquire(&1).unwrap().sent, [1]);
}

#[test]
fn leases_cannot_be_shared() {
    let config = PoolConfig::default().with_max_leases_per_resource(2);
    let refused = ExclusivePool::<u8, Connection>::new(config, drop).unwrap_err();
    assert_eq!(refused, ConfigError::SharedLeases);
}
