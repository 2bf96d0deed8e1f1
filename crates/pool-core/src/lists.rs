//! Recency of the resources that can serve: four linked lists, so that each choice of a victim is O(1).

use lru::LruCache;
use rustc_hash::FxBuildHasher;

use crate::resource::ResourceId;

type Recency = LruCache<ResourceId, (), FxBuildHasher>;

/// Every resource that is idle or leased is in exactly one of the lists, most recently used first.
pub(crate) struct Lists {
    /// Idle, and the first resource of its key.
    idle_primary: Recency,
    /// Idle, and one of several of its key.
    idle_replica: Recency,
    /// Leased, by keys whose resources have one lease at a time.
    leased_alone: Recency,
    /// Leased, by keys whose resources may have several leases.
    leased_shared: Recency,
}

impl Lists {
    pub(crate) fn new() -> Self {
        Self {
            idle_primary: LruCache::unbounded_with_hasher(FxBuildHasher),
            idle_replica: LruCache::unbounded_with_hasher(FxBuildHasher),
            leased_alone: LruCache::unbounded_with_hasher(FxBuildHasher),
            leased_shared: LruCache::unbounded_with_hasher(FxBuildHasher),
        }
    }

    /// A resource is leased: once more, or for the first time.
    pub(crate) fn lease(&mut self, id: ResourceId, shared: bool) {
        let leased = if shared { &mut self.leased_shared } else { &mut self.leased_alone };
        if !leased.promote(&id) {
            leased.put(id, ());
            self.remove_idle(id);
        }
    }

    /// A lease ended, and others remain.
    pub(crate) fn touch(&mut self, id: ResourceId) {
        self.leased_shared.promote(&id);
    }

    /// The last lease ended.
    pub(crate) fn idle(&mut self, id: ResourceId, primary: bool) {
        self.remove_leased(id);
        if primary { &mut self.idle_primary } else { &mut self.idle_replica }.put(id, ());
    }

    /// An idle replica became the first of its key; it counts as used now, as its key was.
    pub(crate) fn promote_replica(&mut self, id: ResourceId) {
        if self.idle_replica.pop(&id).is_some() {
            self.idle_primary.put(id, ());
        }
    }

    pub(crate) fn remove(&mut self, id: ResourceId) {
        if !self.remove_leased(id) {
            self.remove_idle(id);
        }
    }

    fn remove_leased(&mut self, id: ResourceId) -> bool {
        self.leased_alone.pop(&id).is_some() || self.leased_shared.pop(&id).is_some()
    }

    fn remove_idle(&mut self, id: ResourceId) {
        if self.idle_primary.pop(&id).is_none() {
            self.idle_replica.pop(&id);
        }
    }

    /// The idle resource to evict next: replicas first.
    pub(crate) fn victim(&self) -> Option<ResourceId> {
        self.oldest_idle().into_iter().flatten().next()
    }

    /// The least recently used replica and primary.
    pub(crate) fn oldest_idle(&self) -> [Option<ResourceId>; 2] {
        [&self.idle_replica, &self.idle_primary].map(|list| list.peek_lru().map(|(id, ())| *id))
    }

    pub(crate) fn idle_in_order_of_eviction(&self) -> impl Iterator<Item = ResourceId> {
        [&self.idle_replica, &self.idle_primary]
            .into_iter()
            .flat_map(|list| list.iter().rev().map(|(id, ())| *id))
    }

    pub(crate) fn is_idle_primary(&self, id: ResourceId) -> bool {
        self.idle_primary.contains(&id)
    }

    /// The leased resources: those with one lease at a time before the shared ones, least recently used first.
    pub(crate) fn leased_oldest_first(&self) -> impl Iterator<Item = ResourceId> {
        self.leased_alone.iter().rev().map(|(id, ())| *id).chain(self.shared_oldest_first())
    }

    /// The leased resources that may have several leases, least recently used first.
    pub(crate) fn shared_oldest_first(&self) -> impl Iterator<Item = ResourceId> {
        self.leased_shared.iter().rev().map(|(id, ())| *id)
    }

    pub(crate) fn idle_len(&self) -> usize {
        self.idle_primary.len() + self.idle_replica.len()
    }

    pub(crate) fn leased_len(&self) -> usize {
        self.leased_alone.len() + self.leased_shared.len()
    }

    /// Leased resources that become idle when their one lease ends.
    pub(crate) fn leased_alone_len(&self) -> usize {
        self.leased_alone.len()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn replicas_go_first_then_the_least_recently_used() {
        let [a, b, c, d] = [0, 1, 2, 3].map(ResourceId);
        let mut lists = Lists::new();
        for id in [a, b, c, d] {
            lists.lease(id, true);
        }
        lists.touch(a);
        assert_eq!(lists.leased_oldest_first().collect::<Vec<_>>(), [b, c, d, a]);
        lists.idle(a, true);
        lists.idle(c, false);
        lists.idle(b, true);
        assert_eq!(lists.idle_in_order_of_eviction().collect::<Vec<_>>(), [c, a, b]);
        assert_eq!(lists.victim(), Some(c));
        lists.promote_replica(c);
        assert_eq!(lists.idle_in_order_of_eviction().collect::<Vec<_>>(), [a, b, c]);
        lists.lease(a, false);
        lists.remove(b);
        assert_eq!(lists.leased_oldest_first().collect::<Vec<_>>(), [a, d]);
        assert_eq!(lists.shared_oldest_first().collect::<Vec<_>>(), [d]);
        lists.remove(d);
        assert_eq!((lists.idle_len(), lists.leased_len(), lists.victim()), (1, 1, Some(c)));
        assert_eq!(lists.leased_alone_len(), 1);
    }
}
