//! Dropped calls: at every await point, with and without something already given to them.

use std::future::Future;

use pool_core::RetireReason;

use crate::driver::{Call, config, created, pool};

#[test]
fn lesson_10_dropped_waiter_does_not_lose_the_wakeup() {
    let (pool, _) = pool(config());
    let lease = created(&pool, 1, 0);
    let (mut first, mut second, mut third) =
        (Call::pending(&pool, 1, 1), Call::pending(&pool, 1, 2), Call::pending(&pool, 1, 3));
    // Given the lease, woken, and dropped before it could take it.
    drop(lease);
    assert!(first.woken() && !second.woken());
    drop(first);
    drop(second.lease());
    // Dropped while merely waiting.
    let lease = third.lease();
    let fourth = Call::pending(&pool, 1, 4);
    let mut fifth = Call::pending(&pool, 1, 5);
    drop(fourth);
    drop(lease);
    drop(fifth.lease());
    first = Call::new(&pool, 1, 6);
    assert!(first.lease().was_hit());
    pool.validate();
}

#[test]
fn lesson_32_dropped_future_releases_its_slot() {
    let (pool, log) = pool(config().with_max_size(1));
    // Leading a creation.
    let leader = Call::pending(&pool, 1, 0);
    assert!(leader.is_creating());
    assert_eq!(pool.stats().live, 1);
    drop(leader);
    assert_eq!((pool.stats().live, pool.stats().creation_failures), (0, 1));
    // Waiting for a slot.
    let lease = created(&pool, 1, 1);
    drop(Call::pending(&pool, 2, 2));
    assert_eq!(pool.stats().waiting, 0);
    drop(lease);
    assert!(pool.contains(&1), "nobody needs the room any more, so nothing was evicted");
    // Given a slot, dropped before it created.
    let lease = pool.try_acquire(&1).unwrap();
    let given = Call::pending(&pool, 2, 3);
    let mut next = Call::pending(&pool, 3, 4);
    drop(lease);
    assert!(given.woken());
    drop(given);
    assert!(next.woken() && next.poll().is_pending() && next.is_creating());
    next.finish(true);
    drop(next.lease());
    assert_eq!(*log.lock().unwrap(), [(1, 1, RetireReason::Evicted)]);
    pool.validate();
}

#[test]
fn a_cancelled_leader_hands_over_to_the_next_caller_of_the_key() {
    let (pool, _) = pool(config());
    let leader = Call::pending(&pool, 1, 0);
    let (mut second, mut third) = (Call::pending(&pool, 1, 1), Call::pending(&pool, 1, 2));
    assert!(leader.is_creating() && !second.is_creating());
    drop(leader);
    assert!(second.woken() && !third.woken());
    assert!(second.poll().is_pending() && second.is_creating());
    second.finish(true);
    let lease = second.lease();
    assert_eq!((*lease, lease.was_hit()), (1, false));
    drop(lease);
    assert_eq!(*third.lease(), 1);
    assert_eq!(pool.stats().created, 1);
}

#[test]
fn a_failed_leader_gets_its_error_and_the_next_caller_tries_its_own() {
    let (pool, _) = pool(config());
    let mut leader = Call::pending(&pool, 1, 0);
    let mut second = Call::pending(&pool, 1, 1);
    leader.finish(false);
    let std::task::Poll::Ready(Err(error)) = leader.poll() else { panic!("the leader's own error") };
    assert_eq!(error, pool_core::AcquireError::Create("refused"));
    assert!(second.woken() && second.poll().is_pending());
    second.finish(true);
    assert_eq!(*second.lease(), 1);
}

#[test]
fn a_panicking_create_counts_as_cancelled() {
    let (pool, _) = pool(config().with_max_size(1));
    let panics = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
        let mut call =
            Box::pin(pool.acquire(&1, || -> std::future::Ready<Result<usize, ()>> { panic!("in create") }));
        let _ = call.as_mut().poll(&mut std::task::Context::from_waker(std::task::Waker::noop()));
    }));
    assert!(panics.is_err());
    assert_eq!(pool.stats().live, 0);
    drop(created(&pool, 2, 1));
    pool.validate();
}

#[test]
fn a_future_that_was_never_polled_has_done_nothing() {
    let (pool, _) = pool(config());
    drop(Call::new(&pool, 1, 0));
    let mut untouched = pool_core::CacheStats::default();
    (untouched.total, untouched.capacity) = (100, 100);
    assert_eq!(pool.stats(), untouched);
}

/// A waker may own the last reference to a task, and the task a lease: dropping it under the lock would deadlock.
#[test]
fn a_waker_that_owns_a_lease_may_be_replaced_and_dropped() {
    struct Owner(#[allow(dead_code, reason = "held for its drop")] crate::driver::TestLease);
    impl std::task::Wake for Owner {
        fn wake(self: std::sync::Arc<Self>) {}
    }
    let (pool, _) = pool(config());
    let busy = created(&pool, 1, 0);
    let lease = created(&pool, 2, 1);
    let mut call = Box::pin(pool.acquire(&1, || std::future::ready(Ok::<_, ()>(2))));
    let owner = std::task::Waker::from(std::sync::Arc::new(Owner(lease)));
    assert!(call.as_mut().poll(&mut std::task::Context::from_waker(&owner)).is_pending());
    drop(owner);
    assert_eq!(pool.stats().leased, 2);
    assert!(call.as_mut().poll(&mut std::task::Context::from_waker(std::task::Waker::noop())).is_pending());
    assert_eq!(pool.stats().leased, 1);
    drop((call, busy));
    pool.validate();
}
