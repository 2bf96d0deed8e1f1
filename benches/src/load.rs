//! Load: many clients, each of which sends its next request when it has the answer to the last one.
//!
//! A *scenario* says who asks for what, a *mode* how the requests get to their isolates. One process runs one scenario
//! in one mode, so that its resident memory is that mode's. All modes of a row have the same number of isolates in all
//! and do the same work; every answer is checked; threads are started before the clock is.

mod backend;
mod border;
mod clients;
mod contention;
mod fairness;
mod handler;
mod measurement;
mod mode;
mod neighbour;
mod original;
mod scaling;
mod scenario;
mod zipf;

pub use measurement::Measurement;

use contention::contention;
use scaling::scaling;
use scenario::Scenario;

/// What can be run: one scenario in one mode.
pub struct Point {
    /// The line of the table.
    pub row: String,
    /// The way of doing it.
    pub mode: &'static str,
    /// What the pool was told, for the reader of the table.
    pub settings: String,
    /// What a mode is compared by with the first mode of its row.
    pub compared_by: ComparedBy,
    run: Box<dyn FnOnce() -> Measurement>,
}

/// What a ratio is made of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ComparedBy {
    /// Requests per second of the first mode, divided by those of this one.
    Rate,
    /// The 99th percentile of this mode, divided by that of the first.
    Tail,
}

impl ComparedBy {
    /// As it is written in lists.
    pub fn name(self) -> &'static str {
        match self {
            Self::Rate => "rate",
            Self::Tail => "tail",
        }
    }
}

impl Point {
    /// Runs it. Once per process: what a run leaves behind would count in the memory of the next.
    pub fn run(self) -> Measurement {
        (self.run)()
    }
}

/// How much is run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Size {
    /// All of it.
    Full,
    /// A few points, as short as can be: to see that they work.
    Smoke,
}

/// The points of a table, in its order; `None` if there is no table of that name.
pub fn points(table: &str, size: Size) -> Option<Vec<Point>> {
    let of = |scenarios: Vec<Scenario>| scenarios.into_iter().flat_map(Scenario::points).collect::<Vec<_>>();
    match table {
        "contention" => {
            let mut points = of(contention(size));
            points.extend(fairness::points(size));
            Some(points)
        }
        "scaling" => Some(of(scaling(size))),
        "crypto" => {
            let mut points = neighbour::points(size);
            points.extend(border::points(size));
            Some(points)
        }
        _ => None,
    }
}
