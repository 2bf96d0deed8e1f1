//! One piece of JavaScript, without anything around it.

use std::io;
use std::sync::OnceLock;

use crate::isolates::evaluate::EvaluationError;
use crate::isolates::locker_managed_isolate::{IsolateOptions, LockerManagedIsolate};
use crate::limits::RuntimeLimits;
use crate::platform;
use crate::threads::IsolateThreads;
use crate::threads::turn_isolate::TurnIsolate;
use crate::turns::task::Loss;

/// Why [`eval`] has no result.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum EvalError {
    /// The source did not compile, threw, or is too long.
    #[error(transparent)]
    Evaluation(#[from] EvaluationError),
    /// A limit stopped it.
    #[error("stopped: {0:?}")]
    Stopped(Loss),
    /// No thread for it could be created.
    #[error("no isolate could be created")]
    NoIsolate,
}

impl IsolateThreads {
    /// Threads of the process for whoever brings none of his own: made by the first call, and never ended.
    pub fn of_process() -> &'static Self {
        static THREADS: OnceLock<IsolateThreads> = OnceLock::new();
        THREADS.get_or_init(|| Self::new(Self::default_width()))
    }
}

/// Evaluates `source`, a classic script, on an isolate of its own within `limits`, and returns what `String()` makes of its
/// value. It has the language and nothing else: no console, no timers, no Web APIs.
///
/// An isolate costs milliseconds and is disposed afterwards: for many evaluations keep a [`TurnIsolate`] and use
/// [`EnteredIsolate::evaluate`](crate::EnteredIsolate::evaluate). The first call starts V8. Needs no runtime.
///
/// ```
/// use isolate::RuntimeLimits;
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), isolate::EvalError> {
/// let names = isolate::eval("['b', 'a'].sort().join()", RuntimeLimits::default()).await?;
/// assert_eq!(names, "a,b");
/// assert!(isolate::eval("for (;;) {}", RuntimeLimits::default()).await.is_err());
/// # Ok(())
/// # }
/// ```
///
/// # Errors
/// [`EvalError`].
pub async fn eval(source: impl Into<String>, limits: RuntimeLimits) -> Result<String, EvalError> {
    let source = source.into();
    let options = IsolateOptions { limits, ..IsolateOptions::default() };
    let (sender, made) = tokio::sync::oneshot::channel();
    platform::initialize().spawn("v8-once", move || {
        // Whoever asked may be gone.
        let _unwanted = sender.send(LockerManagedIsolate::new(&options));
    });
    let isolate =
        TurnIsolate::new(made.await.map_err(|_| EvalError::NoIsolate)?, IsolateThreads::of_process());
    let evaluated = isolate
        .with_lock_async(|access| async move { access.enter(|isolate| isolate.evaluate(&source)) })
        .await;
    Ok(evaluated.map_err(EvalError::Stopped)??)
}

/// Whether `Intl` has data for a locale, given as a BCP 47 tag. Makes an isolate for that, which costs milliseconds; the
/// first call starts V8.
///
/// # Errors
/// No thread for it could be created.
pub fn has_locale(tag: &str) -> io::Result<bool> {
    // No tag has more in it, and this is no place for a script.
    let tag: String = tag.chars().filter(|c| c.is_ascii_alphanumeric() || *c == '-').collect();
    let source = format!("Intl.DateTimeFormat.supportedLocalesOf(['{tag}']).length === 1");
    platform::initialize().run(move || {
        let isolate = LockerManagedIsolate::new(&IsolateOptions::default());
        // Of what is no tag at all, the constructor says so.
        isolate.with_lock(|isolate| isolate.evaluate(&source)).is_ok_and(|known| known == "true")
    })
}
