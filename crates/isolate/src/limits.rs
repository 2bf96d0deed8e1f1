//! What a worker may use: every limit by its name, in one place.
//!
//! There are two scopes here. [`IsolateLimits`] are fixed when an isolate is made, so they are a property of a spare too;
//! an isolate that passes one is given up. [`RequestLimits`] bound one request and can differ between workers and calls;
//! a request that passes one ends with its reason, or the call that passed it fails, and its isolate stays.
//! [`RuntimeLimits`] is the pair. What all requests of a worker may use together, and all workers of the process, is the
//! business of the budgets in `exec`.

use std::time::Duration;

use derive_setters::Setters;

/// One mebibyte, in bytes.
const MIB: usize = 1 << 20;

/// As good as no limit, and yet something that can be added to a time without overflow: a hundred years.
const FOREVER: Duration = Duration::from_secs(100 * 365 * 24 * 60 * 60);

/// The limits of an isolate, which last as long as it does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Setters)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Deserialize, serde::Serialize),
    serde(default, deny_unknown_fields)
)]
#[setters(prefix = "with_")]
#[non_exhaustive]
pub struct IsolateLimits {
    /// Initial size of the JavaScript heap, in bytes. Default 1 MiB.
    pub heap_initial: usize,
    /// Maximum size of the JavaScript heap, in bytes. Default 128 MiB.
    #[setters(skip)]
    pub heap_max: usize,
    /// Memory of `ArrayBuffer`s and Wasm memories, in bytes, which is outside of the heap. A fixed `ArrayBuffer` beyond
    /// it is refused with a `RangeError`; Wasm memories and resizable buffers, which V8 allocates by itself, end the
    /// turn when all together are a quarter more than this. Default 128 MiB.
    pub buffers: usize,
    /// Native memory behind small handles, in bytes: `Intl` objects, Wasm modules, the parser's zones. As far as the
    /// allocator of the process tells: see [`set_allocation_meter`](crate::set_allocation_meter). Default 128 MiB.
    pub native: usize,
    /// A module of JavaScript, in bytes; the script, if it is one. Its parser takes up to 400 times as much memory while it
    /// runs, and gives it back before the next module is parsed, so this is what one evaluation can take beside all other
    /// limits. Default 4 MiB; at most [`MAX_SCRIPT`](Self::MAX_SCRIPT), which is also what all modules may have together.
    pub script_bytes: usize,
    /// Modules of a script. Default 10,000.
    pub modules: usize,
    /// Source text that one call may give to `eval` or `Function`, in bytes of ASCII text, or UTF-16 units. The parser
    /// takes up to 400 times as much memory. Default 1 MiB.
    pub source_bytes: usize,
    /// Text that one call may give to `JSON.parse`, likewise. What it makes of it is in the heap. Default 32 MiB.
    pub json_bytes: usize,
    /// Objects of the host that a context may have open: keys of `crypto.subtle`, and streaming decoders of its top level.
    /// Default 1,000.
    pub resources: usize,
}

/// The limits of one request.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Setters)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Deserialize, serde::Serialize),
    serde(default, deny_unknown_fields)
)]
#[setters(prefix = "with_")]
#[non_exhaustive]
pub struct RequestLimits {
    /// CPU time: handler, microtasks and `waitUntil` together. Default 50 ms. The first request of a context compiles what it
    /// calls, which takes large packages ten times as long as the next one.
    pub cpu_time: Duration,
    /// CPU time of the evaluation of the script (parsing, compiling, its top level), for the request that needs it first.
    /// Default 1 s.
    pub startup_cpu: Duration,
    /// How long it may take, from its start to the end of its `waitUntil` work. A body that is written after the answer has
    /// a bound of its own, [`stream_idle`](Self::stream_idle), and the wall clock starts anew after it. Default 30 s.
    pub wall_clock: Duration,
    /// Operations (`fetch`) in flight at a time. Default 1,000.
    pub operations: usize,
    /// Operations in all. Default 10,000.
    pub subrequests: usize,
    /// Timers at a time. Default 10,000.
    pub timers: usize,
    /// Lines it may log; after that one more says that there was more. Default 1,000.
    pub log_records: usize,
    /// Bytes it may log, likewise. Default 256 KiB.
    pub log_bytes: usize,
    /// Bytes of the JSON that a task may return. Default 16 MiB.
    pub task_result: usize,
    /// Objects of the host, such as streaming decoders, that it may have open. Default 1,000.
    pub resources: usize,
    /// Bytes that a body which its code writes, or reads, has outside of the isolate at a time; who writes on has to
    /// wait. Default 64 KiB.
    pub stream_buffer: usize,
    /// Once it has answered, with a body that its code still writes: how long nothing may move in there. The wall clock
    /// does not count meanwhile. Default 5 minutes.
    pub stream_idle: Duration,
    /// How long the writing of such a body may take in all. Default: no limit.
    pub stream_max: Duration,
}

/// The limits of an isolate and of the requests that run on it.
///
/// ```
/// use std::time::Duration;
///
/// use isolate::RuntimeLimits;
///
/// let limits = RuntimeLimits::default().with_heap_max(64 << 20).with_cpu_time(Duration::from_millis(20));
/// assert_eq!((limits.isolate.heap_max, limits.isolate.buffers), (64 << 20, 64 << 20));
/// assert_eq!(limits.request.wall_clock, Duration::from_secs(30));
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Setters)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Deserialize, serde::Serialize),
    serde(default, deny_unknown_fields)
)]
#[setters(prefix = "with_")]
#[non_exhaustive]
pub struct RuntimeLimits {
    /// Of each isolate.
    pub isolate: IsolateLimits,
    /// Of each request that has no limits of its own.
    pub request: RequestLimits,
}

impl IsolateLimits {
    /// The smallest maximum heap that V8 and the Web APIs start with, in bytes.
    pub const MIN_HEAP: usize = 8 * MIB;

    /// The largest script that can be allowed, in bytes: all of its modules together, data included.
    pub const MAX_SCRIPT: usize = 64 * MIB;

    /// How often V8 may reserve addresses for an isolate at a time: once for each resizable buffer, Wasm memory, Wasm module and
    /// Wasm call that waits for a promise. An isolate that keeps more is given up; beyond twice as many V8 is refused them, and
    /// scripts get a `RangeError`. All isolates together have three eighths of the mappings that the system allows the process.
    pub const MAX_RESERVATIONS: usize = 4_096;

    /// How many bytes that may be, likewise. A Wasm memory without a maximum takes 4 GiB of them, whatever it uses. All isolates
    /// together have 64 TiB.
    pub const MAX_RESERVED: usize = 1 << 40;

    /// A heap of `bytes` at most, and as much again for buffers and for native memory.
    pub fn with_heap_max(self, bytes: usize) -> Self {
        Self { heap_max: bytes, buffers: bytes, native: bytes, ..self }
    }

    /// How large V8 may make the young generation: three semi-spaces of a sixteenth of the heap each, 16 MiB at most. V8's own
    /// choice is half of that. What code allocates between two collections fits more often then, and need not be copied;
    /// `docs/performance.md` has figures. It grows only where that is needed, and shrinks in an idle isolate.
    pub(crate) fn young_generation(&self) -> usize {
        3 * (self.heap_max / 16).min(16 * MIB)
    }

    /// These limits with values that cannot work replaced by the nearest that can: at least
    /// [`MIN_HEAP`](Self::MIN_HEAP) of heap, an initial heap no larger than the maximum, scripts of no more than
    /// [`MAX_SCRIPT`](Self::MAX_SCRIPT).
    pub fn normalized(mut self) -> Self {
        self.heap_max = self.heap_max.max(Self::MIN_HEAP);
        self.heap_initial = self.heap_initial.min(self.heap_max);
        self.script_bytes = self.script_bytes.min(Self::MAX_SCRIPT);
        self
    }
}

impl RequestLimits {
    /// These limits with values that cannot work replaced by the nearest that can: streams buffer at least one byte,
    /// and no time is longer than a hundred years ([`Duration::MAX`] is for "no limit").
    pub fn normalized(mut self) -> Self {
        self.stream_buffer = self.stream_buffer.max(1);
        let Self { cpu_time, startup_cpu, wall_clock, stream_idle, stream_max, .. } = &mut self;
        for time in [cpu_time, startup_cpu, wall_clock, stream_idle, stream_max] {
            *time = (*time).min(FOREVER);
        }
        self
    }
}

impl RuntimeLimits {
    /// See [`IsolateLimits::with_heap_max`].
    pub fn with_heap_max(mut self, bytes: usize) -> Self {
        self.isolate = self.isolate.with_heap_max(bytes);
        self
    }

    /// Requests may use this much CPU time.
    pub fn with_cpu_time(mut self, time: Duration) -> Self {
        self.request.cpu_time = time;
        self
    }

    /// Requests may take this long.
    pub fn with_wall_clock(mut self, time: Duration) -> Self {
        self.request.wall_clock = time;
        self
    }

    /// Both parts, normalised.
    pub fn normalized(self) -> Self {
        Self { isolate: self.isolate.normalized(), request: self.request.normalized() }
    }
}

impl Default for IsolateLimits {
    fn default() -> Self {
        Self {
            heap_initial: MIB,
            heap_max: 128 * MIB,
            buffers: 128 * MIB,
            native: 128 * MIB,
            script_bytes: 4 * MIB,
            modules: 10_000,
            source_bytes: MIB,
            json_bytes: 32 * MIB,
            resources: 1_000,
        }
    }
}

impl Default for RequestLimits {
    fn default() -> Self {
        Self {
            cpu_time: Duration::from_millis(50),
            startup_cpu: Duration::from_secs(1),
            wall_clock: Duration::from_secs(30),
            operations: 1_000,
            subrequests: 10_000,
            timers: 10_000,
            log_records: 1_000,
            log_bytes: 256 << 10,
            task_result: 16 * MIB,
            resources: 1_000,
            stream_buffer: 64 << 10,
            stream_idle: Duration::from_secs(300),
            stream_max: FOREVER,
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Instant;

    use super::*;

    #[test]
    fn normalized_limits_can_start_an_isolate() {
        let limits = IsolateLimits { heap_initial: 1 << 40, heap_max: 1, ..Default::default() }.normalized();
        assert_eq!(limits.heap_max, IsolateLimits::MIN_HEAP);
        assert_eq!(limits.heap_initial, IsolateLimits::MIN_HEAP);
    }

    #[test]
    fn no_limit_can_be_added_to_a_time() {
        let limits = RequestLimits { wall_clock: Duration::MAX, ..Default::default() }.normalized();
        assert!(Instant::now().checked_add(limits.wall_clock).is_some());
    }
}
