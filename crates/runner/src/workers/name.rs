//! How a worker is called, and its versions.

use std::borrow::Borrow;
use std::fmt;
use std::ops::Deref;
use std::str::FromStr;
use std::sync::Arc;

use crate::plain_text::is_unsafe;

/// The id of a worker: 1 to 255 letters, digits, `-`, `_`, `.` and `~`, so that it stands in a URL, a label and a log
/// line as it is; or `/` for the worker of a server that has one only. Cloning is cheap.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct WorkerName(Arc<str>);

/// A text that is no [`WorkerName`].
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is no name for a worker: 1 to 255 letters, digits, '-', '_', '.' and '~', or '/' alone")]
pub struct InvalidName(pub String);

/// A text that cannot be the name of a version.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is no name for a version: 1 to 255 bytes, without spaces, control and format characters")]
pub struct InvalidVersion(pub String);

impl InvalidVersion {
    /// Whether `name` can be the name of a version. Such names are for people: they stand in logs, labels and URLs (where
    /// they are encoded), so they have a length, and no character that cannot be seen.
    ///
    /// # Errors
    /// If it cannot.
    pub fn check(name: &str) -> Result<(), Self> {
        let valid = (1..=WorkerName::MAX_BYTES).contains(&name.len())
            && !name.chars().any(|c| c.is_whitespace() || is_unsafe(c));
        if valid { Ok(()) } else { Err(Self(name.to_owned())) }
    }
}

impl WorkerName {
    /// The longest name, in bytes.
    pub const MAX_BYTES: usize = 255;

    /// Checks a name.
    ///
    /// # Errors
    /// [`InvalidName`].
    pub fn new(name: &str) -> Result<Self, InvalidName> {
        let valid = name == "/"
            || !name.is_empty()
                && name.len() <= Self::MAX_BYTES
                && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_.~".contains(&byte));
        if valid { Ok(Self(name.into())) } else { Err(InvalidName(name.to_owned())) }
    }

    /// The name of a worker that is mounted at `/`.
    pub fn root() -> Self {
        Self("/".into())
    }

    /// As text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for WorkerName {
    type Err = InvalidName;

    fn from_str(name: &str) -> Result<Self, InvalidName> {
        Self::new(name)
    }
}

impl Deref for WorkerName {
    type Target = str;

    fn deref(&self) -> &str {
        &self.0
    }
}

impl Borrow<str> for WorkerName {
    fn borrow(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for WorkerName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for WorkerName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_stands_in_a_url_as_it_is() {
        for good in ["a", "a-b_c.d~1", "/", &"x".repeat(255)] {
            assert_eq!(&*WorkerName::new(good).unwrap(), good);
        }
        for bad in ["", "a b", "a/b", "//", "\u{e9}", "a\n", "a #1", &"x".repeat(256)] {
            assert!(WorkerName::new(bad).is_err(), "{bad:?}");
        }
    }

    #[test]
    fn the_name_of_a_version_can_be_seen() {
        for good in ["1", "v2", "2/b", "main@1f3c", "\u{fc}ber", &"x".repeat(255)] {
            assert_eq!(InvalidVersion::check(good), Ok(()), "{good:?}");
        }
        for bad in ["", " ", "a b", "a\0", "a\n", "\u{1b}[31m", "a\u{202e}b", "\u{200b}", &"x".repeat(256)] {
            assert_eq!(InvalidVersion::check(bad), Err(InvalidVersion(bad.to_owned())));
        }
    }
}
