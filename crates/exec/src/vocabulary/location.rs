//! Where in a script something happened.
//!
//! What V8 says of a place, or a stack does, is the guest's word: it may patch `Error.prepareStackTrace` or name its
//! evaluated code after its script. It decides no more than which line of the guest's own script is shown.

use std::fmt;
use std::ops::Range;
use std::sync::Arc;

use crate::vocabulary::script::Script;
use crate::vocabulary::source_maps::OriginalPlace;

/// Characters of a line that are shown on either side of the place.
const MAX_SIDE: usize = 100;

/// A place in a worker's script, with the line that it is in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SourceLocation {
    /// The [name](Script::name) of the script, or that of another of its modules: see [`Script::source_of`].
    pub file: Arc<str>,
    /// Number of the line, from 1.
    pub line: u32,
    /// Number of the first UTF-16 unit in the line, from 1, as in the stacks of JavaScript.
    pub column: u32,
    /// The line, or 200 characters of it, with an ellipsis in the place of what is left out.
    pub excerpt: String,
    /// The place in `excerpt`, in bytes.
    pub span: Range<usize>,
}

impl fmt::Display for SourceLocation {
    /// As editors and terminals know it: `hello/index.js:3:5`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}:{}", self.file, self.line, self.column)
    }
}

impl SourceLocation {
    /// The place in a `file` of `script`, as [`in_text`](Self::in_text) has it; `None` if it has no such file, too. If that
    /// was made of another file, the place there; `None` if what is at the place was made of nothing.
    pub(crate) fn new(script: &Script, file: &str, line: u32, column: u32, length: u32) -> Option<Self> {
        let maps = script.source_maps();
        let Some(place) = maps.and_then(|maps| maps.original(script, file, line, column)) else {
            // Code that a compiler has added stands for nothing that was written.
            let is_added = maps.is_some_and(|maps| maps.text(script, file).is_some());
            let text = script.source_of(file).filter(|_| !is_added)?;
            return Self::in_text(file, text, line, column, length);
        };
        let OriginalPlace { file, line, column, text } = place;
        let found = text.and_then(|text| Self::in_text(&file, text, line, column, 0));
        Some(found.unwrap_or_else(|| Self {
            file: file.into(),
            line,
            column,
            excerpt: String::new(),
            span: 0..0,
        }))
    }

    /// The place in `text`, which is in `file`, `length` UTF-16 units long; `None` if the text has no such line. A place of
    /// at most one unit becomes as long as the word that it is in. Reads the text up to there.
    pub fn in_text(file: &str, text: &str, line: u32, column: u32, length: u32) -> Option<Self> {
        let text = nth_line(text, line)?;
        let at = offset_of(text, column.checked_sub(1)?);
        let end = match length {
            0 | 1 => at + word(&text[at..]),
            _ => at + offset_of(&text[at..], length),
        };
        let from = text[..at].char_indices().rev().nth(MAX_SIDE - 1).map_or(0, |(from, _)| from);
        let to = text[at..].char_indices().nth(MAX_SIDE).map_or(text.len(), |(to, _)| at + to);
        let (before, after) = (if from > 0 { "…" } else { "" }, if to < text.len() { "…" } else { "" });
        let start = before.len() + at - from;
        Some(Self {
            file: file.into(),
            line,
            column,
            excerpt: format!("{before}{}{after}", &text[from..to]),
            span: start..start + (end.min(to) - at),
        })
    }

    /// The place of these bytes of `text`, which is in `file`. A range of at most one character becomes as long as the word
    /// that it is in; a bound that is none of the text's characters is moved to the one before. Reads the text up to there.
    pub fn of_bytes(file: &str, text: &str, bytes: Range<usize>) -> Self {
        let (at, end) = (text.floor_char_boundary(bytes.start), text.floor_char_boundary(bytes.end));
        let (mut line, mut start) = (1, 0);
        while let Some((end, length)) = line_end(&text[start..at]) {
            start += end + length;
            line += 1;
        }
        let units = |text: &str| u32::try_from(text.encode_utf16().count()).unwrap_or(u32::MAX);
        let (column, length) = (units(&text[start..at]).saturating_add(1), units(&text[at..end.max(at)]));
        Self::in_text(file, &text[start..], 1, column, length)
            .map(|place| Self { line, ..place })
            .unwrap_or_else(|| Self { file: file.into(), line, column, excerpt: String::new(), span: 0..0 })
    }

    /// The first place in `script` that `stack` names, which has places in what runs.
    pub(crate) fn in_stack(script: &Script, stack: &str) -> Option<Self> {
        places(stack, |file| script.source_of(file))
            .find_map(|(file, _, line, column)| Self::new(script, file, line, column, 0))
    }

    /// The first place in `script` that the `stack` of an error names, which has places in what was written.
    pub(crate) fn in_written_stack(script: &Script, stack: &str) -> Option<Self> {
        let maps = script.source_maps();
        let text =
            |file: &str| maps.and_then(|maps| maps.text(script, file)).or_else(|| script.source_of(file));
        places(stack, text).find_map(|(file, text, line, column)| Self::in_text(file, text, line, column, 0))
    }

    /// What of the line stands before the place.
    pub(crate) fn before(&self) -> &str {
        &self.excerpt[..self.span.start]
    }
}

/// The places that a stack names, in those of its files that have a text: file, text, line and column.
fn places<T>(stack: &str, text: impl Fn(&str) -> Option<T>) -> impl Iterator<Item = (&str, T, u32, u32)> {
    stack.lines().filter(|line| line.trim_start().starts_with("at ")).filter_map(move |line| {
        // The last frame of an error with properties is followed by a brace, that of one in a list by a comma.
        let line = line.trim_end_matches([')', '{', ',', ' ']);
        let (place, column) = line.rsplit_once(':')?;
        let (place, line) = place.rsplit_once(':')?;
        // A file's name may have the characters that stand before it.
        let files = place.match_indices(['(', ' ']).map(|(at, _)| &place[at + 1..]);
        let (file, text) = files.filter_map(|file| Some((file, text(file)?))).next()?;
        Some((file, text, line.parse().ok()?, column.parse().ok()?))
    })
}

/// Without the frames of the bootstrap, which say nothing to whoever wrote the script.
pub(crate) fn without_internals(stack: &str) -> String {
    let mut text = String::with_capacity(stack.len());
    for line in stack.split_inclusive('\n') {
        let frame = line.trim_start();
        if !(frame.starts_with("at ") && (frame.contains("(ext:") || frame.contains(" ext:"))) {
            text.push_str(line);
        }
    }
    text.truncate(text.trim_end_matches('\n').len());
    text
}

/// The line of this number, from 1, without its end; lines end where ECMAScript says.
fn nth_line(source: &str, number: u32) -> Option<&str> {
    let mut rest = source;
    for _ in 1..number {
        let (end, length) = line_end(rest)?;
        rest = &rest[end + length..];
    }
    (number > 0).then(|| line_end(rest).map_or(rest, |(end, _)| &rest[..end]))
}

/// Where the first line ends, and in how many bytes.
fn line_end(text: &str) -> Option<(usize, usize)> {
    let end = text.find(is_line_end)?;
    let length = if text[end..].starts_with("\r\n") { 2 } else { text[end..].chars().next()?.len_utf8() };
    Some((end, length))
}

fn is_line_end(c: char) -> bool {
    matches!(c, '\n' | '\r' | '\u{2028}' | '\u{2029}')
}

/// Bytes of the first `units` UTF-16 units of `text`, or of all of it.
fn offset_of(text: &str, units: u32) -> usize {
    let mut left = units as usize;
    for (offset, c) in text.char_indices() {
        if left == 0 {
            return offset;
        }
        left = left.saturating_sub(c.len_utf16());
    }
    text.len()
}

/// Bytes of the word at the start of `text`, or of one character.
fn word(text: &str) -> usize {
    let is_part = |c: char| c.is_alphanumeric() || matches!(c, '_' | '$' | '#');
    let end = text.find(|c| !is_part(c)).unwrap_or(text.len());
    if end > 0 { end } else { text.chars().next().map_or(0, char::len_utf8) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::vocabulary::module::Module;
    use crate::vocabulary::worker_code::WorkerCode;

    fn shown(location: &SourceLocation) -> (&str, &str) {
        (location.before(), &location.excerpt[location.span.clone()])
    }

    #[test]
    fn a_place_is_the_word_there() {
        let script = Script::new("let a;\r\nfoo.bar();\u{2028}'ä😀' + x").with_name("d/a.js");
        let location = SourceLocation::new(&script, "d/a.js", 2, 5, 1).unwrap();
        assert_eq!(shown(&location), ("foo.", "bar"));
        assert_eq!(location.to_string(), "d/a.js:2:5");
        // An emoji is two UTF-16 units.
        assert_eq!(shown(&SourceLocation::new(&script, "d/a.js", 3, 9, 0).unwrap()), ("'ä😀' + ", "x"));
        assert_eq!(shown(&SourceLocation::new(&script, "d/a.js", 1, 5, 2).unwrap()), ("let ", "a;"));
    }

    #[test]
    fn what_is_not_there_is_no_place_and_no_panic() {
        let script = Script::new("one\ntwo😀");
        for (line, column) in [(0, 1), (1, 0), (3, 1), (u32::MAX, u32::MAX)] {
            assert_eq!(SourceLocation::new(&script, "worker.js", line, column, 1), None);
        }
        let beyond = SourceLocation::new(&script, "worker.js", 2, 99, 99).unwrap();
        assert_eq!(shown(&beyond), ("two😀", ""));
        // In the middle of a surrogate pair.
        assert_eq!(shown(&SourceLocation::new(&script, "worker.js", 2, 5, 1).unwrap()), ("two😀", ""));
    }

    #[test]
    fn an_excerpt_is_bounded() {
        let source = format!("{}here{}", "ä".repeat(1000), "b".repeat(1000));
        let location = SourceLocation::new(&Script::new(source), "worker.js", 1, 1001, 4).unwrap();
        assert_eq!(location.excerpt.chars().count(), 2 * MAX_SIDE + 2);
        assert_eq!(shown(&location), (&*format!("…{}", "ä".repeat(MAX_SIDE)), "here"));
        let whole = Script::new("x".repeat(3000));
        let location = SourceLocation::new(&whole, "worker.js", 1, 1, 1).unwrap();
        assert_eq!(location.span, 0..MAX_SIDE);
    }

    #[test]
    fn a_place_in_bytes_is_the_same_place() {
        let text = "let a;\r\nfoo.bar();\u{2028}'ä😀' + x";
        for (found, line, column) in [("a;", 1, 5), ("bar", 2, 5), ("x", 3, 9), ("😀", 3, 3)] {
            let at = text.find(found).unwrap();
            let place = SourceLocation::of_bytes("a.js", text, at..at);
            assert_eq!(Some(place), SourceLocation::in_text("a.js", text, line, column, 0), "{found}");
        }
        assert_eq!(shown(&SourceLocation::of_bytes("", text, 8..11)), ("", "foo"));
        let end = SourceLocation::of_bytes("", text, 1000..2000);
        assert_eq!((end.line, end.column, shown(&end)), (3, 10, ("'ä😀' + x", "")));
        assert_eq!(SourceLocation::of_bytes("", "", 0..0).to_string(), ":1:1");
        // In the middle of a character.
        let inside = text.find('😀').unwrap() + 1;
        assert_eq!(SourceLocation::of_bytes("", text, inside..inside).column, 3);
    }

    #[test]
    fn the_first_place_of_a_stack_that_is_in_the_script() {
        let script = Script::new("a\nb\nc d").with_name("a.js");
        let in_stack = |stack: &str| SourceLocation::in_stack(&script, stack).map(|at| (at.line, at.column));
        assert_eq!(
            in_stack("Error: a.js:1:1\n    at x (ext:a.js:9:9)\n    at async f (a.js:3:3)"),
            Some((3, 3))
        );
        assert_eq!(in_stack("E\n    at a.js:2:1"), Some((2, 1)));
        // As an error with a cause is shown, or one of several.
        let caused = "E\n    at f (a.js:3:3) {\n  [cause]: Error: deep\n      at f (a.js:2:1)\n}";
        assert_eq!(in_stack(caused), Some((3, 3)));
        assert_eq!(in_stack("[\n  Error: one\n      at a.js:3:1,\n  Error: two"), Some((3, 1)));
        assert_eq!(in_stack("E\n    at eval (eval at f (a.js:2:1), <anonymous>:1:7)"), None);
        for stack in ["", "E\n at (aa.js:1:1)", "E\n at (a.js:x:1)", "E\n at (a.js:9:1)", "E\n at :1:1"] {
            assert_eq!(in_stack(stack), None, "{stack}");
        }
    }

    #[test]
    fn a_frame_names_any_module() {
        let module = |name| Module::esm(name, "\n\nthrows()");
        let code = WorkerCode::new(module("a.js")).with_modules([module("app/(b c)/d.js"), module("d.js")]);
        let script = Script::from_code(code);
        for (frame, file) in [
            ("at f (app/(b c)/d.js:3:1)", "app/(b c)/d.js"),
            ("at app/(b c)/d.js:3:1", "app/(b c)/d.js"),
            ("at async d.js:3:1", "d.js"),
            ("at c)/d.js:3:1\n at (a.js:3:1)", "a.js"),
        ] {
            let found = SourceLocation::in_stack(&script, &format!("Error\n    {frame}")).unwrap();
            assert_eq!((&*found.file, found.line), (file, 3), "{frame}");
        }
    }

    #[test]
    fn frames_of_the_bootstrap_are_left_out() {
        let stack = "Error: at ext:x\n    at f (a.js:1:1)\n    at dispatch (ext:worker/worker_events.js:1:1)\n    at ext:main.js:2:2";
        assert_eq!(without_internals(stack), "Error: at ext:x\n    at f (a.js:1:1)");
        assert_eq!(without_internals("{ a: 1 }\n"), "{ a: 1 }");
    }
}
