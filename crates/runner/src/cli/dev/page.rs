//! Why a request has no answer, as a page for a browser and as a text for everybody else.
//!
//! Messages, stacks and lines come from the script. In a page all of it is escaped by `maud`, links are made of our own
//! path and of numbers, and no script may run there, whatever else goes wrong ([`POLICY`]).

use std::path::PathBuf;

use maud::{DOCTYPE, Markup, PreEscaped, html};

use super::editor::Editor;
use super::frame::{self, FrameLine};
use crate::cli::logging;
use crate::cli::problem::Problem;

/// What a page may load and do: nothing but look as it should.
const POLICY: &str = "default-src 'none'; style-src 'unsafe-inline'";

const STYLE: &str = include_str!("page.css");

/// For the note in the pages of a worker: they have their own styles.
const NOTE_STYLE: &str = "all:initial;position:fixed;left:0;right:0;bottom:0;z-index:2147483647;\
    box-sizing:border-box;max-height:50vh;overflow:auto;padding:12px 16px;background:#2b1114;color:#ffd7d9;\
    border-top:3px solid #e5484d;font:13px/1.5 ui-monospace,Menlo,Consolas,monospace;white-space:pre-wrap";

/// What there is to say about a request, or about a save.
pub(super) struct Subject<'a> {
    /// Status and name of the end: `500 Exception`.
    pub(super) end: String,
    /// Who was asked, and for what.
    pub(super) asked: String,
    pub(super) problem: &'a Problem,
    pub(super) stack: Option<&'a str>,
    pub(super) script: Option<ScriptFile<'a>>,
    pub(super) editor: &'a Editor,
}

/// The module that it is about.
pub(super) struct ScriptFile<'a> {
    pub(super) source: &'a str,
    pub(super) file: PathBuf,
    /// The files of all modules of the worker, by what stacks call them.
    pub(super) files: &'a dyn Fn(&str) -> Option<PathBuf>,
}

/// A worker in the list of those that there are.
pub(super) struct Entry {
    pub(super) id: String,
    /// Where it is asked: a path of this server, or a route of another host.
    pub(super) routes: Vec<String>,
}

impl Subject<'_> {
    /// The page.
    pub(super) fn html(&self) -> String {
        let Problem { message, hint, .. } = self.problem;
        let title = message.lines().next().unwrap_or_default();
        let content = html! {
            p.end { (self.end) span.asked { (self.asked) } }
            h1 { (message) }
            @if let Some(place) = self.place() { p.place { (place) } }
            @if let Some(frame) = self.frame() { (frame) }
            @if let Some(hint) = hint { p.hint { (hint) } }
            @if let Some(stack) = self.stack { pre.stack { (self.linked(stack)) } }
        };
        page(title, &content)
    }

    /// The text.
    pub(super) fn text(&self, styled: bool) -> String {
        let mut text = self.problem.render(styled);
        if let Some(stack) = self.stack {
            text += &logging::escape(stack, true);
            text.push('\n');
        }
        text
    }

    /// Where it is, as a link.
    fn place(&self) -> Option<Markup> {
        let Problem { line, column, file, .. } = self.problem;
        let file = file.as_deref().or(self.script.as_ref().map(|script| &*script.file))?;
        let (Some(line), Some(column)) = (*line, *column) else {
            return Some(html! { (file.display()) });
        };
        let text = format!("{}:{line}:{column}", file.display());
        Some(link(self.editor.link(file, line, column), &text))
    }

    fn frame(&self) -> Option<Markup> {
        let location = self.problem.location.as_ref()?;
        let source = self.script.as_ref().map_or("", |script| script.source);
        let lines = frame::around(source, location);
        Some(html! {
            div.frame { @for line in &lines { (self::line(line)) } }
        })
    }

    /// A stack whose places in modules of the worker are links.
    fn linked(&self, stack: &str) -> Markup {
        let line = |line: &str| {
            let found = self.script.as_ref().and_then(|script| {
                let place = frame::place_in(line, script.files)?;
                Some((self.editor.link(&place.file, place.line, place.column), place.span))
            });
            match found {
                Some((href, span)) => {
                    html! { (line[..span.start]) (link(href, &line[span.clone()])) (line[span.end..]) }
                }
                None => html! { (line) },
            }
        };
        html! { @for text in stack.lines() { (line(text)) "\n" } }
    }
}

/// The page for a path without a worker.
pub(super) fn no_worker(path: &str, workers: &[Entry], problems: &[&Problem]) -> String {
    let content = html! {
        p.end { "404 NotFound" span.asked { (path) } }
        h1 { "no worker at this path" }
        ul { @for Entry { id, routes } in workers {
            li { (id) @for route in routes { " " @if route.starts_with('/') {
                a href=(route.trim_end_matches('*')) { (route) }
            } @else { (route) } } }
        } }
        @for problem in problems { pre.stack { (problem.render(false)) } }
    };
    page("no worker at this path", &content)
}

/// The same as a text.
pub(super) fn no_worker_text(workers: &[Entry], problems: &[&Problem]) -> String {
    let mut text = "no worker at this path\n\n".to_owned();
    for Entry { id, routes } in workers {
        text += &format!("{id}  {}\n", routes.join("  "));
    }
    for problem in problems {
        text += &format!("\n{}", problem.render(false));
    }
    text
}

/// What is put at the end of a worker's own page while its last save does not work.
pub(super) fn note(problem: &Problem) -> String {
    html! {
        div role="alert" style=(NOTE_STYLE) {
            "What was saved last does not work; the last good version answers.\n\n" (problem.render(false))
        }
    }
    .into_string()
}

fn page(title: &str, content: &Markup) -> String {
    html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta http-equiv="Content-Security-Policy" content=(POLICY);
                meta name="viewport" content="width=device-width, initial-scale=1";
                title { (title) }
                style { (PreEscaped(STYLE)) }
            }
            body { main { (content) footer { "runner dev" } } }
        }
    }
    .into_string()
}

fn link(href: Option<String>, text: &str) -> Markup {
    match href {
        Some(href) => html! { a href=(href) { (text) } },
        None => html! { (text) },
    }
}

fn line(line: &FrameLine<'_>) -> Markup {
    let FrameLine { number, text, span } = line;
    let (before, marked, after) = match span {
        Some(span) => (&text[..span.start], &text[span.clone()], &text[span.end..]),
        None => (*text, "", ""),
    };
    html! {
        div.line.here[span.is_some()] {
            span.number { (number) } code { (before) @if !marked.is_empty() { mark { (marked) } } (after) }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use exec::{SourceLocation, Termination, TerminationReason};

    use super::*;

    const EVIL: &str = "</pre><script>alert(1)</script><img src=x onerror=\"alert('1')\">&amp;";

    /// Everything that a script can choose is [`EVIL`].
    fn evil() -> (Problem, String) {
        let location =
            SourceLocation { file: EVIL.into(), line: 1, column: 3, excerpt: EVIL.to_owned(), span: 2..8 };
        let stack = format!("Error: {EVIL}\n    at {EVIL} ({EVIL}:1:3)\n    at w.js:1:1");
        let termination = Termination {
            location: Some(Box::new(location)),
            hint: Some(EVIL.to_owned()),
            ..Termination::new(TerminationReason::Exception, EVIL)
        };
        (Problem::of_request("w", &termination, Some(Path::new(EVIL).to_owned())), stack)
    }

    fn is_harmless(page: &str) -> bool {
        !page.contains("<script") && !page.contains("<img") && !page.contains(EVIL)
    }

    #[test]
    fn what_comes_from_a_script_is_text() {
        let (problem, stack) = evil();
        let editor: Editor = "vscode://file{path}:{line}:{column}".parse().unwrap();
        for name in [EVIL, "w.js"] {
            let files = |called: &str| (called == name).then(|| "/w.js".into());
            let script = ScriptFile { source: EVIL, file: "/w.js".into(), files: &files };
            let subject = Subject {
                end: "500 Exception".to_owned(),
                asked: format!("GET /{EVIL}"),
                problem: &problem,
                stack: Some(&stack),
                script: Some(script),
                editor: &editor,
            };
            let page = subject.html();
            assert!(is_harmless(&page), "{page}");
            assert!(
                page.contains("&lt;script&gt;alert(1)&lt;/script&gt;") && page.contains("&amp;amp;"),
                "{page}"
            );
            // Links are made of our path and numbers.
            let hrefs = page.split("href=\"").skip(1).map(|rest| rest.split('"').next().unwrap());
            let hrefs: Vec<_> = hrefs.collect();
            assert!(
                hrefs.iter().all(|href| href.starts_with("vscode://file/") && !href.contains(['<', '\''])),
                "{hrefs:?}"
            );
            assert!(
                hrefs.contains(&if name == "w.js" {
                    "vscode://file/w.js:1:1"
                } else {
                    "vscode://file/w.js:1:3"
                }),
                "{hrefs:?}"
            );
        }
        assert!(is_harmless(&note(&problem)));
        let entry = Entry { id: EVIL.to_owned(), routes: vec![format!("/{EVIL}")] };
        assert!(is_harmless(&no_worker(EVIL, &[entry], &[&problem])));
    }
}
