//! How long to wait before a server that died is started again.

use std::time::Duration;

/// The pause after the second death in a row; it doubles with every further one.
const FIRST_PAUSE: Duration = Duration::from_millis(100);

const LONGEST_PAUSE: Duration = Duration::from_secs(10);

/// A server that served for this long was healthy: its death begins a new row.
const HEALTHY: Duration = Duration::from_secs(60);

/// Counts deaths in a row.
#[derive(Debug, Default)]
pub(super) struct Backoff {
    deaths: u32,
}

impl Backoff {
    /// A server died that had served for `served`. Returns the pause before the next start; none after the first death
    /// in a row.
    pub(super) fn after_death(&mut self, served: Duration) -> Duration {
        if served >= HEALTHY {
            self.deaths = 0;
        }
        let doublings = self.deaths.checked_sub(1);
        self.deaths = self.deaths.saturating_add(1);
        doublings.map_or(Duration::ZERO, |n| {
            FIRST_PAUSE.saturating_mul(1_u32.checked_shl(n).unwrap_or(u32::MAX)).min(LONGEST_PAUSE)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_double_up_to_a_bound_and_begin_anew_after_a_minute_of_health() {
        let mut backoff = Backoff::default();
        let mut pauses = |served: u64, n: usize| -> Vec<u128> {
            (0..n).map(|_| backoff.after_death(Duration::from_secs(served)).as_millis()).collect()
        };
        assert_eq!(pauses(59, 10), [0, 100, 200, 400, 800, 1600, 3200, 6400, 10_000, 10_000]);
        assert_eq!(pauses(0, 100).last(), Some(&10_000));
        assert_eq!(pauses(60, 1), [0]);
        assert_eq!(pauses(0, 2), [100, 200]);
    }
}
