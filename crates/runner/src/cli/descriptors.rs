//! How many descriptors this process may have.

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

/// Descriptors that are neither connections nor sockets of `fetch()`: files, pipes, epoll.
const OTHERS: u64 = 64;

/// How many sockets the workers' fetches may have together: what the limit leaves beside `connections`, and a quarter of it
/// at least. So no number of workers that fetch takes the descriptors that connections need.
pub(super) fn left_for_fetches(connections: u32) -> usize {
    let Some(limit) = getrlimit(Resource::Nofile).current else { return usize::MAX };
    let left = limit.saturating_sub(OTHERS + u64::from(connections)).max(least_for_fetches(limit));
    usize::try_from(left).unwrap_or(usize::MAX)
}

fn least_for_fetches(limit: u64) -> u64 {
    limit / 4
}

/// Raises the soft limit to the hard one, and says so if that does not allow so many `connections`.
pub(super) fn raise_limit(connections: u32) {
    let Rlimit { current, maximum } = getrlimit(Resource::Nofile);
    // `None` is no limit.
    if current.is_some() && current != maximum {
        let raised = Rlimit { current: maximum, maximum };
        if let Err(error) = setrlimit(Resource::Nofile, raised) {
            tracing::warn!(%error, "cannot raise the limit of open files");
        }
    }
    let Some(limit) = getrlimit(Resource::Nofile).current else { return };
    let allowed = limit.saturating_sub(OTHERS + least_for_fetches(limit));
    if allowed < u64::from(connections) {
        tracing::warn!(limit, allowed, "the limit of open files is too low for --max-connections");
    }
}
