//! What workers may do outside of their isolate: `fetch()` and the console.
//!
//! One [`FetchClient`] with its threads for name resolution serves the whole process; [`HttpOperations`] has the
//! connections of one worker and carries its name. What a tenant sees of a failure is one of a few neutral sentences;
//! host names, addresses and library errors go to the log.

mod client;
mod connect;
mod connections;
mod error;
mod fetched_body;
mod policy;
mod ports;
mod redirect;
mod resolver;

use std::fmt;
use std::sync::Arc;

use async_trait::async_trait;
use exec::{FetchRequest, FetchResponse, LogLevel, LogRecord, OperationError, OperationsHandler};

use client::TenantClient;
pub use client::{FetchClient, FetchOptions};
pub use policy::FetchPolicy;

use crate::plain_text::is_unsafe;

/// The operations of one worker. Clones share its connections.
#[derive(Clone, Debug)]
pub struct HttpOperations {
    client: Arc<TenantClient>,
    worker: Arc<str>,
}

impl HttpOperations {
    /// The operations of the worker of this name. Make them once for each worker: its connections and what it knows of
    /// names are in here.
    pub fn new(client: &FetchClient, worker: impl Into<Arc<str>>) -> Self {
        Self { client: Arc::new(client.tenant()), worker: worker.into() }
    }
}

#[async_trait]
impl OperationsHandler for HttpOperations {
    async fn handle_fetch(&self, request: FetchRequest) -> Result<FetchResponse, OperationError> {
        let (method, uri) = (request.request.method().clone(), request.request.uri().clone());
        self.client.fetch(request).await.map_err(|error| {
            let error = OperationError::from(error);
            tracing::info!(worker = %self.worker, %method, %uri, error = %error.detail, "fetch failed");
            error
        })
    }

    fn handle_log(&self, record: LogRecord) {
        let (worker, message) = (&self.worker, OneLine(&record.message));
        match record.level {
            LogLevel::Debug => tracing::debug!(target: "worker", %worker, "{message}"),
            LogLevel::Info => tracing::info!(target: "worker", %worker, "{message}"),
            LogLevel::Warn => tracing::warn!(target: "worker", %worker, "{message}"),
            LogLevel::Error => tracing::error!(target: "worker", %worker, "{message}"),
        }
    }
}

/// A tenant's text, made safe for the operator's log: control and format characters are escaped, so that no tenant can
/// forge a line, drive a terminal or have it shown otherwise than it is, and the length is bounded.
struct OneLine<'a>(&'a str);

impl OneLine<'_> {
    const MAX_CHARS: usize = 8192;
}

impl fmt::Display for OneLine<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        use fmt::Write;
        let mut chars = self.0.chars();
        for c in chars.by_ref().take(Self::MAX_CHARS) {
            if is_unsafe(c) { write!(f, "{}", c.escape_default())? } else { f.write_char(c)? }
        }
        if chars.next().is_some() { f.write_str("…") } else { Ok(()) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tenants_log_line_stays_one_line() {
        assert_eq!(OneLine("a\nb\u{1b}[31mé").to_string(), "a\\nb\\u{1b}[31mé");
        assert_eq!(OneLine("a\u{202e}b\u{2028}").to_string(), "a\\u{202e}b\\u{2028}");
        assert_eq!(OneLine(&"x".repeat(9000)).to_string().chars().count(), OneLine::MAX_CHARS + 1);
    }
}
