//! What is wrong with the text of a module.

use std::fmt;
use std::ops::Range;
use std::path::PathBuf;

use exec::SourceLocation;

/// Why a file cannot be a module of a worker, and where in it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SourceError {
    /// What is wrong.
    pub message: String,
    /// What to do about it.
    pub hint: Option<String>,
    /// Where, with the line; its file is named as the worker's own stacks name it.
    pub location: Box<SourceLocation>,
    /// The file, as somebody in the present directory calls it; empty if it is in none.
    pub path: PathBuf,
}

impl SourceError {
    /// An error at these bytes of `text`, which is in `file`. An empty range is the word that begins there; one that is not
    /// in the text is its end.
    pub fn new(file: &str, text: &str, bytes: Range<usize>, message: impl Into<String>) -> Self {
        let location = SourceLocation::of_bytes(file, text, bytes);
        Self { message: message.into(), hint: None, location: Box::new(location), path: PathBuf::new() }
    }

    /// The same, with what to do about it.
    pub fn with_hint(self, hint: impl Into<String>) -> Self {
        Self { hint: Some(hint.into()), ..self }
    }
}

impl fmt::Display for SourceError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.location, self.message)
    }
}

impl std::error::Error for SourceError {}
