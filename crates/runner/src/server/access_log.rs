//! The access log: a line for each request when it ends, also when its client went away before.
//!
//! Events of `tracing` with the target `access`, at `info`. What a client has chosen is recorded as a string, which all of
//! the subscriber's formats escape, and is bounded.

use std::net::IpAddr;
use std::sync::Arc;
use std::time::Instant;

use http::{Method, Request, StatusCode};
use hyper::body::Body as _;
use serde::{Deserialize, Serialize};

use super::response::HttpResponse;
use crate::workers::Worker;

/// Characters of a path, or of a path with its query, at most.
const MAX_TARGET: usize = 2048;

/// What the access log has. Without one, a request costs nothing here.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum AccessLog {
    /// No access log.
    #[default]
    Off,
    /// A line for each request, with the path and without the query: queries have what logs must not have.
    Path,
    /// The same with the query.
    Query,
}

/// The line of a request, written when it is dropped.
pub(super) struct AccessLine(Option<Box<Line>>);

struct Line {
    started: Instant,
    client: Option<IpAddr>,
    method: Method,
    target: String,
    worker: Option<Arc<Worker>>,
    /// The status, and the bytes of the body. `None` if the client went away before there was an answer.
    answer: Option<(StatusCode, u64)>,
}

impl AccessLine {
    pub(super) fn new<B>(log: AccessLog, request: &Request<B>, client: Option<IpAddr>) -> Self {
        let target = match log {
            AccessLog::Off => return Self(None),
            AccessLog::Path => request.uri().path(),
            AccessLog::Query => request.uri().path_and_query().map_or("", |target| target.as_str()),
        };
        Self(Some(Box::new(Line {
            started: Instant::now(),
            client,
            method: request.method().clone(),
            target: target.chars().take(MAX_TARGET).collect(),
            worker: None,
            answer: None,
        })))
    }

    /// The request goes to this worker.
    pub(super) fn routed(&mut self, worker: &Arc<Worker>) {
        if let Some(line) = &mut self.0 {
            line.worker = Some(Arc::clone(worker));
        }
    }

    /// The request has this answer.
    pub(super) fn answered(&mut self, response: &HttpResponse) {
        if let Some(line) = &mut self.0 {
            line.answer = Some((response.status(), response.body().size_hint().lower()));
        }
    }

    /// So many bytes of a body were sent that streams.
    pub(super) fn sent(&mut self, sent: u64) {
        if let Some((_, bytes)) = self.0.as_mut().and_then(|line| line.answer.as_mut()) {
            *bytes = sent;
        }
    }
}

impl Drop for Line {
    fn drop(&mut self) {
        let duration_ms = self.started.elapsed().as_micros() as f64 / 1000.0;
        let client = self.client.map(tracing::field::display);
        let (method, path) = (self.method.as_str(), self.target.as_str());
        let worker = self.worker.as_deref().map(Worker::id);
        let version = self.worker.as_deref().map(Worker::version);
        match self.answer {
            Some((status, bytes)) => {
                let status = status.as_u16();
                tracing::info!(
                    target: "access",
                    worker, version, client, method, path, status, bytes, duration_ms, "request"
                );
            }
            None => tracing::info!(
                target: "access",
                worker, version, client, method, path, duration_ms, "request given up by its client"
            ),
        }
    }
}
