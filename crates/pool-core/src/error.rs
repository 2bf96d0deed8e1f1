//! Why an `acquire` did not give a lease.

use std::fmt;
use std::time::Duration;

/// Why [`Pool::acquire`](crate::Pool::acquire) failed; `E` is the error of the caller's own `create`.
///
/// `NoTimer` is a fault of the caller. `QueueFull`, `Timeout` and `Closed` are overload or shutdown, not faults: an HTTP layer answers them with 503.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum AcquireError<E> {
    /// The call would have had to wait, and as many as allowed are waiting already.
    #[error("the queue of the {scope} is full: {limit} callers are waiting")]
    QueueFull {
        /// Whose queue.
        scope: QueueScope,
        /// The limit that was met.
        limit: usize,
    },
    /// [`acquire_timeout`](crate::PoolConfig::acquire_timeout) has passed.
    #[error("timed out after {waited:?} in the phase \"{phase}\"")]
    Timeout {
        /// What the call was waiting for.
        phase: Phase,
        /// How long the call had taken by then.
        waited: Duration,
    },
    /// This call's own `create` failed.
    #[error("the resource could not be created")]
    Create(#[source] E),
    /// The call has to wait, for which it needs a timer, and there is no tokio runtime with time enabled here.
    #[error("a call that has to wait needs a tokio runtime with time enabled")]
    NoTimer,
    /// The pool was closed before or during the call.
    #[error("the pool is closed")]
    Closed,
}

/// What a call to `acquire` was waiting for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Phase {
    /// The key has no resource, and the pool no room for one.
    Slot,
    /// The key has resources, all of them leased.
    Lease,
    /// The key's resource is being created, by this call or another.
    Create,
}

impl fmt::Display for Phase {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Slot => "slot",
            Self::Lease => "lease",
            Self::Create => "create",
        })
    }
}

/// Which bound on waiting callers was met.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum QueueScope {
    /// [`max_waiters`](crate::PoolConfig::max_waiters).
    Pool,
    /// [`max_waiters_per_key`](crate::PoolConfig::max_waiters_per_key).
    Key,
}

impl fmt::Display for QueueScope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Pool => "pool",
            Self::Key => "key",
        })
    }
}
