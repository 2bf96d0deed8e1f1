//! Who asks for what, and for how long.

use std::time::Duration;

use crate::load::handler::Work;
use crate::load::mode::Mode;
use crate::load::zipf::Zipf;
use crate::load::{ComparedBy, Point, clients};

/// Requests that make one isolate warm.
const WARM: usize = 200;

/// A row of the table.
#[derive(Clone, Debug)]
pub(crate) struct Scenario {
    pub(crate) row: String,
    pub(crate) clients: Clients,
    /// In all, whatever the mode.
    pub(crate) isolates: usize,
    /// Requests that may share an isolate, in the modes that share.
    pub(crate) in_flight: usize,
    pub(crate) workers: Workers,
    pub(crate) work: Work,
    /// How long the handler waits for a timer.
    pub(crate) awaited: Duration,
    pub(crate) extent: Extent,
    pub(crate) modes: Vec<Mode>,
}

/// Threads with a runtime each, and on each so many clients.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Clients {
    pub(crate) threads: usize,
    pub(crate) per_thread: usize,
}

impl Clients {
    pub(crate) fn threads(threads: usize) -> Self {
        Self { threads, per_thread: 1 }
    }

    pub(crate) fn count(self) -> usize {
        self.threads * self.per_thread
    }
}

/// Which worker a client asks for.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Workers {
    /// So many of its own, one after the other.
    Own(usize),
    /// Always the same of so many; clients are spread over them evenly.
    Spread(usize),
    /// So many, the same for all clients, one after the other from a place of its own.
    Shared(usize),
    /// One of so many, by popularity.
    Popular(usize),
}

#[derive(Clone, Copy, Debug)]
pub(crate) enum Extent {
    /// So many requests of each client, of a new pool each time.
    Passes { passes: usize, requests: usize, state: State },
    /// As many as it takes, of a pool that is warm.
    Time(Duration),
}

/// Of the pool, when the clock starts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum State {
    /// Spares are ready. Nobody has asked for a worker yet.
    Cold,
    /// Every client has asked for its workers.
    Warm,
}

impl Scenario {
    pub(crate) fn points(self) -> Vec<Point> {
        let point = |mode: &Mode| {
            let (mode, scenario) = (*mode, self.clone());
            Point {
                row: self.row.clone(),
                mode: mode.name(),
                settings: mode.settings(&self),
                compared_by: ComparedBy::Rate,
                run: Box::new(move || clients::run(&scenario, mode)),
            }
        };
        self.modes.iter().map(point).collect()
    }
}

impl Workers {
    /// How many there are, for so many clients.
    pub(crate) fn count(self, clients: usize) -> usize {
        match self {
            Self::Own(count) => count * clients,
            Self::Spread(count) | Self::Shared(count) | Self::Popular(count) => count,
        }
    }

    /// The numbers of the workers that a client asks for, in order and without end.
    pub(crate) fn of_client(self, client: usize) -> Box<dyn Iterator<Item = usize> + Send> {
        match self {
            Self::Own(count) => Box::new((client * count..(client + 1) * count).cycle()),
            Self::Spread(count) => Box::new(std::iter::repeat(client % count)),
            Self::Shared(count) => Box::new((0..count).cycle().skip(client * 7 % count)),
            Self::Popular(count) => {
                let mut zipf = Zipf::new(count, client as u64 + 1);
                Box::new(std::iter::repeat_with(move || zipf.draw()))
            }
        }
    }

    /// What a client asks for before the clock starts, if the pool is to be warm. `isolates` serve the workers, and a
    /// worker may have an isolate on each of `threads`, which take the requests in turn.
    pub(crate) fn to_warm(
        self,
        client: usize,
        clients: usize,
        isolates: usize,
        threads: usize,
    ) -> Vec<usize> {
        match self {
            // So often that V8 has optimised what runs in a loop.
            Self::Spread(count) => {
                self.of_client(client).take((WARM * count / clients).max(threads)).collect()
            }
            Self::Own(count) => self.of_client(client).take(count * threads).collect(),
            // The first client does it for all, the most popular last.
            Self::Shared(count) | Self::Popular(count) if client == 0 => {
                let resident = (0..count.min(isolates / threads)).rev();
                resident.flat_map(|worker| std::iter::repeat_n(worker, threads)).collect()
            }
            Self::Shared(_) | Self::Popular(_) => vec![],
        }
    }
}
