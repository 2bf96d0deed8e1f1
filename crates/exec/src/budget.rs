//! What all requests of a worker may use together, and all workers of the process.
//!
//! The limits of a request bound one request; a worker has as many as its callers send. So what the host holds and does
//! for a worker is taken from a [`TenantBudget`], of which there is one for each worker, and at the same time from the
//! [`ProcessBudget`] above it:
//!
//! | budget | what takes from it | how |
//! | --- | --- | --- |
//! | bytes | bodies in and out, answers of operations, queued messages: whatever the host keeps for the worker | [`BytesPermit`] |
//! | operations | each `fetch()` in flight | [`OperationPermit`] |
//! | sockets | each outgoing connection | [`SocketPermit`] |
//! | cpu | each turn, by the CPU time that it used; of the worker only | [`charge_cpu`](TenantBudget::charge_cpu) |
//! | log | each line, by its length; of the worker only | [`admit_log`](TenantBudget::admit_log) |
//! | types of Wasm | those that V8 did not know before; of the worker only | [`charge_wasm_types`](TenantBudget::charge_wasm_types) |
//!
//! # Protocol
//! A permit gives back what it took when it is dropped, wherever that happens: with its future, in a panic, with the
//! last copy of the [`Body`](crate::vocabulary::body::Body) that it is attached to. It takes from the worker first and from the process
//! then, both or neither.
//!
//! There are two ways to get one. *Work that has begun* asks with `try_…`: it gets what there is, or a refusal at once,
//! and goes before those who wait, because it is the end of such work that makes room. *Work that wants to begin* waits in
//! a queue, first come first served, each for all that it needs: nobody holds a part of what he waits for, so nobody
//! waits for somebody who waits. A body that is written waits as well, when all of it that is there is on its way to a
//! reader who asks for more, which nobody but he can hold up: behind all others, and it leaves an eighth of the budget to
//! those who would be refused. The one thing held while waiting is the worker's share while the process has none, and those
//! who have both never wait for more. How long to wait is up to the caller, who drops the future; how many may wait is
//! bounded ([`TenantLimits::waiting`]).
//!
//! The rates of a worker may be changed while its budget is in use ([`set_rates`](TenantBudget::set_rates)).
//!
//! [`TenantBudget::unlimited`] costs a branch. Otherwise a permit costs two atomic operations to take and two to give back as
//! long as nobody waits; a mutex is taken only then, is held for a few instructions, and wakers are called without it.

mod bucket;
mod limits;
mod permit;
mod queue;
mod quota;
#[cfg(test)]
mod tests;

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use self::bucket::{Bucket, Rate};
pub use self::limits::{CpuRate, LogRate, ProcessLimits, TenantLimits};
use self::permit::Share;
pub use self::permit::{BytesPermit, OperationPermit, SocketPermit};
use self::quota::{Quota, Refused, Take, Taken};

/// A worker that has added fewer types of Wasm is like a new one. V8 knows a million at most, so that this many budgets are kept for
/// their sake: a thousand.
const FEW_WASM_TYPES: usize = 1_000;

/// The budget of one worker. Cloning is cheap and shares it.
#[derive(Clone, Default)]
pub struct TenantBudget {
    /// Without any there is nothing to count.
    tenant: Option<Arc<Tenant>>,
}

/// The budget that stands over those of all workers. Cloning is cheap and shares it.
#[derive(Clone, Default)]
pub struct ProcessBudget {
    process: Arc<Process>,
}

/// A budget is used up.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{scope} budget of {budget} is used up")]
pub struct BudgetExceeded {
    /// Which.
    pub budget: Budget,
    /// Whose.
    pub scope: Scope,
}

/// What there are budgets of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Budget {
    /// Memory of the host.
    Bytes,
    /// Operations in flight.
    Operations,
    /// Outgoing connections.
    Sockets,
    /// CPU time.
    Cpu,
    /// Lines of the log.
    Log,
    /// Types of Wasm that V8 has come to know.
    WasmTypes,
}

/// Whose a budget is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Scope {
    /// Of one worker.
    Tenant,
    /// Of all workers.
    Process,
}

/// What becomes of a line of the log.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LogAdmission {
    /// It is written.
    Admitted,
    /// It is dropped, as the first one after a line that was written; `before` have been dropped already. This is where
    /// to say so.
    FirstDropped {
        /// Lines of this worker dropped earlier.
        before: u64,
    },
    /// It is dropped like the one before it.
    Dropped,
}

/// What is in use of a budget.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct BudgetUsage {
    /// Bytes that the host holds; 0 if they are not limited.
    pub bytes: usize,
    /// Operations in flight; 0 if they are not limited.
    pub operations: usize,
    /// Outgoing connections; 0 if they are not limited.
    pub sockets: usize,
    /// How often something was refused, or a line of the log dropped, for lack of budget.
    pub refused: u64,
    /// Lines of the log that were dropped.
    pub log_dropped: u64,
}

/// What is counted for the worker and for the process.
struct Quotas {
    bytes: Quota,
    operations: Quota,
    sockets: Quota,
}

struct Tenant {
    quotas: Quotas,
    cpu: Bucket,
    log: Bucket,
    /// Whether the last line of the log was dropped, in the lowest bit; above it how many were.
    dropped: AtomicU64,
    refused: AtomicU64,
    wasm_types: AtomicUsize,
    most_wasm_types: usize,
    process: Arc<Process>,
}

struct Process {
    quotas: Quotas,
    refused: AtomicU64,
    log_dropped: AtomicU64,
}

impl TenantBudget {
    /// A budget of its own for one worker, under that of the process.
    pub fn new(limits: TenantLimits, process: &ProcessBudget) -> Self {
        let process = &process.process;
        let TenantLimits { bytes, operations, sockets, waiting, cpu, log, wasm_types } = limits;
        let tenant = Tenant {
            quotas: Quotas::new(bytes, operations, sockets, waiting),
            cpu: Bucket::new(cpu.map(Rate::from)),
            log: Bucket::new(log.map(Rate::from)),
            dropped: AtomicU64::new(0),
            refused: AtomicU64::new(0),
            wasm_types: AtomicUsize::new(0),
            most_wasm_types: wasm_types,
            process: Arc::clone(process),
        };
        Self { tenant: Some(Arc::new(tenant)) }
    }

    /// A budget without limits, which is nobody's.
    pub fn unlimited() -> Self {
        Self::default()
    }

    /// From now on these are the rates of the worker; `None` is no limit. What it has used beyond stays used. Without effect
    /// on [`unlimited`](Self::unlimited).
    pub fn set_rates(&self, cpu: Option<CpuRate>, log: Option<LogRate>) {
        if let Some(tenant) = &self.tenant {
            let now = Instant::now();
            tenant.cpu.set(cpu.map(Rate::from), now);
            tenant.log.set(log.map(Rate::from), now);
        }
    }

    /// Whether the worker's CPU time is limited. One relaxed atomic operation.
    pub fn limits_cpu(&self) -> bool {
        self.tenant.as_ref().is_some_and(|tenant| tenant.cpu.is_limited())
    }

    /// Takes `bytes` if there are as many.
    ///
    /// # Errors
    /// [`BudgetExceeded`].
    pub fn try_bytes(&self, bytes: usize) -> Result<BytesPermit, BudgetExceeded> {
        self.try_share(Budget::Bytes, bytes).map(BytesPermit)
    }

    /// Waits for `bytes`.
    ///
    /// # Errors
    /// [`BudgetExceeded`] at once if there will never be as many, or too many wait.
    pub async fn bytes(&self, bytes: usize) -> Result<BytesPermit, BudgetExceeded> {
        self.share(Budget::Bytes, bytes).await.map(BytesPermit)
    }

    /// Takes an operation if one is free.
    ///
    /// # Errors
    /// [`BudgetExceeded`].
    pub fn try_operation(&self) -> Result<OperationPermit, BudgetExceeded> {
        self.try_share(Budget::Operations, 1).map(OperationPermit)
    }

    /// Waits for an operation.
    ///
    /// # Errors
    /// As [`bytes`](Self::bytes).
    pub async fn operation(&self) -> Result<OperationPermit, BudgetExceeded> {
        self.share(Budget::Operations, 1).await.map(OperationPermit)
    }

    /// Takes a connection if one is free.
    ///
    /// # Errors
    /// [`BudgetExceeded`].
    pub fn try_socket(&self) -> Result<SocketPermit, BudgetExceeded> {
        self.try_share(Budget::Sockets, 1).map(SocketPermit)
    }

    /// Waits for a connection.
    ///
    /// # Errors
    /// As [`bytes`](Self::bytes).
    pub async fn socket(&self) -> Result<SocketPermit, BudgetExceeded> {
        self.share(Budget::Sockets, 1).await.map(SocketPermit)
    }

    /// Notes that a turn used this much CPU time. One relaxed atomic operation.
    pub fn charge_cpu(&self, cpu: Duration) {
        if let Some(tenant) = &self.tenant {
            tenant.cpu.charge(nanos(cpu));
        }
    }

    /// When the worker may begin another request, if not at `now`.
    pub fn cpu_ready_at(&self, now: Instant) -> Option<Instant> {
        self.tenant.as_ref()?.cpu.ready_at(now)
    }

    /// Whether a line of this many bytes may be written to the log.
    pub fn admit_log(&self, bytes: usize, now: Instant) -> LogAdmission {
        let Some(tenant) = &self.tenant else { return LogAdmission::Admitted };
        if tenant.log.try_spend(bytes as u64, now) {
            if tenant.dropped.load(Ordering::Relaxed) & 1 != 0 {
                tenant.dropped.fetch_and(!1, Ordering::Relaxed);
            }
            return LogAdmission::Admitted;
        }
        let dropped = |dropped: u64| Some((dropped + 2) | 1);
        let before = tenant.dropped.fetch_update(Ordering::Relaxed, Ordering::Relaxed, dropped);
        let before = before.unwrap_or_else(|before| before);
        tenant.process.log_dropped.fetch_add(1, Ordering::Relaxed);
        tenant.count_refusal();
        match before & 1 {
            0 => LogAdmission::FirstDropped { before: before >> 1 },
            _ => LogAdmission::Dropped,
        }
    }

    /// Whether V8 may read more types of Wasm for the worker.
    ///
    /// # Errors
    /// [`BudgetExceeded`]: it has come to know as many by it as it may.
    pub fn admit_wasm_types(&self) -> Result<(), BudgetExceeded> {
        match &self.tenant {
            Some(tenant) if tenant.wasm_types.load(Ordering::Relaxed) >= tenant.most_wasm_types => {
                Err(self.refuse(Budget::WasmTypes))
            }
            _ => Ok(()),
        }
    }

    /// Notes that V8 has come to know so many types of Wasm by the worker.
    pub fn charge_wasm_types(&self, types: usize) {
        if let Some(tenant) = &self.tenant {
            tenant.wasm_types.fetch_add(types, Ordering::Relaxed);
        }
    }

    /// What is refused to whoever asks for something of `budget` of this worker, and counts it.
    pub fn refuse(&self, budget: Budget) -> BudgetExceeded {
        self.count_refusal();
        BudgetExceeded { budget, scope: Scope::Tenant }
    }

    fn count_refusal(&self) {
        if let Some(tenant) = &self.tenant {
            tenant.count_refusal();
        }
    }

    /// Whether nothing of it is in use, nobody else has it, and it is at `now` as it was when it was new: whoever keeps
    /// it can forget it and make another later. A few types of Wasm are forgotten with it.
    pub fn is_at_rest(&self, now: Instant) -> bool {
        let Some(tenant) = &self.tenant else { return true };
        let few_types = tenant.wasm_types.load(Ordering::Relaxed) < FEW_WASM_TYPES;
        Arc::strong_count(tenant) == 1 && few_types && tenant.cpu.is_full(now) && tenant.log.is_full(now)
    }

    /// What tells it from others as long as somebody has it; 0 for all that are [`unlimited`](Self::unlimited).
    pub(crate) fn address(&self) -> usize {
        self.tenant.as_ref().map_or(0, |tenant| Arc::as_ptr(tenant).addr())
    }

    /// What is in use of it.
    pub fn usage(&self) -> BudgetUsage {
        let Some(tenant) = &self.tenant else { return BudgetUsage::default() };
        let log_dropped = tenant.dropped.load(Ordering::Relaxed) >> 1;
        tenant.quotas.usage(&tenant.refused, log_dropped)
    }

    /// Takes `bytes` if there are as many, and more that are left to those who cannot wait. If not nothing is counted as
    /// refused: whoever asks goes on to wait for them.
    pub(crate) fn bytes_now(&self, bytes: usize) -> Option<BytesPermit> {
        self.share_now(Budget::Bytes, bytes, Quota::try_take_modestly).ok().map(BytesPermit)
    }

    /// As [`bytes`](Self::bytes), and leaves some to those who cannot wait.
    ///
    /// # Errors
    /// As [`bytes`](Self::bytes).
    pub(crate) async fn bytes_modestly(&self, bytes: usize) -> Result<BytesPermit, BudgetExceeded> {
        self.share_with(Budget::Bytes, bytes, Quota::take_modestly).await.map(BytesPermit)
    }

    fn try_share(&self, budget: Budget, amount: usize) -> Result<Share, BudgetExceeded> {
        self.share_now(budget, amount, Quota::try_take).map_err(|scope| {
            self.count_refusal();
            BudgetExceeded { budget, scope }
        })
    }

    /// Otherwise says whose budget has not as much.
    fn share_now(
        &self,
        budget: Budget,
        amount: usize,
        take: impl Fn(&Quota, usize) -> Result<Taken<'_>, Refused>,
    ) -> Result<Share, Scope> {
        let Some(tenant) = self.tenant.as_ref().filter(|_| amount > 0) else {
            return Ok(Share::of_nothing(budget));
        };
        let taken = take(tenant.quotas.of(budget), amount).map_err(|Refused| Scope::Tenant)?;
        let above = take(tenant.process.quotas.of(budget), amount).map_err(|Refused| Scope::Process)?;
        taken.keep();
        above.keep();
        Ok(Share::new(tenant, budget, amount))
    }

    async fn share(&self, budget: Budget, amount: usize) -> Result<Share, BudgetExceeded> {
        self.share_with(budget, amount, Quota::take).await
    }

    async fn share_with(
        &self,
        budget: Budget,
        amount: usize,
        take: impl Fn(&Quota, usize) -> Take<'_>,
    ) -> Result<Share, BudgetExceeded> {
        let Some(tenant) = self.tenant.as_ref().filter(|_| amount > 0) else {
            return Ok(Share::of_nothing(budget));
        };
        let refused = |scope| {
            tenant.count_refusal();
            BudgetExceeded { budget, scope }
        };
        let taken = take(tenant.quotas.of(budget), amount).await;
        let taken = taken.map_err(|Refused| refused(Scope::Tenant))?;
        let above = take(tenant.process.quotas.of(budget), amount).await;
        let above = above.map_err(|Refused| refused(Scope::Process))?;
        taken.keep();
        above.keep();
        Ok(Share::new(tenant, budget, amount))
    }
}

impl ProcessBudget {
    /// A budget for all workers of a process, or of a pool.
    pub fn new(limits: ProcessLimits) -> Self {
        let ProcessLimits { bytes, operations, sockets, waiting } = limits;
        let quotas = Quotas::new(bytes, operations, sockets, waiting);
        Self { process: Arc::new(Process::new(quotas)) }
    }

    /// What is in use of it; refusals of the workers' budgets included.
    pub fn usage(&self) -> BudgetUsage {
        let Process { quotas, refused, log_dropped } = &*self.process;
        quotas.usage(refused, log_dropped.load(Ordering::Relaxed))
    }
}

impl Tenant {
    fn count_refusal(&self) {
        self.refused.fetch_add(1, Ordering::Relaxed);
        self.process.refused.fetch_add(1, Ordering::Relaxed);
    }

    fn give_back(&self, budget: Budget, amount: usize) {
        // The process first: whoever is served at the worker's asks there next.
        self.process.quotas.of(budget).give_back(amount);
        self.quotas.of(budget).give_back(amount);
    }
}

impl Quotas {
    fn new(bytes: usize, operations: usize, sockets: usize, waiting: usize) -> Self {
        let quota = |limit| Quota::new(limit, waiting);
        Self { bytes: quota(bytes), operations: quota(operations), sockets: quota(sockets) }
    }

    fn of(&self, budget: Budget) -> &Quota {
        match budget {
            Budget::Bytes => &self.bytes,
            Budget::Operations => &self.operations,
            Budget::Sockets => &self.sockets,
            Budget::Cpu | Budget::Log | Budget::WasmTypes => unreachable!("nobody gives them back"),
        }
    }

    fn usage(&self, refused: &AtomicU64, log_dropped: u64) -> BudgetUsage {
        BudgetUsage {
            bytes: self.bytes.used(),
            operations: self.operations.used(),
            sockets: self.sockets.used(),
            refused: refused.load(Ordering::Relaxed),
            log_dropped,
        }
    }
}

impl Process {
    fn new(quotas: Quotas) -> Self {
        Self { quotas, refused: AtomicU64::new(0), log_dropped: AtomicU64::new(0) }
    }
}

impl Default for Process {
    fn default() -> Self {
        let ProcessLimits { bytes, operations, sockets, waiting } = ProcessLimits::default();
        Self::new(Quotas::new(bytes, operations, sockets, waiting))
    }
}

impl From<CpuRate> for Rate {
    fn from(rate: CpuRate) -> Self {
        Self { per_second: nanos(rate.per_second), burst: nanos(rate.burst) }
    }
}

impl From<LogRate> for Rate {
    fn from(rate: LogRate) -> Self {
        Self { per_second: rate.bytes_per_second, burst: rate.burst }
    }
}

impl fmt::Display for Budget {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Bytes => "bytes",
            Self::Operations => "operations",
            Self::Sockets => "sockets",
            Self::Cpu => "cpu",
            Self::Log => "log",
            Self::WasmTypes => "types of Wasm",
        })
    }
}

impl fmt::Display for Scope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Tenant => "the worker's",
            Self::Process => "the server's",
        })
    }
}

impl fmt::Debug for TenantBudget {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TenantBudget")
            .field("limited", &self.tenant.is_some())
            .field("usage", &self.usage())
            .finish_non_exhaustive()
    }
}

impl fmt::Debug for ProcessBudget {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ProcessBudget").field("usage", &self.usage()).finish_non_exhaustive()
    }
}

fn nanos(duration: Duration) -> u64 {
    u64::try_from(duration.as_nanos()).unwrap_or(u64::MAX)
}
