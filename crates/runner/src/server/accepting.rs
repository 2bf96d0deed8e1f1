//! A socket that listens, and the connections that come out of it.

use std::io;
use std::net::SocketAddr;

use rustix::net::{SocketFlags, accept_with};
use tokio::net::{TcpListener, TcpStream, UnixListener, UnixStream};

use super::listener::Socket;

/// The socket of a server, in the runtime.
#[derive(Debug)]
pub(crate) enum Accepting {
    Tcp(TcpListener),
    Unix(UnixListener),
}

/// A connection that was accepted.
pub(crate) enum Accepted {
    /// With the address of the client.
    Tcp(TcpStream, SocketAddr),
    Unix(UnixStream),
}

impl Accepting {
    /// Needs a tokio runtime.
    pub(crate) fn new(socket: Socket) -> io::Result<Self> {
        match socket {
            Socket::Tcp(socket) => {
                socket.set_nonblocking(true)?;
                TcpListener::from_std(socket).map(Self::Tcp)
            }
            Socket::Unix(socket) => {
                socket.set_nonblocking(true)?;
                UnixListener::from_std(socket).map(Self::Unix)
            }
        }
    }

    pub(crate) async fn accept(&self) -> io::Result<Accepted> {
        match self {
            Self::Tcp(listener) => listener.accept().await.map(|(stream, peer)| Accepted::Tcp(stream, peer)),
            Self::Unix(listener) => listener.accept().await.map(|(stream, _)| Accepted::Unix(stream)),
        }
    }

    /// Accepts a connection if there is one. Asks the system and not tokio, which only knows of those that it was told of.
    pub(crate) fn accept_waiting(&self) -> io::Result<Accepted> {
        let flags = SocketFlags::CLOEXEC | SocketFlags::NONBLOCK;
        match self {
            Self::Tcp(listener) => {
                let stream = TcpStream::from_std(accept_with(listener, flags)?.into())?;
                stream.peer_addr().map(|peer| Accepted::Tcp(stream, peer))
            }
            Self::Unix(listener) => {
                UnixStream::from_std(accept_with(listener, flags)?.into()).map(Accepted::Unix)
            }
        }
    }
}
