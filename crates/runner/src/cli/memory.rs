//! How much memory this process may have.

use std::fs;

/// The memory of the machine, or of the control group if that has less, in bytes. `None` where neither is told.
pub(super) fn available() -> Option<u64> {
    let machine = fs::read_to_string("/proc/meminfo").ok().and_then(|text| total_of_meminfo(&text));
    let group =
        fs::read_to_string("/sys/fs/cgroup/memory.max").ok().and_then(|text| text.trim().parse().ok());
    machine.into_iter().chain(group).min()
}

fn total_of_meminfo(text: &str) -> Option<u64> {
    let line = text.lines().find_map(|line| line.strip_prefix("MemTotal:"))?;
    let kibibytes: u64 = line.trim().strip_suffix("kB")?.trim().parse().ok()?;
    Some(kibibytes << 10)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_total_is_found_in_meminfo() {
        let text = "MemFree:  12 kB\nMemTotal:       2048 kB\nBuffers: 1 kB\n";
        assert_eq!(total_of_meminfo(text), Some(2 << 20));
        assert_eq!(total_of_meminfo("MemTotal: many\n"), None);
    }
}
