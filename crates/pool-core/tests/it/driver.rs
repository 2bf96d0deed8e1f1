//! Drives calls by hand: one poll at a time, only when woken, with creations that end when the test says so.

use std::future::Future;
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll, Wake, Waker};
use std::time::Duration;

use pool_core::{AcquireError, AcquireOptions, KeyLimits, Lease, Pool, PoolConfig, Priority, RetireReason};

pub(crate) type Error = AcquireError<&'static str>;
pub(crate) type TestPool = Pool<u8, usize>;
pub(crate) type TestLease = Lease<u8, usize>;
pub(crate) type Log = Arc<Mutex<Vec<(u8, usize, RetireReason)>>>;

/// No timers, so no runtime.
pub(crate) fn config() -> PoolConfig {
    let mut config = PoolConfig::default().with_acquire_timeout(Duration::MAX);
    config.scale.age = Duration::MAX;
    config
}

/// A pool that records what it retires.
pub(crate) fn pool(config: PoolConfig) -> (TestPool, Log) {
    let log = Log::default();
    let reaped = Arc::clone(&log);
    let pool = Pool::new(config, move |retired| {
        reaped.lock().unwrap().push((*retired.key, retired.resource, retired.reason));
    });
    (pool.unwrap(), log)
}

struct Flag(AtomicBool);

impl Wake for Flag {
    fn wake(self: Arc<Self>) {
        self.0.store(true, Ordering::SeqCst);
    }
}

#[derive(Default)]
struct Gate {
    started: bool,
    result: Option<Result<usize, &'static str>>,
    waker: Option<Waker>,
}

/// One `acquire`. The resource it creates is the number it was given.
pub(crate) struct Call {
    future: Pin<Box<dyn Future<Output = Result<TestLease, Error>>>>,
    gate: Arc<Mutex<Gate>>,
    flag: Arc<Flag>,
    number: usize,
}

impl Call {
    pub(crate) fn new(pool: &TestPool, key: u8, number: usize) -> Self {
        Self::with(pool, key, AcquireOptions::default(), number)
    }

    pub(crate) fn with_limits(pool: &TestPool, key: u8, limits: KeyLimits, number: usize) -> Self {
        Self::with(pool, key, AcquireOptions::default().with_limits(limits), number)
    }

    pub(crate) fn with(pool: &TestPool, key: u8, options: AcquireOptions, number: usize) -> Self {
        let gate = Arc::new(Mutex::new(Gate::default()));
        let (pool, opens) = (pool.clone(), Arc::clone(&gate));
        let future = Box::pin(async move {
            let create = || {
                opens.lock().unwrap().started = true;
                std::future::poll_fn(|cx| {
                    let mut gate = opens.lock().unwrap();
                    gate.waker = Some(cx.waker().clone());
                    gate.result.take().map_or(Poll::Pending, Poll::Ready)
                })
            };
            pool.acquire_with(&key, options, create).await
        });
        Self { future, gate, flag: Arc::new(Flag(AtomicBool::new(true))), number }
    }

    pub(crate) fn woken(&self) -> bool {
        self.flag.0.load(Ordering::SeqCst)
    }

    pub(crate) fn poll(&mut self) -> Poll<Result<TestLease, Error>> {
        self.flag.0.store(false, Ordering::SeqCst);
        let waker = Waker::from(Arc::clone(&self.flag));
        self.future.as_mut().poll(&mut Context::from_waker(&waker))
    }

    pub(crate) fn is_creating(&self) -> bool {
        self.gate.lock().unwrap().started
    }

    /// Ends this call's own `create`, at the next poll.
    pub(crate) fn finish(&self, succeed: bool) {
        let mut gate = self.gate.lock().unwrap();
        gate.result = Some(if succeed { Ok(self.number) } else { Err("refused") });
        if let Some(waker) = gate.waker.take() {
            waker.wake();
        }
    }

    pub(crate) fn has_result(&self) -> bool {
        self.gate.lock().unwrap().result.is_some()
    }

    /// A call that has been polled once and waits or creates.
    pub(crate) fn pending(pool: &TestPool, key: u8, number: usize) -> Self {
        let mut call = Self::new(pool, key, number);
        assert!(call.poll().is_pending());
        call
    }

    /// As [`pending`](Self::pending), with a priority.
    pub(crate) fn waiting(pool: &TestPool, key: u8, priority: Priority, number: usize) -> Self {
        let mut call = Self::with(pool, key, AcquireOptions::default().with_priority(priority), number);
        assert!(call.poll().is_pending() && !call.is_creating());
        call
    }

    /// The lease of a call that must be ready, and must have been woken if it was polled before.
    pub(crate) fn lease(&mut self) -> TestLease {
        assert!(self.woken(), "call {} was not woken", self.number);
        match self.poll() {
            Poll::Ready(Ok(lease)) => lease,
            Poll::Ready(Err(error)) => panic!("call {}: {error}", self.number),
            Poll::Pending => panic!("call {} is not ready", self.number),
        }
    }
}

/// A lease on a new resource, without any waiting.
pub(crate) fn created(pool: &TestPool, key: u8, number: usize) -> TestLease {
    let mut call = Call::pending(pool, key, number);
    assert!(call.is_creating());
    call.finish(true);
    call.lease()
}
