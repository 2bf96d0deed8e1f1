//! Processes that are measured: what `/proc` says of them.

use std::fs;
use std::process::{Child, Command, ExitStatus};
use std::thread;
use std::time::{Duration, Instant};

use crate::cargo;
use crate::failure::{During, Failure, Result};

/// The unit of CPU time in `/proc`: a hundredth of a second, whatever the kernel's own clock is.
const TICK: Duration = Duration::from_millis(10);

/// A process that is killed when it is not wanted any more.
#[derive(Debug)]
pub(crate) struct Owned(pub(crate) Child);

/// How often it is asked whether a process has ended.
const LOOK: Duration = Duration::from_millis(5);

impl Owned {
    /// Asks it to end, and waits for that for so long.
    pub(crate) fn end(&mut self, patience: Duration) -> Result<ExitStatus> {
        cargo::run(Command::new("kill").args(["-s", "TERM", &self.0.id().to_string()]))?;
        let deadline = Instant::now() + patience;
        while Instant::now() < deadline {
            if let Some(status) = self.0.try_wait().during("the end of a process")? {
                return Ok(status);
            }
            thread::sleep(LOOK);
        }
        Err(Failure::new("the process does not end"))
    }
}

impl Drop for Owned {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// What a process and its children have used.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) struct Usage {
    /// Time on a CPU, in the kernel too, since the start.
    pub(crate) cpu: Duration,
    /// Resident memory now.
    pub(crate) rss_mib: f64,
}

impl Usage {
    pub(crate) fn of(process: u32) -> Result<Self> {
        let gone = || format!("process {process} is gone");
        let status = fs::read_to_string(format!("/proc/{process}/status")).during(gone())?;
        let stat = fs::read_to_string(format!("/proc/{process}/stat")).during(gone())?;
        let cpu =
            cpu(&stat).ok_or_else(|| Failure::new("a line of /proc/PID/stat is not as it should be"))?;
        let mut usage = Self { cpu, rss_mib: field(&status, "VmRSS:")? / 1024.0 };
        for child in children(process) {
            // One that has ended meanwhile is in the account of its parent.
            let of_child = Self::of(child).unwrap_or_default();
            usage.cpu += of_child.cpu;
            usage.rss_mib += of_child.rss_mib;
        }
        Ok(usage)
    }
}

/// The processes that its threads have started.
fn children(process: u32) -> Vec<u32> {
    let threads = fs::read_dir(format!("/proc/{process}/task")).into_iter().flatten().flatten();
    let lists = threads.filter_map(|thread| fs::read_to_string(thread.path().join("children")).ok());
    lists
        .flat_map(|list| list.split_whitespace().filter_map(|id| id.parse().ok()).collect::<Vec<_>>())
        .collect()
}

/// `utime`, `stime`, and those of the children that have ended, of a line of `/proc/PID/stat`.
fn cpu(stat: &str) -> Option<Duration> {
    // The name of the program, in brackets, may have anything in it. The third field follows.
    let (_, fields) = stat.rsplit_once(')')?;
    let mut fields = fields.split_whitespace().skip(14 - 3);
    let mut ticks = 0;
    for _ in 0..4 {
        ticks += fields.next()?.parse::<u32>().ok()?;
    }
    Some(TICK * ticks)
}

/// The number behind a name in `/proc/PID/status`.
pub(crate) fn field(status: &str, name: &str) -> Result<f64> {
    let line = status.lines().find_map(|line| line.strip_prefix(name));
    let number = line.and_then(|line| line.split_whitespace().next()?.parse().ok());
    number.ok_or_else(|| Failure::new(format!("no {name} in the status of the server")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_of_the_status_are_found() {
        let status = "Name:\trunner\nVmRSS:\t  204800 kB\nThreads:\t12\n";
        assert_eq!(field(status, "VmRSS:").unwrap(), 204_800.0);
        assert_eq!(field(status, "Threads:").unwrap(), 12.0);
        assert!(field("", "Threads:").is_err());
    }

    #[test]
    fn cpu_time_is_that_of_ended_children_too() {
        let stat = "7 (a ) b) S 1 7 7 0 -1 4194304 90 80 0 0 100 20 3 4 20 0 1 0 5000 1 2";
        assert_eq!(cpu(stat), Some(TICK * 127));
        assert_eq!(cpu("7 (a) S 1"), None);
        assert_eq!(cpu("7"), None);
    }

    #[test]
    fn a_process_has_the_memory_of_its_children() {
        let mut shell = std::process::Command::new("sh");
        let shell = Owned(shell.args(["-c", "sleep 30 & wait"]).spawn().unwrap());
        let process = shell.0.id();
        let deadline = std::time::Instant::now() + Duration::from_secs(30);
        let children = loop {
            let children = children(process);
            if !children.is_empty() || std::time::Instant::now() > deadline {
                break children;
            }
            std::thread::yield_now();
        };
        assert_eq!(children.len(), 1);
        let status = fs::read_to_string(format!("/proc/{process}/status")).unwrap();
        assert!(Usage::of(process).unwrap().rss_mib > field(&status, "VmRSS:").unwrap() / 1024.0);
        // `Owned` ends the shell and nobody else.
        std::process::Command::new("kill").arg(children[0].to_string()).status().unwrap();
    }
}
