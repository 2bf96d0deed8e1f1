//! The synchronisation primitives of the turn queue, the run queue, the outbox and the task state: those of parking_lot
//! and std, or loom's when the model checker runs.

#[cfg(not(loom))]
pub(crate) use parking_lot::{Mutex, MutexGuard};
#[cfg(not(loom))]
pub(crate) use std::{sync::atomic, thread};

#[cfg(not(loom))]
pub(crate) use self::real::Condvar;

#[cfg(loom)]
pub(crate) use self::model::{Condvar, Mutex, MutexGuard};
#[cfg(loom)]
pub(crate) use loom::{sync::atomic, thread};

#[cfg(not(loom))]
mod real {
    use parking_lot::MutexGuard;

    /// parking_lot's condition variable with loom's way to pass the guard.
    #[derive(Debug, Default)]
    pub(crate) struct Condvar(parking_lot::Condvar);

    impl Condvar {
        pub(crate) fn new() -> Self {
            Self::default()
        }

        pub(crate) fn wait<'a, T>(&self, mut guard: MutexGuard<'a, T>) -> MutexGuard<'a, T> {
            self.0.wait(&mut guard);
            guard
        }

        pub(crate) fn notify_one(&self) {
            self.0.notify_one();
        }
    }
}

#[cfg(loom)]
mod model {
    pub(crate) use loom::sync::MutexGuard;

    /// loom's mutex with parking_lot's signature.
    #[derive(Debug, Default)]
    pub(crate) struct Mutex<T>(loom::sync::Mutex<T>);

    impl<T> Mutex<T> {
        pub(crate) fn new(value: T) -> Self {
            Self(loom::sync::Mutex::new(value))
        }

        pub(crate) fn lock(&self) -> MutexGuard<'_, T> {
            self.0.lock().expect("no thread of the model panics with the lock held")
        }
    }

    #[derive(Debug)]
    pub(crate) struct Condvar(loom::sync::Condvar);

    impl Condvar {
        pub(crate) fn new() -> Self {
            Self(loom::sync::Condvar::new())
        }

        pub(crate) fn wait<'a, T>(&self, guard: MutexGuard<'a, T>) -> MutexGuard<'a, T> {
            self.0.wait(guard).expect("no thread of the model panics with the lock held")
        }

        pub(crate) fn notify_one(&self) {
            self.0.notify_one();
        }
    }
}
