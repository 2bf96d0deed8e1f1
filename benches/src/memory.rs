//! What a process, an isolate, a context, a worker, a connection take of the memory.
//!
//! Each *part* is measured in a process of its own, so that none finds what another has left. A part makes some pieces,
//! looks at the process, makes many more, and looks again: what came in between, divided by their number, is what one
//! takes. What there is once, however many pieces there are, is there before the first look.

mod clients;
mod connections;
mod footprint;
mod isolates;
mod process;
mod row;
mod workers;

use std::thread;
use std::time::Duration;

pub use clients::{Kind, hold};
pub use footprint::{Difference, Footprint};
pub use row::Row;

/// How it is measured.
#[derive(Clone, Copy, Debug)]
pub struct Plan {
    /// Pieces between the two looks.
    pub pieces: usize,
    /// Whether to wait until everybody has given back what they do not need.
    pub is_patient: bool,
}

/// A part: its name, and what measures it.
pub type Part = (&'static str, fn(&Plan) -> Vec<Row>);

/// All of them, in the order of the page.
pub const PARTS: [Part; 12] = [
    ("process", process::measure),
    ("bare isolates", isolates::bare),
    ("isolates", isolates::without_snapshot),
    ("spares", isolates::from_snapshot),
    ("contexts", isolates::contexts),
    ("workers", workers::measure),
    ("requests", workers::in_flight),
    ("silent connections", |plan| connections::measure(plan, Kind::Silent)),
    ("connections", |plan| connections::measure(plan, Kind::Http1)),
    ("uploads", |plan| connections::measure(plan, Kind::Upload)),
    ("HTTP/2", |plan| connections::measure(plan, Kind::Http2)),
    ("TLS", |plan| connections::measure(plan, Kind::Tls)),
];

/// Pieces that are made before the first look.
const FIRST: usize = 8;

/// V8 keeps pages for 8 s, jemalloc for 10 s, before they go back to the system.
const GIVEN_BACK: Duration = Duration::from_secs(14);

impl Plan {
    /// A plan that is over in a moment, to see that it works.
    pub const QUICK: Self = Self { pieces: 4, is_patient: false };

    /// As large as it takes to see single KiB.
    pub const FULL: Self = Self { pieces: 200, is_patient: true };

    /// Waits until what is not needed has been given back.
    fn rest(&self) {
        if self.is_patient {
            thread::sleep(GIVEN_BACK);
        }
    }

    /// For pieces that are small.
    fn many(&self) -> usize {
        if self.is_patient { 5 * self.pieces } else { self.pieces }
    }
}
