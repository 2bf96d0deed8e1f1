//! The queue between whoever logs and stderr.
//!
//! ```text
//! any thread ── LogQueue::push ──► lines, bounded by their bytes ──► thread "log" ── Sink ──► stderr
//! ```
//!
//! Threads that log are in a turn of a worker, or watch turns, or serve connections. None of them may wait for a reader
//! of stderr, and none may fail because stderr does. So a line is put into a queue (of `tracing-appender`), or dropped
//! and counted where the queue is full; one thread writes, and an error of its stderr is counted too. That thread says
//! how many lines are missing when it has written a line and the queue is empty, and from time to time while it is not.
//!
//! `Counts::queued` goes up before a line enters the queue, and down once it was written or given up, so that 0 means
//! that nothing is on its way.

use std::fs::File;
use std::io::{self, Write};
use std::mem;
use std::os::fd::AsFd;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use rustix::event::{PollFd, PollFlags, poll};
use rustix::io::Errno;
use tracing_appender::non_blocking::{NonBlocking, NonBlockingBuilder};
use tracing_subscriber::fmt::MakeWriter;

use super::format::{self, LogFormat};

/// What may wait to be written, in bytes.
const MAX_QUEUED: usize = 8 << 20;

/// What a line costs beyond its bytes: its place in the queue and its allocation.
const LINE_COST: usize = 256;

/// How long lines may go missing without a word while the queue is never empty.
const SAY_AGAIN: Duration = Duration::from_secs(10);

/// How often [`LogQueue::flush`] looks.
const FLUSH_CHECK: Duration = Duration::from_millis(2);

/// Where lines of log go. Cheap to clone; writing to it neither blocks nor fails.
#[derive(Clone, Debug)]
pub(in crate::cli) struct LogQueue {
    lines: NonBlocking,
    format: LogFormat,
    counts: Arc<Counts>,
}

/// All relaxed: nothing is published with them.
#[derive(Debug, Default)]
struct Counts {
    /// Cost of the lines that are on their way.
    queued: AtomicUsize,
    /// Lines dropped because the queue was full.
    dropped: AtomicU64,
    /// Lines that could not be written.
    failed: AtomicU64,
}

impl LogQueue {
    /// Starts the thread that writes to `stderr`. `format` is for lines that do not come from the subscriber.
    pub(super) fn start(stderr: File, format: LogFormat) -> Self {
        let counts = Arc::new(Counts::default());
        let (lines, worker) = NonBlockingBuilder::default()
            // Never what bounds the queue: its bytes do.
            .buffered_lines_limit(MAX_QUEUED / LINE_COST)
            .lossy(true)
            .thread_name("log")
            .finish(Sink::new(stderr, format, counts.clone()));
        // Dropping it waits for longer than `flush` may, and prints to stdout when that was not enough.
        mem::forget(worker);
        Self { lines, format, counts }
    }

    /// Writes these lines, or drops them where too much is waiting already.
    pub(in crate::cli) fn push(&self, lines: &[u8]) {
        let cost = lines.len() + LINE_COST;
        let admit = |queued: usize| queued.checked_add(cost).filter(|&sum| sum <= MAX_QUEUED);
        if self.counts.queued.fetch_update(Ordering::Relaxed, Ordering::Relaxed, admit).is_err() {
            self.counts.dropped.fetch_add(1, Ordering::Relaxed);
            return;
        }
        // There is room for it, and the thread never ends.
        let _ = self.lines.clone().write_all(lines);
    }

    /// Writes what does not come from the subscriber and has its line ends: the report of an error or of a panic.
    pub(in crate::cli) fn say(&self, target: &str, text: &str) {
        match self.format {
            LogFormat::Json => self.push(format::json_error(target, text).as_bytes()),
            LogFormat::Full | LogFormat::Pretty | LogFormat::Compact => self.push(text.as_bytes()),
        }
    }

    /// How many lines were dropped because the queue was full, and how many could not be written.
    pub(super) fn missing(&self) -> (u64, u64) {
        (self.counts.dropped.load(Ordering::Relaxed), self.counts.failed.load(Ordering::Relaxed))
    }

    /// Waits until everything is written, at most for `limit`.
    pub(in crate::cli) fn flush(&self, limit: Duration) {
        let deadline = Instant::now() + limit;
        while self.counts.queued.load(Ordering::Relaxed) > 0 && Instant::now() < deadline {
            thread::sleep(FLUSH_CHECK);
        }
    }
}

impl Write for &LogQueue {
    fn write(&mut self, lines: &[u8]) -> io::Result<usize> {
        self.push(lines);
        Ok(lines.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl<'a> MakeWriter<'a> for LogQueue {
    type Writer = &'a LogQueue;

    fn make_writer(&'a self) -> Self::Writer {
        self
    }
}

/// The end of the queue, on the thread "log".
struct Sink {
    stderr: File,
    format: LogFormat,
    counts: Arc<Counts>,
    /// How many of `Counts::dropped` and `Counts::failed` were spoken of.
    said: (u64, u64),
    said_at: Instant,
}

impl Write for Sink {
    /// Takes a whole entry of the queue, whatever becomes of it.
    fn write(&mut self, lines: &[u8]) -> io::Result<usize> {
        let written = write_all(&self.stderr, lines);
        let before = self.counts.queued.fetch_sub(lines.len() + LINE_COST, Ordering::Relaxed);
        match written {
            Ok(()) => self.say_what_is_missing(before == lines.len() + LINE_COST),
            Err(_) => _ = self.counts.failed.fetch_add(1, Ordering::Relaxed),
        }
        Ok(lines.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Sink {
    fn new(stderr: File, format: LogFormat, counts: Arc<Counts>) -> Self {
        Self { stderr, format, counts, said: (0, 0), said_at: Instant::now() }
    }

    fn say_what_is_missing(&mut self, empty: bool) {
        let counts = &self.counts;
        let total = (counts.dropped.load(Ordering::Relaxed), counts.failed.load(Ordering::Relaxed));
        let (dropped, failed) = (total.0 - self.said.0, total.1 - self.said.1);
        if (dropped, failed) == (0, 0) || !(empty || self.said_at.elapsed() >= SAY_AGAIN) {
            return;
        }
        // Not through the queue, which may be full.
        let line = self.format.missing_lines(dropped, failed);
        if write_all(&self.stderr, line.as_bytes()).is_ok() {
            (self.said, self.said_at) = (total, Instant::now());
        }
    }
}

/// Writes all of it, also where somebody else made stderr non-blocking.
fn write_all(mut stderr: &File, mut bytes: &[u8]) -> io::Result<()> {
    while !bytes.is_empty() {
        match stderr.write(bytes) {
            Ok(0) => return Err(io::ErrorKind::WriteZero.into()),
            Ok(n) => bytes = &bytes[n..],
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                let mut writable = [PollFd::from_borrowed_fd(stderr.as_fd(), PollFlags::OUT)];
                match poll(&mut writable, None) {
                    Ok(_) | Err(Errno::INTR) => {}
                    Err(errno) => return Err(errno.into()),
                }
            }
            Err(error) => return Err(error),
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::io::{BufRead, BufReader, Read};

    use super::*;

    fn pipe() -> (File, File) {
        let (read, write) = rustix::pipe::pipe().unwrap();
        (read.into(), write.into())
    }

    #[test]
    fn lesson_48_lines_beyond_what_may_wait_are_dropped_and_counted() {
        let (mut reader, stderr) = pipe();
        let queue = LogQueue::start(stderr, LogFormat::Full);
        let line = [b'x'; (64 << 10) - LINE_COST];
        // More than the queue and the pipe hold, and nobody reads.
        for _ in 0..400 {
            queue.push(&line);
        }
        let (dropped, _) = queue.missing();
        assert!((200..=272).contains(&dropped), "{dropped}");
        assert!(queue.counts.queued.load(Ordering::Relaxed) <= MAX_QUEUED);
        let kept = (400 - dropped) as usize * line.len();
        reader.read_exact(&mut vec![0; kept]).unwrap();
        let said = format!("  WARN runner::log: lines of log are missing dropped={dropped} failed=0\n");
        let mut text = String::new();
        BufReader::new(reader).read_line(&mut text).unwrap();
        assert!(text.ends_with(&said), "{text}");
        queue.flush(Duration::from_secs(60));
        assert_eq!(queue.counts.queued.load(Ordering::Relaxed), 0);
    }

    #[test]
    fn lesson_48_a_stderr_that_fails_is_nobodys_error() {
        let (reader, stderr) = pipe();
        drop(reader);
        let queue = LogQueue::start(stderr, LogFormat::Full);
        for _ in 0..10 {
            (&queue).write_all(b"lost\n").unwrap();
        }
        queue.flush(Duration::from_secs(60));
        assert_eq!(queue.counts.queued.load(Ordering::Relaxed), 0);
        assert_eq!(queue.missing(), (0, 10));
    }

    #[test]
    fn a_stderr_that_somebody_made_non_blocking_gets_everything() {
        let (mut reader, stderr) = pipe();
        rustix::io::ioctl_fionbio(&stderr, true).unwrap();
        let writer = thread::spawn(move || write_all(&stderr, &vec![b'x'; 1 << 20]));
        let mut text = Vec::new();
        reader.read_to_end(&mut text).unwrap();
        writer.join().unwrap().unwrap();
        assert_eq!(text.len(), 1 << 20);
    }
}
