//! Resources that one caller has to himself, and uses through `&mut`: connections, files, parsers.
//!
//! An [`ExclusivePool`] is a [`Pool`] with one lease for each resource, whose lease *owns* the resource while it lasts: it
//! takes it out of its slot in the pool and puts it back when it is dropped. So no lock is held while the resource is
//! used, and everything that [`Pool`] promises holds.

use std::fmt;
use std::future::Future;
use std::hash::Hash;
use std::ops::{Deref, DerefMut};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use crate::config::{ConfigError, PoolConfig};
use crate::error::AcquireError;
use crate::lease::Lease;
use crate::pool::Pool;
use crate::reaper::{RetireReason, Retired};
use crate::resource::ResourceId;
use crate::stats::CacheStats;

/// A keyed LRU pool whose leases dereference to `&mut T`. A cheap handle, cloned to share the pool.
///
/// ```
/// use std::convert::Infallible;
///
/// use pool_core::{ExclusivePool, PoolConfig};
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let pool = ExclusivePool::new(PoolConfig::default(), |retired| drop(retired.resource))?;
/// let connect = || async { Ok::<_, Infallible>(Vec::new()) };
/// pool.acquire(&"a.test", connect).await?.push("sent");
/// assert_eq!(*pool.acquire(&"a.test", connect).await?, ["sent"]);
/// # Ok(())
/// # }
/// ```
pub struct ExclusivePool<K: Hash + Eq, T> {
    pool: Pool<K, Slot<T>>,
}

/// A place in the pool; empty while its resource is leased.
struct Slot<T>(Mutex<Option<T>>);

impl<T> Slot<T> {
    fn new(resource: T) -> Self {
        Self(Mutex::new(Some(resource)))
    }

    fn exchange(&self, resource: Option<T>) -> Option<T> {
        std::mem::replace(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner), resource)
    }
}

impl<K: Hash + Eq, T> ExclusivePool<K, T> {
    /// An empty pool: see [`Pool::new`].
    ///
    /// # Errors
    /// If a limit in `config` makes no sense; [`ConfigError::SharedLeases`] if it asks for several leases on a resource.
    pub fn new(
        config: PoolConfig,
        reaper: impl Fn(Retired<K, T>) + Send + Sync + 'static,
    ) -> Result<Self, ConfigError> {
        config.validate()?;
        if config.max_leases_per_resource > 1 {
            return Err(ConfigError::SharedLeases);
        }
        let pool = Pool::new(config, move |retired: Retired<K, Slot<T>>| {
            let Retired { key, resource, reason } = retired;
            if let Some(resource) = resource.exchange(None) {
                reaper(Retired { key, resource, reason });
            }
        })?;
        Ok(Self { pool })
    }

    /// A lease on a resource of `key`: one that is there, or a new one made by `create`. As [`Pool::acquire`].
    ///
    /// # Errors
    /// See [`AcquireError`].
    pub async fn acquire<E, Fut>(
        &self,
        key: &K,
        create: impl FnOnce() -> Fut,
    ) -> Result<ExclusiveLease<K, T>, AcquireError<E>>
    where
        K: Clone,
        Fut: Future<Output = Result<T, E>>,
    {
        let create = || async { create().await.map(Slot::new) };
        self.pool.acquire(key, create).await.map(ExclusiveLease::new)
    }

    /// A lease on a resource that is there and free, and not ahead of anybody who waits for it.
    #[must_use]
    pub fn try_acquire(&self, key: &K) -> Option<ExclusiveLease<K, T>> {
        self.pool.try_acquire(key).map(ExclusiveLease::new)
    }

    /// Gives up the resources of a key: see [`Pool::retire_key`].
    pub fn retire_key(&self, key: &K, reason: RetireReason) {
        self.pool.retire_key(key, reason);
    }

    /// Retires what has been idle for `age` or longer: see [`Pool::evict_idle_older_than`].
    pub fn evict_idle_older_than(&self, age: Duration) -> usize {
        self.pool.evict_idle_older_than(age)
    }

    /// The counters.
    #[must_use]
    pub fn stats(&self) -> CacheStats {
        self.pool.stats()
    }

    /// Refuses further calls: see [`Pool::close`].
    pub fn close(&self) {
        self.pool.close();
    }

    /// Waits until a closed pool holds nothing more: see [`Pool::drained`].
    pub async fn drained(&self) {
        self.pool.drained().await;
    }
}

impl<K: Hash + Eq, T> Clone for ExclusivePool<K, T> {
    fn clone(&self) -> Self {
        Self { pool: self.pool.clone() }
    }
}

impl<K: Hash + Eq, T> fmt::Debug for ExclusivePool<K, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ExclusivePool").field("stats", &self.stats()).finish()
    }
}

/// A resource, for one caller. Dropping it gives the resource back to the pool.
pub struct ExclusiveLease<K: Hash + Eq, T> {
    /// There until the drop.
    resource: Option<T>,
    lease: Lease<K, Slot<T>>,
}

impl<K: Hash + Eq, T> ExclusiveLease<K, T> {
    fn new(lease: Lease<K, Slot<T>>) -> Self {
        Self { resource: lease.exchange(None), lease }
    }

    /// The key the resource serves.
    #[must_use]
    pub fn key(&self) -> &K {
        self.lease.key()
    }

    /// Which resource it is.
    #[must_use]
    pub fn resource_id(&self) -> ResourceId {
        self.lease.resource_id()
    }

    /// Whether the resource was there already: `false` only for the call that created it.
    #[must_use]
    pub fn was_hit(&self) -> bool {
        self.lease.was_hit()
    }

    /// How long the call waited: see [`Lease::waited`].
    #[must_use]
    pub fn waited(&self) -> Duration {
        self.lease.waited()
    }

    /// The resource will not serve anybody else; it goes to the reaper when the lease ends.
    pub fn mark_condemned(&self, reason: RetireReason) {
        self.lease.mark_condemned(reason);
    }

    /// [`mark_condemned`](Self::mark_condemned), and the end of this lease.
    pub fn discard(self, reason: RetireReason) {
        self.mark_condemned(reason);
    }

    /// Reports what the resource costs now: see [`Lease::set_cost`].
    pub fn set_cost(&self, cost: u64) {
        self.lease.set_cost(cost);
    }
}

const TAKEN: &str = "nobody else has a lease of it, and it is put back by the drop only";

impl<K: Hash + Eq, T> Deref for ExclusiveLease<K, T> {
    type Target = T;

    fn deref(&self) -> &T {
        self.resource.as_ref().expect(TAKEN)
    }
}

impl<K: Hash + Eq, T> DerefMut for ExclusiveLease<K, T> {
    fn deref_mut(&mut self) -> &mut T {
        self.resource.as_mut().expect(TAKEN)
    }
}

impl<K: Hash + Eq, T> Drop for ExclusiveLease<K, T> {
    fn drop(&mut self) {
        // Before the lease ends: the next caller, or the reaper, looks for it in the slot.
        self.lease.exchange(self.resource.take());
    }
}

impl<K: Hash + Eq + fmt::Debug, T: fmt::Debug> fmt::Debug for ExclusiveLease<K, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ExclusiveLease")
            .field("lease", &self.lease)
            .field("resource", &self.resource)
            .finish()
    }
}
