//! What is asked, how often, and what came of it.

use std::net::SocketAddr;

use serde::{Deserialize, Serialize};

/// What to do.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Plan {
    pub(crate) address: SocketAddr,
    pub(crate) connections: usize,
    /// How long requests are made before they are measured.
    pub(crate) warm_up_seconds: f64,
    pub(crate) length: Length,
    /// Requests per second, whatever the server does; none: the next one of a connection when the last is answered.
    pub(crate) rate: Option<f64>,
    pub(crate) requests: Vec<Request>,
    /// Which requests are made, by their positions; from the beginning again at the end.
    pub(crate) order: Vec<usize>,
}

/// When to stop.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) enum Length {
    Seconds(f64),
    /// When each request of the order has been answered.
    Once,
}

/// A request, and the answer that it must have.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Request {
    /// Head and body as they are sent.
    pub(crate) bytes: String,
    /// The body of the answer, whose status is 200.
    pub(crate) body: String,
    /// Headers that the answer has, with names in lower case.
    pub(crate) headers: Vec<(String, String)>,
}

/// What was measured after the warm-up. Latencies are in nanoseconds, from the time at which a request was due to the
/// last byte of its answer.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Measured {
    pub(crate) requests: u64,
    pub(crate) seconds: f64,
    pub(crate) p50_ns: u64,
    pub(crate) p99_ns: u64,
    pub(crate) p99_9_ns: u64,
}

impl Request {
    /// A request without a body that is answered with this text.
    pub(crate) fn get(target: &str, headers: &[(&str, &str)], body: impl Into<String>) -> Self {
        Self { bytes: head("GET", target, headers), body: body.into(), headers: Vec::new() }
    }

    /// A request with a body.
    pub(crate) fn post(target: &str, kind: &str, content: &str, body: impl Into<String>) -> Self {
        let length = content.len().to_string();
        let head = head("POST", target, &[("content-type", kind), ("content-length", &length)]);
        Self { bytes: head + content, body: body.into(), headers: Vec::new() }
    }
}

fn head(method: &str, target: &str, headers: &[(&str, &str)]) -> String {
    let fields: String = headers.iter().map(|(name, value)| format!("{name}: {value}\r\n")).collect();
    format!("{method} {target} HTTP/1.1\r\nhost: bench.localhost\r\n{fields}\r\n")
}
