//! The server's end of the line to its supervisor.

use std::convert::Infallible;
use std::fs::File;
use std::io;
use std::os::fd::AsFd;
use std::os::unix::net::UnixStream as StdUnixStream;
use std::time::Duration;

use runner::server::{Listener, Pulse};
use rustix::stdio::{dup2_stdin, dup2_stdout};
use tokio::net::UnixStream;

use super::message::{DRAIN, RELOAD, Report};

/// What a supervisor wants of its server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::cli) enum Order {
    /// Read the workers again.
    Reload,
    /// Finish what is in flight, and end.
    Drain,
}

/// How often a server says that it is alive.
const BEAT: Duration = Duration::from_secs(1);

/// The line to the supervisor.
pub(in crate::cli) struct Link(UnixStream);

impl Link {
    /// Takes the listening socket from stdin and the line from stdout, and puts `/dev/null` in their places.
    ///
    /// # Errors
    /// This process was not started by a supervisor.
    pub(in crate::cli) fn take() -> io::Result<(Listener, Self)> {
        let listener = Listener::try_from(io::stdin().as_fd().try_clone_to_owned()?)?;
        let line = StdUnixStream::from(io::stdout().as_fd().try_clone_to_owned()?);
        line.peer_addr()?;
        line.set_nonblocking(true)?;
        let nothing = File::options().read(true).write(true).open("/dev/null")?;
        dup2_stdin(&nothing)?;
        dup2_stdout(&nothing)?;
        Ok((listener, Self(UnixStream::from_std(line)?)))
    }

    /// Accepts connections.
    pub(in crate::cli) fn ready(&self) {
        self.report(Report::Ready);
    }

    /// Wants to be replaced.
    pub(in crate::cli) fn want_successor(&self) {
        self.report(Report::WantsSuccessor);
    }

    /// Drains without having been told.
    pub(in crate::cli) fn leaving(&self) {
        self.report(Report::Leaving);
    }

    /// Says again and again that this server is able to serve, for as long as it does what it is given.
    pub(in crate::cli) async fn keep_saying_alive(&self, pulse: &Pulse) -> Infallible {
        loop {
            pulse.beat().await;
            self.report(Report::Alive);
            tokio::time::sleep(BEAT).await;
        }
    }

    fn report(&self, report: Report) {
        // A byte has always room. If the supervisor is gone, `next_order` says so.
        if let Err(error) = self.0.try_write(&[report.to_byte()]) {
            tracing::warn!(%error, ?report, "cannot tell the supervisor");
        }
    }

    /// Waits for what the supervisor wants; a drain, if it is gone.
    pub(in crate::cli) async fn next_order(&self) -> Order {
        let mut bytes = [0; 16];
        while self.0.readable().await.is_ok() {
            match self.0.try_read(&mut bytes) {
                Ok(n) if n > 0 => {
                    if bytes[..n].contains(&DRAIN) {
                        return Order::Drain;
                    }
                    if bytes[..n].contains(&RELOAD) {
                        return Order::Reload;
                    }
                }
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
                Ok(_) | Err(_) => break,
            }
        }
        tracing::warn!("the supervisor is gone");
        Order::Drain
    }
}
