//! Why a `fetch()` failed, and what the tenant is told.

use std::error::Error;
use std::fmt::Write as _;
use std::io;

use exec::{BodyError, BudgetExceeded, OperationError, Scope};

use super::resolver::ResolveError;

/// Why a `fetch()` failed. `Display` is for the operator; [`FetchError::public_message`] for the tenant.
#[derive(Debug, thiserror::Error)]
pub(super) enum FetchError {
    #[error("fetch is switched off")]
    SwitchedOff,
    #[error("{0} is at no public address; FetchPolicy::Any, or `--fetch any`, allows it")]
    Refused(String),
    #[error("port {0} is blocked under every policy")]
    BlockedPort(u16),
    #[error("a final answer with the provisional status {0}")]
    Provisional(http::StatusCode),
    #[error("not a URL that can be fetched: {0}")]
    BadUrl(String),
    #[error("the method {0} is not allowed")]
    BadMethod(http::Method),
    #[error("the name {name} does not resolve: {error}")]
    Resolve { name: String, error: ResolveError },
    #[error("no socket: {0}")]
    OverBudget(BudgetExceeded),
    #[error("cannot connect: {0}")]
    Connect(io::Error),
    #[error("TLS: {0}")]
    Tls(io::Error),
    #[error("{}", with_sources(.0))]
    Http(hyper::Error),
    #[error("response of the server: {0}")]
    Body(#[from] BodyError),
    #[error("no complete response in time")]
    TimedOut,
    #[error("a redirect other than 303 of a body that streams")]
    UnrepeatableBody,
    #[error("a redirect, which the caller forbids")]
    UnexpectedRedirect,
    #[error("more than {0} redirects")]
    TooManyRedirects(usize),
    #[error("bad redirect target: {0}")]
    BadRedirect(String),
}

impl FetchError {
    /// One of a few sentences that say nothing about the host.
    fn public_message(&self) -> &'static str {
        match self {
            Self::SwitchedOff => "fetch is not allowed",
            // Whoever starts the server for the first time meets this one.
            Self::Refused(_) => "only public addresses can be fetched (see --fetch)",
            Self::BlockedPort(_) => "port is not allowed",
            Self::BadUrl(_) => "invalid URL",
            Self::BadMethod(_) => "method is not allowed",
            Self::Resolve { error: ResolveError::Failed(_), .. } => "host not found",
            Self::OverBudget(_) => "too many connections at once",
            Self::Resolve { error: ResolveError::Overloaded, .. } => "too many names at once",
            Self::Connect(error) if error.kind() == io::ErrorKind::ConnectionRefused => "connection refused",
            Self::Resolve { error: ResolveError::TimedOut, .. }
            | Self::TimedOut
            | Self::Body(BodyError::Stalled | BodyError::TooSlow) => "timed out",
            Self::Body(BodyError::OverBudget(exceeded)) => match exceeded.scope {
                Scope::Tenant => "the worker's budget of bytes is used up",
                Scope::Process => "the server's budget of bytes is used up",
            },
            Self::Body(BodyError::TooLarge) => "response is too large",
            Self::UnexpectedRedirect => "unexpected redirect",
            Self::TooManyRedirects(_) => "too many redirects",
            Self::BadRedirect(_) => "invalid redirect",
            Self::Connect(_) | Self::Tls(_) | Self::Http(_) | Self::Provisional(_) | Self::Body(_) => {
                "network error"
            }
            Self::UnrepeatableBody => "a body that streams cannot be sent again",
        }
    }
}

impl From<FetchError> for OperationError {
    fn from(error: FetchError) -> Self {
        Self::new(error.public_message(), error.to_string())
    }
}

/// The error with everything that caused it, on one line.
fn with_sources(error: &hyper::Error) -> String {
    let sources = std::iter::successors(error.source(), |&error| error.source());
    sources.fold(error.to_string(), |mut text, source| {
        let _ = write!(text, ": {source}");
        text
    })
}
