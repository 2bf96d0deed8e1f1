//! Queue bounds, timeouts, size and cost. Time is tokio's paused clock.

use std::future::{pending, ready};
use std::time::Duration;

use pool_core::{AcquireError, Phase, Pool, PoolConfig, QueueScope, ScalePolicy};

use crate::driver::{Call, config, created, pool};

const TIMEOUT: Duration = Duration::from_millis(50);

fn timed(config: PoolConfig) -> Pool<u8, usize> {
    Pool::new(config.with_acquire_timeout(TIMEOUT), drop).unwrap()
}

async fn acquire(pool: &Pool<u8, usize>, key: u8) -> Result<crate::driver::TestLease, AcquireError<()>> {
    pool.acquire(&key, || ready(Ok(0))).await
}

#[test]
fn a_call_that_need_not_wait_needs_no_runtime() {
    // With a finite timeout: a timer made here would panic.
    let pool = timed(PoolConfig::default().with_max_resources_per_key(2).with_max_size(1));
    for (key, hit) in [(1, false), (1, true), (2, false)] {
        let mut call = Box::pin(acquire(&pool, key));
        let mut cx = std::task::Context::from_waker(std::task::Waker::noop());
        let std::task::Poll::Ready(Ok(lease)) = std::future::Future::poll(call.as_mut(), &mut cx) else {
            panic!("key {key} had to wait");
        };
        assert_eq!(lease.was_hit(), hit);
    }
    assert_eq!(pool.stats().waits, 0);
}

#[test]
fn lesson_44_a_full_queue_is_an_error_of_its_own() {
    let (pool, _) = pool(config().with_max_size(1).with_max_waiters(2).with_max_waiters_per_key(1));
    let lease = created(&pool, 1, 0);
    let waiting = Call::pending(&pool, 1, 1);
    let full = |key, scope, limit| {
        let std::task::Poll::Ready(Err(error)) = Call::new(&pool, key, 9).poll() else {
            panic!("not refused")
        };
        assert_eq!(error, AcquireError::QueueFull { scope, limit });
    };
    full(1, QueueScope::Key, 1);
    let slot = Call::pending(&pool, 2, 2);
    full(3, QueueScope::Pool, 2);
    assert_eq!(pool.stats().queue_full, 2);
    drop((waiting, slot, lease));
    // The queue is empty and the resource idle: a cold call evicts it without waiting.
    drop(created(&pool, 3, 3));
}

#[test]
fn with_no_waiters_allowed_hits_misses_and_evictions_still_work() {
    let (pool, _) = pool(config().with_max_size(1).with_max_waiters(0));
    drop(created(&pool, 1, 0));
    drop(pool.try_acquire(&1).unwrap());
    let lease = created(&pool, 2, 1);
    assert!(Call::new(&pool, 1, 2).poll().is_ready());
    drop(lease);
}

#[tokio::test(start_paused = true)]
async fn a_timeout_names_its_phase_and_leaves_no_trace() {
    let pool = timed(PoolConfig::default().with_max_size(1));
    let timeout = |phase| AcquireError::Timeout { phase, waited: TIMEOUT };

    let stuck = pool.acquire(&1, pending::<Result<usize, ()>>);
    let (leader, follower) = tokio::join!(stuck, async {
        tokio::task::yield_now().await;
        acquire(&pool, 1).await
    });
    assert_eq!(leader.unwrap_err(), timeout(Phase::Create));
    // The leader timed out first, so that the follower could still lead.
    let lease = follower.unwrap();

    assert_eq!(acquire(&pool, 1).await.unwrap_err(), timeout(Phase::Lease));
    assert_eq!(acquire(&pool, 2).await.unwrap_err(), timeout(Phase::Slot));
    let stats = pool.stats();
    assert_eq!((stats.timeouts, stats.waiting, stats.live), (3, 0, 1));
    pool.validate();
    drop(lease);
    assert!(acquire(&pool, 2).await.is_ok());
}

#[tokio::test(start_paused = true)]
async fn a_follower_can_time_out_while_the_leader_creates() {
    let pool = timed(PoolConfig::default());
    let mut leader = Box::pin(pool.acquire(&1, || async {
        tokio::time::sleep(TIMEOUT / 2).await;
        pending::<Result<usize, ()>>().await
    }));
    let mut cx = std::task::Context::from_waker(std::task::Waker::noop());
    assert!(std::future::Future::poll(leader.as_mut(), &mut cx).is_pending());
    let error = acquire(&pool, 1).await.unwrap_err();
    assert_eq!(error, AcquireError::Timeout { phase: Phase::Create, waited: TIMEOUT });
}

#[tokio::test(start_paused = true)]
async fn waiting_is_measured() {
    let pool = timed(PoolConfig::default());
    let lease = acquire(&pool, 1).await.unwrap();
    let (waited, ()) = tokio::join!(async { acquire(&pool, 1).await.unwrap().waited() }, async {
        tokio::time::sleep(Duration::from_millis(20)).await;
        drop(lease);
    });
    assert_eq!(waited, Duration::from_millis(20));
    let stats = pool.stats();
    assert_eq!((stats.waits, stats.wait_total, stats.wait_max), (1, waited, waited));
}

#[tokio::test(start_paused = true)]
async fn one_old_caller_grows_its_key_without_any_other_event() {
    let scale = ScalePolicy { depth: 1_000, age: Duration::from_millis(10) };
    let pool = timed(PoolConfig::default().with_max_resources_per_key(2).with_scale(scale));
    let busy = acquire(&pool, 1).await.unwrap();
    let replica = acquire(&pool, 1).await.unwrap();
    assert!(!replica.was_hit());
    assert_eq!(replica.waited(), scale.age);
    let error = acquire(&pool, 1).await.unwrap_err();
    assert_eq!(error, AcquireError::Timeout { phase: Phase::Lease, waited: TIMEOUT });
    drop((busy, replica));
}

#[tokio::test(start_paused = true)]
async fn what_has_been_idle_for_long_goes() {
    let pool = timed(PoolConfig::default());
    for key in 0..4 {
        drop(acquire(&pool, key).await.unwrap());
        tokio::time::advance(Duration::from_secs(1)).await;
    }
    let leased = acquire(&pool, 0).await.unwrap();
    assert_eq!(pool.evict_idle_older_than(Duration::from_secs(2)), 2);
    assert_eq!(pool.stats().retired.idle, 2);
    assert!(pool.contains(&0) && pool.contains(&3) && !pool.contains(&1) && !pool.contains(&2));
    drop(leased);
}

#[test]
fn a_shrunk_pool_retires_idle_first_then_leased_and_creates_nothing_above_the_bound() {
    let (pool, log) = pool(config().with_max_size(4));
    let leases: Vec<_> = (0..3).map(|n| created(&pool, n as u8, n)).collect();
    drop(created(&pool, 3, 3));
    pool.resize(1).unwrap();
    assert_eq!(log.lock().unwrap().len(), 1, "the idle one");
    assert_eq!((pool.stats().cached, pool.stats().live, pool.stats().capacity), (1, 3, 0));
    assert!(pool.contains(&2), "the most recently used stays");
    let mut waiting = Call::pending(&pool, 9, 9);
    let mut leases = leases.into_iter();
    drop(leases.next());
    drop(leases.next());
    assert!(!waiting.woken());
    drop(leases.next());
    assert!(waiting.woken() && waiting.poll().is_pending() && waiting.is_creating());
    assert_eq!(pool.resize(0), Err(pool_core::ConfigError::MaxSize));
}

#[test]
fn cost_evicts_idle_resources_only() {
    let (pool, log) = pool(config().with_max_total_cost(Some(100)));
    for key in 0..3 {
        created(&pool, key, usize::from(key)).set_cost(40);
        pool.validate();
    }
    assert_eq!(log.lock().unwrap().len(), 1);
    assert_eq!(pool.stats().total_cost, 80);
    let lease = pool.try_acquire(&2).unwrap();
    lease.set_cost(u64::MAX);
    assert!(pool.contains(&2) && !pool.contains(&1), "leased ones are left alone");
    pool.validate();
    drop(lease);
    assert_eq!((pool.stats().live, pool.stats().total_cost), (0, 0));
}
