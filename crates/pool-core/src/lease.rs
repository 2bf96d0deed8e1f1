//! The right to use a resource.

use std::fmt;
use std::hash::Hash;
use std::ops::Deref;
use std::sync::Arc as StdArc;
use std::time::Duration;

use crate::pool::Shared;
use crate::reaper::RetireReason;
use crate::resource::ResourceId;
use crate::sync::{Arc, now};
use crate::waiters::Held;

/// Keeps a resource alive and usable; dropping it, in whatever way, ends the use.
///
/// The drop takes the cache lock once (O(1) when nobody waits), makes the resource the most recently used, wakes the
/// caller who is next, and hands the resource to the reaper if it has been retired meanwhile and this was its last
/// lease. A lease owns its share of the pool: it may outlive every [`Pool`](crate::Pool) handle.
pub struct Lease<K: Hash + Eq, T> {
    // The order matters: the resource must be let go before the pool hears of it, since the pool then owns it.
    resource: StdArc<T>,
    place: Place<K, T>,
    hit: bool,
    waited: Duration,
}

/// The counted part of a lease.
struct Place<K: Hash + Eq, T> {
    shared: Arc<Shared<K, T>>,
    id: ResourceId,
    key: StdArc<K>,
}

impl<K: Hash + Eq, T> Lease<K, T> {
    pub(crate) fn new(shared: &Arc<Shared<K, T>>, held: Held<K, T>, hit: bool, waited: Duration) -> Self {
        let Held { id, key, value } = held;
        Self { resource: value, place: Place { shared: Arc::clone(shared), id, key }, hit, waited }
    }

    /// The key the resource serves.
    #[must_use]
    pub fn key(&self) -> &K {
        &self.place.key
    }

    /// Which resource it is.
    #[must_use]
    pub fn resource_id(&self) -> ResourceId {
        self.place.id
    }

    /// Whether the resource was there already: `false` only for the call that created it.
    #[must_use]
    pub fn was_hit(&self) -> bool {
        self.hit
    }

    /// How long the call waited: for the lease, or for room to create (the creation itself not included).
    #[must_use]
    pub fn waited(&self) -> Duration {
        self.waited
    }

    /// The resource will not serve anybody else: no new lease on it from now on; other leases it has may finish. With
    /// the last one it goes to the reaper. The next caller of the key gets another resource, and need not wait for this
    /// one to go unless the pool is full.
    ///
    /// The first call decides the reason, except that any reason replaces an eviction by the pool itself.
    pub fn mark_condemned(&self, reason: RetireReason) {
        let now = now();
        self.place.shared.with(|inner, fx| inner.retire_and_settle(self.place.id, reason, now, fx));
    }

    /// [`mark_condemned`](Self::mark_condemned), and the end of this lease.
    pub fn discard(self, reason: RetireReason) {
        self.mark_condemned(reason);
    }

    /// Reports what the resource costs now, in the unit of
    /// [`max_total_cost`](crate::PoolConfig::max_total_cost). May evict idle resources.
    pub fn set_cost(&self, cost: u64) {
        let now = now();
        self.place.shared.with(|inner, fx| inner.set_cost(self.place.id, cost, now, fx));
    }
}

impl<K: Hash + Eq, T> Deref for Lease<K, T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.resource
    }
}

impl<K: Hash + Eq + fmt::Debug, T> fmt::Debug for Lease<K, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Lease")
            .field("key", self.key())
            .field("resource_id", &self.place.id)
            .field("was_hit", &self.hit)
            .field("waited", &self.waited)
            .finish_non_exhaustive()
    }
}

impl<K: Hash + Eq, T> Drop for Place<K, T> {
    fn drop(&mut self) {
        let now = now();
        self.shared.with(|inner, fx| inner.release(self.id, now, fx));
    }
}
