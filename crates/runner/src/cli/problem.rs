//! What is wrong with a worker, as a person reads it: the error, the line that it is about, what to do.

use std::io::IsTerminal;
use std::path::{Path, PathBuf};

use annotate_snippets::{AnnotationKind, Level, Origin, Renderer, Snippet};
use exec::{SourceLocation, Termination, TerminationReason};
use runner::workers::{DeployError, Failed, SourceError, WorkerDefinition};
use serde::Serialize;

/// Lines of a stack that are shown.
const MAX_FRAMES: usize = 10;

/// Something that is wrong with a worker.
#[derive(Clone, Debug, Serialize)]
pub(super) struct Problem {
    /// The worker, if it is known.
    pub(super) worker: Option<String>,
    /// Its file, as somebody in the present directory calls it.
    pub(super) file: Option<PathBuf>,
    pub(super) line: Option<u32>,
    /// In UTF-16 units, from 1.
    pub(super) column: Option<u32>,
    pub(super) message: String,
    pub(super) hint: Option<String>,
    /// Frames of the stack, if there are several.
    pub(super) stack: Vec<String>,
    #[serde(skip)]
    pub(super) location: Option<SourceLocation>,
}

impl Problem {
    /// One that is about no line.
    pub(super) fn plain(message: impl ToString) -> Self {
        Self {
            worker: None,
            file: None,
            line: None,
            column: None,
            message: message.to_string(),
            hint: None,
            stack: Vec::new(),
            location: None,
        }
    }

    /// How a worker ended; its script is called `file`.
    pub(super) fn of_termination(worker: &str, termination: &Termination, file: Option<PathBuf>) -> Self {
        let location = termination.location.as_deref();
        let frames = termination.stack.as_deref().unwrap_or_default().lines();
        let stack: Vec<_> = frames.map(str::trim).filter(|line| line.starts_with("at ")).collect();
        Self {
            worker: Some(worker.to_owned()),
            file: file.or_else(|| location.map(|location| PathBuf::from(&*location.file))),
            line: location.map(|location| location.line),
            column: location.map(|location| location.column),
            message: termination.message.clone(),
            hint: termination.hint.clone(),
            stack: match stack.len() {
                0 | 1 => Vec::new(),
                _ => stack.into_iter().take(MAX_FRAMES).map(str::to_owned).collect(),
            },
            location: location.cloned(),
        }
    }

    /// Why a worker cannot be loaded.
    pub(super) fn of_source(error: &SourceError) -> Self {
        let location = &error.location;
        let is_in_a_file = !error.path.as_os_str().is_empty();
        Self {
            file: Some(if is_in_a_file { error.path.clone() } else { PathBuf::from(&*location.file) }),
            line: Some(location.line),
            column: Some(location.column),
            hint: error.hint.clone(),
            location: Some((**location).clone()),
            ..Self::plain(&error.message)
        }
    }

    /// How the only worker ended, with the name of the end. Its stack is for the caller to show, as it is.
    pub(super) fn of_run(termination: &Termination) -> Self {
        let problem = Self::of_termination("", termination, None);
        let message = format!("{}: {}", termination.reason, problem.message);
        Self { worker: None, message, stack: Vec::new(), ..problem }
    }

    /// How a request ended, with the name of the end unless the worker's own words are enough. Its stack is for the caller
    /// to show, as it is.
    pub(super) fn of_request(worker: &str, termination: &Termination, file: Option<PathBuf>) -> Self {
        let problem = Self::of_termination(worker, termination, file);
        let message = match termination.reason {
            TerminationReason::Exception | TerminationReason::InitializationError => problem.message,
            reason => format!("{reason}: {}", problem.message),
        };
        Self { message, stack: Vec::new(), ..problem }
    }

    /// Why a worker was not deployed; it is one of `definitions`, which were read from `roots`.
    pub(super) fn of_failed(failed: &Failed, definitions: &[WorkerDefinition], roots: &[PathBuf]) -> Self {
        let definition = definitions.iter().find(|definition| definition.id == failed.id);
        if let Some(error) = definition.and_then(|definition| definition.source.error()) {
            return Self { worker: Some(failed.id.to_string()), ..Self::of_source(error) };
        }
        let file = definition.map(|definition| file_of(failed, definition, roots));
        match &failed.error {
            DeployError::NotEvaluated(termination) => Self::of_termination(&failed.id, termination, file),
            error => Self { worker: Some(failed.id.to_string()), file, ..Self::plain(error) },
        }
    }

    /// As some lines, with colours if `styled`. What comes from the script is escaped.
    pub(super) fn render(&self, styled: bool) -> String {
        let title = Level::ERROR.primary_title(&self.message);
        let path = self.file.as_ref().map(|file| file.to_string_lossy());
        let mut group = match (&path, &self.location) {
            (Some(path), Some(location)) => {
                let line = location.line as usize;
                let snippet = Snippet::source(&location.excerpt)
                    .line_start(line)
                    .annotation(AnnotationKind::Primary.span(location.span.clone()));
                if location.excerpt.starts_with('…') {
                    // The place in what is left of the line is not the column.
                    let origin = Origin::path(&**path).line(line).char_column(location.column as usize);
                    title.element(origin).element(snippet)
                } else {
                    title.element(snippet.path(&**path))
                }
            }
            (Some(path), None) => title.element(Origin::path(&**path)),
            (None, _) => annotate_snippets::Group::with_title(title),
        };
        if !self.stack.is_empty() {
            group = group.element(Level::NOTE.message(self.stack.join("\n")));
        }
        if let Some(hint) = &self.hint {
            group = group.element(Level::HELP.message(hint));
        }
        let renderer = if styled { Renderer::styled() } else { Renderer::plain() };
        renderer.render(&[group]) + "\n"
    }
}

/// The file that a failure is about: the module that its place is in, or the main one.
fn file_of(failed: &Failed, definition: &WorkerDefinition, roots: &[PathBuf]) -> PathBuf {
    let source = &definition.source;
    let location = match &failed.error {
        DeployError::NotEvaluated(termination) => termination.location.as_deref(),
        _ => None,
    };
    let module = location.map(|location| &*location.file).filter(|file| Path::new(file) != source.path);
    let file = module.and_then(|module| source.file_of(module));
    file.unwrap_or_else(|| as_called(roots, &source.path))
}

/// Whether what goes there may have colours.
pub(super) fn is_styled(stream: &impl IsTerminal) -> bool {
    stream.is_terminal() && std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty())
}

/// A file of a worker that was read from one of `roots`, as somebody calls it who named that.
pub(super) fn as_called(roots: &[PathBuf], shown: &Path) -> PathBuf {
    let called = roots.iter().find_map(|path| {
        let inside = path.join(shown);
        if path.file_name() == Some(shown.as_os_str()) && path.is_file() {
            return Some(path.clone());
        }
        inside.is_file().then_some(inside)
    });
    called.unwrap_or_else(|| shown.to_owned())
}
