//! Compiled code in a directory: what one process has compiled, the next one takes.
//!
//! # Protocol
//! One thread does everything that touches the directory. It hears through one channel
//!
//! * of scripts that are about to be evaluated, by whoever has a lease for them and holds no isolate's lock: it reads their
//!   file, has its hash compared, and puts what is in it into the code cache in memory. Who asked waits for that, and not
//!   for longer than [`PATIENCE`];
//! * of scripts that code was made of, by isolate threads, which wait for nothing: it takes their code from the cache in
//!   memory and writes the file. If the channel is full, or the code is gone by then, the file is not written.
//!
//! It knows which files there are from the time that it starts, so asking for a script that there is none of costs a look
//! into a table. It ends when the pool is gone.
//!
//! Before anything else it takes the code of those Web APIs and built-in modules that are evaluated late, which is one file
//! for all scripts. It writes that file before it writes one of a script, or when it is waited for, if code was
//! made of more of them.
//!
//! Nothing that is wrong with the directory or a file is an error of anybody's: it is a miss, with a line in the log.

mod built_in;
pub(crate) mod directory;

use std::collections::HashSet;
use std::io;
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, TrySendError, sync_channel};
use std::sync::{Arc, OnceLock};
use std::thread;
use std::time::Duration;

use exec::{CodeBundleError, CodeCache, CodeEnvironment, Script};
use parking_lot::Mutex;
use serde::Serialize;
use tokio::sync::oneshot;
use tokio::time::timeout;

use crate::timers;
use built_in::BuiltIn;
use directory::{Contents, Directory, Found};

/// What is told to the thread and not done yet.
const BACKLOG: usize = 1024;

/// How long an evaluation waits for its code; longer than that the disk is not to be waited for.
const PATIENCE: Duration = Duration::from_secs(1);

/// Counters and gauges of the compiled code on disk. They are of this process; others may use the same directory.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct CodeStoreStats {
    /// Bytes of all files.
    pub bytes: u64,
    /// Files, one for each script.
    pub files: u64,
    /// Files that were read and taken.
    pub hits: u64,
    /// Files that were written.
    pub writes: u64,
    /// Files that were damaged or could not be read or written.
    pub failures: u64,
}

/// See the [module](self) documentation.
pub(crate) struct CodeStore {
    commands: SyncSender<Command>,
    shared: Arc<Shared>,
}

#[derive(Default)]
struct Shared {
    /// The scripts that there are files of, once the thread knows.
    known: OnceLock<Mutex<HashSet<[u8; 32]>>>,
    bytes: AtomicU64,
    hits: AtomicU64,
    writes: AtomicU64,
    failures: AtomicU64,
}

enum Command {
    Read(Script, oneshot::Sender<()>),
    Write(Script),
    Flush(oneshot::Sender<()>),
}

impl CodeStore {
    /// Uses `directory`, which is made if it is not there, for the code in `cache`. Returns the cache that contexts are to be
    /// made with. Nothing blocks: the thread finds out whether the directory can be used.
    pub(crate) fn start(
        directory: &Path,
        max_bytes: u64,
        environment: CodeEnvironment,
        cache: CodeCache,
    ) -> io::Result<(Self, CodeCache)> {
        let (commands, received) = sync_channel(BACKLOG);
        let shared = Arc::new(Shared::default());
        let keeper = Keeper {
            directory: Directory::new(directory, max_bytes, directory::CODE, environment.as_bytes()),
            built_in: BuiltIn::new(directory, max_bytes, environment),
            environment,
            cache: cache.clone(),
            shared: Arc::clone(&shared),
        };
        thread::Builder::new().name("code-cache".into()).spawn(move || keeper.run(&received))?;
        let writer = commands.clone();
        let cache = cache.with_listener(move |script| {
            // One that finds no room is written when it is compiled the next time.
            let _ = writer.try_send(Command::Write(script.clone()));
        });
        Ok((Self { commands, shared }, cache))
    }

    /// Has the code of the script read into memory, if there is a file of it.
    pub(crate) async fn fetch(&self, script: &Script) {
        if self.shared.known.get().is_some_and(|known| !known.lock().contains(script.code_digest())) {
            return;
        }
        let (done, read) = oneshot::channel();
        if self.commands.try_send(Command::Read(script.clone(), done)).is_err() {
            return;
        }
        // Dropped unanswered if the thread is gone; the evaluation compiles, then.
        if timers::check().is_ok() {
            let _ = timeout(PATIENCE, read).await;
        } else {
            let _ = read.await;
        }
    }

    /// Waits until everything is written that was made before.
    pub(crate) async fn flush(&self) {
        let (done, written) = oneshot::channel();
        let mut command = Command::Flush(done);
        loop {
            match self.commands.try_send(command) {
                Ok(()) => break,
                Err(TrySendError::Full(back)) => command = back,
                Err(TrySendError::Disconnected(_)) => return,
            }
            tokio::task::yield_now().await;
        }
        let _ = written.await;
    }

    pub(crate) fn stats(&self) -> CodeStoreStats {
        let Shared { known, bytes, hits, writes, failures } = &*self.shared;
        CodeStoreStats {
            bytes: bytes.load(Ordering::Relaxed),
            files: known.get().map_or(0, |known| known.lock().len() as u64),
            hits: hits.load(Ordering::Relaxed),
            writes: writes.load(Ordering::Relaxed),
            failures: failures.load(Ordering::Relaxed),
        }
    }
}

/// What the thread has.
struct Keeper {
    directory: Directory,
    /// `None` if this build of the program cannot be told from others.
    built_in: Option<BuiltIn>,
    environment: CodeEnvironment,
    /// Without the listener, so that the thread does not keep itself.
    cache: CodeCache,
    shared: Arc<Shared>,
}

impl Keeper {
    fn run(mut self, commands: &Receiver<Command>) {
        let opened = self.directory.open();
        if opened.is_ok()
            && let Some(Err(what)) = self.built_in.as_mut().map(BuiltIn::read)
        {
            self.shared.failures.fetch_add(1, Ordering::Relaxed);
            tracing::warn!(directory = %self.directory.path().display(), "{what}");
        }
        let known = match opened {
            Ok(Contents { known, odd }) => {
                for (name, error) in odd {
                    self.shared.failures.fetch_add(1, Ordering::Relaxed);
                    let directory = self.directory.path().display();
                    tracing::warn!(%directory, file = name, %error, "a file of the code cache is not used");
                }
                known
            }
            Err(error) => {
                self.fail_to_use(&error, directory::UNUSABLE);
                HashSet::new()
            }
        };
        self.shared.known.get_or_init(|| Mutex::new(known));
        self.count();
        while let Ok(command) = commands.recv() {
            match command {
                Command::Read(script, done) => {
                    if !self.cache.has_code_of(&script) {
                        self.read(&script);
                    }
                    // Whoever waited may have gone.
                    let _ = done.send(());
                }
                Command::Write(script) => {
                    self.write_built_in();
                    self.write(&script);
                }
                Command::Flush(done) => {
                    self.write_built_in();
                    // Whoever waited may have gone.
                    let _ = done.send(());
                }
            }
        }
    }

    fn read(&mut self, script: &Script) {
        let digest = script.code_digest();
        let bytes = match self.directory.read(digest) {
            Ok(Found::Bytes(bytes)) => bytes,
            Ok(Found::Nothing) => return self.forget(digest),
            Err(error) => {
                self.forget(digest);
                return self.fail(&error, "a file of the code cache cannot be read");
            }
        };
        match self.cache.import(script, &self.environment, &bytes) {
            Ok(_) => {
                self.shared.hits.fetch_add(1, Ordering::Relaxed);
            }
            Err(error) => {
                self.forget(digest);
                self.directory.remove(digest);
                self.count();
                self.damaged(script, error);
            }
        }
    }

    fn write(&mut self, script: &Script) {
        // Evicted from memory already, or larger than the budget there.
        let Some(bundle) = self.cache.export(script, &self.environment) else { return };
        match self.directory.write(script.code_digest(), &bundle) {
            Ok(removed) => {
                directory::works(self.directory.path());
                self.shared.writes.fetch_add(1, Ordering::Relaxed);
                if let Some(known) = self.shared.known.get() {
                    let mut known = known.lock();
                    known.insert(*script.code_digest());
                    known.retain(|digest| !removed.contains(digest));
                }
                self.count();
            }
            // That there is one in its place has been told.
            Err(error) if error.kind() == io::ErrorKind::IsADirectory => {
                self.shared.failures.fetch_add(1, Ordering::Relaxed);
            }
            Err(error) => self.fail_to_use(&error, directory::UNWRITABLE),
        }
    }

    fn write_built_in(&mut self) {
        if let Err(error) = self.built_in.as_mut().map_or(Ok(()), BuiltIn::write) {
            self.fail_to_use(&error, directory::UNWRITABLE);
        }
    }

    /// Something is wrong with the directory, and is told once.
    fn fail_to_use(&self, error: &io::Error, what: &str) {
        if directory::is_news(self.directory.path()) {
            return self.fail(error, what);
        }
        self.shared.failures.fetch_add(1, Ordering::Relaxed);
        tracing::debug!(directory = %self.directory.path().display(), %error, "{what}");
    }

    fn forget(&self, digest: &[u8; 32]) {
        if let Some(known) = self.shared.known.get() {
            known.lock().remove(digest);
        }
    }

    fn count(&self) {
        self.shared.bytes.store(self.directory.bytes(), Ordering::Relaxed);
    }

    fn fail(&self, error: &io::Error, what: &str) {
        self.shared.failures.fetch_add(1, Ordering::Relaxed);
        tracing::warn!(directory = %self.directory.path().display(), %error, "{what}");
    }

    fn damaged(&self, script: &Script, error: CodeBundleError) {
        self.shared.failures.fetch_add(1, Ordering::Relaxed);
        let directory = self.directory.path().display();
        tracing::warn!(%directory, script = script.name(), %error, "a file of the code cache is not used");
    }
}
