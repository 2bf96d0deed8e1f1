//! Why a command failed, in words for whoever ran it.

use std::fmt;

/// A failure is only ever shown, so it is its message.
#[derive(Debug)]
pub(crate) struct Failure(String);

pub(crate) type Result<T = ()> = std::result::Result<T, Failure>;

impl Failure {
    pub(crate) fn new(message: impl Into<String>) -> Self {
        Self(message.into())
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Says what was attempted when something of the standard library failed.
pub(crate) trait During<T> {
    fn during(self, attempt: impl fmt::Display) -> Result<T>;
}

impl<T, E: fmt::Display> During<T> for std::result::Result<T, E> {
    fn during(self, attempt: impl fmt::Display) -> Result<T> {
        self.map_err(|error| Failure(format!("{attempt}: {error}")))
    }
}
