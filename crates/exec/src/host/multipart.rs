//! Forms in bodies.

mod parser;

use parser::Part;

/// `multipartParse(bytes, boundary)`: name, file name or null, type, offset and length of every part, in one array; null
/// if it is no form.
pub(super) fn parse_form(
    scope: &mut v8::PinScope<'_, '_>,
    (bytes, boundary): (Vec<u8>, String),
    mut result: v8::ReturnValue<'_>,
) {
    let values = parser::parse(&bytes, boundary.as_bytes()).and_then(|parts| values_of(scope, &parts));
    match values {
        Some(values) => {
            let array = v8::Array::new_with_elements(scope, &values);
            result.set(array.into());
        }
        None => result.set_null(),
    }
}

fn values_of<'s>(scope: &mut v8::PinScope<'s, '_>, parts: &[Part]) -> Option<Vec<v8::Local<'s, v8::Value>>> {
    let mut values = Vec::with_capacity(parts.len() * 5);
    for part in parts {
        values.push(v8::String::new(scope, &part.name)?.into());
        values.push(match &part.filename {
            Some(filename) => v8::String::new(scope, filename)?.into(),
            None => v8::null(scope).into(),
        });
        values.push(v8::String::new(scope, &part.content_type)?.into());
        values.push(v8::Number::new(scope, part.content.start as f64).into());
        values.push(v8::Number::new(scope, part.content.len() as f64).into());
    }
    Some(values)
}
