//! What supervisor and server say to each other: single bytes, so that no message can be half there.
//!
//! Both ends may be of different versions. An unknown byte is ignored, and no known one ever changes its meaning.

/// From the server to its supervisor.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Report {
    /// It accepts connections.
    Ready,
    /// It wants to be replaced, and serves until it is told to drain.
    WantsSuccessor,
    /// It drains, because somebody else told it to.
    Leaving,
    /// It is able to serve: said again and again.
    Alive,
}

/// From the supervisor to a server: read the workers again.
pub(super) const RELOAD: u8 = b'H';

/// From the supervisor to a server: finish what is in flight, and end. The end of the stream means the same: the
/// supervisor is gone.
pub(super) const DRAIN: u8 = b'D';

impl Report {
    pub(super) fn to_byte(self) -> u8 {
        match self {
            Self::Ready => b'R',
            Self::WantsSuccessor => b'S',
            Self::Leaving => b'L',
            Self::Alive => b'A',
        }
    }

    pub(super) fn of_byte(byte: u8) -> Option<Self> {
        [Self::Ready, Self::WantsSuccessor, Self::Leaving, Self::Alive]
            .into_iter()
            .find(|report| report.to_byte() == byte)
    }
}
