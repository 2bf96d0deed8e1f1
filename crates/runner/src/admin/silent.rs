//! Connections that have sent no request yet.
//!
//! A listener that other machines reach has a bound on its connections, and anybody can open them all. So the oldest of
//! these makes room for the next client: who has something to ask does so at once.

use std::collections::BTreeMap;
use std::future::Future;
use std::sync::Arc;

use parking_lot::Mutex;
use tokio::task::AbortHandle;

/// The connections, the oldest first. Clones are the same.
#[derive(Clone, Debug, Default)]
pub(super) struct SilentConnections(Arc<Mutex<State>>);

#[derive(Debug, Default)]
struct State {
    next: u64,
    tasks: BTreeMap<u64, AbortHandle>,
}

/// A connection's place among them. It has spoken when this is dropped.
#[derive(Debug)]
pub(super) struct Silence {
    all: SilentConnections,
    id: u64,
}

impl SilentConnections {
    /// Runs a connection on the current runtime.
    pub(super) fn spawn<F>(&self, connection: impl FnOnce(Silence) -> F)
    where
        F: Future<Output = ()> + Send + 'static,
    {
        // Whoever ends first waits for the lock.
        let mut state = self.0.lock();
        let id = state.next;
        state.next += 1;
        let task = tokio::spawn(connection(Silence { all: self.clone(), id }));
        state.tasks.insert(id, task.abort_handle());
    }

    /// Ends the oldest one.
    pub(super) fn end_oldest(&self) {
        let oldest = self.0.lock().tasks.pop_first();
        if let Some((_, task)) = oldest {
            task.abort();
        }
    }
}

impl Drop for Silence {
    fn drop(&mut self) {
        self.all.0.lock().tasks.remove(&self.id);
    }
}
