//! What is asked for, and who answers it.

use std::time::Duration;

use bytes::Bytes;
use http::request::Parts;
use http::{Method, Request, StatusCode};
use http_body_util::{BodyExt, LengthLimitError, Limited};
use hyper::body::{Body as _, Incoming};
use percent_encoding::percent_decode_str;
use serde_json::json;
use tokio::runtime::Handle;
use tokio::sync::Notify;
use tokio::time::timeout;

use super::access::Access;
use super::answer::{Answer, Refusal, of_json, of_text};
use super::{deployments, metrics};
use crate::IsolatePool;
use crate::server::Readiness;
use crate::workers::Workers;

/// The longest body that is no script, in bytes.
const MAX_BODY: usize = 64 << 10;

/// How long a body may take.
const BODY_TIMEOUT: Duration = Duration::from_secs(30);

/// What all connections share.
pub(super) struct Shared {
    pub(super) access: Access,
    pub(super) pool: IsolatePool,
    pub(super) workers: Workers,
    pub(super) statistics: Box<dyn Fn() -> serde_json::Value + Send + Sync>,
    /// The runtime that changes of what is deployed run on.
    pub(super) changes: Handle,
    /// Of the server.
    pub(super) readiness: Readiness,
    pub(super) drain: Notify,
}

impl Shared {
    /// Answers a request. `user` is the one at the other end of a Unix socket.
    pub(super) async fn answer(&self, request: Request<Incoming>, user: Option<u32>) -> Answer {
        let (parts, body) = request.into_parts();
        match self.route(&parts, body, user).await {
            Ok(answer) => answer,
            Err(refusal) => {
                tracing::debug!(method = %parts.method, path = parts.uri.path(), %refusal, "admin request refused");
                refusal.into_answer()
            }
        }
    }

    async fn route(&self, parts: &Parts, body: Incoming, user: Option<u32>) -> Result<Answer, Refusal> {
        let path = parts.uri.path();
        match path {
            "/healthz" => return reading(parts, || of_text(StatusCode::OK, "text/plain", "ok\n")),
            "/readyz" => return reading(parts, || self.readyz()),
            _ => self.access.check(&parts.headers, user)?,
        }
        match path {
            "/pool" => return reading(parts, || of_json(StatusCode::OK, &(self.statistics)())),
            "/metrics" => {
                return reading(parts, || {
                    of_text(StatusCode::OK, metrics::CONTENT_TYPE, metrics::text(&self.pool, &self.workers))
                });
            }
            "/drain" if parts.method == Method::POST => {
                tracing::info!("asked to drain by the admin listener");
                self.readiness.leave();
                self.drain.notify_one();
                return Ok(of_json(StatusCode::ACCEPTED, &json!({ "draining": true })));
            }
            "/drain" => return Err(Refusal::Method("POST")),
            _ => {}
        }
        let segments = path.split('/').skip(1).map(decoded).collect::<Result<Vec<_>, _>>()?;
        let segments: Vec<_> = segments.iter().map(String::as_str).collect();
        let (workers, method) = (&self.workers, &parts.method);
        match *segments {
            ["workers"] => reading(parts, || deployments::list(workers)),
            ["workers", id] => match *method {
                Method::GET | Method::HEAD => deployments::show(workers, id),
                Method::DELETE => deployments::remove(workers, id),
                Method::PUT => {
                    // No longer than what will be evaluated.
                    let script = text_of(body, self.pool.limits().isolate.script_bytes).await?;
                    let change = deployments::put(workers, id, parts.uri.query(), &script)?;
                    self.change(change).await
                }
                _ => Err(Refusal::Method("GET, HEAD, PUT, DELETE")),
            },
            ["workers", id, "rollback"] if *method == Method::POST => {
                self.change(deployments::rollback(workers, id)).await
            }
            ["workers", id, "versions", version, "weight"] if *method == Method::POST => {
                self.change(deployments::weigh(workers, id, version, &text_of(body, MAX_BODY).await?)?).await
            }
            ["workers", _, "rollback"] | ["workers", _, "versions", _, "weight"] => {
                Err(Refusal::Method("POST"))
            }
            _ => Err(Refusal::NotFound),
        }
    }

    /// Whether it makes sense to send requests.
    fn readyz(&self) -> Answer {
        let (status, text) = if self.readiness.is_leaving() {
            (StatusCode::SERVICE_UNAVAILABLE, "draining\n")
        } else if self.workers.is_empty() {
            (StatusCode::SERVICE_UNAVAILABLE, "no worker\n")
        } else {
            (StatusCode::OK, "ready\n")
        };
        of_text(status, "text/plain", text)
    }

    /// Runs a change where workers may run operations.
    async fn change(
        &self,
        change: impl Future<Output = Result<Answer, Refusal>> + Send + 'static,
    ) -> Result<Answer, Refusal> {
        let changed = self.changes.spawn(change).await;
        changed.unwrap_or(Err(Refusal::Internal("the server ends, or has a defect: see its log")))
    }
}

/// The answer where there is nothing but to read; hyper leaves the body of an answer to HEAD out.
fn reading(parts: &Parts, answer: impl FnOnce() -> Answer) -> Result<Answer, Refusal> {
    match parts.method {
        Method::GET | Method::HEAD => Ok(answer()),
        _ => Err(Refusal::Method("GET, HEAD")),
    }
}

fn decoded(segment: &str) -> Result<String, Refusal> {
    let text = percent_decode_str(segment).decode_utf8();
    text.map(Into::into).map_err(|_| Refusal::BadRequest("the path is not UTF-8".to_owned()))
}

/// The whole body as text.
async fn text_of(body: Incoming, max: usize) -> Result<String, Refusal> {
    // Before anything of it is read.
    if body.size_hint().lower() > max as u64 {
        return Err(Refusal::TooLarge);
    }
    let body = timeout(BODY_TIMEOUT, Limited::new(body, max).collect()).await;
    let body: Bytes = match body.map_err(|_| Refusal::TooSlow)? {
        Ok(body) => body.to_bytes(),
        Err(error) if error.is::<LengthLimitError>() => return Err(Refusal::TooLarge),
        Err(error) => return Err(Refusal::BadRequest(error.to_string())),
    };
    String::from_utf8(body.into()).map_err(|_| Refusal::BadRequest("the body is not UTF-8".to_owned()))
}
