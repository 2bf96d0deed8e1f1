//! Any bytes as the source of a worker, in one process that lives on: it ends in some way, and a good worker is answered
//! afterwards.

#![no_main]

use std::sync::{Arc, OnceLock};
use std::time::Duration;

use exec::{Body, Event, NoOperations, Outcome, Script, Termination};
use isolate::{RequestLimits, RuntimeLimits};
use libfuzzer_sys::fuzz_target;
use runner::{IsolatePool, PoolOptions};
use tokio::runtime::Runtime;

static WORLD: OnceLock<(Runtime, IsolatePool)> = OnceLock::new();

fn world() -> &'static (Runtime, IsolatePool) {
    WORLD.get_or_init(|| {
        let limits = RuntimeLimits::default()
            .with_heap_max(32 << 20)
            .with_cpu_time(Duration::from_millis(20))
            .with_wall_clock(Duration::from_millis(500));
        let options =
            PoolOptions::default().with_max_size(4).with_threads(Some(2)).with_spares(1).with_limits(limits);
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
        (runtime, IsolatePool::new(options).expect("a pool"))
    })
}

fn call(worker: &str, script: &Script) -> Result<Outcome, Termination> {
    let (runtime, pool) = world();
    let request = http::Request::get("http://a.test/x?y").body(Body::empty()).expect("a request");
    runtime.block_on(async {
        let execution = pool.execute(worker, script, Arc::new(NoOperations), Event::Fetch(request));
        tokio::time::timeout(Duration::from_secs(120), execution).await.expect("an end")
    })
}

/// The limits of the good worker: the machine may be busy.
fn patient() -> RequestLimits {
    let minute = Duration::from_secs(60);
    RequestLimits::default().with_cpu_time(minute).with_startup_cpu(minute).with_wall_clock(minute)
}

fuzz_target!(|data: &[u8]| {
    let script = Script::new(String::from_utf8_lossy(data).into_owned());
    let _ = script.fingerprint();
    let _ = call("fuzzed", &script);

    let good =
        Script::new("export default { fetch() { return new Response('fine') } }").with_limits(patient());
    let response = call("good", &good).expect("an answer").into_response().expect("a response");
    assert_eq!(response.body().as_bytes(), Some(&b"fine"[..]));
});
