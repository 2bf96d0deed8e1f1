//! The one place that knows whether the crate runs on real threads or under loom's model checker.
//!
//! Loom has no clock: under `cfg(loom)` a [`Timer`] never fires, so timeouts are outside what loom explores
//! (the integration tests cover them with tokio's paused clock).

pub(crate) use imp::{Arc, Instant, Mutex, Timer, now};

#[cfg(not(loom))]
mod imp {
    use std::future::Future;
    use std::pin::Pin;
    use std::task::{Context, Poll};

    pub(crate) use parking_lot::Mutex;
    pub(crate) use std::sync::Arc;
    pub(crate) use tokio::time::Instant;

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
        pub(crate) fn poll(&mut self, cx: &mut Context<'_>, at: Option<Instant>) -> Poll<()> {
            let Some(at) = at else { return Poll::Pending };
            let sleep = self.sleep.get_or_insert_with(|| Box::pin(tokio::time::sleep_until(at)));
            if sleep.deadline() != at {
                sleep.as_mut().reset(at);
            }
            sleep.as_mut().poll(cx)
        }
    }
}

#[cfg(loom)]
mod imp {
    use std::task::{Context, Poll};

    pub(crate) use loom::sync::Arc;
    pub(crate) use std::time::Instant;

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
        pub(crate) fn poll(&mut self, _cx: &mut Context<'_>, _at: Option<Instant>) -> Poll<()> {
            Poll::Pending
        }
    }
}
