//! What clients get while a worker is developed: answers of workers, and why there is none.

use std::path::Path;
use std::sync::Arc;

use exec::{Body, Event, Outcome, TenantBudget, Termination};
use http::header::{ACCEPT, CONTENT_ENCODING, CONTENT_TYPE, HeaderName, HeaderValue};
use http::{Method, Response};
use runner::IsolatePool;
use runner::server::{Asked, Backend, Explainer, Explanation, Unanswered};
use runner::workers::{Worker, Workers};

use super::accept::prefers_html;
use super::editor::Editor;
use super::page::{self, Entry, ScriptFile, Subject};
use super::project::{Fault, Project};
use crate::cli::logging;
use crate::cli::problem::Problem;

/// Says in the answers of a good version what is wrong with the save after it.
const PROBLEM: HeaderName = HeaderName::from_static("x-dev-problem");

/// The pool of a developer.
pub(super) struct Answers {
    pub(super) pool: IsolatePool,
    pub(super) workers: Workers,
    pub(super) project: Arc<Project>,
    pub(super) editor: Editor,
    /// Whether the log has colours.
    pub(super) styled: bool,
}

impl Backend for Answers {
    async fn execute(&self, worker: &Worker, event: Event) -> Result<Outcome, Termination> {
        let fault = self.project.fault(worker.id());
        let to_browser = match (&fault, &event) {
            (Some(fault), _) if !fault.kept => return Err(fault.termination.clone()),
            (Some(_), Event::Fetch(request)) => {
                *request.method() == Method::GET && prefers_html(request.headers().get(ACCEPT))
            }
            _ => false,
        };
        let outcome = Backend::execute(&self.pool, worker, event).await?;
        Ok(match (fault, outcome) {
            (Some(fault), Outcome::Response(response)) => {
                Outcome::Response(with_note(response, &fault.problem, to_browser))
            }
            (_, outcome) => outcome,
        })
    }

    fn budget(&self, worker: &Worker) -> TenantBudget {
        Backend::budget(&self.pool, worker)
    }

    fn explainer(&self) -> Option<&dyn Explainer> {
        Some(self)
    }

    async fn shutdown(&self) {
        Backend::shutdown(&self.pool).await;
    }
}

impl Explainer for Answers {
    fn explain(&self, asked: &Asked, why: Unanswered<'_>) -> Option<Explanation> {
        let html = prefers_html(asked.accept.as_ref());
        let body = match why {
            Unanswered::NoWorker => self.no_worker(asked, html),
            Unanswered::Terminated { worker, termination } => {
                self.terminated(asked, worker, termination, html)
            }
            _ => return None,
        };
        let content_type = if html { "text/html; charset=utf-8" } else { "text/plain; charset=utf-8" };
        Some(Explanation { content_type: HeaderValue::from_static(content_type), body })
    }
}

impl Answers {
    fn no_worker(&self, asked: &Asked, html: bool) -> String {
        let entries: Vec<_> = entries(&self.workers);
        let faults = self.project.faults();
        let unreadable = self.project.unreadable().map(Problem::plain);
        let problems: Vec<_> = faults.iter().map(|fault| &fault.problem).chain(&unreadable).collect();
        if html {
            page::no_worker(asked.uri.path(), &entries, &problems)
        } else {
            page::no_worker_text(&entries, &problems)
        }
    }

    fn terminated(&self, asked: &Asked, worker: &Worker, termination: &Termination, html: bool) -> String {
        let fault = self.project.fault(worker.id()).filter(|fault| !fault.kept);
        let saved = fault.as_deref().and_then(|fault: &Fault| fault.definition.as_ref());
        let source = saved.map_or_else(|| worker.source(), |saved| &saved.source);
        let main = source.path.to_string_lossy();
        let name = termination.location.as_ref().map_or(&*main, |location| &*location.file);
        let file = source.file_of(name);
        let file = file.unwrap_or_else(|| self.project.file(Path::new(name)));
        let files = |called: &str| match called == name {
            true => Some(file.clone()),
            false => source.file_of(called),
        };
        let problem = match &fault {
            Some(fault) => fault.problem.clone(),
            None => Problem::of_request(worker.id(), termination, Some(file.clone())),
        };
        let subject = Subject {
            end: format!("{} {}", termination.reason.http_status().as_u16(), termination.reason),
            asked: format!("{} {}", asked.method, asked.uri.path()),
            problem: &problem,
            stack: termination.stack.as_deref().and_then(|stack| more_than(&termination.message, stack)),
            script: Some(ScriptFile {
                source: source.original(name).unwrap_or_default(),
                file: file.clone(),
                files: &files,
            }),
            editor: &self.editor,
        };
        if fault.is_none() {
            // What is wrong with a save was said when it was read.
            logging::say(&subject.text(self.styled));
        }
        if html { subject.html() } else { subject.text(false) }
    }
}

/// All workers, with where they are asked.
pub(super) fn entries(workers: &Workers) -> Vec<Entry> {
    let entry = |status: runner::workers::WorkerStatus| {
        let definition = &status.versions.first()?.definition;
        let routes = definition.routes.iter().map(|route| route.to_string()).collect();
        Some(Entry { id: status.id.to_string(), routes })
    };
    workers.list().into_iter().filter_map(entry).collect()
}

/// What a stack says beyond the message and the place, which are shown anyway.
fn more_than<'a>(message: &str, stack: &'a str) -> Option<&'a str> {
    let frames = stack.strip_prefix(message).unwrap_or(stack).trim_start_matches('\n');
    frames.contains('\n').then_some(frames)
}

/// The answer of a good version, which says that there is a newer one that does not work.
fn with_note(response: Response<Body>, problem: &Problem, to_browser: bool) -> Response<Body> {
    let (mut parts, mut body) = response.into_parts();
    if let Ok(value) = HeaderValue::try_from(one_line(problem)) {
        parts.headers.insert(PROBLEM, value);
    }
    let is_html =
        parts.headers.get(CONTENT_TYPE).is_some_and(|value| value.as_bytes().starts_with(b"text/html"));
    // One that streams has the header only.
    if let Some(whole @ [_, ..]) = body.as_bytes()
        && to_browser
        && is_html
        && !parts.headers.contains_key(CONTENT_ENCODING)
    {
        // A browser takes what follows the end of a document as its last element.
        body = Body::from([whole, page::note(problem).as_bytes()].concat());
    }
    Response::from_parts(parts, body)
}

/// `hello.js:3:5: SyntaxError: …`, in ASCII.
fn one_line(problem: &Problem) -> String {
    let file = problem.file.as_ref().map(|file| format!("{}: ", file.display())).unwrap_or_default();
    let place = match (&problem.file, problem.line, problem.column) {
        (Some(file), Some(line), Some(column)) => format!("{}:{line}:{column}: ", file.display()),
        _ => file,
    };
    let visible = |c: char| c == ' ' || c.is_ascii_graphic();
    let escaped = |c: char| match visible(c) {
        true => String::from(c),
        false => c.escape_default().collect(),
    };
    format!("{place}{}", problem.message).chars().take(1000).map(escaped).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_header_is_one_line_of_ascii() {
        let problem = Problem {
            file: Some("a.js".into()),
            line: Some(3),
            column: Some(5),
            ..Problem::plain("oh 'no'\r\nset-cookie: ä=\u{1b}")
        };
        let line = one_line(&problem);
        assert_eq!(line, "a.js:3:5: oh 'no'\\r\\nset-cookie: \\u{e4}=\\u{1b}");
        assert!(HeaderValue::try_from(line).is_ok());
    }

    #[test]
    fn a_stack_of_one_frame_says_nothing_new() {
        assert_eq!(more_than("E: x", "E: x\n    at f (a.js:1:1)"), None);
        let two = "    at f (a.js:1:1)\n    at g (a.js:2:1)";
        assert_eq!(more_than("E: x", &format!("E: x\n{two}")), Some(two));
        assert_eq!(more_than("too slow", two), Some(two));
        assert_eq!(more_than("", ""), None);
    }

    #[test]
    fn only_pages_get_a_note() {
        let answer = |content_type: &str, to_browser| {
            let response = Response::builder().header("content-type", content_type);
            let response =
                with_note(response.body(Body::from("<p>hi")).unwrap(), &Problem::plain("<b>"), to_browser);
            assert_eq!(response.headers()["x-dev-problem"], "<b>");
            String::from_utf8(response.body().as_bytes().unwrap().to_vec()).unwrap()
        };
        let page = answer("text/html; charset=utf-8", true);
        assert!(page.starts_with("<p>hi<div") && page.contains("&lt;b&gt;"), "{page}");
        assert_eq!(answer("text/html", false), "<p>hi");
        assert_eq!(answer("application/json", true), "<p>hi");
    }
}
