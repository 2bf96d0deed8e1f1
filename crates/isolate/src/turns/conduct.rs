//! What the turns of an isolate have been like, for whoever thinks of taking one between other work.
//!
//! An isolate is *brief* when its turns have been short on average and it owes nothing. What it owes, in CPU time of
//! other turns, is [`AT_FIRST`] when it is new, and grows by [`PRICE`] times what a long turn took. So a script that
//! computes now and then is not brief for most of its life, and a collection of garbage is forgiven.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

/// Turns from this length on count as long. What a turn is charged may be a millisecond too much
/// ([`thread_slot`](crate::turns::thread_slot)), if its thread had to wait for a core.
const LONG: u64 = nanos(Duration::from_millis(2));

/// What a new isolate owes.
const AT_FIRST: u64 = nanos(Duration::from_micros(500));

/// What a turn that is not long pays besides its length.
const EACH: u64 = nanos(Duration::from_micros(2));

/// How much of other turns weighs out a long one.
const PRICE: u64 = 8;

/// The first turns evaluate and compile, and are not held against the isolate.
const FORGIVEN: u64 = 8;

/// The average is over about so many turns: a millisecond too much in one of them does not decide.
const WEIGHT: u64 = 16;

const fn nanos(duration: Duration) -> u64 {
    duration.as_nanos() as u64
}

/// See the [module](self) documentation. Relaxed everywhere: written by whoever has the turn.
#[derive(Debug)]
pub(crate) struct Conduct {
    turns: AtomicU64,
    /// In nanoseconds, as all of them.
    average: AtomicU64,
    owes: AtomicU64,
}

impl Default for Conduct {
    fn default() -> Self {
        Self { turns: AtomicU64::new(0), average: AtomicU64::new(0), owes: AtomicU64::new(AT_FIRST) }
    }
}

impl Conduct {
    /// A turn took so much CPU time.
    pub(crate) fn turn_took(&self, cpu: Duration) {
        let turns = self.turns.load(Ordering::Relaxed);
        self.turns.store(turns + 1, Ordering::Relaxed);
        if turns < FORGIVEN {
            return;
        }
        let took = u64::try_from(cpu.as_nanos()).unwrap_or(u64::MAX / (2 * PRICE));
        let average = self.average.load(Ordering::Relaxed);
        // Over as many as there are.
        let weight = WEIGHT.min(turns + 1 - FORGIVEN);
        self.average.store(average - average / weight + took / weight, Ordering::Relaxed);
        let owes = self.owes.load(Ordering::Relaxed);
        let now = match took {
            LONG.. => owes.saturating_add(PRICE.saturating_mul(took)),
            _ => owes.saturating_sub(took + EACH),
        };
        if now != owes {
            self.owes.store(now, Ordering::Relaxed);
        }
    }

    /// Whether its next turn will be about as short as `limit`, as far as that can be told from those before.
    pub(crate) fn is_brief(&self, limit: Duration) -> bool {
        self.owes.load(Ordering::Relaxed) == 0
            && u128::from(self.average.load(Ordering::Relaxed)) <= limit.as_nanos()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LIMIT: Duration = Duration::from_micros(100);

    /// Takes turns of this length until the isolate is brief. Returns how many.
    fn until_brief(conduct: &Conduct, turn: Duration) -> usize {
        (0..1_000_000)
            .find(|_| {
                conduct.turn_took(turn);
                conduct.is_brief(LIMIT)
            })
            .expect("brief at some time")
    }

    #[test]
    fn a_new_isolate_is_not_brief_until_it_has_shown_short_turns() {
        let conduct = Conduct::default();
        assert!(!conduct.is_brief(LIMIT));
        // Evaluation.
        conduct.turn_took(Duration::from_millis(300));
        let turns = until_brief(&conduct, Duration::from_micros(8));
        assert!((50..100).contains(&turns), "{turns}");
    }

    #[test]
    fn a_long_turn_costs_many_short_ones() {
        let conduct = Conduct::default();
        until_brief(&conduct, Duration::from_micros(8));
        conduct.turn_took(Duration::from_millis(50));
        assert!(!conduct.is_brief(LIMIT));
        let turns = until_brief(&conduct, Duration::from_micros(8));
        assert_eq!(turns, 40_000 - 1, "400 ms, 10 µs each");
    }

    #[test]
    fn who_is_seldom_short_is_never_brief() {
        let conduct = Conduct::default();
        for turn in 0..10_000 {
            let millis = if turn % 100 == 0 { 3 } else { 0 };
            conduct.turn_took(Duration::from_millis(millis));
            // 99 turns of nothing pay for less than one of three milliseconds.
            assert!(turn < 100 || !conduct.is_brief(LIMIT), "{turn}");
        }
    }

    #[test]
    fn turns_of_middle_length_are_not_brief() {
        let conduct = Conduct::default();
        until_brief(&conduct, Duration::from_micros(8));
        for _ in 0..20 {
            conduct.turn_took(Duration::from_micros(300));
        }
        assert!(!conduct.is_brief(LIMIT), "the average");
        assert!(until_brief(&conduct, Duration::from_micros(8)) < 20);
        conduct.turn_took(Duration::MAX);
        assert!(!conduct.is_brief(LIMIT));
    }
}
