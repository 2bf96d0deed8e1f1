//! Wakers are code of others: they may panic when they are woken or dropped, and use the pool meanwhile.

use std::future::Future;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Context, Poll, Wake, Waker};

use crate::driver::{Call, Error, TestLease, TestPool, config, created, pool};

type Acquire<'a> = Pin<Box<dyn Future<Output = Result<TestLease, Error>> + 'a>>;

/// A call that waits with `waker`.
fn waits<'a>(pool: &'a TestPool, key: &'a u8, waker: impl Wake + Send + Sync + 'static) -> Acquire<'a> {
    let mut call: Acquire = Box::pin(pool.acquire(key, || std::future::ready(Ok(9))));
    let waker = Waker::from(Arc::new(waker));
    assert!(call.as_mut().poll(&mut Context::from_waker(&waker)).is_pending());
    call
}

fn now_ready(call: &mut Acquire<'_>) -> TestLease {
    match call.as_mut().poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(Ok(lease)) => lease,
        Poll::Ready(Err(error)) => panic!("{error}"),
        Poll::Pending => panic!("it has been given nothing"),
    }
}

struct PanicsWhenWoken;

impl Wake for PanicsWhenWoken {
    fn wake(self: Arc<Self>) {
        panic!("a waker that panics");
    }
}

struct PanicsWhenDropped;

impl Wake for PanicsWhenDropped {
    fn wake(self: Arc<Self>) {}
}

impl Drop for PanicsWhenDropped {
    fn drop(&mut self) {
        // The payload panics when it is dropped, too.
        std::panic::panic_any(PanicsAgain);
    }
}

struct PanicsAgain;

impl Drop for PanicsAgain {
    fn drop(&mut self) {
        if !std::thread::panicking() {
            panic!("and again");
        }
    }
}

#[test]
fn a_waker_that_panics_keeps_nobody_from_what_it_was_given() {
    let (pool, _) = pool(config());
    let lease = created(&pool, 1, 0);
    let mut first = waits(&pool, &1, PanicsWhenWoken);
    let mut second = Call::pending(&pool, 1, 2);
    drop(lease);
    assert_eq!(pool.stats().waker_panics, 1);
    drop(now_ready(&mut first));
    drop(second.lease());
    pool.validate();
}

#[test]
fn a_call_that_wakes_a_panicking_waker_still_gets_its_answer() {
    let (pool, _) = pool(config().with_max_size(1));
    let lease = created(&pool, 1, 0);
    let mut waiting = waits(&pool, &2, PanicsWhenWoken);
    // Gives the slot to the call that waits, in the middle of a call that has a ticket of its own.
    drop(lease);
    assert_eq!(pool.stats().waker_panics, 1);
    let behind = Call::pending(&pool, 3, 3);
    drop(now_ready(&mut waiting));
    drop(behind);
    assert_eq!((pool.stats().waiting, pool.stats().leased), (0, 0));
    pool.validate();
}

#[test]
fn all_who_wait_hear_of_the_end_whoever_panics() {
    let (pool, _) = pool(config());
    let lease = created(&pool, 1, 0);
    let panics = waits(&pool, &1, PanicsWhenWoken);
    let others = [Call::pending(&pool, 1, 2), Call::pending(&pool, 1, 3)];
    let mut drained = pin!(pool.drained());
    let waker = Waker::from(Arc::new(PanicsWhenWoken));
    assert!(drained.as_mut().poll(&mut Context::from_waker(&waker)).is_pending());
    pool.close();
    assert!(others.iter().all(Call::woken));
    drop(lease);
    assert_eq!(pool.stats().waker_panics, 2);
    assert!(drained.as_mut().poll(&mut Context::from_waker(Waker::noop())).is_ready());
    drop(panics);
}

#[test]
fn a_waker_that_panics_when_it_is_dropped_loses_nothing() {
    let (pool, _) = pool(config());
    let lease = created(&pool, 1, 0);
    let mut call = waits(&pool, &1, PanicsWhenDropped);
    let mut second = Call::pending(&pool, 1, 2);
    // Another waker takes its place.
    assert!(call.as_mut().poll(&mut Context::from_waker(Waker::noop())).is_pending());
    assert_eq!(pool.stats().waker_panics, 1);
    drop(lease);
    drop(now_ready(&mut call));
    drop(second.lease());
    // Dropped with its call.
    let lease = pool.try_acquire(&1).unwrap();
    drop(waits(&pool, &1, PanicsWhenDropped));
    assert_eq!((pool.stats().waker_panics, pool.stats().waiting), (2, 0));
    drop(lease);
    pool.validate();
}

/// Uses the pool when it is woken and when it is dropped.
struct UsesThePool {
    pool: TestPool,
    uses: Arc<AtomicUsize>,
}

impl UsesThePool {
    fn call_it(&self) {
        drop(self.pool.try_acquire(&1));
        self.pool.validate();
        self.uses.fetch_add(1, Ordering::SeqCst);
    }
}

impl Wake for UsesThePool {
    fn wake(self: Arc<Self>) {
        self.call_it();
    }
}

impl Drop for UsesThePool {
    fn drop(&mut self) {
        self.call_it();
    }
}

#[test]
fn a_waker_may_use_the_pool() {
    let (pool, _) = pool(config());
    let uses = Arc::new(AtomicUsize::new(0));
    let waker = || UsesThePool { pool: pool.clone(), uses: Arc::clone(&uses) };
    let lease = created(&pool, 1, 0);
    let mut woken = waits(&pool, &1, waker());
    drop(lease);
    assert_eq!(uses.load(Ordering::SeqCst), 2, "woken, and dropped");
    let lease = now_ready(&mut woken);
    let mut replaced = waits(&pool, &1, waker());
    assert!(replaced.as_mut().poll(&mut Context::from_waker(Waker::noop())).is_pending());
    drop(waits(&pool, &1, waker()));
    assert_eq!(uses.load(Ordering::SeqCst), 4, "replaced, and dropped with its call");
    drop(lease);
    drop(now_ready(&mut replaced));
    pool.validate();
}
