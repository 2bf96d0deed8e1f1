//! How many descriptors this process may have.

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

/// Descriptors that are neither connections nor sockets of `fetch()`: files, pipes, epoll.
const OTHERS: u64 = 64;

/// Raises the soft limit to the hard one, and says so if `sockets` are more than that allows.
pub(super) fn raise_limit(sockets: u64) {
    let Rlimit { current, maximum } = getrlimit(Resource::Nofile);
    // `None` is no limit.
    if current.is_some() && current != maximum {
        let raised = Rlimit { current: maximum, maximum };
        if let Err(error) = setrlimit(Resource::Nofile, raised) {
            tracing::warn!(%error, "cannot raise the limit of open files");
        }
    }
    let wanted = sockets.saturating_add(OTHERS);
    if let Some(limit) = getrlimit(Resource::Nofile).current
        && limit < wanted
    {
        tracing::warn!(
            limit,
            wanted,
            "the limit of open files is too low for --max-connections, and for what --pool-size workers may fetch"
        );
    }
}
