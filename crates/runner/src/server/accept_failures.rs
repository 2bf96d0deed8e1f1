//! Failures to accept: which of them matter, and when to speak of them.
//!
//! A process that is out of descriptors fails at every attempt, many times a second and for hours. That is one story
//! with a beginning and an end, and the log gets these two.

use std::io;
use std::time::{Duration, Instant};

/// A connection that is accepted this long after the last failure ends the story: some succeed in between.
const CALM: Duration = Duration::from_secs(1);

/// The failures of one listener.
#[derive(Debug, Default)]
pub(super) struct AcceptFailures(Option<Lasting>);

#[derive(Debug)]
struct Lasting {
    since: Instant,
    last: Instant,
    failures: u64,
}

impl AcceptFailures {
    /// Accepting failed. Returns whether it makes sense to try again at once, because the failure is of one connection
    /// that is out of the queue now.
    pub(super) fn failed(&mut self, error: &io::Error, now: Instant) -> bool {
        if matches!(
            error.kind(),
            io::ErrorKind::ConnectionAborted | io::ErrorKind::ConnectionReset | io::ErrorKind::Interrupted
        ) {
            tracing::debug!(%error, "a connection was gone before it was accepted");
            return true;
        }
        if self.0.is_none() {
            tracing::warn!(%error, "cannot accept connections; they wait");
        }
        let lasting = self.0.get_or_insert(Lasting { since: now, last: now, failures: 0 });
        lasting.last = now;
        lasting.failures += 1;
        false
    }

    /// A connection was accepted.
    pub(super) fn succeeded(&mut self, now: Instant) {
        if let Some(Lasting { since, failures, .. }) = self.0.take_if(|lasting| now - lasting.last >= CALM) {
            tracing::info!(failures, duration = ?(now - since), "connections are accepted again");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn error(errno: rustix::io::Errno) -> io::Error {
        errno.into()
    }

    #[test]
    fn a_lasting_failure_is_one_story() {
        let mut failures = AcceptFailures::default();
        let mut now = Instant::now();
        for _ in 0..100 {
            assert!(!failures.failed(&error(rustix::io::Errno::MFILE), now));
            now += CALM / 2;
            // One of the connections ended, and made room for another.
            failures.succeeded(now);
        }
        assert_eq!(failures.0.as_ref().map(|lasting| lasting.failures), Some(100));
        failures.succeeded(now + CALM);
        assert!(failures.0.is_none());
    }

    #[test]
    fn connections_that_are_gone_are_no_failure() {
        let mut failures = AcceptFailures::default();
        assert!(failures.failed(&error(rustix::io::Errno::CONNABORTED), Instant::now()));
        assert!(failures.0.is_none());
    }
}
