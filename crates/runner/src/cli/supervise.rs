//! `runner serve --supervise`: a parent that keeps a server running.
//!
//! ```text
//!             stdin: the listening socket
//! supervisor ────────────────────────────► server (runner serve --supervised)
//!     │  ▲        stdout: the line              accepts, runs JavaScript
//!     │  └───────────────── 'R' ready · 'A' alive · 'S' wants a successor · 'L' leaving
//!     └──────────────────────────────────► 'H' reload · 'D' drain · end of stream: drain too
//! ```
//!
//! The supervisor binds the address and keeps the socket for as long as it lives; every server gets a copy of it as its
//! stdin and accepts from it. So there is one queue of connections: what a server that dies or stops has not accepted
//! waits there for the next one, and while two servers serve, each connection goes to one of them.
//!
//! The line is a pair of connected sockets, of which a server has one end as its stdout. Messages are single bytes
//! ([`message`]). A server
//!
//! - says that it is **ready** when it accepts connections. All that served before are then told to **drain**: they stop
//!   accepting, finish what is in flight, and end.
//! - says that it **wants a successor** when it has lost too much memory, and serves until it is told to drain.
//! - says again and again that it is **alive**, as long as its I/O threads do anything. One that has said so and is silent
//!   for `--unresponsive-ms` gets a successor.
//! - says that it is **leaving** when a signal that was meant for it alone makes it drain.
//! - drains when the line ends, because its supervisor is gone and took the socket along.
//!
//! Signals go to the supervisor: SIGTERM and SIGINT stop everything ([`machine`] says how), SIGHUP is passed on as the order
//! to read the workers again, SIGUSR2 replaces the server by the program that is now where this one was called from. Both may be of different versions, so the protocol only
//! grows. The supervisor itself runs on one thread, without V8, and reads nothing but these bytes; what it decides is in
//! [`machine`], how processes are started in [`program`], and the end of the server in [`link`].

mod backoff;
mod link;
mod machine;
mod message;
mod program;

use std::collections::HashMap;
use std::process::ExitCode;
use std::time::{Duration, Instant};

use tokio::signal::unix::signal;
use tokio::sync::mpsc;

use super::server_flags::ServerFlags;
use super::signals::{self, StopSignals};
use super::{CliError, readiness};
use machine::{Effect, End, Event, Machine};
use program::Program;

pub(super) use link::{Link, Order};

/// What a server may need beyond its drain until its process has ended.
const AFTER_DRAIN: Duration = Duration::from_secs(10);

/// Runs servers until a signal, and returns the code to exit with.
pub(super) fn execute(flags: &ServerFlags) -> Result<ExitCode, CliError> {
    let runtime =
        tokio::runtime::Builder::new_current_thread().enable_all().build().map_err(CliError::Start)?;
    runtime.block_on(supervise(flags))
}

async fn supervise(flags: &ServerFlags) -> Result<ExitCode, CliError> {
    // Before anybody can know of this process.
    let mut stop = StopSignals::new().map_err(CliError::Start)?;
    let mut upgrade = signal(signals::UPGRADE.1).map_err(CliError::Start)?;
    let mut hangup = signal(signals::RELOAD).map_err(CliError::Start)?;
    signals::ignore(&signals::MEANINGLESS).map_err(CliError::Start)?;

    let listener = flags.bind()?;
    let local_address = listener.local_address().map_err(|error| flags.listen_error(error))?;
    let program = Program::new(listener).map_err(CliError::Start)?;
    let (events, mut arrived) = mpsc::channel(16);
    let mut servers = HashMap::new();
    let mut machine = Machine::new(flags.leave() + AFTER_DRAIN, flags.silence(), Instant::now());
    let mut event = Event::Tick;
    loop {
        if let Event::Ended(id, _) = event {
            servers.remove(&id);
        }
        let mut failed = None;
        for effect in machine.handle(event, Instant::now()) {
            match effect {
                Effect::Start(id) => match program.start(id, events.clone()) {
                    Ok(server) => drop(servers.insert(id, server)),
                    Err(error) => {
                        tracing::error!(%error, "cannot start a server");
                        failed = Some(id);
                    }
                },
                Effect::Reload(id) => drop(servers.get(&id).map(program::Server::reload)),
                Effect::Drain(id) => drop(servers.get(&id).map(program::Server::drain)),
                Effect::Kill(id) => drop(servers.get(&id).map(program::Server::kill)),
                Effect::Announce => readiness::announce(&local_address, flags.tls.is_https())?,
                Effect::Finish(code) => return Ok(ExitCode::from(code)),
            }
        }
        event = match failed {
            Some(id) => Event::Ended(id, End::NotStarted),
            None => tokio::select! {
                Some(event) = arrived.recv() => event,
                () = stop.next() => {
                    readiness::stopping();
                    Event::Stop
                }
                Some(()) = upgrade.recv() => Event::Upgrade,
                Some(()) = hangup.recv() => Event::Reload,
                () = at(machine.deadline()) => Event::Tick,
            },
        };
    }
}

/// Returns at this time, or never.
async fn at(deadline: Option<Instant>) {
    match deadline {
        Some(deadline) => tokio::time::sleep_until(deadline.into()).await,
        None => std::future::pending().await,
    }
}
