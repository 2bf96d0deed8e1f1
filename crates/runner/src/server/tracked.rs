//! The stream of a connection, which notes its progress and says how much is read at a time.
//!
//! hyper reads into a buffer that is doubled whenever it was filled, and keeps that for as long as the connection is open.
//! A large one is what a large upload wants: in pieces of 400 KiB it takes a quarter less CPU time than in pieces of
//! 64 KiB. For thousands of connections, most of which idle, it is too much. So a read is bounded here, and [`Growth`] has
//! places for some connections that may read more: those that have an upload to read of which [`LARGE`] has come. A place
//! is given back when hyper has a small buffer again, or the connection ends.

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, ReadBuf, Take};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use super::progress::Progress;

/// Bytes that are read at a time. One more would have hyper ask for room for twice as many the next time.
const SMALL_READ: u64 = (32 << 10) - 1;

/// What a buffer has room for at most that small reads have made.
const SMALL_ROOM: usize = 64 << 10;

/// A body of which so much has come is a large one.
const LARGE: u64 = 512 << 10;

/// Connections that may read large bodies at a time in large pieces, with 400 KiB each.
const PLACES: usize = 128;

/// What a client sends first that speaks HTTP/2 without having asked whether it may.
const PREFACE: [u8; 24] = *b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";

/// Places for connections that read in large pieces. Clones share them.
#[derive(Clone, Debug)]
pub(super) struct Growth(Arc<Semaphore>);

impl Growth {
    pub(super) fn new() -> Self {
        Self(Arc::new(Semaphore::new(PLACES)))
    }
}

/// See the [module](self) documentation.
#[derive(Debug)]
pub(super) struct Tracked<S> {
    stream: Take<S>,
    progress: Progress,
    growth: Growth,
    place: Option<OwnedSemaphorePermit>,
    /// What was read to see which protocol it is, and how much of it is still to be given on.
    begin: [u8; PREFACE.len()],
    begun: u8,
    given: u8,
    is_http2: bool,
}

impl<S: AsyncRead + Unpin> Tracked<S> {
    pub(super) fn new(stream: S, progress: Progress, growth: Growth) -> Self {
        let stream = stream.take(SMALL_READ);
        Self {
            stream,
            progress,
            growth,
            place: None,
            begin: [0; PREFACE.len()],
            begun: 0,
            given: 0,
            is_http2: false,
        }
    }

    /// Whether it begins like HTTP/2. Returns as soon as it does not; what has been read then will be read again.
    pub(super) async fn begins_with_http2(&mut self) -> io::Result<bool> {
        while usize::from(self.begun) < PREFACE.len() {
            let begun = usize::from(self.begun);
            self.stream.set_limit(SMALL_READ);
            let read = self.stream.read(&mut self.begin[begun..]).await?;
            if read == 0 {
                return Ok(false);
            }
            self.progress.received(read);
            self.begun += read as u8;
            if self.begin[begun..begun + read] != PREFACE[begun..begun + read] {
                return Ok(false);
            }
        }
        self.is_http2 = true;
        Ok(true)
    }

    /// Bytes that may be read into a buffer with room for `room`.
    fn limit(&mut self, room: usize) -> u64 {
        // There it is the size of frames that bounds buffers.
        if self.is_http2 {
            return u64::MAX;
        }
        if self.progress.since_head() < LARGE {
            if room <= SMALL_ROOM {
                self.place = None;
            }
            return SMALL_READ;
        }
        if self.place.is_none() {
            self.place = Arc::clone(&self.growth.0).try_acquire_owned().ok();
        }
        if self.place.is_some() { u64::MAX } else { SMALL_READ }
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Tracked<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let this = &mut *self;
        if this.given < this.begun {
            let left = &this.begin[usize::from(this.given)..usize::from(this.begun)];
            let now = left.len().min(buf.remaining());
            buf.put_slice(&left[..now]);
            this.given += now as u8;
            return Poll::Ready(Ok(()));
        }
        let limit = this.limit(buf.remaining());
        this.stream.set_limit(limit);
        let before = buf.filled().len();
        let result = Pin::new(&mut this.stream).poll_read(cx, buf);
        let read = buf.filled().len() - before;
        if result.is_ready() && read > 0 {
            this.progress.received(read);
        }
        result
    }
}

impl<S: AsyncRead + AsyncWrite + Unpin> AsyncWrite for Tracked<S> {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        let result = Pin::new(self.stream.get_mut()).poll_write(cx, buf);
        self.progress.sent(result)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bufs: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let result = Pin::new(self.stream.get_mut()).poll_write_vectored(cx, bufs);
        self.progress.sent(result)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.get_ref().is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(self.stream.get_mut()).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(self.stream.get_mut()).poll_shutdown(cx)
    }
}

#[cfg(test)]
mod tests {
    use http::Version;
    use tokio::io::duplex;

    use super::*;

    /// Fills every buffer, and knows how large they were.
    #[derive(Default)]
    struct Endless(Vec<usize>);

    impl AsyncRead for Endless {
        fn poll_read(
            mut self: Pin<&mut Self>,
            _: &mut Context<'_>,
            buf: &mut ReadBuf<'_>,
        ) -> Poll<io::Result<()>> {
            self.0.push(buf.remaining());
            buf.put_slice(&vec![b'a'; buf.remaining()]);
            Poll::Ready(Ok(()))
        }
    }

    const ROOM: usize = 400 << 10;

    fn endless(growth: &Growth) -> (Tracked<Endless>, Progress) {
        let progress = Progress::new();
        (Tracked::new(Endless::default(), progress.clone(), growth.clone()), progress)
    }

    /// Reads so much into buffers of [`ROOM`]; how much was read the last time.
    async fn read(tracked: &mut Tracked<Endless>, bytes: u64) -> usize {
        let (mut buffer, mut total) = (vec![0; ROOM], 0);
        while total < bytes {
            total += tracked.read(&mut buffer).await.unwrap() as u64;
        }
        tracked.stream.get_ref().0.last().copied().unwrap()
    }

    #[tokio::test]
    async fn large_bodies_are_read_in_large_pieces_while_there_are_places() {
        let growth = Growth(Arc::new(Semaphore::new(1)));
        let (mut first, of_first) = endless(&growth);
        let (mut second, _) = endless(&growth);
        let head = of_first.begin_request(Version::HTTP_11);
        assert_eq!(read(&mut first, LARGE).await, SMALL_READ as usize);
        assert_eq!(read(&mut first, 1).await, ROOM);
        assert_eq!(read(&mut second, 2 * LARGE).await, SMALL_READ as usize, "there is one place");

        // The next request is small. The buffer of the last is still there, and so is the place.
        drop(head);
        let _head = of_first.begin_request(Version::HTTP_11);
        assert_eq!(read(&mut first, 1).await, SMALL_READ as usize);
        assert_eq!(read(&mut second, 1).await, SMALL_READ as usize);
        first.read_exact(&mut [0; 8 << 10]).await.unwrap();
        assert_eq!(read(&mut second, 1).await, ROOM);
        drop(second);
        assert_eq!(growth.0.available_permits(), 1);
    }

    #[tokio::test]
    async fn over_http2_nobody_takes_a_place() {
        let growth = Growth(Arc::new(Semaphore::new(1)));
        let (mut tracked, _) = endless(&growth);
        tracked.is_http2 = true;
        assert_eq!(read(&mut tracked, 2 * LARGE).await, ROOM);
        assert_eq!(growth.0.available_permits(), 1);
    }

    async fn begins(parts: &[&[u8]]) -> (bool, Vec<u8>) {
        let (mut client, server) = duplex(1 << 10);
        let mut tracked = Tracked::new(server, Progress::new(), Growth::new());
        let ((), is_http2) = tokio::join!(
            async {
                for part in parts {
                    tokio::io::AsyncWriteExt::write_all(&mut client, part).await.unwrap();
                    tokio::task::yield_now().await;
                }
                drop(client);
            },
            tracked.begins_with_http2()
        );
        let is_http2 = is_http2.unwrap();
        let mut all = Vec::new();
        tracked.read_to_end(&mut all).await.unwrap();
        (is_http2, all)
    }

    #[tokio::test]
    async fn the_preface_says_which_protocol_it_is_and_nothing_is_lost() {
        let preface = &PREFACE[..];
        let parts: [&[&[u8]]; 6] = [
            &[preface, b"more"],
            &[&preface[..3], &preface[3..20], &preface[20..], b"more"],
            &[b"GET / HTTP/1.1\r\n\r\n"],
            &[&preface[..10], b"X", b"more"],
            &[&preface[..10]],
            &[],
        ];
        for (parts, expected) in parts.into_iter().zip([true, true, false, false, false, false]) {
            assert_eq!(begins(parts).await, (expected, parts.concat()), "{parts:?}");
        }
    }
}
