//! What a worker does outside of its isolate while it is developed: as in a server, and its console is for a person.

use async_trait::async_trait;
use exec::{FetchRequest, FetchResponse, LogLevel, LogRecord, OperationError, OperationsHandler};
use runner::operations::HttpOperations;

use crate::cli::logging;

/// The operations of one worker.
pub(super) struct DevOperations {
    operations: HttpOperations,
    worker: String,
}

impl DevOperations {
    pub(super) fn new(operations: HttpOperations, worker: impl Into<String>) -> Self {
        Self { operations, worker: worker.into() }
    }
}

#[async_trait]
impl OperationsHandler for DevOperations {
    async fn handle_fetch(&self, request: FetchRequest) -> Result<FetchResponse, OperationError> {
        self.operations.handle_fetch(request).await
    }

    fn handle_log(&self, record: LogRecord) {
        if !logging::is_for_people() {
            return self.operations.handle_log(record);
        }
        let (worker, message) = (self.worker.as_str(), record.message);
        match record.level {
            LogLevel::Debug => tracing::debug!(target: "worker", worker, message),
            LogLevel::Info => tracing::info!(target: "worker", worker, message),
            LogLevel::Warn => tracing::warn!(target: "worker", worker, message),
            LogLevel::Error => tracing::error!(target: "worker", worker, message),
        }
    }
}
