//! JavaScript exceptions as text.
//!
//! # Whose code runs
//! V8's own text of a thrown value calls nothing; its `stack` may be a getter of the guest's, and V8 calls the guest's
//! `Error.prepareStackTrace` for it. How an object looks is found out by the bootstrap, in JavaScript: see
//! `bootstrap/console/inspect.js` for what of the guest that may call. All of it happens in a turn, and ends with its limits.

pub(crate) mod hints;
pub(crate) mod rejections;

use crate::isolate_state::blank_realm::{EntryPoints, call};
use crate::vocabulary::location::{SourceLocation, without_internals};
use crate::vocabulary::script::Script;
use crate::vocabulary::termination::{Termination, TerminationReason};

/// The longest message or stack that is passed on, in bytes.
const MAX_TEXT: usize = 8 << 10;

/// Frames of the bootstrap between guest code and what it calls: fewer than these.
const MAX_CALLER_FRAMES: usize = 16;

/// A thrown value, described.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Description {
    /// Such as `TypeError: x is not a function`.
    pub(crate) message: String,
    /// The `stack` of an error object and what else it has: other properties, its cause. Any other object over several
    /// lines.
    pub(crate) stack: Option<String>,
    /// Where in the script.
    pub(crate) location: Option<SourceLocation>,
    /// What to do about it.
    pub(crate) hint: Option<String>,
    /// Whether it is what V8 throws when the allocator refuses an `ArrayBuffer`.
    pub(crate) is_buffer_refusal: bool,
}

/// What is known of a thrown value beside itself.
#[derive(Clone, Copy, Default)]
pub(crate) struct Known<'a, 's> {
    /// How it looks, if it is an object: what the bootstrap says of it.
    pub(crate) shown: Option<v8::Local<'s, v8::Value>>,
    /// The script that ran.
    pub(crate) script: Option<&'a Script>,
    /// What V8 noted when it was thrown.
    pub(crate) message: Option<v8::Local<'s, v8::Message>>,
}

impl Description {
    /// As the end of a request.
    pub(crate) fn into_termination(self, reason: TerminationReason) -> Termination {
        Termination {
            stack: self.stack,
            location: self.location.map(Box::new),
            hint: self.hint,
            ..Termination::new(reason, self.message)
        }
    }

    /// As a line of the worker's log that begins with `what`.
    pub(crate) fn into_log(self, what: &str) -> String {
        let text = self.stack.unwrap_or(self.message);
        let hint = self.hint.map(|hint| format!("\n({hint})")).unwrap_or_default();
        format!("{what} {text}{hint}")
    }
}

/// Describes `exception`, of which `known` is known. May run the guest's code (a getter), under the limits of the turn;
/// `None` if that was stopped.
pub(crate) fn describe<'s>(
    scope: &mut v8::PinScope<'s, '_>,
    exception: v8::Local<'s, v8::Value>,
    known: Known<'_, 's>,
) -> Option<Description> {
    v8::tc_scope!(let scope, scope);
    let thrown_at = known.message.unwrap_or_else(|| v8::Exception::create_message(scope, exception));
    let text = thrown_at.get(scope);
    let text = beginning(scope, text);
    let mut message = text.strip_prefix("Uncaught ").unwrap_or(&text).to_owned();
    let shown = known.shown.and_then(|shown| v8::Local::<v8::String>::try_from(shown).ok());
    let shown = shown.map(|shown| beginning(scope, shown));
    let stack = match shown {
        Some(shown) if exception.is_native_error() => Some(shown),
        Some(shown) => {
            message = on_one_line(&shown);
            Some(shown).filter(|shown| shown.contains('\n'))
        }
        None => stack_of(scope, exception),
    };
    let stack = stack.map(|stack| clip(without_internals(&stack)));
    if message.is_empty()
        && let Some(stack) = &stack
    {
        // V8 does not call the getters of an error class, such as those of DOMException.
        message = stack.split("\n    at ").next().unwrap_or_default().to_owned();
    }
    let location = known.script.and_then(|script| {
        locate(scope, thrown_at, script)
            .or_else(|| stack.as_deref().and_then(|stack| SourceLocation::in_written_stack(script, stack)))
    });
    if scope.has_terminated() || scope.is_execution_terminating() {
        return None;
    }
    Some(Description {
        is_buffer_refusal: message.starts_with("RangeError: Array buffer allocation failed"),
        hint: hints::explain(&message, location.as_ref()),
        message: clip(message),
        stack: stack.filter(|stack| !stack.is_empty()),
        location,
    })
}

/// As [`describe`], outside of the bootstrap: with how it looks.
pub(crate) fn describe_shown<'s>(
    scope: &mut v8::PinScope<'s, '_>,
    exception: v8::Local<'s, v8::Value>,
    entry_points: &EntryPoints,
    known: Known<'_, 's>,
) -> Option<Description> {
    let shown = {
        v8::tc_scope!(let scope, scope);
        let shown = call(scope, &entry_points.describe_thrown, &[exception]);
        if scope.has_terminated() {
            return None;
        }
        shown
    };
    describe(scope, exception, Known { shown, ..known })
}

/// The `stack` of an error object.
fn stack_of<'s>(scope: &mut v8::PinScope<'s, '_>, exception: v8::Local<'s, v8::Value>) -> Option<String> {
    let error = v8::Local::<v8::Object>::try_from(exception).ok().filter(|_| exception.is_native_error())?;
    let key = v8::String::new(scope, "stack")?;
    let stack = v8::Local::<v8::String>::try_from(error.get(scope, key.into())?).ok()?;
    Some(beginning(scope, stack))
}

/// Where V8 says that it was thrown, if that is in `script`.
pub(crate) fn locate<'s>(
    scope: &mut v8::PinScope<'s, '_>,
    message: v8::Local<'s, v8::Message>,
    script: &Script,
) -> Option<SourceLocation> {
    let name = v8::Local::<v8::String>::try_from(message.get_script_resource_name(scope)?).ok()?;
    let file = beginning(scope, name);
    let line = u32::try_from(message.get_line_number(scope)?).ok()?;
    let column = u32::try_from(message.get_start_column()).ok()?.checked_add(1)?;
    let length = message.get_end_position().saturating_sub(message.get_start_position());
    SourceLocation::new(script, &file, line, column, u32::try_from(length).unwrap_or(0))
}

/// File, line and column that V8 says it was thrown at; `None` for the bootstrap. The file may be what evaluated code
/// calls itself.
pub(crate) fn place_of<'s>(
    scope: &mut v8::PinScope<'s, '_>,
    message: v8::Local<'s, v8::Message>,
) -> Option<(String, u32, u32)> {
    let file = message.get_script_resource_name(scope)?;
    let line = message.get_line_number(scope)?;
    outside(scope, v8::Local::try_from(file).ok()?, line, message.get_start_column() + 1)
}

/// Where the code is that has called the bootstrap.
pub(crate) fn caller(scope: &mut v8::PinScope<'_, '_>) -> Option<(String, u32, u32)> {
    let stack = v8::StackTrace::current_stack_trace(scope, MAX_CALLER_FRAMES)?;
    (0..stack.get_frame_count()).find_map(|index| {
        let frame = stack.get_frame(scope, index)?;
        let file = frame.get_script_name_or_source_url(scope)?;
        outside(scope, file, frame.get_line_number(), frame.get_column())
    })
}

/// A place that is in guest code.
fn outside(
    scope: &mut v8::PinScope<'_, '_>,
    file: v8::Local<'_, v8::String>,
    line: usize,
    column: usize,
) -> Option<(String, u32, u32)> {
    let file = beginning(scope, file);
    if file.is_empty() || file.starts_with("ext:") {
        return None;
    }
    Some((file, u32::try_from(line).ok()?, u32::try_from(column).ok()?))
}

fn on_one_line(text: &str) -> String {
    text.lines().map(str::trim_start).collect::<Vec<_>>().join(" ")
}

/// As much of `string` as [`clip`] may leave, so that a long one is not copied as a whole.
fn beginning(scope: &mut v8::PinScope<'_, '_>, string: v8::Local<'_, v8::String>) -> String {
    // Room for what is cut from the front of a message. A character is at least one byte.
    let mut characters = vec![0; string.length().min(MAX_TEXT + 64)];
    string.write_v2(scope, 0, &mut characters, v8::WriteFlags::empty());
    String::from_utf16_lossy(&characters)
}

fn clip(mut text: String) -> String {
    if text.len() > MAX_TEXT {
        text.truncate(text.floor_char_boundary(MAX_TEXT));
        text.push('…');
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_texts_are_cut_at_a_character() {
        let cut = clip("ä".repeat(MAX_TEXT));
        assert!(cut.len() <= MAX_TEXT + '…'.len_utf8());
        assert!(cut.ends_with("ä…"));
    }
}
