//! Where a server listens, as `--listen` says it.

use std::fmt;
use std::io;
use std::net::SocketAddr;
use std::os::fd::{AsFd, OwnedFd, RawFd};
use std::path::PathBuf;
use std::str::FromStr;

use listenfd::ListenFd;
use runner::server::Listener;
use rustix::process::{PidfdFlags, PidfdGetfdFlags, getpid, pidfd_getfd, pidfd_open};

/// The first descriptor that systemd passes.
const FIRST_PASSED: usize = 3;

/// An argument of `--listen`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum ListenAddress {
    /// A host, as a name or an address, and a port.
    Tcp { host: String, port: u16 },
    /// The path of a Unix socket.
    Unix(PathBuf),
    /// The number of a descriptor that this process was started with.
    Inherited(RawFd),
}

impl ListenAddress {
    /// Listens there, where others may listen too if they say so as well: see [`Listener::tcp_shared`].
    ///
    /// # Errors
    /// Those of listening. And what is no port cannot be shared like this.
    pub(super) fn bind_shared(&self) -> io::Result<Listener> {
        match self {
            Self::Tcp { host, port } => Listener::tcp_shared((host.as_str(), *port)),
            Self::Unix(_) | Self::Inherited(_) => {
                Err(io::Error::new(io::ErrorKind::InvalidInput, "--reuse-port is for ports"))
            }
        }
    }

    /// The address, if it is one of a host that others may reach; names are not resolved.
    pub(super) fn of_others(&self) -> Option<SocketAddr> {
        match self {
            Self::Tcp { host, port } => {
                let ip = host.trim_matches(['[', ']']).parse::<std::net::IpAddr>().ok()?;
                (!ip.is_loopback()).then(|| SocketAddr::new(ip, *port))
            }
            Self::Unix(_) | Self::Inherited(_) => None,
        }
    }

    /// Listens there. Descriptors of the socket activation protocol can be taken once.
    pub(super) fn bind(&self) -> io::Result<Listener> {
        match self {
            Self::Tcp { host, port } => Listener::tcp((host.as_str(), *port)),
            Self::Unix(path) => Listener::unix(path),
            Self::Inherited(number) => inherited(*number)?.try_into(),
        }
    }
}

/// A descriptor by its number. Those that systemd announces (`LISTEN_FDS`) are taken as it wants; of others the kernel
/// makes a copy, and the original stays open.
fn inherited(number: RawFd) -> io::Result<OwnedFd> {
    if number == 0 {
        return io::stdin().as_fd().try_clone_to_owned();
    }
    let mut passed = ListenFd::from_env();
    if let Some(index) = usize::try_from(number).ok().and_then(|number| number.checked_sub(FIRST_PASSED))
        && index < passed.len()
    {
        if let Ok(Some(socket)) = passed.take_tcp_listener(index) {
            return Ok(socket.into());
        }
        if let Some(socket) = passed.take_unix_listener(index)? {
            return Ok(socket.into());
        }
    }
    let this_process = pidfd_open(getpid(), PidfdFlags::empty())?;
    Ok(pidfd_getfd(this_process, number, PidfdGetfdFlags::empty())?)
}

impl FromStr for ListenAddress {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        const FORMS: &str = "expected PORT, HOST:PORT, [IPV6]:PORT, unix:PATH or fd:NUMBER";
        if let Some(path) = text.strip_prefix("unix:") {
            return if path.is_empty() { Err(FORMS) } else { Ok(Self::Unix(path.into())) };
        }
        if let Some(number) = text.strip_prefix("fd:") {
            return match number.parse::<RawFd>() {
                Ok(number) if number == 0 || number > 2 => Ok(Self::Inherited(number)),
                Ok(1 | 2) => Err("stdout and stderr are no sockets to listen on"),
                _ => Err(FORMS),
            };
        }
        if let Ok(address) = text.parse::<SocketAddr>() {
            return Ok(Self::Tcp { host: address.ip().to_string(), port: address.port() });
        }
        let (host, port) = match text.rsplit_once(':') {
            Some(("", _)) => return Err("a host is missing: 0.0.0.0:PORT is for all interfaces"),
            Some(parts) => parts,
            None => ("127.0.0.1", text),
        };
        let is_name = host.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-._".contains(&byte));
        let port = port.bytes().all(|byte| byte.is_ascii_digit()).then(|| port.parse().ok()).flatten();
        match port {
            Some(port) if is_name => Ok(Self::Tcp { host: host.to_owned(), port }),
            _ => Err(FORMS),
        }
    }
}

/// As it can be parsed again.
impl fmt::Display for ListenAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Tcp { host, port } if host.contains(':') => write!(f, "[{host}]:{port}"),
            Self::Tcp { host, port } => write!(f, "{host}:{port}"),
            Self::Unix(path) => write!(f, "unix:{}", path.display()),
            Self::Inherited(number) => write!(f, "fd:{number}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_form_is_understood() {
        for (text, means) in [
            ("8080", "127.0.0.1:8080"),
            ("0", "127.0.0.1:0"),
            ("localhost:8080", "localhost:8080"),
            ("0.0.0.0:80", "0.0.0.0:80"),
            ("[::1]:8080", "[::1]:8080"),
            ("unix:/run/runner.sock", "unix:/run/runner.sock"),
            ("unix:here.sock", "unix:here.sock"),
            ("fd:0", "fd:0"),
            ("fd:3", "fd:3"),
        ] {
            assert_eq!(
                text.parse::<ListenAddress>().map(|address| address.to_string()),
                Ok(means.to_owned())
            );
        }
    }

    #[test]
    fn other_forms_are_refused() {
        for text in [
            "",
            ":8080",
            "nowhere",
            "localhost:",
            "localhost:65536",
            "65536",
            "+80",
            "a:+80",
            "a b:80",
            "::1:80",
            "[::1]",
            "http://a:80",
            "unix:",
            "fd:",
            "fd:1",
            "fd:2",
            "fd:-1",
            "fd:x",
        ] {
            assert!(text.parse::<ListenAddress>().is_err(), "{text}");
        }
    }
}
