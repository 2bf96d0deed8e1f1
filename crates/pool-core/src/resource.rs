//! The life of one resource, and what the pool remembers per key.

use std::fmt;
use std::sync::Arc;

use crate::config::Bounds;
use crate::queue::Queue;
use crate::reaper::RetireReason;
use crate::sync::Instant;
use crate::waiters::Demand;

/// Names one resource of one pool. Never reused, not even after the resource is gone.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ResourceId(pub(crate) u64);

impl fmt::Display for ResourceId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "#{}", self.0)
    }
}

/// One resource that counts as live.
pub(crate) struct Entry<K, T> {
    pub(crate) key: Arc<K>,
    pub(crate) cost: u64,
    /// Whether it may have several leases, as its key's [`Bounds`] say.
    pub(crate) shared: bool,
    pub(crate) life: Life<T>,
}

/// `Creating → Leased ⇄ Idle`, and `Retiring` from either; a resource in `Retiring` with no lease left leaves the map.
///
/// Nobody but the pool clones `value` except into a lease, and a lease drops its clone before it reports its end:
/// whoever removes an entry without leases owns the resource.
pub(crate) enum Life<T> {
    /// Room is reserved; the leader is running its `create`. If `doomed`, the leader may still use the result, alone.
    Creating {
        doomed: Option<RetireReason>,
    },
    Idle {
        value: Arc<T>,
        since: Instant,
    },
    Leased {
        value: Arc<T>,
        leases: usize,
    },
    /// No new lease; gone with the last of the present ones.
    Retiring {
        value: Arc<T>,
        leases: usize,
        reason: RetireReason,
    },
}

/// What the pool remembers about one key; forgotten when [`KeyState::is_unused`].
pub(crate) struct KeyState {
    /// Set by the first caller that finds the key with neither a resource nor a queue.
    pub(crate) bounds: Bounds,
    /// Idle or leased, oldest first. The first one is the key's primary, the others are replicas.
    pub(crate) serving: Vec<ResourceId>,
    /// The one creation in flight that is not doomed (single flight).
    pub(crate) creating: Option<ResourceId>,
    /// Leased resources of this key that are `Retiring(Evicted)`.
    pub(crate) evicting: usize,
    /// Callers that wait. Those that have been given a lease or the lead of a creation are not in it.
    pub(crate) queue: Queue,
    /// The room this key is asking for; kept equal to what `Inner::demand_of` computes.
    pub(crate) demand: Option<Demand>,
}

impl KeyState {
    pub(crate) fn new(bounds: Bounds) -> Self {
        Self {
            bounds,
            serving: Vec::new(),
            creating: None,
            evicting: 0,
            queue: Queue::default(),
            demand: None,
        }
    }

    /// Whether it has nothing to serve a caller with, and nobody waits for that.
    pub(crate) fn is_cold(&self) -> bool {
        self.serving.is_empty() && self.creating.is_none() && self.queue.is_empty()
    }

    pub(crate) fn is_unused(&self) -> bool {
        self.is_cold() && self.evicting == 0
    }
}
