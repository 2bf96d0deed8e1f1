//! What is wrong with a configuration, as a person reads it: all of it, each with the line that it is about.

use std::borrow::Cow;
use std::fmt;
use std::ops::Range;

use annotate_snippets::{AnnotationKind, Group, Level, Origin, Renderer, Snippet};
use runner::plain_text::is_unsafe;

/// Problems that are told at most; a file with more of them is something else than a configuration.
const MAX_PROBLEMS: usize = 50;

/// A line that is longer is not shown, only said where it is.
const MAX_LINE: usize = 1000;

/// What was found in one file.
#[derive(Debug)]
pub(in crate::cli) struct Report {
    /// As the user wrote it.
    path: String,
    text: String,
    problems: Vec<Problem>,
    /// Places whose text is not shown.
    hidden: Vec<Range<usize>>,
    /// How many there are beyond [`MAX_PROBLEMS`].
    more: usize,
    errors: usize,
}

#[derive(Clone, Debug)]
pub(super) struct Problem {
    is_error: bool,
    title: String,
    span: Option<Range<usize>>,
    label: String,
    help: Option<String>,
}

impl Problem {
    /// What makes a configuration useless.
    pub(super) fn error(title: impl Into<String>) -> Self {
        Self { is_error: true, title: title.into(), span: None, label: String::new(), help: None }
    }

    /// What the user should know.
    pub(super) fn warning(title: impl Into<String>) -> Self {
        Self { is_error: false, ..Self::error(title) }
    }

    /// Where it is, in bytes of the text.
    pub(super) fn at(self, span: Range<usize>) -> Self {
        Self { span: Some(span), ..self }
    }

    /// What stands below the place.
    pub(super) fn label(self, label: impl Into<String>) -> Self {
        Self { label: label.into(), ..self }
    }

    /// What to do about it.
    pub(super) fn help(self, help: impl Into<String>) -> Self {
        Self { help: Some(help.into()), ..self }
    }
}

impl Report {
    pub(in crate::cli) fn new(path: String, text: String) -> Self {
        Self { path, text, problems: Vec::new(), hidden: Vec::new(), more: 0, errors: 0 }
    }

    pub(super) fn push(&mut self, problem: Problem) {
        self.errors += usize::from(problem.is_error);
        if self.problems.len() < MAX_PROBLEMS {
            self.problems.push(problem);
        } else {
            self.more += 1;
        }
    }

    /// Never shows the lines of this place: somebody has written a secret there.
    pub(super) fn hide(&mut self, span: Range<usize>) {
        self.hidden.push(span);
    }

    /// Whether there is something that makes the configuration useless.
    pub(in crate::cli) fn has_errors(&self) -> bool {
        self.errors > 0
    }

    /// Whether there is nothing to tell.
    pub(in crate::cli) fn is_empty(&self) -> bool {
        self.problems.is_empty()
    }

    /// The problems as text, in the order of their places, with a line end; in colour if `styled`.
    pub(in crate::cli) fn render(&self, styled: bool) -> String {
        let renderer = if styled { Renderer::styled() } else { Renderer::plain() };
        let problems = self.in_order();
        let rendered = problems.iter().map(|problem| renderer.render(&[self.group(problem)]));
        let mut text: String = rendered.map(|problem| problem + "\n\n").collect();
        if self.more > 0 {
            text += &format!("and {} more\n", self.more);
        } else if text.ends_with("\n\n") {
            text.pop();
        }
        text
    }

    /// The problems in the order of their places.
    fn in_order(&self) -> Vec<&Problem> {
        let mut problems: Vec<_> = self.problems.iter().collect();
        problems.sort_by_key(|problem| problem.span.as_ref().map_or(0, |span| span.start));
        problems
    }

    /// The problems without their frames, a line each.
    pub(in crate::cli) fn lines(&self) -> impl Iterator<Item = String> {
        self.in_order().into_iter().map(|problem| {
            let line = problem.span.as_ref().map_or(1, |span| Line::of(&self.text, span.start).number);
            format!("{}:{line}: {}", self.path, problem.title)
        })
    }

    fn group<'a>(&'a self, problem: &'a Problem) -> Group<'a> {
        let level = if problem.is_error { Level::ERROR } else { Level::WARNING };
        let group = match &problem.span {
            None => level.primary_title(&problem.title).element(Origin::path(&self.path)),
            Some(span) => self.framed(level, problem, span),
        };
        match &problem.help {
            None => group,
            Some(help) => group.element(Level::HELP.message(help)),
        }
    }

    /// The problem with the line that it is about.
    fn framed<'a>(&'a self, level: Level<'static>, problem: &'a Problem, span: &Range<usize>) -> Group<'a> {
        let title = level.primary_title(&problem.title);
        let line = Line::of(&self.text, span.start);
        let end = line.start + line.text.len();
        let is_hidden = self.hidden.iter().any(|hidden| hidden.start <= end && line.start <= hidden.end);
        if is_hidden || line.text.len() > MAX_LINE {
            let origin = Origin::path(&self.path).line(line.number).char_column(line.column);
            return title.element(origin);
        }
        let start = span.start.min(self.text.len()) - line.start;
        let end = (span.end.min(self.text.len()).max(span.start) - line.start).clamp(start, line.text.len());
        let mut annotation = AnnotationKind::Primary.span(start..end);
        if !problem.label.is_empty() {
            annotation = annotation.label(&problem.label);
        }
        let snippet = Snippet::source(line.text).line_start(line.number).path(&self.path);
        title.element(snippet.annotation(annotation))
    }
}

/// One line of a text.
struct Line<'a> {
    text: &'a str,
    /// Where it begins.
    start: usize,
    number: usize,
    column: usize,
}

impl<'a> Line<'a> {
    fn of(text: &'a str, position: usize) -> Self {
        let position = text.floor_char_boundary(position);
        let before = &text[..position];
        let start = before.rfind('\n').map_or(0, |end| end + 1);
        let rest = &text[start..];
        let line = rest.split('\n').next().unwrap_or(rest);
        let number = before.bytes().filter(|&byte| byte == b'\n').count() + 1;
        Self { text: line, start, number, column: text[start..position].chars().count() + 1 }
    }
}

/// Text of a file, or of an error about it, within a sentence: bounded, and without control characters.
pub(super) struct Quoted<'a>(pub(super) &'a str);

impl fmt::Display for Quoted<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        const MAX_CHARS: usize = 200;
        let mut chars = self.0.chars();
        for c in chars.by_ref().take(MAX_CHARS) {
            if is_unsafe(c) { write!(f, "{}", c.escape_default())? } else { write!(f, "{c}")? }
        }
        if chars.next().is_some() { f.write_str("…") } else { Ok(()) }
    }
}

/// `a`, `b` or `c`.
pub(super) fn alternatives<S: AsRef<str>>(names: &[S]) -> String {
    let quoted: Vec<_> = names.iter().map(|name| format!("`{}`", Quoted(name.as_ref()))).collect();
    match quoted.split_last() {
        None => String::new(),
        Some((last, [])) => last.clone(),
        Some((last, others)) => format!("{} or {last}", others.join(", ")),
    }
}

/// The one of `known` that `name` may be a slip of.
pub(super) fn similar<'a>(name: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    const CLOSE: f64 = 0.8;
    // The distance is quadratic in the lengths.
    let name: Cow<'_, str> = name.chars().take(64).collect();
    let scored = known.into_iter().map(|other| (strsim::jaro_winkler(&name, other), other));
    scored.filter(|(score, _)| *score > CLOSE).max_by(|a, b| a.0.total_cmp(&b.0)).map(|(_, other)| other)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_problem_shows_its_line() {
        let mut report = Report::new("a.toml".to_owned(), "x = 1\ny = caf\u{e9}\nz = 3\n".to_owned());
        report.push(Problem::error("broken").at(10..15).label("here").help("mend it"));
        let text = report.render(false);
        for part in ["error: broken", "--> a.toml:2:5", "2 | y = caf\u{e9}", "^^^^ here", "help: mend it"] {
            assert!(text.contains(part), "{text}");
        }
    }

    #[test]
    fn lines_are_in_the_order_of_their_places() {
        let mut report = Report::new("a.toml".to_owned(), "x = 1\ny = 2\n".to_owned());
        report.push(Problem::warning("second").at(6..7));
        report.push(Problem::warning("first").at(0..1));
        assert_eq!(report.lines().collect::<Vec<_>>(), ["a.toml:1: first", "a.toml:2: second"]);
    }

    #[test]
    fn places_at_the_end_and_long_lines_do_no_harm() {
        let long = "x".repeat(5000);
        let mut report = Report::new("a.toml".to_owned(), long.clone());
        report.push(Problem::error("far").at(4000..9999));
        report.push(Problem::error("end").at(5000..5000));
        assert!(report.render(false).contains("a.toml:1:4001"));
        let mut report = Report::new("a.toml".to_owned(), String::new());
        report.push(Problem::error("empty").at(0..0));
        report.push(Problem::error("outside").at(7..9));
        assert!(report.render(false).contains("outside"));
        for number in 0..100 {
            report.push(Problem::warning(format!("number {number}")));
        }
        assert!(report.render(false).ends_with("and 52 more\n"));
    }

    #[test]
    fn slips_are_found() {
        assert_eq!(similar("cpu-ms", ["cpu_ms", "wall_ms"]), Some("cpu_ms"));
        assert_eq!(similar("listne", ["listen", "log"]), Some("listen"));
        assert_eq!(similar("banana", ["listen", "log"]), None);
        assert_eq!(alternatives(&["a", "b", "c"]), "`a`, `b` or `c`");
    }
}
