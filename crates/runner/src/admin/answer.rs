//! What clients of the admin listener get: JSON, also where something went wrong.

use std::convert::Infallible;

use bytes::Bytes;
use exec::{Termination, TerminationReason};
use http::header::{ALLOW, CONTENT_TYPE, HeaderValue, WWW_AUTHENTICATE};
use http::{Response, StatusCode};
use http_body_util::channel::Channel;
use http_body_util::{Either, Full};
use serde_json::{Value, json};

use crate::workers::{ChangeError, CronError, DeployError, InvalidName, RouteError, ShareError};

pub(super) type Answer = Response<AnswerBody>;

/// All at once, or a stream.
pub(super) type AnswerBody = Either<Full<Bytes>, Channel<Bytes, Infallible>>;

/// Why a request was not answered as it wished.
#[derive(Debug, thiserror::Error)]
pub(super) enum Refusal {
    #[error("the token is missing or wrong")]
    Unauthorized,
    #[error("{0}")]
    Forbidden(&'static str),
    #[error("nothing is here")]
    NotFound,
    #[error("there is no worker {0:?}")]
    NoWorker(String),
    #[error("only {0} is possible here")]
    Method(&'static str),
    #[error("{0}")]
    BadRequest(String),
    #[error("{message}")]
    Document {
        /// Where in the document, or which parameter of the query; `.` for all of it.
        field: String,
        message: String,
    },
    #[error("too many streams")]
    Busy,
    #[error("the body is too large")]
    TooLarge,
    #[error("the body took too long")]
    TooSlow,
    #[error("{0}")]
    Internal(&'static str),
    #[error(transparent)]
    Name(#[from] InvalidName),
    #[error(transparent)]
    Route(#[from] RouteError),
    #[error(transparent)]
    Deploy(#[from] DeployError),
    #[error(transparent)]
    Change(#[from] ChangeError),
    #[error(transparent)]
    Cron(#[from] CronError),
}

impl Refusal {
    fn status(&self) -> StatusCode {
        match self {
            Self::Unauthorized => StatusCode::UNAUTHORIZED,
            Self::Forbidden(_) => StatusCode::FORBIDDEN,
            Self::NotFound | Self::NoWorker(_) => StatusCode::NOT_FOUND,
            Self::Method(_) => StatusCode::METHOD_NOT_ALLOWED,
            Self::BadRequest(_) | Self::Document { .. } | Self::Name(_) | Self::Route(_) => {
                StatusCode::BAD_REQUEST
            }
            Self::Busy => StatusCode::SERVICE_UNAVAILABLE,
            Self::TooLarge => StatusCode::PAYLOAD_TOO_LARGE,
            Self::TooSlow => StatusCode::REQUEST_TIMEOUT,
            Self::Internal(_) => StatusCode::INTERNAL_SERVER_ERROR,
            Self::Deploy(error) | Self::Change(ChangeError::Deploy(error)) => of_deploy(error),
            Self::Cron(CronError::Termination(termination)) => of_script(termination),
            Self::Cron(CronError::NoWorker(_) | CronError::NoCron) => StatusCode::NOT_FOUND,
            Self::Change(ChangeError::Share(error)) => match error {
                ShareError::NoWorker(_) | ShareError::NoVersion(_) => StatusCode::NOT_FOUND,
                ShareError::Weight => StatusCode::UNPROCESSABLE_ENTITY,
                ShareError::NoPrevious | ShareError::OnlyVersion | ShareError::Changed => {
                    StatusCode::CONFLICT
                }
            },
        }
    }

    /// What the script did, if that is what is wrong.
    fn termination(&self) -> Option<&Termination> {
        match self {
            Self::Deploy(DeployError::NotEvaluated(termination))
            | Self::Change(ChangeError::Deploy(DeployError::NotEvaluated(termination)))
            | Self::Cron(CronError::Termination(termination)) => Some(termination),
            _ => None,
        }
    }

    pub(super) fn into_answer(self) -> Answer {
        let status = self.status();
        let body = match self.termination() {
            Some(termination) => of_termination(termination),
            None => json!({
                "error": status.canonical_reason().unwrap_or_default(),
                "message": self.to_string(),
            }),
        };
        let mut body = body;
        if let Self::Document { field, .. } = &self
            && field != "."
        {
            body["field"] = json!(field);
        }
        let mut answer = of_json(status, &body);
        match self {
            Self::Unauthorized => {
                answer.headers_mut().insert(WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
            }
            Self::Method(allowed) => {
                answer.headers_mut().insert(ALLOW, HeaderValue::from_static(allowed));
            }
            _ => {}
        }
        answer
    }
}

fn of_deploy(error: &DeployError) -> StatusCode {
    match error {
        DeployError::NotEvaluated(termination) => of_script(termination),
        DeployError::Route(_) => StatusCode::CONFLICT,
        _ => StatusCode::UNPROCESSABLE_ENTITY,
    }
}

fn of_script(termination: &Termination) -> StatusCode {
    match termination.reason {
        TerminationReason::Overloaded | TerminationReason::Terminated => StatusCode::SERVICE_UNAVAILABLE,
        TerminationReason::Other => StatusCode::INTERNAL_SERVER_ERROR,
        _ => StatusCode::UNPROCESSABLE_ENTITY,
    }
}

/// What is wrong with a script, and where.
fn of_termination(termination: &Termination) -> Value {
    let mut body = json!({ "error": termination.reason.name(), "message": termination.message });
    place_of(termination, &mut body);
    body
}

/// Adds where in the script it was, and what else is known.
pub(super) fn place_of(termination: &Termination, body: &mut Value) {
    let Termination { stack, location, hint, .. } = termination;
    if let Some(at) = location {
        body["file"] = json!(&*at.file);
        body["line"] = json!(at.line);
        body["column"] = json!(at.column);
        body["excerpt"] = json!(at.excerpt);
    }
    for (name, text) in [("stack", stack), ("hint", hint)] {
        if let Some(text) = text {
            body[name] = json!(text);
        }
    }
}

pub(super) fn of_json(status: StatusCode, value: &Value) -> Answer {
    of_text(status, "application/json", value.to_string())
}

pub(super) fn of_text(status: StatusCode, kind: &'static str, text: impl Into<Bytes>) -> Answer {
    let mut answer = Response::new(AnswerBody::Left(Full::new(text.into())));
    *answer.status_mut() = status;
    answer.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static(kind));
    answer
}
