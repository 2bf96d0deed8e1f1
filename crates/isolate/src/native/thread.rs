//! What the operating system knows of a thread: its CPU clock, its priority.

use std::time::Duration;

/// The CPU clock of one thread, readable from every thread.
#[derive(Clone, Copy, Debug)]
pub(crate) struct ThreadClock(libc::clockid_t);

impl ThreadClock {
    /// The clock of the calling thread, or of the process if the thread has none (not seen on Linux).
    pub(crate) fn current() -> Self {
        let mut clock = libc::CLOCK_PROCESS_CPUTIME_ID;
        // SAFETY: pthread_self is always valid for the calling thread; `clock` is a valid out pointer.
        unsafe { libc::pthread_getcpuclockid(libc::pthread_self(), &mut clock) };
        Self(clock)
    }

    /// CPU time used so far; zero if the thread has ended. One system call.
    pub(crate) fn now(self) -> Duration {
        let mut time = libc::timespec { tv_sec: 0, tv_nsec: 0 };
        // SAFETY: `time` is a valid out pointer; an invalid clock is an error return.
        if unsafe { libc::clock_gettime(self.0, &mut time) } != 0 {
            return Duration::ZERO;
        }
        Duration::new(time.tv_sec.unsigned_abs(), u32::try_from(time.tv_nsec).unwrap_or(0))
    }
}

/// CPU time that the calling thread has used, for what is charged to somebody. One system call.
pub fn thread_cpu_time() -> Duration {
    ThreadClock::current().now()
}

/// By how much the thread of an abandoned turn is nicer than before.
///
/// It may go on for ever, and nobody waits for it, so it should cost others little. But it may hold a lock that others
/// want, of the allocator for one, and then they wait until it has got enough CPU time to release it. Measured with four
/// busy threads on two cores that had other work too, a thread that holds a lock for 100 µs of each ms, and one that
/// takes it every 3 ms: the longest of some 2,000 waits was 3.3 to 3.7 s at `SCHED_IDLE`, 1.4 s at nice 19 and at nice 10,
/// 0.4 s at nice 5; all but one wait in a hundred took 20 µs at most. By the scheduler's weights (a busy thread 1,024)
/// and a slice of 3 ms, the turn of a thread comes after 2 s at `SCHED_IDLE`, 0.4 s at nice 19, 60 ms at nice 10.
#[cfg(target_os = "linux")]
const NICE: libc::c_int = 10;

/// A thread by the number that the scheduler knows it by.
#[derive(Clone, Copy, Debug)]
pub(crate) struct ThreadNumber(#[cfg(target_os = "linux")] libc::pid_t);

impl ThreadNumber {
    /// The calling thread's.
    pub(crate) fn current() -> Self {
        Self(
            #[cfg(target_os = "linux")]
            // SAFETY: no arguments, and it cannot fail.
            unsafe {
                libc::gettid()
            },
        )
    }

    /// Whether the thread waits for something else than a core; false if that cannot be found out. Reads a file of the
    /// kernel's: some microseconds.
    pub(crate) fn is_asleep(self) -> bool {
        #[cfg(target_os = "linux")]
        {
            let stat = std::fs::read(format!("/proc/self/task/{}/stat", self.0));
            stat.is_ok_and(|stat| is_state_of_sleep(&stat))
        }
        #[cfg(not(target_os = "linux"))]
        false
    }

    /// Leaves the thread, which must not have ended, about a twentieth of a core as long as others want it ([`NICE`]); if the
    /// system refuses, it goes on as it was.
    pub(crate) fn demote(self) {
        #[cfg(target_os = "linux")]
        {
            let thread = self.0.unsigned_abs();
            // SAFETY: no pointers; a thread number that is not ours is an error return. An error of the first is
            // indistinguishable from -1, which is as good.
            unsafe {
                let now = libc::getpriority(libc::PRIO_PROCESS, thread);
                libc::setpriority(libc::PRIO_PROCESS, thread, now.saturating_add(NICE).min(19));
            }
        }
    }
}

/// Of `NUMBER (NAME) STATE …`, where the name may have anything in it.
#[cfg(target_os = "linux")]
fn is_state_of_sleep(stat: &[u8]) -> bool {
    let after_name = stat.iter().rposition(|byte| *byte == b')').map_or(0, |end| end + 1);
    matches!(stat.get(after_name..), Some([b' ', b'S' | b'D', ..]))
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use std::sync::atomic::{AtomicBool, Ordering};
    use std::sync::mpsc;
    use std::thread;
    use std::time::Instant;

    use super::*;

    #[test]
    fn only_the_state_counts_and_not_the_name() {
        assert!(is_state_of_sleep(b"12 (isolate) S 1 2"));
        assert!(is_state_of_sleep(b"12 (a) R) D 1 2"));
        assert!(!is_state_of_sleep(b"12 () S) R 1 2"));
        assert!(!is_state_of_sleep(b""));
    }

    #[test]
    fn a_thread_that_waits_is_asleep_and_one_that_computes_is_not() {
        let (stop, busy) = (&AtomicBool::new(false), &AtomicBool::new(false));
        thread::scope(|scope| {
            let (sender, numbers) = mpsc::channel();
            let worker = scope.spawn(move || {
                sender.send(ThreadNumber::current()).unwrap();
                while !stop.load(Ordering::Relaxed) {
                    if !busy.load(Ordering::Relaxed) {
                        thread::park();
                    }
                }
            });
            let number = numbers.recv().unwrap();
            let becomes = |asleep: bool| {
                let start = Instant::now();
                while number.is_asleep() != asleep {
                    assert!(start.elapsed() < Duration::from_secs(30), "asleep: {asleep}");
                    thread::yield_now();
                }
            };
            becomes(true);
            busy.store(true, Ordering::Relaxed);
            worker.thread().unpark();
            becomes(false);
            stop.store(true, Ordering::Relaxed);
        });
    }
}
