//! Redirects as the fetch standard has them (HTTP-redirect fetch).

use exec::RedirectMode;
use http::header::{self, HeaderMap, HeaderName};
use http::{Method, Response, StatusCode};
use url::Url;

use super::error::FetchError;

/// Redirects that one `fetch()` follows at most.
pub(super) const MAX_REDIRECTS: usize = 20;

/// Describes a body that is no longer there once a redirect has turned the method into `GET`.
const BODY_HEADERS: [HeaderName; 5] = [
    header::CONTENT_ENCODING,
    header::CONTENT_LANGUAGE,
    header::CONTENT_LOCATION,
    header::CONTENT_TYPE,
    header::CONTENT_LENGTH,
];

/// Secrets that were meant for the first origin only.
const CREDENTIAL_HEADERS: [HeaderName; 3] =
    [header::AUTHORIZATION, header::COOKIE, header::PROXY_AUTHORIZATION];

/// Where a response redirects to; `None` if it is the answer to return.
pub(super) fn target<B>(
    response: &Response<B>,
    mode: RedirectMode,
    current: &Url,
) -> Result<Option<Url>, FetchError> {
    let is_redirect = matches!(
        response.status(),
        StatusCode::MOVED_PERMANENTLY
            | StatusCode::FOUND
            | StatusCode::SEE_OTHER
            | StatusCode::TEMPORARY_REDIRECT
            | StatusCode::PERMANENT_REDIRECT
    );
    match mode {
        _ if !is_redirect => Ok(None),
        RedirectMode::Manual => Ok(None),
        RedirectMode::Error => Err(FetchError::UnexpectedRedirect),
        RedirectMode::Follow => {
            let Some(location) = response.headers().get(header::LOCATION) else { return Ok(None) };
            let bad = || FetchError::BadRedirect(String::from_utf8_lossy(location.as_bytes()).into_owned());
            let location = std::str::from_utf8(location.as_bytes()).map_err(|_| bad())?;
            let mut url = current.join(location).map_err(|_| bad())?;
            if !matches!(url.scheme(), "http" | "https") {
                return Err(bad());
            }
            if url.fragment().is_none() {
                url.set_fragment(current.fragment());
            }
            Ok(Some(url))
        }
    }
}

/// Changes method and headers for the next hop of a request with or without a body. Returns whether that is still to be sent: not
/// after a 303, also if what has it is a `GET`, which by the standard has none.
pub(super) fn rewrite(
    status: StatusCode,
    (from, to): (&Url, &Url),
    method: &mut Method,
    headers: &mut HeaderMap,
    has_body: bool,
) -> bool {
    let retrieves = matches!(*method, Method::GET | Method::HEAD);
    let becomes_get = match status {
        StatusCode::SEE_OTHER => !retrieves,
        StatusCode::MOVED_PERMANENTLY | StatusCode::FOUND => *method == Method::POST,
        _ => false,
    };
    let loses_body = becomes_get || (has_body && status == StatusCode::SEE_OTHER);
    if becomes_get {
        *method = Method::GET;
    }
    if loses_body {
        BODY_HEADERS.iter().for_each(|name| drop(headers.remove(name)));
    }
    if from.origin() != to.origin() {
        CREDENTIAL_HEADERS.iter().for_each(|name| drop(headers.remove(name)));
    }
    !loses_body
}

#[cfg(test)]
mod tests {
    use super::*;

    fn response(status: u16, location: Option<&str>) -> Response<()> {
        let mut response = Response::builder().status(status);
        if let Some(location) = location {
            response = response.header("location", location);
        }
        response.body(()).unwrap()
    }

    fn url(text: &str) -> Url {
        text.parse().unwrap()
    }

    #[test]
    fn targets_are_relative_to_the_current_url_and_inherit_its_fragment() {
        let current = url("http://a.test/x/y#top");
        let next = |location| target(&response(302, Some(location)), RedirectMode::Follow, &current);
        assert_eq!(next("../z").unwrap().unwrap().as_str(), "http://a.test/z#top");
        assert_eq!(next("//b.test/#end").unwrap().unwrap().as_str(), "http://b.test/#end");
        assert!(matches!(next("file:///etc/passwd"), Err(FetchError::BadRedirect(_))));
        assert!(matches!(next("http://"), Err(FetchError::BadRedirect(_))));
    }

    #[test]
    fn only_redirect_statuses_with_a_location_are_followed() {
        let current = url("http://a.test/");
        for (status, location) in [(200, Some("/x")), (304, Some("/x")), (302, None)] {
            let response = response(status, location);
            assert!(target(&response, RedirectMode::Follow, &current).unwrap().is_none());
        }
        let response = response(302, Some("/x"));
        assert!(target(&response, RedirectMode::Manual, &current).unwrap().is_none());
        assert!(target(&response, RedirectMode::Error, &current).is_err());
    }

    #[test]
    fn methods_change_as_the_fetch_standard_says() {
        let cases = [
            (301, "POST", "GET"),
            (302, "POST", "GET"),
            (302, "PUT", "PUT"),
            (303, "PUT", "GET"),
            (303, "HEAD", "HEAD"),
            (307, "POST", "POST"),
            (308, "POST", "POST"),
        ];
        for (status, before, after) in cases {
            let mut method: Method = before.parse().unwrap();
            let mut headers = HeaderMap::new();
            headers.insert("content-type", "text/plain".parse().unwrap());
            let here = url("http://a.test/");
            let keeps = rewrite(
                StatusCode::from_u16(status).unwrap(),
                (&here, &here),
                &mut method,
                &mut headers,
                false,
            );
            assert_eq!(method, after, "{status} {before}");
            assert_eq!(keeps, before == after);
            assert_eq!(headers.contains_key("content-type"), keeps);
        }
    }

    #[test]
    fn credentials_stay_with_their_origin() {
        let from = url("https://a.test/");
        for (to, kept) in [("https://a.test/2", true), ("http://a.test/", false), ("https://b.test/", false)]
        {
            let mut headers = HeaderMap::new();
            headers.insert("authorization", "secret".parse().unwrap());
            headers.insert("cookie", "secret".parse().unwrap());
            let mut method = Method::GET;
            rewrite(StatusCode::FOUND, (&from, &url(to)), &mut method, &mut headers, false);
            assert_eq!(headers.len(), if kept { 2 } else { 0 }, "{to}");
        }
    }
}
