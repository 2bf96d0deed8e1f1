//! Who is told that a server accepts connections, and that it stops: whoever reads stdout, and systemd.

use std::io::{self, Write};

use runner::server::LocalAddress;
use sd_notify::NotifyState;

use super::CliError;

/// Prints the one line that a server prints, once it accepts connections. Systemd is told likewise, if it asked for it
/// (`NOTIFY_SOCKET`).
pub(super) fn announce(address: &LocalAddress, https: bool) -> Result<(), CliError> {
    let place = match address.tcp() {
        Some(address) if https => format!("https://{address}"),
        _ => address.to_string(),
    };
    let mut stdout = io::stdout();
    writeln!(stdout, "listening on {place}").and_then(|()| stdout.flush()).map_err(CliError::Output)?;
    notify(&[NotifyState::Ready, NotifyState::Status("serving")]);
    Ok(())
}

/// Tells systemd that the server drains.
pub(super) fn stopping() {
    notify(&[NotifyState::Stopping, NotifyState::Status("draining")]);
}

fn notify(state: &[NotifyState<'_>]) {
    if let Err(error) = sd_notify::notify(state) {
        tracing::warn!(%error, "cannot tell systemd");
    }
}
