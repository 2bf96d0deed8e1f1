//! What is asked for, and who answers it.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::header::CONTENT_TYPE;
use http::request::Parts;
use http::{Method, Request, StatusCode};
use http_body_util::{BodyExt, LengthLimitError, Limited};
use hyper::body::{Body as _, Incoming};
use isolate::IsolateLimits;
use percent_encoding::percent_decode_str;
use serde_json::json;
use tokio::runtime::Handle;
use tokio::sync::{Notify, Semaphore, watch};
use tokio::time::timeout;

use super::access::Access;
use super::answer::{Answer, Refusal, of_json, of_text};
use super::document::Document;
use super::logs::{self, Stream};
use super::{PACK_TYPE, deployments, metrics};
use crate::IsolatePool;
use crate::server::Readiness;
use crate::workers::Workers;

/// The longest body that is no script, in bytes.
const MAX_BODY: usize = 64 << 10;

/// The longest pack, in bytes: all modules of a worker, with as much again for their source maps.
const MAX_PACK: usize = 2 * IsolateLimits::MAX_SCRIPT;

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
    /// Places for streams of logs.
    pub(super) streams: Arc<Semaphore>,
    /// Whether the listener ends.
    pub(super) ended: watch::Sender<bool>,
}

impl Shared {
    /// Answers a request. `user` is the one at the other end of a Unix socket, and `stream` learns whether the answer goes
    /// on.
    pub(super) async fn answer(
        &self,
        request: Request<Incoming>,
        user: Option<u32>,
        stream: &Arc<Stream>,
    ) -> Answer {
        let (parts, body) = request.into_parts();
        match self.route(&parts, body, user, stream).await {
            Ok(answer) => answer,
            Err(refusal) => {
                tracing::debug!(method = %parts.method, path = parts.uri.path(), %refusal, "admin request refused");
                refusal.into_answer()
            }
        }
    }

    async fn route(
        &self,
        parts: &Parts,
        body: Incoming,
        user: Option<u32>,
        stream: &Arc<Stream>,
    ) -> Result<Answer, Refusal> {
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
                    let format = metrics::Format::wanted(&parts.headers);
                    let text = metrics::text(&self.pool, &self.workers, &(self.statistics)(), format);
                    of_text(StatusCode::OK, format.content_type(), text)
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
                    let document = self.document(id, parts, body).await?;
                    self.change(deployments::put(workers, id, document)?).await
                }
                _ => Err(Refusal::Method("GET, HEAD, PUT, DELETE")),
            },
            ["workers", id, "logs"] => match *method {
                Method::GET => self.follow(id, stream),
                _ => Err(Refusal::Method("GET")),
            },
            ["workers", id, "crons", "run"] if *method == Method::POST => {
                let change = deployments::run_cron(workers, &self.pool, id, &text_of(body, MAX_BODY).await?)?;
                self.change(change).await
            }
            ["workers", id, "rollback"] if *method == Method::POST => {
                self.change(deployments::rollback(workers, id)).await
            }
            ["workers", id, "versions", version, "weight"] if *method == Method::POST => {
                self.change(deployments::weigh(workers, id, version, &text_of(body, MAX_BODY).await?)?).await
            }
            ["workers", _, "rollback"]
            | ["workers", _, "crons", "run"]
            | ["workers", _, "versions", _, "weight"] => Err(Refusal::Method("POST")),
            _ => Err(Refusal::NotFound),
        }
    }

    /// What a `PUT` asks for. A script is no longer than what will be evaluated.
    async fn document(&self, id: &str, parts: &Parts, body: Incoming) -> Result<Document, Refusal> {
        let script_bytes = self.pool.limits().isolate.script_bytes;
        let query = parts.uri.query().unwrap_or_default();
        let kind = parts.headers.get(CONTENT_TYPE).and_then(|kind| kind.to_str().ok()).unwrap_or_default();
        let essence = kind.split(';').next().unwrap_or_default().trim();
        if essence.eq_ignore_ascii_case(PACK_TYPE) {
            return Document::of_query(query)?.with_pack(bytes_of(body, MAX_PACK).await?).await;
        }
        if !essence.eq_ignore_ascii_case("application/json") {
            let document = Document::of_script(text_of(body, script_bytes).await?, query)?;
            return match essence.eq_ignore_ascii_case("application/typescript") {
                true => compiled(document, id).await,
                false => Ok(document),
            };
        }
        if !query.is_empty() {
            return Err(Refusal::BadRequest("a document in JSON takes no query".to_owned()));
        }
        // Escapes make a text longer.
        Document::of_json(&text_of(body, script_bytes.saturating_mul(2).saturating_add(MAX_BODY)).await?)
    }

    /// What a worker does from now on.
    fn follow(&self, id: &str, stream: &Arc<Stream>) -> Result<Answer, Refusal> {
        let place = Arc::clone(&self.streams).try_acquire_owned().map_err(|_| Refusal::Busy)?;
        let follower = self.workers.follow(id).ok_or_else(|| Refusal::NoWorker(id.to_owned()))?;
        let ends = logs::Ends { readiness: self.readiness.clone(), listener: self.ended.subscribe() };
        Ok(logs::answer(follower, ends, place, stream))
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

/// A document whose script is TypeScript.
#[cfg(feature = "loader")]
async fn compiled(document: Document, id: &str) -> Result<Document, Refusal> {
    let id = id.to_owned();
    let compiled = tokio::task::spawn_blocking(move || document.of_typescript(&id)).await;
    compiled.map_err(|_| Refusal::Internal("the compiler has a defect: see the log"))
}

#[cfg(not(feature = "loader"))]
async fn compiled(_: Document, _: &str) -> Result<Document, Refusal> {
    Err(Refusal::BadRequest("this server has no compiler for TypeScript".to_owned()))
}

fn decoded(segment: &str) -> Result<String, Refusal> {
    let text = percent_decode_str(segment).decode_utf8();
    text.map(Into::into).map_err(|_| Refusal::BadRequest("the path is not UTF-8".to_owned()))
}

/// The whole body as text.
async fn text_of(body: Incoming, max: usize) -> Result<String, Refusal> {
    let body = bytes_of(body, max).await?;
    String::from_utf8(body.into()).map_err(|_| Refusal::BadRequest("the body is not UTF-8".to_owned()))
}

/// The whole body.
async fn bytes_of(body: Incoming, max: usize) -> Result<Bytes, Refusal> {
    // Before anything of it is read.
    if body.size_hint().lower() > max as u64 {
        return Err(Refusal::TooLarge);
    }
    let body = timeout(BODY_TIMEOUT, Limited::new(body, max).collect()).await;
    match body.map_err(|_| Refusal::TooSlow)? {
        Ok(body) => Ok(body.to_bytes()),
        Err(error) if error.is::<LengthLimitError>() => Err(Refusal::TooLarge),
        Err(error) => Err(Refusal::BadRequest(error.to_string())),
    }
}
