//! The admin listener of `runner serve`.
//!
//! Under a supervisor the predecessor of a server has the address until it drains, and then leaves it at once: for the
//! successor, which tries again and again meanwhile. Whoever asks there hears of the process that serves.

use std::future::pending;
use std::io;
use std::path::PathBuf;
use std::time::Duration;

use clap::Args;
use runner::IsolatePool;
use runner::admin::{Admin, AdminError, AdminToken};
use runner::server::{LocalAddress, Readiness};
use runner::workers::Workers;
use serde_json::Value;

use super::listen::ListenAddress;
use super::{CliError, logging};

/// How often a successor tries to have the address of its predecessor.
const TAKE_OVER: Duration = Duration::from_millis(100);

/// Where to listen for those who run the server.
#[derive(Clone, Debug, Args)]
pub(super) struct AdminFlags {
    /// Where to listen for health checks, metrics and deployments; forms as for --listen. What is neither of this machine
    /// only nor a Unix socket needs a token
    #[arg(long = "admin", value_name = "ADDR")]
    address: Option<ListenAddress>,
    /// Answer only those who show what is in this file, as `Authorization: Bearer TOKEN`; health checks need none
    #[arg(long = "admin-token-file", value_name = "FILE")]
    token_file: Option<PathBuf>,
}

impl AdminFlags {
    /// Whether the listener can answer as it is to: who reaches it from elsewhere needs a token.
    pub(super) fn check(&self) -> Result<(), CliError> {
        let token = self.token_file.as_deref().map(AdminToken::read).transpose()?;
        match (&self.address, token) {
            (Some(address), None) => match address.of_others() {
                Some(local) => {
                    let error = AdminError::NoToken(LocalAddress::Tcp(local));
                    Err(CliError::Admin { address: address.clone(), error })
                }
                None => Ok(()),
            },
            _ => Ok(()),
        }
    }
}

/// The listener, if there is one, or the wait for its address.
pub(super) struct Seat {
    admin: Option<Admin>,
    waiting: Option<Start>,
    supervised: bool,
}

/// All that a listener needs.
struct Start {
    address: ListenAddress,
    token: Option<AdminToken>,
    pool: IsolatePool,
    workers: Workers,
    readiness: Readiness,
}

impl Seat {
    /// Starts the listener that the flags ask for; `readiness` is that of the server. For a supervised server the address
    /// may be in use.
    pub(super) fn take(
        flags: &AdminFlags,
        pool: &IsolatePool,
        workers: &Workers,
        readiness: Readiness,
        supervised: bool,
    ) -> Result<Self, CliError> {
        let mut seat = Self { admin: None, waiting: None, supervised };
        let Some(address) = flags.address.clone() else { return Ok(seat) };
        let token = flags.token_file.as_deref().map(AdminToken::read).transpose()?;
        let start = Start { address, token, pool: pool.clone(), workers: workers.clone(), readiness };
        match start.attempt() {
            Err(AdminError::Start(error)) if supervised && is_in_use(&error) => seat.waiting = Some(start),
            Err(error) => return Err(CliError::Admin { address: start.address, error }),
            Ok(admin) => seat.admin = Some(admin),
        }
        Ok(seat)
    }

    /// Waits until a client of the listener wants the drain. Dropping it in between loses nothing.
    pub(super) async fn drain_wanted(&mut self) {
        while let Some(start) = &self.waiting {
            tokio::time::sleep(TAKE_OVER).await;
            match start.attempt() {
                Err(AdminError::Start(error)) if is_in_use(&error) => continue,
                Err(error) => tracing::error!(%error, address = %start.address, "no admin listener"),
                Ok(admin) => self.admin = Some(admin),
            }
            self.waiting = None;
        }
        match &self.admin {
            Some(admin) => admin.drain_wanted().await,
            None => pending().await,
        }
    }

    /// The server leaves: the listener makes room for that of a successor, if there can be one.
    pub(super) fn leave(&mut self) {
        self.waiting = None;
        if self.supervised {
            self.admin = None;
        }
    }
}

impl Start {
    fn attempt(&self) -> Result<Admin, AdminError> {
        let listener = self.address.bind()?;
        let (token, pool, workers) = (self.token.clone(), self.pool.clone(), self.workers.clone());
        let statistics = {
            let pool = pool.clone();
            move || statistics(&pool)
        };
        let admin = Admin::start(listener, token, pool, workers, self.readiness.clone(), statistics)?;
        tracing::info!(address = %admin.local_address(), "admin listener");
        Ok(admin)
    }
}

/// Those of the pool, and of the log.
fn statistics(pool: &IsolatePool) -> Value {
    let mut all = serde_json::to_value(pool.stats()).unwrap_or_default();
    if let Value::Object(all) = &mut all {
        all.insert("log".to_owned(), logging::missing_lines());
    }
    all
}

fn is_in_use(error: &io::Error) -> bool {
    error.kind() == io::ErrorKind::AddrInUse
}
