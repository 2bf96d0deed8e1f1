//! Scripts that keep costing the process a thread and its memory are not run for a while.
//!
//! Such a script ended with V8 out of memory, or did not react to its termination. That happens to scripts that mean no
//! harm, so the first few times cost it nothing; after that each one doubles the pause. Pure policy: no clock, no lock.

use std::collections::{HashMap, VecDeque};
use std::time::{Duration, Instant};

use exec::Fingerprint;

use crate::shard::WorkerId;

/// How long a loss is held against a script.
const WINDOW: Duration = Duration::from_secs(600);

/// Losses within the window that have no consequence.
const FORGIVEN: usize = 3;

/// The pause after the first loss beyond those, and the longest one.
const FIRST_PAUSE: Duration = Duration::from_secs(10);
const LONGEST_PAUSE: Duration = WINDOW;

/// Losses and scripts remembered at most: the latest.
const MAX_LOSSES: usize = 32;
const MAX_SUSPECTS: usize = 1024;

/// Whose script it is, and which version of it: a new version starts with a clean record.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Suspect {
    pub(crate) worker: WorkerId,
    pub(crate) script: Fingerprint,
}

/// The records of all scripts that have one.
#[derive(Debug, Default)]
pub(crate) struct Quarantine {
    records: HashMap<Suspect, Record>,
}

#[derive(Debug, Default)]
struct Record {
    losses: VecDeque<Instant>,
    paused_until: Option<Instant>,
}

impl Quarantine {
    /// A script has cost a thread. Returns the pause that follows, if one does.
    pub(crate) fn lost(&mut self, suspect: Suspect, now: Instant) -> Option<Duration> {
        self.forget(now);
        let record = self.records.entry(suspect).or_default();
        if record.losses.len() == MAX_LOSSES {
            record.losses.pop_front();
        }
        record.losses.push_back(now);
        let excess = record.losses.len().checked_sub(FORGIVEN + 1)?;
        let pause = FIRST_PAUSE.saturating_mul(1 << excess.min(16)).min(LONGEST_PAUSE);
        let until = now + pause;
        record.paused_until = record.paused_until.max(Some(until));
        Some(pause)
    }

    /// How much longer the script is not to be run.
    pub(crate) fn pause(&self, suspect: &Suspect, now: Instant) -> Option<Duration> {
        let until = self.records.get(suspect)?.paused_until?;
        until.checked_duration_since(now).filter(|left| !left.is_zero())
    }

    /// How many scripts are not run at the moment.
    pub(crate) fn paused(&self, now: Instant) -> usize {
        self.records.values().filter(|record| record.paused_until.is_some_and(|until| until > now)).count()
    }

    /// Whether there is no record at all.
    pub(crate) fn is_empty(&self) -> bool {
        self.records.is_empty()
    }

    /// Drops what is too old to matter, and the oldest record if there is no room for another. O(records): losses are
    /// rare and cost far more.
    pub(crate) fn forget(&mut self, now: Instant) {
        self.records.retain(|_, record| {
            record.losses.retain(|at| now.saturating_duration_since(*at) < WINDOW);
            !record.losses.is_empty() || record.paused_until.is_some_and(|until| until > now)
        });
        while self.records.len() >= MAX_SUSPECTS {
            let latest = |(_, record): &(&Suspect, &Record)| record.losses.back().copied();
            let Some(oldest) = self.records.iter().min_by_key(latest).map(|(suspect, _)| suspect.clone())
            else {
                return;
            };
            self.records.remove(&oldest);
        }
    }
}

#[cfg(test)]
mod tests {
    use exec::Script;

    use super::*;

    fn suspect(worker: &str, version: &str) -> Suspect {
        let script = Script::new("").with_version(version).fingerprint();
        Suspect { worker: worker.into(), script }
    }

    /// A clock that the test moves.
    struct Clock(Instant);

    impl Clock {
        fn after(&mut self, seconds: u64) -> Instant {
            self.0 += Duration::from_secs(seconds);
            self.0
        }
    }

    fn seconds(pause: Option<Duration>) -> Option<u64> {
        pause.map(|pause| pause.as_secs())
    }

    #[test]
    fn the_first_losses_are_forgiven_and_pauses_double() {
        let (mut quarantine, mut clock) = (Quarantine::default(), Clock(Instant::now()));
        let a = suspect("a", "1");
        for _ in 0..3 {
            assert_eq!(quarantine.lost(a.clone(), clock.after(1)), None);
            assert_eq!(quarantine.pause(&a, clock.0), None);
        }
        for expected in [10, 20, 40, 80, 160] {
            assert_eq!(seconds(quarantine.lost(a.clone(), clock.after(1))), Some(expected));
            assert_eq!(seconds(quarantine.pause(&a, clock.after(1))), Some(expected - 1));
            assert_eq!(quarantine.paused(clock.0), 1);
            assert_eq!(quarantine.pause(&a, clock.after(expected - 1)), None);
        }
    }

    #[test]
    fn pauses_are_bounded() {
        let (mut quarantine, now) = (Quarantine::default(), Instant::now());
        let a = suspect("a", "1");
        let last = (0..1000).map(|_| quarantine.lost(a.clone(), now)).last();
        assert_eq!(last, Some(Some(LONGEST_PAUSE)));
        assert_eq!(quarantine.records[&a].losses.len(), MAX_LOSSES);
    }

    #[test]
    fn losses_that_are_far_apart_are_forgiven_for_ever() {
        let (mut quarantine, mut clock) = (Quarantine::default(), Clock(Instant::now()));
        for _ in 0..50 {
            assert_eq!(quarantine.lost(suspect("a", "1"), clock.after(201)), None);
        }
        quarantine.forget(clock.after(600));
        assert!(quarantine.is_empty());
    }

    #[test]
    fn other_workers_and_other_versions_are_not_suspected() {
        let (mut quarantine, now) = (Quarantine::default(), Instant::now());
        for _ in 0..5 {
            quarantine.lost(suspect("a", "1"), now);
        }
        assert!(quarantine.pause(&suspect("a", "1"), now).is_some());
        for other in [suspect("a", "2"), suspect("b", "1")] {
            assert_eq!(quarantine.pause(&other, now), None);
        }
    }

    #[test]
    fn the_number_of_records_is_bounded_and_the_oldest_goes() {
        let (mut quarantine, mut clock) = (Quarantine::default(), Clock(Instant::now()));
        for n in 0..MAX_SUSPECTS + 1 {
            clock.0 += Duration::from_millis(1);
            quarantine.lost(suspect(&n.to_string(), "1"), clock.0);
        }
        assert_eq!(quarantine.records.len(), MAX_SUSPECTS);
        assert!(!quarantine.records.contains_key(&suspect("0", "1")));
    }
}
