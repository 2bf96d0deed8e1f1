//! What the server needs of a pool.

use exec::{Event, Outcome, TenantBudget, Termination};

use super::explain::Explainer;
use crate::IsolatePool;
use crate::workers::Worker;

/// Executes the events that the server makes of requests. Implemented by [`IsolatePool`]; a test puts
/// something simpler here.
pub trait Backend: Send + Sync + 'static {
    /// Runs one event. Dropping the future aborts it.
    fn execute(
        &self,
        worker: &Worker,
        event: Event,
    ) -> impl Future<Output = Result<Outcome, Termination>> + Send;

    /// What the body of a request to this worker is charged to. Without an implementation: to nobody.
    fn budget(&self, worker: &Worker) -> TenantBudget {
        let _ = worker;
        TenantBudget::unlimited()
    }

    /// Who explains to clients why they have no answer. Without an implementation: nobody, the server says what it says.
    fn explainer(&self) -> Option<&dyn Explainer> {
        None
    }

    /// Refuses new events and waits for those in flight.
    fn shutdown(&self) -> impl Future<Output = ()> + Send;
}

impl Backend for IsolatePool {
    async fn execute(&self, worker: &Worker, event: Event) -> Result<Outcome, Termination> {
        let (script, operations) = (worker.script(), worker.operations());
        match worker.place() {
            Some(version) => self.execute_version(version, script, operations, event).await,
            None => Self::execute(self, worker.id(), script, operations, event).await,
        }
    }

    fn budget(&self, worker: &Worker) -> TenantBudget {
        match worker.place() {
            Some(version) => version.budget().clone(),
            None => Self::budget(self, worker.id()),
        }
    }

    async fn shutdown(&self) {
        Self::shutdown(self).await;
    }
}
