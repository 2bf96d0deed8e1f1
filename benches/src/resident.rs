//! The memory of this process, as the kernel counts it.

use std::fs;

/// Resident memory, in bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Resident {
    /// All of it, mapped files included.
    pub total: u64,
    /// What belongs to no file: heaps, stacks.
    pub anonymous: u64,
}

impl Resident {
    /// What the process has now.
    pub fn now() -> Self {
        const FILE: &str = "/proc/self/smaps_rollup";
        let text = fs::read_to_string(FILE).unwrap_or_else(|error| panic!("{FILE}: {error}"));
        let field = |name: &str| {
            let line = text.lines().find_map(|line| line.strip_prefix(name)).expect("a field of the kernel");
            let kilobytes: u64 =
                line.trim().trim_end_matches(" kB").parse().expect("kilobytes, as the kernel prints them");
            kilobytes << 10
        };
        Self { total: field("Rss:"), anonymous: field("Anonymous:") }
    }
}

/// Bytes in mebibytes.
pub fn mebibytes(bytes: u64) -> f64 {
    bytes as f64 / f64::from(1 << 20)
}
