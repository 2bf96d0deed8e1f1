//! What workers may use over all their requests, and all workers together.

use clap::{Args, value_parser};
use exec::{CacheLimits, CpuRate, LogRate, ProcessLimits, TenantLimits};
use runner::workers::{InvalidCpuRate, SettingsDocument, WrittenCpuRate};

use super::memory;

/// The memory for all workers' bodies where the machine does not say how much it has, in MiB.
const USUAL_MEMORY_MB: u64 = 1024;

/// The budgets of a worker and of the server.
#[derive(Debug, Args)]
pub(super) struct BudgetFlags {
    /// Bodies on their way to and from one worker and its fetches, in MiB (0: no limit); more waits, then is refused
    /// with 503
    #[arg(long, value_name = "N", default_value_t = 256)]
    tenant_memory_mb: u32,
    /// Fetches that one worker may have in flight (0: no limit); more wait
    #[arg(long, value_name = "N", default_value_t = 2_000)]
    tenant_operations: u32,
    /// Outgoing connections of one worker (0: no limit); fetches wait for one
    #[arg(long, value_name = "N", default_value_t = 256)]
    tenant_sockets: u32,
    /// CPU time of one worker, in milliseconds per second, and how many milliseconds it may use at once after it was
    /// idle; requests beyond wait, then are refused with 503 [default: no limit; BURST: as much as in ten seconds]
    #[arg(long, value_name = "RATE[,BURST]", value_parser = parse_cpu_rate)]
    tenant_cpu: Option<CpuRate>,
    /// What one worker may log, in KiB per second (0: no limit), and four times as much at once; lines beyond are dropped
    #[arg(long, value_name = "N", default_value_t = 256)]
    tenant_log_kb_per_s: u32,
    /// Types of Wasm that V8 may come to know by one worker until the server ends (0: no limit); then it compiles no more
    #[arg(long, value_name = "N", default_value_t = 100_000)]
    tenant_wasm_types: u32,
    /// What one worker may keep with `caches`, in MiB (0: nothing); what it has not used for longest goes beyond
    #[arg(long, value_name = "N", default_value_t = 64, value_parser = value_parser!(u32).range(0..=65_536))]
    tenant_cache_mb: u32,
    /// Responses that one worker may keep with `caches`
    #[arg(long, value_name = "N", default_value_t = 10_000)]
    tenant_cache_entries: u32,
    /// As --tenant-memory-mb, for all workers together [default: a quarter of the memory of the machine]
    #[arg(long, value_name = "N")]
    memory_budget_mb: Option<u32>,
    /// As --tenant-operations, for all workers together (0: no limit)
    #[arg(long, value_name = "N", default_value_t = 0)]
    operations_budget: u32,
    /// As --tenant-sockets, for all workers together (0: no limit) [default: what the limit of open files leaves beside
    /// --max-connections, and a quarter of it at least]
    #[arg(long, value_name = "N")]
    sockets_budget: Option<u32>,
    /// As --tenant-cache-mb, for all workers together (0: nothing); the worker with the most gives up something beyond
    #[arg(long, value_name = "N", default_value_t = 256, value_parser = value_parser!(u32).range(0..=65_536))]
    cache_mb: u32,
}

impl BudgetFlags {
    pub(super) fn tenant(&self) -> TenantLimits {
        let log = u64::from(self.tenant_log_kb_per_s) << 10;
        TenantLimits::default()
            .with_bytes(mebibytes(self.tenant_memory_mb.into()))
            .with_operations(limit(self.tenant_operations))
            .with_sockets(limit(self.tenant_sockets))
            .with_cpu(self.tenant_cpu)
            .with_wasm_types(limit(self.tenant_wasm_types))
            .with_log((log > 0).then_some(LogRate {
                bytes_per_second: log,
                burst: SettingsDocument::LOG_BURST_SECONDS * log,
            }))
    }

    pub(super) fn caches(&self) -> CacheLimits {
        CacheLimits::default()
            .with_bytes((self.cache_mb as usize) << 20)
            .with_worker_bytes((self.tenant_cache_mb as usize) << 20)
            .with_worker_entries(self.tenant_cache_entries as usize)
    }

    /// `sockets` is how many outgoing connections the process may have unless the flag says otherwise.
    pub(super) fn process(&self, sockets: usize) -> ProcessLimits {
        let quarter = || memory::available().map_or(USUAL_MEMORY_MB, |bytes| (bytes >> 22).max(1));
        let mib = self.memory_budget_mb.map_or_else(quarter, u64::from);
        ProcessLimits::default()
            .with_bytes(mebibytes(mib))
            .with_operations(limit(self.operations_budget))
            .with_sockets(self.sockets_budget.map_or(sockets, limit))
    }
}

fn limit(n: u32) -> usize {
    if n == 0 { usize::MAX } else { n as usize }
}

fn mebibytes(n: u64) -> usize {
    match usize::try_from(n) {
        Ok(0) | Err(_) => usize::MAX,
        Ok(n) => n.saturating_mul(1 << 20),
    }
}

/// `RATE` or `RATE,BURST`.
fn parse_cpu_rate(text: &str) -> Result<CpuRate, InvalidCpuRate> {
    text.parse().map(|WrittenCpuRate(rate)| rate)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn zero_is_no_limit() {
        assert_eq!((limit(0), limit(3)), (usize::MAX, 3));
        assert_eq!((mebibytes(0), mebibytes(2)), (usize::MAX, 2 << 20));
    }
}
