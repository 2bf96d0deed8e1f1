//! `GET /workers/ID/logs`: what a worker does, as server-sent events.
//!
//! # Protocol
//! A task of the admin thread carries lines from the worker's feed to the client, a few at a time: while the client
//! does not read, the task waits, and the feed goes on without it. So a slow client holds nothing but its place; it
//! loses lines, and an event `lost` says how many where they are missing. A stream ends with an event `end`: when the
//! worker is gone, the server leaves, or the listener ends. A client that takes nothing for [`STALLED`] is given up; a
//! comment every [`HEARTBEAT`] finds out that one is gone. [`Stream`] tells the connection that its answer goes on.

use std::convert::Infallible;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, SystemTime};

use bytes::Bytes;
use exec::LogLevel;
use http::header::{CACHE_CONTROL, CONTENT_TYPE, HeaderValue};
use http::{Response, StatusCode};
use http_body_util::channel::{Channel, Sender};
use serde_json::{Value, json};
use tokio::sync::{OwnedSemaphorePermit, watch};
use tokio::time::{MissedTickBehavior, interval, timeout};

use super::answer::{Answer, place_of};
use crate::server::Readiness;
use crate::workers::{FeedEvent, FeedLine, Followed, Follower};

/// Streams at a time; who comes then is refused.
pub(super) const MAX_STREAMS: usize = 32;

/// How often to say that the stream is alive.
const HEARTBEAT: Duration = Duration::from_secs(15);

/// How often to look whether the server leaves.
const LOOK: Duration = Duration::from_millis(500);

/// How long a client may take nothing.
const STALLED: Duration = Duration::from_secs(60);

/// Events on their way to the client, beside what the sockets hold.
const ON_THEIR_WAY: usize = 16;

/// Whether the answer of a connection is a stream that goes on.
#[derive(Debug, Default)]
pub(super) struct Stream(AtomicBool);

impl Stream {
    pub(super) fn goes_on(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }
}

/// What ends a stream.
pub(super) struct Ends {
    pub(super) readiness: Readiness,
    /// The listener ends.
    pub(super) listener: watch::Receiver<bool>,
}

/// The answer that goes on with what the worker does. Within the runtime of the admin thread.
pub(super) fn answer(
    follower: Follower,
    ends: Ends,
    place: OwnedSemaphorePermit,
    stream: &Arc<Stream>,
) -> Answer {
    let (sender, body) = Channel::<Bytes, Infallible>::new(ON_THEIR_WAY);
    stream.0.store(true, Ordering::Relaxed);
    let over = Over(Arc::clone(stream));
    tokio::spawn(async move {
        let (_place, _over) = (place, over);
        carry(follower, ends, sender).await;
    });
    let mut answer = Response::new(super::answer::AnswerBody::Right(body));
    *answer.status_mut() = StatusCode::OK;
    let headers = answer.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("text/event-stream"));
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    answer
}

struct Over(Arc<Stream>);

impl Drop for Over {
    fn drop(&mut self) {
        self.0.0.store(false, Ordering::Relaxed);
    }
}

async fn carry(mut follower: Follower, mut ends: Ends, mut sender: Sender<Bytes>) {
    let (mut heartbeat, mut look) = (interval(HEARTBEAT), interval(LOOK));
    look.set_missed_tick_behavior(MissedTickBehavior::Delay);
    // The first one comes at once: the client hears that it follows.
    heartbeat.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        let (event, is_last) = tokio::select! {
            biased;
            followed = follower.next() => match followed {
                Some(Followed::Line(line)) => (of_line(&line), false),
                Some(Followed::Lost(lines)) => (event("lost", &json!({ "lines": lines })), false),
                None => (end("removed"), true),
            },
            // Its sender is in what all connections share.
            _ = ends.listener.wait_for(|ended| *ended) => (end("drain"), true),
            _ = look.tick() => {
                if !ends.readiness.is_leaving() {
                    continue;
                }
                (end("drain"), true)
            }
            _ = heartbeat.tick() => (Bytes::from_static(b": alive\n\n"), false),
        };
        match timeout(STALLED, sender.send_data(event)).await {
            Ok(Ok(())) if !is_last => {}
            _ => return,
        }
    }
}

fn of_line(line: &FeedLine) -> Bytes {
    let (kind, mut data) = match &line.event {
        FeedEvent::Console(record) => {
            let level = match record.level {
                LogLevel::Debug => "debug",
                LogLevel::Info => "info",
                LogLevel::Warn => "warn",
                LogLevel::Error => "error",
            };
            ("console", json!({ "level": level, "message": record.message }))
        }
        FeedEvent::Request { method, path, status, duration } => {
            let duration_ms = duration.as_micros() as f64 / 1000.0;
            let request = json!({
                "method": method, "path": path, "status": status, "duration_ms": duration_ms,
            });
            ("request", request)
        }
        FeedEvent::Terminated(termination) => {
            let mut data = json!({ "reason": termination.reason.name(), "message": termination.message });
            place_of(termination, &mut data);
            ("exception", data)
        }
    };
    let time = line.time.duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    data["time"] = json!(time.as_millis() as u64);
    data["version"] = json!(&*line.version);
    event(kind, &data)
}

fn end(reason: &str) -> Bytes {
    event("end", &json!({ "reason": reason }))
}

/// JSON has no line ends of its own.
fn event(kind: &str, data: &Value) -> Bytes {
    format!("event: {kind}\ndata: {data}\n\n").into()
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use exec::LogRecord;

    use super::*;

    #[test]
    fn no_text_of_a_worker_is_an_event_of_its_own() {
        let record =
            LogRecord { level: LogLevel::Warn, message: "a\n\nevent: end\ndata: {}\r\n\u{2028}".into() };
        let line = FeedLine {
            time: SystemTime::UNIX_EPOCH + Duration::from_millis(1_500),
            version: Arc::from("1"),
            event: FeedEvent::Console(record),
        };
        let event = of_line(&line);
        let text = std::str::from_utf8(&event).unwrap();
        let data = text.strip_prefix("event: console\ndata: ").and_then(|text| text.strip_suffix("\n\n"));
        let data = data.filter(|data| !data.contains(['\n', '\r'])).unwrap();
        let data: Value = serde_json::from_str(data).unwrap();
        assert_eq!(
            (&data["time"], &data["level"], &data["version"]),
            (&json!(1500), &json!("warn"), &json!("1"))
        );
        assert!(data["message"].as_str().unwrap().starts_with("a\n\nevent: end\n"));
    }
}
