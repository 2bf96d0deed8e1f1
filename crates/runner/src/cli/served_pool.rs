//! The pool behind the server, with statistics of the program.

use exec::{Event, Outcome, TenantBudget, Termination};
use runner::IsolatePool;
use runner::server::Backend;
use runner::workers::Worker;
use serde_json::Value;

use super::logging;

/// A pool whose statistics also tell of the log.
pub(super) struct ServedPool(pub(super) IsolatePool);

impl Backend for ServedPool {
    async fn execute(&self, worker: &Worker, event: Event) -> Result<Outcome, Termination> {
        Backend::execute(&self.0, worker, event).await
    }

    fn budget(&self, worker: &Worker) -> TenantBudget {
        Backend::budget(&self.0, worker)
    }

    fn stats(&self) -> Value {
        let mut stats = Backend::stats(&self.0);
        if let Value::Object(stats) = &mut stats {
            stats.insert("log".to_owned(), logging::missing_lines());
        }
        stats
    }

    async fn shutdown(&self) {
        Backend::shutdown(&self.0).await;
    }
}
