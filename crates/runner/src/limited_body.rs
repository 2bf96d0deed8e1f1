//! Reading a body from the network into memory that is accounted for, from a peer that may stall.
//!
//! Nothing is read before there is room for it. A body of announced length waits for all of it at once, so that no two
//! bodies wait for each other half read; one of unannounced length takes what it needs as it grows, and gives up where
//! there is no more.

use std::time::Duration;

use bytes::{Bytes, BytesMut};
use exec::{Body, BudgetExceeded, BytesPermit, TenantBudget};
use http_body_util::BodyExt;
use hyper::body::Incoming;
use tokio::time::timeout;

/// Why a body was not read to its end.
#[derive(Debug, thiserror::Error)]
pub(crate) enum BodyError {
    /// It is longer than the limit.
    #[error("the body is too large")]
    TooLarge,
    /// The peer sent nothing for too long.
    #[error("the body stalled")]
    Stalled,
    /// It was not there in time as a whole.
    #[error("the body took too long")]
    TooSlow,
    /// There is no room for it.
    #[error("no room for the body: {0}")]
    OverBudget(#[from] BudgetExceeded),
    /// The connection failed, or the framing was wrong.
    #[error("the body could not be read: {0}")]
    Transport(#[from] hyper::Error),
}

/// What a body may take.
#[derive(Clone, Copy, Debug)]
pub(crate) struct BodyLimits {
    /// Bytes at most.
    pub(crate) max_bytes: usize,
    /// How long it may wait for room.
    pub(crate) patience: Duration,
    /// How long the peer may send nothing.
    pub(crate) stall: Duration,
    /// How long all of it may take from its first byte on.
    pub(crate) deadline: Duration,
}

/// Reads all of `body`, charged to `budget`; trailers are dropped. An announced length beyond the limit fails before
/// anything is read, an unannounced one as soon as the limit is passed.
pub(crate) async fn read(
    body: &mut Incoming,
    limits: BodyLimits,
    budget: &TenantBudget,
) -> Result<Body, BodyError> {
    let announced = hyper::body::Body::size_hint(body).lower();
    if announced > limits.max_bytes as u64 {
        return Err(BodyError::TooLarge);
    }
    let announced = announced as usize;
    // At last once more, out of turn: there is room, or it is known whose there is none of.
    let waited = timeout(limits.patience, budget.bytes(announced)).await;
    let room = waited.unwrap_or_else(|_| budget.try_bytes(announced))?;
    let reading = Reading {
        limits,
        announced,
        budget,
        room,
        charged: announced,
        length: 0,
        single: None,
        joined: BytesMut::new(),
    };
    timeout(limits.deadline, reading.all(body)).await.unwrap_or(Err(BodyError::TooSlow))
}

struct Reading<'a> {
    limits: BodyLimits,
    announced: usize,
    budget: &'a TenantBudget,
    room: BytesPermit,
    /// What `room` is for; it counts nothing where there is no limit.
    charged: usize,
    /// Bytes that have come.
    length: usize,
    /// The only piece so far: most bodies come in one, which needs no copy.
    single: Option<Bytes>,
    joined: BytesMut,
}

impl Reading<'_> {
    async fn all(mut self, body: &mut Incoming) -> Result<Body, BodyError> {
        loop {
            let frame = timeout(self.limits.stall, body.frame()).await.map_err(|_| BodyError::Stalled)?;
            let Some(frame) = frame else { break };
            let Ok(data) = frame?.into_data() else { continue };
            self.length += data.len();
            if self.length > self.limits.max_bytes {
                return Err(BodyError::TooLarge);
            }
            self.add(data)?;
        }
        Ok(Body::charged(self.single.unwrap_or_else(|| self.joined.freeze()), self.room))
    }

    /// Takes in a piece, which `length` counts already.
    fn add(&mut self, data: Bytes) -> Result<(), BudgetExceeded> {
        if self.single.is_none() && self.joined.is_empty() {
            self.charge(self.length)?;
            self.single = Some(data);
            return Ok(());
        }
        if self.joined.capacity() < self.length {
            let capacity = self.capacity();
            self.charge(capacity)?;
            self.joined.reserve(capacity - self.joined.len());
        }
        if let Some(first) = self.single.take() {
            self.joined.extend_from_slice(&first);
        }
        self.joined.extend_from_slice(&data);
        Ok(())
    }

    /// How much memory to take for what has come: for all, if that is known, or else twice as much.
    fn capacity(&self) -> usize {
        if self.length <= self.announced {
            return self.announced;
        }
        (2 * self.length).min(self.limits.max_bytes)
    }

    /// Takes room for `bytes` in all.
    fn charge(&mut self, bytes: usize) -> Result<(), BudgetExceeded> {
        let more = bytes.saturating_sub(self.charged);
        self.room.grow(self.budget, more)?;
        self.charged += more;
        Ok(())
    }
}
