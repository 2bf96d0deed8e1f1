//! Reading a body from the network, up to a number of bytes, from a peer that may stall.

use std::time::Duration;

use bytes::{Bytes, BytesMut};
use http_body_util::BodyExt;
use hyper::body::Incoming;

/// Why a body was not read to its end.
#[derive(Debug, thiserror::Error)]
pub(crate) enum BodyError {
    /// It is longer than the limit.
    #[error("the body is too large")]
    TooLarge,
    /// The peer sent nothing for too long.
    #[error("the body stalled")]
    Stalled,
    /// The connection failed, or the framing was wrong.
    #[error("the body could not be read: {0}")]
    Transport(#[from] hyper::Error),
}

/// Reads all of `body`; trailers are dropped. An announced length beyond `limit` fails before anything is
/// read, an unannounced one as soon as the limit is passed.
///
/// `stall` is how long the peer may send nothing.
pub(crate) async fn read(body: &mut Incoming, limit: usize, stall: Duration) -> Result<Bytes, BodyError> {
    let announced = hyper::body::Body::size_hint(body).lower();
    if announced > limit as u64 {
        return Err(BodyError::TooLarge);
    }
    let mut single: Option<Bytes> = None;
    let mut joined = BytesMut::new();
    let mut length = 0;
    loop {
        let frame = tokio::time::timeout(stall, body.frame()).await.map_err(|_| BodyError::Stalled)?;
        let Some(frame) = frame else { break };
        let Ok(data) = frame?.into_data() else { continue };
        length += data.len();
        if length > limit {
            return Err(BodyError::TooLarge);
        }
        // Most bodies come in one piece, which needs no copy.
        match single.take() {
            Some(first) => {
                joined.reserve((announced as usize).max(length));
                joined.extend_from_slice(&first);
                joined.extend_from_slice(&data);
            }
            None if joined.is_empty() => single = Some(data),
            None => joined.extend_from_slice(&data),
        }
    }
    Ok(single.unwrap_or_else(|| joined.freeze()))
}
