//! From a request of the network to the event of a worker.

use std::net::SocketAddr;
use std::time::Duration;

use exec::{Body, Event};
use http::header::{self, HeaderMap, HeaderValue};
use http::uri::{Authority, PathAndQuery, Scheme};
use http::{Method, Request, Uri};
use hyper::body::Incoming;

use crate::hop_by_hop;
use crate::limited_body::{self, BodyError};

/// Why a request does not reach a worker.
#[derive(Debug, thiserror::Error)]
pub(super) enum RequestError {
    /// `Host`, or the target, is not one.
    #[error("invalid host or request target")]
    BadTarget,
    /// A method that asks for something else than a response.
    #[error("the method is not implemented")]
    BadMethod,
    /// The body did not come.
    #[error(transparent)]
    Body(#[from] BodyError),
}

/// Bounds on what a client may send.
#[derive(Clone, Copy, Debug)]
pub(super) struct BodyLimits {
    pub(super) max_bytes: usize,
    pub(super) stall: Duration,
}

/// The `fetch` event for a request. `path_and_query` is what the worker sees of the target; `local` names
/// the server where the client does not.
///
/// Headers stay as they came, byte for byte and in their order, apart from those that belong to the
/// connection. The body is read here, up to the limits.
pub(super) async fn event(
    request: Request<Incoming>,
    path_and_query: &str,
    local: SocketAddr,
    limits: BodyLimits,
) -> Result<Event, RequestError> {
    // `CONNECT` asks for a tunnel; there is no response that would be an answer.
    if request.method() == Method::CONNECT {
        return Err(RequestError::BadMethod);
    }
    let authority = authority(request.uri(), request.headers(), local)?;
    let (mut parts, mut body) = request.into_parts();
    hop_by_hop::strip(&mut parts.headers);
    // HTTP/2 sends the authority in place of `Host`; workers see the same header with both.
    if !parts.headers.contains_key(header::HOST)
        && let Ok(host) = HeaderValue::from_str(authority.as_str())
    {
        parts.headers.insert(header::HOST, host);
    }
    let mut uri = http::uri::Parts::default();
    uri.scheme = Some(Scheme::HTTP);
    uri.authority = Some(authority);
    uri.path_and_query = Some(PathAndQuery::try_from(path_and_query).map_err(|_| RequestError::BadTarget)?);
    let uri = Uri::from_parts(uri).map_err(|_| RequestError::BadTarget)?;

    let body = match limited_body::read(&mut body, limits.max_bytes, limits.stall).await {
        Ok(body) => body,
        Err(error) => {
            linger(body);
            return Err(error.into());
        }
    };
    let mut request = Request::new(Body::from(body));
    *request.method_mut() = parts.method;
    *request.uri_mut() = uri;
    *request.headers_mut() = parts.headers;
    Ok(Event::Fetch(request))
}

/// Whom the client asked: the authority of the target (HTTP/2, absolute form), else `Host`, else the local
/// address.
fn authority(target: &Uri, headers: &HeaderMap, local: SocketAddr) -> Result<Authority, RequestError> {
    let mut hosts = headers.get_all(header::HOST).iter();
    let authority = match (target.authority(), hosts.next()) {
        (Some(authority), _) => authority.clone(),
        (None, Some(host)) => Authority::try_from(host.as_bytes()).map_err(|_| RequestError::BadTarget)?,
        (None, None) => return local.to_string().parse().map_err(|_| RequestError::BadTarget),
    };
    // The worker parses this as a URL, so it has to be one.
    let is_url = url::Url::parse(&format!("http://{authority}/")).is_ok();
    if !is_url || authority.as_str().contains('@') || hosts.next().is_some() {
        return Err(RequestError::BadTarget);
    }
    Ok(authority)
}

/// Goes on reading for a moment. A connection that is closed with unread bytes in it is reset, and the
/// client may lose the response that says why.
fn linger(mut body: Incoming) {
    const LINGER: Duration = Duration::from_secs(1);
    tokio::spawn(tokio::time::timeout(LINGER, async move {
        use http_body_util::BodyExt;
        while let Some(Ok(_)) = body.frame().await {}
    }));
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(target: &str, hosts: &[&str]) -> Result<String, RequestError> {
        let mut headers = HeaderMap::new();
        for host in hosts {
            headers.append(header::HOST, HeaderValue::from_bytes(host.as_bytes()).unwrap());
        }
        let local = "127.0.0.1:80".parse().unwrap();
        authority(&target.parse().unwrap(), &headers, local).map(|authority| authority.to_string())
    }

    #[test]
    fn the_authority_comes_from_the_target_then_host_then_the_socket() {
        assert_eq!(of("http://a.test:1/x", &["b.test"]).unwrap(), "a.test:1");
        assert_eq!(of("/x", &["b.test:8080"]).unwrap(), "b.test:8080");
        assert_eq!(of("/x", &["[::1]:80"]).unwrap(), "[::1]:80");
        assert_eq!(of("/x", &[]).unwrap(), "127.0.0.1:80");
    }

    #[test]
    fn hosts_that_are_none_are_refused() {
        for host in ["", "a b", "a.test/x", "user@a.test", "a.test:99999", "[::1", "a\u{e9}.test"] {
            assert!(of("/x", &[host]).is_err(), "{host:?}");
        }
        assert!(of("/x", &["a.test", "b.test"]).is_err());
    }
}
