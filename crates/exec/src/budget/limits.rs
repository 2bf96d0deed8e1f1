//! How much there is in each budget.

use std::time::Duration;

use derive_setters::Setters;
use serde::{Deserialize, Serialize};

/// Those who may wait for one of the budgets at a time, unless told otherwise.
const WAITING: usize = 10_000;

/// What all requests of a worker may use together. The default is no limit.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize, Setters)]
#[serde(default, deny_unknown_fields)]
#[setters(prefix = "with_")]
#[non_exhaustive]
pub struct TenantLimits {
    /// Bytes that the host holds for the worker outside of its isolates.
    pub bytes: usize,
    /// Operations in flight.
    pub operations: usize,
    /// Outgoing connections.
    pub sockets: usize,
    /// Those who may wait for each of these; who comes then is refused. Default 10,000.
    pub waiting: usize,
    /// CPU time.
    pub cpu: Option<CpuRate>,
    /// Lines of the log.
    pub log: Option<LogRate>,
    /// Types of Wasm that V8 may come to know by it. V8 forgets none, so neither does this.
    pub wasm_types: usize,
}

/// What all workers may use together. The default is no limit.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize, Setters)]
#[serde(default, deny_unknown_fields)]
#[setters(prefix = "with_")]
#[non_exhaustive]
pub struct ProcessLimits {
    /// Bytes that the host holds for workers outside of their isolates.
    pub bytes: usize,
    /// Operations in flight.
    pub operations: usize,
    /// Outgoing connections.
    pub sockets: usize,
    /// Those who may wait for each of these; who comes then is refused. Default 10,000.
    pub waiting: usize,
}

/// How much CPU time a worker gets.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct CpuRate {
    /// CPU time per second, over time. A second is one core.
    pub per_second: Duration,
    /// CPU time that it may use at once after it was idle.
    pub burst: Duration,
}

/// How much a worker may write to the log.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct LogRate {
    /// Bytes per second, over time.
    pub bytes_per_second: u64,
    /// Bytes that it may write at once after it was silent.
    pub burst: u64,
}

impl Default for TenantLimits {
    fn default() -> Self {
        Self {
            bytes: usize::MAX,
            operations: usize::MAX,
            sockets: usize::MAX,
            waiting: WAITING,
            cpu: None,
            log: None,
            wasm_types: usize::MAX,
        }
    }
}

impl Default for ProcessLimits {
    fn default() -> Self {
        Self { bytes: usize::MAX, operations: usize::MAX, sockets: usize::MAX, waiting: WAITING }
    }
}
