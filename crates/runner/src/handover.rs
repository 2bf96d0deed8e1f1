//! Futures that are polled by whoever wakes them.
//!
//! A request that waits for a lease would be woken on its caller's thread, only to put its task into the queue of the
//! isolate: two changes of threads for each request while the isolate stands idle. Here whoever ends the lease before it
//! goes on with the request itself, and the caller hears of the answer only.
//!
//! # Protocol
//! `async-task` sees to it that a future is polled by one thread at a time, and again if it was woken meanwhile. A poll may
//! wake further futures; they are polled after it, one after the other, by the same thread: so the stack stays flat,
//! however many wake each other. Wakers are called with no lock held that a poll takes: see `pool_core`,
//! `isolate::Spares` and `isolate::wake_after_turn`. A future that is cancelled is dropped by the same rule; if the drop
//! of something that a caller gave it panics, the process ends.

use std::cell::RefCell;
use std::collections::VecDeque;
use std::future::{Future, poll_fn};
use std::pin::pin;

use async_task::{Builder, Runnable, Task};
use tokio::runtime::Handle;
use tokio::task::unconstrained;

thread_local! {
    /// What is to be polled by this thread, if it is polling.
    static WOKEN: RefCell<Option<VecDeque<Runnable>>> = const { RefCell::new(None) };
}

/// Polls `future` now, and from then on wherever it is woken, in the context of the calling thread's runtime, if it has
/// one. It must not block. Dropping the task drops it; a panic reaches whoever awaits the task.
pub(crate) fn spawn<F>(future: F) -> Task<F::Output>
where
    F: Future<Output: Send> + Send + 'static,
{
    let runtime = Handle::try_current().ok();
    let future = async move {
        // The budget of a tokio task is not for others that are polled on its thread.
        let mut future = pin!(unconstrained(future));
        poll_fn(|cx| {
            let _entered = runtime.as_ref().map(Handle::enter);
            future.as_mut().poll(cx)
        })
        .await
    };
    let (runnable, task) = Builder::new().propagate_panic(true).spawn(|()| future, run);
    runnable.schedule();
    task
}

fn run(runnable: Runnable) {
    let mut next = WOKEN.with_borrow_mut(|woken| match woken {
        Some(woken) => {
            woken.push_back(runnable);
            None
        }
        None => {
            *woken = Some(VecDeque::new());
            Some(runnable)
        }
    });
    // `async-task` lets no panic through.
    while let Some(runnable) = next {
        runnable.run();
        next = WOKEN.with_borrow_mut(|woken| {
            let next = woken.as_mut().and_then(VecDeque::pop_front);
            if next.is_none() {
                *woken = None;
            }
            next
        });
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::thread::{self, ThreadId};

    use tokio::sync::{Notify, oneshot};

    use super::*;

    #[tokio::test]
    async fn a_future_goes_on_where_it_is_woken() {
        let (sender, receiver) = oneshot::channel::<()>();
        let task = spawn(async {
            receiver.await.unwrap();
            thread::current().id()
        });
        let waker = thread::spawn(move || {
            sender.send(()).unwrap();
            thread::current().id()
        });
        let woken_by: ThreadId = waker.join().unwrap();
        assert_eq!(task.await, woken_by);
    }

    #[tokio::test]
    async fn a_long_chain_of_wake_ups_needs_no_deep_stack() {
        const LINKS: usize = 100_000;
        let (mut link, end) = oneshot::channel();
        for _ in 0..LINKS {
            let (sender, receiver) = oneshot::channel();
            let on = std::mem::replace(&mut link, sender);
            spawn(async move {
                receiver.await.unwrap();
                on.send(()).unwrap();
            })
            .detach();
        }
        thread::spawn(move || link.send(())).join().unwrap().unwrap();
        end.await.unwrap();
    }

    #[tokio::test]
    async fn a_dropped_task_drops_its_future() {
        let (held, never) = (Arc::new(()), Notify::new());
        let task = spawn({
            let held = Arc::clone(&held);
            async move {
                never.notified().await;
                drop(held);
            }
        });
        assert_eq!(Arc::strong_count(&held), 2);
        drop(task);
        assert_eq!(Arc::strong_count(&held), 1);
    }

    #[tokio::test]
    async fn a_timer_works_and_a_panic_reaches_whoever_waits() {
        let task = spawn(async {
            tokio::time::sleep(std::time::Duration::from_millis(1)).await;
            panic!("as it should");
        });
        let waiting = tokio::spawn(task);
        assert!(waiting.await.unwrap_err().is_panic());
    }
}
