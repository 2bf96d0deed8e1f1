//! From a request of the network to the event of a worker.

use std::net::SocketAddr;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, OnceLock};

use bytes::Bytes;
use exec::{Body, BodyError, Event, TenantBudget};
use http::header::{self, HeaderName, HeaderValue};
use http::request::Parts;
use http::uri::{Authority, Scheme};
use http::{Method, Request, Version};
use hyper::body::Incoming;
use tokio::runtime::Handle;

use super::prefix::X_FORWARDED_PREFIX;
use super::progress::Progress;
use super::request_url;
use super::upload::{Upload, linger};
use crate::header_fields::join_cookies;
use crate::hop_by_hop;
use crate::limited_body::{self, BodyLimits, LimitedBody};

/// Why a request does not reach a worker.
#[derive(Debug, thiserror::Error)]
pub(super) enum RequestError {
    /// `Host`, or the target, is not one.
    #[error("invalid host or request target")]
    BadTarget,
    /// A method that asks for something else than a response.
    #[error("the method is not implemented")]
    BadMethod,
    /// Its body is coded in another way than in chunks.
    #[error("the transfer coding is not implemented")]
    BadCoding,
    /// Where its body ends is not clear.
    #[error("the body is not well framed")]
    BadFraming,
    /// The body did not come.
    #[error(transparent)]
    Body(#[from] BodyError),
}

/// How a request came to the server.
#[derive(Debug)]
pub(super) struct Arrival<'a> {
    /// Names the server where the client does not.
    pub(super) local: SocketAddr,
    /// Whether the client spoke TLS, to whomever.
    pub(super) https: bool,
    /// The header for the address of the client, and the address. What came under that name is removed.
    pub(super) client: Option<(&'a HeaderName, Option<HeaderValue>)>,
    /// What the worker does not see of the path. What came under the name of its header is removed.
    pub(super) prefix: Option<HeaderValue>,
}

/// The `fetch` event for a request. `path_and_query` is what the worker sees of the target.
///
/// Headers stay as they came, byte for byte and in their order, apart from those that belong to the
/// connection. A body that has come with the head is read here, once `budget` has room for it, and any other by the
/// worker, if it wants it; a request without a body asks for no budget.
pub(super) async fn event(
    request: Request<Incoming>,
    path_and_query: &str,
    arrival: Arrival<'_>,
    limits: BodyLimits,
    progress: &Progress,
    budget: impl FnOnce() -> TenantBudget,
) -> Result<(Event, UploadFate), RequestError> {
    let (mut parts, body) = request.into_parts();
    let body = Some(body).filter(|body| !hyper::body::Body::is_end_stream(body));
    let body = match body.map(|body| LimitedBody::new(body, parts.version, limits)) {
        Some(body) => match checked(&body, &parts) {
            Ok(()) => Some(body),
            Err(error) => {
                linger(body, None, &Handle::current());
                return Err(error);
            }
        },
        None => None,
    };
    let authority = authority(&parts, arrival.local)?;
    let url = request_url::of(arrival.https, &authority, path_and_query, parts.uri.path_and_query())?;
    let has_empty_body = has_empty_body(&parts);
    let client_header = arrival.client.as_ref().map(|(name, _)| *name);
    hop_by_hop::strip(&mut parts.headers, |name| *name == X_FORWARDED_PREFIX || client_header == Some(name));
    join_cookies(&mut parts.headers);
    // HTTP/2 sends the authority in place of `Host`, and the absolute form overrides it (RFC 9112, 3.2.2): workers see
    // the same header in every case.
    if (parts.uri.authority().is_some() || !parts.headers.contains_key(header::HOST))
        && let Ok(host) = HeaderValue::from_str(authority.as_str())
    {
        parts.headers.insert(header::HOST, host);
    }
    // After `Connection` has named what is removed: it must not name these.
    if let Some(prefix) = arrival.prefix {
        parts.headers.insert(X_FORWARDED_PREFIX, prefix);
    }
    if let Some((name, Some(address))) = arrival.client {
        parts.headers.insert(name, address);
    }

    let mut fate = UploadFate::default();
    let body = match body {
        None if has_empty_body => Body::Full(Bytes::new()),
        None => Body::Empty,
        Some(body) => {
            fate.failed = Some(body.failure());
            let is_http1 = parts.version < Version::HTTP_2;
            let open = is_http1.then(|| progress.begin_upload());
            // The client waits to be asked for it, and whether it is, is the worker's to say.
            if waits_to_be_asked(&parts) {
                let asked = Arc::<AtomicBool>::default();
                fate.asked = Some(Arc::clone(&asked));
                Body::stream(Upload::new(body, Some(asked), open))
            } else {
                let upload = Upload::new(body, None, open);
                limited_body::take_in(upload, &budget(), limits.stall, |_| false).await?
            }
        }
    };
    let mut request = Request::new(body);
    *request.method_mut() = parts.method;
    *request.uri_mut() = url;
    *request.headers_mut() = parts.headers;
    Ok((Event::Fetch(request), fate))
}

/// Whether a request without bytes has a body, of no bytes. That is what its framing says, and not when it came: a length of 0 over
/// HTTP/1.1. Over HTTP/2, where an end that comes at once may be that of a body or not, it is the methods that mean one.
fn has_empty_body(Parts { method, headers, version, .. }: &Parts) -> bool {
    let means_one =
        || *version == Version::HTTP_2 && matches!(*method, Method::POST | Method::PUT | Method::PATCH);
    match *method {
        Method::GET | Method::HEAD => false,
        _ => headers.contains_key(header::CONTENT_LENGTH) || means_one(),
    }
}

/// What becomes of the upload of a request.
#[derive(Debug, Default)]
pub(super) struct UploadFate {
    failed: Option<Arc<OnceLock<BodyError>>>,
    asked: Option<Arc<AtomicBool>>,
}

impl UploadFate {
    /// What it failed with while the worker read it, if it did.
    pub(super) fn error(&self) -> Option<BodyError> {
        self.failed.as_ref()?.get().cloned()
    }

    /// Whether its client waits to be asked for it, and has not been.
    pub(super) fn is_held_back(&self) -> bool {
        self.asked.as_ref().is_some_and(|asked| !asked.load(Ordering::Relaxed))
    }
}

/// Whether the client sends its body when it is asked to, as hyper sees it. Over HTTP/2 there is no way to ask, and the client
/// sends when it has waited for long enough.
fn waits_to_be_asked(parts: &Parts) -> bool {
    let expected = parts.headers.get_all(header::EXPECT).iter().next_back();
    parts.version == Version::HTTP_11
        && expected.is_some_and(|value| value.as_bytes().eq_ignore_ascii_case(b"100-continue"))
}

/// Whether a body may be taken: by its length, and by its transfer codings (RFC 9112, 6.1). hyper sees to it that the last one is
/// `chunked`, and leaves the others to whoever reads the body.
fn checked(body: &LimitedBody, parts: &Parts) -> Result<(), RequestError> {
    if body.is_too_large() {
        return Err(BodyError::TooLarge.into());
    }
    let fields = parts.headers.get_all(header::TRANSFER_ENCODING).iter();
    let codings = fields.flat_map(|field| field.as_bytes().split(|byte| *byte == b','));
    let codings = codings.map(<[u8]>::trim_ascii).filter(|coding| !coding.is_empty());
    let (mut chunked, mut others) = (0, 0);
    for coding in codings {
        let count = if coding.eq_ignore_ascii_case(b"chunked") { &mut chunked } else { &mut others };
        *count += 1;
    }
    match (chunked, others) {
        (2.., _) => Err(RequestError::BadFraming),
        (_, 1..) => Err(RequestError::BadCoding),
        _ => Ok(()),
    }
}

/// Whom the client asked: the authority of the target (HTTP/2, absolute form), else `Host`, else the local address.
fn authority(parts: &Parts, local: SocketAddr) -> Result<Authority, RequestError> {
    let mut hosts = parts.headers.get_all(header::HOST).iter();
    let authority = match (parts.uri.authority(), hosts.next()) {
        (Some(authority), _) => authority.clone(),
        (None, Some(host)) => Authority::try_from(host.as_bytes()).map_err(|_| RequestError::BadTarget)?,
        // Before HTTP/1.1 there was no such header.
        (None, None) if parts.version < Version::HTTP_11 => {
            return local.to_string().parse().map_err(|_| RequestError::BadTarget);
        }
        (None, None) => return Err(RequestError::BadTarget),
    };
    // A target that is nothing but an authority is for `CONNECT`.
    let is_target = match parts.uri.scheme() {
        Some(scheme) => *scheme == Scheme::HTTP || *scheme == Scheme::HTTPS,
        None => parts.uri.authority().is_none(),
    };
    if !is_target || authority.as_str().contains('@') || hosts.next().is_some() {
        return Err(RequestError::BadTarget);
    }
    Ok(authority)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(target: &str, hosts: &[&str]) -> Result<String, RequestError> {
        let mut request = Request::get(target);
        for host in hosts {
            request = request.header(header::HOST, HeaderValue::from_bytes(host.as_bytes()).unwrap());
        }
        let (mut parts, ()) = request.body(()).unwrap().into_parts();
        if hosts.is_empty() {
            parts.version = Version::HTTP_10;
        }
        let authority = authority(&parts, "127.0.0.1:80".parse().unwrap())?;
        let target = parts.uri.path_and_query();
        request_url::of(false, &authority, target.map_or("/", |target| target.as_str()), target)
            .map(|url| url.to_string())
    }

    #[test]
    fn the_authority_comes_from_the_target_then_host_then_the_socket() {
        assert_eq!(of("http://a.test:1/x", &["b.test"]).unwrap(), "http://a.test:1/x");
        assert_eq!(of("/x", &["b.test:8080"]).unwrap(), "http://b.test:8080/x");
        assert_eq!(of("/x", &["[::1]:80"]).unwrap(), "http://[::1]/x");
        assert_eq!(of("/x", &[]).unwrap(), "http://127.0.0.1/x");
    }

    #[test]
    fn the_url_is_serialised_as_a_url() {
        for (target, host, url) in [
            ("/x", "A.TEST", "http://a.test/x"),
            ("/x", "a.test:", "http://a.test/x"),
            ("/x", "a.test:0080", "http://a.test/x"),
            ("/x", "0x7f.1", "http://127.0.0.1/x"),
            ("/x", "[::FFFF:1.2.3.4]:8", "http://[::ffff:102:304]:8/x"),
            ("/caf\u{e9}?q=\u{e9}", "a.test", "http://a.test/caf%C3%A9?q=%C3%A9"),
            ("/a/../b/./c\\d", "a.test", "http://a.test/b/c/d"),
            ("/%2e%2e/%zz", "a.test", "http://a.test/%zz"),
            ("//x//y", "a.test", "http://a.test//x//y"),
            ("/?", "a.test", "http://a.test/?"),
            ("/a|b?{}", "a.test", "http://a.test/a|b?{}"),
        ] {
            assert_eq!(of(target, &[host]).unwrap(), url, "{target} {host}");
        }
    }

    #[test]
    fn hosts_that_are_none_are_refused() {
        for host in [
            "",
            "a b",
            "a.test/x",
            "user@a.test",
            "a.test:99999",
            "a.test:-1",
            "[::1",
            "[::1%25eth0]",
            "a\u{e9}.test",
            "a%62.test",
            "1.2.3.4.5",
            "xn--a.test",
            "a|b",
            ":80",
        ] {
            assert!(of("/x", &[host]).is_err(), "{host:?}");
        }
        assert!(of("/x", &["a.test", "b.test"]).is_err());
        assert!(of("ftp://a.test/x", &[]).is_err() && of("a.test", &[]).is_err());
    }
}
