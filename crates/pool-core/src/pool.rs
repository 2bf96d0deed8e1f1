//! The thin outer layer: locking, and carrying out what the state decided.

use std::fmt;
use std::future::{Future, poll_fn};
use std::hash::Hash;
use std::sync::Arc as StdArc;
use std::task::Poll;
use std::time::Duration;

use crate::config::{AcquireOptions, ConfigError, PoolConfig};
use crate::effects::Effects;
use crate::error::AcquireError;
use crate::foreign;
use crate::inner::Inner;
use crate::lease::Lease;
use crate::reaper::{RetireReason, Retired};
use crate::resource::ResourceId;
use crate::stats::CacheStats;
use crate::sync::{Arc, Mutex, now};

/// A keyed LRU pool of resources; a cheap handle, cloned to share the pool.
///
/// Every method takes the cache lock once, for about a microsecond; costs that depend on the size of the pool are
/// stated. Only `acquire` and `drained` wait. Under the lock run `K`'s `Hash`, `Eq`, `Clone` and `Drop`, and nothing else
/// of the caller's; these must not use the pool, nor panic.
///
/// When the last handle *and* the last lease are gone, what is idle goes to the reaper with
/// [`RetireReason::Shutdown`].
pub struct Pool<K: Hash + Eq, T> {
    shared: Arc<Shared<K, T>>,
}

impl<K: Hash + Eq, T> Clone for Pool<K, T> {
    fn clone(&self) -> Self {
        Self { shared: Arc::clone(&self.shared) }
    }
}

impl<K: Hash + Eq, T> fmt::Debug for Pool<K, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Pool").field("stats", &self.stats()).finish()
    }
}

impl<K: Hash + Eq, T> Pool<K, T> {
    /// An empty pool. `reaper` gets every retired resource, outside every lock, on the thread that retired it; the
    /// resource counts against `max_size` until `reaper` returns. If it panics, the pool carries on.
    ///
    /// # Errors
    /// If a limit in `config` makes no sense.
    pub fn new(
        config: PoolConfig,
        reaper: impl Fn(Retired<K, T>) + Send + Sync + 'static,
    ) -> Result<Self, ConfigError> {
        config.validate()?;
        let shared = Shared {
            acquire_timeout: config.acquire_timeout,
            grow_after: config.scale.age,
            inner: Mutex::new(Inner::new(config)),
            reaper: Box::new(reaper),
        };
        Ok(Self { shared: Arc::new(shared) })
    }

    /// A lease on a resource of `key`: one that is there, or a new one made by `create`.
    ///
    /// `create` runs only if this call has to create; it is polled by this future, outside the lock, and at most one
    /// runs per key at a time: other callers of the key wait for it. If it fails, this call gets the error and the next
    /// caller of the key tries its own.
    ///
    /// The future may be dropped at any time, and leaves no trace. A `create` that is dropped or panics counts as failed.
    /// A timer (tokio's, which needs a runtime) is made only if the call has to wait.
    ///
    /// # Errors
    /// See [`AcquireError`]. `Closed` is also returned if the pool is closed while `create` runs.
    pub async fn acquire<E, Fut>(
        &self,
        key: &K,
        create: impl FnOnce() -> Fut,
    ) -> Result<Lease<K, T>, AcquireError<E>>
    where
        K: Clone,
        Fut: Future<Output = Result<T, E>>,
    {
        self.acquire_with(key, AcquireOptions::default(), create).await
    }

    /// As [`acquire`](Self::acquire), for a key with limits of its own, or with a priority among the callers of the key.
    ///
    /// The limits of a key are those of the call that found it with neither a resource nor a caller, as long as it has
    /// either: calls for one key should bring the same.
    ///
    /// # Errors
    /// As [`acquire`](Self::acquire).
    pub async fn acquire_with<E, Fut>(
        &self,
        key: &K,
        options: AcquireOptions,
        create: impl FnOnce() -> Fut,
    ) -> Result<Lease<K, T>, AcquireError<E>>
    where
        K: Clone,
        Fut: Future<Output = Result<T, E>>,
    {
        crate::acquire::acquire(&self.shared, key, options, create).await
    }

    /// A lease on a resource that is there and free, and not ahead of anybody who waits for it.
    #[must_use]
    pub fn try_acquire(&self, key: &K) -> Option<Lease<K, T>> {
        let held = self.shared.with(|inner, _| inner.try_hit(key))?;
        Some(Lease::new(&self.shared, held, true, Duration::ZERO))
    }

    /// Whether the key has a resource that can serve, idle or leased.
    #[must_use]
    pub fn contains(&self, key: &K) -> bool {
        self.shared.with(|inner, _| inner.keys.get(key).is_some_and(|state| !state.serving.is_empty()))
    }

    /// No resource of `key` that exists or is being created serves another call: idle ones go at once, leased ones with
    /// their last lease. Calls that wait get a new one, made by the `create` that they brought along.
    pub fn retire_key(&self, key: &K, reason: RetireReason) {
        let now = now();
        self.shared.with(|inner, fx| inner.retire_key(key, reason, now, fx));
    }

    /// Changes `max_size`. If more are live, idle ones go at once and leased ones with their last lease, those that have
    /// one lease at a time before shared ones, least recently used first; O(what goes). Nothing is created before the bound holds again.
    ///
    /// # Errors
    /// If `max_size` is 0.
    pub fn resize(&self, max_size: usize) -> Result<(), ConfigError> {
        if max_size == 0 {
            return Err(ConfigError::MaxSize);
        }
        let now = now();
        self.shared.with(|inner, fx| inner.resize(max_size, now, fx));
        Ok(())
    }

    /// Retires what has been idle for `age` or longer, with [`RetireReason::Idle`], and returns how many;
    /// O(that number). The pool has no clock of its own: call it periodically.
    pub fn evict_idle_older_than(&self, age: Duration) -> usize {
        let now = now();
        self.shared.with(|inner, fx| inner.evict_idle_older_than(age, now, fx))
    }

    /// Gives up one resource, as [`retire_key`](Self::retire_key) does with all of a key; nothing happens if it is gone.
    pub fn retire(&self, id: ResourceId, reason: RetireReason) {
        let now = now();
        self.shared.with(|inner, fx| inner.retire_and_settle(id, reason, now, fx));
    }

    /// As [`Lease::set_cost`], for a resource that nobody may have a lease of; nothing happens if it is gone.
    pub fn set_cost(&self, id: ResourceId, cost: u64) {
        let now = now();
        self.shared.with(|inner, fx| inner.set_cost(id, cost, now, fx));
    }

    /// Ends the pool: calls that wait and calls to come get `Closed`, idle resources go at once, leased ones with their
    /// last lease, those being created when they are ready. O(size). Closing twice is harmless.
    pub fn close(&self) {
        let now = now();
        self.shared.with(|inner, fx| inner.close(now, fx));
    }

    /// Whether the pool is closed and the reaper has taken everything.
    #[must_use]
    pub fn is_drained(&self) -> bool {
        self.shared.with(|inner, _| inner.is_drained())
    }

    /// Waits for [`is_drained`](Self::is_drained), without limit: for ever if the pool is not closed.
    pub async fn drained(&self) {
        let watch =
            DrainWatch { shared: &self.shared, id: self.shared.with(|inner, _| inner.new_drain_watch()) };
        poll_fn(|cx| {
            let waker = cx.waker().clone();
            if self.shared.with(|inner, fx| inner.poll_drained(watch.id, waker, fx)) {
                Poll::Ready(())
            } else {
                Poll::Pending
            }
        })
        .await;
    }

    /// Counters and gauges, read under one lock; O(1).
    #[must_use]
    pub fn stats(&self) -> CacheStats {
        self.shared.with(|inner, _| inner.stats())
    }

    /// The keys of the idle resources in the order in which they would be evicted; O(idle).
    #[must_use]
    pub fn idle_keys(&self) -> Vec<StdArc<K>> {
        self.shared.with(|inner, _| {
            let ids = inner.lists.idle_in_order_of_eviction();
            ids.filter_map(|id| Some(StdArc::clone(&inner.resources.get(&id)?.key))).collect()
        })
    }

    /// Recounts everything, for tests; O(size and waiters), under the lock.
    ///
    /// # Panics
    /// If an invariant of the pool does not hold.
    pub fn validate(&self) {
        self.shared.with(|inner, _| inner.validate());
    }
}

struct DrainWatch<'a, K: Hash + Eq, T> {
    shared: &'a Arc<Shared<K, T>>,
    id: u64,
}

impl<K: Hash + Eq, T> Drop for DrainWatch<'_, K, T> {
    fn drop(&mut self) {
        self.shared.with(|inner, fx| inner.end_drain_watch(self.id, fx));
    }
}

/// What handles and leases share.
pub(crate) struct Shared<K: Hash + Eq, T> {
    inner: Mutex<Inner<K, T>>,
    reaper: Box<dyn Fn(Retired<K, T>) + Send + Sync>,
    pub(crate) acquire_timeout: Duration,
    /// When a waiting caller asks the scale policy again, if its key may grow.
    pub(crate) grow_after: Duration,
}

impl<K: Hash + Eq, T> Shared<K, T> {
    /// The only way to the state: locks, runs one transition, unlocks, carries out the effects.
    pub(crate) fn with<R>(&self, transition: impl FnOnce(&mut Inner<K, T>, &mut Effects<K, T>) -> R) -> R {
        let mut fx = Effects::new();
        let result = transition(&mut self.inner.lock(), &mut fx);
        while !fx.is_empty() {
            fx = self.carry_out(fx);
        }
        result
    }

    /// Reaps first and wakes last: whoever is woken finds the slots returned. Gives back what returning them caused.
    fn carry_out(&self, fx: Effects<K, T>) -> Effects<K, T> {
        let mut next = Effects::new();
        let (count, mut panics) = (fx.reap.len(), 0);
        for (key, resource, reason) in fx.reap {
            let Some(resource) = StdArc::into_inner(resource) else {
                debug_assert!(false, "a retired resource is still leased");
                continue;
            };
            panics += u64::from(foreign::panics(|| (self.reaper)(Retired { key, resource, reason })));
        }
        if count > 0 {
            let now = now();
            self.inner.lock().reaped(count, panics, now, &mut next);
        }
        let mut waker_panics = 0;
        for waker in fx.discard {
            waker_panics += u64::from(foreign::panics(|| drop(waker)));
        }
        for waker in fx.wake {
            waker_panics += u64::from(foreign::panics(|| waker.wake()));
        }
        if waker_panics > 0 {
            self.inner.lock().tally.waker_panics += waker_panics;
        }
        next
    }
}

impl<K: Hash + Eq, T> Drop for Shared<K, T> {
    fn drop(&mut self) {
        let now = now();
        self.with(|inner, fx| inner.close(now, fx));
        // Leases and calls keep the state alive, so that nothing can be left.
        debug_assert!(
            std::thread::panicking() || self.with(|inner, _| inner.live()) == 0,
            "a slot has leaked"
        );
    }
}
