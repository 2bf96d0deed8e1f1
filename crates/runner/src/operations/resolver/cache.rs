//! What a tenant remembers of its names.

use std::num::NonZeroUsize;
use std::time::{Duration, Instant};

use lru::LruCache;

use super::Resolved;

/// Names that one tenant remembers.
const CAPACITY: NonZeroUsize = NonZeroUsize::MIN.saturating_add(255);

/// How long addresses are good. `getaddrinfo` does not say what the name server wants; this is short enough for those
/// who move a service by its name.
const GOOD_FOR: Duration = Duration::from_secs(30);

/// How long a failure is remembered: one call after another must not ask again each time.
const FAILED_FOR: Duration = Duration::from_secs(3);

/// The least recently used names go first.
#[derive(Debug)]
pub(super) struct Cache(LruCache<String, (Instant, Resolved)>);

impl Default for Cache {
    fn default() -> Self {
        Self(LruCache::new(CAPACITY))
    }
}

impl Cache {
    pub(super) fn get(&mut self, name: &str, now: Instant) -> Option<Resolved> {
        let (until, resolved) = self.0.get(name)?;
        if now < *until {
            return Some(resolved.clone());
        }
        self.0.pop(name);
        None
    }

    pub(super) fn put(&mut self, name: &str, resolved: &Resolved, now: Instant) {
        let good_for = if resolved.is_ok() { GOOD_FOR } else { FAILED_FOR };
        self.0.put(name.to_owned(), (now + good_for, resolved.clone()));
    }
}

#[cfg(test)]
mod tests {
    use super::super::ResolveError;
    use super::*;

    #[test]
    fn addresses_and_failures_are_forgotten_in_time() {
        let mut cache = Cache::default();
        let now = Instant::now();
        cache.put("good", &Ok([].into()), now);
        cache.put("bad", &Err(ResolveError::TimedOut), now);
        assert!(cache.get("good", now).is_some() && cache.get("bad", now).is_some());
        assert!(cache.get("new", now).is_none());
        let later = now + FAILED_FOR;
        assert!(cache.get("good", later).is_some() && cache.get("bad", later).is_none());
        assert!(cache.get("good", now + GOOD_FOR).is_none());
    }

    #[test]
    fn it_holds_so_many_names_and_no_more() {
        let mut cache = Cache::default();
        let now = Instant::now();
        for n in 0..=CAPACITY.get() {
            cache.put(&n.to_string(), &Ok([].into()), now);
        }
        assert!(cache.get("0", now).is_none() && cache.get("1", now).is_some());
    }
}
