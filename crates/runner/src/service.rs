//! A worker as a [`tower_service::Service`], for applications that are made of such.

use std::error::Error;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use bytes::Bytes;
use exec::{Body, BodyError, Event, NoOperations, OperationsHandler, Script, Termination};
use http::header::HOST;
use http::request::Parts;
use http::uri::{Authority, PathAndQuery, Scheme};
use http::{Request, Response, StatusCode, Uri};
use http_body::Body as HttpBody;
use http_body_util::BodyExt;
use tower_service::Service;

use crate::{IsolatePool, answer, hop_by_hop};

/// Gives the requests that it is called with to one worker of a pool. Cloning is cheap.
///
/// * The worker reads an absolute URL. Where the request has none, it is made of its `Host` and `http`; say `https` with
///   [`with_scheme`](Self::with_scheme). A prefix that a router has removed is not seen.
/// * Bodies go through as they come, in both directions, and are charged to the worker's
///   [budget](IsolatePool::budget) while the host holds them. How long or slow they may be is up to the application.
/// * It is always ready: who has to wait, for an isolate or for room, does so in the call. Dropping the future of a call
///   aborts the request.
///
/// ```
/// use runner::exec::Script;
/// use runner::{IsolatePool, PoolOptions, WorkerService};
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let pool = IsolatePool::new(PoolOptions::default())?;
/// let script = Script::new("export default { fetch: () => new Response('hello') }");
/// let service = WorkerService::new(pool, "tenant-a", script);
/// # let _ = service;
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct WorkerService {
    pool: IsolatePool,
    worker: Arc<str>,
    script: Script,
    operations: Arc<dyn OperationsHandler>,
    scheme: Scheme,
}

/// Why there is no answer of the worker.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ServiceError {
    /// The request has no host, or one that is none.
    #[error("invalid host or request target")]
    BadTarget,
    /// The request was refused, or ended without an answer.
    #[error(transparent)]
    Terminated(#[from] Termination),
}

impl ServiceError {
    /// The status for who asked. The text of a [`Termination`] may be the tenant's own: whether others get to see it is up
    /// to the application.
    pub fn http_status(&self) -> StatusCode {
        match self {
            Self::BadTarget => StatusCode::BAD_REQUEST,
            Self::Terminated(termination) => termination.reason.http_status(),
        }
    }
}

impl WorkerService {
    /// Requests go to `worker_id`, which runs `script`: as with [`IsolatePool::execute`]. It can neither `fetch()` nor log.
    pub fn new(pool: IsolatePool, worker_id: &str, script: Script) -> Self {
        let operations = Arc::new(NoOperations);
        Self { pool, worker: worker_id.into(), script, operations, scheme: Scheme::HTTP }
    }

    /// With these operations.
    pub fn with_operations(self, operations: Arc<dyn OperationsHandler>) -> Self {
        Self { operations, ..self }
    }

    /// With this scheme for requests that say none.
    pub fn with_scheme(self, scheme: Scheme) -> Self {
        Self { scheme, ..self }
    }

    async fn answer<B>(self, request: Request<B>) -> Result<Response<Body>, ServiceError>
    where
        B: HttpBody<Data = Bytes> + Send + 'static,
        B::Error: Into<Box<dyn Error + Send + Sync>>,
    {
        let (mut parts, body) = request.into_parts();
        parts.uri = absolute(&parts, self.scheme).ok_or(ServiceError::BadTarget)?;
        hop_by_hop::strip(&mut parts.headers, |_| false);
        let method = parts.method.clone();
        let body = if body.is_end_stream() {
            Body::empty()
        } else {
            Body::stream(body.map_err(|error| BodyError::transport(error.into())))
        };
        let event = Event::Fetch(Request::from_parts(parts, body));
        let outcome = self.pool.execute(&self.worker, &self.script, self.operations, event).await?;
        Ok(answer::of_outcome(outcome, &method)?)
    }
}

impl<B> Service<Request<B>> for WorkerService
where
    B: HttpBody<Data = Bytes> + Send + 'static,
    B::Error: Into<Box<dyn Error + Send + Sync>>,
{
    type Response = Response<Body>;
    type Error = ServiceError;
    type Future = Pin<Box<dyn Future<Output = Result<Self::Response, Self::Error>> + Send>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), ServiceError>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<B>) -> Self::Future {
        Box::pin(self.clone().answer(request))
    }
}

/// The URI as the worker reads it.
fn absolute(parts: &Parts, scheme: Scheme) -> Option<Uri> {
    let uri = &parts.uri;
    let authority = match (uri.authority(), parts.headers.get(HOST)) {
        (Some(authority), _) => authority.clone(),
        (None, Some(host)) => Authority::try_from(host.as_bytes()).ok()?,
        (None, None) => return None,
    };
    let path_and_query = uri.path_and_query().cloned().unwrap_or_else(|| PathAndQuery::from_static("/"));
    let scheme = uri.scheme().cloned().unwrap_or(scheme);
    Uri::builder().scheme(scheme).authority(authority).path_and_query(path_and_query).build().ok()
}

#[cfg(test)]
mod tests {
    use exec::TerminationReason;
    use http_body_util::Full;

    use super::*;
    use crate::PoolOptions;

    const ECHO: &str = "export default { async fetch(request) {
        if (request.url.endsWith('/throws')) throw 1;
        const headers = { connection: 'x-a', 'x-a': '1', 'content-length': '7' };
        return new Response([request.method, request.url, await request.text()].join(' '), { headers });
    } }";

    async fn ask(
        service: &WorkerService,
        request: http::request::Builder,
        body: &'static str,
    ) -> Result<(usize, String), ServiceError> {
        let response = service.clone().call(request.body(Full::<Bytes>::from(body)).unwrap()).await?;
        let headers = response.headers().len();
        let body = response.into_body().collect(1 << 20).await.unwrap();
        Ok((headers, String::from_utf8(body.into()).unwrap()))
    }

    #[tokio::test]
    async fn requests_are_made_whole_and_answers_are_the_workers() {
        let pool = IsolatePool::new(PoolOptions { max_size: 2, ..PoolOptions::default() }).unwrap();
        let service = WorkerService::new(pool, "w", Script::new(ECHO));
        let relative = |host: &str| Request::post("/p?q").header(HOST, host);
        // The content type is the only header that is the worker's to say here.
        let text = |text: &str| (1, text.to_owned());
        assert_eq!(
            ask(&service, relative("a.test:81"), "body").await.unwrap(),
            text("POST http://a.test:81/p?q body")
        );
        let secure = service.clone().with_scheme(Scheme::HTTPS);
        assert_eq!(ask(&secure, relative("a.test"), "").await.unwrap(), text("POST https://a.test/p?q "));
        let absolute = Request::get("http://b.test/").header(HOST, "a.test");
        assert_eq!(ask(&secure, absolute, "").await.unwrap(), text("GET http://b.test/ "));

        let status = |error: Result<_, ServiceError>| error.unwrap_err().http_status().as_u16();
        assert_eq!(status(ask(&service, relative("a b"), "").await), 400);
        assert_eq!(status(ask(&service, Request::get("/"), "").await), 400);
        let thrown = ask(&service, Request::get("http://b.test/throws"), "").await.unwrap_err();
        assert!(matches!(&thrown, ServiceError::Terminated(t) if t.reason == TerminationReason::Exception));
    }
}
