//! The routing table: which worker answers which request.
//!
//! A table never changes: every change of a worker makes a new one, and the registry swaps the two. So a request sees
//! all of a change or nothing, and takes no lock.

use std::borrow::Cow;
use std::collections::HashMap;
use std::sync::Arc;

use http::Request;
use http::header::{HOST, HeaderValue};
use http::uri::Authority;

use super::name::WorkerName;
use super::paths::{Found, Paths, Taken};
use super::route::{HostPattern, PathPattern, Route};
use super::worker::Worker;

/// The longest name of a host.
const MAX_HOST: usize = 255;

/// Which worker answers which request.
#[derive(Debug, Default)]
pub struct RoutingTable {
    any_host: Paths<Target>,
    hosts: HashMap<Box<str>, HostRoutes>,
}

/// The patterns of one host.
#[derive(Debug, Default)]
struct HostRoutes {
    exact: Paths<Target>,
    domain: Paths<Target>,
    subdomains: Paths<Target>,
}

/// Where a route leads.
#[derive(Clone, Debug)]
struct Target {
    live: Arc<Live>,
    /// What the worker does not see of the path, made once for all requests.
    prefix: Option<HeaderValue>,
}

/// Who answers a request, and what of it.
#[derive(Debug)]
#[non_exhaustive]
pub struct Routed<'a> {
    /// The version of a worker.
    pub worker: Arc<Worker>,
    /// What of the path and query it sees.
    pub path_and_query: Cow<'a, str>,
    /// What of the path it does not see, as a header has it: where it is mounted.
    pub prefix: Option<HeaderValue>,
}

/// The versions of a worker that get requests, with their shares.
#[derive(Debug)]
pub(super) struct Live {
    name: WorkerName,
    first: Arc<Worker>,
    /// More than one version, with the sums of the weights up to each.
    split: Vec<(u32, Arc<Worker>)>,
}

/// Two workers have the same route.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{first} and {second} both have the route {route}")]
pub struct RouteTaken {
    /// The route.
    pub route: Route,
    /// Who had it first.
    pub first: WorkerName,
    /// Who wants it too.
    pub second: WorkerName,
}

impl Live {
    /// `None` if no version has a weight.
    pub(super) fn new(
        name: WorkerName,
        versions: impl IntoIterator<Item = (u32, Arc<Worker>)>,
    ) -> Option<Self> {
        let mut sum = 0;
        let mut split = Vec::new();
        for (weight, worker) in versions.into_iter().filter(|(weight, _)| *weight > 0) {
            sum += weight;
            split.push((sum, worker));
        }
        let (_, first) = split.first()?;
        let first = Arc::clone(first);
        if split.len() == 1 {
            split.clear();
        }
        Some(Self { name, first, split })
    }

    /// The version for the next request. Takes no lock: the random numbers are the thread's own.
    pub(super) fn choose(&self) -> &Arc<Worker> {
        match self.split.last() {
            None => &self.first,
            Some((sum, last)) => {
                let number = fastrand::u32(..sum);
                self.split.iter().find(|(sum, _)| number < *sum).map_or(last, |(_, worker)| worker)
            }
        }
    }
}

impl RoutingTable {
    pub(super) fn add(&mut self, route: &Route, live: &Arc<Live>) -> Result<(), RouteTaken> {
        let paths = match &route.host {
            HostPattern::Any => &mut self.any_host,
            HostPattern::Exact(host) => &mut self.host(host).exact,
            HostPattern::Domain(host) => &mut self.host(host).domain,
            HostPattern::Subdomains(host) => &mut self.host(host).subdomains,
        };
        let prefix = match &route.path {
            PathPattern::Mount(prefix) => HeaderValue::from_str(prefix).ok(),
            PathPattern::Exact(_) | PathPattern::Prefix(_) => None,
        };
        let target = Target { live: Arc::clone(live), prefix };
        // The same worker may name a route twice.
        let taken_by = |first: &Target| {
            (first.live.name != live.name).then(|| RouteTaken {
                route: route.clone(),
                first: first.live.name.clone(),
                second: live.name.clone(),
            })
        };
        if let Some(taken) = paths.overlaps(&route.path).and_then(taken_by) {
            return Err(taken);
        }
        paths.add(&route.path, target).or_else(|Taken(first)| taken_by(&first).map_or(Ok(()), Err))
    }

    fn host(&mut self, host: &str) -> &mut HostRoutes {
        self.hosts.entry(host.into()).or_default()
    }

    /// Who answers this request. Costs a look into a
    /// hash table for each segment of the path, up to the longest route, and where routes have hosts one for each label
    /// of the host.
    pub fn find<'a, B>(&self, request: &Request<B>, path_and_query: &'a str) -> Option<Routed<'a>> {
        let path = path_and_query.find('?').map_or(path_and_query, |query| &path_and_query[..query]);
        let by_host = if self.hosts.is_empty() {
            None
        } else {
            host_of(request).and_then(|host| self.find_by_host(&host, path.as_bytes()))
        };
        let Found { target, stripped } = by_host.or_else(|| self.any_host.find(path.as_bytes()))?;
        let rest = &path_and_query[stripped..];
        let seen = if rest.starts_with('/') { rest.into() } else { format!("/{rest}").into() };
        let (worker, prefix) = (Arc::clone(target.live.choose()), target.prefix.clone());
        Some(Routed { worker, path_and_query: seen, prefix })
    }

    fn find_by_host(&self, host: &str, path: &[u8]) -> Option<Found<'_, Target>> {
        if let Some(routes) = self.hosts.get(host)
            && let Some(found) = routes.exact.find(path).or_else(|| routes.domain.find(path))
        {
            return Some(found);
        }
        let parents = host.match_indices('.').map(|(dot, _)| &host[dot + 1..]);
        parents
            .filter_map(|parent| self.hosts.get(parent))
            .find_map(|routes| routes.subdomains.find(path).or_else(|| routes.domain.find(path)))
    }
}

/// Whom the client asks, in lower case, without port and final dot; `None` if that is no host.
fn host_of<B>(request: &Request<B>) -> Option<String> {
    let authority = match request.uri().authority() {
        Some(authority) => authority.clone(),
        None => Authority::try_from(request.headers().get(HOST)?.as_bytes()).ok()?,
    };
    let host = authority.host();
    let host = host.strip_suffix('.').unwrap_or(host);
    (host.len() <= MAX_HOST).then(|| host.to_ascii_lowercase())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn worker(name: &str, version: &str) -> Arc<Worker> {
        Arc::new(Worker::for_tests(name, version))
    }

    fn live(name: &str) -> Arc<Live> {
        Arc::new(Live::new(WorkerName::new(name).unwrap(), [(100, worker(name, "1"))]).unwrap())
    }

    fn table(routes: &[(&str, &str)]) -> RoutingTable {
        let mut table = RoutingTable::default();
        for (name, route) in routes {
            table.add(&route.parse().unwrap(), &live(name)).unwrap();
        }
        table
    }

    fn found(table: &RoutingTable, target: &str, host: &str) -> Option<(String, String)> {
        let request = Request::get(target).header(HOST, host).body(()).unwrap();
        let path_and_query = request.uri().path_and_query().unwrap().as_str();
        let routed = table.find(&request, path_and_query)?;
        Some((routed.worker.id().to_owned(), routed.path_and_query.into_owned()))
    }

    #[test]
    fn a_mount_and_a_route_below_the_same_path_are_one_workers() {
        let mount = Route { host: HostPattern::Any, path: PathPattern::Mount("/c".into()) };
        let below: Route = "/c/*".parse().unwrap();
        for (first, second) in [(&mount, &below), (&below, &mount)] {
            let mut table = RoutingTable::default();
            table.add(first, &live("c")).unwrap();
            table.add(second, &live("c")).unwrap();
            let taken = table.add(second, &live("e")).unwrap_err();
            assert_eq!((taken.first.as_str(), taken.second.as_str()), ("c", "e"));
            let mut table = RoutingTable::default();
            table.add(first, &live("c")).unwrap();
            assert!(table.add(second, &live("e")).is_err());
        }
    }

    #[test]
    fn the_most_specific_host_wins_and_then_the_path() {
        let table = table(&[
            ("any", "/*"),
            ("shop", "*example.com/*"),
            ("sub", "*.example.com/*"),
            ("www", "www.example.com/*"),
            ("api", "www.example.com/api/*"),
            ("deep", "*.a.example.com/x"),
        ]);
        for (host, path, name) in [
            ("other.com", "/", "any"),
            ("example.com", "/", "shop"),
            ("EXAMPLE.com.:8080", "/", "shop"),
            ("notexample.com", "/", "any"),
            ("b.example.com", "/", "sub"),
            ("b.a.example.com", "/y", "sub"),
            ("b.a.example.com", "/x?q", "deep"),
            ("www.example.com:1", "/", "www"),
            ("www.example.com", "/api/x", "api"),
            ("[::1]:80", "/api/x", "any"),
            ("not a host", "/", "any"),
        ] {
            assert_eq!(found(&table, path, host).unwrap().0, name, "{host}{path}");
        }
        assert_eq!(found(&table, "http://www.example.com/x", "other.com").unwrap().0, "www");
    }

    #[test]
    fn a_host_without_the_path_leaves_it_to_less_specific_ones() {
        let table = table(&[("a", "example.com/a"), ("b", "/b")]);
        assert_eq!(found(&table, "/b", "example.com").unwrap().0, "b");
        assert!(found(&table, "/a", "other.com").is_none());
    }

    #[test]
    fn a_mounted_worker_sees_what_is_below() {
        let mut table = table(&[("root", "/*")]);
        table.add(&Route::mount("/a").unwrap(), &live("a")).unwrap();
        for (path, name, seen) in [
            ("/a/x/y?z", "a", "/x/y?z"),
            ("/a", "a", "/"),
            ("/a?q=/c", "a", "/?q=/c"),
            ("/a//x", "a", "//x"),
            ("/ab?/a/", "root", "/ab?/a/"),
        ] {
            assert_eq!(found(&table, path, "h").unwrap(), (name.to_owned(), seen.to_owned()), "{path}");
        }
    }

    #[test]
    fn who_is_mounted_is_told_where() {
        let mut table = table(&[("root", "/*")]);
        table.add(&Route::mount("/a").unwrap(), &live("a")).unwrap();
        let prefix = |path: &str| {
            let request = Request::get(path).body(()).unwrap();
            table.find(&request, path).unwrap().prefix.map(|prefix| prefix.to_str().unwrap().to_owned())
        };
        assert_eq!(
            (prefix("/a"), prefix("/a/x?y"), prefix("/b")),
            (Some("/a".into()), Some("/a".into()), None)
        );
    }

    #[test]
    fn a_route_belongs_to_one_worker() {
        let mut table = table(&[("a", "/x")]);
        table.add(&"/x".parse().unwrap(), &live("a")).unwrap();
        let taken = table.add(&"/x".parse().unwrap(), &live("b")).unwrap_err();
        assert_eq!(taken.to_string(), "a and b both have the route /x");
    }

    /// The number of requests of one version is binomial: 100,000 requests with a share of 0.1 are within 6 standard
    /// deviations (95 each) of 10,000 but for one run in 500 million.
    #[test]
    fn each_version_gets_its_share() {
        let versions = [(90, worker("a", "1")), (10, worker("a", "2")), (0, worker("a", "3"))];
        let live = Live::new(WorkerName::new("a").unwrap(), versions).unwrap();
        let mut counts = HashMap::new();
        for _ in 0..100_000 {
            *counts.entry(live.choose().version().to_owned()).or_insert(0_i64) += 1;
        }
        assert_eq!(counts.len(), 2);
        assert!((counts["2"] - 10_000).abs() < 570, "{counts:?}");
    }
}
