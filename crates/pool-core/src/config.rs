//! What a pool may hold and how long callers may wait for it.

use std::num::NonZeroUsize;
use std::time::Duration;

use derive_setters::Setters;

use crate::scale::ScalePolicy;

/// Limits of a [`Pool`](crate::Pool). All limits are per pool unless the name says otherwise.
///
/// ```
/// let config = pool_core::PoolConfig::default().with_max_size(16);
/// assert!(config.validate().is_ok());
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Setters)]
#[setters(prefix = "with_")]
#[non_exhaustive]
pub struct PoolConfig {
    /// Live resources: creating, idle, leased, and retiring until the reaper has taken them. At least 1. Default 100.
    pub max_size: usize,
    /// Resources that may serve one key at the same time; those beyond the first are made only when
    /// [`scale`](Self::scale) says so. At least 1. Default 1.
    ///
    /// A resource that is retiring no longer counts here (it still counts in `max_size`): the next caller after a
    /// condemned resource gets a fresh one at once.
    pub max_resources_per_key: usize,
    /// Leases on one resource at the same time. At least 1. Default 1.
    pub max_leases_per_resource: usize,
    /// Callers that may wait at the same time; one more gets [`QueueFull`](crate::AcquireError::QueueFull).
    /// A call that can be served by an idle or a free resource, or by evicting an idle one, does not wait.
    /// 0 means: never wait. Default 10,000.
    pub max_waiters: usize,
    /// The same bound for the callers of one key. Default 1,000.
    pub max_waiters_per_key: usize,
    /// How long one `acquire` may take, its own creation included. [`Duration::MAX`] means no limit. Every timer of the
    /// crate is a tokio timer, made only when a call has to wait; without a limit and with one resource per key no call
    /// needs a runtime. Above zero. Default 30 s.
    pub acquire_timeout: Duration,
    /// Bound on the sum of what [`Lease::set_cost`](crate::Lease::set_cost) reported for the live resources, in the
    /// caller's unit (bytes, usually). While the sum is above it, idle resources are evicted, least recently used first;
    /// leased ones are left alone. Default `None`.
    pub max_total_cost: Option<u64>,
    /// When a busy key gets a further resource. Without effect if `max_resources_per_key` is 1.
    pub scale: ScalePolicy,
}

/// What one key may have in place of what the [`PoolConfig`] says for all keys: see
/// [`Pool::acquire_with`](crate::Pool::acquire_with). `None` is what it says.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Setters)]
#[setters(prefix = "with_")]
#[non_exhaustive]
pub struct KeyLimits {
    /// In place of [`PoolConfig::max_resources_per_key`].
    pub max_resources: Option<NonZeroUsize>,
    /// In place of [`PoolConfig::max_leases_per_resource`].
    pub max_leases_per_resource: Option<NonZeroUsize>,
}

/// Which of the callers of *one key* that wait is served first. Between keys it changes nothing: what a key gets, and
/// when, does not depend on the priorities of its callers. The rule is on the front page of the crate.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub enum Priority {
    /// Before the others.
    High,
    /// What a call has that says nothing.
    #[default]
    Normal,
    /// After the others; but every eighth place at least goes to the caller that has waited longest.
    Low,
}

/// What one call brings along: see [`Pool::acquire_with`](crate::Pool::acquire_with).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Setters)]
#[setters(prefix = "with_")]
#[non_exhaustive]
pub struct AcquireOptions {
    /// What its key may have; calls for one key should bring the same.
    pub limits: KeyLimits,
    /// Its place among the callers of its key, if it has to wait.
    pub priority: Priority,
}

/// What one key may have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Bounds {
    pub(crate) resources: usize,
    /// On each of them.
    pub(crate) leases: usize,
}

impl Bounds {
    /// Whether one of its resources may never be without a lease.
    pub(crate) fn is_shared(self) -> bool {
        self.leases > 1
    }
}

impl Default for PoolConfig {
    fn default() -> Self {
        Self {
            max_size: 100,
            max_resources_per_key: 1,
            max_leases_per_resource: 1,
            max_waiters: 10_000,
            max_waiters_per_key: 1_000,
            acquire_timeout: Duration::from_secs(30),
            max_total_cost: None,
            scale: ScalePolicy::default(),
        }
    }
}

impl PoolConfig {
    /// What a key with these limits of its own may have.
    pub(crate) fn bounds(&self, own: KeyLimits) -> Bounds {
        Bounds {
            resources: own.max_resources.map_or(self.max_resources_per_key, NonZeroUsize::get),
            leases: own.max_leases_per_resource.map_or(self.max_leases_per_resource, NonZeroUsize::get),
        }
    }

    /// Checks every limit.
    ///
    /// # Errors
    /// The first limit that no pool could work with.
    pub fn validate(&self) -> Result<(), ConfigError> {
        let at_least_one = [
            (self.max_size, ConfigError::MaxSize),
            (self.max_resources_per_key, ConfigError::MaxResourcesPerKey),
            (self.max_leases_per_resource, ConfigError::MaxLeasesPerResource),
            (self.scale.depth, ConfigError::ScaleDepth),
        ];
        if let Some((_, error)) = at_least_one.into_iter().find(|(value, _)| *value == 0) {
            return Err(error);
        }
        if self.acquire_timeout.is_zero() {
            return Err(ConfigError::AcquireTimeout);
        }
        Ok(())
    }
}

/// A limit that no pool could work with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ConfigError {
    /// `max_size` is 0.
    #[error("max_size must be at least 1")]
    MaxSize,
    /// `max_resources_per_key` is 0.
    #[error("max_resources_per_key must be at least 1")]
    MaxResourcesPerKey,
    /// `max_leases_per_resource` is 0.
    #[error("max_leases_per_resource must be at least 1")]
    MaxLeasesPerResource,
    /// `scale.depth` is 0: an empty queue would ask for resources.
    #[error("scale.depth must be at least 1")]
    ScaleDepth,
    /// `max_leases_per_resource` is more than 1 for an [`ExclusivePool`](crate::ExclusivePool).
    #[error("an exclusive pool gives one lease on a resource at a time")]
    SharedLeases,
    /// `acquire_timeout` is zero: every call that has to wait would fail. To refuse waiting, set `max_waiters` to 0.
    #[error("acquire_timeout must be above zero")]
    AcquireTimeout,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_default_is_valid_and_each_zero_is_named() {
        let good = PoolConfig::default();
        assert_eq!(good.validate(), Ok(()));
        let cases = [
            (PoolConfig { max_size: 0, ..good.clone() }, ConfigError::MaxSize),
            (PoolConfig { max_resources_per_key: 0, ..good.clone() }, ConfigError::MaxResourcesPerKey),
            (PoolConfig { max_leases_per_resource: 0, ..good.clone() }, ConfigError::MaxLeasesPerResource),
            (PoolConfig { acquire_timeout: Duration::ZERO, ..good.clone() }, ConfigError::AcquireTimeout),
            (
                PoolConfig { scale: ScalePolicy { depth: 0, ..good.scale }, ..good.clone() },
                ConfigError::ScaleDepth,
            ),
        ];
        for (config, error) in cases {
            assert_eq!(config.validate(), Err(error));
        }
        assert_eq!(PoolConfig { max_waiters: 0, ..good }.validate(), Ok(()));
    }
}
