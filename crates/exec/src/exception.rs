//! JavaScript exceptions as text.

/// The longest message or stack that is passed on, in bytes.
const MAX_TEXT: usize = 8 << 10;

/// A thrown value, described.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Description {
    /// Such as `TypeError: x is not a function`.
    pub(crate) message: String,
    /// The `stack` of an error object.
    pub(crate) stack: Option<String>,
    /// Whether it is what V8 throws when the allocator refuses an `ArrayBuffer`.
    pub(crate) is_buffer_refusal: bool,
}

/// Describes `exception`. May run the guest's code (a `toString`, a getter), under the limits of the turn; `None` if
/// that was stopped.
pub(crate) fn describe<'s>(
    scope: &mut v8::PinScope<'s, '_>,
    exception: v8::Local<'s, v8::Value>,
) -> Option<Description> {
    v8::tc_scope!(let scope, scope);
    let text = v8::Exception::create_message(scope, exception).get(scope);
    let text = beginning(scope, text);
    let mut message = text.strip_prefix("Uncaught ").unwrap_or(&text);
    let stack = v8::Local::<v8::Object>::try_from(exception)
        .ok()
        .filter(|_| exception.is_native_error())
        .and_then(|error| {
            let key = v8::String::new(scope, "stack")?;
            error.get(scope, key.into())
        })
        .and_then(|stack| v8::Local::<v8::String>::try_from(stack).ok())
        .map(|stack| clip(beginning(scope, stack)));
    if message.is_empty()
        && let Some(stack) = &stack
    {
        // V8 does not call the getters of an error class, such as those of DOMException.
        message = stack.split("\n    at ").next().unwrap_or_default();
    }
    if scope.has_terminated() || scope.is_execution_terminating() {
        return None;
    }
    Some(Description {
        is_buffer_refusal: message.starts_with("RangeError: Array buffer allocation failed"),
        message: clip(message.to_owned()),
        stack,
    })
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
