//! Sockets that a server can listen on: TCP, and Unix sockets with their files.
//!
//! The file of a Unix socket outlives a process that crashed. So one that nobody listens at is replaced; one with a
//! server behind it is in use, as a port would be. Who bound a file removes it before it closes the socket, unless
//! somebody else has put another one in its place: while the socket is open, no other file can have its inode.

use std::io;
use std::net::{SocketAddr, TcpListener, ToSocketAddrs};
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::os::unix::fs::{FileTypeExt, MetadataExt};
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::{Path, PathBuf};
use std::{fmt, fs};

use rustix::net::{AddressFamily, sockopt};
use socket2::{Domain, Protocol, Socket as Socket2, Type};

/// Connections that may wait to be accepted; the kernel has a bound of its own (`net.core.somaxconn`).
const BACKLOG: i32 = 4096;

/// A socket that listens.
#[derive(Debug)]
pub struct Listener {
    // Before the socket, for the order in which they are dropped.
    file: Option<SocketFile>,
    socket: Socket,
}

#[derive(Debug)]
pub(crate) enum Socket {
    Tcp(TcpListener),
    Unix(UnixListener),
}

/// Where a server listens. Its `Display` is what the line that says ready has: `http://ADDRESS` or `unix:PATH`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LocalAddress {
    /// An address with its real port.
    Tcp(SocketAddr),
    /// The path of a Unix socket; `None` for one without a name in the file system.
    Unix(Option<PathBuf>),
}

impl Listener {
    /// Listens on the first of these addresses that works.
    ///
    /// # Errors
    /// None works.
    pub fn tcp(address: impl ToSocketAddrs) -> io::Result<Self> {
        let socket = TcpListener::bind(address)?;
        // The standard library has a shorter queue; the last call counts.
        rustix::net::listen(&socket, BACKLOG)?;
        Ok(socket.into())
    }

    /// The same with `SO_REUSEPORT`: other processes of this user that ask for it listen on the same port, each with a queue
    /// of its own that the kernel fills. A server that stops takes all that is in its queue; what the kernel puts there in
    /// the moment before it is closed is reset, unless `net.ipv4.tcp_migrate_req` is 1.
    ///
    /// # Errors
    /// None works: somebody listens there who does not share, for one.
    pub fn tcp_shared(address: impl ToSocketAddrs) -> io::Result<Self> {
        let mut failure = io::Error::new(io::ErrorKind::InvalidInput, "the host has no address");
        for address in address.to_socket_addrs()? {
            match listen_shared(address) {
                Ok(socket) => return Ok(socket.into()),
                Err(error) => failure = error,
            }
        }
        Err(failure)
    }

    /// Listens at this path, and removes the file at its end. A socket file without a listener is replaced.
    ///
    /// # Errors
    /// A server listens there (`AddrInUse`), something else than a socket is there (`AlreadyExists`), or the file cannot be
    /// made.
    pub fn unix(path: impl Into<PathBuf>) -> io::Result<Self> {
        let path = path.into();
        let socket = match UnixListener::bind(&path) {
            Err(error) if error.kind() == io::ErrorKind::AddrInUse => {
                remove_stale(&path)?;
                UnixListener::bind(&path)?
            }
            bound => bound?,
        };
        let file = Some(SocketFile::of(path)?);
        rustix::net::listen(&socket, BACKLOG)?;
        Ok(Self { file, socket: Socket::Unix(socket) })
    }

    /// Where it listens.
    ///
    /// # Errors
    /// Those of the operating system.
    pub fn local_address(&self) -> io::Result<LocalAddress> {
        Ok(match &self.socket {
            Socket::Tcp(socket) => LocalAddress::Tcp(socket.local_addr()?),
            Socket::Unix(socket) => {
                LocalAddress::Unix(socket.local_addr()?.as_pathname().map(Path::to_owned))
            }
        })
    }

    pub(crate) fn into_parts(self) -> (Socket, Option<SocketFile>) {
        (self.socket, self.file)
    }
}

impl From<TcpListener> for Listener {
    fn from(socket: TcpListener) -> Self {
        Self { file: None, socket: Socket::Tcp(socket) }
    }
}

/// The file stays when the server ends: whoever bound it may go on.
impl From<UnixListener> for Listener {
    fn from(socket: UnixListener) -> Self {
        Self { file: None, socket: Socket::Unix(socket) }
    }
}

/// A descriptor that was inherited.
impl TryFrom<OwnedFd> for Listener {
    type Error = io::Error;

    /// # Errors
    /// It is not a socket of TCP or a Unix socket that listens.
    fn try_from(descriptor: OwnedFd) -> io::Result<Self> {
        let listens = sockopt::socket_acceptconn(&descriptor)?;
        match sockopt::socket_domain(&descriptor)? {
            _ if !listens => Err(io::Error::new(io::ErrorKind::InvalidInput, "the socket does not listen")),
            AddressFamily::INET | AddressFamily::INET6 => Ok(TcpListener::from(descriptor).into()),
            AddressFamily::UNIX => Ok(UnixListener::from(descriptor).into()),
            _ => Err(io::Error::new(io::ErrorKind::InvalidInput, "neither a TCP nor a Unix socket")),
        }
    }
}

impl AsFd for Listener {
    fn as_fd(&self) -> BorrowedFd<'_> {
        match &self.socket {
            Socket::Tcp(socket) => socket.as_fd(),
            Socket::Unix(socket) => socket.as_fd(),
        }
    }
}

impl LocalAddress {
    /// The address, if it is one of TCP.
    pub fn tcp(&self) -> Option<SocketAddr> {
        match self {
            Self::Tcp(address) => Some(*address),
            Self::Unix(_) => None,
        }
    }
}

impl fmt::Display for LocalAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Tcp(address) => write!(f, "http://{address}"),
            Self::Unix(Some(path)) => write!(f, "unix:{}", path.display()),
            Self::Unix(None) => f.write_str("unix:"),
        }
    }
}

fn listen_shared(address: SocketAddr) -> io::Result<TcpListener> {
    let socket = Socket2::new(Domain::for_address(address), Type::STREAM, Some(Protocol::TCP))?;
    // As the standard library has it: connections of a server before this one may linger.
    socket.set_reuse_address(true)?;
    socket.set_reuse_port(true)?;
    socket.bind(&address.into())?;
    socket.listen(BACKLOG)?;
    Ok(socket.into())
}

/// Removes a socket file that nobody listens at.
fn remove_stale(path: &Path) -> io::Result<()> {
    if !fs::symlink_metadata(path)?.file_type().is_socket() {
        return Err(io::Error::new(io::ErrorKind::AlreadyExists, "there is a file that is not a socket"));
    }
    match UnixStream::connect(path) {
        Err(error) if error.kind() == io::ErrorKind::ConnectionRefused => fs::remove_file(path),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        Ok(_) => Err(io::Error::new(io::ErrorKind::AddrInUse, "another server listens there")),
        Err(error) => Err(error),
    }
}

/// The file of a Unix socket, removed when this is dropped.
#[derive(Debug)]
pub(crate) struct SocketFile {
    path: PathBuf,
    inode: (u64, u64),
}

impl SocketFile {
    fn of(path: PathBuf) -> io::Result<Self> {
        let path = std::path::absolute(path)?;
        let inode = inode(&path)?;
        Ok(Self { path, inode })
    }
}

impl Drop for SocketFile {
    fn drop(&mut self) {
        if inode(&self.path).is_ok_and(|inode| inode == self.inode)
            && let Err(error) = fs::remove_file(&self.path)
        {
            tracing::warn!(path = %self.path.display(), %error, "cannot remove the socket");
        }
    }
}

fn inode(path: &Path) -> io::Result<(u64, u64)> {
    let metadata = fs::symlink_metadata(path)?;
    Ok((metadata.dev(), metadata.ino()))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A path for a socket, removed at the end of the test.
    struct Place(PathBuf);

    impl Place {
        fn new(test: &str) -> Self {
            let path = std::env::temp_dir().join(format!("runner-{}-{test}.sock", std::process::id()));
            let _ = fs::remove_file(&path);
            Self(path)
        }
    }

    impl Drop for Place {
        fn drop(&mut self) {
            let _ = fs::remove_file(&self.0);
        }
    }

    #[test]
    fn a_stale_socket_is_replaced_and_a_live_one_is_in_use() {
        let place = Place::new("stale");
        // The standard library leaves the file, as a crash does.
        drop(UnixListener::bind(&place.0).unwrap());
        assert!(place.0.exists());
        let listener = Listener::unix(&place.0).unwrap();
        assert_eq!(listener.local_address().unwrap().to_string(), format!("unix:{}", place.0.display()));
        assert_eq!(Listener::unix(&place.0).unwrap_err().kind(), io::ErrorKind::AddrInUse);
        UnixStream::connect(&place.0).unwrap();
        drop(listener);
        assert!(!place.0.exists(), "it is gone with its listener");
    }

    #[test]
    fn what_is_not_a_socket_is_left_alone() {
        let place = Place::new("file");
        fs::write(&place.0, "precious").unwrap();
        assert_eq!(Listener::unix(&place.0).unwrap_err().kind(), io::ErrorKind::AlreadyExists);
        assert_eq!(fs::read(&place.0).unwrap(), b"precious");
    }

    #[test]
    fn a_port_is_shared_by_those_who_want_to_share_it() {
        let first = Listener::tcp_shared("127.0.0.1:0").unwrap();
        let address = first.local_address().unwrap().tcp().unwrap();
        assert_eq!(Listener::tcp(address).unwrap_err().kind(), io::ErrorKind::AddrInUse);
        let second = Listener::tcp_shared(address).unwrap();
        assert_eq!(second.local_address().unwrap().tcp(), Some(address));
        drop((first, second));
        let alone = Listener::tcp(address).unwrap();
        assert_eq!(Listener::tcp_shared(address).unwrap_err().kind(), io::ErrorKind::AddrInUse);
        drop(alone);
    }

    #[test]
    fn the_file_of_a_successor_is_left_alone() {
        let place = Place::new("successor");
        let first = Listener::unix(&place.0).unwrap();
        fs::remove_file(&place.0).unwrap();
        let second = Listener::unix(&place.0).unwrap();
        drop(first);
        UnixStream::connect(&place.0).unwrap();
        drop(second);
        assert!(!place.0.exists());
    }

    #[test]
    fn descriptors_are_recognised() {
        let place = Place::new("descriptor");
        let tcp = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = tcp.local_addr().unwrap();
        let unix = UnixListener::bind(&place.0).unwrap();
        let of = |fd: OwnedFd| Listener::try_from(fd).and_then(|listener| listener.local_address());
        assert_eq!(of(tcp.into()).unwrap(), LocalAddress::Tcp(address));
        assert_eq!(of(unix.into()).unwrap(), LocalAddress::Unix(Some(place.0.clone())));
        assert!(of(UnixStream::pair().unwrap().0.into()).is_err());
        assert!(of(fs::File::open("/dev/null").unwrap().into()).is_err());
    }
}
