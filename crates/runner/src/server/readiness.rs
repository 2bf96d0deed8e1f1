//! Whether a server wants more requests.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// What a readiness probe asks: whether a server wants more requests. Clones are of the same server; the default is of
/// none, and leaves when somebody says so.
#[derive(Clone, Debug, Default)]
pub struct Readiness {
    /// Orders nothing else, hence `Relaxed`.
    leaving: Arc<AtomicBool>,
}

impl Readiness {
    /// Whether the server was asked to stop. It may still accept connections: see
    /// [`ServerOptions::lame_duck`](super::ServerOptions::lame_duck).
    pub fn is_leaving(&self) -> bool {
        self.leaving.load(Ordering::Relaxed)
    }

    /// From here on it is leaving. A server says so itself once it was asked to stop.
    pub fn leave(&self) {
        self.leaving.store(true, Ordering::Relaxed);
    }
}
