//! What hyper gets of a body at a time.

use bytes::{Buf, Bytes};

use super::pace::Pace;

/// Bytes of a body. Over HTTP/2 they wait for their client to make room, and may go one after the other: the pace of the body is
/// told when some do.
#[derive(Debug, Default)]
pub(super) struct Piece {
    bytes: Bytes,
    pace: Option<Pace>,
}

impl Piece {
    /// Whose pace is told.
    pub(super) fn paced(bytes: Bytes, pace: Pace) -> Self {
        Self { bytes, pace: Some(pace) }
    }
}

impl From<Bytes> for Piece {
    fn from(bytes: Bytes) -> Self {
        Self { bytes, pace: None }
    }
}

impl Buf for Piece {
    fn remaining(&self) -> usize {
        self.bytes.len()
    }

    fn chunk(&self) -> &[u8] {
        &self.bytes
    }

    fn advance(&mut self, count: usize) {
        self.bytes.advance(count);
        if let Some(pace) = self.pace.as_ref().filter(|_| count > 0) {
            pace.sent();
        }
    }
}
