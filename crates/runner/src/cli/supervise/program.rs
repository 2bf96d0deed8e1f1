//! Servers as processes: how one is started, told what to do, and waited for.

use std::env;
use std::ffi::{OsStr, OsString};
use std::io;
use std::os::fd::{AsFd, OwnedFd};
use std::os::unix::net::UnixStream as StdUnixStream;
use std::os::unix::process::ExitStatusExt;
use std::path::PathBuf;
use std::process::ExitStatus;

use runner::server::Listener;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::UnixStream;
use tokio::process::{Child, Command};
use tokio::sync::mpsc;

use super::machine::{End, Event, ServerId};
use super::message::{DRAIN, RELOAD, Report};

/// What is started: this program, with the arguments of this process.
pub(super) struct Program {
    path: PathBuf,
    arguments: Vec<OsString>,
    listener: Listener,
}

/// A server that was started.
pub(super) struct Server(mpsc::UnboundedSender<Order>);

enum Order {
    Reload,
    Drain,
    Kill,
}

impl Program {
    pub(super) fn new(listener: Listener) -> io::Result<Self> {
        let mut arguments = env::args_os();
        let path = path(arguments.next())?;
        Ok(Self { path, arguments: of_server(arguments.collect()), listener })
    }

    /// Starts a server; what it says and how it ends becomes `events`.
    pub(super) fn start(&self, id: ServerId, events: mpsc::Sender<Event>) -> io::Result<Server> {
        let (ours, theirs) = StdUnixStream::pair()?;
        ours.set_nonblocking(true)?;
        let control = UnixStream::from_std(ours)?;
        let child = Command::new(&self.path)
            .args(&self.arguments)
            .stdin(self.listener.as_fd().try_clone_to_owned()?)
            .stdout(OwnedFd::from(theirs))
            .spawn()?;
        tracing::info!(server = id.number(), pid = child.id(), "starting a server");
        let (server, orders) = mpsc::unbounded_channel();
        tokio::spawn(attend(id, child, control, orders, events));
        Ok(Server(server))
    }
}

impl Server {
    pub(super) fn reload(&self) {
        let _ = self.0.send(Order::Reload);
    }

    pub(super) fn drain(&self) {
        // Without a receiver it has ended already.
        let _ = self.0.send(Order::Drain);
    }

    pub(super) fn kill(&self) {
        let _ = self.0.send(Order::Kill);
    }
}

/// Where the program is, as this process was called: after an upgrade there is a new program at the same place, and
/// `current_exe` would follow a symbolic link to the old one.
fn path(called_as: Option<OsString>) -> io::Result<PathBuf> {
    let called_as = PathBuf::from(called_as.unwrap_or_default());
    if called_as.components().count() > 1 && called_as.is_file() {
        std::path::absolute(called_as)
    } else {
        env::current_exe()
    }
}

/// The arguments of a server from those of its supervisor.
fn of_server(mut arguments: Vec<OsString>) -> Vec<OsString> {
    // A path of that name could only come after it: the flag is what made this process a supervisor.
    if let Some(flag) = arguments.iter_mut().find(|argument| *argument == OsStr::new("--supervise")) {
        *flag = "--supervised".into();
    }
    arguments
}

/// Lives as long as the process does.
async fn attend(
    id: ServerId,
    mut child: Child,
    control: UnixStream,
    mut orders: mpsc::UnboundedReceiver<Order>,
    events: mpsc::Sender<Event>,
) {
    let (mut reader, mut writer) = control.into_split();
    let mut bytes = [0; 16];
    let mut speaks = true;
    // What it said comes before its end.
    let status = loop {
        tokio::select! {
            read = reader.read(&mut bytes), if speaks => {
                let n = read.unwrap_or(0);
                speaks = n > 0;
                for report in bytes[..n].iter().filter_map(|&byte| Report::of_byte(byte)) {
                    let _ = events.send(Event::Said(id, report)).await;
                }
            }
            status = child.wait(), if !speaks => break status,
            Some(order) = orders.recv() => match order {
                // A server that does not read is killed for being slow; a byte has always room.
                Order::Reload => drop(writer.write_all(&[RELOAD]).await),
                Order::Drain => drop(writer.write_all(&[DRAIN]).await),
                Order::Kill => drop(child.start_kill()),
            },
        }
    };
    let end = status.map_or(End::NotStarted, end_of);
    tracing::info!(server = id.number(), ?end, "a server ended");
    let _ = events.send(Event::Ended(id, end)).await;
}

fn end_of(status: ExitStatus) -> End {
    match (status.code(), status.signal()) {
        (Some(code), _) => End::Code(u8::try_from(code).unwrap_or(u8::MAX)),
        (None, signal) => End::Signal(signal.unwrap_or(0)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_server_gets_the_arguments_of_its_supervisor() {
        let server = |arguments: &[&str]| of_server(arguments.iter().map(OsString::from).collect());
        assert_eq!(
            server(&["--log", "warn", "serve", "--supervise", "--", "--supervise"]),
            ["--log", "warn", "serve", "--supervised", "--", "--supervise"]
        );
    }

    #[test]
    fn the_program_is_where_this_process_was_called() {
        let here = env::current_exe().unwrap();
        assert_eq!(path(Some(here.clone().into())).unwrap(), here);
        for name in [None, Some("runner".into()), Some("/no/such/program".into())] {
            assert_eq!(path(name).unwrap(), here);
        }
    }
}
