//! What becomes of promises that were rejected with nobody to handle it.

use crate::exception::{self, Known};
use crate::isolate_state::IsolateState;
use crate::isolate_state::blank_realm::EntryPoints;
use crate::isolate_state::rejections::Rejection;
use crate::vocabulary::operations::{LogLevel, LogRecord};
use crate::vocabulary::script::Script;

/// Logs what is left at the end of a turn of `script`, and forgets it.
pub(crate) fn report(scope: &mut v8::PinScope<'_, '_>, entry_points: &EntryPoints, script: &Script) {
    let list = IsolateState::of(scope).rejections.take();
    for Rejection { value, request, .. } in list {
        let value = v8::Local::new(scope, value);
        let known = Known { script: Some(script), ..Known::default() };
        let Some(described) = exception::describe_shown(scope, value, entry_points, known) else { return };
        let message = described.into_log("Uncaught (in promise)");
        let record = LogRecord { level: LogLevel::Error, message };
        IsolateState::of(scope).log(request, record);
    }
}
