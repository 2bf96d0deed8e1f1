//! Who is asked for a path, among the patterns of one host.
//!
//! Nearly all patterns end where a segment of the path does, so a path is looked up at its slashes, the last one first:
//! the cost is a look into a hash table for each of them, however many patterns there are. No slash beyond the longest
//! pattern is looked at, whatever a client sends.

use std::collections::HashMap;

use rustc_hash::FxHashMap;

use super::route::PathPattern;

/// The patterns of one host, with what they lead to.
#[derive(Debug)]
pub(super) struct Paths<T> {
    /// By all of an exact path, by a mount, and by what is before the last slash of a prefix that ends in one. The keys
    /// are the operator's, so the hash need not be keyed.
    segments: FxHashMap<Box<[u8]>, Entry<T>>,
    /// Prefixes that end in the middle of a segment, the longest first.
    others: Vec<(Box<[u8]>, T)>,
    /// The length of the longest key of `segments`.
    longest: usize,
}

#[derive(Debug)]
struct Entry<T> {
    exact: Option<T>,
    below: Option<T>,
    mount: Option<T>,
}

/// The pattern that was added leads elsewhere already.
#[derive(Debug)]
pub(super) struct Taken<T>(pub(super) T);

/// What was found, and how much of the path the worker does not see.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Found<'a, T> {
    pub(super) target: &'a T,
    pub(super) stripped: usize,
}

impl<T> Default for Paths<T> {
    fn default() -> Self {
        Self { segments: HashMap::default(), others: Vec::new(), longest: 0 }
    }
}

impl<T> Default for Entry<T> {
    fn default() -> Self {
        Self { exact: None, below: None, mount: None }
    }
}

impl<T: Clone> Paths<T> {
    /// Adds a pattern; refuses one that is there.
    pub(super) fn add(&mut self, pattern: &PathPattern, target: T) -> Result<(), Taken<T>> {
        let place = match pattern {
            PathPattern::Exact(path) => &mut self.entry(path.as_bytes()).exact,
            PathPattern::Mount(prefix) => &mut self.entry(prefix.as_bytes()).mount,
            PathPattern::Prefix(prefix) => match prefix.strip_suffix('/') {
                Some(parent) => &mut self.entry(parent.as_bytes()).below,
                None => return self.add_other(prefix.as_bytes(), target),
            },
        };
        match place {
            Some(first) => Err(Taken(first.clone())),
            None => {
                *place = Some(target);
                Ok(())
            }
        }
    }

    /// Where requests go that a pattern would take from a mount below the same path, or a mount from it.
    pub(super) fn overlaps(&self, pattern: &PathPattern) -> Option<&T> {
        match pattern {
            PathPattern::Mount(prefix) => self.segments.get(prefix.as_bytes())?.below.as_ref(),
            PathPattern::Prefix(prefix) => {
                self.segments.get(prefix.strip_suffix('/')?.as_bytes())?.mount.as_ref()
            }
            PathPattern::Exact(_) => None,
        }
    }

    fn entry(&mut self, key: &[u8]) -> &mut Entry<T> {
        self.longest = self.longest.max(key.len());
        self.segments.entry(key.into()).or_default()
    }

    fn add_other(&mut self, prefix: &[u8], target: T) -> Result<(), Taken<T>> {
        let place = self.others.partition_point(|(other, _)| other.len() > prefix.len());
        let same = self.others[place..].iter().take_while(|(other, _)| other.len() == prefix.len());
        if let Some((_, first)) = same.into_iter().find(|(other, _)| &**other == prefix) {
            return Err(Taken(first.clone()));
        }
        self.others.insert(place, (prefix.into(), target));
        Ok(())
    }

    /// The target of the longest pattern for a path without its query: exact ones before mounts and prefixes.
    pub(super) fn find(&self, path: &[u8]) -> Option<Found<'_, T>> {
        if path.len() <= self.longest
            && let Some(entry) = self.segments.get(path)
        {
            if let Some(target) = &entry.exact {
                return Some(Found { target, stripped: 0 });
            }
            if let Some(target) = &entry.mount {
                return Some(Found { target, stripped: path.len() });
            }
        }
        let segment = self.find_segment(path);
        let length = segment.as_ref().map_or(0, |(length, _)| *length);
        let longer = self.others.iter().take_while(|(prefix, _)| prefix.len() > length);
        match longer.into_iter().find(|(prefix, _)| path.starts_with(prefix)) {
            Some((_, target)) => Some(Found { target, stripped: 0 }),
            None => segment.map(|(_, found)| found),
        }
    }

    /// The same among what ends at a slash, with its length.
    fn find_segment(&self, path: &[u8]) -> Option<(usize, Found<'_, T>)> {
        let mut end = path.len().min(self.longest + 1);
        while let Some(slash) = path[..end].iter().rposition(|byte| *byte == b'/') {
            if let Some(entry) = self.segments.get(&path[..slash]) {
                let below = entry.below.as_ref().map(|target| Found { target, stripped: 0 });
                let mount = || entry.mount.as_ref().map(|target| Found { target, stripped: slash });
                if let Some(found) = below.or_else(mount) {
                    return Some((slash + 1, found));
                }
            }
            end = slash;
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn paths(patterns: &[&'static str]) -> Paths<&'static str> {
        let mut paths = Paths::default();
        for pattern in patterns {
            // `=` before a path mounts it.
            let parsed = match pattern.strip_prefix('=') {
                Some(mount) => PathPattern::Mount(mount.to_owned()),
                None => pattern.parse().unwrap(),
            };
            paths.add(&parsed, *pattern).unwrap();
        }
        paths
    }

    #[track_caller]
    fn check(paths: &Paths<&'static str>, expected: &[(&str, Option<(&str, usize)>)]) {
        for (path, target) in expected {
            let found = paths.find(path.as_bytes()).map(|found| (*found.target, found.stripped));
            assert_eq!(found, *target, "{path}");
        }
    }

    #[test]
    fn the_longest_pattern_wins() {
        let paths = paths(&["/*", "/a/*", "/a/b/*", "/a/b", "/ab*", "/a/b/c*", "=/m", "=/m/n", "/m/n/x"]);
        check(
            &paths,
            &[
                ("/", Some(("/*", 0))),
                ("/a", Some(("/*", 0))),
                ("/a/", Some(("/a/*", 0))),
                ("/a/b", Some(("/a/b", 0))),
                ("/a/b/", Some(("/a/b/*", 0))),
                ("/a/b/cd/e", Some(("/a/b/c*", 0))),
                ("/a/bc", Some(("/a/*", 0))),
                ("/abc/d", Some(("/ab*", 0))),
                ("/ab", Some(("/ab*", 0))),
                ("/m", Some(("=/m", 2))),
                ("/m/", Some(("=/m", 2))),
                ("/m/n/y", Some(("=/m/n", 4))),
                ("/m/n/x", Some(("/m/n/x", 0))),
                ("/m/no", Some(("=/m", 2))),
                ("/mn", Some(("/*", 0))),
                ("", None),
                ("*", None),
            ],
        );
    }

    #[test]
    fn without_a_pattern_for_all_there_may_be_nobody() {
        let paths = paths(&["/a/*", "/b*"]);
        check(
            &paths,
            &[
                ("/a", None),
                ("/a/x", Some(("/a/*", 0))),
                ("/", None),
                ("//a/x", None),
                ("/b", Some(("/b*", 0))),
            ],
        );
    }

    #[test]
    fn a_pattern_leads_to_one_target() {
        let mut all = paths(&["/a/*", "/a", "=/a", "/a*"]);
        for (pattern, first) in [
            (PathPattern::Prefix("/a/".into()), "/a/*"),
            (PathPattern::Exact("/a".into()), "/a"),
            (PathPattern::Mount("/a".into()), "=/a"),
            (PathPattern::Prefix("/a".into()), "/a*"),
        ] {
            assert_eq!(all.add(&pattern, "other").unwrap_err().0, first);
        }
    }

    /// A path of nothing but slashes, or without one, costs no more than the longest pattern.
    #[test]
    fn hostile_paths_find_what_others_find() {
        let paths = paths(&["/*", "/a/b/*"]);
        let (slashes, long) = ("/".repeat(60_000), format!("/a/b/{}", "x".repeat(60_000)));
        check(&paths, &[(&slashes, Some(("/*", 0))), (&long, Some(("/a/b/*", 0)))]);
    }
}
