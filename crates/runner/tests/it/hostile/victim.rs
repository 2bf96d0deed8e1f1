//! A good worker on the same server, which is called all the time.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use parking_lot::Mutex;
use tokio::task::JoinHandle;

use crate::support::{Runner, soon};

/// The name of the worker.
pub(super) const NAME: &str = "victim";

/// Answers with what it was asked, so that a mix-up shows.
pub(super) const SOURCE: &str = "
    let served = 0;
    export default {
      async fetch(request) {
        await null;
        served++;
        const [question] = new URL(request.url).pathname.split('/').slice(-1);
        return Response.json({ question, words: question.split('-').map((word) => word.toUpperCase()), ok: served > 0 });
      },
    };";

const PAUSE: Duration = Duration::from_millis(5);

/// When each call began, and how long it took.
type Calls = Arc<Mutex<Vec<(Instant, Duration)>>>;

/// The calls, until they are stopped.
pub(super) struct Victim {
    calls: Calls,
    over: Arc<AtomicBool>,
    calling: JoinHandle<()>,
}

impl Victim {
    pub(super) fn start(runner: &Arc<Runner>) -> Self {
        let (calls, over) = (Calls::default(), Arc::new(AtomicBool::new(false)));
        let calling = tokio::spawn({
            let (runner, calls, over) = (Arc::clone(runner), Arc::clone(&calls), Arc::clone(&over));
            async move {
                let mut n = 0;
                while !over.load(Ordering::Relaxed) {
                    let started = Instant::now();
                    call(&runner, n).await;
                    calls.lock().push((started, started.elapsed()));
                    n += 1;
                    tokio::time::sleep(PAUSE).await;
                }
            }
        });
        Self { calls, over, calling }
    }

    /// Ends the calls; how many there were. Fails if one did not get the right answer.
    pub(super) async fn stop(self) -> usize {
        self.over.store(true, Ordering::Relaxed);
        soon(self.calling).await.unwrap();
        self.calls.lock().len()
    }

    /// The 99th percentile of the calls that began in this time.
    pub(super) fn p99(&self, from: Instant, to: Instant) -> Duration {
        let calls = self.calls.lock();
        let mut times: Vec<_> =
            calls.iter().filter(|(started, _)| (from..=to).contains(started)).map(|call| call.1).collect();
        times.sort();
        times.get((times.len() * 99 / 100).min(times.len().saturating_sub(1))).copied().unwrap_or_default()
    }
}

/// One call, with the right answer.
pub(super) async fn call(runner: &Runner, n: usize) {
    let reply = runner.get(&format!("/{NAME}/a-{n}")).await;
    assert_eq!(reply.status, 200, "the victim: {}", reply.text());
    let right =
        serde_json::json!({ "question": format!("a-{n}"), "words": ["A", n.to_string()], "ok": true });
    assert_eq!(reply.json(), right);
}
