//! What a change of the pool's state brings about, to be carried out when the lock is free again.

use std::sync::Arc;
use std::task::Waker;

use crate::reaper::RetireReason;

/// Filled under the lock, carried out by `Shared::carry_out`: the reaper first, then the wakers.
pub(crate) struct Effects<K, T> {
    pub(crate) reap: Vec<(Arc<K>, Arc<T>, RetireReason)>,
    pub(crate) wake: Vec<Waker>,
    /// Wakers of no use any more. Dropping one may drop a task, and with it a lease or a waiting call: not under the lock.
    pub(crate) discard: Vec<Waker>,
}

impl<K, T> Effects<K, T> {
    pub(crate) fn new() -> Self {
        Self { reap: Vec::new(), wake: Vec::new(), discard: Vec::new() }
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.reap.is_empty() && self.wake.is_empty() && self.discard.is_empty()
    }
}
