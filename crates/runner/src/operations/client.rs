//! The HTTP client behind `fetch()`.
//!
//! The public-addresses policy must not be open to a name that resolves to a public address when it is
//! checked and to an inner one when it is connected to. So under this policy a name is resolved here, once,
//! and the connector is given the address that was checked: the URI it sees is `NAME@ADDRESS:PORT`, where
//! the TLS layer takes its server name from the first part. The pool of connections keys on the same URI.
//! These connections speak HTTP/1.1 only, since HTTP/2 would send that URI's authority.

use std::net::SocketAddr;
use std::time::Duration;

use bytes::Bytes;
use exec::{Body, FetchRequest, FetchResponse};
use http::header::{self, HeaderMap, HeaderName, HeaderValue};
use http::{Method, Request, Response, Uri};
use http_body_util::Full;
use hyper::body::Incoming;
use hyper_rustls::{
    DefaultServerNameResolver, HttpsConnector, HttpsConnectorBuilder, ResolveServerName as _,
};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::{TokioExecutor, TokioTimer};
use url::{Host, Url};

use super::error::FetchError;
use super::policy::{FetchPolicy, is_public};
use super::{ports, redirect};
use crate::{hop_by_hop, limited_body};

/// What the outgoing client may do.
#[derive(Clone, Copy, Debug)]
pub struct FetchOptions {
    /// Where it may connect to.
    pub policy: FetchPolicy,
    /// Bytes of a response body at most.
    pub max_response_body: usize,
    /// Time for a TCP connection.
    pub connect_timeout: Duration,
    /// Time for the whole `fetch()`, redirects and body included.
    pub timeout: Duration,
}

impl Default for FetchOptions {
    fn default() -> Self {
        Self {
            policy: FetchPolicy::default(),
            max_response_body: 64 << 20,
            connect_timeout: Duration::from_secs(10),
            timeout: Duration::from_secs(60),
        }
    }
}

/// The shared HTTP client: connection pool, TLS, policy. Clones share everything.
#[derive(Clone, Debug)]
pub struct FetchClient {
    client: Client<HttpsConnector<HttpConnector>, Full<Bytes>>,
    options: FetchOptions,
}

/// One hop of a `fetch()`, with what is sent to it.
struct Hop {
    url: Url,
    method: Method,
    headers: HeaderMap,
    body: Bytes,
}

impl FetchClient {
    /// A client with these options. It belongs to the tokio runtime that makes its first request.
    pub fn new(options: FetchOptions) -> Self {
        let mut http = HttpConnector::new();
        http.enforce_http(false);
        http.set_nodelay(true);
        http.set_connect_timeout(Some(options.connect_timeout));
        let connector = HttpsConnectorBuilder::new()
            .with_webpki_roots()
            .https_or_http()
            .with_server_name_resolver(|uri: &Uri| DefaultServerNameResolver::default().resolve(&named(uri)))
            .enable_http1();
        let connector = match options.policy {
            FetchPolicy::Public => connector.wrap_connector(http),
            FetchPolicy::Any | FetchPolicy::None => connector.enable_http2().wrap_connector(http),
        };
        let client = Client::builder(TokioExecutor::new())
            .timer(TokioTimer::new())
            .pool_timer(TokioTimer::new())
            .pool_idle_timeout(Duration::from_secs(30))
            .pool_max_idle_per_host(32)
            .build(connector);
        Self { client, options }
    }

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
        FetchRequest { request, redirect: mode }: FetchRequest,
    ) -> Result<FetchResponse, FetchError> {
        let mut hop = Hop::new(request)?;
        for redirects in 0..=redirect::MAX_REDIRECTS {
            let response = self.send(&hop).await?;
            // hyper keeps what is provisional to itself; this is a switch of protocols that nobody asked for.
            if response.status().is_informational() {
                return Err(FetchError::Provisional(response.status()));
            }
            let Some(next) = redirect::target(&response, mode, &hop.url)? else {
                return self.finish(response, hop.url, redirects > 0).await;
            };
            let keeps_body =
                redirect::rewrite(response.status(), &hop.url, &next, &mut hop.method, &mut hop.headers);
            if !keeps_body {
                hop.body.clear();
            }
            hop.url = next;
        }
        Err(FetchError::TooManyRedirects(redirect::MAX_REDIRECTS))
    }

    /// Sends one hop; under the public policy to each allowed address until one accepts the connection.
    async fn send(&self, hop: &Hop) -> Result<Response<Incoming>, FetchError> {
        let request = hop.request()?;
        if self.options.policy != FetchPolicy::Public {
            return self.client.request(request).await.map_err(FetchError::Client);
        }
        let mut last = FetchError::Refused(hop.url.to_string());
        for address in public_addresses(&hop.url).await? {
            match self.client.request(pinned(request.clone(), &hop.url, address)?).await {
                Ok(response) => return Ok(response),
                Err(error) if error.is_connect() => last = FetchError::Client(error),
                Err(error) => return Err(FetchError::Client(error)),
            }
        }
        Err(last)
    }

    async fn finish(
        &self,
        response: Response<Incoming>,
        mut url: Url,
        redirected: bool,
    ) -> Result<FetchResponse, FetchError> {
        let (mut parts, mut body) = response.into_parts();
        hop_by_hop::strip(&mut parts.headers);
        let body =
            limited_body::read(&mut body, self.options.max_response_body, self.options.timeout).await?;
        url.set_fragment(None);
        let response = Response::from_parts(parts, Body::from(body));
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
        hop_by_hop::strip(&mut parts.headers);
        for ours in [header::HOST, header::CONTENT_LENGTH, header::EXPECT] {
            parts.headers.remove(ours);
        }
        let mut default = |name: HeaderName, value| {
            parts.headers.entry(name).or_insert(HeaderValue::from_static(value));
        };
        default(header::ACCEPT, "*/*");
        default(header::USER_AGENT, concat!("isolate-pool/", env!("CARGO_PKG_VERSION")));
        Ok(Self { url, method: parts.method, headers: parts.headers, body: body.into_bytes() })
    }

    fn request(&self) -> Result<Request<Full<Bytes>>, FetchError> {
        let has_credentials = !self.url.username().is_empty() || self.url.password().is_some();
        let bad_url = || FetchError::BadUrl(self.url.to_string());
        if has_credentials || !matches!(self.url.scheme(), "http" | "https") {
            return Err(bad_url());
        }
        if let Some(port) = self.url.port().filter(|port| ports::is_blocked(*port)) {
            return Err(FetchError::BlockedPort(port));
        }
        let mut request = Request::new(Full::new(self.body.clone()));
        *request.method_mut() = self.method.clone();
        *request.headers_mut() = self.headers.clone();
        *request.uri_mut() = self.url[..url::Position::AfterQuery].parse().map_err(|_| bad_url())?;
        Ok(request)
    }
}

/// The public addresses of the URL's host.
async fn public_addresses(url: &Url) -> Result<Vec<SocketAddr>, FetchError> {
    let port = url.port_or_known_default().unwrap_or(80);
    let addresses: Vec<SocketAddr> = match url.host() {
        Some(Host::Domain(name)) => tokio::net::lookup_host((name, port))
            .await
            .map_err(|error| FetchError::Resolve { name: name.to_owned(), error })?
            .collect(),
        Some(Host::Ipv4(address)) => vec![(address, port).into()],
        Some(Host::Ipv6(address)) => vec![(address, port).into()],
        None => return Err(FetchError::BadUrl(url.to_string())),
    };
    Ok(addresses.into_iter().filter(|address| is_public(address.ip())).collect())
}

/// The request, bound to an address of its host; see the module's head.
fn pinned(
    mut request: Request<Full<Bytes>>,
    url: &Url,
    address: SocketAddr,
) -> Result<Request<Full<Bytes>>, FetchError> {
    let bad_url = || FetchError::BadUrl(url.to_string());
    let authority = match url.host() {
        Some(Host::Domain(name)) => format!("{name}@{address}"),
        _ => address.to_string(),
    };
    let host = request.uri().authority().ok_or_else(bad_url)?.as_str();
    let host = HeaderValue::from_str(host).map_err(|_| bad_url())?;
    request.headers_mut().insert(header::HOST, host);
    let mut parts = std::mem::take(request.uri_mut()).into_parts();
    parts.authority = Some(authority.parse().map_err(|_| bad_url())?);
    *request.uri_mut() = Uri::from_parts(parts).map_err(|_| bad_url())?;
    Ok(request)
}

/// The URI whose host is the name for TLS: undoes [`pinned`], leaves any other URI alone.
fn named(uri: &Uri) -> Uri {
    let name = uri.authority().and_then(|authority| authority.as_str().split_once('@'));
    name.and_then(|(name, _)| Uri::try_from(name).ok()).unwrap_or_else(|| uri.clone())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pinned_request_connects_to_the_address_and_names_the_host() {
        let url = Url::parse("https://example.com:8443/a?b").unwrap();
        let hop = Hop::new(Request::get(url.as_str()).body(Body::empty()).unwrap()).unwrap();
        let request = pinned(hop.request().unwrap(), &url, "[2606:4700::1]:8443".parse().unwrap()).unwrap();
        assert_eq!(request.headers()["host"], "example.com:8443");
        assert_eq!(request.uri().host(), Some("[2606:4700::1]"));
        assert_eq!(request.uri().path_and_query().unwrap(), "/a?b");
        assert_eq!(named(request.uri()).host(), Some("example.com"));
    }

    #[test]
    fn blocked_ports_are_refused_in_every_scheme() {
        for url in ["http://a.test:25/", "https://a.test:6667/", "http://127.0.0.1:22/"] {
            let hop = Hop::new(Request::get(url).body(Body::empty()).unwrap()).unwrap();
            assert!(matches!(hop.request(), Err(FetchError::BlockedPort(_))), "{url}");
        }
    }

    #[test]
    fn urls_with_credentials_or_other_schemes_are_refused() {
        for url in ["http://user:secret@a.test/", "http://user@a.test/", "ftp://a.test/"] {
            let hop = Hop::new(Request::get(url).body(Body::empty()).unwrap()).unwrap();
            assert!(matches!(hop.request(), Err(FetchError::BadUrl(_))), "{url}");
        }
    }
}
