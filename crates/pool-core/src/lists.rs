//! Recency of the resources that can serve: four linked lists, so that each choice of a victim is O(1).
//!
//! A resource is in one of them at a time. So each has one node, whatever list that is linked into; to move it takes one
//! look-up and no memory.

use std::iter::successors;

use rustc_hash::FxHashMap;

use crate::resource::ResourceId;

/// Every resource that is idle or leased is in exactly one of the lists, most recently used first.
pub(crate) struct Lists {
    nodes: Vec<Node>,
    /// Nodes without a resource.
    free: Vec<Index>,
    /// The nodes of the resources.
    places: FxHashMap<ResourceId, Index>,
    lists: [Ends; 4],
}

/// Which list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum List {
    /// Idle, and the first resource of its key.
    IdlePrimary,
    /// Idle, and one of several of its key.
    IdleReplica,
    /// Leased, by keys whose resources have one lease at a time.
    LeasedAlone,
    /// Leased, by keys whose resources may have several leases.
    LeasedShared,
}

/// Where a node is.
type Index = usize;

#[derive(Clone, Copy)]
struct Node {
    id: ResourceId,
    list: List,
    newer: Option<Index>,
    older: Option<Index>,
}

#[derive(Clone, Copy, Default)]
struct Ends {
    newest: Option<Index>,
    oldest: Option<Index>,
    len: usize,
}

impl Lists {
    pub(crate) fn new() -> Self {
        Self {
            nodes: Vec::new(),
            free: Vec::new(),
            places: FxHashMap::default(),
            lists: [Ends::default(); 4],
        }
    }

    /// A resource is leased: once more, or for the first time.
    pub(crate) fn lease(&mut self, id: ResourceId, shared: bool) {
        self.make_newest(id, if shared { List::LeasedShared } else { List::LeasedAlone });
    }

    /// A lease ended, and others remain.
    pub(crate) fn touch(&mut self, id: ResourceId) {
        if self.is_in(id, List::LeasedShared) {
            self.make_newest(id, List::LeasedShared);
        }
    }

    /// The last lease ended.
    pub(crate) fn idle(&mut self, id: ResourceId, primary: bool) {
        self.make_newest(id, if primary { List::IdlePrimary } else { List::IdleReplica });
    }

    /// An idle replica became the first of its key; it counts as used now, as its key was.
    pub(crate) fn promote_replica(&mut self, id: ResourceId) {
        if self.is_in(id, List::IdleReplica) {
            self.make_newest(id, List::IdlePrimary);
        }
    }

    pub(crate) fn remove(&mut self, id: ResourceId) {
        if let Some(at) = self.places.remove(&id) {
            self.unlink(at);
            self.free.push(at);
        }
    }

    /// The idle resource to evict next: replicas first.
    pub(crate) fn victim(&self) -> Option<ResourceId> {
        self.oldest_idle().into_iter().flatten().next()
    }

    /// The least recently used replica and primary.
    pub(crate) fn oldest_idle(&self) -> [Option<ResourceId>; 2] {
        [List::IdleReplica, List::IdlePrimary].map(|list| self.oldest_first(list).next())
    }

    pub(crate) fn idle_in_order_of_eviction(&self) -> impl Iterator<Item = ResourceId> {
        self.oldest_first(List::IdleReplica).chain(self.oldest_first(List::IdlePrimary))
    }

    pub(crate) fn is_idle_primary(&self, id: ResourceId) -> bool {
        self.is_in(id, List::IdlePrimary)
    }

    /// The leased resources: those with one lease at a time before the shared ones, least recently used first.
    pub(crate) fn leased_oldest_first(&self) -> impl Iterator<Item = ResourceId> {
        self.oldest_first(List::LeasedAlone).chain(self.shared_oldest_first())
    }

    /// The leased resources that may have several leases, least recently used first.
    pub(crate) fn shared_oldest_first(&self) -> impl Iterator<Item = ResourceId> {
        self.oldest_first(List::LeasedShared)
    }

    pub(crate) fn idle_len(&self) -> usize {
        self.len(List::IdlePrimary) + self.len(List::IdleReplica)
    }

    pub(crate) fn leased_len(&self) -> usize {
        self.leased_alone_len() + self.len(List::LeasedShared)
    }

    /// Leased resources that become idle when their one lease ends.
    pub(crate) fn leased_alone_len(&self) -> usize {
        self.len(List::LeasedAlone)
    }

    fn len(&self, list: List) -> usize {
        self.lists[list as usize].len
    }

    fn is_in(&self, id: ResourceId, list: List) -> bool {
        self.places.get(&id).is_some_and(|at| self.nodes[*at].list == list)
    }

    fn oldest_first(&self, list: List) -> impl Iterator<Item = ResourceId> {
        successors(self.lists[list as usize].oldest, |at| self.nodes[*at].newer).map(|at| self.nodes[at].id)
    }

    /// Puts a resource at the head of a list, wherever it was before.
    fn make_newest(&mut self, id: ResourceId, list: List) {
        match self.places.get(&id) {
            Some(at) if self.lists[list as usize].newest == Some(*at) => {}
            Some(at) => {
                let at = *at;
                self.unlink(at);
                self.link_as_newest(at, list);
            }
            None => {
                let at = self.new_node(id, list);
                self.places.insert(id, at);
                self.link_as_newest(at, list);
            }
        }
    }

    fn new_node(&mut self, id: ResourceId, list: List) -> Index {
        let node = Node { id, list, newer: None, older: None };
        if let Some(at) = self.free.pop() {
            self.nodes[at] = node;
            return at;
        }
        self.nodes.push(node);
        self.nodes.len() - 1
    }

    fn unlink(&mut self, at: Index) {
        let Node { list, newer, older, .. } = self.nodes[at];
        let ends = &mut self.lists[list as usize];
        ends.len -= 1;
        match newer {
            Some(newer) => self.nodes[newer].older = older,
            None => ends.newest = older,
        }
        match older {
            Some(older) => self.nodes[older].newer = newer,
            None => ends.oldest = newer,
        }
    }

    fn link_as_newest(&mut self, at: Index, list: List) {
        let ends = &mut self.lists[list as usize];
        ends.len += 1;
        let older = ends.newest.replace(at);
        match older {
            Some(older) => self.nodes[older].newer = Some(at),
            None => ends.oldest = Some(at),
        }
        let node = &mut self.nodes[at];
        (node.list, node.newer, node.older) = (list, None, older);
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

    #[test]
    fn a_node_is_used_again_and_the_lists_stay_whole() {
        let mut lists = Lists::new();
        // What must be in each list, most recently used last.
        let mut model: [Vec<ResourceId>; 4] = Default::default();
        let mut state = 7_u64;
        let mut random = |below: u64| {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            (state >> 33) % below
        };
        for step in 0..20_000 {
            let (id, action) = (ResourceId(random(6)), random(5));
            let was = model.iter().position(|list| list.contains(&id));
            let to = match action {
                0 => Some(List::LeasedShared),
                1 => Some(List::IdlePrimary),
                2 => Some(List::IdleReplica),
                3 if was == Some(List::LeasedShared as usize) => Some(List::LeasedShared),
                _ => None,
            };
            match action {
                0 => lists.lease(id, true),
                1 | 2 => lists.idle(id, action == 1),
                3 => lists.touch(id),
                _ => lists.remove(id),
            }
            if to.is_some() || action == 4 {
                model.iter_mut().for_each(|list| list.retain(|other| *other != id));
            }
            if let Some(to) = to {
                model[to as usize].push(id);
            }
            for list in [List::IdlePrimary, List::IdleReplica, List::LeasedAlone, List::LeasedShared] {
                let expected = &model[list as usize];
                assert_eq!(lists.oldest_first(list).collect::<Vec<_>>(), *expected, "{step} {list:?}");
                assert_eq!(lists.len(list), expected.len(), "{step} {list:?}");
            }
        }
        assert!(lists.nodes.len() <= 6);
    }
}
