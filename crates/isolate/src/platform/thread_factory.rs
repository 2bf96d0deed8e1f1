//! The thread that makes threads.
//!
//! What may run JavaScript has to descend from a thread that was created after V8's start (see
//! [`platform`](crate::platform)). So there is one such thread, the factory, from the start to the end of the process;
//! whoever wants a thread sends it a request and does not wait.
//!
//! A thread that cannot be created, for lack of memory or of thread ids, is tried again: the lack is often a matter of
//! moments. Meanwhile the request waits in the factory, where it keeps nobody else's from being tried. One that somebody
//! waits for is dropped after a second, which tells him; the others are tried for ever, so that a pool gets its width
//! back however long the lack lasts.

use std::io;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::thread;
use std::time::{Duration, Instant};

use parking_lot::Mutex;

/// Stack of a thread that runs JavaScript, in bytes. V8 itself uses at most about 1 MiB of it.
const STACK_SIZE: usize = 4 << 20;

/// How long after a failure the creation of a thread is tried again.
const RETRY: Duration = Duration::from_millis(50);

/// For how long, if somebody waits for it.
const PATIENCE: Duration = Duration::from_secs(1);

type Run = Box<dyn FnOnce() + Send>;

/// The way to the factory. Cloning shares it.
#[derive(Clone, Debug)]
pub(crate) struct ThreadFactory {
    requests: Sender<Request>,
}

struct Request {
    name: String,
    run: Run,
    /// When it is dropped, if somebody waits for it.
    until: Option<Instant>,
    failed: bool,
}

impl ThreadFactory {
    /// Starts the factory, as a child of the calling thread.
    pub(crate) fn start() -> io::Result<Self> {
        let (requests, receiver) = channel();
        thread::Builder::new()
            .name("v8-thread-factory".into())
            .spawn(move || make_threads(&receiver, &mut create))?;
        Ok(Self { requests })
    }

    /// Runs `run` on a new thread, as soon as one can be created.
    pub(crate) fn spawn(&self, name: String, run: impl FnOnce() + Send + 'static) {
        self.request(name, Box::new(run), None);
    }

    /// The same; `run` is dropped if no thread can be created for a second.
    pub(crate) fn spawn_soon(&self, name: String, run: impl FnOnce() + Send + 'static) {
        self.request(name, Box::new(run), Some(Instant::now() + PATIENCE));
    }

    fn request(&self, mut name: String, run: Run, until: Option<Instant>) {
        // A thread's name must not contain NUL.
        name.retain(|c| c != '\0');
        // The factory never ends; without it the request is dropped, as one that is never fulfilled.
        let _sent = self.requests.send(Request { name, run, until, failed: false });
    }
}

/// The factory's thread.
fn make_threads(requests: &Receiver<Request>, create: &mut dyn FnMut(&str, Run) -> Result<(), Refused>) {
    let mut waiting: Vec<Request> = Vec::new();
    loop {
        let next = match waiting.is_empty() {
            true => requests.recv().map_err(|_| RecvTimeoutError::Disconnected),
            false => requests.recv_timeout(RETRY),
        };
        match next {
            Ok(request) => waiting.push(request),
            Err(RecvTimeoutError::Timeout) => {}
            Err(RecvTimeoutError::Disconnected) => return,
        }
        let now = Instant::now();
        waiting = waiting.into_iter().filter_map(|request| request.attempt(now, create)).collect();
    }
}

impl Request {
    /// Tries to create the thread. Returns the request if it is to be tried again.
    fn attempt(self, now: Instant, create: &mut dyn FnMut(&str, Run) -> Result<(), Refused>) -> Option<Self> {
        let Self { name, run, until, failed } = self;
        let Refused { run, error } = match create(&name, run) {
            Ok(()) if failed => {
                tracing::info!(%name, "the missing thread has been created");
                return None;
            }
            Ok(()) => return None,
            Err(refused) => refused,
        };
        if until.is_some_and(|until| now >= until) {
            tracing::error!(%name, %error, "no thread for V8 can be created");
            return None;
        }
        if !failed {
            tracing::error!(%name, %error, "cannot create a thread for V8 now; it is tried again");
        }
        Some(Self { name, run, until, failed: true })
    }
}

/// A thread that could not be created.
struct Refused {
    /// What it was to run.
    run: Run,
    error: io::Error,
}

fn create(name: &str, run: Run) -> Result<(), Refused> {
    #[cfg(test)]
    if let Some(error) = refusal::of(name) {
        return Err(Refused { run, error });
    }
    // A failed creation drops what the thread was to run.
    let run = Arc::new(Mutex::new(Some(run)));
    let shared = Arc::clone(&run);
    let body = move || {
        let run = shared.lock().take();
        if let Some(run) = run {
            run();
        }
    };
    let created = thread::Builder::new().name(name.into()).stack_size(STACK_SIZE).spawn(body);
    let error = match created {
        Ok(_) => return Ok(()),
        Err(error) => error,
    };
    let run = run.lock().take();
    // Without a thread nobody has taken it.
    run.map_or(Ok(()), |run| Err(Refused { run, error }))
}

/// A factory that refuses, for tests.
#[cfg(test)]
pub(crate) mod refusal {
    use std::io;

    use parking_lot::Mutex;

    static REFUSED: Mutex<Option<&'static str>> = Mutex::new(None);

    /// Refuses all threads of this name from now on.
    pub(crate) fn refuse(name: Option<&'static str>) {
        *REFUSED.lock() = name;
    }

    pub(super) fn of(name: &str) -> Option<io::Error> {
        (*REFUSED.lock() == Some(name)).then(|| io::ErrorKind::WouldBlock.into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Serves `requests` with a factory that refuses the threads that `refuses` says, by name and number of the attempt.
    fn serve(requests: Receiver<Request>, refuses: impl Fn(&str, usize) -> bool) -> Vec<String> {
        let (mut created, mut attempts) = (Vec::new(), 0);
        make_threads(&requests, &mut |name, run| {
            attempts += 1;
            if refuses(name, attempts) {
                return Err(Refused { run, error: io::ErrorKind::WouldBlock.into() });
            }
            created.push(name.into());
            run();
            Ok(())
        });
        created
    }

    #[test]
    fn a_thread_that_is_refused_is_tried_again_and_keeps_no_other_back() {
        let (requests, receiver) = channel();
        let factory = ThreadFactory { requests };
        let (done, ran) = channel();
        for name in ["a", "b"] {
            let (done, last) = (done.clone(), (name == "a").then(|| factory.clone()));
            factory.spawn(name.into(), move || {
                done.send(name).unwrap();
                // The factory ends with the last way to it.
                drop(last);
            });
        }
        drop(factory);
        let created = serve(receiver, |name, attempt| name == "a" && attempt < 30);
        assert_eq!(created, ["b", "a"]);
        assert_eq!(ran.try_iter().collect::<Vec<_>>(), ["b", "a"]);
    }

    #[test]
    fn whoever_waits_for_a_thread_hears_that_there_is_none() {
        let (requests, receiver) = channel();
        let factory = ThreadFactory { requests };
        let (result, waits) = channel::<()>();
        let last = factory.clone();
        factory.spawn_soon("a".into(), move || drop((result, last)));
        drop(factory);
        assert!(serve(receiver, |_, _| true).is_empty());
        assert!(waits.recv().is_err());
    }
}
