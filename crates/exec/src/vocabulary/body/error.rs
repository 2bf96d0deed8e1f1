//! Why a body did not come to its end.

use crate::budget::BudgetExceeded;

/// Why a body did not come to its end.
///
/// Its text is fit for a tenant; what is for the operator alone is [`detail`](Self::detail).
#[derive(Clone, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum BodyError {
    /// It is longer than the limit.
    #[error("the body is too large")]
    TooLarge,
    /// Nothing came for too long.
    #[error("the body stalled")]
    Stalled,
    /// It was not there in time as a whole.
    #[error("the body took too long")]
    TooSlow,
    /// There is no room for it.
    #[error("no room for the body: {0}")]
    OverBudget(#[from] BudgetExceeded),
    /// Its content coding cannot be undone, or it was cut off within it.
    #[error("the compressed body is not valid")]
    Corrupt,
    /// Whoever sent it went away, or the framing was wrong.
    #[error("the body could not be read to its end")]
    Transport {
        /// For the operator.
        detail: String,
    },
    /// The worker that made it did not bring it to its end: its stream failed, or it was stopped.
    #[error("the body broke off")]
    BrokenOff {
        /// For the operator.
        detail: String,
    },
}

impl BodyError {
    /// An error of the connection.
    pub fn transport(error: impl std::fmt::Display) -> Self {
        Self::Transport { detail: error.to_string() }
    }

    pub(crate) fn broken_off(detail: impl Into<String>) -> Self {
        Self::BrokenOff { detail: detail.into() }
    }

    /// What the operator may know besides the text.
    pub fn detail(&self) -> Option<&str> {
        match self {
            Self::Transport { detail } | Self::BrokenOff { detail } => Some(detail),
            Self::TooLarge | Self::Stalled | Self::TooSlow | Self::OverBudget(_) | Self::Corrupt => None,
        }
    }
}
