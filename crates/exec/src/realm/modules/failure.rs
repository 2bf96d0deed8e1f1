//! Why a module could not be had.

use crate::vocabulary::location::SourceLocation;
use crate::vocabulary::termination::{Termination, TerminationReason};

/// Why not.
pub(crate) enum Failure {
    /// An exception is pending, or JavaScript was interrupted. What is known of the place, for an exception that does not
    /// know it.
    Thrown(Option<SourceLocation>),
    Refused(Refusal),
}

/// The code asks for something that it does not have.
#[derive(Debug)]
pub(crate) struct Refusal {
    pub(crate) class: Class,
    pub(crate) message: String,
    /// Where it asks.
    pub(crate) at: Option<SourceLocation>,
}

/// Of the error that a refusal becomes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Class {
    /// There is no such module.
    NotFound,
    Syntax,
    Type,
    /// In CommonJS, with the `code` that Node.js gives it.
    Plain(&'static str),
}

impl Failure {
    /// Makes it an exception that is pending.
    pub(crate) fn throw(self, scope: &mut v8::PinScope<'_, '_>) {
        if let Self::Refused(refusal) = self {
            refusal.throw(scope);
        }
    }
}

impl Refusal {
    fn name(&self) -> &'static str {
        match self.class {
            Class::NotFound | Class::Type => "TypeError",
            Class::Syntax => "SyntaxError",
            Class::Plain(_) => "Error",
        }
    }

    /// As the end of an evaluation.
    pub(crate) fn into_termination(self) -> Termination {
        let name = self.name();
        let hint = match self.class {
            Class::NotFound if self.message.contains("'node:") => {
                Some("docs/node.md has the modules of Node.js that there are")
            }
            Class::NotFound => {
                Some("nothing is loaded while a worker runs: its code has to contain the module")
            }
            _ => None,
        };
        let hint = hint.map(str::to_owned);
        Termination {
            location: self.at.map(Box::new),
            hint,
            ..Termination::new(TerminationReason::InitializationError, format!("{name}: {}", self.message))
        }
    }

    /// Makes it an exception that is pending.
    pub(crate) fn throw(self, scope: &mut v8::PinScope<'_, '_>) {
        let place = self.at.as_ref().map(|at| format!(" ({at})")).unwrap_or_default();
        let Some(message) = v8::String::new(scope, &format!("{}{place}", self.message)) else { return };
        let (error, code) = match self.class {
            Class::NotFound => (v8::Exception::type_error(scope, message), "ERR_MODULE_NOT_FOUND"),
            Class::Syntax => (v8::Exception::syntax_error(scope, message), ""),
            Class::Type => (v8::Exception::type_error(scope, message), ""),
            Class::Plain(code) => (v8::Exception::error(scope, message), code),
        };
        if let Ok(object) = v8::Local::<v8::Object>::try_from(error)
            && !code.is_empty()
            && let Some(key) = v8::String::new(scope, "code")
            && let Some(code) = v8::String::new(scope, code)
        {
            object.create_data_property(scope, key.into(), code.into());
        }
        scope.throw_exception(error);
    }
}
