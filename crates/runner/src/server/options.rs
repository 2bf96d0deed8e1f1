//! What a server is told at its start.

use std::time::Duration;

use derive_setters::Setters;
use http::HeaderName;
use serde::{Deserialize, Serialize};

use super::access_log::AccessLog;
use super::proxies::Proxies;

/// Configuration of a [`Server`](super::Server). What is not said is as in the default, in Rust and where it is deserialised; a name that
/// there is not is an error there.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize, Setters)]
#[serde(default, deny_unknown_fields)]
#[setters(prefix = "with_")]
#[non_exhaustive]
pub struct ServerOptions {
    /// Bytes of a request's body at most; beyond is answered with 413.
    pub max_body: usize,
    /// How long a client may send nothing of a body that its worker wants, before that fails and, if the worker has no
    /// answer then, is answered with 408. And how long a request waits for room for its body before it is answered with
    /// 503.
    pub body_timeout: Duration,
    /// How long a worker may have to wait for the body in all, likewise.
    pub body_deadline: Duration,
    /// How long nothing may move of the body of an answer that is on its way, before its connection is closed, or its stream
    /// reset over HTTP/2. A worker that writes it has the limits of its request as well.
    pub stream_idle: Duration,
    /// How long such a body may be on its way in all, likewise.
    pub stream_max: Duration,
    /// How long a client may take for the head of a request, and how long a connection may idle.
    pub idle_timeout: Duration,
    /// Connections at most; others wait in the listener's queue.
    pub max_connections: usize,
    /// Threads of the server's own, each with a runtime, that serve the connections; see
    /// [`Server`](super::Server#threads). 0: the runtime that runs the server does.
    pub io_threads: usize,
    /// Those threads take turns of workers themselves, which saves two changes of threads for a request, where turns take
    /// no more than this on average: see [`isolate::station`]. Zero: isolate threads take all turns.
    pub short_turn: Duration,
    /// How long connections are still accepted once the server was asked to stop, before the drain: so long those who send
    /// it requests have to notice. Each connection is told that it ends: by the next answer over HTTP/1.1, by GOAWAY over
    /// HTTP/2.
    pub lame_duck: Duration,
    /// How long requests in flight may go on after that.
    pub drain: Duration,
    /// How much of `drain` connections stay open for requests that are on their way; an answer over HTTP/1.1 then says
    /// that it is the last one. (Over HTTP/2 they are served without that, since GOAWAY says which ones are.)
    pub linger: Duration,
    /// Whether clients get to see the text of a worker's exception.
    pub expose_errors: bool,
    /// A line of log for each request.
    pub access_log: AccessLog,
    /// Who says where a request comes from, if not its connection.
    pub proxies: Proxies,
    /// The header in which workers find the address of the client, if it has one. What a client sends under this name is
    /// removed. `None`: no such header, and none is removed.
    #[serde(with = "header_name")]
    pub client_address_header: Option<HeaderName>,
}

impl Default for ServerOptions {
    fn default() -> Self {
        Self {
            max_body: 16 << 20,
            body_timeout: Duration::from_secs(30),
            body_deadline: Duration::from_secs(120),
            stream_idle: Duration::from_secs(300),
            stream_max: Duration::MAX,
            idle_timeout: Duration::from_secs(30),
            max_connections: 10_000,
            io_threads: 0,
            short_turn: Duration::from_micros(100),
            lame_duck: Duration::ZERO,
            drain: Duration::from_secs(10),
            linger: Duration::from_secs(1),
            expose_errors: false,
            access_log: AccessLog::Off,
            proxies: Proxies::default(),
            client_address_header: None,
        }
    }
}

/// A name as its text.
mod header_name {
    use http::HeaderName;
    use serde::de::Error;
    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    pub(super) fn serialize<S: Serializer>(
        name: &Option<HeaderName>,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        name.as_ref().map(HeaderName::as_str).serialize(serializer)
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<Option<HeaderName>, D::Error> {
        let name = Option::<String>::deserialize(deserializer)?;
        name.map(|name| name.parse().map_err(D::Error::custom)).transpose()
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn options_can_be_written_down() {
        let written = json!({
            "max_body": 5,
            "access_log": "query",
            "proxies": { "trusted": ["10.0.0.0/8", "192.0.2.1"], "headers": "x-forwarded" },
            "client_address_header": "x-real-ip",
        });
        let options: ServerOptions = serde_json::from_value(written).unwrap();
        let expected = ServerOptions::default()
            .with_max_body(5)
            .with_access_log(AccessLog::Query)
            .with_proxies(Proxies {
                trusted: vec!["10.0.0.0/8".parse().unwrap(), "192.0.2.1/32".parse().unwrap()],
                ..Proxies::default()
            })
            .with_client_address_header(Some(HeaderName::from_static("x-real-ip")));
        assert_eq!(options, expected);
        let again: ServerOptions = serde_json::from_value(serde_json::to_value(&options).unwrap()).unwrap();
        assert_eq!(again, options);
        for wrong in [
            json!({ "max_bodies": 5 }),
            json!({ "client_address_header": "a b" }),
            json!({ "proxies": { "trusted": ["x"] } }),
        ] {
            assert!(serde_json::from_value::<ServerOptions>(wrong.clone()).is_err(), "{wrong}");
        }
    }
}
