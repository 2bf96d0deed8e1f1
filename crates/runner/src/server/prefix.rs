//! Workers below a path prefix: they do not see it, are told of it, and their redirects lead below it.
//!
//! A worker that is mounted at `/shop` sees `/cart` of `/shop/cart`. So to it, `/to` is a path of its own, in
//! `Response.redirect(new URL('/to', request.url))` for one, and the server makes `/shop/to` of it, as reverse proxies do
//! that strip a prefix. What is below the prefix already was written by a worker that knows it (`x-forwarded-prefix`) and
//! stays, as do other origins and what begins with `//`: with that a worker can name another one of its host.

use http::header::{HeaderMap, HeaderName, HeaderValue, LOCATION};
use http::uri::Authority;
use url::Url;

/// The header in which a worker finds the prefix.
pub(super) const X_FORWARDED_PREFIX: HeaderName = HeaderName::from_static("x-forwarded-prefix");

/// What a proxy says that it has taken off the path, without a slash at its end; `None` if that is nothing, or no path.
pub(super) fn stripped_by_proxy(value: &str) -> Option<&str> {
    let prefix = value.strip_suffix('/').unwrap_or(value);
    let is_path = prefix.starts_with('/') && !prefix.contains("//");
    // What a path may have (RFC 3986, 3.3). A backslash is a slash to browsers.
    let stands = |byte: u8| byte.is_ascii_alphanumeric() || b"/%-._~!$&'()*+,;=:@".contains(&byte);
    (is_path && prefix.bytes().all(stands)).then_some(prefix)
}

/// All that a worker does not see: what a proxy has taken off, and then the server. Costs nothing without a proxy.
pub(super) fn of_both(proxy: Option<&str>, mount: Option<HeaderValue>) -> Option<HeaderValue> {
    let Some(proxy) = proxy else { return mount };
    let mount = mount.as_ref().map_or(&[][..], HeaderValue::as_bytes);
    HeaderValue::from_bytes(&[proxy.as_bytes(), mount].concat()).ok()
}

/// Has a redirect lead below `prefix` if it is to this origin.
pub(super) fn relocate(headers: &mut HeaderMap, prefix: &HeaderValue, https: bool, authority: &Authority) {
    let Some(location) = headers.get(LOCATION) else { return };
    let (Ok(location), Ok(prefix)) = (location.to_str(), prefix.to_str()) else { return };
    let moved = if location.starts_with('/') {
        moved_path(location, prefix)
    } else {
        let scheme = if https { "https" } else { "http" };
        moved_url(location, prefix, &format!("{scheme}://{authority}"))
    };
    if let Some(moved) = moved.and_then(|moved| HeaderValue::try_from(moved).ok()) {
        headers.insert(LOCATION, moved);
    }
}

fn moved_path(path: &str, prefix: &str) -> Option<String> {
    (!path.starts_with("//") && !is_below(path, prefix)).then(|| format!("{prefix}{path}"))
}

fn moved_url(url: &str, prefix: &str, origin: &str) -> Option<String> {
    // What is relative to the URL of the request is relative to the one that the client asked for, too.
    let mut url = Url::parse(url).ok()?;
    let is_ours = Url::parse(origin).is_ok_and(|origin| origin.origin() == url.origin());
    if !is_ours || is_below(url.path(), prefix) {
        return None;
    }
    let path = format!("{prefix}{}", url.path());
    url.set_path(&path);
    Some(url.into())
}

fn is_below(path: &str, prefix: &str) -> bool {
    let rest = path.strip_prefix(prefix);
    rest.is_some_and(|rest| rest.is_empty() || rest.starts_with(['/', '?', '#']))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn moved(location: &str) -> String {
        let mut headers = HeaderMap::new();
        headers.insert(LOCATION, location.parse().unwrap());
        let authority = Authority::from_static("a.test:8080");
        relocate(&mut headers, &HeaderValue::from_static("/app/shop"), false, &authority);
        headers[LOCATION].to_str().unwrap().to_owned()
    }

    #[test]
    fn paths_of_this_origin_are_moved_below_the_prefix() {
        for (location, led_to) in [
            ("/to", "/app/shop/to"),
            ("/", "/app/shop/"),
            ("/shop", "/app/shop/shop"),
            ("/app/shopping", "/app/shop/app/shopping"),
            ("/a?b=/app/shop#c", "/app/shop/a?b=/app/shop#c"),
            ("http://a.test:8080/to?x", "http://a.test:8080/app/shop/to?x"),
            ("http://a.test:8080", "http://a.test:8080/app/shop/"),
            ("HTTP://A.test:8080/to", "http://a.test:8080/app/shop/to"),
        ] {
            assert_eq!(moved(location), led_to, "{location}");
        }
    }

    #[test]
    fn all_else_stays() {
        for location in [
            "to",
            "../to",
            "?x",
            "/app/shop",
            "/app/shop/to",
            "/app/shop?x",
            "http://a.test:8080/app/shop/to",
            "http://a.test/to",
            "https://a.test:8080/to",
            "http://b.test/to",
            "//a.test:8080/other/",
            "mailto:a@a.test",
            "",
        ] {
            assert_eq!(moved(location), location);
        }
    }

    #[test]
    fn what_a_proxy_says_is_a_path_or_nothing() {
        for (said, taken) in [
            ("/app", Some("/app")),
            ("/app/", Some("/app")),
            ("/a/b%20c", Some("/a/b%20c")),
            ("/", None),
            ("", None),
            ("app", None),
            ("//b.test", None),
            ("/a//b", None),
            ("/\\b.test", None),
            ("/a?b", None),
            ("/a b", None),
            ("http://b.test", None),
        ] {
            assert_eq!(stripped_by_proxy(said), taken, "{said}");
        }
        let mount = || Some(HeaderValue::from_static("/shop"));
        assert_eq!(of_both(Some("/app"), mount()).unwrap(), "/app/shop");
        assert_eq!(of_both(Some("/app"), None).unwrap(), "/app");
        assert_eq!((of_both(None, mount()), of_both(None, None)), (mount(), None));
    }
}
