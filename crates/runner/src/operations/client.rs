//! The HTTP client behind `fetch()`: hops, redirects, bodies.
//!
//! Name resolution and the settings of TLS are shared by all workers; connections are each worker's own
//! ([`connections`](super::connections)), and [`connect`](super::connect) asks the policy.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use derive_setters::Setters;
use exec::{Body, BodyError, BodyStream, FetchRequest, FetchResponse, StatusText, TenantBudget};
use http::header::{self, HeaderMap, HeaderName, HeaderValue};
use http::{Method, Request, Response, StatusCode};
use hyper::body::{Body as _, Incoming};
use hyper::ext::ReasonPhrase;
use serde::{Deserialize, Serialize};
use tokio_rustls::rustls::ClientConfig;
use url::{Position, Url};

use super::connect::{Connector, tls_config};
use super::connections::{Connection, Connections};
use super::error::FetchError;
use super::fetched_body::FetchedBody;
use super::policy::FetchPolicy;
use super::resolver::Resolver;
use super::{ports, redirect};
use crate::header_fields::trim_values;
use crate::hop_by_hop;
use crate::limited_body::{self, BodyLimits, LimitedBody};

/// What the outgoing client may do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize, Setters)]
#[serde(default, deny_unknown_fields)]
#[setters(prefix = "with_")]
#[non_exhaustive]
pub struct FetchOptions {
    /// Where it may connect to.
    pub policy: FetchPolicy,
    /// Bytes of a response body at most. By default as many as come: what a worker passes on is not kept, and what it
    /// takes into its memory is bounded by that, and by its budget.
    pub max_response_body: u64,
    /// Time for a connection, TLS included; name resolution has bounds of its own.
    pub connect_timeout: Duration,
    /// Time for a `fetch()`, redirects included, until the head of the answer is there; and how long the server may then
    /// send nothing of the body that the worker waits for.
    pub timeout: Duration,
}

impl Default for FetchOptions {
    fn default() -> Self {
        Self {
            policy: FetchPolicy::default(),
            max_response_body: u64::MAX,
            connect_timeout: Duration::from_secs(10),
            timeout: Duration::from_secs(60),
        }
    }
}

/// What the clients of all workers share: options, name resolution, TLS. Clones share it too.
#[derive(Clone, Debug)]
pub struct FetchClient {
    options: FetchOptions,
    resolver: Arc<Resolver>,
    tls: Arc<ClientConfig>,
}

/// The client of one worker.
#[derive(Debug)]
pub(super) struct TenantClient {
    options: FetchOptions,
    connections: Arc<Connections>,
}

/// One hop of a `fetch()`, with what is sent to it.
struct Hop {
    url: Url,
    method: Method,
    headers: HeaderMap,
    body: HopBody,
}

/// What is sent to each hop.
enum HopBody {
    None,
    /// As often as it must be.
    Bytes(Bytes),
    /// Once; after that there is nothing.
    Stream(Option<BodyStream>),
}

impl FetchClient {
    /// A client with these options.
    pub fn new(options: FetchOptions) -> Self {
        Self { options, resolver: Resolver::of_the_system(), tls: Arc::new(tls_config()) }
    }

    /// The same client under another policy; the two share name resolution and the settings of TLS.
    pub fn with_policy(&self, policy: FetchPolicy) -> Self {
        Self { options: FetchOptions { policy, ..self.options }, ..self.clone() }
    }

    /// The client of another worker. It belongs to the tokio runtime that makes its first request.
    pub(super) fn tenant(&self) -> TenantClient {
        let options = self.options;
        let connector =
            Connector::new(options.policy, options.connect_timeout, self.resolver.tenant(), &self.tls);
        TenantClient { options, connections: Arc::new(Connections::new(connector)) }
    }
}

impl TenantClient {
    /// Performs a `fetch()` of a worker.
    pub(super) async fn fetch(&self, request: FetchRequest) -> Result<FetchResponse, FetchError> {
        if self.options.policy == FetchPolicy::None {
            return Err(FetchError::SwitchedOff);
        }
        tokio::time::timeout(self.options.timeout, self.follow(request))
            .await
            .unwrap_or(Err(FetchError::TimedOut))
    }

    async fn follow(
        &self,
        FetchRequest { request, redirect: mode, budget }: FetchRequest,
    ) -> Result<FetchResponse, FetchError> {
        let mut hop = Hop::new(request)?;
        for redirects in 0..=redirect::MAX_REDIRECTS {
            let (response, connection) = self.send(&mut hop, &budget).await?;
            // hyper keeps what is provisional to itself; this is a switch of protocols that nobody asked for.
            if response.status().is_informational() {
                return Err(FetchError::Provisional(response.status()));
            }
            let Some(next) = redirect::target(&response, mode, &hop.url)? else {
                return self.finish(response, connection, hop.url, redirects > 0, &budget).await;
            };
            if response.body().is_end_stream() {
                self.connections.give_back(connection);
            }
            // Also where the body would be left out: the standard lets a stream be sent over a 303 only.
            if matches!(hop.body, HopBody::Stream(_)) && response.status() != StatusCode::SEE_OTHER {
                return Err(FetchError::UnrepeatableBody);
            }
            let has_body = !matches!(hop.body, HopBody::None);
            let keeps_body = redirect::rewrite(
                response.status(),
                (&hop.url, &next),
                &mut hop.method,
                &mut hop.headers,
                has_body,
            );
            if !keeps_body {
                hop.body = HopBody::None;
            }
            hop.url = next;
        }
        Err(FetchError::TooManyRedirects(redirect::MAX_REDIRECTS))
    }

    /// Sends one hop. A connection that the server closed just before is replaced.
    async fn send(
        &self,
        hop: &mut Hop,
        budget: &TenantBudget,
    ) -> Result<(Response<Incoming>, Connection), FetchError> {
        let mut request = hop.request()?;
        loop {
            let mut connection = self.connections.get(&hop.url, budget).await?;
            match connection.sender.requests.try_send_request(request).await {
                Ok(response) => return Ok((response, connection)),
                Err(mut error) => match error.take_message() {
                    Some(unsent) if connection.is_reused => request = unsent,
                    _ => return Err(FetchError::Http(error.into_error())),
                },
            }
        }
    }

    async fn finish(
        &self,
        response: Response<Incoming>,
        connection: Connection,
        mut url: Url,
        redirected: bool,
        budget: &TenantBudget,
    ) -> Result<FetchResponse, FetchError> {
        let (mut parts, body) = response.into_parts();
        hop_by_hop::strip(&mut parts.headers, |_| false);
        // A folded value may begin with the space that is left of the fold.
        trim_values(&mut parts.headers);
        // There if it is not the usual one.
        let phrase = parts.extensions.remove::<ReasonPhrase>();
        if let Some(text) = phrase.and_then(|phrase| StatusText::new(phrase.as_bytes())) {
            parts.extensions.insert(text);
        }
        let limits = BodyLimits {
            max_bytes: self.options.max_response_body,
            stall: self.options.timeout,
            patience: Duration::MAX,
        };
        let body = LimitedBody::new(body, parts.version, limits);
        if body.is_too_large() {
            return Err(BodyError::TooLarge.into());
        }
        let body = FetchedBody::new(body, connection, &self.connections);
        // Short enough that the worker hears what was missing.
        let breaks_off = |error: &BodyError| matches!(error, BodyError::Transport { .. });
        let body = limited_body::take_in(body, budget, self.options.timeout / 4, breaks_off).await?;
        url.set_fragment(None);
        let response = Response::from_parts(parts, body);
        Ok(FetchResponse { response, url: url.into(), redirected })
    }
}

impl Hop {
    fn new(request: Request<Body>) -> Result<Self, FetchError> {
        let (mut parts, body) = request.into_parts();
        if matches!(parts.method, Method::CONNECT | Method::TRACE) {
            return Err(FetchError::BadMethod(parts.method));
        }
        let url = parts.uri.to_string();
        let url = Url::parse(&url).map_err(|_| FetchError::BadUrl(url))?;
        hop_by_hop::strip(&mut parts.headers, |_| false);
        for ours in [header::HOST, header::CONTENT_LENGTH, header::EXPECT] {
            parts.headers.remove(ours);
        }
        let is_partial = parts.headers.contains_key(header::RANGE);
        let mut default = |name: HeaderName, value| {
            parts.headers.entry(name).or_insert(HeaderValue::from_static(value));
        };
        default(header::ACCEPT, "*/*");
        default(header::ACCEPT_LANGUAGE, "*");
        default(header::USER_AGENT, concat!("isolate-pool/", env!("CARGO_PKG_VERSION")));
        if is_partial {
            // A range of a compressed answer is of no use to whoever asks for bytes.
            default(header::ACCEPT_ENCODING, "identity");
        }
        let body = match body {
            Body::Empty => HopBody::None,
            Body::Full(bytes) => HopBody::Bytes(bytes),
            Body::Stream(stream) => HopBody::Stream(Some(stream)),
        };
        Ok(Self { url, method: parts.method, headers: parts.headers, body })
    }

    fn request(&mut self) -> Result<Request<Body>, FetchError> {
        let url = &self.url;
        let has_credentials = !url.username().is_empty() || url.password().is_some();
        let bad_url = || FetchError::BadUrl(url.to_string());
        if has_credentials || !matches!(url.scheme(), "http" | "https") {
            return Err(bad_url());
        }
        if let Some(port) = url.port().filter(|port| ports::is_blocked(*port)) {
            return Err(FetchError::BlockedPort(port));
        }
        // hyper announces the length of what there is only.
        let (body, announces) = match &mut self.body {
            HopBody::None => (Body::Empty, matches!(self.method, Method::POST | Method::PUT)),
            HopBody::Bytes(bytes) => (Body::Full(bytes.clone()), true),
            HopBody::Stream(stream) => (stream.take().map_or_else(Body::empty, Body::Stream), true),
        };
        let announces_nothing = announces && body.is_empty();
        let mut request = Request::new(body);
        *request.method_mut() = self.method.clone();
        *request.headers_mut() = self.headers.clone();
        *request.uri_mut() =
            url[Position::BeforePath..Position::AfterQuery].parse().map_err(|_| bad_url())?;
        let host =
            HeaderValue::from_str(&url[Position::BeforeHost..Position::AfterPort]).map_err(|_| bad_url())?;
        request.headers_mut().insert(header::HOST, host);
        if announces_nothing {
            request.headers_mut().insert(header::CONTENT_LENGTH, HeaderValue::from_static("0"));
        }
        Ok(request)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_request_has_the_form_of_its_origin() {
        for (url, target, host) in [
            ("https://example.com:8443/a?b#c", "/a?b", "example.com:8443"),
            ("http://example.com:80", "/", "example.com"),
            ("http://[::1]/?", "/?", "[::1]"),
        ] {
            let mut hop = Hop::new(Request::get(url).body(Body::empty()).unwrap()).unwrap();
            let request = hop.request().unwrap();
            assert_eq!(
                (request.uri().to_string(), &request.headers()["host"]),
                (target.into(), &HeaderValue::from_static(host))
            );
        }
    }

    #[test]
    fn blocked_ports_are_refused_in_every_scheme() {
        for url in ["http://a.test:25/", "https://a.test:6667/", "http://127.0.0.1:22/"] {
            let mut hop = Hop::new(Request::get(url).body(Body::empty()).unwrap()).unwrap();
            assert!(matches!(hop.request(), Err(FetchError::BlockedPort(_))), "{url}");
        }
    }

    #[test]
    fn urls_with_credentials_or_other_schemes_are_refused() {
        for url in ["http://user:secret@a.test/", "http://user@a.test/", "ftp://a.test/"] {
            let mut hop = Hop::new(Request::get(url).body(Body::empty()).unwrap()).unwrap();
            assert!(matches!(hop.request(), Err(FetchError::BadUrl(_))), "{url}");
        }
    }
}
