//! What the supervisor decides: events in, effects out, no clock and no process.
//!
//! ```text
//!              ready                drain, leaving
//! Starting ───────────► Serving ───────────────────► Draining ──► (ended)
//!     │                    │ died                        │ too slow
//!     └─ too slow ─► Killed ◄─────────────────────────────┘
//! ```
//!
//! - Where no server serves or starts, one is started, after the pause of the [`Backoff`].
//! - A successor is started beside a server that serves and wants one, or for an upgrade, and only when nobody drains:
//!   there are never more than two servers that work.
//! - A server that has said that it is alive and does not say so for a while wants a successor, too: its process is there,
//!   but serves nobody. When it is told to drain it cannot hear that either, and is killed for being slow.
//! - Once a server is ready, all that served before drain.
//! - A successor that dies at its start leaves the others as they are. An upgrade is then given up; a server that wants
//!   a successor gets another attempt.
//! - If the very first server ends by itself before it was ready, its command line is at fault, and the supervisor ends
//!   with its code.

use std::time::{Duration, Instant};

use super::backoff::Backoff;
use super::message::Report;

/// How long a server may take until it is ready.
const START_LIMIT: Duration = Duration::from_secs(120);

/// Who looks so much too late was stopped himself, as servers are then too.
const OVERSLEPT: Duration = Duration::from_secs(2);

/// A server; never used twice.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct ServerId(u64);

#[derive(Debug)]
pub(super) enum Event {
    Said(ServerId, Report),
    Ended(ServerId, End),
    /// SIGTERM or SIGINT.
    Stop,
    /// SIGUSR2.
    Upgrade,
    /// SIGHUP.
    Reload,
    /// [`Machine::deadline`] has passed.
    Tick,
}

/// How a server ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum End {
    Code(u8),
    Signal(i32),
    /// The program could not be started.
    NotStarted,
}

#[derive(Debug, PartialEq, Eq)]
pub(super) enum Effect {
    Start(ServerId),
    Reload(ServerId),
    Drain(ServerId),
    Kill(ServerId),
    /// Say that connections are served; happens once.
    Announce,
    /// End with this code.
    Finish(u8),
}

#[derive(Debug)]
pub(super) struct Machine {
    servers: Vec<Server>,
    next_id: u64,
    backoff: Backoff,
    /// No server is started before.
    not_before: Instant,
    upgrade: bool,
    announced: bool,
    /// The code to end with, once there is a reason to end.
    ending: Option<u8>,
    /// How long a server may take to drain.
    drain_limit: Duration,
    /// How long a server may be silent that has said that it is alive.
    silence_limit: Option<Duration>,
}

#[derive(Debug)]
struct Server {
    id: ServerId,
    state: State,
}

#[derive(Debug)]
enum State {
    Starting {
        until: Instant,
    },
    /// Silent at `silent_at`, if it is heard until then.
    Serving {
        since: Instant,
        wants_successor: bool,
        silent_at: Option<Instant>,
    },
    Draining {
        until: Instant,
    },
    Killed,
}

impl Machine {
    pub(super) fn new(drain_limit: Duration, silence_limit: Option<Duration>, now: Instant) -> Self {
        Self {
            servers: Vec::new(),
            next_id: 1,
            backoff: Backoff::default(),
            not_before: now,
            upgrade: false,
            announced: false,
            ending: None,
            drain_limit,
            silence_limit,
        }
    }

    /// What has to be done now that this happened.
    pub(super) fn handle(&mut self, event: Event, now: Instant) -> Vec<Effect> {
        let mut effects = Vec::new();
        match event {
            Event::Said(id, report) => self.said(id, report, now, &mut effects),
            Event::Ended(id, end) => self.ended(id, end, now),
            Event::Stop => self.stop(now, &mut effects),
            Event::Upgrade => {
                self.upgrade = true;
                // The new program may be the one that does not crash.
                self.not_before = now;
            }
            // One that starts finds the order when it serves: it may have read its workers already.
            Event::Reload => {
                let reads = |state: &State| matches!(state, State::Starting { .. } | State::Serving { .. });
                let servers = self.servers.iter().filter(|server| reads(&server.state));
                effects.extend(servers.map(|server| Effect::Reload(server.id)));
            }
            Event::Tick => {}
        }
        self.replace_the_silent(now);
        self.kill_the_slow(now, &mut effects);
        self.start_what_is_missing(now, &mut effects);
        if let (Some(code), true) = (self.ending, self.servers.is_empty()) {
            effects.push(Effect::Finish(code));
        }
        effects
    }

    /// When [`Event::Tick`] is due.
    pub(super) fn deadline(&self) -> Option<Instant> {
        let start = self.wants_start().then_some(self.not_before);
        let limits = self.servers.iter().filter_map(|server| match server.state {
            State::Starting { until } | State::Draining { until } => Some(until),
            State::Serving { silent_at, wants_successor: false, .. } => silent_at,
            State::Serving { .. } | State::Killed => None,
        });
        limits.chain(start).min()
    }

    fn said(&mut self, id: ServerId, report: Report, now: Instant, effects: &mut Vec<Effect>) {
        let until = now + self.drain_limit;
        let Some(server) = self.servers.iter_mut().find(|server| server.id == id) else { return };
        match (report, &mut server.state) {
            (Report::Ready, State::Starting { .. }) => {
                for other in self.servers.iter_mut().filter(|other| other.serves()) {
                    other.state = State::Draining { until };
                    effects.push(Effect::Drain(other.id));
                }
                if let Some(server) = self.servers.iter_mut().find(|server| server.id == id) {
                    server.state = State::Serving { since: now, wants_successor: false, silent_at: None };
                }
                if !self.announced {
                    self.announced = true;
                    effects.push(Effect::Announce);
                }
            }
            (Report::WantsSuccessor, State::Serving { wants_successor, .. }) => *wants_successor = true,
            (Report::Alive, State::Serving { silent_at, .. }) => {
                *silent_at = self.silence_limit.map(|limit| now + limit);
            }
            (Report::Leaving, State::Serving { since, .. }) => {
                let served = now - *since;
                server.state = State::Draining { until };
                self.not_before = now + self.backoff.after_death(served);
            }
            _ => {}
        }
    }

    fn ended(&mut self, id: ServerId, end: End, now: Instant) {
        let Some(index) = self.servers.iter().position(|server| server.id == id) else { return };
        let state = self.servers.remove(index).state;
        let killed = matches!(state, State::Killed);
        let served = match state {
            State::Draining { .. } => {
                if let Some(code) = &mut self.ending {
                    *code = (*code).max(end.code());
                }
                return;
            }
            _ if self.ending.is_some() => return,
            State::Starting { .. } if !self.announced && !matches!(end, End::Signal(_)) => {
                self.ending = Some(end.code());
                return;
            }
            State::Starting { .. } | State::Killed => Duration::ZERO,
            State::Serving { since, .. } => now - since,
        };
        let pause = self.backoff.after_death(served);
        self.not_before = now + pause;
        if self.wants_start() {
            tracing::warn!(server = id.0, ?end, ?served, restart_in = ?pause, "a server died");
        } else if !killed {
            tracing::warn!(server = id.0, ?end, "a successor died at its start");
        }
    }

    fn stop(&mut self, now: Instant, effects: &mut Vec<Effect>) {
        let again = self.ending.replace(0).is_some();
        for server in &mut self.servers {
            match server.state {
                State::Serving { .. } if !again => {
                    server.state = State::Draining { until: now + self.drain_limit };
                    effects.push(Effect::Drain(server.id));
                }
                State::Draining { .. } if !again => {}
                _ => server.kill(effects),
            }
        }
        if again {
            self.ending = Some(1);
        }
    }

    fn replace_the_silent(&mut self, now: Instant) {
        for server in &mut self.servers {
            let State::Serving { silent_at: Some(at), wants_successor: wants @ false, .. } =
                &mut server.state
            else {
                continue;
            };
            match (now.checked_duration_since(*at), self.silence_limit) {
                (Some(late), Some(limit)) if late > OVERSLEPT => *at = now + limit,
                (Some(_), _) => {
                    tracing::warn!(server = server.id.0, "a server does not answer any more");
                    *wants = true;
                }
                (None, _) => {}
            }
        }
    }

    fn kill_the_slow(&mut self, now: Instant, effects: &mut Vec<Effect>) {
        for server in &mut self.servers {
            if let State::Starting { until } | State::Draining { until } = server.state
                && until <= now
            {
                tracing::warn!(server = server.id.0, state = ?server.state, "a server takes too long: killed");
                server.kill(effects);
                if let Some(code) = &mut self.ending {
                    *code = 1;
                }
            }
        }
    }

    fn start_what_is_missing(&mut self, now: Instant, effects: &mut Vec<Effect>) {
        if self.wants_start() && self.not_before <= now {
            let id = ServerId(self.next_id);
            self.next_id += 1;
            self.upgrade = false;
            self.servers.push(Server { id, state: State::Starting { until: now + START_LIMIT } });
            effects.push(Effect::Start(id));
        }
    }

    /// Whether a server is to be started, as soon as [`not_before`](Self::not_before) allows.
    fn wants_start(&self) -> bool {
        let states = || self.servers.iter().map(|server| &server.state);
        if self.ending.is_some() || states().any(|state| matches!(state, State::Starting { .. })) {
            return false;
        }
        let serving = states().find_map(|state| match state {
            State::Serving { wants_successor, .. } => Some(*wants_successor),
            _ => None,
        });
        serving.is_none_or(|wants_successor| (wants_successor || self.upgrade) && self.servers.len() == 1)
    }
}

impl Server {
    fn serves(&self) -> bool {
        matches!(self.state, State::Serving { .. })
    }

    fn kill(&mut self, effects: &mut Vec<Effect>) {
        self.state = State::Killed;
        effects.push(Effect::Kill(self.id));
    }
}

impl ServerId {
    pub(super) fn number(self) -> u64 {
        self.0
    }
}

impl End {
    fn code(self) -> u8 {
        match self {
            Self::Code(code) => code,
            Self::Signal(_) | Self::NotStarted => 1,
        }
    }
}

#[cfg(test)]
#[path = "machine_tests.rs"]
mod tests;
