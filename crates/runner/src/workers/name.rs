//! How a worker is called.

use std::borrow::Borrow;
use std::fmt;
use std::ops::Deref;
use std::str::FromStr;
use std::sync::Arc;

/// The id of a worker: 1 to 255 letters, digits, `-`, `_`, `.` and `~`, so that it stands in a URL, a label and a log
/// line as it is; or `/` for the worker of a server that has one only. Cloning is cheap.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct WorkerName(Arc<str>);

/// A text that is no [`WorkerName`].
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is no name for a worker: 1 to 255 letters, digits, '-', '_', '.' and '~', or '/' alone")]
pub struct InvalidName(pub String);

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
}
