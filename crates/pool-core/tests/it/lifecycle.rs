//! Reaping, replacing, closing.

use std::future::{Future, ready};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, OnceLock};
use std::task::{Context, Poll, Waker};

use pool_core::{AcquireError, BackgroundReaper, Pool, RetireReason, Retired};

use crate::driver::{Call, config, created, pool};

fn now<F: Future>(future: F) -> F::Output {
    match std::pin::pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(output) => output,
        Poll::Pending => panic!("had to wait"),
    }
}

/// A resource that uses the pool whenever it is created, dropped or reaped: it would deadlock under the cache lock.
struct Nosy(Arc<OnceLock<Pool<u8, Nosy>>>);

impl Nosy {
    fn look(&self) {
        if let Some(pool) = self.0.get() {
            pool.validate();
            let _ = (pool.stats(), pool.try_acquire(&77), pool.is_drained());
        }
    }
}

impl Drop for Nosy {
    fn drop(&mut self) {
        self.look();
    }
}

#[test]
fn lesson_07_cache_lock_is_free_during_create_and_reap() {
    let shared = Arc::new(OnceLock::new());
    let config = config().with_max_size(2);
    let pool = Pool::new(config, |retired: Retired<u8, Nosy>| retired.resource.look()).unwrap();
    assert!(shared.set(pool.clone()).is_ok());
    let create = || async {
        let nosy = Nosy(Arc::clone(&shared));
        nosy.look();
        Ok::<_, ()>(nosy)
    };
    for key in 0..4 {
        assert!(!now(pool.acquire(&key, create)).unwrap().was_hit());
    }
    now(pool.acquire(&3, create)).unwrap().discard(RetireReason::Condemned);
    pool.retire_key(&2, RetireReason::Replaced);
    drop(now(pool.acquire(&1, create)).unwrap());
    assert_eq!(pool.evict_idle_older_than(std::time::Duration::ZERO), 1);
    drop(now(pool.acquire(&1, create)).unwrap());
    pool.close();
    assert!(pool.is_drained());
    assert_eq!(pool.stats().retired.total(), pool.stats().created);
}

#[test]
fn a_panicking_reaper_costs_nothing_but_its_resource() {
    let pool = Pool::<u8, u8>::new(config().with_max_size(1), |retired| {
        assert_ne!(*retired.key, 1, "the reaper's own panic");
    })
    .unwrap();
    for key in 0..3 {
        drop(now(pool.acquire(&key, || ready(Ok::<_, ()>(key)))).unwrap());
    }
    let stats = pool.stats();
    assert_eq!((stats.reaper_panics, stats.retired.evicted, stats.live), (1, 2, 1));
    pool.validate();
}

#[test]
fn a_slot_is_free_only_when_the_reaper_has_returned() {
    static LIVE: AtomicUsize = AtomicUsize::new(0);
    let pool: Arc<OnceLock<Pool<u8, ()>>> = Arc::default();
    let seen = Arc::downgrade(&pool);
    let made = Pool::new(config().with_max_size(1), move |_: Retired<u8, ()>| {
        let live = seen.upgrade().and_then(|pool| Some(pool.get()?.stats().live));
        LIVE.store(live.unwrap_or(0), Ordering::SeqCst);
    });
    let pool = pool.get_or_init(|| made.unwrap());
    now(pool.acquire(&1, || ready(Ok::<_, ()>(())))).unwrap().discard(RetireReason::Condemned);
    assert_eq!((LIVE.load(Ordering::SeqCst), pool.stats().live), (1, 0));
    pool.close();
}

#[test]
fn a_condemned_resource_never_serves_again() {
    let (pool, log) = pool(config().with_max_leases_per_resource(2));
    let lease = created(&pool, 1, 0);
    let other = pool.try_acquire(&1).unwrap();
    assert_eq!(lease.resource_id(), other.resource_id());
    let mut waiting = Call::pending(&pool, 1, 1);
    lease.mark_condemned(RetireReason::Condemned);
    lease.mark_condemned(RetireReason::Replaced);
    // The caller that waited gets a new one at once, though the old one is not gone.
    assert!(waiting.poll().is_pending());
    waiting.finish(true);
    let fresh = waiting.lease();
    assert_ne!(fresh.resource_id(), lease.resource_id());
    drop(lease);
    assert!(log.lock().unwrap().is_empty(), "another lease is still using it");
    drop(other);
    assert_eq!(*log.lock().unwrap(), [(1, 0, RetireReason::Condemned)]);
}

#[test]
fn a_replaced_key_serves_only_new_resources() {
    let (pool, log) = pool(config());
    let creating = Call::pending(&pool, 1, 0);
    pool.retire_key(&1, RetireReason::Replaced);
    // The creation in flight is of the old version: its own caller may use it, nobody else.
    let mut new = Call::pending(&pool, 1, 1);
    assert!(new.is_creating());
    let mut old = creating;
    old.finish(true);
    let old = old.lease();
    new.finish(true);
    drop(new.lease());
    assert_eq!(*pool.try_acquire(&1).unwrap(), 1);
    drop(old);
    pool.retire_key(&1, RetireReason::Replaced);
    pool.retire_key(&2, RetireReason::Replaced);
    assert_eq!(*log.lock().unwrap(), [(1, 0, RetireReason::Replaced), (1, 1, RetireReason::Replaced)]);
}

#[test]
fn close_fails_waiters_and_reaps_what_is_left_as_it_comes_back() {
    let (pool, log) = pool(config().with_max_size(3));
    let lease = created(&pool, 1, 0);
    drop(created(&pool, 2, 1));
    let mut creating = Call::pending(&pool, 3, 2);
    let mut waiting = Call::pending(&pool, 1, 3);
    let mut drained = Box::pin(pool.drained());
    let noop = &mut Context::from_waker(Waker::noop());
    pool.close();
    pool.close();
    assert!(waiting.woken());
    assert!(matches!(waiting.poll(), Poll::Ready(Err(AcquireError::Closed))));
    assert!(matches!(Call::new(&pool, 2, 4).poll(), Poll::Ready(Err(AcquireError::Closed))));
    assert!(pool.try_acquire(&2).is_none());
    creating.finish(true);
    assert!(matches!(creating.poll(), Poll::Ready(Err(AcquireError::Closed))));
    assert!(drained.as_mut().poll(noop).is_pending() && !pool.is_drained());
    drop(lease);
    assert!(drained.as_mut().poll(noop).is_ready());
    let shutdown = |(key, n)| (key, n, RetireReason::Shutdown);
    assert_eq!(*log.lock().unwrap(), [(2, 1), (3, 2), (1, 0)].map(shutdown));
    pool.validate();
}

#[tokio::test]
async fn drained_is_woken_by_the_last_lease() {
    let (pool, _) = pool(config());
    let lease = created(&pool, 1, 0);
    pool.close();
    tokio::join!(pool.drained(), async {
        tokio::task::yield_now().await;
        drop(lease);
    });
}

#[test]
fn the_last_lease_may_outlive_every_handle() {
    let (pool, log) = pool(config());
    drop(created(&pool, 1, 0));
    let lease = created(&pool, 2, 1);
    drop(pool);
    assert!(log.lock().unwrap().is_empty());
    drop(lease);
    let mut gone = log.lock().unwrap().clone();
    gone.sort_by_key(|(key, ..)| *key);
    assert_eq!(gone, [(1, 0, RetireReason::Shutdown), (2, 1, RetireReason::Shutdown)]);
}

#[test]
fn the_background_reaper_takes_what_the_pool_retires() {
    let seen = Arc::new(AtomicUsize::new(0));
    let count = Arc::clone(&seen);
    let reaper = BackgroundReaper::spawn("pool-reaper", move |retired: Retired<u8, usize>| {
        assert_eq!(std::thread::current().name(), Some("pool-reaper"));
        count.fetch_add(retired.resource, Ordering::SeqCst);
    })
    .unwrap();
    let pool = Pool::new(config().with_max_size(1), reaper.sink()).unwrap();
    for key in 0..10 {
        drop(now(pool.acquire(&key, || ready(Ok::<_, ()>(1)))).unwrap());
    }
    pool.close();
    drop(reaper);
    assert_eq!(seen.load(Ordering::SeqCst), 10);
}
