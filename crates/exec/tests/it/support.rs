//! What the tests share: isolate threads, workers, and the world that workers talk to.

use std::convert::Infallible;
use std::pin::Pin;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, OnceLock};
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;
use exec::{
    Body, BodyError, CacheLimits, CacheStore, Event, ExecutionContext, FetchRequest, FetchResponse, LogLevel,
    LogRecord, OperationError, OperationsHandler, Outcome, RedirectMode, ScheduledEvent, Script, TaskEvent,
    Termination, TerminationReason,
};
use http_body::Frame;
use isolate::{IsolateThreads, LockerManagedIsolate, RuntimeLimits, TurnIsolate, platform};
use parking_lot::Mutex;

/// No test waits longer than this for what should come at once.
pub(crate) const LIVENESS: Duration = Duration::from_secs(120);

pub(crate) type Answer = Result<http::Response<Body>, Termination>;

pub(crate) fn threads() -> &'static IsolateThreads {
    static THREADS: OnceLock<IsolateThreads> = OnceLock::new();
    THREADS.get_or_init(|| IsolateThreads::new(4))
}

/// Limits that no well-behaved test reaches, on a slow machine either.
pub(crate) fn generous() -> RuntimeLimits {
    let limits = RuntimeLimits::default().with_heap_max(64 << 20);
    let mut limits = limits.with_cpu_time(Duration::from_secs(20)).with_wall_clock(Duration::from_secs(180));
    limits.request.startup_cpu = Duration::from_secs(20);
    limits
}

/// Limits for scripts that never end.
pub(crate) fn tight() -> RuntimeLimits {
    let mut limits = generous().with_cpu_time(Duration::from_millis(100));
    limits.request.startup_cpu = Duration::from_millis(100);
    limits
}

pub(crate) fn new_isolate(limits: RuntimeLimits) -> Arc<TurnIsolate> {
    let snapshot = exec::build_snapshot().unwrap();
    let options = exec::isolate_options(limits, Some(snapshot));
    let isolate = platform::initialize().run(move || LockerManagedIsolate::new(&options)).unwrap();
    TurnIsolate::new(isolate, threads())
}

/// A script on an isolate of its own, and what it did to the world.
#[derive(Clone)]
pub(crate) struct Worker {
    pub(crate) context: ExecutionContext,
    pub(crate) isolate: Arc<TurnIsolate>,
    pub(crate) world: Arc<World>,
}

impl Worker {
    pub(crate) fn new(source: &str) -> Self {
        Self::with_limits(source, generous())
    }

    pub(crate) fn with_limits(source: &str, limits: RuntimeLimits) -> Self {
        Self::on(&new_isolate(limits), Script::new(source))
    }

    pub(crate) fn with_script(script: Script) -> Self {
        Self::on(&new_isolate(generous()), script)
    }

    /// A context on an isolate that others use too.
    pub(crate) fn on(isolate: &Arc<TurnIsolate>, script: Script) -> Self {
        let context = ExecutionContext::new_with_pooled_isolate(Arc::clone(isolate), script);
        Self {
            context: context.with_caches(CacheStore::new(CacheLimits::default()).of("test")),
            isolate: Arc::clone(isolate),
            world: Arc::default(),
        }
    }

    pub(crate) async fn exec(&self, event: Event) -> Result<Outcome, Termination> {
        let exec = self.context.exec(Arc::clone(&self.world) as _, event);
        tokio::time::timeout(LIVENESS, exec).await.expect("an answer in time")
    }

    pub(crate) async fn request(&self, request: http::Request<Body>) -> Answer {
        let outcome = self.exec(Event::Fetch(request)).await?;
        let (parts, body) = outcome.into_response().expect("the outcome of a fetch handler").into_parts();
        let body = match body {
            // As it is for whoever waits for the end of it.
            Body::Stream(_) => {
                let body = tokio::time::timeout(LIVENESS, body.collect(usize::MAX));
                let end = |error: BodyError| {
                    let detail = error.detail().unwrap_or_default().to_owned();
                    Termination::new(TerminationReason::Other, format!("{error}: {detail}"))
                };
                Body::from(body.await.expect("a body in time").map_err(end)?)
            }
            whole => whole,
        };
        Ok(http::Response::from_parts(parts, body))
    }

    pub(crate) async fn get(&self, path: &str) -> Answer {
        self.request(get(path)).await
    }

    /// The text of the response to a GET that must be answered.
    pub(crate) async fn text(&self, path: &str) -> String {
        match self.get(path).await {
            Ok(response) => text(&response),
            Err(termination) => panic!("{path} was not answered: {termination:?}"),
        }
    }

    /// The termination of a GET that must not be answered.
    pub(crate) async fn failure(&self, path: &str) -> Termination {
        match self.get(path).await {
            Ok(response) => panic!("{path} was answered: {}", text(&response)),
            Err(termination) => termination,
        }
    }

    pub(crate) async fn task(&self, payload: serde_json::Value) -> Result<Outcome, Termination> {
        self.exec(Event::Task(TaskEvent { id: "task-1".into(), payload, attempt: 1 })).await
    }

    pub(crate) async fn scheduled(&self) -> Result<Outcome, Termination> {
        let scheduled_time = std::time::UNIX_EPOCH + Duration::from_millis(1_234_567);
        self.exec(Event::Scheduled(ScheduledEvent { cron: "* * * * *".into(), scheduled_time })).await
    }

    /// Waits until nothing is in flight, `waitUntil` work included.
    pub(crate) async fn drained(&self) {
        tokio::time::timeout(LIVENESS, self.context.drain_wait_until()).await.expect("drained in time");
    }
}

pub(crate) fn get(path: &str) -> http::Request<Body> {
    http::Request::get(format!("http://worker.test{path}")).body(Body::empty()).unwrap()
}

pub(crate) fn post(path: &str, body: impl Into<Body>) -> http::Request<Body> {
    http::Request::post(format!("http://worker.test{path}")).body(body.into()).unwrap()
}

pub(crate) fn text(response: &http::Response<Body>) -> String {
    String::from_utf8(response.body().as_bytes().expect("a whole body").to_vec()).unwrap()
}

/// What comes of one GET to a fresh worker.
pub(crate) async fn run(source: &str) -> Answer {
    Worker::new(source).get("/").await
}

/// What comes of one GET to a fresh worker with [`tight`] limits.
pub(crate) async fn run_tight(source: &str) -> Answer {
    Worker::with_limits(source, tight()).get("/").await
}

#[track_caller]
pub(crate) fn assert_ends(answer: Answer, reason: TerminationReason) {
    match answer {
        Ok(response) => panic!("answered, where {reason} was expected: {}", text(&response)),
        Err(termination) => assert_eq!(termination.reason, reason, "{termination:?}"),
    }
}

/// Waits until `condition` holds.
pub(crate) async fn eventually(what: &str, condition: impl Fn() -> bool) {
    let start = std::time::Instant::now();
    while !condition() {
        assert!(start.elapsed() < LIVENESS, "{what}");
        tokio::time::sleep(Duration::from_millis(2)).await;
    }
}

/// An [`OperationsHandler`] that answers by the path of the URL and remembers everything.
///
/// `/echo` returns the request as JSON, `/delay/20` a response after 20 ms, `/gate` one when the gate is opened, `/never`
/// nothing, `/endless` the text `first` and never the rest, `/error` an error, `/panic` panics, `/status/404` that status, `/bytes/10` so many bytes, `/redirect` what
/// the redirect mode asks for; anything else the text `ok`.
#[derive(Default)]
pub(crate) struct World {
    log: Mutex<Vec<LogRecord>>,
    started: AtomicUsize,
    finished: AtomicUsize,
    cancelled: AtomicUsize,
    /// What a fetch of `/gate` waits for.
    pub(crate) gate: tokio::sync::Notify,
}

impl World {
    pub(crate) fn log(&self) -> Vec<LogRecord> {
        self.log.lock().clone()
    }

    pub(crate) fn lines(&self) -> Vec<String> {
        self.log.lock().iter().map(|record| record.message.clone()).collect()
    }

    pub(crate) fn errors(&self) -> Vec<String> {
        let log = self.log.lock();
        log.iter()
            .filter(|record| record.level == LogLevel::Error)
            .map(|record| record.message.clone())
            .collect()
    }

    /// Fetches that have begun.
    pub(crate) fn started(&self) -> usize {
        self.started.load(Ordering::SeqCst)
    }

    /// Fetches that came to their end.
    pub(crate) fn finished(&self) -> usize {
        self.finished.load(Ordering::SeqCst)
    }

    /// Fetches that were dropped before their end.
    pub(crate) fn cancelled(&self) -> usize {
        self.cancelled.load(Ordering::SeqCst)
    }
}

/// Counts a fetch as cancelled unless it is told otherwise.
struct Fetching<'a>(&'a World);

impl Drop for Fetching<'_> {
    fn drop(&mut self) {
        self.0.cancelled.fetch_add(1, Ordering::SeqCst);
    }
}

#[async_trait::async_trait]
impl OperationsHandler for World {
    async fn handle_fetch(&self, fetch: FetchRequest) -> Result<FetchResponse, OperationError> {
        self.started.fetch_add(1, Ordering::SeqCst);
        let fetching = Fetching(self);
        if fetch.request.uri().path() == "/gate" {
            self.gate.notified().await;
        }
        let answer = answer(fetch).await;
        std::mem::forget(fetching);
        self.finished.fetch_add(1, Ordering::SeqCst);
        answer
    }

    fn handle_log(&self, record: LogRecord) {
        self.log.lock().push(record);
    }
}

async fn answer(mut fetch: FetchRequest) -> Result<FetchResponse, OperationError> {
    let body = std::mem::take(fetch.request.body_mut()).collect(usize::MAX).await;
    *fetch.request.body_mut() =
        body.map_err(|error| OperationError::new("network error", error.to_string()))?.into();
    let url = fetch.request.uri().to_string();
    let path = fetch.request.uri().path().to_owned();
    let mut response = http::Response::new(Body::from("ok"));
    let mut redirected = false;
    let (kind, argument) = path[1..].split_once('/').unwrap_or((&path[1..], ""));
    match kind {
        "echo" => *response.body_mut() = echo(&fetch).to_string().into(),
        "delay" => tokio::time::sleep(Duration::from_millis(argument.parse().unwrap())).await,
        "never" => std::future::pending().await,
        "endless" => *response.body_mut() = Body::stream(Endless { has_begun: false }),
        "error" => return Err(OperationError::new("Network connection lost", "dns: /etc/resolv.conf")),
        "panic" => panic!("a handler that panics"),
        "status" => *response.status_mut() = argument.parse().unwrap(),
        "bytes" => *response.body_mut() = vec![7_u8; argument.parse().unwrap()].into(),
        "reason" => {
            let reason = exec::StatusText::new(argument.as_bytes()).unwrap();
            response.extensions_mut().insert(reason);
        }
        "cookies" => {
            for cookie in ["a=1", "b=2"] {
                response.headers_mut().append("set-cookie", cookie.parse().unwrap());
            }
            let latin = http::HeaderValue::from_bytes(b"caf\xe9").unwrap();
            response.headers_mut().append("x-latin", latin);
        }
        "redirect" => match fetch.redirect {
            RedirectMode::Follow => redirected = true,
            RedirectMode::Manual => *response.status_mut() = http::StatusCode::FOUND,
            RedirectMode::Error => return Err(OperationError::new("unexpected redirect", "302")),
        },
        _ => {}
    }
    Ok(FetchResponse { response, url, redirected })
}

/// A body of which only the beginning comes.
struct Endless {
    has_begun: bool,
}

impl http_body::Body for Endless {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        if std::mem::replace(&mut self.has_begun, true) {
            return Poll::Pending;
        }
        Poll::Ready(Some(Ok(Frame::data(Bytes::from("first")))))
    }
}

fn echo(fetch: &FetchRequest) -> serde_json::Value {
    let headers: Vec<_> = fetch
        .request
        .headers()
        .iter()
        .map(|(name, value)| (name.as_str(), String::from_utf8_lossy(value.as_bytes())))
        .collect();
    // By name, as serde_json has them unless another crate of the build asks for the order in which they were put in.
    serde_json::json!({
        "body": String::from_utf8_lossy(fetch.request.body().as_bytes().expect("a whole body")),
        "headers": headers,
        "method": fetch.request.method().as_str(),
        "redirect": format!("{:?}", fetch.redirect),
        "url": fetch.request.uri().to_string(),
    })
}
