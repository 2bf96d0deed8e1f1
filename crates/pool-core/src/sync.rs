//! The one place that knows whether the crate runs on real threads or under loom's model checker.
//!
//! Loom has no clock: under `cfg(loom)` a [`Timer`] never fires, so timeouts are outside what loom explores
//! (the integration tests cover them with tokio's paused clock).

pub(crate) use imp::{Arc, Instant, Mutex, Timer, now};

/// There is no runtime that could make a timer.
#[cfg_attr(loom, allow(dead_code, reason = "there is no clock"))]
pub(crate) struct NoTimer;

#[cfg(not(loom))]
mod imp {
    use std::future::Future;
    use std::panic::{AssertUnwindSafe, catch_unwind};
    use std::pin::Pin;
    use std::task::{Context, Poll};

    pub(crate) use parking_lot::Mutex;
    pub(crate) use std::sync::Arc;
    use tokio::runtime::Handle;
    pub(crate) use tokio::time::Instant;

    use super::NoTimer;

    /// The current time; the paused clock inside a paused tokio runtime, and usable without any runtime.
    pub(crate) fn now() -> Instant {
        Instant::now()
    }

    /// A timer that exists only from the first [`Timer::poll`] on, so that calls that never wait need no runtime.
    #[derive(Default)]
    pub(crate) struct Timer {
        sleep: Option<Pin<Box<tokio::time::Sleep>>>,
    }

    impl Timer {
        /// Ready once `at` has passed. `None` means never, and touches no runtime.
        pub(crate) fn poll(
            &mut self,
            cx: &mut Context<'_>,
            at: Option<Instant>,
        ) -> Poll<Result<(), NoTimer>> {
            let Some(at) = at else { return Poll::Pending };
            if let Some(sleep) = &mut self.sleep {
                if sleep.deadline() != at {
                    sleep.as_mut().reset(at);
                }
                return sleep.as_mut().poll(cx).map(Ok);
            }
            if Handle::try_current().is_err() {
                return Poll::Ready(Err(NoTimer));
            }
            // Tokio panics if its timers are disabled, and has no way to ask.
            let first = catch_unwind(AssertUnwindSafe(|| {
                let mut sleep = Box::pin(tokio::time::sleep_until(at));
                let polled = sleep.as_mut().poll(cx);
                (sleep, polled)
            }));
            match first {
                Ok((sleep, polled)) => {
                    self.sleep = Some(sleep);
                    polled.map(Ok)
                }
                Err(_) => Poll::Ready(Err(NoTimer)),
            }
        }
    }
}

#[cfg(loom)]
mod imp {
    use std::task::{Context, Poll};

    pub(crate) use loom::sync::Arc;
    pub(crate) use std::time::Instant;

    use super::NoTimer;

    pub(crate) fn now() -> Instant {
        Instant::now()
    }

    pub(crate) struct Mutex<T>(loom::sync::Mutex<T>);

    impl<T> Mutex<T> {
        pub(crate) fn new(value: T) -> Self {
            Self(loom::sync::Mutex::new(value))
        }

        /// Ignores poisoning, like the mutex used outside loom.
        pub(crate) fn lock(&self) -> loom::sync::MutexGuard<'_, T> {
            self.0.lock().unwrap_or_else(|poisoned| poisoned.into_inner())
        }
    }

    #[derive(Default)]
    pub(crate) struct Timer;

    impl Timer {
        pub(crate) fn poll(
            &mut self,
            _cx: &mut Context<'_>,
            _at: Option<Instant>,
        ) -> Poll<Result<(), NoTimer>> {
            Poll::Pending
        }
    }
}
