//! Where workers without routes of their own are asked, as `--mount` says it.

use std::fmt;
use std::str::FromStr;

use runner::workers::{HostPattern, PathPattern, Route, RouteError, Unread, WorkerSet, WorkersError};

/// An argument of `--mount`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Mount {
    /// Below a path: `/NAME/`.
    Path,
    /// At a host below this one: `NAME.SUFFIX`.
    Host(String),
}

impl Mount {
    /// The host that is below this machine, for browsers and for curl.
    const LOCALHOST: &str = "localhost";

    /// Puts the workers that were read where they are asked. There is no other way to be mounted than to have no route.
    pub(super) fn apply(&self, set: &mut WorkerSet) {
        let Self::Host(suffix) = self else { return };
        let unread = &mut set.unread;
        set.definitions.retain_mut(|worker| {
            for route in &mut worker.routes {
                if let PathPattern::Mount(_) = route.path {
                    match at_host(&worker.id, suffix) {
                        Ok(host) => *route = host,
                        Err(error) => {
                            let error = WorkersError::Host { id: worker.id.clone(), error };
                            unread.push(Unread { id: Some(worker.id.clone()), error });
                            return false;
                        }
                    }
                }
            }
            true
        });
    }
}

fn at_host(name: &str, suffix: &str) -> Result<Route, RouteError> {
    let host: HostPattern = format!("{name}.{suffix}").parse()?;
    Ok(Route { host, ..Route::everything() })
}

impl FromStr for Mount {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text {
            "path" => Ok(Self::Path),
            "host" => Ok(Self::Host(Self::LOCALHOST.to_owned())),
            _ => {
                let suffix = text.strip_prefix("host:").ok_or("expected path, host or host:SUFFIX")?;
                match suffix.parse() {
                    Ok(HostPattern::Exact(suffix)) => Ok(Self::Host(suffix)),
                    Ok(_) => Err(format!("`{suffix}` is no host")),
                    Err(error) => Err(error.to_string()),
                }
            }
        }
    }
}

/// As it can be parsed again.
impl fmt::Display for Mount {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Path => f.write_str("path"),
            Self::Host(suffix) if suffix == Self::LOCALHOST => f.write_str("host"),
            Self::Host(suffix) => write!(f, "host:{suffix}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use runner::workers::{WorkerDefinition, WorkerName, WorkerSource};

    use super::*;

    fn routes(mount: &str, names: &[&str]) -> (Vec<String>, Vec<String>) {
        let worker = |name: &&str| {
            let (id, source) = (WorkerName::new(name).unwrap(), WorkerSource::new("w.js", ""));
            WorkerDefinition::new(id, source).with_route(Route::mount(&format!("/{name}")).unwrap())
        };
        let mut set = WorkerSet::from(names.iter().map(worker).collect::<Vec<_>>());
        set.definitions[0].routes.push("a.test/*".parse().unwrap());
        mount.parse::<Mount>().unwrap().apply(&mut set);
        let routes = set.definitions.iter().flat_map(|worker| &worker.routes).map(Route::to_string);
        (routes.collect(), set.unread.iter().map(|unread| unread.error.to_string()).collect())
    }

    #[test]
    fn what_has_no_route_is_asked_at_its_host() {
        let names = ["a", "B.c", "d~e"];
        assert_eq!(
            routes("path", &names),
            (["/a/", "a.test/*", "/B.c/", "/d~e/"].map(str::to_owned).into(), vec![])
        );
        let (at, unread) = routes("host", &["a", "B.c"]);
        assert_eq!(
            (at, unread.len()),
            (["a.localhost/*", "a.test/*", "b.c.localhost/*"].map(str::to_owned).into(), 0)
        );
        let (at, unread) = routes("host:Dev.Test", &["a", "xn--a"]);
        assert_eq!(at, ["a.dev.test/*", "a.test/*"]);
        assert!(unread[0].starts_with("xn--a cannot be asked at a host: "), "{unread:?}");
    }

    #[test]
    fn every_form_is_understood() {
        for text in ["path", "host", "host:dev.test"] {
            assert_eq!(text.parse::<Mount>().unwrap().to_string(), text);
        }
        for text in ["", "hosts", "host:", "host:*.test", "host:a b", "host:a:80"] {
            assert!(text.parse::<Mount>().is_err(), "{text}");
        }
    }
}
