//! What a worker does, for those who follow it: console lines, requests, exceptions.
//!
//! # Protocol
//! All versions of a worker share its [`Feed`]. While nobody follows it, whoever has something to tell looks at one
//! atomic and makes no line. Lines go into a ring of tokio's `broadcast`: a sender never waits, and a reader who does
//! not keep up loses the oldest lines and is told how many. The feed ends with the last version of its worker.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, OnceLock, Weak};
use std::time::{Duration, SystemTime};

use exec::{LogRecord, Termination};
use parking_lot::Mutex;
use tokio::sync::broadcast::error::RecvError;
use tokio::sync::broadcast::{self, Receiver, Sender};

use super::name::WorkerName;

/// Lines that a reader may be behind.
const RING: usize = 256;

/// Bytes of a text in a line; the rest is cut off.
const MAX_TEXT: usize = 8 << 10;

/// The table of all feeds is not swept below this number.
const MIN_SWEEP: usize = 64;

/// Something that a worker did.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct FeedLine {
    /// When.
    pub time: SystemTime,
    /// Which version of the worker.
    pub version: Arc<str>,
    /// What.
    pub event: FeedEvent,
}

/// What a worker did. Texts are cut off after 8 KiB.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum FeedEvent {
    /// It wrote to its console; exceptions that nobody caught in the background are here too.
    Console(LogRecord),
    /// A request has its answer, or will have none.
    Request {
        /// Its method.
        method: Box<str>,
        /// Its path, without the query.
        path: Box<str>,
        /// The status of the answer; `None` if the client went away before.
        status: Option<u16>,
        /// From when it was routed to the worker.
        duration: Duration,
    },
    /// A request was not answered by the worker.
    Terminated(Box<Termination>),
}

/// A reader of a feed.
#[derive(Debug)]
pub struct Follower {
    lines: Receiver<Arc<FeedLine>>,
    _reader: Reader,
}

/// What a reader gets.
#[derive(Clone, Debug)]
pub enum Followed {
    /// A line.
    Line(Arc<FeedLine>),
    /// So many lines are missing here: the reader was too slow.
    Lost(u64),
}

impl Follower {
    /// The next line. `None` once the worker is gone. Dropping the future loses nothing.
    pub async fn next(&mut self) -> Option<Followed> {
        match self.lines.recv().await {
            Ok(line) => Some(Followed::Line(line)),
            Err(RecvError::Lagged(lines)) => Some(Followed::Lost(lines)),
            Err(RecvError::Closed) => None,
        }
    }
}

/// A reader, counted while it is there.
#[derive(Debug)]
struct Reader(Arc<AtomicUsize>);

impl Drop for Reader {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

/// See the [module](self) documentation.
#[derive(Debug, Default)]
pub(crate) struct Feed {
    /// A hint that somebody reads; hence `Relaxed`.
    readers: Arc<AtomicUsize>,
    /// There is one from the first reader on.
    lines: OnceLock<Sender<Arc<FeedLine>>>,
}

impl Feed {
    pub(crate) fn follow(&self) -> Follower {
        let lines = self.lines.get_or_init(|| broadcast::Sender::new(RING)).subscribe();
        self.readers.fetch_add(1, Ordering::Relaxed);
        Follower { lines, _reader: Reader(Arc::clone(&self.readers)) }
    }

    pub(crate) fn is_followed(&self) -> bool {
        self.readers.load(Ordering::Relaxed) > 0
    }

    /// Tells the readers, if there are any.
    pub(crate) fn tell(&self, version: &Arc<str>, event: impl FnOnce() -> FeedEvent) {
        if self.is_followed()
            && let Some(lines) = self.lines.get()
        {
            let line = FeedLine { time: SystemTime::now(), version: Arc::clone(version), event: event() };
            // Without a reader it is for nobody.
            let _ = lines.send(Arc::new(line));
        }
    }
}

impl FeedEvent {
    /// The console of a worker.
    pub(super) fn console(record: &LogRecord) -> Self {
        Self::Console(LogRecord { level: record.level, message: cut(&record.message) })
    }

    /// The end of a request that the worker did not answer.
    pub(super) fn terminated(termination: &Termination) -> Self {
        let mut termination = Box::new(termination.clone());
        termination.message = cut(&termination.message);
        termination.stack = termination.stack.map(|stack| cut(&stack));
        Self::Terminated(termination)
    }
}

fn cut(text: &str) -> String {
    if text.len() <= MAX_TEXT {
        return text.to_owned();
    }
    format!("{}…", &text[..text.floor_char_boundary(MAX_TEXT)])
}

/// The feeds of all workers.
#[derive(Debug)]
pub(super) struct AllFeeds(Mutex<Table>);

#[derive(Debug)]
struct Table {
    feeds: BTreeMap<WorkerName, Weak<Feed>>,
    sweep_at: usize,
}

impl Default for AllFeeds {
    fn default() -> Self {
        Self(Mutex::new(Table { feeds: BTreeMap::new(), sweep_at: MIN_SWEEP }))
    }
}

impl AllFeeds {
    /// The feed of a worker, for a version of it.
    pub(super) fn of(&self, worker: &WorkerName) -> Arc<Feed> {
        let mut table = self.0.lock();
        if let Some(feed) = table.feeds.get(worker).and_then(Weak::upgrade) {
            return feed;
        }
        if table.feeds.len() >= table.sweep_at {
            table.feeds.retain(|_, feed| feed.strong_count() > 0);
            table.sweep_at = (2 * table.feeds.len()).max(MIN_SWEEP);
        }
        let feed = Arc::default();
        table.feeds.insert(worker.clone(), Arc::downgrade(&feed));
        feed
    }
}

#[cfg(test)]
mod tests {
    use exec::LogLevel;

    use super::*;

    fn say(feed: &Feed, n: usize) {
        let record = LogRecord { level: LogLevel::Info, message: n.to_string() };
        feed.tell(&"1".into(), || FeedEvent::console(&record));
    }

    async fn next(follower: &mut Follower) -> String {
        match follower.next().await.unwrap() {
            Followed::Line(line) => match &line.event {
                FeedEvent::Console(record) => record.message.clone(),
                event => panic!("{event:?}"),
            },
            Followed::Lost(lines) => format!("{lines} lost"),
        }
    }

    #[tokio::test]
    async fn a_slow_reader_loses_lines_and_no_other_does() {
        let feed = Feed::default();
        feed.tell(&"1".into(), || panic!("nobody reads"));
        let (mut slow, mut quick) = (feed.follow(), feed.follow());
        for n in 0..RING + 10 {
            say(&feed, n);
            assert_eq!(next(&mut quick).await, n.to_string());
        }
        assert_eq!(next(&mut slow).await, "10 lost");
        assert_eq!(next(&mut slow).await, "10");
        drop(quick);
        assert!(feed.is_followed());
        drop(feed);
        for n in 11..RING + 10 {
            assert_eq!(next(&mut slow).await, n.to_string());
        }
        assert!(slow.next().await.is_none());
    }

    #[test]
    fn nothing_is_left_of_workers_that_are_gone() {
        let all = AllFeeds::default();
        let name = |n: usize| WorkerName::new(&format!("w{n}")).unwrap();
        let kept = all.of(&name(0));
        for n in 1..10_000 {
            all.of(&name(n));
        }
        assert!(Arc::ptr_eq(&kept, &all.of(&name(0))));
        assert!(all.0.lock().feeds.len() <= MIN_SWEEP + 1);
    }

    #[test]
    fn long_texts_are_cut_between_characters() {
        let long = format!("x{}", "é".repeat(MAX_TEXT));
        let text = cut(&long);
        assert!(text.len() <= MAX_TEXT + '…'.len_utf8() && text.ends_with("é…"));
        assert_eq!(cut("short"), "short");
    }
}
