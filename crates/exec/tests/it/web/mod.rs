//! The Web APIs through the real V8: a table of checks for each, in JavaScript.

use std::sync::Arc;

use crate::support::{Worker, eventually, get};

const PRELUDE: &str = include_str!("prelude.js");

/// Runs the checks of a table in one request.
async fn table(checks: &str) {
    let worker = Worker::new(&format!("{PRELUDE}\n{checks}"));
    report(&worker, None).await;
    finish(worker).await;
}

/// Runs each check of a table that takes long in a request of its own: each has the time that a request has.
async fn long_table(checks: &str) {
    let worker = Worker::new(&format!("{PRELUDE}\n{checks}"));
    let mut checked = 0;
    while report(&worker, Some(checked)).await > checked + 1 {
        checked += 1;
    }
    finish(worker).await;
}

/// Runs all checks, or only one. How many there are.
async fn report(worker: &Worker, only: Option<u64>) -> u64 {
    let mut request = get("/table");
    request.headers_mut().insert("x-incoming", "yes".parse().unwrap());
    if let Some(only) = only {
        request.headers_mut().insert("x-only", only.into());
    }
    let response = match worker.request(request).await {
        Ok(response) => response,
        Err(termination) => panic!("{only:?}: {termination:?}\nlog: {:#?}", worker.world.lines()),
    };
    let report: serde_json::Value = serde_json::from_slice(response.body().as_bytes().unwrap()).unwrap();
    let failures: Vec<_> =
        report["failures"].as_array().unwrap().iter().map(|f| f.as_str().unwrap()).collect();
    assert!(failures.is_empty(), "{} of {}:\n{}", failures.len(), report["count"], failures.join("\n"));
    let count = report["count"].as_u64().unwrap();
    assert!(count > 0);
    count
}

async fn finish(worker: Worker) {
    worker.drained().await;
    eventually("the request is over", || Arc::strong_count(&worker.world) == 1).await;
}

macro_rules! tables {
    ($run:ident: $($name:ident)*) => {
        $(
            #[tokio::test(flavor = "multi_thread")]
            async fn $name() {
                $run(include_str!(concat!(stringify!($name), ".js"))).await;
            }
        )*
    };
}

tables! { table:
    abort
    base64
    blob
    bodies
    byte_stream
    caches
    compression
    console
    crypto
    data_url
    dom_exception
    encoding
    events
    fetch
    file_reader
    form_data
    global_scope
    headers
    identity_streams
    intl
    messages
    object_urls
    performance
    pipe_to
    queuing_strategies
    readable_stream
    request
    response
    structured_clone
    text_streams
    timers
    transform_stream
    url
    url_pattern
    url_search_params
    wasm
    writable_stream
}

tables! { long_table:
    crypto_malformed
    crypto_subtle
    crypto_vectors
}
