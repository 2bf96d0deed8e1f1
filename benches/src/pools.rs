//! The pools that are measured, and what runs in them.

use std::sync::Arc;

use exec::{Body, Event, NoOperations, Script};
use runner::{IsolatePool, PoolOptions};
use tokio::runtime::{Builder, Runtime};

/// The worker of rows that need only one.
pub const WORKER: &str = "worker";

/// Answers with its URL; [`BareWorker`](crate::bare::BareWorker) does the same.
const HANDLER: &str = "
    export default {
        async fetch(request) { return new Response('hello from ' + request.url) },
    }
";

/// The script of all workers.
pub fn worker_script() -> Script {
    Script::new(HANDLER)
}

/// A pool with the options' defaults for everything that a bench does not name.
pub fn pool(options: PoolOptions) -> IsolatePool {
    IsolatePool::new(options).expect("the options of a bench are sound")
}

/// One request, from the request line to the bytes of the answer. Returns their number.
pub async fn call(pool: &IsolatePool, worker: &str, script: &Script) -> usize {
    let request = http::Request::get("http://example.com/").body(Body::empty()).expect("a valid request");
    let outcome = pool.execute(worker, script, Arc::new(NoOperations), Event::Fetch(request)).await;
    let response =
        outcome.expect("the worker answers").into_response().expect("the answer of a fetch handler");
    response.body().as_bytes().map_or(0, <[u8]>::len)
}

/// A runtime on the calling thread.
pub fn runtime() -> Runtime {
    Builder::new_current_thread().enable_time().build().expect("a runtime on this thread")
}

/// The same with sockets.
pub fn runtime_with_io() -> Runtime {
    Builder::new_current_thread().enable_all().build().expect("a runtime on this thread")
}
