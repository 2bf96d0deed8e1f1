//! Names to addresses, with a bound for each tenant.
//!
//! `getaddrinfo` is what knows `/etc/hosts`, search domains and whatever else the system is set up with, and it blocks
//! its thread for as long as a name server likes. So it has threads of its own, and nobody else's (tokio's blocking
//! pool serves others too), and tenants share them by this protocol:
//!
//! - A *lookup* is one name of one tenant. All of the tenant's callers who want that name wait for the same lookup.
//! - Lookups of a tenant wait in the tenant's own queue, which is bounded. Tenants take turns.
//! - How many threads one tenant may hold depends on how many are free: a quarter of them, at most
//!   [`MAX_PER_TENANT`], and always one. So no tenant whose names are slow can hold all, and the last threads are
//!   there for those who hold none.
//! - A caller waits for [`PATIENCE`] at most. The thread stays with the lookup until the system gives up, and counts
//!   against its tenant until then.
//!
//! Results are remembered by each tenant for itself ([`cache`]): a shared memory would tell one tenant, by its timing,
//! what another has looked up. (A name server that remembers still does; it is the system's.)
//!
//! [`Queue`] is the policy and never locks; [`Resolver`] locks it, for a few map operations at a time.

mod cache;
mod queue;

use std::collections::HashSet;
use std::io;
use std::net::{IpAddr, ToSocketAddrs};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use parking_lot::{Condvar, Mutex};

use cache::Cache;
use queue::{Queue, TenantId};

/// Threads that look names up, and so lookups at a time.
const MAX_THREADS: usize = 16;

/// Threads that one tenant may hold.
const MAX_PER_TENANT: usize = 4;

/// Lookups of one tenant that may wait for a thread.
const MAX_WAITING: usize = 1000;

/// How long a caller waits, its place in the queue included.
const PATIENCE: Duration = Duration::from_secs(10);

/// How long a thread waits for work before it ends.
const THREAD_IDLE: Duration = Duration::from_secs(10);

/// Addresses of one name that anybody uses.
const MAX_ADDRESSES: usize = 16;

/// The C library's modules for name services need some stack, no more than this.
const STACK: usize = 1 << 20;

/// What the system is asked. May block.
type Lookup = dyn Fn(&str) -> io::Result<Vec<IpAddr>> + Send + Sync;

/// What a lookup comes to.
pub(super) type Resolved = Result<Arc<[IpAddr]>, ResolveError>;

/// Why a name has no addresses.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum ResolveError {
    /// The system says so.
    #[error("{0}")]
    Failed(String),
    /// The system said nothing in time.
    #[error("the lookup took too long")]
    TimedOut,
    /// Too many lookups of this tenant wait.
    #[error("too many lookups at once")]
    Overloaded,
}

/// The threads that look names up, for all tenants.
pub(super) struct Resolver {
    queue: Mutex<Queue>,
    work: Condvar,
    lookup: Box<Lookup>,
}

/// The names of one tenant.
pub(super) struct Names {
    tenant: TenantId,
    resolver: Arc<Resolver>,
    cache: Mutex<Cache>,
}

impl Resolver {
    /// Asks the system as every program does.
    pub(super) fn of_the_system() -> Arc<Self> {
        Self::new(|name: &str| Ok((name, 0).to_socket_addrs()?.map(|address| address.ip()).collect()))
    }

    fn new(lookup: impl Fn(&str) -> io::Result<Vec<IpAddr>> + Send + Sync + 'static) -> Arc<Self> {
        Arc::new(Self {
            queue: Mutex::new(Queue::new(MAX_THREADS)),
            work: Condvar::new(),
            lookup: Box::new(lookup),
        })
    }

    /// The names of a new tenant.
    pub(super) fn tenant(self: &Arc<Self>) -> Names {
        static NEXT: AtomicU64 = AtomicU64::new(0);
        let tenant = TenantId(NEXT.fetch_add(1, Ordering::Relaxed));
        Names { tenant, resolver: self.clone(), cache: Mutex::new(Cache::default()) }
    }

    /// Sees to it that somebody works on what has just been queued.
    fn provide_thread(self: &Arc<Self>) {
        if !self.queue.lock().wants_thread() {
            self.work.notify_one();
            return;
        }
        let resolver = self.clone();
        let spawned =
            thread::Builder::new().name("resolver".into()).stack_size(STACK).spawn(move || work(&resolver));
        if let Err(error) = spawned {
            tracing::warn!(%error, "cannot start a thread for name resolution");
            let abandoned = self.queue.lock().thread_ended();
            for (name, lookup) in abandoned {
                lookup.finish(&Err(ResolveError::Failed(format!("no thread to look up {name}"))));
            }
        }
    }

    fn look_up(&self, name: &str) -> Resolved {
        let looked_up = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| (self.lookup)(name)));
        let looked_up = looked_up.unwrap_or_else(|_| Err(io::Error::other("the lookup panicked")));
        let mut addresses = looked_up.map_err(|error| ResolveError::Failed(error.to_string()))?;
        let mut seen = HashSet::new();
        addresses.retain(|address| seen.insert(*address));
        addresses.truncate(MAX_ADDRESSES);
        Ok(addresses.into())
    }
}

/// The life of a thread.
fn work(resolver: &Arc<Resolver>) {
    let mut queue = resolver.queue.lock();
    loop {
        if let Some((tenant, name)) = queue.begin() {
            // The end of a lookup may allow several others.
            let more = queue.has_work();
            drop(queue);
            if more {
                resolver.provide_thread();
            }
            let resolved = resolver.look_up(&name);
            let lookup = resolver.queue.lock().finish(tenant, &name);
            // Wakes tasks, which is nothing to do under a lock.
            lookup.finish(&resolved);
            queue = resolver.queue.lock();
            continue;
        }
        queue.idle += 1;
        let timed_out = resolver.work.wait_for(&mut queue, THREAD_IDLE).timed_out();
        queue.idle -= 1;
        if timed_out && !queue.has_work() {
            // Whoever waits would have work for a free thread, so nobody does.
            queue.thread_ended();
            return;
        }
    }
}

impl Names {
    /// The addresses of a name, in the order of the system's preference.
    pub(super) async fn resolve(&self, name: &str) -> Resolved {
        if let Some(resolved) = self.cache.lock().get(name, Instant::now()) {
            return resolved;
        }
        let receiver = self.resolver.queue.lock().join(self.tenant, name, MAX_WAITING);
        let Some((receiver, is_new)) = receiver else { return Err(ResolveError::Overloaded) };
        if is_new {
            self.resolver.provide_thread();
        }
        let resolved = match tokio::time::timeout(PATIENCE, receiver).await {
            Ok(Ok(resolved)) => resolved,
            Ok(Err(_)) => Err(ResolveError::Failed("the lookup was given up".into())),
            Err(_) => Err(ResolveError::TimedOut),
        };
        self.cache.lock().put(name, &resolved, Instant::now());
        resolved
    }
}

impl std::fmt::Debug for Resolver {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Resolver").finish_non_exhaustive()
    }
}

impl std::fmt::Debug for Names {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Names").field("tenant", &self.tenant).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::AtomicUsize;
    use std::sync::mpsc;

    use super::*;

    const HANG_GUARD: Duration = Duration::from_secs(30);

    /// Names that begin with `slow` are looked up for as long as the sender of the result lives.
    fn with_slow_names() -> (Arc<Resolver>, mpsc::Sender<()>, Arc<AtomicUsize>) {
        let (release, released) = mpsc::channel::<()>();
        let released = Mutex::new(released);
        let lookups = Arc::new(AtomicUsize::new(0));
        let resolver = Resolver::new({
            let lookups = lookups.clone();
            move |name| {
                lookups.fetch_add(1, Ordering::SeqCst);
                if name.starts_with("slow") {
                    // Ends with an error once the sender is gone.
                    let _ = released.lock().recv();
                }
                Ok(vec![IpAddr::from([192, 0, 2, 1]); 2])
            }
        });
        (resolver, release, lookups)
    }

    #[tokio::test]
    async fn one_tenants_slow_names_leave_threads_to_the_others() {
        let (resolver, release, lookups) = with_slow_names();
        let hostile: Vec<_> = (0..20).map(|_| Arc::new(resolver.tenant())).collect();
        let mut stuck = tokio::task::JoinSet::new();
        for n in 0..50 {
            for tenant in &hostile[..2] {
                let tenant = tenant.clone();
                stuck.spawn(async move { tenant.resolve(&format!("slow{n}.test")).await });
            }
        }
        // Both have taken what they can get; it is not everything.
        tokio::time::timeout(HANG_GUARD, async {
            while lookups.load(Ordering::SeqCst) < 2 * 2 {
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
        })
        .await
        .expect("threads for both");
        assert!(lookups.load(Ordering::SeqCst) <= 2 * MAX_PER_TENANT);
        let victim = resolver.tenant();
        let addresses =
            tokio::time::timeout(HANG_GUARD, victim.resolve("quick.test")).await.expect("a thread");
        assert_eq!(addresses.unwrap().len(), 1, "once, though the system says it twice");
        stuck.abort_all();
        drop(release);
    }

    #[tokio::test]
    async fn callers_of_one_name_share_a_lookup_and_its_result() {
        let (resolver, release, lookups) = with_slow_names();
        let names = Arc::new(resolver.tenant());
        let mut callers = tokio::task::JoinSet::new();
        for _ in 0..10 {
            let names = names.clone();
            callers.spawn(async move { names.resolve("slow.test").await });
        }
        while lookups.load(Ordering::SeqCst) == 0 {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
        drop(release);
        while let Some(resolved) = callers.join_next().await {
            assert!(resolved.unwrap().is_ok());
        }
        assert!(names.resolve("slow.test").await.is_ok());
        assert_eq!(lookups.load(Ordering::SeqCst), 1);
        // Another tenant does not learn that somebody asked before.
        assert!(resolver.tenant().resolve("slow.test").await.is_ok());
        assert_eq!(lookups.load(Ordering::SeqCst), 2);
    }

    #[tokio::test]
    async fn a_lookup_that_panics_is_a_failure_of_its_own() {
        let resolver = Resolver::new(|name| if name == "bad" { panic!("bad") } else { Ok(Vec::new()) });
        let names = resolver.tenant();
        assert!(matches!(names.resolve("bad").await, Err(ResolveError::Failed(_))));
        assert!(names.resolve("good").await.unwrap().is_empty());
    }

    #[tokio::test]
    async fn the_systems_resolver_knows_this_machine() {
        let addresses = Resolver::of_the_system().tenant().resolve("localhost").await.unwrap();
        assert!(!addresses.is_empty() && addresses.iter().all(IpAddr::is_loopback), "{addresses:?}");
    }
}
