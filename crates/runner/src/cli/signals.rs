//! Signals of a server and of its supervisor.

use std::io;

use tokio::signal::unix::{Signal, SignalKind, signal};

/// The signals that ask this process to stop: SIGTERM and SIGINT.
pub(super) struct StopSignals {
    terminate: Signal,
    interrupt: Signal,
}

impl StopSignals {
    pub(super) fn new() -> io::Result<Self> {
        Ok(Self { terminate: signal(SignalKind::terminate())?, interrupt: signal(SignalKind::interrupt())? })
    }

    pub(super) async fn next(&mut self) {
        tokio::select! {
            _ = self.terminate.recv() => {}
            _ = self.interrupt.recv() => {}
        }
    }
}

/// From here on these signals do nothing but a line in the log; without this they would end the process.
pub(super) fn ignore(signals: &[(&'static str, SignalKind)]) -> io::Result<()> {
    for &(name, kind) in signals {
        let mut stream = signal(kind)?;
        tokio::spawn(async move {
            while stream.recv().await.is_some() {
                tracing::info!(signal = name, "ignored a signal");
            }
        });
    }
    Ok(())
}

/// From here on a file that grows beyond what the process may write is an error of the write, as on a full disk; without this
/// it would end the process.
pub(super) fn survive_full_files() -> io::Result<()> {
    // Once there has been a handler there is one for good. There is nothing to tell: the log may be that file.
    signal(SignalKind::from_raw(rustix::process::Signal::XFSZ.as_raw())).map(drop)
}

/// What means something to nobody.
pub(super) const MEANINGLESS: [(&str, SignalKind); 1] = [("SIGUSR1", SignalKind::user_defined1())];

/// Reads the workers again.
pub(super) const RELOAD: SignalKind = SignalKind::hangup();

/// What means something to a supervisor only.
pub(super) const UPGRADE: (&str, SignalKind) = ("SIGUSR2", SignalKind::user_defined2());
