//! Lines of a script around a place, and places in a stack.

use std::ops::Range;

use exec::SourceLocation;

/// Lines that are shown before and after the one of the place.
const AROUND: usize = 3;

/// Characters that are shown of those lines.
const MAX_CHARS: usize = 200;

/// A line of a code frame.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct FrameLine<'a> {
    pub(super) number: usize,
    pub(super) text: &'a str,
    /// The place in the text, in bytes, if it is here.
    pub(super) span: Option<Range<usize>>,
}

/// The line of `location` with some of its neighbours in `source`.
pub(super) fn around<'a>(source: &'a str, location: &'a SourceLocation) -> Vec<FrameLine<'a>> {
    let number = location.line as usize;
    let here = FrameLine { number, text: &location.excerpt, span: Some(location.span.clone()) };
    let first = number.saturating_sub(AROUND).max(1);
    let near: Vec<_> = source.lines().skip(first - 1).take(number + 1 + AROUND - first).collect();
    // JavaScript knows more ends of lines. Where there are any, the neighbours would be others.
    let nth = number.checked_sub(first).and_then(|nth| near.get(nth));
    let is_here = nth.is_some_and(|line| line.contains(location.excerpt.trim_matches('…')));
    if !is_here {
        return vec![here];
    }
    let mut here = Some(here);
    let lines = near.into_iter().zip(first..).filter_map(|(text, line)| match line == number {
        true => here.take(),
        false => {
            let end = text.char_indices().nth(MAX_CHARS).map_or(text.len(), |(end, _)| end);
            Some(FrameLine { number: line, text: &text[..end], span: None })
        }
    });
    lines.collect()
}

/// A place that a line of a stack names.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct StackPlace<F> {
    /// Where it stands in the line, in bytes.
    pub(super) span: Range<usize>,
    pub(super) file: F,
    pub(super) line: u32,
    pub(super) column: u32,
}

/// The place that a line such as `    at f (NAME:3:5)` names, if `file` knows that name. The line is the script's word: it
/// decides which line of which of its own files is linked to, and nothing else.
pub(super) fn place_in<F>(stack_line: &str, file: impl Fn(&str) -> Option<F>) -> Option<StackPlace<F>> {
    if !stack_line.trim_start().starts_with("at ") {
        return None;
    }
    // Behind it are the end of the frame, and what an error with properties or in a list has there.
    let end = stack_line.trim_end_matches([')', '{', ',', ' ']).len();
    let (rest, column) = stack_line[..end].rsplit_once(':')?;
    let (rest, line) = rest.rsplit_once(':')?;
    // A file's name may have the characters that stand before it.
    let starts = rest.match_indices(['(', ' ']).map(|(at, _)| at + 1);
    let (start, file) = starts.filter_map(|start| Some((start, file(&rest[start..])?))).next()?;
    Some(StackPlace { span: start..end, file, line: line.parse().ok()?, column: column.parse().ok()? })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn location(line: u32, excerpt: &str, span: Range<usize>) -> SourceLocation {
        SourceLocation { file: "a.js".into(), line, column: 1, excerpt: excerpt.to_owned(), span }
    }

    #[test]
    fn a_frame_has_neighbours() {
        let source = "1\n2\n3\n4\n5 x\n6\n7\n8\n9";
        let place = location(5, "5 x", 2..3);
        let frame = around(source, &place);
        let numbers: Vec<_> = frame.iter().map(|line| line.number).collect();
        assert_eq!(numbers, [2, 3, 4, 5, 6, 7, 8]);
        assert_eq!(frame[3], FrameLine { number: 5, text: "5 x", span: Some(2..3) });
        let first = location(1, "1", 0..1);
        assert_eq!(around(source, &first).len(), 4);
        let last = location(9, "9", 0..1);
        assert_eq!(around(source, &last).len(), 4);
    }

    #[test]
    fn other_ends_of_lines_leave_the_line_alone() {
        let place = location(3, "here", 0..4);
        assert_eq!(around("one\u{2028}two\nhere", &place).len(), 1);
        assert_eq!(around("", &place).len(), 1);
        let zero = location(0, "x", 0..1);
        assert_eq!(around("x", &zero).len(), 1);
    }

    #[test]
    fn places_of_the_script_are_found() {
        let at = |line: &str| {
            let known = |name: &str| ["d/a.js", "(d) e/b.ts"].contains(&name).then_some(());
            place_in(line, known).map(|place| (place.line, place.column, line[place.span].to_owned()))
        };
        assert_eq!(at("    at f (d/a.js:3:5)"), Some((3, 5, "d/a.js:3:5".to_owned())));
        assert_eq!(at("    at f (d/a.js:3:5) {"), Some((3, 5, "d/a.js:3:5".to_owned())));
        assert_eq!(at("at async (d) e/b.ts:3:5,"), Some((3, 5, "(d) e/b.ts:3:5".to_owned())));
        assert_eq!(at("at d/a.js:3:5"), Some((3, 5, "d/a.js:3:5".to_owned())));
        for other in [
            "Error: d/a.js:3:5",
            "at f (xd/a.js:3:5)",
            "at f (d/a.js:3:x)",
            "at f (d/a.js)",
            "at d/a.js:99999999999:1",
        ] {
            assert_eq!(at(other), None, "{other}");
        }
    }
}
