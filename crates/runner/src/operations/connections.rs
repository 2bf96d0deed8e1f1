//! The connections of one worker. No other worker's requests go over them.
//!
//! - Every socket holds a permit of its worker's budget, from before it is made until it is closed.
//! - A connection that has no request is *idle*: kept for the next one to the same origin, [`MAX_IDLE`] of them, for
//!   [`IDLE_TIMEOUT`].
//! - Who needs a connection takes an idle one of its origin, else a permit. Is there no permit, the connection that
//!   has been idle for the longest is closed, and whoever waits looks again whenever one becomes idle. So idle
//!   connections never stand in the way of requests.

use std::collections::VecDeque;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use exec::TenantBudget;
use parking_lot::Mutex;
use tokio::sync::Notify;
use tokio::time::Instant;
use url::{Origin, Url};

use super::connect::{Connector, Sender};
use super::error::FetchError;

/// Idle connections of a worker.
const MAX_IDLE: usize = 16;

/// How long a connection may idle.
const IDLE_TIMEOUT: Duration = Duration::from_secs(30);

/// How long a connection that was given back may take until it can be used again. Much longer than it ever needs, unless
/// the server has answered before it had read the request.
const UNTIL_READY: Duration = Duration::from_millis(250);

/// A worker's connections.
#[derive(Debug)]
pub(super) struct Connections {
    connector: Connector,
    idle: Arc<Mutex<Idle>>,
    /// A connection has become idle, or was closed.
    freed: Notify,
}

/// A connection that serves one request.
#[derive(Debug)]
pub(super) struct Connection {
    pub(super) sender: Sender,
    origin: Origin,
    /// Whether it has served another before. The server may have closed it meanwhile.
    pub(super) is_reused: bool,
}

/// Oldest first. Whoever changes it never drops a connection while it is locked: that wakes its task.
#[derive(Debug, Default)]
struct Idle {
    connections: VecDeque<(Instant, Origin, Sender)>,
    is_swept: bool,
}

impl Connections {
    pub(super) fn new(connector: Connector) -> Self {
        Self { connector, idle: Arc::default(), freed: Notify::new() }
    }

    /// A connection to the origin of `url`, whose socket is taken from `budget`. Waits while there is none.
    pub(super) async fn get(&self, url: &Url, budget: &TenantBudget) -> Result<Connection, FetchError> {
        let origin = url.origin();
        loop {
            let (mut sender, is_reused) = match self.reuse_or_connect(url, &origin, budget).await? {
                Found::Idle(sender) => (sender, true),
                Found::New(sender) => (sender, false),
            };
            // Right after an answer it may take a moment.
            if matches!(tokio::time::timeout(UNTIL_READY, sender.requests.ready()).await, Ok(Ok(())))
                || !is_reused
            {
                return Ok(Connection { sender, origin, is_reused });
            }
        }
    }

    async fn reuse_or_connect(
        &self,
        url: &Url,
        origin: &Origin,
        budget: &TenantBudget,
    ) -> Result<Found, FetchError> {
        let idle = self.idle.lock().take(origin);
        if let Some(sender) = idle {
            return Ok(Found::Idle(sender));
        }
        let mut permit = pin!(budget.socket());
        let mut has_looked = false;
        let permit = loop {
            tokio::select! {
                biased;
                permit = &mut permit => break permit,
                () = async { if has_looked { self.freed.notified().await } } => has_looked = true,
            }
            let found = self.idle.lock().take_or_evict(origin);
            match found {
                (Some(sender), _) => return Ok(Found::Idle(sender)),
                (None, evicted) => drop(evicted),
            }
        };
        let permit = permit.map_err(FetchError::OverBudget)?;
        self.connector.connect(url, permit).await.map(Found::New)
    }

    /// Keeps a connection for later, after its answer was read to the end.
    pub(super) fn give_back(&self, Connection { sender, origin, .. }: Connection) {
        if sender.requests.is_closed() {
            return;
        }
        let (surplus, sweep) = {
            let mut idle = self.idle.lock();
            idle.connections.push_back((Instant::now(), origin, sender));
            let surplus = if idle.connections.len() > MAX_IDLE { idle.connections.pop_front() } else { None };
            (surplus, !std::mem::replace(&mut idle.is_swept, true))
        };
        drop(surplus);
        if sweep {
            tokio::spawn(sweep_until_empty(Arc::downgrade(&self.idle)));
        }
        self.freed.notify_one();
    }
}

/// Where a connection came from.
enum Found {
    Idle(Sender),
    New(Sender),
}

impl Idle {
    /// The connection to `origin` that was used last: the server is least likely to have closed it.
    fn take(&mut self, origin: &Origin) -> Option<Sender> {
        let place = self
            .connections
            .iter()
            .rposition(|(_, other, sender)| other == origin && !sender.requests.is_closed())?;
        self.connections.remove(place).map(|(_, _, sender)| sender)
    }

    /// One to use, or else the oldest, to be dropped for its permit.
    fn take_or_evict(&mut self, origin: &Origin) -> (Option<Sender>, Option<Sender>) {
        match self.take(origin) {
            Some(sender) => (Some(sender), None),
            None => (None, self.connections.pop_front().map(|(_, _, sender)| sender)),
        }
    }

    /// Those that have idled for too long, and those that the server has closed.
    fn expired(&mut self, now: Instant) -> VecDeque<(Instant, Origin, Sender)> {
        let (expired, kept) = std::mem::take(&mut self.connections).into_iter().partition(
            |(since, _, sender): &(Instant, Origin, Sender)| {
                now.duration_since(*since) >= IDLE_TIMEOUT || sender.requests.is_closed()
            },
        );
        self.connections = kept;
        expired
    }
}

/// Closes what idles for too long, until nothing idles or nobody is left to use it.
async fn sweep_until_empty(idle: std::sync::Weak<Mutex<Idle>>) {
    loop {
        tokio::time::sleep(IDLE_TIMEOUT / 2).await;
        let Some(idle) = idle.upgrade() else { return };
        let (expired, is_empty) = {
            let mut idle = idle.lock();
            let expired = idle.expired(Instant::now());
            idle.is_swept = !idle.connections.is_empty();
            (expired, idle.connections.is_empty())
        };
        drop(expired);
        if is_empty {
            return;
        }
    }
}
