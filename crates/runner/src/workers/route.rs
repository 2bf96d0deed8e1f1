//! Where a worker is asked: patterns of hosts and paths, as Cloudflare writes them.
//!
//! ```
//! use runner::workers::Route;
//!
//! for route in ["example.com/api/*", "*.example.com/*", "*example.com/exact", "/path/*"] {
//!     assert_eq!(route.parse::<Route>().unwrap().to_string(), route);
//! }
//! assert!("example.com/a/*/b".parse::<Route>().is_err());
//! ```

use std::fmt;
use std::str::FromStr;

use url::Host;

use super::name::WorkerName;

/// One place where a worker is asked. Of several that match a request, the one with the most specific host is taken,
/// and of these the one with the longest path.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Route {
    /// Whom the client asks.
    pub host: HostPattern,
    /// What for.
    pub path: PathPattern,
}

/// Hosts, without their ports and in lower case.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum HostPattern {
    /// Every host: nothing before the path, or `*`.
    Any,
    /// This one: `example.com`.
    Exact(String),
    /// All below this one, but not itself: `*.example.com`.
    Subdomains(String),
    /// This one and all below: `*example.com`.
    Domain(String),
}

/// Paths. The query of a request has no part in it.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum PathPattern {
    /// This one: `/a/b`.
    Exact(String),
    /// All that begin like this: `/a/*` for `/a/`.
    Prefix(String),
    /// This one and all below, of which the worker sees what is below: `/a` takes `/a/b?c`, and the worker sees
    /// `/b?c`. A directory is served like this; there is no text for it.
    Mount(String),
}

/// A text that is no route.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum RouteError {
    /// There is a scheme.
    #[error("a route has no scheme: it is for http and https")]
    Scheme,
    /// There is no path.
    #[error("a route needs a path: `{0}/*` is for all of it")]
    NoPath(String),
    /// The host is none.
    #[error("`{0}` is no host, nor `*.` and a host")]
    Host(String),
    /// The host has a port.
    #[error("`{0}`: a route has no port")]
    Port(String),
    /// There is a `*` that is not the end of the path.
    #[error("`{0}`: the only `*` in a path is its end")]
    Star(String),
    /// There is a query or fragment.
    #[error("`{0}`: a route has neither query nor fragment")]
    Query(String),
    /// Something is in the path that no URL has.
    #[error("`{0}`: percent-encode what is not ASCII, and spaces")]
    Encoding(String),
    /// A mount that is not `/` and something, without a `/` at its end.
    #[error("`{0}` is no place to mount a worker at")]
    Mount(String),
}

impl Route {
    /// All paths of all hosts.
    pub fn everything() -> Self {
        Self { host: HostPattern::Any, path: PathPattern::Prefix("/".to_owned()) }
    }

    /// Where a worker is that nobody has given a route: mounted at its name, or everywhere if that is `/`.
    ///
    /// # Errors
    /// [`RouteError`], for a name that stands for something else in a path, such as `..`.
    pub fn of_name(name: &WorkerName) -> Result<Self, RouteError> {
        if *name == WorkerName::root() { Ok(Self::everything()) } else { Self::mount(&format!("/{name}")) }
    }

    /// The paths at and below `prefix` of all hosts, of which the worker sees what is below.
    ///
    /// # Errors
    /// [`RouteError`], for a prefix that is not `/` and something, without a `/` at its end.
    pub fn mount(prefix: &str) -> Result<Self, RouteError> {
        check_path(prefix)?;
        if !prefix.starts_with('/') || prefix.ends_with('/') || prefix.contains('*') {
            return Err(RouteError::Mount(prefix.to_owned()));
        }
        Ok(Self { host: HostPattern::Any, path: PathPattern::Mount(prefix.to_owned()) })
    }
}

impl FromStr for Route {
    type Err = RouteError;

    fn from_str(text: &str) -> Result<Self, RouteError> {
        if text.contains("://") {
            return Err(RouteError::Scheme);
        }
        let slash = text.find('/').ok_or_else(|| RouteError::NoPath(text.to_owned()))?;
        let (host, path) = text.split_at(slash);
        Ok(Self { host: host.parse()?, path: path.parse()? })
    }
}

impl FromStr for HostPattern {
    type Err = RouteError;

    fn from_str(text: &str) -> Result<Self, RouteError> {
        let host = |host: &str| {
            if !host.starts_with('[') && host.contains(':') {
                return Err(RouteError::Port(text.to_owned()));
            }
            let parsed = Host::parse(host).map_err(|_| RouteError::Host(text.to_owned()))?;
            let parsed = parsed.to_string();
            if parsed.contains('*') { Err(RouteError::Host(text.to_owned())) } else { Ok(parsed) }
        };
        Ok(match text.strip_prefix('*') {
            _ if text.is_empty() => Self::Any,
            None => Self::Exact(host(text)?),
            Some("") => Self::Any,
            Some(rest) => match rest.strip_prefix('.') {
                Some(rest) => Self::Subdomains(host(rest)?),
                None => Self::Domain(host(rest)?),
            },
        })
    }
}

impl FromStr for PathPattern {
    type Err = RouteError;

    fn from_str(text: &str) -> Result<Self, RouteError> {
        check_path(text)?;
        let (literal, is_prefix) = match text.strip_suffix('*') {
            Some(literal) => (literal, true),
            None => (text, false),
        };
        if literal.contains('*') {
            return Err(RouteError::Star(text.to_owned()));
        }
        if !literal.starts_with('/') {
            return Err(RouteError::NoPath(text.to_owned()));
        }
        Ok(if is_prefix { Self::Prefix(literal.to_owned()) } else { Self::Exact(literal.to_owned()) })
    }
}

fn check_path(path: &str) -> Result<(), RouteError> {
    if path.contains(['?', '#']) {
        return Err(RouteError::Query(path.to_owned()));
    }
    if !path.bytes().all(|byte| byte.is_ascii_graphic()) {
        return Err(RouteError::Encoding(path.to_owned()));
    }
    Ok(())
}

impl fmt::Display for Route {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}{}", self.host, self.path)
    }
}

impl fmt::Display for HostPattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Any => Ok(()),
            Self::Exact(host) => f.write_str(host),
            Self::Subdomains(host) => write!(f, "*.{host}"),
            Self::Domain(host) => write!(f, "*{host}"),
        }
    }
}

impl fmt::Display for PathPattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Exact(path) => f.write_str(path),
            Self::Prefix(prefix) => write!(f, "{prefix}*"),
            Self::Mount(prefix) => write!(f, "{prefix}/"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(text: &str) -> Result<(HostPattern, PathPattern), RouteError> {
        text.parse().map(|Route { host, path }| (host, path))
    }

    #[test]
    fn routes_are_read_as_cloudflare_writes_them() {
        use {HostPattern as H, PathPattern as P};
        let host = || "example.com".to_owned();
        for (text, route) in [
            ("example.com/*", (H::Exact(host()), P::Prefix("/".into()))),
            ("EXAMPLE.com/Api*", (H::Exact(host()), P::Prefix("/Api".into()))),
            ("*.example.com/a/b", (H::Subdomains(host()), P::Exact("/a/b".into()))),
            ("*example.com/", (H::Domain(host()), P::Exact("/".into()))),
            ("*/a/*", (H::Any, P::Prefix("/a/".into()))),
            ("/a/*", (H::Any, P::Prefix("/a/".into()))),
            ("[::1]/*", (H::Exact("[::1]".into()), P::Prefix("/".into()))),
            ("b\u{fc}cher.example/*", (H::Exact("xn--bcher-kva.example".into()), P::Prefix("/".into()))),
        ] {
            assert_eq!(parsed(text), Ok(route), "{text}");
        }
    }

    #[test]
    fn what_is_no_route_says_why() {
        use RouteError as E;
        let error = |text: &str| parsed(text).unwrap_err();
        assert_eq!(error("https://example.com/*"), E::Scheme);
        assert!(matches!(error("example.com"), E::NoPath(_)));
        assert!(matches!(error(""), E::NoPath(_)));
        assert!(matches!(error("example.com:80/*"), E::Port(_)));
        assert!(matches!(error("a.*.com/*"), E::Host(_)));
        assert!(matches!(error("a b/*"), E::Host(_)));
        assert!(matches!(error("*./*"), E::Host(_)));
        assert!(matches!(error("example.com/*/b"), E::Star(_)));
        assert!(matches!(error("example.com/**"), E::Star(_)));
        assert!(matches!(error("/a?b"), E::Query(_)));
        assert!(matches!(error("/\u{e9}"), E::Encoding(_)));
        for bad in ["", "a", "/", "/a/", "/*", "/a b"] {
            assert!(Route::mount(bad).is_err(), "{bad:?}");
        }
    }
}
