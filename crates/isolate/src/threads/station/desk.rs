//! The isolates whose turns a station's threads are to take.
//!
//! The thread that is at the station [has the desk before it](at). What it schedules meanwhile stays there, if it is
//! [brief](crate::turns::conduct) and there is room, instead of waking an isolate thread; and the station's work is told
//! that [turns are wanted](super::WantedTurns).

use std::cell::RefCell;
use std::collections::VecDeque;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use parking_lot::Mutex;

use crate::teller;
use crate::threads::turn_isolate::TurnIsolate;

/// More isolates than this are shared out among the isolate threads.
const ROOM: usize = 16;

thread_local! {
    static HERE: RefCell<Option<Arc<Desk>>> = const { RefCell::new(None) };
}

/// See the [module](self) documentation.
#[derive(Debug)]
pub(super) struct Desk {
    /// How long the turns that are taken here may be, on average.
    short: Duration,
    inner: Mutex<Inner>,
}

#[derive(Debug, Default)]
struct Inner {
    isolates: VecDeque<Arc<TurnIsolate>>,
    /// Wakes the work, if it waits; gone as soon as there is an isolate.
    work: Option<Waker>,
}

impl Desk {
    pub(super) fn new(short: Duration) -> Self {
        Self { short, inner: Mutex::default() }
    }

    /// The next isolate.
    pub(super) fn take(&self) -> Option<Arc<TurnIsolate>> {
        self.inner.lock().isolates.pop_front()
    }

    pub(super) fn len(&self) -> usize {
        self.inner.lock().isolates.len()
    }

    /// Whether there are isolates. If not, wakes `cx` when one comes.
    pub(super) fn poll_wanted(&self, cx: &Context<'_>) -> Poll<()> {
        let waker = cx.waker().clone();
        let mut inner = self.inner.lock();
        if !inner.isolates.is_empty() {
            return Poll::Ready(());
        }
        let before = inner.work.replace(waker);
        drop(inner);
        before.into_iter().for_each(teller::discard);
        Poll::Pending
    }

    fn put(&self, isolate: Arc<TurnIsolate>) -> Result<(), Arc<TurnIsolate>> {
        if !isolate.conduct().is_brief(self.short) {
            return Err(isolate);
        }
        let mut inner = self.inner.lock();
        if inner.isolates.len() >= ROOM {
            return Err(isolate);
        }
        inner.isolates.push_back(isolate);
        let work = inner.work.take();
        drop(inner);
        teller::wake_all(work);
        Ok(())
    }
}

/// Keeps an isolate that has a turn to be taken here, if the calling thread is at a station and the turn will be short;
/// otherwise gives it back.
pub(crate) fn keep(isolate: Arc<TurnIsolate>) -> Result<(), Arc<TurnIsolate>> {
    HERE.with_borrow(|here| match here {
        Some(desk) => desk.put(isolate),
        None => Err(isolate),
    })
}

/// The calling thread has `desk` before it until the result is dropped.
pub(super) fn at(desk: &Arc<Desk>) -> At {
    HERE.set(Some(Arc::clone(desk)));
    At
}

/// See [`at`].
pub(super) struct At;

impl Drop for At {
    fn drop(&mut self) {
        HERE.set(None);
    }
}
