//! Wake-ups of an I/O thread by other threads.
//!
//! To wake a task of a runtime from outside is a system call, each time. The answers that an isolate thread has after a
//! slice are many, and for the same few I/O threads. So what they wake is put into the I/O thread's mailbox, and only the
//! first letter of a batch wakes the thread; when it comes to look it wakes its tasks itself, which costs a push each.
//!
//! # Protocol
//! A future within [`gather_wakes`] is polled with a waker that knows its thread's mailbox. Woken on that thread, it wakes
//! the task at once. Elsewhere it adds itself to `letters`, unless it lies there already, and wakes the thread if it was
//! the first. The thread takes all letters at once, under the mutex: so either a letter is taken, or it comes
//! after, finds the box empty, and wakes. A letter says that it is out of the box *before* its task is woken: a wake-up
//! in between puts it there again, and none is lost. No waker is called under the mutex.
//!
//! A mailbox belongs to a runtime, which one thread at a time drives. Between two of them, and while the thread does
//! something else, there is nobody to be woken: what is in the box is taken first when the runtime is driven again.

use std::cell::RefCell;
use std::future::{Future, poll_fn};
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Wake, Waker};

use parking_lot::Mutex;
thread_local! {
    /// The mailbox of this thread, if it is an I/O thread.
    static HERE: RefCell<Option<Arc<Mailbox>>> = const { RefCell::new(None) };
}

/// What other threads have woken of a thread.
#[derive(Debug, Default)]
pub(super) struct Mailbox {
    contents: Mutex<Contents>,
}

#[derive(Debug, Default)]
struct Contents {
    letters: Vec<Arc<Letter>>,
    /// Wakes the thread; there from its first look into the box until it stops looking.
    thread: Option<Waker>,
}

/// The waker of one task.
#[derive(Debug)]
struct Letter {
    task: Waker,
    to: Arc<Mailbox>,
    is_posted: AtomicBool,
}

impl Mailbox {
    fn post(&self, letter: Arc<Letter>) {
        let thread = {
            let mut contents = self.contents.lock();
            contents.letters.push(letter);
            (contents.letters.len() == 1).then(|| contents.thread.clone()).flatten()
        };
        if let Some(thread) = thread {
            thread.wake();
        }
    }

    /// Takes what is there; `letters` is empty, and takes its place.
    fn take(&self, letters: &mut Vec<Arc<Letter>>, thread: &Waker) {
        let mut contents = self.contents.lock();
        std::mem::swap(&mut contents.letters, letters);
        if !contents.thread.as_ref().is_some_and(|known| known.will_wake(thread)) {
            contents.thread = Some(thread.clone());
        }
    }

    fn is_here(&self) -> bool {
        HERE.with_borrow(|here| here.as_ref().is_some_and(|here| std::ptr::eq(&**here, self)))
    }
}

impl Wake for Letter {
    fn wake(self: Arc<Self>) {
        self.wake_by_ref();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        if self.to.is_here() {
            self.task.wake_by_ref();
        } else if !self.is_posted.swap(true, Ordering::AcqRel) {
            self.to.post(Arc::clone(self));
        }
    }
}

/// Makes `mailbox` that of the calling thread, and wakes what comes into it until `until` is ready.
pub(super) async fn deliver_until<F: Future>(mailbox: &Arc<Mailbox>, until: F) -> F::Output {
    let _here = Here::new(mailbox);
    let mut until = pin!(until);
    let mut letters = Vec::new();
    poll_fn(|cx| {
        mailbox.take(&mut letters, cx.waker());
        for letter in letters.drain(..) {
            letter.is_posted.store(false, Ordering::Release);
            letter.task.wake_by_ref();
        }
        until.as_mut().poll(cx)
    })
    .await
}

/// For as long as it lives the mailbox is that of the calling thread.
struct Here<'a>(&'a Mailbox);

impl<'a> Here<'a> {
    fn new(mailbox: &'a Arc<Mailbox>) -> Self {
        HERE.set(Some(Arc::clone(mailbox)));
        Self(mailbox)
    }
}

impl Drop for Here<'_> {
    fn drop(&mut self) {
        HERE.set(None);
        let thread = self.0.contents.lock().thread.take();
        drop(thread);
    }
}

/// The same future, woken through the mailbox of the thread that polls it first, if that has one. It must stay there.
pub(in crate::server) async fn gather_wakes<F: Future>(future: F) -> F::Output {
    let mut future = pin!(future);
    let here = HERE.with_borrow(Clone::clone);
    let mut waker: Option<(Waker, Waker)> = None;
    poll_fn(|cx| {
        let Some(here) = &here else { return future.as_mut().poll(cx) };
        let (_, waker) = match &mut waker {
            Some(known) if known.0.will_wake(cx.waker()) => known,
            unknown => {
                let task = cx.waker().clone();
                let letter =
                    Letter { task: task.clone(), to: Arc::clone(here), is_posted: AtomicBool::new(false) };
                unknown.insert((task, Waker::from(Arc::new(letter))))
            }
        };
        future.as_mut().poll(&mut Context::from_waker(waker))
    })
    .await
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::AtomicUsize;
    use std::thread;

    use tokio::runtime::Builder;
    use tokio::sync::{Barrier, Notify, oneshot};

    use super::*;

    /// Counts the wake-ups of the future inside, which is otherwise the same.
    async fn counting<F: Future>(future: F, woken: Arc<AtomicUsize>) -> F::Output {
        struct Counting(Waker, Arc<AtomicUsize>);
        impl Wake for Counting {
            fn wake(self: Arc<Self>) {
                self.1.fetch_add(1, Ordering::Relaxed);
                self.0.wake_by_ref();
            }
        }
        let mut future = pin!(future);
        poll_fn(|cx| {
            let waker = Waker::from(Arc::new(Counting(cx.waker().clone(), Arc::clone(&woken))));
            future.as_mut().poll(&mut Context::from_waker(&waker))
        })
        .await
    }

    #[test]
    fn a_batch_of_wake_ups_is_one_of_the_thread() {
        const TASKS: usize = 100;
        let runtime = Builder::new_current_thread().build().unwrap();
        let handle = runtime.handle().clone();
        let woken = Arc::new(AtomicUsize::new(0));
        let (stop, mut stopped) = oneshot::channel::<()>();
        let io = thread::spawn({
            let woken = Arc::clone(&woken);
            move || runtime.block_on(counting(deliver_until(&Arc::default(), &mut stopped), woken))
        });

        let (wanted, waiting) = (Arc::new(Notify::new()), Arc::new(Barrier::new(TASKS + 1)));
        let tasks: Vec<_> = (0..TASKS)
            .map(|_| {
                let (wanted, waiting) = (Arc::clone(&wanted), Arc::clone(&waiting));
                handle.spawn(gather_wakes(async move {
                    let mut notified = pin!(wanted.notified());
                    notified.as_mut().enable();
                    waiting.wait().await;
                    notified.await;
                }))
            })
            .collect();
        handle.block_on(waiting.wait());
        // The thread is kept busy while all letters are posted.
        let busy = Arc::new(std::sync::Barrier::new(2));
        handle.spawn({
            let busy = Arc::clone(&busy);
            async move {
                busy.wait();
                busy.wait();
            }
        });
        busy.wait();
        let before = woken.load(Ordering::Relaxed);
        wanted.notify_waiters();
        busy.wait();
        for task in tasks {
            handle.block_on(task).unwrap();
        }
        assert_eq!(woken.load(Ordering::Relaxed) - before, 1);
        drop(stop);
        io.join().unwrap().unwrap_err();
    }

    #[test]
    fn no_wake_up_is_lost() {
        const ROUNDS: usize = 20_000;
        let runtime = Builder::new_current_thread().build().unwrap();
        let (stop, mut stopped) = oneshot::channel::<()>();
        let handle = runtime.handle().clone();
        let io = thread::spawn(move || runtime.block_on(deliver_until(&Arc::default(), &mut stopped)));
        let tasks: Vec<_> = (0..3)
            .map(|_| {
                let (to, mut from) = tokio::sync::mpsc::unbounded_channel::<usize>();
                let (back, answers) = std::sync::mpsc::channel();
                handle.spawn(gather_wakes(async move {
                    while let Some(n) = from.recv().await {
                        back.send(n).unwrap();
                    }
                }));
                thread::spawn(move || {
                    for round in 0..ROUNDS {
                        to.send(round).unwrap();
                        assert_eq!(answers.recv_timeout(std::time::Duration::from_secs(30)), Ok(round));
                    }
                })
            })
            .collect();
        for task in tasks {
            task.join().unwrap();
        }
        drop(stop);
        io.join().unwrap().unwrap_err();
    }
}
