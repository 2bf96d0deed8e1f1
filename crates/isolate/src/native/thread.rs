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

    /// Lets the thread, which must not have ended, run only when nothing else wants a core; if the system refuses, it
    /// goes on as it was.
    pub(crate) fn demote(self) {
        #[cfg(target_os = "linux")]
        {
            // SAFETY: `sched_param` is plain old data, for which zero is a valid value.
            let parameters: libc::sched_param = unsafe { std::mem::zeroed() };
            // SAFETY: `parameters` is valid for the call; a thread number that is not ours is an error return.
            unsafe { libc::sched_setscheduler(self.0, libc::SCHED_IDLE, &parameters) };
        }
    }
}
