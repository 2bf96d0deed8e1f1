//! The server with a substitute for the pool.

use std::net::{SocketAddr, TcpListener};
use std::pin::Pin;
use std::sync::Arc;

use bytes::Bytes;
use exec::{Body, BodyError, Event, NoOperations, Outcome, TenantBudget, Termination, TerminationReason};
use http::Response;
use runner::server::{Backend, Readiness, Server, ServerOptions, Tls};
use runner::workers::{self, Worker, Workers};
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

use super::Directory;

type Answer = Result<Response<Body>, Termination>;
type Answering = Pin<Box<dyn Future<Output = Answer> + Send>>;

/// A pool whose workers are one function.
pub(crate) struct Stub {
    answer: Box<dyn Fn(http::Request<Body>, TenantBudget) -> Answering + Send + Sync>,
    budget: Box<dyn Fn(&str) -> TenantBudget + Send + Sync>,
}

impl Stub {
    pub(crate) fn new<F: Future<Output = Answer> + Send + 'static>(
        handler: impl Fn(http::Request<Body>) -> F + Send + Sync + 'static,
    ) -> Self {
        let answer = Box::new(move |request, _| Box::pin(handler(request)) as Answering);
        Self { answer, budget: Box::new(|_| TenantBudget::unlimited()) }
    }

    /// The same, with a budget for each worker.
    pub(crate) fn with_budgets(self, budget: impl Fn(&str) -> TenantBudget + Send + Sync + 'static) -> Self {
        Self { budget: Box::new(budget), ..self }
    }

    /// Answers with what `describe` makes of the request, once its body is there as a whole.
    pub(crate) fn describing(
        describe: impl Fn(http::Request<Bytes>) -> String + Send + Sync + 'static,
    ) -> Self {
        let describe = Arc::new(describe);
        let answer = Box::new(move |request: http::Request<Body>, budget: TenantBudget| {
            let describe = Arc::clone(&describe);
            Box::pin(async move {
                let (parts, body) = request.into_parts();
                // As a worker that does not catch it.
                let uncaught = |error: BodyError| {
                    let reason = match error {
                        BodyError::OverBudget(_) => TerminationReason::Overloaded,
                        _ => TerminationReason::Exception,
                    };
                    Termination::new(reason, error.to_string())
                };
                let body = body.collect_charged(usize::MAX, &budget).await.map_err(uncaught)?;
                Ok(text(describe(http::Request::from_parts(parts, body))))
            }) as Answering
        });
        Self { answer, budget: Box::new(|_| TenantBudget::unlimited()) }
    }
}

/// A response with this text.
pub(crate) fn text(body: impl Into<String>) -> Response<Body> {
    Response::new(Body::from(body.into()))
}

impl Backend for Stub {
    async fn execute(&self, worker: &Worker, event: Event) -> Result<Outcome, Termination> {
        match event {
            Event::Fetch(request) => (self.answer)(request, self.budget(worker)).await.map(Outcome::Response),
            other => panic!("a server makes fetch events only, not {other:?}"),
        }
    }

    fn budget(&self, worker: &Worker) -> TenantBudget {
        (self.budget)(worker.id())
    }

    async fn shutdown(&self) {}
}

fn workers() -> Workers {
    let directory = Directory::new(&[("w.js", ""), ("v.js", "")]);
    let workers = Workers::new(|_| NoOperations);
    workers.adopt_all(workers::read([directory.path()], &Default::default())).unwrap();
    workers
}

/// A server in this process, with the workers `v` and `w`, at `/v/` and `/w/`.
pub(crate) struct TestServer {
    pub(crate) address: SocketAddr,
    pub(crate) readiness: Readiness,
    stop: Option<oneshot::Sender<()>>,
    running: JoinHandle<()>,
}

impl TestServer {
    pub(crate) async fn start(stub: Stub) -> Self {
        Self::with_options(stub, ServerOptions::default()).await
    }

    pub(crate) async fn with_options(stub: Stub, options: ServerOptions) -> Self {
        Self::run(Server::bind(([127, 0, 0, 1], 0).into(), workers(), stub, options).await.unwrap())
    }

    pub(crate) async fn with_tls(stub: Stub, options: ServerOptions, tls: Tls) -> Self {
        let local = ([127, 0, 0, 1], 0).into();
        Self::run(Server::bind(local, workers(), stub, options).await.unwrap().with_tls(tls))
    }

    /// Serves the connections of `listener`.
    pub(crate) fn on(listener: TcpListener, stub: Stub, options: ServerOptions) -> Self {
        Self::run(Server::from_listener(listener, workers(), stub, options).unwrap())
    }

    fn run(server: Server<Stub>) -> Self {
        let address = server.local_address().tcp().unwrap();
        let readiness = server.readiness();
        let (stop, stopped) = oneshot::channel();
        let running = tokio::spawn(server.run(async {
            let _ = stopped.await;
        }));
        Self { address, readiness, stop: Some(stop), running }
    }

    /// Asks the server to stop.
    pub(crate) fn stop(&mut self) {
        self.stop.take().unwrap().send(()).unwrap();
    }

    /// Waits for the end of the server.
    pub(crate) async fn ended(self) {
        super::soon(self.running).await.unwrap();
    }
}
