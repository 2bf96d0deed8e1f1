//! How deep the values of a JSON text are nested.

/// `jsonIsDeep(text, most)`: whether values of the text are nested more than `most` levels deep, as far as it is JSON.
/// About a nanosecond for a character.
pub(super) fn is_deep<'s>(
    scope: &mut v8::PinScope<'s, '_>,
    (text, most): (v8::Local<'s, v8::String>, u32),
    mut result: v8::ReturnValue<'_>,
) {
    let is_deep = match v8::ValueView::new(scope, text).data() {
        v8::ValueViewData::OneByte(bytes) => is_deeper(bytes.iter().map(|byte| u16::from(*byte)), most),
        v8::ValueViewData::TwoByte(units) => is_deeper(units.iter().copied(), most),
    };
    result.set_bool(is_deep);
}

pub(crate) fn is_deeper(text: impl Iterator<Item = u16>, most: u32) -> bool {
    let (mut depth, mut in_string, mut escaped) = (0_u32, false, false);
    // What is no byte means nothing here.
    for byte in text.map(|unit| u8::try_from(unit).unwrap_or(b' ')) {
        match byte {
            _ if escaped => escaped = false,
            b'"' => in_string = !in_string,
            b'\\' => escaped = in_string,
            b'[' | b'{' if !in_string => {
                depth += 1;
                if depth > most {
                    return true;
                }
            }
            b']' | b'}' if !in_string => depth = depth.saturating_sub(1),
            _ => {}
        }
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn brackets_in_strings_are_no_levels() {
        let deeper = |text: &str, most| is_deeper(text.encode_utf16(), most);
        assert!(!deeper(r#"[{"a":[1]},{}]"#, 3) && deeper(r#"[{"a":[1]},{}]"#, 2));
        assert!(!deeper(r#"["[[[", "\"[[", "\\", "{\\\"{"]"#, 1));
        assert!(deeper(r#"["\\", []]"#, 1) && deeper(r#"["\\\"[", "ü", [2]]"#, 1));
        assert!(!deeper("]]]]1", 0) && !deeper(r#""[[[["#, 0));
    }
}
