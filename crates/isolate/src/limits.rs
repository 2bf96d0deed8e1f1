//! What a worker may use.

use std::time::Duration;

/// One mebibyte, in bytes.
const MIB: usize = 1 << 20;

/// The limits of an isolate and of the requests that run on it.
///
/// The defaults: heap of 1 MiB at first and 128 MiB at most, 50 ms of CPU time, 30 s of wall clock, streams
/// that buffer 16 chunks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RuntimeLimits {
    /// Initial size of the JavaScript heap, in bytes.
    pub heap_initial: usize,
    /// Maximum size of the JavaScript heap, in bytes. Memory outside of the heap (`ArrayBuffer`s, Wasm
    /// memories) has a budget of the same size of its own. A fixed `ArrayBuffer` beyond it is refused with a
    /// `RangeError`; Wasm memories and resizable buffers, which V8 allocates by itself, end the turn when all
    /// together are a quarter more than the budget.
    pub heap_max: usize,
    /// CPU time that one request may use: evaluation of the script, handler, microtasks and `waitUntil`
    /// together.
    pub cpu_time: Duration,
    /// How long one request may take, from its first turn to the end of its `waitUntil` work.
    pub wall_clock: Duration,
    /// How many chunks a stream buffers before its producer has to wait.
    pub stream_buffer: usize,
}

impl RuntimeLimits {
    /// The smallest maximum heap that V8 and the Web APIs start with.
    pub const MIN_HEAP: usize = 8 * MIB;

    /// These limits with values that cannot work replaced by the nearest that can: at least
    /// [`MIN_HEAP`](Self::MIN_HEAP) of heap, an initial heap no larger than the maximum.
    pub fn normalized(mut self) -> Self {
        self.heap_max = self.heap_max.max(Self::MIN_HEAP);
        self.heap_initial = self.heap_initial.min(self.heap_max);
        self.stream_buffer = self.stream_buffer.max(1);
        self
    }
}

impl Default for RuntimeLimits {
    fn default() -> Self {
        Self {
            heap_initial: MIB,
            heap_max: 128 * MIB,
            cpu_time: Duration::from_millis(50),
            wall_clock: Duration::from_secs(30),
            stream_buffer: 16,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn normalized_limits_can_start_an_isolate() {
        let limits = RuntimeLimits { heap_initial: 1 << 40, heap_max: 1, ..Default::default() }.normalized();
        assert_eq!(limits.heap_max, RuntimeLimits::MIN_HEAP);
        assert_eq!(limits.heap_initial, RuntimeLimits::MIN_HEAP);
    }
}
