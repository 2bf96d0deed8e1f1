//! A socket that is read and written by one, and watched by another.
//!
//! Who reads only what is asked for does not find out that the other side has left: that stands behind bytes which nobody
//! wants. The system tells it all the same, with what it says of the socket's readiness, as long as it has heard of it: a
//! reset at once, an end of the stream once there was room for what is in front. So [`Peer::hung_up`] needs no
//! descriptor of its own, and no call of the system.
//!
//! The stream is shared for that, and tokio reads and writes only streams that are not. What it does is done here: a part
//! that was read or written is all that there was, and the next attempt waits for the system to say that there is more.

use std::io::{self, ErrorKind, IoSlice};
use std::os::fd::AsFd;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use rustix::net::{Shutdown, sockopt};
use tokio::io::{AsyncRead, AsyncWrite, Interest, ReadBuf};
use tokio::net::{TcpStream, UnixStream};

/// See the [module](self) documentation.
#[derive(Debug)]
pub(super) struct Socket<S>(Arc<S>);

/// What streams of tokio have in common that anybody may use who has a reference.
pub(super) trait Stream: AsFd + Send + Sync + 'static {
    fn poll_read_ready(&self, cx: &mut Context<'_>) -> Poll<io::Result<()>>;
    fn poll_write_ready(&self, cx: &mut Context<'_>) -> Poll<io::Result<()>>;
    fn try_io<R>(&self, interest: Interest, io: impl FnOnce() -> io::Result<R>) -> io::Result<R>;
    fn try_read(&self, buf: &mut ReadBuf<'_>) -> io::Result<usize>;
    fn try_write(&self, bufs: &[IoSlice<'_>]) -> io::Result<usize>;
    fn ready(&self, interest: Interest) -> impl Future<Output = io::Result<()>> + Send;
}

macro_rules! stream {
    ($($stream:ty),*) => {$(
        impl Stream for $stream {
            fn poll_read_ready(&self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
                self.poll_read_ready(cx)
            }

            fn poll_write_ready(&self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
                self.poll_write_ready(cx)
            }

            fn try_io<R>(&self, interest: Interest, io: impl FnOnce() -> io::Result<R>) -> io::Result<R> {
                self.try_io(interest, io)
            }

            fn try_read(&self, buf: &mut ReadBuf<'_>) -> io::Result<usize> {
                self.try_read_buf(buf)
            }

            fn try_write(&self, bufs: &[IoSlice<'_>]) -> io::Result<usize> {
                match bufs {
                    [buf] => self.try_write(buf),
                    bufs => self.try_write_vectored(bufs),
                }
            }

            async fn ready(&self, interest: Interest) -> io::Result<()> {
                self.ready(interest).await.map(drop)
            }
        }
    )*};
}

stream!(TcpStream, UnixStream);

/// What is known of the other side of a connection, and done to it, past what is read and written.
pub(super) trait Peer: Send {
    /// Returns when it has ended its half of the connection, or all of it, as far as that is known.
    fn hung_up(&self) -> impl Future<Output = ()> + Send + 'static;

    /// The connection is reset when it is closed, whatever was not sent is lost. Unix sockets have nothing like it.
    fn reset(&self);
}

/// The other side of a [`Socket`]. It keeps the socket open.
#[derive(Debug)]
pub(super) struct SocketPeer<S>(Arc<S>);

impl<S: Stream> Peer for SocketPeer<S> {
    fn hung_up(&self) -> impl Future<Output = ()> + Send + 'static {
        let stream = Arc::clone(&self.0);
        // Nothing but that is ever heard of it: the socket is not registered for urgent data.
        async move {
            let _ = stream.ready(Interest::PRIORITY).await;
        }
    }

    fn reset(&self) {
        if let Err(error) = sockopt::set_socket_linger(&self.0, Some(Duration::ZERO)) {
            tracing::debug!(%error, "a connection cannot be reset");
        }
    }
}

/// Of which nothing is known.
#[derive(Debug)]
pub(super) struct UnknownPeer;

impl Peer for UnknownPeer {
    fn hung_up(&self) -> impl Future<Output = ()> + Send + 'static {
        std::future::pending()
    }

    fn reset(&self) {}
}

impl<S: Stream> Socket<S> {
    pub(super) fn new(stream: S) -> Self {
        Self(Arc::new(stream))
    }

    pub(super) fn peer(&self) -> SocketPeer<S> {
        SocketPeer(Arc::clone(&self.0))
    }

    /// Does something with the socket that may move `most` bytes, once; returns how many it moved.
    fn attempt(
        &self,
        interest: Interest,
        most: usize,
        attempt: impl FnOnce(&S) -> io::Result<usize>,
    ) -> io::Result<usize> {
        let mut moved = 0;
        let result = self.0.try_io(interest, || {
            moved = attempt(&self.0)?;
            if (1..most).contains(&moved) { Err(ErrorKind::WouldBlock.into()) } else { Ok(()) }
        });
        match result {
            Err(error) if moved == 0 => Err(error),
            Ok(()) | Err(_) => Ok(moved),
        }
    }

    fn poll_write_all(&self, cx: &mut Context<'_>, bufs: &[IoSlice<'_>]) -> Poll<io::Result<usize>> {
        let most = bufs.iter().map(|buf| buf.len()).sum();
        loop {
            ready!(self.0.poll_write_ready(cx))?;
            match self.attempt(Interest::WRITABLE, most, |stream| stream.try_write(bufs)) {
                Err(error) if error.kind() == ErrorKind::WouldBlock => {}
                result => return Poll::Ready(result),
            }
        }
    }
}

impl<S: Stream> AsyncRead for Socket<S> {
    fn poll_read(self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let room = buf.remaining();
        loop {
            ready!(self.0.poll_read_ready(cx))?;
            match self.attempt(Interest::READABLE, room, |stream| stream.try_read(buf)) {
                Err(error) if error.kind() == ErrorKind::WouldBlock => {}
                result => return Poll::Ready(result.map(drop)),
            }
        }
    }
}

impl<S: Stream> AsyncWrite for Socket<S> {
    fn poll_write(self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        self.poll_write_all(cx, &[IoSlice::new(buf)])
    }

    fn poll_write_vectored(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bufs: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        self.poll_write_all(cx, bufs)
    }

    fn is_write_vectored(&self) -> bool {
        true
    }

    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(rustix::net::shutdown(&self.0, Shutdown::Write).map_err(Into::into))
    }
}

#[cfg(test)]
mod tests {
    use std::future::poll_fn;
    use std::pin::pin;

    use tokio::io::{AsyncReadExt, AsyncWriteExt};

    use super::*;

    /// Both ends of a connection. Each byte takes much room in a Unix socket, so that it is soon full.
    fn pair() -> (Socket<UnixStream>, UnixStream) {
        let (ours, theirs) = UnixStream::pair().unwrap();
        (Socket::new(ours), theirs)
    }

    #[tokio::test]
    async fn all_bytes_pass_both_ways_and_the_end_too() {
        const LENGTH: usize = 3 << 20;
        let (mut ours, mut theirs) = pair();
        let echoing = tokio::spawn(async move {
            let mut all = Vec::new();
            theirs.read_to_end(&mut all).await.unwrap();
            theirs.write_all(&all).await.unwrap();
        });
        let sent: Vec<_> = (0..LENGTH).map(|at| (at % 251) as u8).collect();
        let (some, rest) = sent.split_at(1000);
        assert_eq!(ours.write_vectored(&[IoSlice::new(some), IoSlice::new(&[])]).await.unwrap(), 1000);
        ours.write_all(rest).await.unwrap();
        ours.shutdown().await.unwrap();
        let mut echoed = Vec::new();
        ours.read_to_end(&mut echoed).await.unwrap();
        assert!(echoed == sent);
        echoing.await.unwrap();
    }

    #[tokio::test]
    async fn that_the_other_side_leaves_is_heard_of_with_bytes_in_front_of_it() {
        let (mut ours, mut theirs) = pair();
        let mut hung_up = pin!(ours.peer().hung_up());
        theirs.write_all(b"some").await.unwrap();
        assert_eq!(ours.read_u8().await.unwrap(), b's');
        let heard = poll_fn(|cx| Poll::Ready(hung_up.as_mut().poll(cx).is_ready())).await;
        assert!(!heard, "it is there, and has sent something");
        theirs.shutdown().await.unwrap();
        hung_up.await;
        let mut rest = Vec::new();
        ours.read_to_end(&mut rest).await.unwrap();
        assert_eq!(rest, b"ome", "what came is still there");
        ours.write_all(b"answer").await.unwrap();
        drop(ours);
        let mut answer = String::new();
        theirs.read_to_string(&mut answer).await.unwrap();
        assert_eq!(answer, "answer");
    }
}
