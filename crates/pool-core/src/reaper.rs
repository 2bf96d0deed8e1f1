//! Where retired resources go.
//!
//! A pool never drops a resource itself: it gives each one, by value and outside every lock, to the reaper the caller
//! supplied. The call happens on whichever thread retired it, which may be the thread of a request; destroying what
//! takes long is what [`BackgroundReaper`] is for.

use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError, mpsc};
use std::thread::{self, ThreadId};

/// Why a resource left the pool.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum RetireReason {
    /// Its room was needed, or its cost.
    Evicted,
    /// Unused for too long.
    Idle,
    /// Not fit to serve again.
    Condemned,
    /// A newer version takes its place.
    Replaced,
    /// The pool was closed or dropped.
    Shutdown,
}

/// A resource on its way out. It is owned: no lease on it exists any more.
#[derive(Debug)]
pub struct Retired<K, T> {
    /// The key it served.
    pub key: Arc<K>,
    /// The resource itself.
    pub resource: T,
    /// Why it left.
    pub reason: RetireReason,
}

/// A thread that handles retired resources off the request path.
///
/// Give [`BackgroundReaper::sink`] to [`Pool::new`](crate::Pool::new) and keep the reaper itself. Dropping it handles
/// everything that was sent so far and joins the thread; a resource retired after that is handled where it is
/// retired. A panic of the handler costs only the resource at hand.
///
/// The backlog is not bounded by the pool, which counts a resource as gone once the sink has taken it; see
/// [`BackgroundReaper::backlog`].
pub struct BackgroundReaper<M> {
    channel: Arc<Channel<M>>,
    finished: mpsc::Receiver<()>,
    thread: Arc<OnceLock<ThreadId>>,
}

struct Channel<M> {
    /// `None` once the reaper is gone. The lock orders the last send before the end of the thread.
    sender: Mutex<Option<mpsc::Sender<M>>>,
    backlog: AtomicUsize,
    handle: Box<dyn Fn(M) + Send + Sync>,
}

impl<M> Channel<M> {
    fn sender(&self) -> MutexGuard<'_, Option<mpsc::Sender<M>>> {
        self.sender.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn send(&self, message: M) {
        self.backlog.fetch_add(1, Ordering::Relaxed);
        let refused = match self.sender().as_ref() {
            Some(sender) => sender.send(message).err().map(|mpsc::SendError(message)| message),
            None => Some(message),
        };
        if let Some(message) = refused {
            self.handle_one(message);
        }
    }

    fn handle_one(&self, message: M) {
        // The panic hook has reported the panic; the thread and the other resources must live on.
        let _ = catch_unwind(AssertUnwindSafe(|| (self.handle)(message)));
        self.backlog.fetch_sub(1, Ordering::Relaxed);
    }
}

impl<M: Send + 'static> BackgroundReaper<M> {
    /// Starts a thread of the given name that calls `handle` for each resource, in the order of retirement.
    ///
    /// # Errors
    /// The operating system's, if it gives no thread.
    pub fn spawn(name: impl Into<String>, handle: impl Fn(M) + Send + Sync + 'static) -> io::Result<Self> {
        let name = name.into();
        Self::try_with_spawner(handle, |run| thread::Builder::new().name(name).spawn(run).map(drop))
    }

    /// The same on a thread that `spawner` makes, for callers whose threads must come from a particular one.
    ///
    /// `spawner` must see to it that the closure it is given runs, on a thread of its own. If it drops the closure
    /// instead, resources are handled where they are retired.
    pub fn with_spawner(
        handle: impl Fn(M) + Send + Sync + 'static,
        spawner: impl FnOnce(Box<dyn FnOnce() + Send>),
    ) -> Self {
        let started: Result<Self, std::convert::Infallible> = Self::try_with_spawner(handle, |run| {
            spawner(run);
            Ok(())
        });
        match started {
            Ok(reaper) => reaper,
            Err(never) => match never {},
        }
    }

    fn try_with_spawner<E>(
        handle: impl Fn(M) + Send + Sync + 'static,
        spawner: impl FnOnce(Box<dyn FnOnce() + Send>) -> Result<(), E>,
    ) -> Result<Self, E> {
        let (sender, receiver) = mpsc::channel::<M>();
        let (running, finished) = mpsc::channel::<()>();
        let channel = Arc::new(Channel {
            sender: Mutex::new(Some(sender)),
            backlog: AtomicUsize::new(0),
            handle: Box::new(handle),
        });
        let thread = Arc::new(OnceLock::new());
        let (on_thread, id) = (Arc::clone(&channel), Arc::clone(&thread));
        spawner(Box::new(move || {
            // Dropped at the very end, which is what `finished` waits for.
            let _running = running;
            let _ = id.set(thread::current().id());
            for message in receiver {
                on_thread.handle_one(message);
            }
        }))?;
        Ok(Self { channel, finished, thread })
    }

    /// What to give to [`Pool::new`](crate::Pool::new). Never blocks while the reaper lives.
    pub fn sink(&self) -> impl Fn(M) + Send + Sync + Clone + use<M> {
        let channel = Arc::clone(&self.channel);
        move |message| channel.send(message)
    }
}

impl<M> BackgroundReaper<M> {
    /// Resources sent but not handled yet, the one in hand included.
    #[must_use]
    pub fn backlog(&self) -> usize {
        self.channel.backlog.load(Ordering::Relaxed)
    }
}

impl<M> Drop for BackgroundReaper<M> {
    fn drop(&mut self) {
        self.channel.sender().take();
        // The handler may own the last reference to the reaper; a thread cannot wait for its own end.
        if self.thread.get() != Some(&thread::current().id()) {
            let _ = self.finished.recv();
        }
    }
}

#[cfg(all(test, not(loom)))]
mod tests {
    use super::*;

    fn recorder() -> (Arc<Mutex<Vec<u32>>>, impl Fn(u32) + Send + Sync) {
        let seen = Arc::new(Mutex::new(Vec::new()));
        let log = Arc::clone(&seen);
        (seen, move |n| {
            assert_ne!(n, 13, "the handler's own panic");
            log.lock().expect("never poisoned").push(n);
        })
    }

    #[test]
    fn drop_drains_in_order_and_joins() {
        let (seen, handle) = recorder();
        let reaper = BackgroundReaper::spawn("reaper-test", handle).unwrap();
        let sink = reaper.sink();
        (0..100).filter(|n| *n != 13).for_each(&sink);
        drop(reaper);
        assert_eq!(*seen.lock().unwrap(), (0..100).filter(|n| *n != 13).collect::<Vec<_>>());
    }

    #[test]
    fn a_panic_costs_one_resource_only() {
        let (seen, handle) = recorder();
        let reaper = BackgroundReaper::spawn("reaper-test", handle).unwrap();
        [1, 13, 2].into_iter().for_each(reaper.sink());
        drop(reaper);
        assert_eq!(*seen.lock().unwrap(), [1, 2]);
    }

    #[test]
    fn after_the_drop_resources_are_handled_where_they_are_retired() {
        let (seen, handle) = recorder();
        let reaper = BackgroundReaper::spawn("reaper-test", handle).unwrap();
        let sink = reaper.sink();
        drop(reaper);
        sink(5);
        assert_eq!(*seen.lock().unwrap(), [5]);
    }

    #[test]
    fn the_callers_spawner_makes_the_thread() {
        let (seen, handle) = recorder();
        let reaper = BackgroundReaper::with_spawner(handle, |run| {
            thread::Builder::new().name("made-by-the-caller".into()).spawn(run).unwrap();
        });
        reaper.sink()(7);
        drop(reaper);
        assert_eq!(*seen.lock().unwrap(), [7]);
    }

    #[test]
    fn a_spawner_that_drops_the_closure_does_not_hang_or_lose_anything() {
        let (seen, handle) = recorder();
        let reaper = BackgroundReaper::with_spawner(handle, drop);
        reaper.sink()(9);
        assert_eq!(reaper.backlog(), 0);
        drop(reaper);
        assert_eq!(*seen.lock().unwrap(), [9]);
    }
}
