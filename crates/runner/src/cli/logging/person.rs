//! The log of `runner dev`: lines for the person who sits in front of it.
//!
//! A request is a line, what a worker prints is what it printed, and the rest is a sentence. On a terminal a text may have
//! several lines, and levels have colours unless `NO_COLOR` is set; anywhere else each event is one line, with what would
//! begin another one escaped. Other control characters are escaped everywhere: no script drives the terminal.

use std::borrow::Cow;
use std::fmt::{self, Debug, Write};

use anstyle::{AnsiColor, Style};
use runner::plain_text::is_unsafe;
use tracing::field::{Field, Visit};
use tracing::{Event, Level, Subscriber};
use tracing_subscriber::fmt::format::Writer;
use tracing_subscriber::fmt::{FmtContext, FormatEvent, FormatFields};
use tracing_subscriber::registry::LookupSpan;

const DIM: Style = Style::new().dimmed();
const GREEN: Style = AnsiColor::Green.on_default();
const CYAN: Style = AnsiColor::Cyan.on_default();
const YELLOW: Style = AnsiColor::Yellow.on_default();
const RED: Style = AnsiColor::Red.on_default();

/// The id of a worker that is the only one.
const ROOT: &str = "/";

/// What stderr can show.
#[derive(Clone, Copy, Debug)]
pub(super) struct PersonFormat {
    /// Whether it is a terminal.
    pub(super) is_terminal: bool,
    /// Whether there may be colours.
    pub(super) styled: bool,
}

impl<S, N> FormatEvent<S, N> for PersonFormat
where
    S: Subscriber + for<'a> LookupSpan<'a>,
    N: for<'a> FormatFields<'a> + 'static,
{
    fn format_event(
        &self,
        _: &FmtContext<'_, S, N>,
        mut writer: Writer<'_>,
        event: &Event<'_>,
    ) -> fmt::Result {
        let mut fields = Fields::default();
        event.record(&mut fields);
        self.line(&mut writer, event.metadata().target(), *event.metadata().level(), &fields)
    }
}

impl PersonFormat {
    fn line(self, out: &mut impl Write, target: &str, level: Level, fields: &Fields) -> fmt::Result {
        match target {
            "access" => self.request(out, fields),
            "worker" => self.console(out, level, fields),
            _ => self.sentence(out, level, fields),
        }
    }

    /// `GET /x 200 4 ms hello`
    fn request(self, out: &mut impl Write, fields: &Fields) -> fmt::Result {
        let (status, style) = match fields.get("status") {
            Some(status) => (status, style_of_status(status)),
            None => ("gone", DIM),
        };
        let millis: f64 = fields.get("duration_ms").and_then(|text| text.parse().ok()).unwrap_or_default();
        let (method, path) = (fields.or_empty("method"), fields.or_empty("path"));
        write!(out, "{} {} {}", escape(method, false), escape(path, false), self.styled(style, status))?;
        let time = if millis < 1.0 { format!("{millis:.1} ms") } else { format!("{millis:.0} ms") };
        write!(out, " {}", self.styled(DIM, &time))?;
        match fields.get("worker").filter(|worker| *worker != ROOT) {
            Some(worker) => writeln!(out, " {worker}"),
            None => writeln!(out),
        }
    }

    /// What a worker printed, behind its name if there are several.
    fn console(self, out: &mut impl Write, level: Level, fields: &Fields) -> fmt::Result {
        let worker = fields.get("worker").filter(|worker| *worker != ROOT).unwrap_or_default();
        let mut prefix = worker.to_owned();
        if let Some(word) = word_of(level) {
            let space = if prefix.is_empty() { "" } else { " " };
            write!(prefix, "{space}{word}")?;
        }
        if !prefix.is_empty() {
            prefix += ": ";
        }
        let text = escape(fields.or_empty("message"), self.is_terminal);
        let style = style_of(level);
        for (number, line) in text.split('\n').enumerate() {
            match number {
                0 => write!(out, "{}", self.styled(DIM, &prefix))?,
                // Below the first one, so that tables stay tables.
                _ => write!(out, "\n{:width$}", "", width = prefix.chars().count())?,
            }
            write!(out, "{}", self.styled(style, line))?;
        }
        writeln!(out)
    }

    /// What the program itself has to say.
    fn sentence(self, out: &mut impl Write, level: Level, fields: &Fields) -> fmt::Result {
        if let Some(word) = word_of(level) {
            write!(out, "{} ", self.styled(style_of(level), &format!("{word}:")))?;
        }
        write!(out, "{}", escape(fields.or_empty("message"), self.is_terminal))?;
        for (name, value) in fields.others() {
            write!(out, " {}", self.styled(DIM, &format!("{name}={}", escape(value, false))))?;
        }
        writeln!(out)
    }

    fn styled(self, style: Style, text: &str) -> Styled<'_> {
        Styled { style: if self.styled && !text.is_empty() { style } else { Style::new() }, text }
    }
}

/// A text with its colours around it.
struct Styled<'a> {
    style: Style,
    text: &'a str,
}

impl fmt::Display for Styled<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}{}{:#}", self.style, self.text, self.style)
    }
}

fn style_of_status(status: &str) -> Style {
    match status.as_bytes().first() {
        Some(b'2') => GREEN,
        Some(b'3') => CYAN,
        Some(b'4') => YELLOW,
        _ => RED,
    }
}

fn style_of(level: Level) -> Style {
    match level {
        Level::ERROR => RED,
        Level::WARN => YELLOW,
        Level::INFO => Style::new(),
        Level::DEBUG | Level::TRACE => DIM,
    }
}

/// For those who see no colours.
fn word_of(level: Level) -> Option<&'static str> {
    match level {
        Level::ERROR => Some("error"),
        Level::WARN => Some("warning"),
        Level::INFO | Level::DEBUG | Level::TRACE => None,
    }
}

/// Without what drives a terminal or turns text around; with ends of lines and tabs only where they may stay.
pub(in crate::cli) fn escape(text: &str, lines: bool) -> Cow<'_, str> {
    let stays = |c: char| !is_unsafe(c) || (lines && matches!(c, '\n' | '\t'));
    if text.chars().all(stays) {
        return Cow::Borrowed(text);
    }
    let mut escaped = String::with_capacity(text.len() + 16);
    for c in text.chars() {
        if stays(c) { escaped.push(c) } else { escaped.extend(c.escape_default()) }
    }
    Cow::Owned(escaped)
}

/// The fields of an event, as text.
#[derive(Default)]
struct Fields(Vec<(&'static str, String)>);

impl Fields {
    fn get(&self, name: &str) -> Option<&str> {
        self.0.iter().find(|(other, _)| *other == name).map(|(_, value)| value.as_str())
    }

    fn or_empty(&self, name: &str) -> &str {
        self.get(name).unwrap_or_default()
    }

    fn others(&self) -> impl Iterator<Item = &(&'static str, String)> {
        self.0.iter().filter(|(name, _)| *name != "message")
    }
}

impl Visit for Fields {
    fn record_str(&mut self, field: &Field, value: &str) {
        self.0.push((field.name(), value.to_owned()));
    }

    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        self.0.push((field.name(), format!("{value:?}")));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PIPE: PersonFormat = PersonFormat { is_terminal: false, styled: false };
    const TERMINAL: PersonFormat = PersonFormat { is_terminal: true, styled: true };

    fn line(format: PersonFormat, target: &str, level: Level, fields: &[(&'static str, &str)]) -> String {
        let mut text = String::new();
        let fields = Fields(fields.iter().map(|(name, value)| (*name, (*value).to_owned())).collect());
        format.line(&mut text, target, level, &fields).unwrap();
        text
    }

    #[test]
    fn a_request_is_a_line() {
        let fields = [
            ("worker", "hello"),
            ("version", "1"),
            ("method", "GET"),
            ("path", "/x?y"),
            ("status", "200"),
            ("duration_ms", "4.2"),
        ];
        assert_eq!(line(PIPE, "access", Level::INFO, &fields), "GET /x?y 200 4 ms hello\n");
        let styled = line(TERMINAL, "access", Level::INFO, &fields);
        assert_eq!(styled, "GET /x?y \u{1b}[32m200\u{1b}[0m \u{1b}[2m4 ms\u{1b}[0m hello\n");
        let gone = [("worker", "/"), ("method", "PUT"), ("path", "/\u{1b}c"), ("duration_ms", "0.25")];
        assert_eq!(line(PIPE, "access", Level::INFO, &gone), "PUT /\\u{1b}c gone 0.2 ms\n");
    }

    #[test]
    fn what_a_worker_prints_has_lines_on_a_terminal_only() {
        let fields = [("worker", "a"), ("message", "┌─┐\n└─┘\u{1b}[2J")];
        assert_eq!(line(PIPE, "worker", Level::INFO, &fields), "a: ┌─┐\\n└─┘\\u{1b}[2J\n");
        let terminal = PersonFormat { styled: false, ..TERMINAL };
        assert_eq!(line(terminal, "worker", Level::INFO, &fields), "a: ┌─┐\n   └─┘\\u{1b}[2J\n");
        let only = [("worker", "/"), ("message", "oh\nno")];
        assert_eq!(line(PIPE, "worker", Level::ERROR, &only), "error: oh\\nno\n");
        // Each line has its colours, so that a pager may cut anywhere.
        let red = line(TERMINAL, "worker", Level::ERROR, &only);
        assert_eq!(red, "\u{1b}[2merror: \u{1b}[0m\u{1b}[31moh\u{1b}[0m\n       \u{1b}[31mno\u{1b}[0m\n");
    }

    #[test]
    fn the_rest_is_a_sentence() {
        let fields = [("message", "fetch failed"), ("uri", "http://a/\n\u{202e}")];
        assert_eq!(
            line(PIPE, "runner", Level::WARN, &fields),
            "warning: fetch failed uri=http://a/\\n\\u{202e}\n"
        );
        assert_eq!(line(PIPE, "runner", Level::INFO, &[("message", "reloaded a")]), "reloaded a\n");
    }
}
