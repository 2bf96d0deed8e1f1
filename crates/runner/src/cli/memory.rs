//! How much memory this process may have.

use std::fs;
use std::path::Path;

/// Where control groups are found.
const GROUPS: &str = "/sys/fs/cgroup";

/// The memory of the machine, or of the control groups that this process is in if one has less, in bytes. `None` where neither
/// is told.
pub(super) fn available() -> Option<u64> {
    let machine = fs::read_to_string("/proc/meminfo").ok().and_then(|text| total_of_meminfo(&text));
    let membership = fs::read_to_string("/proc/self/cgroup").unwrap_or_default();
    machine.into_iter().chain(of_groups(Path::new(GROUPS), &membership)).min()
}

fn total_of_meminfo(text: &str) -> Option<u64> {
    let line = text.lines().find_map(|line| line.strip_prefix("MemTotal:"))?;
    let kibibytes: u64 = line.trim().strip_suffix("kB")?.trim().parse().ok()?;
    Some(kibibytes << 10)
}

/// The least that a group below `root` may have, of those that contain a process with this `/proc/self/cgroup`. A group that is in
/// another may have what that has at most. In a container the root is often its own group, whatever the membership says.
fn of_groups(root: &Path, membership: &str) -> Option<u64> {
    let limits = membership.lines().flat_map(|line| {
        let mut fields = line.splitn(3, ':').skip(1);
        let (controllers, path) = (fields.next().unwrap_or_default(), fields.next().unwrap_or_default());
        let (hierarchy, file) = match controllers {
            "" => (root.to_owned(), "memory.max"),
            _ if controllers.split(',').any(|name| name == "memory") => {
                (root.join("memory"), "memory.limit_in_bytes")
            }
            _ => return Vec::new(),
        };
        let group = hierarchy.join(path.trim_start_matches('/'));
        let within = group.ancestors().take_while(|group| group.starts_with(&hierarchy));
        within.filter_map(|group| fs::read_to_string(group.join(file)).ok()?.trim().parse().ok()).collect()
    });
    limits.min()
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

    #[test]
    fn the_least_of_all_groups_around_counts() {
        let root = std::env::temp_dir().join(format!("runner-groups-{}", std::process::id()));
        let write = |file: &str, text: &str| {
            let file = root.join(file);
            fs::create_dir_all(file.parent().unwrap()).unwrap();
            fs::write(file, text).unwrap();
        };
        let found = |membership| of_groups(&root, membership);
        assert_eq!(found("0::/system.slice/a.service\n"), None);
        write("system.slice/memory.max", "4096\n");
        write("system.slice/a.service/memory.max", "max\n");
        write("b/memory.max", "1\n");
        assert_eq!(found("0::/system.slice/a.service\n"), Some(4096));
        write("system.slice/a.service/memory.max", "512\n");
        assert_eq!(found("0::/system.slice/a.service\n"), Some(512));
        write("memory.max", "256\n");
        assert_eq!(found("0::/not/there\n"), Some(256));
        write("memory/c/memory.limit_in_bytes", "128\n");
        assert_eq!(found("3:cpu,cpuacct:/c\n2:memory:/c\n"), Some(128));
        assert_eq!(found("3:cpu,cpuacct:/c\n"), None);
        fs::remove_dir_all(&root).unwrap();
    }
}
