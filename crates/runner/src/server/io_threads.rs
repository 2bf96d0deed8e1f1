//! Threads that serve connections, each with a runtime of its own.
//!
//! # Protocol
//! A connection belongs to one runtime from its first byte to its end: its socket is registered there, its task and those
//! that it spawns run there. One thread at a time drives the runtime. What comes from elsewhere are wake-ups, of isolate
//! threads above all: they go through the runtime's [`Mailbox`]. It ends when [`IoThreads`] is stopped or dropped; what is
//! still on it is dropped then.
//!
//! # Short turns
//! With [`ServerOptions::short_turn`](super::ServerOptions::short_turn) each runtime is a [station](isolate::station): the
//! thread that drives it also takes the turns that its connections ask for, if they are short. The runtime is not being
//! driven then, so another thread can take it over when a turn is not as short as it was thought to be.

mod mailbox;

use std::future::poll_fn;
use std::io;
use std::ops::ControlFlow;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::task::Poll;
use std::thread;
use std::time::Duration;

use isolate::station::{self, Station, WantedTurns};
use parking_lot::Mutex;
use tokio::runtime::{Builder, Handle, Runtime};
use tokio::sync::oneshot;

use self::mailbox::Mailbox;
pub(super) use self::mailbox::gather_wakes;

/// See the [module](self) documentation.
#[derive(Debug)]
pub(super) struct IoThreads(Vec<IoThread>);

#[derive(Debug)]
struct IoThread {
    runtime: Handle,
    /// A clone for each of its connections.
    connections: Arc<()>,
    /// Dropped, the thread ends.
    _stop: oneshot::Sender<()>,
    /// Fails when it has ended.
    ended: oneshot::Receiver<()>,
}

/// A place on an I/O thread. The thread is so much less likely to get the next connection while it is held.
#[derive(Debug)]
pub(super) struct Place {
    runtime: Handle,
    _connection: Arc<()>,
}

impl IoThreads {
    /// Starts `count` threads, which take turns that are as short as `short`.
    pub(super) fn start(count: usize, short: Duration) -> io::Result<Self> {
        (0..count).map(|number| IoThread::start(number, short)).collect::<io::Result<_>>().map(Self)
    }

    /// A place on the thread that has the fewest connections, unless there are no threads.
    pub(super) fn pick(&self) -> Option<Place> {
        let thread = self.0.iter().min_by_key(|thread| Arc::strong_count(&thread.connections))?;
        Some(Place { runtime: thread.runtime.clone(), _connection: Arc::clone(&thread.connections) })
    }

    /// For whoever wants to know whether the threads do anything.
    pub(super) fn pulse(&self) -> Pulse {
        Pulse(self.0.iter().map(|thread| thread.runtime.clone()).collect())
    }

    /// Ends the threads, and waits for them.
    pub(super) async fn stop(self) {
        let ended: Vec<_> = self.0.into_iter().map(|IoThread { ended, .. }| ended).collect();
        for ended in ended {
            let _ = ended.await;
        }
    }
}

/// Whether a server does what it is given. It does not keep its threads from ending.
#[derive(Clone, Debug)]
pub struct Pulse(Vec<Handle>);

impl Pulse {
    /// Returns once every thread that serves connections, and the runtime that this is called in, has run a task that was
    /// given to it now.
    ///
    /// # Panics
    /// Outside of a tokio runtime.
    pub async fn beat(&self) {
        let here = Handle::current();
        let tasks: Vec<_> = self.0.iter().chain([&here]).map(|runtime| runtime.spawn(async {})).collect();
        for task in tasks {
            // One that has ended has nothing more to do.
            let _ = task.await;
        }
    }
}

impl Place {
    pub(super) fn runtime(&self) -> &Handle {
        &self.runtime
    }
}

impl IoThread {
    fn start(number: usize, short: Duration) -> io::Result<Self> {
        let runtime = Builder::new_current_thread().enable_all().build()?;
        let handle = runtime.handle().clone();
        let (stop, stopped) = oneshot::channel();
        let (ending, ended) = oneshot::channel();
        let driven = Driven { runtime, stopped, _ending: ending };
        let connections = Connections { driven: Mutex::new(Some(driven)), mailbox: Arc::default() };
        let name = format!("io-{number}");
        if short.is_zero() {
            thread::Builder::new().name(name).spawn(move || connections.drive(std::future::pending()))?;
        } else {
            station::man(name, short, connections);
        }
        Ok(Self { runtime: handle, connections: Arc::default(), _stop: stop, ended })
    }
}

/// The connections of a runtime, as the work of the thread that drives it.
struct Connections {
    /// Gone when it was stopped. Locked while the runtime is driven.
    driven: Mutex<Option<Driven>>,
    mailbox: Arc<Mailbox>,
}

struct Driven {
    runtime: Runtime,
    stopped: oneshot::Receiver<()>,
    _ending: oneshot::Sender<()>,
}

impl Connections {
    /// Drives the runtime until `until` is ready, or it is to stop, which ends it.
    fn drive(&self, until: impl Future<Output = ()>) -> ControlFlow<()> {
        let mut driven = self.driven.lock();
        let Some(Driven { runtime, stopped, .. }) = &mut *driven else { return ControlFlow::Break(()) };
        let mut until = pin!(until);
        let until = poll_fn(|cx| {
            if Pin::new(&mut *stopped).poll(cx).is_ready() {
                return Poll::Ready(ControlFlow::Break(()));
            }
            until.as_mut().poll(cx).map(ControlFlow::Continue)
        });
        let flow = runtime.block_on(mailbox::deliver_until(&self.mailbox, until));
        if flow.is_break()
            && let Some(Driven { runtime, .. }) = driven.take()
        {
            // A name resolution that hangs must not hold the server back.
            runtime.shutdown_background();
        }
        flow
    }
}

impl Station for Connections {
    fn work(&self, turns: &WantedTurns) -> ControlFlow<()> {
        self.drive(turns.wanted())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SHORT: Duration = Duration::from_micros(100);

    #[tokio::test]
    async fn connections_go_where_the_fewest_are_and_stay_there() {
        let threads = IoThreads::start(2, SHORT).unwrap();
        let (first, second) = (threads.pick().unwrap(), threads.pick().unwrap());
        assert_ne!(first.runtime().id(), second.runtime().id());
        let on = async |place: &Place| {
            let named = place.runtime().spawn(async { thread::current().name().map(str::to_owned) });
            named.await.unwrap().unwrap()
        };
        assert_eq!(on(&first).await, "io-0");
        assert_eq!(on(&second).await, "io-1");
        drop(second);
        assert_eq!(on(&threads.pick().unwrap()).await, "io-1");
        threads.stop().await;
    }

    #[tokio::test]
    async fn what_is_left_is_dropped_when_the_threads_stop() {
        let threads = IoThreads::start(1, SHORT).unwrap();
        let held = Arc::new(());
        let task = threads.pick().unwrap().runtime().spawn({
            let held = Arc::clone(&held);
            async move {
                std::future::pending::<()>().await;
                drop(held);
            }
        });
        threads.stop().await;
        assert!(task.await.unwrap_err().is_cancelled());
        assert_eq!(Arc::strong_count(&held), 1);
    }

    #[tokio::test]
    async fn the_pulse_is_that_of_every_thread() {
        let threads = IoThreads::start(2, Duration::ZERO).unwrap();
        let pulse = threads.pulse();
        pulse.beat().await;
        let (release, busy) = std::sync::mpsc::channel::<()>();
        threads.pick().unwrap().runtime().spawn(async move { busy.recv() });
        let mut beat = std::pin::pin!(pulse.beat());
        let waited = tokio::time::timeout(std::time::Duration::from_millis(50), beat.as_mut()).await;
        assert!(waited.is_err(), "a thread is busy");
        drop(release);
        beat.await;
        threads.stop().await;
        pulse.beat().await;
    }

    #[test]
    fn without_threads_there_is_no_place() {
        assert!(IoThreads::start(0, SHORT).unwrap().pick().is_none());
    }
}
