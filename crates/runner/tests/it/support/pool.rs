//! The pool without a server, and a world outside of it that the test controls.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use exec::{
    Body, Event, FetchRequest, FetchResponse, LogRecord, OperationError, OperationsHandler, Outcome, Script,
    Termination,
};
use http::{Request, Response};
use isolate::RuntimeLimits;
use parking_lot::{Condvar, Mutex};
use runner::{IsolatePool, PoolOptions};
use tokio::sync::watch;
use tokio::task::JoinHandle;

use super::soon;

/// Limits that no test meets by accident, and few threads.
pub(crate) fn options() -> PoolOptions {
    PoolOptions::default()
        .with_limits(
            RuntimeLimits::default()
                .with_cpu_time(Duration::from_secs(20))
                .with_wall_clock(Duration::from_secs(300)),
        )
        .with_threads(Some(2))
        .with_spares(0)
}

/// One `GET` of `path`.
pub(crate) async fn send(
    pool: &IsolatePool,
    worker: &str,
    script: &Script,
    world: &Arc<World>,
    path: &str,
) -> Result<Outcome, Termination> {
    let request = Request::get(format!("http://a.test{path}")).body(Body::empty()).unwrap();
    let operations: Arc<dyn OperationsHandler> = Arc::clone(world) as _;
    pool.execute(worker, script, operations, Event::Fetch(request)).await
}

/// The same, in a task of its own.
pub(crate) fn spawn_send(
    pool: &IsolatePool,
    worker: &str,
    script: &Script,
    world: &Arc<World>,
    path: &str,
) -> JoinHandle<Result<Outcome, Termination>> {
    let (pool, script, world) = (pool.clone(), script.clone(), Arc::clone(world));
    let (worker, path) = (worker.to_owned(), path.to_owned());
    tokio::spawn(async move { send(&pool, &worker, &script, &world, &path).await })
}

/// The text of a response.
pub(crate) fn text_of(outcome: Result<Outcome, Termination>) -> String {
    let response = outcome.unwrap().into_response().unwrap();
    String::from_utf8(response.body().as_bytes().expect("a whole body").to_vec()).unwrap()
}

/// Waits until `condition` holds.
pub(crate) async fn eventually(what: &str, mut condition: impl FnMut() -> bool) {
    let holds = async {
        while !condition() {
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
    };
    tokio::time::timeout(super::PATIENCE, holds).await.unwrap_or_else(|_| panic!("in time: {what}"));
}

/// Stops isolate threads that come by until it is opened.
#[derive(Debug, Default)]
pub(crate) struct Gate {
    open: Mutex<bool>,
    opened: Condvar,
    waiting: AtomicUsize,
}

impl Gate {
    pub(crate) fn open(&self) {
        *self.open.lock() = true;
        self.opened.notify_all();
    }

    /// How many have come so far.
    pub(crate) fn arrived(&self) -> usize {
        self.waiting.load(Ordering::Relaxed)
    }

    pub(crate) fn pass(&self) {
        self.waiting.fetch_add(1, Ordering::Relaxed);
        let mut open = self.open.lock();
        while !*open {
            self.opened.wait(&mut open);
        }
    }
}

/// What the workers of a test reach: `fetch()` answers once [`World::answer`] was called; a line of the log that
/// says `gate` stops its thread at the gate.
pub(crate) struct World {
    pub(crate) gate: Gate,
    answering: watch::Sender<bool>,
    started: AtomicUsize,
    cancelled: AtomicUsize,
    lines: Mutex<Vec<(Option<String>, String)>>,
}

impl World {
    pub(crate) fn new() -> Arc<Self> {
        Arc::new(Self {
            gate: Gate::default(),
            answering: watch::Sender::new(false),
            started: AtomicUsize::new(0),
            cancelled: AtomicUsize::new(0),
            lines: Mutex::default(),
        })
    }

    /// The same world, as the operations of a worker.
    pub(crate) fn shared(world: &Arc<Self>) -> impl OperationsHandler + use<> {
        Shared(Arc::clone(world))
    }

    /// From now on fetches answer.
    pub(crate) fn answer(&self) {
        self.answering.send_replace(true);
    }

    /// How many fetches have begun.
    pub(crate) fn started(&self) -> usize {
        self.started.load(Ordering::Relaxed)
    }

    /// How many fetches were dropped before their answer.
    pub(crate) fn cancelled(&self) -> usize {
        self.cancelled.load(Ordering::Relaxed)
    }

    /// The lines of the log so far, with the names of the threads that wrote them.
    pub(crate) fn lines(&self) -> Vec<(Option<String>, String)> {
        self.lines.lock().clone()
    }

    pub(crate) fn has_logged(&self, line: &str) -> bool {
        self.lines.lock().iter().any(|(_, logged)| logged == line)
    }

    /// A response once fetches answer; for ever if not.
    pub(crate) async fn answered(&self) {
        soon(async { self.answering.subscribe().wait_for(|answering| *answering).await.map(drop) })
            .await
            .unwrap();
    }
}

struct Cancelled<'a>(Option<&'a AtomicUsize>);

impl Drop for Cancelled<'_> {
    fn drop(&mut self) {
        if let Some(cancelled) = self.0 {
            cancelled.fetch_add(1, Ordering::Relaxed);
        }
    }
}

struct Shared(Arc<World>);

#[async_trait]
impl OperationsHandler for Shared {
    async fn handle_fetch(&self, request: FetchRequest) -> Result<FetchResponse, OperationError> {
        self.0.handle_fetch(request).await
    }

    fn handle_log(&self, record: LogRecord) {
        self.0.handle_log(record);
    }
}

#[async_trait]
impl OperationsHandler for World {
    async fn handle_fetch(&self, request: FetchRequest) -> Result<FetchResponse, OperationError> {
        self.started.fetch_add(1, Ordering::Relaxed);
        let mut cancelled = Cancelled(Some(&self.cancelled));
        self.answered().await;
        cancelled.0 = None;
        let url = request.request.uri().to_string();
        Ok(FetchResponse { response: Response::new(Body::from("fetched")), url, redirected: false })
    }

    fn handle_log(&self, record: LogRecord) {
        let thread = std::thread::current().name().map(str::to_owned);
        let stops = record.message == "gate";
        self.lines.lock().push((thread, record.message));
        if stops {
            self.gate.pass();
        }
    }
}
