//! Answers for people where no worker has answered: the body of the server's own answers, by whoever knows more than the
//! server. For development; a server without an [`Explainer`] does nothing for it.

use std::fmt::Debug;

use exec::Termination;
use http::header::{ACCEPT, CACHE_CONTROL, CONTENT_TYPE, HeaderValue};
use http::{Method, Request, Uri};

use super::response::HttpResponse;
use crate::workers::Worker;

/// Explains to clients, and to the log, why they have no answer of a worker.
pub trait Explainer: Send + Sync {
    /// The body of the answer; status and other headers are the server's. `None` leaves the body to the server, and with
    /// it the line of log for a request that was terminated.
    fn explain(&self, asked: &Asked, why: Unanswered<'_>) -> Option<Explanation>;
}

/// A request that has no answer of a worker.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Asked {
    /// Its method.
    pub method: Method,
    /// Its target.
    pub uri: Uri,
    /// What its client wants to get, as it says in `Accept`.
    pub accept: Option<HeaderValue>,
}

/// Why a request has no answer of a worker.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub enum Unanswered<'a> {
    /// There is no worker for it.
    NoWorker,
    /// The execution ended without one.
    Terminated {
        /// The version that was asked.
        worker: &'a Worker,
        /// How it ended.
        termination: &'a Termination,
    },
}

/// The body of an answer.
#[derive(Clone, Debug)]
pub struct Explanation {
    /// Its `Content-Type`.
    pub content_type: HeaderValue,
    /// The text.
    pub body: String,
}

impl Asked {
    pub(super) fn of<B>(request: &Request<B>) -> Self {
        Self {
            method: request.method().clone(),
            uri: request.uri().clone(),
            accept: request.headers().get(ACCEPT).cloned(),
        }
    }
}

impl Explanation {
    /// In the place of the body of `response`.
    pub(super) fn explain(self, response: HttpResponse) -> HttpResponse {
        let (mut parts, _) = response.into_parts();
        parts.headers.insert(CONTENT_TYPE, self.content_type);
        parts.headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
        HttpResponse::from_parts(parts, self.body.into())
    }
}
