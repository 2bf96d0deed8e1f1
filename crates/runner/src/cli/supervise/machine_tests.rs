use super::Effect::{Announce, Drain, Finish, Kill, Reload, Start};
use super::*;

const DRAIN: Duration = Duration::from_secs(20);
const SILENCE: Duration = Duration::from_secs(10);

/// A machine with a clock that stands still until it is moved.
struct World {
    machine: Machine,
    now: Instant,
}

impl World {
    fn new() -> Self {
        let now = Instant::now();
        Self { machine: Machine::new(DRAIN, Some(SILENCE), now), now }
    }

    /// With server 1 serving.
    fn serving() -> Self {
        let mut world = Self::new();
        assert_eq!(world.event(Event::Tick), [Start(ServerId(1))]);
        assert_eq!(world.said(1, Report::Ready), [Announce]);
        world
    }

    fn event(&mut self, event: Event) -> Vec<Effect> {
        self.machine.handle(event, self.now)
    }

    fn said(&mut self, id: u64, report: Report) -> Vec<Effect> {
        self.event(Event::Said(ServerId(id), report))
    }

    fn ended(&mut self, id: u64, end: End) -> Vec<Effect> {
        self.event(Event::Ended(ServerId(id), end))
    }

    /// Waits until the machine wants to be woken; returns for how long, and what it did.
    fn wait(&mut self) -> (Duration, Vec<Effect>) {
        let before = self.now;
        self.now = self.machine.deadline().expect("a deadline").max(before);
        (self.now - before, self.event(Event::Tick))
    }
}

#[test]
fn every_server_that_goes_on_reads_its_workers_again() {
    let mut world = World::serving();
    assert_eq!(world.event(Event::Reload), [Reload(ServerId(1))]);
    assert_eq!(world.event(Event::Upgrade), [Start(ServerId(2))]);
    assert_eq!(world.event(Event::Reload), [Reload(ServerId(1)), Reload(ServerId(2))]);
    assert_eq!(world.said(2, Report::Ready), [Drain(ServerId(1))]);
    assert_eq!(world.event(Event::Reload), [Reload(ServerId(2))]);
    assert_eq!(world.event(Event::Stop), [Drain(ServerId(2))]);
    assert_eq!(world.event(Event::Reload), []);
}

#[test]
fn a_server_that_dies_is_started_again_at_once() {
    let mut world = World::serving();
    for id in 1..5 {
        world.now += Duration::from_secs(60);
        assert_eq!(world.ended(id, End::Signal(9)), [Start(ServerId(id + 1))]);
        assert_eq!(world.said(id + 1, Report::Ready), []);
    }
    assert_eq!(world.machine.deadline(), None);
    // However it ended: nobody asked it to.
    world.now += Duration::from_secs(60);
    assert_eq!(world.ended(5, End::Code(0)), [Start(ServerId(6))]);
}

#[test]
fn a_crash_loop_waits_longer_and_longer() {
    let mut world = World::serving();
    assert_eq!(world.ended(1, End::Signal(6)), [Start(ServerId(2))]);
    for (id, pause) in (2..).zip([100, 200, 400]) {
        assert_eq!(world.ended(id, End::Code(1)), []);
        assert_eq!(world.wait(), (Duration::from_millis(pause), vec![Start(ServerId(id + 1))]));
    }
    // It was not healthy for long enough.
    assert_eq!(world.said(5, Report::Ready), []);
    world.now += Duration::from_secs(59);
    assert_eq!(world.ended(5, End::Signal(9)), []);
    // A new program is tried at once.
    assert_eq!(world.event(Event::Upgrade), [Start(ServerId(6))]);
}

#[test]
fn a_first_server_that_cannot_start_ends_the_supervisor() {
    for (end, code) in [(End::Code(2), 2), (End::Code(1), 1), (End::NotStarted, 1)] {
        let mut world = World::new();
        world.event(Event::Tick);
        assert_eq!(world.ended(1, end), [Finish(code)]);
    }
    let mut world = World::new();
    world.event(Event::Tick);
    assert_eq!(world.ended(1, End::Signal(11)), [Start(ServerId(2))]);
    // Later ones are tried for ever.
    let mut world = World::serving();
    world.ended(1, End::Signal(9));
    assert_eq!(world.ended(2, End::Code(2)), []);
    assert_eq!(world.wait().1, [Start(ServerId(3))]);
}

#[test]
fn an_upgrade_drains_the_old_server_once_the_new_one_is_ready() {
    let mut world = World::serving();
    assert_eq!(world.event(Event::Upgrade), [Start(ServerId(2))]);
    // One at a time: this one has to wait for the end of the drain.
    assert_eq!(world.event(Event::Upgrade), []);
    assert_eq!(world.said(2, Report::Ready), [Drain(ServerId(1))]);
    assert_eq!(world.ended(1, End::Code(0)), [Start(ServerId(3))]);
    assert_eq!(world.said(3, Report::Ready), [Drain(ServerId(2))]);
    assert_eq!(world.ended(2, End::Code(0)), []);
    assert_eq!(world.machine.deadline(), None);
}

#[test]
fn an_upgrade_that_fails_changes_nothing() {
    let mut world = World::serving();
    world.event(Event::Upgrade);
    assert_eq!(world.ended(2, End::Code(2)), []);
    assert_eq!(world.machine.deadline(), None);
    world.event(Event::Upgrade);
    assert_eq!(world.ended(3, End::NotStarted), []);
    assert_eq!(world.machine.deadline(), None);
}

#[test]
fn a_server_that_wants_a_successor_gets_one_sooner_or_later() {
    let mut world = World::serving();
    assert_eq!(world.said(1, Report::WantsSuccessor), [Start(ServerId(2))]);
    assert_eq!(world.said(1, Report::WantsSuccessor), []);
    assert_eq!(world.ended(2, End::Signal(9)), [Start(ServerId(3))]);
    assert_eq!(world.ended(3, End::Signal(9)), []);
    assert_eq!(world.wait(), (Duration::from_millis(100), vec![Start(ServerId(4))]));
    assert_eq!(world.said(4, Report::Ready), [Drain(ServerId(1))]);
    // The new one has lost memory too: not before the old one is gone.
    assert_eq!(world.said(4, Report::WantsSuccessor), []);
    assert_eq!(world.ended(1, End::Code(75)), [Start(ServerId(5))]);
}

#[test]
fn a_death_while_the_successor_starts_needs_no_third_server() {
    let mut world = World::serving();
    world.event(Event::Upgrade);
    assert_eq!(world.ended(1, End::Signal(11)), []);
    assert_eq!(world.said(2, Report::Ready), []);
    assert_eq!(world.machine.deadline(), None);
}

#[test]
fn a_server_that_falls_silent_is_replaced_and_then_killed() {
    let mut world = World::serving();
    assert_eq!(world.machine.deadline(), None, "one that never said that it lives is of an older version");
    for _ in 0..3 {
        assert_eq!(world.said(1, Report::Alive), []);
        world.now += SILENCE / 2;
        assert_eq!(world.event(Event::Tick), []);
    }
    assert_eq!(world.wait(), (SILENCE / 2, vec![Start(ServerId(2))]));
    // It is not heard of any more, also if it is late; and the successor is not judged before it serves.
    assert_eq!(world.said(1, Report::Alive), []);
    assert_eq!(world.said(2, Report::Alive), []);
    world.now += SILENCE;
    assert_eq!(world.event(Event::Tick), []);
    assert_eq!(world.said(2, Report::Ready), [Drain(ServerId(1))]);
    assert_eq!(world.wait(), (DRAIN, vec![Kill(ServerId(1))]));
    assert_eq!(world.ended(1, End::Signal(9)), []);
    assert_eq!(world.machine.deadline(), None);
}

#[test]
fn a_silent_server_is_replaced_again_if_its_successor_dies() {
    let mut world = World::serving();
    world.said(1, Report::Alive);
    assert_eq!(world.wait(), (SILENCE, vec![Start(ServerId(2))]));
    assert_eq!(world.ended(2, End::Code(1)), [Start(ServerId(3))]);
    assert_eq!(world.said(3, Report::Ready), [Drain(ServerId(1))]);
}

#[test]
fn a_supervisor_that_was_stopped_itself_hears_servers_again_first() {
    let mut world = World::serving();
    world.said(1, Report::Alive);
    world.now += 10 * SILENCE;
    assert_eq!(world.event(Event::Tick), []);
    assert_eq!(world.said(1, Report::Alive), []);
    assert_eq!(world.wait(), (SILENCE, vec![Start(ServerId(2))]));
}

#[test]
fn without_a_limit_a_server_may_be_silent() {
    let mut world = World::serving();
    world.machine.silence_limit = None;
    assert_eq!(world.said(1, Report::Alive), []);
    assert_eq!(world.machine.deadline(), None);
}

#[test]
fn a_server_that_leaves_by_itself_is_replaced_while_it_drains() {
    let mut world = World::serving();
    assert_eq!(world.said(1, Report::Leaving), [Start(ServerId(2))]);
    assert_eq!(world.said(2, Report::Ready), []);
    assert_eq!(world.ended(1, End::Code(0)), []);
}

#[test]
fn who_takes_too_long_is_killed() {
    let mut world = World::serving();
    world.event(Event::Upgrade);
    assert_eq!(world.wait(), (START_LIMIT, vec![Kill(ServerId(2))]));
    assert_eq!(world.ended(2, End::Signal(9)), []);
    assert_eq!(world.machine.deadline(), None);
    world.event(Event::Upgrade);
    world.said(3, Report::Ready);
    assert_eq!(world.wait(), (DRAIN, vec![Kill(ServerId(1))]));
    assert_eq!(world.machine.deadline(), None);
    assert_eq!(world.said(1, Report::Ready), []);
    assert_eq!(world.ended(1, End::Signal(9)), []);
}

#[test]
fn a_stop_drains_and_ends_with_the_code_of_the_server() {
    for (end, code) in [(End::Code(0), 0), (End::Code(1), 1), (End::Signal(9), 1)] {
        let mut world = World::serving();
        assert_eq!(world.event(Event::Stop), [Drain(ServerId(1))]);
        assert_eq!(world.event(Event::Upgrade), []);
        assert_eq!(world.ended(1, end), [Finish(code)]);
    }
    let mut world = World::serving();
    world.event(Event::Stop);
    assert_eq!(world.wait(), (DRAIN, vec![Kill(ServerId(1))]));
    assert_eq!(world.ended(1, End::Signal(9)), [Finish(1)]);
}

#[test]
fn a_stop_starts_nothing_and_kills_what_is_not_ready() {
    let mut world = World::serving();
    world.event(Event::Upgrade);
    assert_eq!(world.event(Event::Stop), [Drain(ServerId(1)), Kill(ServerId(2))]);
    assert_eq!(world.ended(2, End::Signal(9)), []);
    assert_eq!(world.ended(1, End::Code(0)), [Finish(0)]);

    let mut world = World::serving();
    world.ended(1, End::Signal(9));
    world.ended(2, End::Signal(9));
    assert_eq!(world.event(Event::Stop), [Finish(0)]);
}

#[test]
fn a_second_stop_kills() {
    let mut world = World::serving();
    world.event(Event::Upgrade);
    world.said(2, Report::Ready);
    assert_eq!(world.event(Event::Stop), [Drain(ServerId(2))]);
    assert_eq!(world.event(Event::Stop), [Kill(ServerId(1)), Kill(ServerId(2))]);
    assert_eq!(world.ended(1, End::Signal(9)), []);
    assert_eq!(world.ended(2, End::Signal(9)), [Finish(1)]);
}
