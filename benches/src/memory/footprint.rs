//! The memory of this process, by what it belongs to.

use std::fs;

/// V8 asks for its pages at random addresses below this one, where the kernel places nothing by itself.
const END_OF_V8: u64 = 1 << 46;

/// Resident memory, in bytes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Footprint {
    /// All of it.
    pub resident: u64,
    /// The same, where what is shared with other processes counts in part.
    pub proportional: u64,
    /// Pages of files as they are on disk: code and constants of the program.
    pub files: u64,
    /// Pages that V8 has mapped: its heaps, and code that it has compiled.
    pub v8: u64,
    /// All other pages that belong to no file: the allocator's, stacks, data of the program.
    pub other: u64,
}

impl Footprint {
    /// What the process has now.
    pub fn now() -> Self {
        const FILE: &str = "/proc/self/smaps";
        let text = fs::read_to_string(FILE).unwrap_or_else(|error| panic!("{FILE}: {error}"));
        Self::of(&text)
    }

    fn of(smaps: &str) -> Self {
        let mut all = Self::default();
        let mut of_v8 = false;
        let mut resident = 0;
        for line in smaps.lines() {
            let (name, rest) = line.split_once(' ').unwrap_or((line, ""));
            let bytes =
                || rest.trim().strip_suffix(" kB").and_then(|kib| kib.parse::<u64>().ok()).unwrap_or(0) << 10;
            match name {
                "Rss:" => {
                    resident = bytes();
                    all.resident += resident;
                }
                "Pss:" => all.proportional += bytes(),
                "Anonymous:" => {
                    let anonymous = bytes();
                    all.files += resident.saturating_sub(anonymous);
                    *(if of_v8 { &mut all.v8 } else { &mut all.other }) += anonymous;
                }
                _ if !name.ends_with(':') => of_v8 = is_of_v8(name, rest),
                _ => {}
            }
        }
        all
    }

    /// What there is more of than before.
    pub fn since(self, before: Self) -> Difference {
        let difference = |field: fn(&Self) -> u64| field(&self) as f64 - field(&before) as f64;
        Difference {
            resident: difference(|all| all.resident),
            files: difference(|all| all.files),
            v8: difference(|all| all.v8),
            other: difference(|all| all.other),
        }
    }
}

/// Bytes of each kind, more or less than before.
#[derive(Clone, Copy, Debug)]
pub struct Difference {
    /// See [`Footprint::resident`]; the others likewise.
    pub resident: f64,
    /// Of files.
    pub files: f64,
    /// Of V8.
    pub v8: f64,
    /// Of others.
    pub other: f64,
}

/// Of a mapping with this range of addresses, and what the kernel says of it then: permissions, offset, device, inode, file.
fn is_of_v8(range: &str, rest: &str) -> bool {
    let mut fields = rest.split_whitespace();
    let is_executable = fields.next().is_some_and(|permissions| permissions.contains('x'));
    let has_name = fields.nth(3).is_some();
    let start = range.split('-').next().and_then(|start| u64::from_str_radix(start, 16).ok());
    !has_name && (is_executable || start.is_some_and(|start| start < END_OF_V8))
}
