//! When V8 is asked for code that it has finished meanwhile: see `native/finished_code.rs`.
//!
//! By who locks the isolate for a turn, if that was not done a moment ago. Compiling takes a millisecond and more, so code
//! that waits for another one is hardly late; and with thousands of turns in a second next to none of them pays for it.

use std::sync::LazyLock;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

/// Not asked more often.
const PERIOD: Duration = Duration::from_millis(1);

/// What stored times count from.
static START: LazyLock<Instant> = LazyLock::new(Instant::now);

/// When it was last asked for. Relaxed: written by whoever has the turn.
#[derive(Debug, Default)]
pub(crate) struct FinishedCode(AtomicU64);

impl FinishedCode {
    /// The isolate is locked at `now`. Returns whether to ask.
    pub(crate) fn is_wanted(&self, now: Instant) -> bool {
        let since = now.saturating_duration_since(*START) + PERIOD;
        let now = u64::try_from(since.as_nanos()).unwrap_or(u64::MAX);
        let is_wanted = now.saturating_sub(self.0.load(Ordering::Relaxed)) >= PERIOD.as_nanos() as u64;
        if is_wanted {
            self.0.store(now, Ordering::Relaxed);
        }
        is_wanted
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_asked_for_once_in_a_period() {
        let code = FinishedCode::default();
        let begin = *START;
        let asked = (0..4_000_u32).filter(|n| code.is_wanted(begin + *n * PERIOD / 1_000));
        assert_eq!(asked.count(), 4);
        assert!(code.is_wanted(begin + 60 * PERIOD));
    }
}
