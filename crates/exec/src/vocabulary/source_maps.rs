//! Where code was written that was made of other code.

use crate::vocabulary::script::Script;

/// What knows where the code of a [`Script`] was written: source maps. Asked when a stack or an error is shown, on an
/// isolate thread with the isolate locked, never before; what it says is shown to people, and decides nothing.
///
/// It is told the name of a file as stacks have it: the name of the script for its main module, that of the module for the
/// others.
pub trait SourceMaps: Send + Sync {
    /// The place in what was written; `None` if it is where it is.
    fn original<'a>(
        &'a self,
        script: &Script,
        file: &str,
        line: u32,
        column: u32,
    ) -> Option<OriginalPlace<'a>>;

    /// The frames of a stack, lines such as `    at f (main.js:3:5)`, with places in what was written; `None` if they stay as
    /// they are.
    fn frames(&self, script: &Script, frames: &str) -> Option<String>;

    /// The text of a file that one of the above has named.
    fn text<'a>(&'a self, script: &Script, file: &str) -> Option<&'a str>;
}

/// A place in what was written. Line and column count from 1.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OriginalPlace<'a> {
    /// The name of its file.
    pub file: String,
    /// The line.
    pub line: u32,
    /// The UTF-16 unit in the line.
    pub column: u32,
    /// The text of the file, if it is known.
    pub text: Option<&'a str>,
}
