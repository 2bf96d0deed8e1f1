//! The operations of a worker's version, with an ear for what it logs and uses.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

use exec::{FetchRequest, FetchResponse, LogRecord, OperationError, OperationsHandler, RequestUsage};

use super::feed::{Feed, FeedEvent};
use super::requests::{RequestCounts, RequestTimes};

/// Passes everything on.
pub(super) struct Tap {
    pub(super) inner: Arc<dyn OperationsHandler>,
    pub(super) version: Arc<str>,
    pub(super) feed: Arc<Feed>,
    pub(super) requests: Arc<RequestCounts>,
    pub(super) times: Arc<RequestTimes>,
}

/// What `async_trait` makes of a method, without a box of its own.
type Fetch<'a> = Pin<Box<dyn Future<Output = Result<FetchResponse, OperationError>> + Send + 'a>>;

impl OperationsHandler for Tap {
    fn handle_fetch<'a, 'b>(&'a self, request: FetchRequest) -> Fetch<'b>
    where
        'a: 'b,
        Self: 'b,
    {
        self.inner.handle_fetch(request)
    }

    fn handle_log(&self, record: LogRecord) {
        self.feed.tell(&self.version, || FeedEvent::console(&record));
        self.inner.handle_log(record);
    }

    fn handle_end(&self, usage: RequestUsage) {
        self.requests.used(usage.cpu + usage.startup_cpu);
        if usage.has_event {
            self.times.cpu.record(usage.cpu);
        }
        self.inner.handle_end(usage);
    }
}
