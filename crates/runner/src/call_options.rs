//! What one call may have of its own.

use std::time::Instant;

use isolate::RequestLimits;
use pool_core::Priority;

/// Options of one call, for [`IsolatePool::execute_with`](crate::IsolatePool::execute_with) and
/// [`call_with`](crate::IsolatePool::call_with). The default is none.
///
/// There is no heap limit: it belongs to the isolate, which others use before and after.
///
/// ```
/// use std::time::{Duration, Instant};
///
/// use runner::CallOptions;
/// use runner::isolate::RequestLimits;
///
/// let limits = RequestLimits::default().with_cpu_time(Duration::from_millis(5));
/// let options =
///     CallOptions::default().with_limits(limits).with_deadline(Instant::now() + Duration::from_secs(1));
/// # let _ = options;
/// ```
#[derive(Clone, Copy, Debug, Default)]
#[non_exhaustive]
pub struct CallOptions {
    /// The limits of the request, in place of those of its script or its isolate.
    pub limits: Option<RequestLimits>,
    /// When the request must have ended, the wait for an isolate and `waitUntil` work included.
    pub deadline: Option<Instant>,
    /// Its place among the requests of the same worker that wait for an isolate.
    pub priority: Priority,
}

impl CallOptions {
    /// With these limits in place of those of the script or the isolate.
    pub fn with_limits(self, limits: RequestLimits) -> Self {
        Self { limits: Some(limits), ..self }
    }

    /// With a time at which the request must have ended. Until it has an isolate it is told so with
    /// [`WallClockTimeout`](exec::TerminationReason::WallClockTimeout), as afterwards.
    pub fn with_deadline(self, deadline: Instant) -> Self {
        Self { deadline: Some(deadline), ..self }
    }

    /// With a place of its own among the requests of the same worker that wait for an isolate (in the same shard of the pool);
    /// other workers neither gain nor lose by it. Without effect in
    /// [`ExecutionMode::Oneshot`](crate::ExecutionMode::Oneshot), and on requests that have an isolate: those that share one
    /// take turns in the order in which they ask for them.
    pub fn with_priority(self, priority: Priority) -> Self {
        Self { priority, ..self }
    }

    /// The limits of a request whose script and isolate have `limits`, and that starts at `now`.
    pub(crate) fn apply(&self, limits: RequestLimits, now: Instant) -> RequestLimits {
        let limits = self.limits.unwrap_or(limits);
        match self.deadline {
            None => limits,
            Some(deadline) => {
                let left = deadline.saturating_duration_since(now);
                limits.with_wall_clock(limits.wall_clock.min(left))
            }
        }
    }

    /// Whether the limits of the script or the isolate stand.
    pub(crate) fn changes_no_limit(&self) -> bool {
        self.limits.is_none() && self.deadline.is_none()
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn a_deadline_only_ever_shortens_the_wall_clock() {
        let (now, ms) = (Instant::now(), Duration::from_millis);
        let limits = RequestLimits::default().with_wall_clock(ms(100));
        let wall_clock = |options: CallOptions, then| options.apply(limits, now + then).wall_clock;
        let late = CallOptions::default().with_deadline(now + ms(500));
        assert_eq!(wall_clock(CallOptions::default(), ms(0)), ms(100));
        assert_eq!(wall_clock(late, ms(0)), ms(100));
        assert_eq!(wall_clock(late, ms(450)), ms(50));
        assert_eq!(wall_clock(late, ms(900)), ms(0));
        let own = late.with_limits(limits.with_wall_clock(ms(400)));
        assert_eq!(wall_clock(own, ms(0)), ms(400));
    }
}
