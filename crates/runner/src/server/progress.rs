//! Connections that make no progress.
//!
//! Clients may send nothing at all, a head that never ends, nothing but pings over HTTP/2, or not read their response. So
//! each connection notes when it last moved a byte, since when a head has been coming, how many requests it waits for,
//! whether it is to end soon, and whether it is one of HTTP/2. One timer for each connection looks at that, now and then.
//! (A timer for each head, which hyper offers, would be set and cleared with every request.)

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use http::Version;
use parking_lot::Mutex;
use tokio::sync::Notify;
use tokio::time::Instant;

/// Bytes of a body that wait for a client that does not read. hyper alone would take 400 KiB.
const MOST_QUEUED: usize = 64 << 10;

/// The progress of one connection. Clones share it.
///
/// The atomics are independent of each other and order nothing else, hence `Relaxed`.
#[derive(Clone, Debug)]
pub(super) struct Progress(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    opened: Instant,
    last_moved_ms: AtomicU64,
    last_sent_ms: AtomicU64,
    /// When the first byte came of a head that has not come as a whole, and one more; 0 if there is none.
    head_since_ms: AtomicU64,
    /// Bytes that have come since the last head did.
    since_head: AtomicU64,
    in_flight: AtomicUsize,
    /// Over HTTP/1.1: which upload it is that has not come to its end, as long as its request is there; 0 if there is none.
    upload: AtomicU64,
    uploads: AtomicU64,
    /// It broke off.
    upload_broke: Notify,
    /// Answers whose bodies are on their way.
    streaming: AtomicUsize,
    closing: AtomicBool,
    http2: AtomicBool,
    became_http2: Notify,
    /// Over HTTP/1.1: bytes of a body that streams which wait to be written, and whether the client takes none at the moment.
    queued: AtomicUsize,
    is_blocked: AtomicBool,
    /// The body of which enough waits.
    waiting: Mutex<Option<Waker>>,
    is_cut_off: AtomicBool,
}

/// An upload over HTTP/1.1 that has not come to its end.
#[derive(Debug)]
pub(super) struct OpenUpload {
    progress: Progress,
    number: u64,
}

/// A request is being worked on; ends when dropped.
#[derive(Debug)]
pub(super) struct InFlight {
    progress: Progress,
    version: Version,
    /// It has its answer, whose body is on its way.
    is_streaming: bool,
}

impl Progress {
    pub(super) fn new() -> Self {
        Self(Arc::new(Inner {
            opened: Instant::now(),
            last_moved_ms: AtomicU64::new(0),
            last_sent_ms: AtomicU64::new(0),
            head_since_ms: AtomicU64::new(0),
            since_head: AtomicU64::new(0),
            in_flight: AtomicUsize::new(0),
            upload: AtomicU64::new(0),
            uploads: AtomicU64::new(0),
            upload_broke: Notify::new(),
            streaming: AtomicUsize::new(0),
            closing: AtomicBool::new(false),
            http2: AtomicBool::new(false),
            became_http2: Notify::new(),
            queued: AtomicUsize::new(0),
            is_blocked: AtomicBool::new(false),
            waiting: Mutex::new(None),
            is_cut_off: AtomicBool::new(false),
        }))
    }

    /// From here on the next answer is to be the last one.
    pub(super) fn close_soon(&self) {
        self.0.closing.store(true, Ordering::Relaxed);
    }

    pub(super) fn begin_request(&self, version: Version) -> InFlight {
        self.0.in_flight.fetch_add(1, Ordering::Relaxed);
        self.0.head_since_ms.store(0, Ordering::Relaxed);
        self.0.since_head.store(0, Ordering::Relaxed);
        if version == Version::HTTP_2 && !self.0.http2.load(Ordering::Relaxed) {
            self.0.http2.store(true, Ordering::Relaxed);
            self.0.became_http2.notify_one();
        }
        InFlight { progress: self.clone(), version, is_streaming: false }
    }

    /// The request in flight has a body.
    pub(super) fn begin_upload(&self) -> OpenUpload {
        let number = self.0.uploads.fetch_add(1, Ordering::Relaxed) + 1;
        self.0.upload.store(number, Ordering::Relaxed);
        OpenUpload { progress: self.clone(), number }
    }

    /// Returns when the client has left during its upload; `hung_up` says that it has ended its side of the connection. Then
    /// what has come is read, as long as somebody reads it: in `moment` after `moment`.
    ///
    /// A client that has left after its upload is hyper's business.
    pub(super) async fn left(&self, hung_up: impl Future<Output = ()>, moment: Duration) {
        let unread = async {
            hung_up.await;
            let mut before = None;
            loop {
                let now = self.begun_upload();
                if now.is_some() && now == before {
                    return;
                }
                before = now;
                tokio::time::sleep(moment).await;
            }
        };
        tokio::select! {
            () = self.0.upload_broke.notified() => {}
            () = unread => {}
        }
    }

    /// Which upload there is, and how much has come of it.
    fn begun_upload(&self) -> Option<(u64, u64)> {
        let upload = self.0.upload.load(Ordering::Relaxed);
        (upload != 0).then(|| (upload, self.since_head()))
    }

    /// Returns when there has been a request over HTTP/2. One task of a connection may wait for that.
    pub(super) async fn is_http2(&self) {
        while !self.0.http2.load(Ordering::Relaxed) {
            self.0.became_http2.notified().await;
        }
    }

    /// Returns when no byte has moved for `limit` while there was no request, or a head has been coming for so long.
    pub(super) async fn stalled(&self, limit: Duration) {
        loop {
            let now = self.0.opened.elapsed();
            let Inner { in_flight, streaming, .. } = &*self.0;
            if in_flight.load(Ordering::Relaxed) > 0 || streaming.load(Ordering::Relaxed) > 0 {
                tokio::time::sleep(limit).await;
                continue;
            }
            let since = self.head_since().unwrap_or(Duration::MAX).min(self.last_moved());
            match limit.checked_sub(now.saturating_sub(since)).filter(|left| !left.is_zero()) {
                Some(left) => tokio::time::sleep(left).await,
                None => return,
            }
        }
    }

    fn head_since(&self) -> Option<Duration> {
        self.0.head_since_ms.load(Ordering::Relaxed).checked_sub(1).map(Duration::from_millis)
    }

    /// How long it is since something was sent, or the connection was opened.
    pub(super) fn since_sent(&self) -> Duration {
        let sent = Duration::from_millis(self.0.last_sent_ms.load(Ordering::Relaxed));
        self.0.opened.elapsed().saturating_sub(sent)
    }

    /// Whether an answer was cut off that is whole for all that its client can see. Such a connection must be reset.
    pub(super) fn is_cut_off(&self) -> bool {
        self.0.is_cut_off.load(Ordering::Relaxed)
    }

    fn last_moved(&self) -> Duration {
        Duration::from_millis(self.0.last_moved_ms.load(Ordering::Relaxed))
    }

    /// The time until [`stalled`](Self::stalled) begins anew.
    pub(super) fn begin_anew(&self) {
        let now = self.now_ms();
        self.0.last_moved_ms.store(now, Ordering::Relaxed);
        if self.head_since().is_some() {
            self.0.head_since_ms.store(now + 1, Ordering::Relaxed);
        }
    }

    /// Notes that something happened.
    fn moved(&self) {
        self.0.last_moved_ms.store(self.now_ms(), Ordering::Relaxed);
    }

    fn now_ms(&self) -> u64 {
        self.0.opened.elapsed().as_millis() as u64
    }

    /// Notes that so many bytes came: of a head, if no request is in flight and this is not HTTP/2, which has other bytes too.
    pub(super) fn received(&self, bytes: usize) {
        let now = self.now_ms();
        let Inner { last_moved_ms, head_since_ms, since_head, in_flight, streaming, http2, .. } = &*self.0;
        last_moved_ms.store(now, Ordering::Relaxed);
        since_head.fetch_add(bytes as u64, Ordering::Relaxed);
        let is_head = head_since_ms.load(Ordering::Relaxed) == 0
            && in_flight.load(Ordering::Relaxed) == 0
            && streaming.load(Ordering::Relaxed) == 0
            && !http2.load(Ordering::Relaxed);
        if is_head {
            head_since_ms.store(now + 1, Ordering::Relaxed);
        }
    }

    /// Bytes that have come since the last head.
    pub(super) fn since_head(&self) -> u64 {
        self.0.since_head.load(Ordering::Relaxed)
    }

    /// Passes on the result of writing, noting it.
    pub(super) fn sent(&self, result: Poll<io::Result<usize>>) -> Poll<io::Result<usize>> {
        let Inner { last_moved_ms, last_sent_ms, queued, is_blocked, waiting, .. } = &*self.0;
        let Poll::Ready(done) = &result else {
            is_blocked.store(true, Ordering::Relaxed);
            return result;
        };
        let now = self.now_ms();
        last_moved_ms.store(now, Ordering::Relaxed);
        last_sent_ms.store(now, Ordering::Relaxed);
        if let Ok(bytes) = done {
            // More than was counted: heads, and what is between chunks.
            let left = queued.load(Ordering::Relaxed).saturating_sub(*bytes);
            queued.store(left, Ordering::Relaxed);
        }
        if is_blocked.swap(false, Ordering::Relaxed) {
            let waiting = waiting.lock().take();
            if let Some(body) = waiting {
                body.wake();
            }
        }
        result
    }
}

impl OpenUpload {
    /// All of it has come.
    pub(super) fn ended(&self) {
        let upload = &self.progress.0.upload;
        let _ = upload.compare_exchange(self.number, 0, Ordering::Relaxed, Ordering::Relaxed);
    }

    /// Its client has left.
    pub(super) fn broke(&self) {
        // The connection may serve no other request, whichever this one was.
        self.progress.0.upload_broke.notify_one();
    }
}

impl InFlight {
    /// Of its connection.
    pub(super) fn progress(&self) -> &Progress {
        &self.progress
    }

    /// Of its request.
    pub(super) fn version(&self) -> Version {
        self.version
    }

    /// The body of its answer, which has no length, does not come to its end. Before HTTP/1.1 the end of the connection is
    /// that of the body, whatever it is for.
    pub(super) fn cut_off(&self) {
        if self.version < Version::HTTP_11 {
            self.progress.0.is_cut_off.store(true, Ordering::Relaxed);
        }
    }

    /// Whether the answer is to be the last one of its connection.
    pub(super) fn is_last(&self) -> bool {
        self.progress.0.closing.load(Ordering::Relaxed)
    }

    /// Whether the client takes more of the body of its answer. Over HTTP/2 that is the protocol's business.
    pub(super) fn poll_room(&self, context: &mut Context<'_>) -> Poll<()> {
        let Inner { http2, queued, is_blocked, waiting, .. } = &*self.progress.0;
        let is_full = is_blocked.load(Ordering::Relaxed)
            && queued.load(Ordering::Relaxed) >= MOST_QUEUED
            && !http2.load(Ordering::Relaxed);
        if !is_full {
            return Poll::Ready(());
        }
        // The one who writes is the one who asks here: nothing is written in between.
        *waiting.lock() = Some(context.waker().clone());
        Poll::Pending
    }

    /// Notes that so much of the body of its answer is to be written.
    pub(super) fn queued(&self, bytes: usize) {
        self.progress.0.queued.fetch_add(bytes, Ordering::Relaxed);
    }

    /// From here on only the body of its answer is on its way.
    pub(super) fn streaming(mut self) -> Self {
        self.progress.0.streaming.fetch_add(1, Ordering::Relaxed);
        self.progress.0.in_flight.fetch_sub(1, Ordering::Relaxed);
        self.is_streaming = true;
        self
    }
}

impl Drop for InFlight {
    fn drop(&mut self) {
        self.progress.moved();
        self.progress.0.upload.store(0, Ordering::Relaxed);
        let counter = if self.is_streaming { &self.progress.0.streaming } else { &self.progress.0.in_flight };
        counter.fetch_sub(1, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use std::task::Wake;

    use super::*;

    #[derive(Default)]
    struct Woken(AtomicBool);

    impl Wake for Woken {
        fn wake(self: Arc<Self>) {
            self.0.store(true, Ordering::Relaxed);
        }
    }

    /// Long enough for a test to do something in, and short enough to wait for.
    const MOMENT: Duration = Duration::from_millis(1);

    async fn is_left(progress: &Progress) -> bool {
        let left = progress.left(std::future::ready(()), MOMENT);
        tokio::time::timeout(50 * MOMENT, left).await.is_ok()
    }

    #[tokio::test(start_paused = true)]
    async fn a_client_has_left_that_hangs_up_while_nothing_is_read_of_its_upload() {
        let progress = Progress::new();
        assert!(!is_left(&progress).await, "there is no request");
        let in_flight = progress.begin_request(Version::HTTP_11);
        assert!(!is_left(&progress).await, "there is no upload");
        let upload = progress.begin_upload();
        assert!(is_left(&progress).await);
        let never = progress.left(std::future::pending(), MOMENT);
        assert!(tokio::time::timeout(50 * MOMENT, never).await.is_err(), "it has not hung up");
        let reading = async {
            for _ in 0..50 {
                progress.received(1);
                tokio::time::sleep(MOMENT).await;
            }
        };
        tokio::select! {
            biased;
            () = reading => {}
            () = progress.left(std::future::ready(()), 2 * MOMENT) => panic!("it is being read"),
        }
        upload.ended();
        assert!(!is_left(&progress).await, "all of it has come");
        let next = progress.begin_upload();
        upload.ended();
        assert!(is_left(&progress).await, "the end of another one");
        drop(in_flight);
        assert!(!is_left(&progress).await, "nobody waits for an answer");
        next.broke();
        progress.left(std::future::pending(), MOMENT).await;
    }

    #[test]
    fn a_body_waits_while_enough_of_it_does_and_the_client_takes_none() {
        let woken = Arc::new(Woken::default());
        let waker = Waker::from(Arc::clone(&woken));
        let context = &mut Context::from_waker(&waker);
        let progress = Progress::new();
        let answer = progress.begin_request(Version::HTTP_11).streaming();
        answer.queued(MOST_QUEUED);
        assert!(answer.poll_room(context).is_ready(), "nobody has tried to write it");
        assert!(progress.sent(Poll::Ready(Ok(100))).is_ready());
        assert!(progress.sent(Poll::Pending).is_pending());
        assert!(answer.poll_room(context).is_ready(), "there is room for a hundred bytes");
        answer.queued(100);
        assert!(answer.poll_room(context).is_pending());
        assert!(!woken.0.load(Ordering::Relaxed));
        // With the head of the answer, which was not counted.
        assert!(progress.sent(Poll::Ready(Ok(2 * MOST_QUEUED))).is_ready());
        assert!(woken.0.load(Ordering::Relaxed));
        assert!(answer.poll_room(context).is_ready());
        assert!(progress.sent(Poll::Pending).is_pending());
        answer.queued(MOST_QUEUED - 1);
        assert!(answer.poll_room(context).is_ready());
        answer.queued(1);
        assert!(answer.poll_room(context).is_pending());
    }
}
