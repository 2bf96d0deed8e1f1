//! The JavaScript timers of a request.

use std::collections::BTreeSet;
use std::time::Instant;

use rustc_hash::FxHashMap;

/// The JavaScript timers of a request, by due time. Few requests have a second one at the same time, and the first takes no
/// memory of its own.
#[derive(Default)]
pub(super) struct Timers {
    next: Option<(Instant, u64)>,
    /// Those that are due after it, if there is one.
    later: BTreeSet<(Instant, u64)>,
    later_by_id: FxHashMap<u64, Instant>,
}

impl Timers {
    /// Starts a timer, or starts it anew. Returns false if there are `max` of them already.
    pub(super) fn start(&mut self, timer: u64, due: Instant, max: usize) -> bool {
        if usize::from(self.next.is_some()) + self.later.len() >= max {
            return false;
        }
        self.cancel(timer);
        let started = (due, timer);
        let put_off = match self.next {
            Some(next) if next < started => Some(started),
            next => {
                self.next = Some(started);
                next
            }
        };
        if let Some((due, timer)) = put_off {
            self.later.insert((due, timer));
            self.later_by_id.insert(timer, due);
        }
        true
    }

    pub(super) fn cancel(&mut self, timer: u64) {
        if self.next.is_some_and(|(_, next)| next == timer) {
            self.take_next();
        } else if let Some(due) = self.later_by_id.remove(&timer) {
            self.later.remove(&(due, timer));
        }
    }

    pub(super) fn next(&self) -> Option<Instant> {
        self.next.map(|(due, _)| due)
    }

    /// Takes out the first timer that is due at `now`; equal times ring in the order of their ids.
    pub(super) fn take_due(&mut self, now: Instant) -> Option<u64> {
        self.next.filter(|(due, _)| *due <= now)?;
        self.take_next()
    }

    fn take_next(&mut self) -> Option<u64> {
        let following = self.later.pop_first();
        if let Some((_, timer)) = following {
            self.later_by_id.remove(&timer);
        }
        std::mem::replace(&mut self.next, following).map(|(_, timer)| timer)
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn timers_ring_in_order_of_their_due_time_then_of_their_ids() {
        let start = Instant::now();
        let mut timers = Timers::default();
        timers.start(3, start + Duration::from_millis(2), 4);
        timers.start(2, start + Duration::from_millis(1), 4);
        timers.start(1, start + Duration::from_millis(2), 4);
        assert!(timers.start(4, start + Duration::from_millis(9), 4));
        assert!(!timers.start(5, start, 4));
        timers.cancel(4);
        let late = start + Duration::from_millis(5);
        assert_eq!(timers.take_due(start), None);
        let rung: Vec<_> = std::iter::from_fn(|| timers.take_due(late)).collect();
        assert_eq!(rung, [2, 1, 3]);
        assert_eq!(timers.next(), None);
    }

    /// What it must be like: all timers in one list.
    #[derive(Default)]
    struct Model(Vec<(Instant, u64)>);

    impl Model {
        fn start(&mut self, timer: u64, due: Instant, max: usize) -> bool {
            let has_room = self.0.len() < max;
            if has_room {
                self.cancel(timer);
                self.0.push((due, timer));
                self.0.sort_unstable();
            }
            has_room
        }

        fn cancel(&mut self, timer: u64) {
            self.0.retain(|(_, other)| *other != timer);
        }

        fn take_due(&mut self, now: Instant) -> Option<u64> {
            let due = self.0.first().is_some_and(|(due, _)| *due <= now);
            due.then(|| self.0.remove(0).1)
        }
    }

    #[test]
    fn they_are_as_in_one_list() {
        let start = Instant::now();
        let (mut timers, mut model) = (Timers::default(), Model::default());
        // A generator of its own, so that every run is the same.
        let mut state = 1_u64;
        let mut random = |below: u64| {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            (state >> 33) % below
        };
        for step in 0..20_000_u64 {
            let (timer, at) = (random(8), start + Duration::from_millis(random(6)));
            match random(4) {
                0 | 1 => assert_eq!(timers.start(timer, at, 5), model.start(timer, at, 5), "{step}"),
                2 => {
                    timers.cancel(timer);
                    model.cancel(timer);
                }
                _ => assert_eq!(timers.take_due(at), model.take_due(at), "{step}"),
            }
            assert_eq!(timers.next(), model.0.first().map(|(due, _)| *due), "{step}");
        }
    }
}
