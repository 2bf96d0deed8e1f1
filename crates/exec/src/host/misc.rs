//! Log, clock, and whose code runs.

use std::sync::OnceLock;
use std::time::{Instant, SystemTime};

use super::throw_type_error;
use super::values::text;
use crate::exception::{self, Known};
use crate::isolate_state::{IsolateState, current_request};
use crate::vocabulary::operations::{LogLevel, LogRecord};
use crate::vocabulary::script::Script;

/// `log(level, message)`
pub(super) fn log<'s>(
    scope: &mut v8::PinScope<'s, '_>,
    (level, message): (v8::Local<'s, v8::Value>, v8::Local<'s, v8::Value>),
    _result: v8::ReturnValue<'_>,
) {
    let current = current_request::get(scope);
    let Some(request) = IsolateState::of(scope).log_of(current).filter(|request| request.takes_log()) else {
        return;
    };
    let level = match text(scope, level).as_str() {
        "debug" => LogLevel::Debug,
        "warn" => LogLevel::Warn,
        "error" => LogLevel::Error,
        _ => LogLevel::Info,
    };
    request.log(LogRecord { level, message: text(scope, message) });
}

/// `reportUnhandled(error, shown)`
pub(super) fn report_unhandled<'s>(
    scope: &mut v8::PinScope<'s, '_>,
    (error, shown): (v8::Local<'s, v8::Value>, v8::Local<'s, v8::Value>),
    _result: v8::ReturnValue<'_>,
) {
    log_error(scope, "Uncaught", error, shown);
}

/// `thrownAt(error)`: what an error event says of it: message, file, line and column, the latter empty and 0 if it is not
/// known.
pub(super) fn thrown_at<'s>(
    scope: &mut v8::PinScope<'s, '_>,
    (error,): (v8::Local<'s, v8::Value>,),
    mut result: v8::ReturnValue<'_>,
) {
    let script = script_of(scope);
    let known = Known { script: script.as_ref(), ..Known::default() };
    let Some(described) = exception::describe(scope, error, known) else { return };
    let thrown = v8::Exception::create_message(scope, error);
    let written = |(file, line, column): (String, u32, u32)| {
        let maps = script.as_ref().and_then(|script| Some((script, script.source_maps()?)));
        let place = maps.and_then(|(script, maps)| maps.original(script, &file, line, column));
        place.map_or((file, line, column), |place| (place.file, place.line, place.column))
    };
    let place = exception::place_of(scope, thrown)
        .map(written)
        .or_else(|| described.location.as_ref().map(|at| (at.file.to_string(), at.line, at.column)))
        .or_else(|| exception::caller(scope));
    let (file, line, column) = place.unwrap_or_default();
    let message = v8::String::new(scope, &format!("Uncaught {}", described.message));
    let (Some(message), Some(file)) = (message, v8::String::new(scope, &file)) else {
        return throw_type_error(scope, "no memory");
    };
    let line = v8::Integer::new_from_unsigned(scope, line);
    let column = v8::Integer::new_from_unsigned(scope, column);
    let parts = [message.into(), file.into(), line.into(), column.into()];
    result.set(v8::Array::new_with_elements(scope, &parts).into());
}

/// The script whose code runs.
fn script_of(scope: &mut v8::PinScope<'_, '_>) -> Option<Script> {
    let request = current_request::get(scope);
    let context = IsolateState::of(scope).log_of(request)?.context()?;
    Some(context.script().clone())
}

/// Logs a thrown value, which looks as `shown`, for the current request.
pub(super) fn log_error(
    scope: &mut v8::PinScope<'_, '_>,
    what: &str,
    error: v8::Local<'_, v8::Value>,
    shown: v8::Local<'_, v8::Value>,
) {
    let (error, shown) = (v8::Local::new(scope, error), v8::Local::new(scope, shown));
    let request = current_request::get(scope);
    let script = script_of(scope);
    let known = Known { shown: Some(shown), script: script.as_ref(), message: None };
    let Some(described) = exception::describe(scope, error, known) else { return };
    let record = LogRecord { level: LogLevel::Error, message: described.into_log(what) };
    IsolateState::of(scope).log(request, record);
}

/// `time` on the clock of `now()`: milliseconds since the process first asked.
pub(crate) fn clock(time: Instant) -> f64 {
    static ORIGIN: OnceLock<Instant> = OnceLock::new();
    let origin = *ORIGIN.get_or_init(|| time.min(Instant::now()));
    time.saturating_duration_since(origin).as_secs_f64() * 1000.0
}

/// `now()`: milliseconds since the process first asked.
pub(super) fn now(_scope: &mut v8::PinScope<'_, '_>, (): (), mut result: v8::ReturnValue<'_>) {
    result.set_double(clock(Instant::now()));
}

/// `timeOrigin()`: when `now()` was 0, in milliseconds since 1970.
pub(super) fn time_origin(_scope: &mut v8::PinScope<'_, '_>, (): (), mut result: v8::ReturnValue<'_>) {
    static ORIGIN: OnceLock<f64> = OnceLock::new();
    result.set_double(*ORIGIN.get_or_init(|| {
        let since_1970 = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
        since_1970.as_secs_f64() * 1000.0 - clock(Instant::now())
    }));
}

/// `currentRequest()`: its id, or 0.
pub(super) fn current_request_id(scope: &mut v8::PinScope<'_, '_>, (): (), mut result: v8::ReturnValue<'_>) {
    result.set_double(current_request::get(scope).map_or(0.0, |id| id.as_number()));
}
