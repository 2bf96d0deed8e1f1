//! Whether tokio's timers work where they are needed.
//!
//! An embedder may execute events on a runtime without them, or on none at all. Tokio panics where a timer is made then,
//! and has no way to ask.

use std::convert::Infallible;
use std::future::Future;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::pin;
use std::task::{Context, Waker};
use std::time::Duration;

use exec::{Termination, TerminationReason};
use pool_core::AcquireError;
use tokio::runtime::Handle;

/// Says so if no timer can be made here. For those who are about to wait: it makes one.
///
/// # Errors
/// [`TerminationReason::Other`].
pub(crate) fn check() -> Result<(), Termination> {
    let makes_timers = || {
        let sleep = pin!(tokio::time::sleep(Duration::from_secs(1)));
        let _not_yet = sleep.poll(&mut Context::from_waker(Waker::noop()));
    };
    if Handle::try_current().is_ok() && catch_unwind(AssertUnwindSafe(makes_timers)).is_ok() {
        return Ok(());
    }
    Err(Termination::new(TerminationReason::Other, AcquireError::<Infallible>::NoTimer.to_string()))
}

#[cfg(test)]
mod tests {
    use tokio::runtime::Builder;

    use super::*;

    #[test]
    fn only_a_runtime_with_time_will_do() {
        assert!(check().is_err());
        let without = Builder::new_current_thread().build().unwrap();
        assert_eq!(without.block_on(async { check() }).unwrap_err().reason, TerminationReason::Other);
        let with = Builder::new_current_thread().enable_time().build().unwrap();
        assert!(with.block_on(async { check() }).is_ok());
    }
}
