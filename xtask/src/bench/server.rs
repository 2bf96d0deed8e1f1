//! Starting a server, each time as a new process.

use std::fs::{self, File};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::Path;
use std::process::{Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use super::peers::{Peer, Program};
use super::site::{Paths, Site};
use crate::failure::{During, Failure, Result};
use crate::process::{Owned, Usage};

/// A server that does not listen after this time never will.
const PATIENCE: Duration = Duration::from_secs(60);

/// For so long a server may end what it does: one that counts what it does writes that down.
const GRACE: Duration = Duration::from_secs(5);

/// How often it is asked whether it listens.
const LOOK: Duration = Duration::from_micros(500);

/// A server that uses less than a twentieth of a core for so long has nothing to do.
const QUIET: Duration = Duration::from_millis(500);

/// A server that listens; it ends with this.
pub(super) struct Server {
    process: Owned,
    pub(super) address: SocketAddr,
    pub(super) started: Instant,
}

impl Drop for Server {
    fn drop(&mut self) {
        // One that cannot is killed.
        let _ = self.process.end(GRACE);
    }
}

impl Server {
    /// Starts it in a directory that has the files of the site, and waits until it listens. `flags` are for the runner
    /// and for the proxy.
    pub(super) fn start(
        program: &Program,
        site: &Site,
        flags: &[&str],
        directory: &Path,
        cores: Option<&str>,
    ) -> Result<Self> {
        let address = free_address()?;
        let log = directory.join(program.peer.name()).with_extension("log");
        let mut command = command(&program.file, cores);
        arguments(&mut command, program.peer, site, flags, &Paths::of(directory), address);
        command.current_dir(directory);
        Self::spawn(command, address, &log)
    }

    /// Runs a command that listens there, and waits until it does. What it says goes to a file.
    pub(super) fn spawn(mut command: Command, address: SocketAddr, log: &Path) -> Result<Self> {
        let output = File::create(log).during(log.display())?;
        command.stdin(Stdio::null()).stdout(output.try_clone().during(log.display())?).stderr(output);
        let started = Instant::now();
        let process = Owned(command.spawn().during(log.display())?);
        let mut server = Self { process, address, started };
        server.wait(log)?;
        Ok(server)
    }

    /// What it has used since its start.
    pub(super) fn usage(&self) -> Result<Usage> {
        Usage::of(self.process.0.id())
    }

    /// Waits until it does nothing any more: it may listen before all of its workers are there.
    pub(super) fn settle(&self) -> Result {
        let deadline = Instant::now() + PATIENCE;
        let mut before = self.usage()?.cpu;
        loop {
            thread::sleep(QUIET);
            let now = self.usage()?.cpu;
            if now.saturating_sub(before) <= QUIET / 20 {
                return Ok(());
            }
            if Instant::now() > deadline {
                return Err(Failure::new("the server is busy without any request"));
            }
            before = now;
        }
    }

    fn wait(&mut self, log: &Path) -> Result {
        while TcpStream::connect(self.address).is_err() {
            let ended = self.process.0.try_wait().during("a server")?;
            if ended.is_some() || self.started.elapsed() > PATIENCE {
                let said = fs::read_to_string(log).unwrap_or_default();
                let line = said.lines().rev().find(|line| !line.trim().is_empty()).unwrap_or_default();
                return Err(Failure::new(format!("the server does not listen: {line}")));
            }
            thread::sleep(LOOK);
        }
        Ok(())
    }
}

/// A program on these cores, with as many open files as it may have.
pub(super) fn command(program: &Path, cores: Option<&str>) -> Command {
    let mut command = Command::new("sh");
    command.args(["-c", "ulimit -n \"$(ulimit -Hn)\"; exec \"$@\"", "sh"]);
    if let Some(cores) = cores {
        command.args(["taskset", "-c", cores]);
    }
    command.arg(program);
    command
}

/// An address that nobody has at the moment.
pub(super) fn free_address() -> Result<SocketAddr> {
    let listener = TcpListener::bind("127.0.0.1:0").during("looking for a free port")?;
    listener.local_addr().during("looking for a free port")
}

/// Each server as its documentation has it, with its defaults.
fn arguments(
    command: &mut Command,
    peer: Peer,
    site: &Site,
    flags: &[&str],
    paths: &Paths,
    address: SocketAddr,
) {
    let port = address.port().to_string();
    match peer {
        Peer::Runner => {
            let path = if matches!(site, Site::One(_)) { &paths.worker } else { &paths.workers };
            command
                .arg("serve")
                .arg(path)
                .args(["--log", "warn", "--listen", &address.to_string()])
                .args(flags)
        }
        Peer::Workerd => {
            command.arg("serve").arg(&paths.workerd).arg(format!("--socket-addr=http={address}"))
        }
        Peer::Deno => command
            .args(["serve", "--allow-net", "--host", "127.0.0.1", "--port", &port])
            .arg(&paths.worker)
            .env("DENO_NO_UPDATE_CHECK", "1"),
        Peer::Bun => command.arg("run").arg(&paths.bun).env("PORT", &port),
        Peer::Node => command.arg(&paths.node).env("PORT", &port),
        Peer::Hyper => command.args(["forward", &address.to_string()]).args(flags),
    };
}
