//! Where requests go.

use std::sync::Arc;

use exec::{Body, Event, NoOperations, Script};
use http::Method;
use runner::IsolatePool;
use tokio::sync::Semaphore;

use crate::load::mode::Mode;
use crate::load::original::Original;
use crate::load::scenario::Scenario;
use crate::{pool, rest};

/// The isolates of one mode, and the workers that run on them.
pub(crate) enum Backend {
    Pools {
        pools: Vec<IsolatePool>,
        script: Script,
        names: Vec<String>,
        answer: String,
        /// What bounds the isolates of a mode that makes one for every request.
        permits: Option<Semaphore>,
    },
    Original(Original),
}

impl Backend {
    /// Ready to serve: what is made ahead of need is there.
    pub(crate) fn new(scenario: &Scenario, mode: Mode) -> Self {
        if mode == Mode::Original {
            return Self::Original(Original::new(scenario.isolates, scenario.work, scenario.awaited));
        }
        let workers = scenario.workers.count(scenario.clients.count());
        let pools: Vec<_> = mode.pools(scenario).into_iter().map(pool).collect();
        pools.iter().for_each(rest);
        Self::Pools {
            pools,
            script: Script::new(scenario.work.worker(scenario.awaited)),
            names: (0..workers).map(|number| format!("worker {number}")).collect(),
            answer: scenario.work.answer(),
            permits: (mode == Mode::Oneshot).then(|| Semaphore::new(scenario.isolates)),
        }
    }

    /// A request to a worker by a client of thread number `thread`. The answer is checked.
    pub(crate) async fn call(&self, thread: usize, worker: usize) {
        match self {
            Self::Pools { permits, answer, .. } => {
                let permit = match permits {
                    Some(permits) => Some(permits.acquire().await.expect("it is never closed")),
                    None => None,
                };
                let body = self.fetch(thread, worker, Method::GET).await;
                assert_eq!(body.as_bytes(), Some(answer.as_bytes()), "the answer of worker {worker}");
                drop(permit);
            }
            Self::Original(original) => original.call(worker),
        }
    }

    /// A request that only makes a worker warm.
    pub(crate) async fn warm(&self, thread: usize, worker: usize) {
        match self {
            Self::Pools { .. } => _ = self.fetch(thread, worker, Method::HEAD).await,
            Self::Original(original) => original.warm(worker),
        }
    }

    async fn fetch(&self, thread: usize, worker: usize, method: Method) -> Body {
        let Self::Pools { pools, script, names, .. } = self else { unreachable!("it has no pools") };
        let request = http::Request::builder().method(method).uri("http://example.com/").body(Body::empty());
        let event = Event::Fetch(request.expect("a valid request"));
        let pool = &pools[thread % pools.len()];
        let outcome = pool.execute(&names[worker], script, Arc::new(NoOperations), event).await;
        let response = outcome.unwrap_or_else(|termination| panic!("worker {worker}: {termination:?}"));
        response.into_response().expect("the answer of a fetch handler").into_body()
    }
}
